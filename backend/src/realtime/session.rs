//! One connection that left HTTP: reads what the client says, hands it to the [`Handler`], and writes what the
//! socket's queue gives, frames that wait together in one write. One task per connection, no timer while it
//! lives, no buffer while it is idle.

use super::{
    hub::Hub,
    inbound::Inbound,
    queue::Written,
    socket::{Handler, Socket},
};
use crate::{event::Frame, http::Taken};
use actix_web::rt::{
    net::TcpStream,
    time::{Sleep, sleep},
};
use actix_ws::{AggregatedMessage, CloseCode};
use futures_util::{StreamExt, future::LocalBoxFuture, stream::FuturesUnordered};
use shared::limits;
use std::{
    future::Future,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

/// Requests of one socket that may be under way at once; the next is read when one is answered.
const IN_FLIGHT: usize = 32;
/// Messages of one connection that are read in one go, before others have their turn.
const TURN: usize = 32;
/// How long a closing connection may take: to take what still waits, and to close its own side.
const FAREWELL: Duration = Duration::from_secs(5);

type Reply = LocalBoxFuture<'static, Option<Frame>>;

/// A socket's place in the hub, given up when it is dropped, whatever the reason; what else is to be given
/// up then runs with it.
pub struct Place {
    socket: Rc<Socket>,
    hub: Rc<Hub>,
    on_gone: Option<Box<dyn FnOnce()>>,
}

impl Place {
    /// Of a socket that was added to this hub.
    pub fn new(socket: Rc<Socket>, hub: Rc<Hub>, on_gone: Box<dyn FnOnce()>) -> Self {
        Self {
            socket,
            hub,
            on_gone: Some(on_gone),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.hub.remove(&self.socket);
        self.socket.end();
        if let Some(on_gone) = self.on_gone.take() {
            on_gone();
        }
    }
}

/// A connection, from its handshake to its end.
pub struct Session<H> {
    io: Rc<TcpStream>,
    inbound: Inbound,
    socket: Rc<Socket>,
    place: Option<Place>,
    handler: H,
    /// Gives the first frame.
    opening: Option<LocalBoxFuture<'static, ()>>,
    /// None while nothing is under way: an idle connection has no memory for it.
    in_flight: Option<FuturesUnordered<Reply>>,
    watching: Option<LocalBoxFuture<'static, ()>>,
    /// Runs from the moment at which the end is on its way.
    farewell: Option<Pin<Box<Sleep>>>,
    /// Our side of the connection is closed.
    is_shut: bool,
}

impl<H: Handler> Session<H> {
    /// Over a connection that was upgraded; `opening` opens the socket's queue or closes it, and with what then
    /// leaves first leaves the answer to the handshake.
    pub fn new(
        taken: Taken,
        place: Place,
        handler: H,
        opening: LocalBoxFuture<'static, ()>,
    ) -> Self {
        let io = Rc::new(taken.io);
        place.socket.connect(Rc::clone(&io), taken.answer);
        Self {
            io,
            inbound: Inbound::new(taken.rest, limits::FRAME_BYTES),
            socket: Rc::clone(&place.socket),
            place: Some(place),
            handler,
            opening: Some(opening),
            in_flight: None,
            watching: None,
            farewell: None,
            is_shut: false,
        }
    }

    fn poll_replies(&mut self, cx: &mut Context<'_>) {
        if let Some(opening) = &mut self.opening
            && opening.as_mut().poll(cx).is_ready()
        {
            self.opening = None;
        }
        if let Some(in_flight) = &mut self.in_flight {
            while let Poll::Ready(Some(reply)) = in_flight.poll_next_unpin(cx) {
                if let Some(reply) = reply {
                    self.socket.push(reply);
                }
            }
            if in_flight.is_empty() {
                self.in_flight = None;
            }
        }
        loop {
            match &mut self.watching {
                Some(watching) => match watching.as_mut().poll(cx) {
                    Poll::Ready(()) => self.watching = None,
                    Poll::Pending => return,
                },
                None => match self.socket.stale_watch() {
                    Some(asked) => self.watching = Some(self.handler.watch(&self.socket, asked)),
                    None => return,
                },
            }
        }
    }

    /// Whether what comes waits in the connection: before `hello`, while very much is under way, and while very
    /// much that was asked for is not taken.
    fn is_paused(&self) -> bool {
        self.opening.is_some()
            || self
                .in_flight
                .as_ref()
                .is_some_and(|all| all.len() >= IN_FLIGHT)
            || self.socket.queue().is_long()
    }

    /// Reads until nothing is there, or it is the turn of others.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let mut turn = TURN;
        while !self.is_paused() && !self.socket.is_closing() {
            if turn == 0 {
                cx.waker().wake_by_ref();
                return Ok(());
            }
            match self.inbound.next_message() {
                Ok(Some(message)) => {
                    turn -= 1;
                    self.take(message, cx);
                    continue;
                }
                Ok(None) => {}
                Err(code) => {
                    self.socket.close(code.into(), false);
                    return Ok(());
                }
            }
            if self.io.poll_read_ready(cx)?.is_pending() {
                return Ok(());
            }
            match self.inbound.read(&self.io) {
                // The other side is gone without a word.
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => self.socket.heard(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn take(&mut self, message: AggregatedMessage, cx: &mut Context<'_>) {
        let socket = &self.socket;
        match message {
            AggregatedMessage::Text(text) => {
                let mut reply = self.handler.frame(socket, &text);
                // Most answers are there at once.
                match reply.as_mut().poll(cx) {
                    Poll::Ready(Some(frame)) => socket.push(frame),
                    Poll::Ready(None) => {}
                    Poll::Pending => self.in_flight.get_or_insert_default().push(reply),
                }
            }
            AggregatedMessage::Binary(bytes) => {
                if let Some(frame) = self.handler.binary(socket, &bytes) {
                    socket.push(frame);
                }
            }
            AggregatedMessage::Ping(bytes) => socket.push(Frame::pong(&bytes)),
            AggregatedMessage::Pong(_) => {}
            AggregatedMessage::Close(reason) => {
                // RFC 6455, 5.5.1: a close is answered with the same code.
                let code = reason.map_or(CloseCode::Normal, |reason| reason.code);
                socket.close(code.into(), false);
            }
        }
    }

    /// Writes what waits; ready when the last of it has left.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let mut queue = self.socket.queue();
            match queue.write_to(&self.io) {
                Written::All => {
                    queue.hear_of(cx.waker());
                    return Poll::Pending;
                }
                Written::End => return Poll::Ready(Ok(())),
                Written::Broken => return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
                Written::Blocked => {
                    queue.blocked(cx.waker());
                    drop(queue);
                    ready!(self.io.poll_write_ready(cx))?;
                }
            }
        }
    }

    /// The end: our side is closed, and what the other still says is thrown away until theirs is. Without that
    /// the kernel would take back the close frame together with the connection.
    fn poll_farewell(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_shut {
            socket2::SockRef::from(&*self.io).shutdown(std::net::Shutdown::Write)?;
            self.is_shut = true;
        }
        let mut waste = [0; 1024];
        loop {
            ready!(self.io.poll_read_ready(cx))?;
            match self.io.try_read(&mut waste) {
                Ok(0) => return Poll::Ready(Ok(())),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl<H: Handler + Unpin> Future for Session<H> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        if this.place.is_some() {
            this.poll_replies(cx);
            let paused = this.is_paused();
            if this.poll_read(cx).is_err() {
                return Poll::Ready(());
            }
            // What was begun while reading wants to be polled once, to be heard of again.
            let paused = paused || this.is_paused();
            this.poll_replies(cx);
            let written = this.poll_write(cx);
            let still_paused = this.is_paused();
            this.socket.paused.set(still_paused);
            if paused && !still_paused {
                cx.waker().wake_by_ref();
            }
            match written {
                Poll::Ready(Ok(())) => this.place = None,
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending if !this.socket.is_closing() => return Poll::Pending,
                Poll::Pending => {}
            }
        }
        let farewell = this
            .farewell
            .get_or_insert_with(|| Box::pin(sleep(FAREWELL)));
        if farewell.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        if this.place.is_some() {
            return Poll::Pending;
        }
        this.poll_farewell(cx).map(drop)
    }
}
