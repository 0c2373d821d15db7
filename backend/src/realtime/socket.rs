//! One live socket: its queue, what it watches, its deadlines, and the loop that reads it.
//! What a frame means is the [`Handler`]'s business.

use super::{
    hub::{HEARTBEAT_MS, Hub, RENEW_MS, SILENCE_MS, STUCK_MS},
    queue::Queue,
};
use crate::event::{Frame, encode};
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, ProtocolError};
use bytes::Bytes;
use futures_util::{StreamExt, future::LocalBoxFuture, stream::FuturesUnordered};
use shared::{RoomId, ServerFrame, SessionId, Timestamp, UserId, event::close};
use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};
use tokio::sync::Notify;

/// Requests of one socket that may be under way at once; the next is read when one is answered.
const IN_FLIGHT: usize = 32;

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
    watch_stale: Notify,
    pub(super) rooms: RefCell<HashSet<RoomId>>,
    /// Joins and leaves between `add` and `activate`; none afterwards.
    pub(super) noted: RefCell<Option<HashMap<RoomId, bool>>>,
    queue: RefCell<Queue>,
    expires_at: Cell<i64>,
    warned: Cell<bool>,
    heard_at: Cell<i64>,
    pinged_at: Cell<i64>,
    progress: Cell<(u64, i64)>,
    gone: Notify,
}

/// Gives frames their meaning. `frame` must queue its write before it returns, so that order is kept;
/// the future only waits for the outcome.
pub trait Handler {
    /// A text frame came. The future's frame, if any, is the reply.
    fn frame(&self, socket: &Rc<Socket>, text: &str) -> LocalBoxFuture<'static, Option<Frame>>;
    /// A frame came that is no text.
    fn not_text(&self, socket: &Rc<Socket>) -> Option<Frame>;
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
            watch_stale: Notify::new(),
            rooms: RefCell::default(),
            noted: RefCell::new(Some(HashMap::new())),
            queue: RefCell::default(),
            expires_at: Cell::new(expires_at.0),
            warned: Cell::new(false),
            heard_at: Cell::new(now.0),
            pinged_at: Cell::new(now.0),
            progress: Cell::new((0, now.0)),
            gone: Notify::new(),
        }
    }

    /// Queues a frame.
    pub fn push(&self, frame: Frame) {
        self.queue.borrow_mut().push(frame);
    }

    /// Sends `hello` first and lets the queue flow.
    pub fn open(&self, hello: Frame) {
        self.queue.borrow_mut().open(hello);
    }

    /// Closes with a code; `drain` lets what waits go first.
    pub fn close(&self, code: u16, drain: bool) {
        self.queue.borrow_mut().close(code, drain);
        self.gone.notify_one();
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
            self.watch_stale.notify_one();
        }
    }

    /// Someone shares a room now: if they were asked for in vain, they may be watched.
    pub(super) fn may_watch(&self, user: UserId) {
        if !self.watch.borrow().contains(&user) && self.asked.borrow().contains(&user) {
            self.watch_stale.notify_one();
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

/// The response body of an upgraded connection: what the queue gives. Dropped with the connection.
pub struct Outgoing {
    socket: Rc<Socket>,
    hub: Rc<Hub>,
    /// actix-ws ends the inbound stream when its own body is dropped, so that one is kept, unread.
    _inner: BoxBody,
    on_gone: Option<Box<dyn FnOnce()>>,
}

impl Outgoing {
    /// A body for this socket; `on_gone` runs once, when the connection is gone.
    pub fn new(
        socket: Rc<Socket>,
        hub: Rc<Hub>,
        inner: BoxBody,
        on_gone: Box<dyn FnOnce()>,
    ) -> Self {
        Self {
            socket,
            hub,
            _inner: inner,
            on_gone: Some(on_gone),
        }
    }
}

impl MessageBody for Outgoing {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.socket
            .queue
            .borrow_mut()
            .poll_take(cx.waker())
            .map(|bytes| bytes.map(Ok))
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.hub.remove(&self.socket);
        self.socket.queue.borrow_mut().end();
        self.socket.gone.notify_one();
        if let Some(on_gone) = self.on_gone.take() {
            on_gone();
        }
    }
}

/// Reads a socket until it ends, answering in the order in which answers are ready.
pub async fn read<H: Handler>(socket: Rc<Socket>, mut stream: AggregatedMessageStream, handler: H) {
    let mut in_flight = FuturesUnordered::new();
    let mut watching: Option<LocalBoxFuture<'static, ()>> = None;
    loop {
        if socket.queue.borrow().is_closing() {
            return;
        }
        tokio::select! {
            biased;
            () = socket.gone.notified() => {}
            Some(reply) = in_flight.next(), if !in_flight.is_empty() => {
                if let Some(reply) = reply {
                    socket.push(reply);
                }
            }
            () = wait(&mut watching), if watching.is_some() => watching = None,
            () = socket.watch_stale.notified(), if watching.is_none() => {
                let asked = socket.asked.borrow().clone();
                watching = Some(handler.watch(&socket, asked));
            }
            message = stream.next(), if in_flight.len() < IN_FLIGHT => {
                socket.heard_at.set(crate::clock::now().0);
                match message {
                    Some(Ok(AggregatedMessage::Text(text))) => {
                        in_flight.push(handler.frame(&socket, &text));
                    }
                    Some(Ok(AggregatedMessage::Binary(_))) => {
                        if let Some(reply) = handler.not_text(&socket) {
                            socket.push(reply);
                        }
                    }
                    Some(Ok(AggregatedMessage::Ping(bytes))) => socket.push(pong(&bytes)),
                    Some(Ok(AggregatedMessage::Pong(_))) => {}
                    Some(Ok(AggregatedMessage::Close(reason))) => {
                        // RFC 6455, 5.5.1: a close is answered with the same code.
                        let code = reason.map_or(CloseCode::Normal, |reason| reason.code);
                        socket.close(code.into(), false);
                        return;
                    }
                    Some(Err(error)) => {
                        socket.close(protocol_close(&error), false);
                        return;
                    }
                    None => {
                        socket.queue.borrow_mut().end();
                        return;
                    }
                }
            }
        }
    }
}

async fn wait(future: &mut Option<LocalBoxFuture<'static, ()>>) {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

fn pong(payload: &[u8]) -> Frame {
    let mut bytes = bytes::BytesMut::new();
    actix_http::ws::Parser::write_message(
        &mut bytes,
        payload,
        actix_http::ws::OpCode::Pong,
        true,
        false,
    );
    Frame {
        bytes: bytes.freeze(),
        head: None,
        ephemeral: true,
    }
}

/// The close code of a protocol error (RFC 6455, 7.4.1).
fn protocol_close(error: &ProtocolError) -> u16 {
    match error {
        ProtocolError::Overflow => CloseCode::Size.into(),
        // One kind stands for bad text and for reserved bits: only the words tell them apart.
        ProtocolError::Io(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            if error.to_string().contains("utf-8") {
                CloseCode::Invalid.into()
            } else {
                CloseCode::Protocol.into()
            }
        }
        // Frames and fragments that are too large; a lost connection comes here too and reads no code.
        ProtocolError::Io(_) => CloseCode::Size.into(),
        _ => CloseCode::Protocol.into(),
    }
}

#[cfg(test)]
mod tests;
