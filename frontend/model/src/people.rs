//! People: profiles fetched where they are needed, presence of those who are seen.

use crate::map::{Map, Set};
use crate::{Failure, Model, Outcome, Request, Session, Slice, asked::Purpose};
use shared::{
    ClientFrame, RoomId, Timestamp, UserId,
    accounts::{Me, User},
    limits,
    messages::{Message, System},
    presence::{Presence, UserPresence},
    rooms::{Room, RoomKind},
};
use std::sync::Arc;

/// People to one question.
const BATCH: usize = 100;
/// People known so far that are asked about again after the connection was lost.
const REFRESHED: usize = 500;
/// The list of those watched is sent at most so often.
const WATCH_MS: i64 = 300;
/// Authors of the newest messages on screen whose presence is watched.
const AUTHORS: usize = 200;
#[derive(Clone, Debug, Default)]
pub(crate) struct People {
    pub(crate) users: Map<UserId, Arc<User>>,
    pub(crate) presence: Map<UserId, (Presence, Option<Timestamp>)>,
    /// Presences from before the connection was lost: any answer is newer.
    stale: Set<UserId>,
    wanted: Set<UserId>,
    asked: Set<UserId>,
    /// Asked for and not found, or not answered; the next connection asks again.
    missing: Set<UserId>,
    also_watched: Vec<UserId>,
    watched: Option<Vec<UserId>>,
    watch_at: Option<Timestamp>,
    pub(crate) typing: Map<RoomId, Map<UserId, Timestamp>>,
}

impl People {
    pub(crate) fn want(&mut self, id: UserId) {
        let known =
            self.users.contains_key(&id) || self.asked.contains(&id) || self.missing.contains(&id);
        // One id that is none would spoil the question for the others.
        if !known && crate::id_in_path(id.0).is_some() {
            self.wanted.insert(id);
        }
    }
}

impl Model {
    pub(crate) fn want_users(&mut self, ids: impl IntoIterator<Item = UserId>) {
        for id in ids {
            self.people.want(id);
        }
    }

    pub(crate) fn want_room_people(&mut self, room: &Room) {
        let ids = room.member_ids.iter().flatten().copied();
        self.want_users(ids.take(limits::DIRECT_MEMBERS));
    }

    /// A message came into view by any way.
    pub(crate) fn seen(&mut self, out: &mut Outcome, message: &Message) {
        self.people.want(message.author_id);
        if let Some(reply) = &message.reply_to {
            self.people.want(reply.author_id);
        }
        if let Some(System::Added { user_id } | System::Removed { user_id }) = message.system {
            self.people.want(user_id);
        }
        if Some(message.author_id) == self.my_id() {
            self.outbox_seen(out, message);
        }
    }

    pub(crate) fn settle_people(&mut self, out: &mut Outcome) {
        // Without a connection the answer would be as late as the next `hello`, which asks again.
        if self.my_id().is_none() || !self.wire.live() {
            return;
        }
        while !self.people.wanted.is_empty() {
            let batch: Vec<UserId> = self.people.wanted.iter().copied().take(BATCH).collect();
            for id in &batch {
                self.people.wanted.remove(id);
                self.people.asked.insert(*id);
            }
            self.fetch(out, Purpose::Users(batch.clone()), Request::Users(batch));
        }
    }

    pub(crate) fn users_came(&mut self, out: &mut Outcome, asked: &[UserId], users: Vec<User>) {
        for id in asked {
            self.people.asked.remove(id);
        }
        for user in users {
            self.learn_user(out, user, true);
        }
        for &id in asked {
            if !self.people.users.contains_key(&id) {
                self.people.missing.insert(id);
            }
        }
    }

    pub(crate) fn users_failed(&mut self, asked: &[UserId], failure: &Failure) {
        for &id in asked {
            self.people.asked.remove(&id);
            self.people.missing.insert(id);
        }
        if failure.retryable() {
            self.people_retry = Some(self.now.plus_ms(2_000 + self.random.backoff_ms(4)));
        }
    }

    /// `with_presence`: the profile was read for us just now, and says how they are.
    pub(crate) fn learn_user(&mut self, out: &mut Outcome, mut user: User, with_presence: bool) {
        let id = user.id;
        let presence = (user.presence, user.last_seen_at);
        // Presence has a slice of its own; a profile that differs only in it is the same.
        user.presence = Presence::default();
        user.last_seen_at = None;
        self.people.missing.remove(&id);
        self.people.wanted.remove(&id);
        let same = self
            .people
            .users
            .get(&id)
            .is_some_and(|known| **known == user);
        if !same {
            self.people.users.insert(id, Arc::new(user));
            out.touch(Slice::User(id));
            self.rooms_of_user_changed(out, id);
        }
        // What frames say is newer than any answer.
        let unknown = !self.people.presence.contains_key(&id) || self.people.stale.contains(&id);
        if with_presence && unknown {
            self.set_presence(out, id, presence.0, presence.1);
        }
    }

