//! One client's socket: its handshake, its frames in and out, its end. Knows the two greetings of the wire and no
//! other meaning of what it carries.

use crate::wire::{self, Handshake};
use mio::net::TcpStream;
use std::io::{ErrorKind, Read, Write};

const HELLO: &[u8] = br#"{"type":"hello""#;
const HEARTBEAT: &[u8] = br#"{"type":"ping""#;
const ALIVE: &[u8] = br#"{"type":"pong"}"#;

/// Hears whole texts as they come. What it puts into `answer`, whole frames, is sent on the same socket.
pub(crate) trait Ear {
    fn hear(&mut self, socket: usize, payload: &[u8], answer: &mut Vec<u8>);
}

/// Hears nothing.
pub(crate) struct Deaf;

impl Ear for Deaf {
    fn hear(&mut self, _: usize, _: &[u8], _: &mut Vec<u8>) {}
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The answer to the handshake is awaited.
    Shaking,
    /// The first frame is.
    Greeting,
    Open,
}

pub(super) struct Socket {
    number: usize,
    stream: TcpStream,
    stage: Stage,
    /// Whether the server says `hello` first.
    greeted: bool,
    inbound: Vec<u8>,
    outbound: Vec<u8>,
}

impl Socket {
    /// Over a connection that is on its way; `request` is the first that leaves.
    pub(super) fn new(number: usize, stream: TcpStream, request: Vec<u8>, greeted: bool) -> Self {
        Self {
            number,
            stream,
            stage: Stage::Shaking,
            greeted,
            inbound: Vec::new(),
            outbound: request,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    /// Sends whole frames behind what waits already.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        let waited = !self.outbound.is_empty();
        self.outbound.extend_from_slice(bytes);
        // What waits goes on when the connection says that it takes more.
        if !waited {
            self.flush();
        }
    }

    /// Sends what waits. A failure is left to `read`, which hears of it, too.
    pub(super) fn flush(&mut self) {
        let mut written = 0;
        while written < self.outbound.len() {
            match self.stream.write(&self.outbound[written..]) {
                Ok(count) if count > 0 => written += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                _ => break,
            }
        }
        if written == self.outbound.len() {
            self.outbound.clear();
        } else {
            self.outbound.drain(..written);
        }
    }

    /// Takes all that has come; `ended` tells that nothing comes after it. An error is the connection's end.
    pub(super) fn read(
        &mut self,
        scratch: &mut [u8],
        ended: bool,
        ear: &mut impl Ear,
    ) -> Result<(), String> {
        loop {
            let count = match self.stream.read(scratch) {
                Ok(0) => return Err("closed by the server".into()),
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.kind().to_string()),
            };
            let mut kept = std::mem::take(&mut self.inbound);
            if kept.is_empty() {
                let used = self.take_in(&scratch[..count], ear)?;
                kept.extend_from_slice(&scratch[used..count]);
            } else {
                kept.extend_from_slice(&scratch[..count]);
                let used = self.take_in(&kept, ear)?;
                kept.drain(..used);
            }
            if !kept.is_empty() {
                self.inbound = kept;
            }
            // A read that fills less than there is room for has emptied the connection (epoll(7)).
            if count < scratch.len() && !ended {
                return Ok(());
            }
        }
    }

    /// Says how many bytes were used.
    fn take_in(&mut self, bytes: &[u8], ear: &mut impl Ear) -> Result<usize, String> {
        let mut at = 0;
        if self.stage == Stage::Shaking {
            match wire::handshake(bytes) {
                Handshake::Unfinished => return Ok(0),
                Handshake::Refused(line) => return Err(line),
                Handshake::Open(end) => at = end,
            }
            self.stage = if self.greeted {
                Stage::Greeting
            } else {
                Stage::Open
            };
        }
        let mut answer = Vec::new();
        while let Some(frame) = wire::frame(bytes, at) {
            at = frame.payload.end;
            let payload = &bytes[frame.payload];
            match frame.opcode {
                wire::CLOSE => {
                    let code = payload
                        .first_chunk()
                        .map_or(1005, |two| u16::from_be_bytes(*two));
                    return Err(format!("closed with {code}"));
                }
                wire::PING => wire::client_frame(&mut answer, wire::PONG, payload),
                wire::TEXT if self.stage == Stage::Greeting => self.greeted_with(payload),
                wire::TEXT if payload.starts_with(HEARTBEAT) => {
                    wire::client_frame(&mut answer, wire::TEXT, ALIVE);
                }
                wire::TEXT => ear.hear(self.number, payload, &mut answer),
                _ => {}
            }
        }
        if !answer.is_empty() {
            self.send(&answer);
        }
        Ok(at)
    }

    fn greeted_with(&mut self, payload: &[u8]) {
        if payload.starts_with(HELLO) {
            self.stage = Stage::Open;
        }
    }
}
