//! One live socket: its queue, what it watches, its deadlines. The connection behind it is the session's, what
//! a frame means the [`Handler`]'s business.

use super::{
    hub::{HEARTBEAT_MS, RENEW_MS, SILENCE_MS, STUCK_MS},
    queue::{Queue, Written},
};
use crate::event::{Frame, encode};
use actix_web::rt::net::TcpStream;
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use shared::{RoomId, ServerFrame, SessionId, Timestamp, UserId, event::close};
use std::{
    cell::{Cell, RefCell, RefMut},
    collections::{HashMap, HashSet},
    rc::Rc,
};

/// What one socket is and gets.
#[derive(Debug)]
pub struct Socket {
    /// Unique on its worker.
    pub id: u64,
    /// Whose.
    pub user: UserId,
    /// Opened by which session.
    pub session: SessionId,
    /// The room on its screen.
    pub focus: Cell<Option<RoomId>>,
    /// Whose presence it gets: those asked for who share a room with it.
    pub(super) watch: RefCell<HashSet<UserId>>,
    /// Whose presence it asked for.
    asked: RefCell<Vec<UserId>>,
    watch_stale: Cell<bool>,
    pub(super) rooms: RefCell<HashSet<RoomId>>,
    /// Joins and leaves between `add` and `activate`; none afterwards.
    pub(super) noted: RefCell<Option<HashMap<RoomId, bool>>>,
    queue: RefCell<Queue>,
    /// The connection, while there is one.
    io: RefCell<Option<Rc<TcpStream>>>,
    /// The session does not read until the queue is shorter.
    pub(super) paused: Cell<bool>,
    expires_at: Cell<i64>,
    warned: Cell<bool>,
    heard_at: Cell<i64>,
    pinged_at: Cell<i64>,
    progress: Cell<(u64, i64)>,
}

/// Gives frames their meaning. `frame` must queue its write before it returns, so that order is kept;
/// the future only waits for the outcome.
pub trait Handler {
    /// A text frame came. The future's frame, if any, is the reply.
    fn frame(&self, socket: &Rc<Socket>, text: &str) -> LocalBoxFuture<'static, Option<Frame>>;
    /// A frame came that is no text.
    fn binary(&self, socket: &Rc<Socket>, bytes: &[u8]) -> Option<Frame>;
    /// The people to watch may have changed: look up who of them may be watched now.
    fn watch(&self, socket: &Rc<Socket>, asked: Vec<UserId>) -> LocalBoxFuture<'static, ()>;
}

