//! The yardstick: the bare system calls that fan-out cannot do without. One thread, one poll, a frame encoded once,
//! one write for each receiver. No JSON, no sign-in, no storage.

use crate::wire;
use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
};
use socket2::{Domain, Socket, Type};
use std::{
    collections::HashMap,
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
};

/// Connections that may wait to be accepted: enough for all who come back at once.
const BACKLOG: i32 = 4096;
/// What may wait for one guest; who takes less than comes is cut off.
const WAITING: usize = 4 * 1024 * 1024;
const LISTENER: Token = Token(usize::MAX);

struct Guest {
    stream: TcpStream,
    /// None before the handshake.
    room: Option<usize>,
    inbound: Vec<u8>,
    outbound: Vec<u8>,
}

#[derive(Default)]
struct Room {
    guests: Vec<usize>,
    /// Frames of this round, when rounds are joined.
    waiting: Vec<u8>,
}

struct Yardstick {
    coalesce: bool,
    poll: Poll,
    listener: TcpListener,
    guests: Vec<Option<Guest>>,
    vacant: Vec<usize>,
    rooms: Vec<Room>,
    names: HashMap<String, usize>,
    /// Rooms where something waits for the end of the round.
    spoke: Vec<usize>,
    frame: Vec<u8>,
}

/// Serves until it is killed. Who opens the same path is in the same room, and what a guest says is heard by all in
/// the room; `coalesce` joins what one round brought into one write for each receiver.
pub(crate) fn serve(listen: SocketAddr, coalesce: bool) -> Result<(), String> {
    let failed = |error: std::io::Error| error.to_string();
    let mut listener = bind(listen).map_err(failed)?;
    let poll = Poll::new().map_err(failed)?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)
        .map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    println!("The yardstick is ready at http://{address}");
    let mut yardstick = Yardstick {
        coalesce,
        poll,
        listener,
        guests: Vec::new(),
        vacant: Vec::new(),
        rooms: Vec::new(),
        names: HashMap::new(),
        spoke: Vec::new(),
        frame: Vec::new(),
    };
    let mut events = Events::with_capacity(1024);
    let mut scratch = vec![0; 64 * 1024];
    loop {
        match yardstick.poll.poll(&mut events, None) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error.to_string()),
            _ => {}
        }
        for event in &events {
            let Token(number) = event.token();
            if event.token() == LISTENER {
                yardstick.accept();
                continue;
            }
            if event.is_writable() {
                yardstick.write(number, &[]);
            }
            if event.is_readable() && !yardstick.read(number, &mut scratch, event.is_read_closed())
            {
                yardstick.leave(number);
            }
        }
        yardstick.end_round();
    }
}

fn bind(listen: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(listen), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_address(true)?;
    socket.bind(&listen.into())?;
    socket.listen(BACKLOG)?;
    Ok(TcpListener::from_std(socket.into()))
}

impl Yardstick {
    fn accept(&mut self) {
        while let Ok((mut stream, _)) = self.listener.accept() {
            let number = self.vacant.pop().unwrap_or(self.guests.len());
            let interest = Interest::READABLE | Interest::WRITABLE;
            let registered = self
                .poll
                .registry()
                .register(&mut stream, Token(number), interest);
            if registered.and_then(|()| stream.set_nodelay(true)).is_err() {
                self.vacant.push(number);
                continue;
            }
            if number == self.guests.len() {
                self.guests.push(None);
            }
            self.guests[number] = Some(Guest {
                stream,
                room: None,
                inbound: Vec::new(),
                outbound: Vec::new(),
            });
        }
    }

    /// Takes what has come. False when the guest is gone.
    fn read(&mut self, number: usize, scratch: &mut [u8], ended: bool) -> bool {
        loop {
            let Some(guest) = self.guests.get_mut(number).and_then(Option::as_mut) else {
                return true;
            };
            let count = match guest.stream.read(scratch) {
                Ok(0) => return false,
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return false,
            };
            let mut inbound = std::mem::take(&mut guest.inbound);
            inbound.extend_from_slice(&scratch[..count]);
            if !self.take_in(number, &mut inbound) {
                return false;
            }
            if let Some(guest) = &mut self.guests[number] {
                guest.inbound = inbound;
            }
            // A read that fills less than there is room for has emptied the connection (epoll(7)).
            if count < scratch.len() && !ended {
                return true;
            }
        }
    }

