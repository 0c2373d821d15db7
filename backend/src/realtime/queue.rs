//! What waits to be written to one socket: bounded in bytes, never waited for. When it overflows,
//! typing and presence go first, then everything, and the reader is told which rooms to ask about.

use crate::event::{Frame, encode};
use actix_http::ws::{CloseCode, Parser};
use actix_web::rt::net::TcpStream;
use bytes::{Buf, Bytes, BytesMut};
use shared::{RoomId, ServerFrame, event::Head};
use std::{
    collections::{BTreeMap, VecDeque},
    io::{self, IoSlice},
    task::Waker,
};

/// Most bytes that wait for one socket.
pub const QUEUE_BYTES: usize = 256 * 1024;
/// An empty queue that had room for more frames than this gives the room back.
const SPARE_FRAMES: usize = 8;

/// Pieces that leave in one write at most.
const PIECES: usize = 64;

/// How far writing came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Nothing is left to write.
    All,
    /// The connection takes nothing more just now.
    Blocked,
    /// The connection is gone.
    Broken,
    /// Closed, and everything that was to leave has left.
    End,
}

/// The outgoing side of one socket. Lives on the socket's worker; no lock.
#[derive(Debug, Default)]
pub struct Queue {
    /// What is left of the handshake's answer or of a frame that is on its way: it must leave whole, whatever
    /// happens to the rest.
    begun: Bytes,
    frames: VecDeque<Frame>,
    bytes: usize,
    /// Rooms of dropped frames and the newest revision dropped; some while `lagged` waits to be sent.
    dropped: Option<BTreeMap<RoomId, i64>>,
    /// Nothing leaves before `hello` is in. It has no part in the bound: it is as large as one's list of
    /// rooms, comes once, and must not be dropped.
    hello: Option<Bytes>,
    open: bool,
    closing: bool,
    waker: Option<Waker>,
    /// The connection takes nothing just now: what is pushed waits for it, and wakes nobody.
    blocked: bool,
    /// A flush was asked for and did not come yet.
    flushes: bool,
    /// Typing or presence was dropped since the last look.
    shed_ephemeral: bool,
    /// Counts what was taken, so that a sweep can tell a slow reader from a stuck one.
    taken: u64,
}

impl Queue {
    /// What leaves before anything else, and with what leaves first: the handshake's answer.
    pub fn begin(&mut self, answer: Bytes) {
        self.begun = answer;
    }

    /// Puts the first frame in front of everything and lets the queue flow.
    pub fn open(&mut self, hello: Frame) {
        if self.closing {
            return;
        }
        self.hello = Some(hello.bytes);
        self.flow();
    }

    /// Lets what waits leave.
    pub fn flow(&mut self) {
        self.open = true;
        self.wake();
    }

    /// Adds a frame and tells the session; drops what the bound demands.
    pub fn push(&mut self, frame: Frame) {
        self.add(frame);
        self.wake();
    }

    /// Adds a frame for a flush. True when there is none to come yet that would take it along.
    pub fn put(&mut self, frame: Frame) -> bool {
        self.add(frame);
        self.open && !self.blocked && !std::mem::replace(&mut self.flushes, true)
    }

    /// The flush that was asked for is here.
    pub fn begin_flush(&mut self) {
        self.flushes = false;
    }

    fn add(&mut self, frame: Frame) {
        if self.closing {
            return;
        }
        if let Some(dropped) = &mut self.dropped
            && let Some(head) = frame.head
        {
            // Told with `lagged` anyway: nothing is gained by queueing more of it.
            note(dropped, head);
            return;
        }
        if self.bytes + frame.bytes.len() > QUEUE_BYTES {
            self.shed(frame.bytes.len());
            if frame.ephemeral && self.bytes + frame.bytes.len() > QUEUE_BYTES {
                return;
            }
            if let Some(dropped) = &mut self.dropped
                && let Some(head) = frame.head
            {
                note(dropped, head);
                return;
            }
        }
        self.bytes += frame.bytes.len();
        self.frames.push_back(frame);
    }

    /// Frees room: first what may be lost, then what can be asked for again. Replies stay while they fit.
    fn shed(&mut self, wanted: usize) {
        self.retain(|frame| !frame.ephemeral);
        self.shed_ephemeral = true;
        if self.bytes + wanted <= QUEUE_BYTES {
            return;
        }
        let mut dropped = self.dropped.take().unwrap_or_default();
        for head in self.frames.iter().filter_map(|frame| frame.head) {
            note(&mut dropped, head);
        }
        self.frames.clear();
        self.bytes = 0;
        self.dropped = Some(dropped);
    }

    /// Forgets what waits of a room that the reader is no longer in.
    pub fn forget_room(&mut self, room: RoomId) {
        self.retain(|frame| frame.head.is_none_or(|head| head.room_id != room));
        if let Some(dropped) = &mut self.dropped {
            dropped.remove(&room);
        }
    }

    fn retain(&mut self, keep: impl Fn(&Frame) -> bool) {
        self.frames.retain(keep);
        self.bytes = self.frames.iter().map(|frame| frame.bytes.len()).sum();
    }

