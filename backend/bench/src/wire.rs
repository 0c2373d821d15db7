//! WebSocket on the wire (RFC 6455), as far as a client needs it that only listens: the handshake's words, and
//! whole frames cut out of what has arrived.

/// A key for every handshake, and what a server must make of it (RFC 6455, 1.3).
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

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

/// Where an HTTP head ends.
fn head_end(read: &[u8]) -> Option<usize> {
    read.windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map(|at| at + 4)
}

/// Where the payload is of the frame that begins at `from`; `None` until all of it is there. A server's frames have
/// no mask.
pub(crate) fn payload(read: &[u8], from: usize) -> Option<std::ops::Range<usize>> {
    let head = read.get(from..from + 2)?;
    let (length, at) = match head[1] {
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
    let end = at.checked_add(length)?;
    (read.len() >= end).then_some(at..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_there_once_all_of_it_is() {
        for (head, length) in [
            (vec![129, 0], 0),
            (vec![129, 125], 125),
            (vec![129, 126, 0, 126], 126),
            (vec![129, 126, 255, 255], 65_535),
            (vec![129, 127, 0, 0, 0, 0, 0, 1, 0, 0], 65_536),
        ] {
            let mut bytes = b"before".to_vec();
            bytes.extend_from_slice(&head);
            let begins = bytes.len();
            bytes.resize(begins + length, b'x');
            assert_eq!(payload(&bytes, 6), Some(begins..bytes.len()));
            assert_eq!(payload(&bytes[..bytes.len() - 1], 6), None);
        }
    }

    #[test]
    fn a_handshake_is_open_only_with_the_answer_to_our_key() {
        let answer =
            format!("HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: {ACCEPT}\r\n\r\n");
        assert!(
            matches!(handshake(answer.as_bytes()), Handshake::Open(end) if end == answer.len())
        );
        assert!(matches!(
            handshake(&answer.as_bytes()[..20]),
            Handshake::Unfinished
        ));
        for other in [
            "HTTP/1.1 401 Unauthorized\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        ] {
            assert!(matches!(handshake(other.as_bytes()), Handshake::Refused(_)));
        }
    }
}