    /// Takes whole frames out of `inbound`. False when the guest says goodbye.
    fn take_in(&mut self, number: usize, inbound: &mut Vec<u8>) -> bool {
        let mut at = 0;
        let known = self.guests[number].as_ref().and_then(|guest| guest.room);
        let room = match known {
            Some(room) => room,
            None => {
                let Some((end, path, answer)) = wire::welcome(inbound) else {
                    return true;
                };
                at = end;
                self.write(number, &answer);
                self.enter(number, path)
            }
        };
        while let Some(frame) = wire::frame(inbound, at) {
            frame.unmask(inbound);
            at = frame.payload.end;
            let payload = &inbound[frame.payload];
            match frame.opcode {
                wire::TEXT => self.say(room, payload),
                wire::PING => {
                    let mut pong = Vec::new();
                    wire::server_frame(&mut pong, wire::PONG, payload);
                    self.write(number, &pong);
                }
                wire::CLOSE => return false,
                _ => {}
            }
        }
        inbound.drain(..at);
        if inbound.is_empty() {
            // An idle guest has no memory for it.
            *inbound = Vec::new();
        }
        true
    }

    fn enter(&mut self, number: usize, path: String) -> usize {
        let rooms = &mut self.rooms;
        let room = *self.names.entry(path).or_insert_with(|| {
            rooms.push(Room::default());
            rooms.len() - 1
        });
        rooms[room].guests.push(number);
        if let Some(guest) = &mut self.guests[number] {
            guest.room = Some(room);
        }
        room
    }

    fn say(&mut self, room: usize, payload: &[u8]) {
        if self.coalesce {
            let waiting = &mut self.rooms[room].waiting;
            if waiting.is_empty() {
                self.spoke.push(room);
            }
            wire::server_frame(waiting, wire::TEXT, payload);
            return;
        }
        let mut frame = std::mem::take(&mut self.frame);
        frame.clear();
        wire::server_frame(&mut frame, wire::TEXT, payload);
        self.write_all(room, &frame);
        self.frame = frame;
    }

    fn end_round(&mut self) {
        for room in std::mem::take(&mut self.spoke) {
            let mut waiting = std::mem::take(&mut self.rooms[room].waiting);
            self.write_all(room, &waiting);
            waiting.clear();
            self.rooms[room].waiting = waiting;
        }
    }

    fn write_all(&mut self, room: usize, bytes: &[u8]) {
        let guests = std::mem::take(&mut self.rooms[room].guests);
        for &number in &guests {
            self.write(number, bytes);
        }
        self.rooms[room].guests = guests;
    }

    /// Writes behind what waits already. A failure is left to the reading side, which hears of it, too.
    fn write(&mut self, number: usize, bytes: &[u8]) {
        let Some(guest) = self.guests.get_mut(number).and_then(Option::as_mut) else {
            return;
        };
        if guest.outbound.is_empty() {
            let written = write_some(&mut guest.stream, bytes);
            guest.outbound.extend_from_slice(&bytes[written..]);
            return;
        }
        guest.outbound.extend_from_slice(bytes);
        let written = write_some(&mut guest.stream, &guest.outbound);
        guest.outbound.drain(..written);
        if guest.outbound.len() > WAITING {
            let _ = guest.stream.shutdown(std::net::Shutdown::Both);
            guest.outbound = Vec::new();
        }
    }

    fn leave(&mut self, number: usize) {
        let Some(guest) = self.guests[number].take() else {
            return;
        };
        if let Some(room) = guest.room {
            let guests = &mut self.rooms[room].guests;
            if let Some(at) = guests.iter().position(|other| *other == number) {
                guests.swap_remove(at);
            }
        }
        self.vacant.push(number);
    }
}

/// How much the connection takes just now.
fn write_some(stream: &mut TcpStream, bytes: &[u8]) -> usize {
    let mut written = 0;
    while written < bytes.len() {
        match stream.write(&bytes[written..]) {
            Ok(count) if count > 0 => written += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            _ => break,
        }
    }
    written
}
