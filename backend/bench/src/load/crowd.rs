//! Many clients' sockets on one thread and one poll: who is open, who was let in and who was lost. What they say is
//! others' business.

use super::socket::{Deaf, Ear, Socket};
use crate::wire;
use mio::{Events, Interest, Poll, Token, net::TcpStream};
use socket2::{Domain, Type};
use std::{
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

/// Addresses that the clients come from, in turn: one address has too few ports for all of them and those that ended
/// lately.
const SOURCES: usize = 16;
/// How long all together may take to open.
const PATIENCE: Duration = Duration::from_secs(120);
/// A connection that is on its way says so (errno(3), Linux).
const IN_PROGRESS: i32 = 115;
/// Longest rest without a look at the clock.
pub(crate) const REST: Duration = Duration::from_millis(100);

pub(crate) struct Crowd {
    poll: Poll,
    events: Events,
    scratch: Vec<u8>,
    address: SocketAddr,
    /// Whether the server says `hello` first.
    greeted: bool,
    paths: Vec<String>,
    sockets: Vec<Option<Socket>>,
    open: usize,
    /// Who was let in since the last look.
    opened: Vec<usize>,
    /// Who was closed or not let in since the last look.
    lost: Vec<usize>,
    /// Why the last one was lost.
    why: String,
}

impl Crowd {
    /// One client for each path, none of them connected.
    pub(crate) fn new(
        address: SocketAddr,
        paths: Vec<String>,
        greeted: bool,
    ) -> Result<Self, String> {
        let poll = Poll::new().map_err(|error| error.to_string())?;
        Ok(Self {
            poll,
            events: Events::with_capacity(1024),
            scratch: vec![0; 256 * 1024],
            address,
            greeted,
            sockets: paths.iter().map(|_| None).collect(),
            paths,
            open: 0,
            opened: Vec::new(),
            lost: Vec::new(),
            why: String::new(),
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.paths.len()
    }

    /// How many are open, `hello` included.
    pub(crate) fn open(&self) -> usize {
        self.open
    }

    pub(crate) fn take_opened(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.opened)
    }

    pub(crate) fn take_lost(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.lost)
    }

    pub(crate) fn why(&self) -> &str {
        &self.why
    }

    /// Sets one on its way; it comes back as opened or as lost.
    pub(crate) fn connect(&mut self, number: usize) {
        match self.set_out(number) {
            Ok(socket) => self.sockets[number] = Some(socket),
            Err(error) => {
                self.why = error.to_string();
                self.lost.push(number);
            }
        }
    }

    fn set_out(&self, number: usize) -> std::io::Result<Socket> {
        let socket = socket2::Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        let last = u8::try_from(2 + number % SOURCES).unwrap_or(2);
        let source = SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 0));
        socket.bind(&source.into())?;
        match socket.connect(&self.address.into()) {
            Err(error)
                if error.raw_os_error() != Some(IN_PROGRESS)
                    && error.kind() != ErrorKind::WouldBlock =>
            {
                return Err(error);
            }
            _ => {}
        }
        let mut stream = TcpStream::from_std(socket.into());
        self.poll.registry().register(
            &mut stream,
            Token(number),
            Interest::READABLE | Interest::WRITABLE,
        )?;
        let request = wire::request(&self.paths[number], &self.address.to_string());
        Ok(Socket::new(number, stream, request, self.greeted))
    }

    /// Closes one without a word.
    pub(crate) fn close(&mut self, number: usize) {
        if let Some(socket) = self.sockets[number].take()
            && socket.is_open()
        {
            self.open -= 1;
        }
    }

    /// Opens all, so many at once; an error when one is not let in.
    pub(crate) fn open_all(&mut self, at_once: usize) -> Result<(), String> {
        let until = Instant::now() + PATIENCE;
        let mut next = 0;
        while self.open < self.len() {
            while next < self.len() && next < self.open + at_once {
                self.connect(next);
                next += 1;
            }
            self.turn(REST, &mut Deaf)?;
            if !self.lost.is_empty() {
                return Err(format!("a client was not let in: {}", self.why));
            }
            if Instant::now() > until {
                return Err(format!(
                    "{} of {} clients are open after {PATIENCE:?}",
                    self.open,
                    self.len()
                ));
            }
        }
        self.opened.clear();
        Ok(())
    }

    /// Sends whole frames; nothing when the socket is gone, which is told otherwise.
    pub(crate) fn send(&mut self, number: usize, frames: &[u8]) {
        if let Some(socket) = &mut self.sockets[number] {
            socket.send(frames);
        }
    }

    /// Waits for something to happen, not longer than that, and takes it in.
    pub(crate) fn turn(&mut self, wait: Duration, ear: &mut impl Ear) -> Result<(), String> {
        match self.poll.poll(&mut self.events, Some(wait)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.to_string()),
            _ => {}
        }
        for event in &self.events {
            let Token(number) = event.token();
            let Some(socket) = self.sockets.get_mut(number).and_then(Option::as_mut) else {
                continue;
            };
            if event.is_writable() {
                socket.flush();
            }
            if !(event.is_readable() || event.is_error() || event.is_read_closed()) {
                continue;
            }
            let was_open = socket.is_open();
            let ended = event.is_read_closed() || event.is_error();
            let read = socket.read(&mut self.scratch, ended, ear);
            let is_open = socket.is_open();
            match read {
                Ok(()) if is_open && !was_open => {
                    self.open += 1;
                    self.opened.push(number);
                }
                Ok(()) => {}
                Err(why) => {
                    self.sockets[number] = None;
                    self.open -= usize::from(was_open);
                    self.lost.push(number);
                    self.why = why;
                }
            }
        }
        Ok(())
    }

    /// Lets time pass.
    pub(crate) fn rest(&mut self, time: Duration) -> Result<(), String> {
        let until = Instant::now() + time;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            self.turn(left.min(REST), &mut Deaf)?;
        }
    }
}
