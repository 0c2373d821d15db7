//! What a client's bytes say: frames, joined to messages, bounded before anything is kept. A frame is judged by
//! its declared length, a message by the sum of its fragments, text by every byte that is there. Knows RFC 6455
//! and nothing else.

use actix_http::ws::{Codec, Frame, Item};
use actix_web::rt::net::TcpStream;
use actix_ws::{AggregatedMessage, CloseCode};
use bytes::{Bytes, BytesMut};
use std::io;
use tokio_util::codec::Decoder;

/// Room for one read.
const READ_BYTES: usize = 4 * 1024;
/// The opcode bits of a frame's first byte, and the opcodes of what may be fragmented (RFC 6455, 5.2).
const OPCODE: u8 = 0x0f;
const CONTINUATION: u8 = 0;
const FIRST_CONTROL: u8 = 8;

/// The incoming side of one connection. Without an unfinished frame it holds no memory.
#[derive(Debug)]
pub struct Inbound {
    buffer: BytesMut,
    codec: Codec,
    /// The message whose fragments are coming in.
    begun: Option<Begun>,
    limit: usize,
}

#[derive(Debug)]
struct Begun {
    is_text: bool,
    bytes: BytesMut,
    /// So many of the bytes are known to be whole characters.
    checked: usize,
}

impl Inbound {
    /// Begins with bytes that came right behind the handshake. A frame, and all frames of a message together,
    /// may have so many bytes.
    pub fn new(rest: BytesMut, limit: usize) -> Self {
        Self {
            buffer: rest,
            codec: Codec::new().max_size(limit),
            begun: None,
            limit,
        }
    }

    /// Reads what is there; how many bytes that was, none at the end of the stream.
    ///
    /// # Errors
    /// `WouldBlock` when nothing is there, and those of the connection.
    pub fn read(&mut self, io: &TcpStream) -> io::Result<usize> {
        self.buffer.reserve(READ_BYTES);
        let read = io.try_read_buf(&mut self.buffer);
        self.rest();
        read
    }

    /// The next message that is all there.
    ///
    /// # Errors
    /// The code to close with: 1009 for what is too large, 1007 for text that is none, 1002 for the rest.
    pub fn next_message(&mut self) -> Result<Option<AggregatedMessage>, CloseCode> {
        loop {
            self.weigh()?;
            let frame = self
                .codec
                .decode(&mut self.buffer)
                .map_err(|_| CloseCode::Protocol)?;
            self.rest();
            let Some(frame) = frame else {
                return Ok(None);
            };
            let message = match frame {
                Frame::Text(bytes) => text(bytes)?,
                Frame::Binary(bytes) => AggregatedMessage::Binary(bytes),
                Frame::Ping(bytes) => AggregatedMessage::Ping(bytes),
                Frame::Pong(bytes) => AggregatedMessage::Pong(bytes),
                Frame::Close(reason) => AggregatedMessage::Close(reason),
                Frame::Continuation(item) => match self.join(item)? {
                    Some(message) => message,
                    None => continue,
                },
            };
            return Ok(Some(message));
        }
    }

    /// Judges the frame at the front by what it declares, as soon as it does.
    fn weigh(&self) -> Result<(), CloseCode> {
        let Some(declared) = declared(&self.buffer) else {
            return Ok(());
        };
        let opcode = self.buffer.first().map_or(0, |first| first & OPCODE);
        let before = match &self.begun {
            Some(begun) if opcode == CONTINUATION => begun.bytes.len(),
            _ => 0,
        };
        let limit = u64::try_from(self.limit - before.min(self.limit)).unwrap_or(u64::MAX);
        // The codec has its own, smaller limit for control frames.
        if declared > limit && opcode < FIRST_CONTROL {
            return Err(CloseCode::Size);
        }
        Ok(())
    }

    fn join(&mut self, item: Item) -> Result<Option<AggregatedMessage>, CloseCode> {
        let (bytes, is_last) = match item {
            Item::FirstText(bytes) => (self.begin(true, &bytes), false),
            Item::FirstBinary(bytes) => (self.begin(false, &bytes), false),
            Item::Continue(bytes) => (self.go_on(&bytes), false),
            Item::Last(bytes) => (self.go_on(&bytes), true),
        };
        bytes?;
        if !is_last {
            return Ok(None);
        }
        let Some(begun) = self.begun.take() else {
            return Err(CloseCode::Protocol);
        };
        let bytes = begun.bytes.freeze();
        Ok(Some(if begun.is_text {
            text(bytes)?
        } else {
            AggregatedMessage::Binary(bytes)
        }))
    }

    fn begin(&mut self, is_text: bool, bytes: &Bytes) -> Result<(), CloseCode> {
        self.begun = Some(Begun {
            is_text,
            bytes: BytesMut::new(),
            checked: 0,
        });
        self.go_on(bytes)
    }

    fn go_on(&mut self, bytes: &Bytes) -> Result<(), CloseCode> {
        let begun = self.begun.as_mut().ok_or(CloseCode::Protocol)?;
        begun.bytes.extend_from_slice(bytes);
        if begun.is_text {
            begun.checked += whole(&begun.bytes[begun.checked..])?;
        }
        Ok(())
    }