impl Socket {
    /// A socket that has just been let in; its access ends at `expires_at`.
    pub fn new(
        id: u64,
        user: UserId,
        session: SessionId,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            user,
            session,
            focus: Cell::new(None),
            watch: RefCell::default(),
            asked: RefCell::default(),
            watch_stale: Cell::new(false),
            rooms: RefCell::default(),
            noted: RefCell::new(Some(HashMap::new())),
            queue: RefCell::default(),
            io: RefCell::default(),
            paused: Cell::new(false),
            expires_at: Cell::new(expires_at.0),
            warned: Cell::new(false),
            heard_at: Cell::new(now.0),
            pinged_at: Cell::new(now.0),
            progress: Cell::new((0, now.0)),
        }
    }

    /// Queues a frame.
    pub fn push(&self, frame: Frame) {
        self.queue.borrow_mut().push(frame);
    }

    /// Queues a frame for [`Socket::flush`]; true when that is to be called.
    pub(super) fn put(&self, frame: Frame) -> bool {
        self.queue.borrow_mut().put(frame)
    }

    /// Writes what was put, at once and from here: for many receivers that is much cheaper than to wake each
    /// one's session. Those that cannot take everything go on in theirs.
    pub(super) fn flush(&self) {
        let io = self.io.borrow();
        let mut queue = self.queue.borrow_mut();
        queue.begin_flush();
        let done = match &*io {
            Some(io) => queue.write_to(io) == Written::All,
            None => false,
        };
        if !done || self.paused.get() {
            queue.wake_session();
        }
    }

    /// The connection that the queue's frames leave by, behind the answer to its handshake.
    pub(super) fn connect(&self, io: Rc<TcpStream>, answer: Bytes) {
        self.io.replace(Some(io));
        self.queue.borrow_mut().begin(answer);
    }

    /// Sends `hello` first and lets the queue flow.
    pub fn open(&self, hello: Frame) {
        self.queue.borrow_mut().open(hello);
    }

    /// Lets the queue flow without a first frame.
    #[cfg(feature = "conformance")]
    pub fn open_without_hello(&self) {
        self.queue.borrow_mut().flow();
    }

    /// Closes with a code; `drain` lets what waits go first.
    pub fn close(&self, code: u16, drain: bool) {
        self.queue.borrow_mut().close(code, drain);
    }

    /// Whether the end is on its way.
    pub fn is_closing(&self) -> bool {
        self.queue.borrow().is_closing()
    }

    /// Ends without a word: the connection is gone.
    pub(super) fn end(&self) {
        self.io.take();
        self.queue.borrow_mut().end();
    }

    /// The outgoing side, for the connection.
    pub(super) fn queue(&self) -> RefMut<'_, Queue> {
        self.queue.borrow_mut()
    }

    /// The client said something.
    pub(super) fn heard(&self) {
        self.heard_at.set(crate::clock::now().0);
    }

    /// Whom this socket asked to watch, when it is time to look up anew who of them may be watched.
    pub(super) fn stale_watch(&self) -> Option<Vec<UserId>> {
        self.watch_stale.take().then(|| self.asked.borrow().clone())
    }

    /// Whether the user is in this room as far as this socket has been told.
    pub fn in_room(&self, room: RoomId) -> bool {
        self.rooms.borrow().contains(&room)
    }

    /// The access was renewed.
    pub fn renew(&self, expires_at: Timestamp) {
        self.expires_at.set(expires_at.0.max(self.expires_at.get()));
        self.warned.set(false);
    }

    /// Replaces the people this socket asked to watch.
    pub fn ask(&self, users: Vec<UserId>) {
        *self.asked.borrow_mut() = users;
        self.watch_anew();
    }

    /// Sets whose presence this socket gets.
    pub fn set_watch(&self, users: HashSet<UserId>) {
        *self.watch.borrow_mut() = users;
    }

    pub(super) fn watch_anew(&self) {
        if !self.asked.borrow().is_empty() {
            self.watch_stale.set(true);
            self.queue.borrow_mut().wake_session();
        }
    }

    /// Someone shares a room now: if they were asked for in vain, they may be watched.
    pub(super) fn may_watch(&self, user: UserId) {
        if !self.watch.borrow().contains(&user) && self.asked.borrow().contains(&user) {
            self.watch_anew();
        }
    }

    /// Stops watching someone until it is clear that a room is still shared.
    pub(super) fn unwatch(&self, user: UserId) {
        if self.watch.borrow_mut().remove(&user) {
            self.watch_anew();
        }
    }

    pub(super) fn leave(&self, room: RoomId) {
        self.rooms.borrow_mut().remove(&room);
        self.queue.borrow_mut().forget_room(room);
        if self.focus.get() == Some(room) {
            self.focus.set(None);
        }
        self.watch.borrow_mut().clear();
        self.watch_anew();
    }

    /// Notes a join or leave that happens before the socket has its rooms.
    pub(super) fn note(&self, room: RoomId, joined: bool) -> bool {
        match &mut *self.noted.borrow_mut() {
            Some(noted) => {
                noted.insert(room, joined);
                true
            }
            None => false,
        }
    }

    pub(super) fn sweep(&self, now: i64, ping: &Frame) {
        let (taken, waiting) = self.queue.borrow().progress();
        let (last_taken, since) = self.progress.get();
        if taken != last_taken || !waiting {
            self.progress.set((taken, now));
        } else if now - since >= STUCK_MS {
            self.close(close::TOO_SLOW, false);
            return;
        }
        if self.queue.borrow_mut().recovered() {
            self.watch_anew();
        }
        let left = self.expires_at.get() - now;
        if left <= 0 {
            self.close(close::AUTH_ENDED, false);
        } else if now - self.heard_at.get() >= SILENCE_MS {
            self.close(close::TOO_SLOW, false);
        } else if left <= RENEW_MS && !self.warned.replace(true) {
            self.push(encode(&ServerFrame::AuthNeeded {
                expires_in_ms: left,
            }));
        } else if now - self.pinged_at.get() >= HEARTBEAT_MS {
            self.pinged_at.set(now);
            self.push(ping.clone());
        }
    }
}

#[cfg(test)]
mod tests;