    /// Ends the stream with a close frame. `drain` lets what waits go first; otherwise it is dropped.
    pub fn close(&mut self, code: u16, drain: bool) {
        if self.closing {
            return;
        }
        if !drain {
            self.hello = None;
            self.frames.clear();
            self.bytes = 0;
            self.dropped = None;
        }
        let mut bytes = BytesMut::new();
        Parser::write_close(&mut bytes, Some(CloseCode::from(code).into()), false);
        self.bytes += bytes.len();
        self.frames.push_back(Frame {
            bytes: bytes.freeze(),
            head: None,
            ephemeral: false,
        });
        self.open = true;
        self.closing = true;
        self.wake_session();
    }

    /// Ends the stream without a word: the other side closed already.
    pub fn end(&mut self) {
        self.hello = None;
        self.begun = Bytes::new();
        self.frames.clear();
        self.bytes = 0;
        self.dropped = None;
        self.open = true;
        self.closing = true;
        self.wake_session();
    }

    /// Whether the end is on its way.
    pub fn is_closing(&self) -> bool {
        self.closing
    }

    /// Whether typing or presence was dropped and the reader has caught up since: time to tell it anew.
    pub fn recovered(&mut self) -> bool {
        self.frames.is_empty() && std::mem::take(&mut self.shed_ephemeral)
    }

    /// How many times something was taken so far, and whether anything waits.
    pub fn progress(&self) -> (u64, bool) {
        let waits = self.hello.is_some() || self.dropped.is_some() || !self.frames.is_empty();
        (self.taken, self.open && (waits || !self.begun.is_empty()))
    }

    /// Writes what is ready for as long as the connection takes it, frames that wait together in one write.
    pub fn write_to(&mut self, io: &TcpStream) -> Written {
        while self.ready() {
            let written = {
                let mut pieces = [IoSlice::new(&[]); PIECES];
                match self.pieces(&mut pieces) {
                    1 => io.try_write(&pieces[0]),
                    count => io.try_write_vectored(&pieces[..count]),
                }
            };
            match written {
                Ok(count) => self.left(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Written::Blocked,
                Err(_) => return Written::Broken,
            }
        }
        // What the connection did not take may be forgotten since, and then nothing left to say so.
        self.blocked = false;
        if self.closing {
            Written::End
        } else {
            Written::All
        }
    }

    /// Whether something is ready to leave.
    fn ready(&mut self) -> bool {
        if self.open
            && self.begun.is_empty()
            && self.hello.is_none()
            && let Some(dropped) = self.dropped.take()
        {
            let rooms = dropped
                .into_iter()
                .map(|(room_id, head_rev)| Head { room_id, head_rev })
                .collect();
            self.begun = encode(&ServerFrame::Lagged { rooms }).bytes;
        }
        self.open && !(self.begun.is_empty() && self.hello.is_none() && self.frames.is_empty())
    }

    /// Puts what is ready into `pieces`, in order and without a copy, and says how many there are.
    fn pieces<'a>(&'a self, pieces: &mut [IoSlice<'a>]) -> usize {
        let begun = (!self.begun.is_empty()).then_some(&self.begun);
        let flows = self.dropped.is_none();
        let frames = self.frames.iter().map(|frame| &frame.bytes);
        let ready = begun
            .into_iter()
            .chain(&self.hello)
            .chain(frames.filter(|_| flows));
        let mut count = 0;
        for (piece, bytes) in pieces.iter_mut().zip(ready) {
            *piece = IoSlice::new(bytes);
            count += 1;
        }
        count
    }

    /// The connection took nothing: until it does, only what ends or concerns more than frames wakes `waker`.
    pub fn blocked(&mut self, waker: &Waker) {
        self.blocked = true;
        self.hear_of(waker);
    }

    /// Tells this waker when there is something to do.
    pub fn hear_of(&mut self, waker: &Waker) {
        match &mut self.waker {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    /// Whether so much waits that its reader should take some before it asks for more.
    pub fn is_long(&self) -> bool {
        self.bytes > QUEUE_BYTES / 2
    }

    /// So many bytes of what was ready have left.
    fn left(&mut self, mut count: usize) {
        self.taken += 1;
        self.blocked = false;
        let begun = count.min(self.begun.len());
        self.begun.advance(begun);
        count -= begun;
        if self.begun.is_empty() {
            // Not even an empty piece keeps the memory of what it was part of.
            self.begun = Bytes::new();
        }
        if count > 0
            && let Some(mut hello) = self.hello.take()
        {
            let part = count.min(hello.len());
            count -= part;
            if part < hello.len() {
                hello.advance(part);
                self.begun = hello;
            }
        }
        while count > 0
            && let Some(mut frame) = self.frames.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(frame.bytes.len());
            let part = count.min(frame.bytes.len());
            count -= part;
            if part < frame.bytes.len() {
                frame.bytes.advance(part);
                self.begun = frame.bytes;
            }
        }
        if self.frames.is_empty() && self.frames.capacity() > SPARE_FRAMES {
            self.frames = VecDeque::new();
        }
    }

    /// There is something to do for the session, whatever waits.
    pub fn wake_session(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn wake(&mut self) {
        if self.open && !self.blocked {
            self.wake_session();
        }
    }
}

fn note(dropped: &mut BTreeMap<RoomId, i64>, head: Head) {
    let newest = dropped.entry(head.room_id).or_insert(head.head_rev);
    *newest = head.head_rev.max(*newest);
}

#[cfg(test)]
pub(super) mod tests;