    /// An empty buffer gives its memory back: most connections are idle most of the time.
    fn rest(&mut self) {
        if self.buffer.is_empty() {
            self.buffer = BytesMut::new();
        }
    }
}

fn text(bytes: Bytes) -> Result<AggregatedMessage, CloseCode> {
    bytes
        .try_into()
        .map(AggregatedMessage::Text)
        .map_err(|_| CloseCode::Invalid)
}

/// How many bytes are whole characters; the rest may be the beginning of one, or the bytes are no text.
fn whole(bytes: &[u8]) -> Result<usize, CloseCode> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.len()),
        Err(error) if error.error_len().is_none() => Ok(error.valid_up_to()),
        Err(_) => Err(CloseCode::Invalid),
    }
}

/// The payload length that a header declares, once it is all there (RFC 6455, 5.2).
fn declared(header: &[u8]) -> Option<u64> {
    let short = header.get(1)? & 0x7f;
    match short {
        126 => Some(u64::from(u16::from_be_bytes(
            header.get(2..4)?.try_into().ok()?,
        ))),
        127 => Some(u64::from_be_bytes(header.get(2..10)?.try_into().ok()?)),
        _ => Some(u64::from(short)),
    }
}

#[cfg(test)]
mod tests {
    use super::Inbound;
    use actix_ws::{AggregatedMessage, CloseCode};
    use bytes::BytesMut;
    use proptest::prelude::*;

    /// A masked frame; the mask is zero, so the payload reads as it is.
    fn frame(first: u8, payload: &[u8], declared: u64) -> Vec<u8> {
        let mut bytes = vec![first, 0x80 | 127];
        bytes.extend(declared.to_be_bytes());
        bytes.extend([0; 4]);
        bytes.extend(payload);
        bytes
    }

    fn whole(first: u8, payload: &[u8]) -> Vec<u8> {
        frame(first, payload, payload.len() as u64)
    }

    /// What is read of these bytes when they come in pieces of this size.
    fn read(bytes: &[u8], cut: usize) -> (Vec<AggregatedMessage>, Option<CloseCode>) {
        let mut inbound = Inbound::new(BytesMut::new(), 100);
        let mut messages = Vec::new();
        for piece in bytes.chunks(cut) {
            inbound.buffer.extend_from_slice(piece);
            loop {
                match inbound.next_message() {
                    Ok(Some(message)) => messages.push(message),
                    Ok(None) => break,
                    Err(code) => return (messages, Some(code)),
                }
            }
            assert!(inbound.buffer.len() < 100 + 14 + cut, "nothing piles up");
        }
        (messages, None)
    }

    #[test]
    fn s_ws_5_fragments_are_weighed_together_before_the_last_one_is_there() {
        let mut bytes = whole(0x02, &[7; 60]);
        bytes.extend(frame(0x80, &[], 41));
        let (messages, code) = read(&bytes, 3);
        assert!(messages.is_empty());
        assert_eq!(code, Some(CloseCode::Size));
    }

    #[test]
    fn s_ws_4_a_fragment_that_ends_inside_a_character_is_text_and_one_with_a_wrong_byte_is_not() {
        let euro = "€".as_bytes();
        let mut good = whole(0x01, &euro[..2]);
        good.extend(whole(0x80, &euro[2..]));
        let (messages, code) = read(&good, 5);
        assert_eq!(messages, [AggregatedMessage::Text("€".into())]);
        assert_eq!(code, None);
        let mut bad = whole(0x01, b"ok");
        bad.extend(whole(0x00, &[0xc3, 0x28]));
        assert_eq!(read(&bad, 5).1, Some(CloseCode::Invalid));
        let mut cut_off = whole(0x01, &euro[..2]);
        cut_off.extend(whole(0x80, &[]));
        assert_eq!(read(&cut_off, 5).1, Some(CloseCode::Invalid));
    }

    #[test]
    fn a_ping_may_come_between_the_fragments_of_a_message() {
        let mut bytes = whole(0x01, b"to");
        bytes.extend(whole(0x89, b"?"));
        bytes.extend(whole(0x80, b"gether"));
        let (messages, _) = read(&bytes, 4);
        let ping = AggregatedMessage::Ping(b"?".as_slice().into());
        assert_eq!(messages, [ping, AggregatedMessage::Text("together".into())]);
    }

    proptest! {
        #[test]
        fn s_ws_5_frames_within_the_limit_pass_and_the_first_beyond_it_does_not_however_they_are_cut(
            small in proptest::collection::vec(0_usize..=100, 0..8),
            large in 101_u64..=u64::MAX,
            cut in 1_usize..40,
        ) {
            let mut bytes: Vec<u8> = small.iter().flat_map(|&length| whole(0x82, &vec![1; length])).collect();
            let (messages, code) = read(&bytes, cut);
            prop_assert_eq!(messages.len(), small.len());
            prop_assert_eq!(code, None);
            bytes.extend(frame(0x82, &[], large));
            let (messages, code) = read(&bytes, cut);
            prop_assert_eq!(messages.len(), small.len());
            prop_assert_eq!(code, Some(CloseCode::Size));
        }
    }
}
