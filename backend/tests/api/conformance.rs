//! The WebSocket protocol (RFC 6455) against the loop and the limits of the socket, in the groups of cases that
//! implementations are commonly measured by. Needs the feature `conformance`: a route that echoes.

mod bits;
mod closing;
mod fragments;
mod framing;
mod limits;
mod pings;
mod text;

use crate::support::{
    Place,
    socket::{BINARY, CLOSE, PING, PONG, TEXT, handshake, masked},
    wire::Wire,
};
use futures_util::stream::{self, StreamExt};
use std::time::Duration;

/// A last frame of its message.
const FIN: u8 = 0x80;
/// RFC 6455, 7.4.1: a violated protocol, bad text, and too much.
const PROTOCOL: &[u16] = &[1002];
const BAD_TEXT: &[u16] = &[1007];
const TOO_BIG: &[u16] = &[1009];
/// S-WS-4: how long the end of a connection may take.
const END: Duration = Duration::from_secs(3);
/// Cases that are played at once.
const AT_ONCE: usize = 40;

/// What the server says.
#[derive(Clone, PartialEq)]
enum Heard {
    /// First byte and payload of a frame.
    Frame(u8, Vec<u8>),
    /// The connection is over.
    Over,
}

enum Step {
    Send(Vec<u8>),
    /// In as many writes as it takes with so many bytes each.
    SendCut(Vec<u8>, usize),
    Hear(Heard),
}

/// What is sent, what is heard, and how it ends.
struct Case {
    name: String,
    steps: Vec<Step>,
}

fn case(name: impl Into<String>) -> Case {
    Case {
        name: name.into(),
        steps: Vec::new(),
    }
}

impl Case {
    fn send(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.steps.push(Step::Send(bytes.into()));
        self
    }

    fn send_cut(mut self, bytes: impl Into<Vec<u8>>, size: usize) -> Self {
        self.steps.push(Step::SendCut(bytes.into(), size));
        self
    }

    fn hear(mut self, opcode: u8, payload: impl Into<Vec<u8>>) -> Self {
        let frame = Heard::Frame(FIN | opcode, payload.into());
        self.steps.push(Step::Hear(frame));
        self
    }

    /// Nothing else comes, and a close is answered.
    fn lives(self, tried: &mut Tried) {
        let case = self.send(frame(CLOSE, &1000_u16.to_be_bytes()));
        tried.cases.push((case, vec![1000]));
    }

    /// The server closes with one of these codes, and hangs up without waiting for anything.
    fn closes(self, tried: &mut Tried, codes: &[u16]) {
        tried.cases.push((self, codes.to_vec()));
    }
}

/// The cases of one group, each with the codes that it may end with.
#[derive(Default)]
struct Tried {
    cases: Vec<(Case, Vec<u16>)>,
}

impl Tried {
    /// Plays them all on one server; a group that has lost its cases proves nothing.
    async fn done(self, least: usize) {
        let place = Place::open();
        let count = self.cases.len();
        assert!(count >= least, "only {count} cases");
        let played = self.cases.into_iter().map(async |(case, codes)| {
            let failed = play(&place, &case, &codes).await.err()?;
            Some(format!("{}: {failed}", case.name))
        });
        let failed: Vec<String> = stream::iter(played)
            .buffer_unordered(AT_ONCE)
            .filter_map(std::future::ready)
            .collect()
            .await;
        assert!(
            failed.is_empty(),
            "{} of {count}: {failed:#?}",
            failed.len()
        );
    }
}

async fn play(place: &Place, case: &Case, codes: &[u16]) -> Result<(), String> {
    let mut wire = Wire::connect(place.address).await;
    let head = handshake(place.address, "/conformance", &[]);
    wire.write(head.as_bytes()).await;
    let answer = wire.answer(false).await.ok_or("no answer")?;
    if answer.status != 101 {
        return Err(format!("no upgrade: {}", answer.status));
    }
    for step in &case.steps {
        match step {
            // It may have hung up already: what it said is looked at below.
            Step::Send(bytes) => drop(wire.write(bytes).await),
            Step::SendCut(bytes, size) => {
                for piece in bytes.chunks(*size) {
                    wire.write(piece).await;
                    tokio::task::yield_now().await;
                }
            }
            Step::Hear(expected) => {
                let heard = hear(&mut wire).await?;
                if heard != *expected {
                    return Err(format!("{} instead of {}", shown(&heard), shown(expected)));
                }
            }
        }
    }
    match hear(&mut wire).await? {
        Heard::Frame(first, payload) if first == FIN | CLOSE && payload.len() >= 2 => {
            let code = u16::from_be_bytes([payload[0], payload[1]]);
            if !codes.contains(&code) {
                return Err(format!("closed with {code} instead of {codes:?}"));
            }
            if std::str::from_utf8(&payload[2..]).is_err() {
                return Err("a reason that is no UTF-8".into());
            }
        }
        other => return Err(format!("{} instead of a close", shown(&other))),
    }
    match hear(&mut wire).await? {
        Heard::Over => Ok(()),
        other => Err(format!("{} after the close", shown(&other))),
    }
}

async fn hear(wire: &mut Wire) -> Result<Heard, String> {
    match tokio::time::timeout(END, read(wire)).await {
        Ok(heard) => heard,
        Err(_) => Err(format!("nothing came within {END:?}")),
    }
}

async fn read(wire: &mut Wire) -> Result<Heard, String> {
    let Some(head) = wire.take(2).await else {
        return Ok(Heard::Over);
    };
    if head[1] & 0x80 != 0 {
        return Err("a server masks nothing".into());
    }
    let extended = match head[1] {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let bytes = wire.take(extended).await.ok_or("a cut header")?;
    let length = match extended {
        0 => u64::from(head[1]),
        _ => bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
    };
    let length = usize::try_from(length).map_err(|error| error.to_string())?;
    let payload = wire.take(length).await.ok_or("a cut payload")?;
    Ok(Heard::Frame(head[0], payload))
}

fn shown(heard: &Heard) -> String {
    match heard {
        Heard::Over => "the end".into(),
        Heard::Frame(first, payload) => format!(
            "{first:#04x} with {} bytes, {:?}",
            payload.len(),
            String::from_utf8_lossy(payload)
                .chars()
                .take(40)
                .collect::<String>()
        ),
    }
}

/// A whole frame.
fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    masked(FIN | opcode, payload)
}

/// A message in these fragments.
fn fragmented(opcode: u8, fragments: &[&[u8]]) -> Vec<u8> {
    let last = fragments.len() - 1;
    let frame = |(number, fragment): (usize, &&[u8])| {
        let fin = if number == last { FIN } else { 0 };
        masked(fin | if number == 0 { opcode } else { 0 }, fragment)
    };
    fragments.iter().enumerate().flat_map(frame).collect()
}

/// A close frame's payload.
fn reason(code: u16, words: &[u8]) -> Vec<u8> {
    [&code.to_be_bytes(), words].concat()
}

/// Text of so many bytes.
fn stars(count: usize) -> Vec<u8> {
    vec![b'*'; count]
}

/// Bytes of which some are no text.
fn junk(count: usize) -> Vec<u8> {
    [0xfe, 0x00, 0xff, 0x80]
        .into_iter()
        .cycle()
        .take(count)
        .collect()
}
