//! A write in progress: the connection, the moment it happens at, and the events to announce once it is durable.

use super::{conn::Conn, rest::Rest};
use crate::{
    error::Result,
    event::{Control, Event, Topic, encode},
};
use diesel::prelude::*;
use shared::{RoomId, ServerFrame, SessionId, Timestamp, UserId};

/// Handed to the closure of [`super::Db::write`].
pub struct Tx<'a> {
    /// The writer's connection, inside this write's savepoint.
    pub conn: &'a mut Conn,
    /// The one moment at which everything in this write happens.
    pub now: Timestamp,
    pub(super) events: Vec<Event>,
    pub(super) rests: Vec<Rest>,
}

impl Tx<'_> {
    /// The next revision of a room: every durable change in it takes one.
    ///
    /// # Errors
    /// `not_found` when there is no such room.
    pub fn bump(&mut self, room: RoomId) -> Result<i64> {
        use super::schema::rooms::dsl;
        Ok(diesel::update(dsl::rooms.find(room.0))
            .set(dsl::head_rev.eq(dsl::head_rev + 1))
            .returning(dsl::head_rev)
            .get_result(self.conn)?)
    }

    /// Announces something after the commit, in commit order. Encoded once, here.
    pub fn emit(&mut self, topic: Topic, frame: &ServerFrame) {
        self.events.push(Event::Frame(topic, encode(frame)));
    }

    /// Goes on in a write of its own, soon after the commit: for what is too much for one. `about` tells one
    /// thing from others; its newest rest takes the place of those before it. Lost when the process ends or
    /// the work fails, so whoever leaves something must find it again at the next start.
    pub fn go_on(
        &mut self,
        about: i64,
        work: impl Fn(&mut Tx<'_>) -> Result<()> + Send + Sync + 'static,
    ) {
        self.rests.push(Rest::new(about, work));
    }

    /// From the commit on, this user's sockets get the room's events.
    pub fn joined(&mut self, room: RoomId, user: UserId) {
        self.events.push(Event::Control(Control::Join(room, user)));
    }

    /// From the commit on, nothing of the room reaches this user; the write is answered only once
    /// every worker has forgotten them.
    pub fn left(&mut self, room: RoomId, user: UserId) {
        self.events.push(Event::Control(Control::Leave(room, user)));
    }

    /// Ends a session's sockets after the commit; the write is answered only once they are closing.
    pub fn revoke(&mut self, session: SessionId) {
        self.events
            .push(Event::Control(Control::EndSession(session)));
    }
}
