//! Bytes to and from a server over real TCP: reading and writing with a deadline, and one HTTP answer.

use super::{
    nodes::{self, Balancer},
    within,
};
use socket2::{Domain, Protocol, Socket, Type};
use std::{io::ErrorKind, net::SocketAddr, sync::Arc};
use tokio::net::TcpStream;

/// One TCP connection and what was read of it but not used yet.
pub(crate) struct Wire {
    stream: TcpStream,
    pub(crate) buffer: Vec<u8>,
    ended: bool,
    /// Where the address stands for several nodes.
    balancer: Option<Arc<Balancer>>,
}

/// An HTTP answer as it came over the wire.
#[derive(Clone, Debug)]
pub(crate) struct RawAnswer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl RawAnswer {
    /// The values of one header.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

impl Wire {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let balancer = nodes::behind(address);
        let node = balancer
            .as_ref()
            .map_or(address, |balancer| balancer.next());
        let stream = within("a connection", TcpStream::connect(node))
            .await
            .expect("the server accepts");
        Self::over(stream, balancer)
    }

    /// A connection, or why there is none.
    pub(crate) async fn try_connect(address: SocketAddr) -> std::io::Result<Self> {
        within("a connection", TcpStream::connect(address))
            .await
            .map(|stream| Self::over(stream, None))
    }

    /// A connection whose kernel takes in only a few KiB before it is read.
    pub(crate) async fn connect_narrow(address: SocketAddr) -> Self {
        let balancer = nodes::behind(address);
        let address = balancer
            .as_ref()
            .map_or(address, |balancer| balancer.next());
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )
        .expect("a socket");
        socket.set_recv_buffer_size(4096).expect("a small buffer");
        socket.connect(&address.into()).expect("the server accepts");
        socket.set_nonblocking(true).expect("non-blocking");
        let stream = TcpStream::from_std(socket.into()).expect("a stream");
        Self::over(stream, balancer)
    }

    fn over(stream: TcpStream, balancer: Option<Arc<Balancer>>) -> Self {
        stream.set_nodelay(true).expect("nodelay");
        Self {
            stream,
            buffer: Vec::new(),
            ended: false,
            balancer,
        }
    }

    /// Whether its address stands for several nodes.
    pub(crate) fn is_one_of_several(&self) -> bool {
        self.balancer.is_some()
    }

    /// Writes all of it; false when the other side is gone.
    pub(crate) async fn write(&mut self, mut bytes: &[u8]) -> bool {
        if let Some(balancer) = &self.balancer {
            balancer.settled().await;
        }
        while !bytes.is_empty() {
            if within("room to write", self.stream.writable())
                .await
                .is_err()
            {
                return false;
            }
            match self.stream.try_write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return false,
            }
        }
        true
    }

    /// Reads some more; false at the end.
    pub(crate) async fn read(&mut self) -> bool {
        if self.ended {
            return false;
        }
        loop {
            if within("an answer", self.stream.readable()).await.is_err() {
                self.ended = true;
                return false;
            }
            let mut chunk = [0; 16 * 1024];
            match self.stream.try_read(&mut chunk) {
                Ok(0) => {
                    self.ended = true;
                    return false;
                }
                Ok(count) => {
                    self.buffer.extend_from_slice(&chunk[..count]);
                    return true;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => {
                    self.ended = true;
                    return false;
                }
            }
        }
    }

    /// Reads one byte, if there is one.
    pub(crate) fn sip(&mut self) {
        let mut byte = [0];
        if matches!(self.stream.try_read(&mut byte), Ok(1)) {
            self.buffer.push(byte[0]);
        }
    }

    /// Takes the first bytes, waiting for them; `None` when the connection ends before.
    pub(crate) async fn take(&mut self, count: usize) -> Option<Vec<u8>> {
        while self.buffer.len() < count {
            if !self.read().await {
                return None;
            }
        }
        Some(self.buffer.drain(..count).collect())
    }

    /// Everything until the other side closes.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        while self.read().await {}
        std::mem::take(&mut self.buffer)
    }

    /// One HTTP answer; `None` when the connection ends without one. `to_head` answers have no body.
    pub(crate) async fn answer(&mut self, to_head: bool) -> Option<RawAnswer> {
        let end = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at;
            }
            if !self.read().await {
                return None;
            }
        };
        let head: Vec<u8> = self.buffer.drain(..end + 4).collect();
        let head = String::from_utf8(head).expect("an ASCII head");
        let mut lines = head.split("\r\n");
        let status = lines.next().expect("a status line");
        let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
        let mut answer = RawAnswer {
            status: status.expect("a status"),
            headers: lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect(),
            body: Vec::new(),
        };
        if to_head || answer.status == 101 || answer.status == 204 || answer.status == 304 {
            return Some(answer);
        }
        let length = answer
            .all("content-length")
            .next()
            .map(|text| text.parse::<usize>());
        let chunked = answer
            .all("transfer-encoding")
            .any(|value| value == "chunked");
        answer.body = match length {
            Some(length) => self.take(length.expect("a length")).await?,
            None if chunked => self.chunks().await?,
            None => self.rest().await,
        };
        Some(answer)
    }

    async fn chunks(&mut self) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                if let Some(at) = find(&self.buffer, b"\r\n") {
                    break at;
                }
                if !self.read().await {
                    return None;
                }
            };
            let line: Vec<u8> = self.buffer.drain(..end + 2).collect();
            let length = String::from_utf8_lossy(&line[..end]).into_owned();
            let length = usize::from_str_radix(&length, 16).expect("a chunk length");
            let chunk = self.take(length + 2).await?;
            body.extend_from_slice(&chunk[..length]);
            if length == 0 {
                return Some(body);
            }
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}
