//! WebSocket on the wire (RFC 6455), as far as the benchmark needs it: the handshake's words, frames cut out of what
//! has arrived, and frames made. What is in them is others' business.

use std::ops::Range;

/// A key for every handshake, and what a server must make of it (RFC 6455, 1.3).
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

pub(crate) const TEXT: u8 = 1;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// What a client asks with.
pub(crate) fn request(path: &str, host: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
    )
    .into_bytes()
}

/// What a server's answer came to.
pub(crate) enum Handshake {
    /// Not all of it is there.
    Unfinished,
    /// Open; the frames begin here.
    Open(usize),
    /// No.
    Refused(String),
}

pub(crate) fn handshake(read: &[u8]) -> Handshake {
    let Some(end) = head_end(read) else {
        return Handshake::Unfinished;
    };
    let head = String::from_utf8_lossy(&read[..end]);
    if head.starts_with("HTTP/1.1 101") && head.contains(ACCEPT) {
        Handshake::Open(end)
    } else {
        Handshake::Refused(head.lines().next().unwrap_or_default().into())
    }
}

/// A client's request to open: where its frames begin, the path and what to answer. `None` until all of it is there.
pub(crate) fn welcome(read: &[u8]) -> Option<(usize, String, Vec<u8>)> {
    let end = head_end(read)?;
    let head = String::from_utf8_lossy(&read[..end]);
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let key = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("sec-websocket-key")
            .then(|| value.trim())
    });
    let accept = actix_http::ws::hash_key(key.unwrap_or_default().as_bytes());
    let mut answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ".to_vec();
    answer.extend_from_slice(&accept);
    answer.extend_from_slice(b"\r\n\r\n");
    Some((end, path, answer))
}

/// Where an HTTP head ends.
fn head_end(read: &[u8]) -> Option<usize> {
    read.windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map(|at| at + 4)
}

/// A whole frame among what has arrived.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) opcode: u8,
    /// A client's frames have one.
    mask: Option<[u8; 4]>,
    pub(crate) payload: Range<usize>,
}

impl Frame {
    /// Takes the mask off.
    pub(crate) fn unmask(&self, read: &mut [u8]) {
        let Some(mask) = self.mask else { return };
        for (byte, key) in read[self.payload.clone()]
            .iter_mut()
            .zip(mask.iter().cycle())
        {
            *byte ^= key;
        }
    }
}

/// The frame that begins at `from`; `None` until all of it is there.
pub(crate) fn frame(read: &[u8], from: usize) -> Option<Frame> {
    let head = read.get(from..from + 2)?;
    let (length, mut at) = match head[1] & 0x7f {
        126 => {
            let length = read.get(from + 2..from + 4)?.try_into().ok()?;
            (usize::from(u16::from_be_bytes(length)), from + 4)
        }
        127 => {
            let length = read.get(from + 2..from + 10)?.try_into().ok()?;
            (usize::try_from(u64::from_be_bytes(length)).ok()?, from + 10)
        }
        short => (usize::from(short), from + 2),
    };
    let mut mask = None;
    if head[1] & 0x80 != 0 {
        mask = Some(read.get(at..at + 4)?.try_into().ok()?);
        at += 4;
    }
    let end = at.checked_add(length)?;
    (read.len() >= end).then_some(Frame {
        opcode: head[0] & 0x0f,
        mask,
        payload: at..end,
    })
}

/// Appends a frame as a server sends it.
pub(crate) fn server_frame(into: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    head(into, opcode, 0, payload.len());
    into.extend_from_slice(payload);
}

/// Appends a frame as a client sends it. The mask is of zeros: it costs the server as much as any other, and the
/// generator nothing.
pub(crate) fn client_frame(into: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    head(into, opcode, 0x80, payload.len());
    into.extend_from_slice(&[0; 4]);
    into.extend_from_slice(payload);
}

fn head(into: &mut Vec<u8>, opcode: u8, masked: u8, length: usize) {
    into.push(0x80 | opcode);
    if let Ok(short) = u8::try_from(length)
        && short < 126
    {
        into.push(masked | short);
    } else if let Ok(middle) = u16::try_from(length) {
        into.push(masked | 126);
        into.extend_from_slice(&middle.to_be_bytes());
    } else {
        into.push(masked | 127);
        into.extend_from_slice(&(length as u64).to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_there_once_all_of_it_is_and_reads_as_it_was_made() {
        for length in [0, 1, 125, 126, 65_535, 65_536] {
            let content: Vec<u8> = (0..length).map(|number| (number % 251) as u8).collect();
            for make in [server_frame, client_frame] {
                let mut bytes = b"before".to_vec();
                make(&mut bytes, TEXT, &content);
                let end = bytes.len();
                let read = frame(&bytes, 6).expect("a whole frame");
                assert_eq!(
                    (read.opcode, read.payload.clone()),
                    (TEXT, end - length..end)
                );
                read.unmask(&mut bytes);
                assert_eq!(bytes[read.payload], content);
                assert_eq!(frame(&bytes[..end - 1], 6), None);
            }
        }
    }

    #[test]
    fn a_mask_is_taken_off() {
        let mut bytes = vec![
            0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
        ];
        let read = frame(&bytes, 0).expect("the example of RFC 6455, 5.7");
        read.unmask(&mut bytes);
        assert_eq!(&bytes[read.payload], b"Hello");
    }

    #[test]
    fn both_sides_of_a_handshake_agree() {
        let request = request("/room/7", "127.0.0.1:1");
        let (end, path, answer) = welcome(&request).expect("a whole request");
        assert_eq!((end, path.as_str()), (request.len(), "/room/7"));
        assert!(welcome(&request[..request.len() - 1]).is_none());
        assert!(matches!(handshake(&answer), Handshake::Open(end) if end == answer.len()));
        assert!(matches!(handshake(&answer[..20]), Handshake::Unfinished));
        for other in [
            "HTTP/1.1 401 Unauthorized\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        ] {
            assert!(matches!(handshake(other.as_bytes()), Handshake::Refused(_)));
        }
    }
}
