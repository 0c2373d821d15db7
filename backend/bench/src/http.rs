//! One HTTP/1.1 connection that is kept open, for one request at a time.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Http {
    stream: TcpStream,
    address: SocketAddr,
    read: Vec<u8>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

impl Http {
    pub(crate) fn connect(address: SocketAddr) -> Result<Self, String> {
        let stream = TcpStream::connect(address).map_err(|error| error.to_string())?;
        stream
            .set_nodelay(true)
            .map_err(|error| error.to_string())?;
        stream
            .set_read_timeout(Some(PATIENCE))
            .map_err(|error| error.to_string())?;
        Ok(Self {
            stream,
            address,
            read: Vec::new(),
        })
    }

    /// Asks below `/api/v1`, with JSON when there is a body.
    pub(crate) fn ask(
        &mut self,
        method: &str,
        path: &str,
        token: &str,
        body: &str,
    ) -> Result<Answer, String> {
        let request = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        self.stream
            .write_all(request.as_bytes())
            .map_err(|error| error.to_string())?;
        self.answer()
            .map_err(|error| format!("{method} {path}: {error}"))
    }

    fn answer(&mut self) -> Result<Answer, String> {
        self.read.clear();
        let head = loop {
            if let Some(end) = self
                .read
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
            {
                break end + 4;
            }
            self.more()?;
        };
        let text = String::from_utf8_lossy(&self.read[..head]).to_ascii_lowercase();
        let status = text
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok())
            .ok_or("no status line")?;
        let length: usize = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
            .unwrap_or(0);
        while self.read.len() < head + length {
            self.more()?;
        }
        Ok(Answer {
            status,
            body: self.read[head..head + length].to_vec(),
        })
    }

    fn more(&mut self) -> Result<(), String> {
        let mut part = [0; 64 * 1024];
        match self.stream.read(&mut part) {
            Ok(0) => Err("the server hung up".into()),
            Ok(count) => {
                self.read.extend_from_slice(&part[..count]);
                Ok(())
            }
            Err(error) => Err(error.to_string()),
        }
    }
}
