//! A WebSocket as a client holds it: the handshake, masked frames out, plain frames in (RFC 6455). Knows no frame's meaning.

use std::{io, net::SocketAddr};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// What comes in.
pub(crate) enum Said {
    Text(String),
    /// The close frame's code; 1005 when it has none.
    Closed(u16),
}

/// The side that speaks.
pub(crate) struct Speaker(OwnedWriteHalf);

/// The side that listens.
pub(crate) struct Listener(BufReader<OwnedReadHalf>);

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const MASK: [u8; 4] = [0x1f, 0x2e, 0x3d, 0x4c];

/// Opens a socket with a token for one handshake.
pub(crate) async fn open(to: SocketAddr, token: &str) -> io::Result<(Speaker, Listener)> {
    let mut stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    let head = format!(
        "GET /ws?token={token} HTTP/1.1\r\nhost: {to}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    let (from, to) = stream.into_split();
    let mut from = BufReader::new(from);
    let mut line = String::new();
    let mut status = None;
    loop {
        line.clear();
        if from.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if status.is_none() {
            status = line.split(' ').nth(1).map(str::to_owned);
        }
        if line == "\r\n" {
            break;
        }
    }
    if status.as_deref() != Some("101") {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok((Speaker(to), Listener(from)))
}

impl Speaker {
    pub(crate) async fn say(&mut self, text: &str) -> io::Result<()> {
        let length = text.len();
        let mut bytes = vec![TEXT];
        match (u8::try_from(length), u16::try_from(length)) {
            (Ok(short @ 0..=125), _) => bytes.push(0x80 | short),
            (_, Ok(middle)) => {
                bytes.push(0x80 | 126);
                bytes.extend_from_slice(&middle.to_be_bytes());
            }
            _ => {
                bytes.push(0x80 | 127);
                bytes.extend_from_slice(&u64::try_from(length).unwrap_or(0).to_be_bytes());
            }
        }
        bytes.extend_from_slice(&MASK);
        let masked = text.bytes().zip(MASK.iter().cycle());
        bytes.extend(masked.map(|(byte, mask)| byte ^ mask));
        self.0.write_all(&bytes).await
    }
}

impl Listener {
    /// The next text or the end. A frame that no server of ours sends is `InvalidData`.
    pub(crate) async fn next(&mut self) -> io::Result<Said> {
        let mut head = [0; 2];
        self.0.read_exact(&mut head).await?;
        let length = match head[1] {
            126 => u64::from(self.0.read_u16().await?),
            127 => self.0.read_u64().await?,
            short @ 0..=125 => u64::from(short),
            _ => return Err(io::Error::new(io::ErrorKind::InvalidData, "a masked frame")),
        };
        if length > 16 * 1024 * 1024 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a huge frame"));
        }
        let mut payload = vec![0; usize::try_from(length).unwrap_or(0)];
        self.0.read_exact(&mut payload).await?;
        match head[0] {
            TEXT => String::from_utf8(payload)
                .map(Said::Text)
                .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "text that is no UTF-8")),
            CLOSE => Ok(Said::Closed(match payload[..] {
                [high, low, ..] => u16::from_be_bytes([high, low]),
                _ => 1005,
            })),
            first => {
                let words = format!("a frame that starts with {first:#x}");
                Err(io::Error::new(io::ErrorKind::InvalidData, words))
            }
        }
    }
}