    pub(crate) fn learn_me(&mut self, out: &mut Outcome, me: Me) {
        if self.my_id() != Some(me.user.id) {
            return;
        }
        self.set_presence(out, me.user.id, me.user.presence, me.user.last_seen_at);
        self.learn_user(out, me.user.clone(), false);
        let session = match &self.session {
            Session::Ended(_) => Session::Ended(Arc::new(me)),
            _ => Session::SignedIn(Arc::new(me)),
        };
        if self.session != session {
            self.session = session;
            out.touch(Slice::Session);
        }
    }

    pub(crate) fn user_frame(&mut self, out: &mut Outcome, user: User) {
        if let Some(me) = self.me().filter(|me| me.user.id == user.id) {
            let mut me = (**me).clone();
            let presence = me.user.presence;
            me.user = User { presence, ..user };
            self.learn_me(out, me);
        } else {
            self.learn_user(out, user, false);
        }
    }

    fn set_presence(
        &mut self,
        out: &mut Outcome,
        id: UserId,
        presence: Presence,
        seen: Option<Timestamp>,
    ) {
        let old = self.people.presence.get(&id).copied();
        self.people.stale.remove(&id);
        let seen = seen.or(old.and_then(|(_, seen)| seen));
        if old != Some((presence, seen)) {
            self.people.presence.insert(id, (presence, seen));
            out.touch(Slice::Presence(id));
        }
    }

    pub(crate) fn presence_frame(&mut self, out: &mut Outcome, users: Vec<UserPresence>) {
        for user in users {
            self.set_presence(out, user.id, user.presence, user.last_seen_at);
        }
    }

    /// Presence is shown while online, and never stale.
    pub(crate) fn presence_touch_all(&mut self, out: &mut Outcome) {
        for &id in self.people.presence.keys() {
            out.touch(Slice::Presence(id));
        }
    }

    /// After a new connection, or frames that were dropped: what is known of people may be old.
    pub(crate) fn people_online(&mut self) {
        let people = &mut self.people;
        people.missing.clear();
        people.asked.clear();
        let known: Vec<UserId> = people.users.keys().copied().take(REFRESHED).collect();
        people.wanted.extend(
            known
                .into_iter()
                .filter(|id| crate::id_in_path(id.0).is_some()),
        );
        people.watched = None;
        people.stale = people.presence.keys().copied().collect();
        self.watch_stale = true;
        self.requests
            .retain(|_, purpose| !matches!(purpose, Purpose::Users(_)));
    }

    pub(crate) fn people_due(&mut self, out: &mut Outcome) {
        if self.people_retry.is_some_and(|at| at <= self.now) {
            self.people_retry = None;
            let missing = std::mem::take(&mut self.people.missing);
            self.want_users(missing);
        }
        let now = self.now;
        let mut quiet = Vec::new();
        for (&room, writers) in self.people.typing.iter_mut() {
            let before = writers.len();
            writers.retain(|_, until| *until > now);
            if writers.len() != before {
                quiet.push(room);
            }
        }
        for room in quiet {
            out.touch(Slice::Typing(room));
        }
        self.people.typing.retain(|_, writers| !writers.is_empty());
    }

    pub(crate) fn people_deadline(&self) -> Option<Timestamp> {
        let typing = self
            .people
            .typing
            .values()
            .flat_map(|writers| writers.values().copied())
            .min();
        let watch = self
            .people
            .watch_at
            .filter(|_| self.watch_stale && self.wire.live());
        [typing, watch, self.people_retry]
            .into_iter()
            .flatten()
            .min()
    }

    pub(crate) fn also_watch(&mut self, users: Vec<UserId>) {
        self.people.also_watched = users;
        self.people.also_watched.truncate(limits::WATCH);
        self.watch_stale = true;
    }

    /// Tells the server whose presence is on screen: direct partners, the people of the open room, and whom a view named.
    pub(crate) fn settle_watch(&mut self, out: &mut Outcome) {
        let now = self.now;
        if !self.watch_stale || !self.wire.live() || self.people.watch_at.is_some_and(|at| at > now)
        {
            return;
        }
        self.watch_stale = false;
        let mut ids: Vec<UserId> = self.my_id().into_iter().collect();
        ids.extend(&self.people.also_watched);
        for state in self
            .rooms
            .values()
            .filter(|state| state.room.kind == RoomKind::Direct)
        {
            ids.extend(self.others(&state.room));
        }
        if let Some(state) = self.open.and_then(|open| self.rooms.get(&open)) {
            let timeline = &state.timeline;
            ids.extend(
                timeline
                    .messages
                    .values()
                    .rev()
                    .take(AUTHORS)
                    .map(|m| m.author_id),
            );
            ids.extend(timeline.members.iter().flat_map(Map::keys));
        }
        let mut there = Set::new();
        ids.retain(|&id| there.insert(id));
        ids.truncate(self.limits().watch.min(limits::WATCH));
        if self.people.watched.as_ref() != Some(&ids) {
            self.people.watch_at = Some(now.plus_ms(WATCH_MS));
            self.people.watched = Some(ids.clone());
            out.send(ClientFrame::Watch { user_ids: ids });
        }
    }
}
