//! Everything at once: what `hello`, the list of all rooms and a single room say of their present state, and what of it
//! is news. What has to be fetched for it is `sync`'s.

use crate::map::Set;
use crate::{
    Learned, Model, Outcome, Request, Slice, asked::Purpose, rooms::RoomState, sync::LAST,
};
use shared::{
    RoomId,
    event::{Head, Hello},
    rooms::{Room, Rooms},
};

impl Model {
    /// A room in its present state, as the server sees it for oneself. `my_fresh`: nothing newer is known of `my`.
    pub(crate) fn merge(&mut self, out: &mut Outcome, mut room: Room, my_fresh: bool) {
        let Some(me) = self.my_id() else { return };
        let id = room.id;
        room.head_rev = room.head_rev.clamp(0, LAST);
        room.last_seq = room.last_seq.clamp(0, LAST);
        if let Some(my) = &mut room.my {
            my.unread = my.unread.clamp(0, 100);
            my.mentions = my.mentions.clamp(0, 100);
            my.read_seq = my.read_seq.clamp(0, LAST);
        }
        self.want_room_people(&room);
        if let Some(last) = room.last_message.as_deref().cloned() {
            self.seen(out, &last);
        }
        let Some(state) = self.rooms.get_mut(&id) else {
            self.rooms.insert(id, RoomState::new(room));
            self.watch_stale = true;
            self.room_changed(out, id);
            if self.open == Some(id) {
                self.enter(out, id);
            }
            return;
        };
        let Some(theirs) = room.my.as_mut() else {
            return;
        };
        state.head = state.head.max(room.head_rev);
        state.told = state.told.max(theirs.read_seq);
        let fresh = room.head_rev >= state.rev;
        let ours = state.room.my.clone();
        let ahead = ours
            .as_ref()
            .is_some_and(|ours| ours.read_seq > theirs.read_seq);
        if let Some(ours) = ours {
            if ahead || !fresh {
                (theirs.unread, theirs.mentions) = (ours.unread, ours.mentions);
            }
            theirs.read_seq = theirs.read_seq.max(ours.read_seq);
            if !my_fresh {
                (theirs.notify, theirs.muted, theirs.favourite) =
                    (ours.notify, ours.muted, ours.favourite);
            }
        }
        let marker_moved = state.read_seq() != theirs.read_seq;
        if fresh {
            state.rev = room.head_rev;
            state.dirty = false;
            state.room = room;
        } else {
            state.room.my = room.my;
        }
        if !state.recount(me) && !fresh && marker_moved {
            // Counted at an older revision than ours.
            state.dirty = true;
        }
        self.room_changed(out, id);
        self.drain(out, id);
    }

    pub(crate) fn my_room(&mut self, out: &mut Outcome, room: Room) {
        let id = room.id;
        if room.my.is_none() {
            return;
        }
        if let Some(seen) = &mut self.rooms_meanwhile {
            seen.insert(id);
        }
        if let Some(state) = self.rooms.get_mut(&id) {
            state.my_epoch += 1;
        }
        self.merge(out, room, true);
    }

    pub(crate) fn left(&mut self, out: &mut Outcome, id: RoomId) {
        if let Some(seen) = &mut self.rooms_meanwhile {
            seen.insert(id);
        }
        self.remove_room(out, id);
    }

    pub(crate) fn remove_room(&mut self, out: &mut Outcome, id: RoomId) {
        if self.rooms.contains_key(&id) {
            // Who comes back to the room is not in the one that was asked about.
            self.requests.retain(|_, purpose| {
                !matches!(purpose,
                    Purpose::Changes { room, .. } | Purpose::Room { room, .. } if *room == id)
            });
            self.unload(out, id);
            self.drop_room(id);
            self.watch_stale = true;
            self.room_changed(out, id);
            out.touch(Slice::Members(id));
        }
    }

    pub(crate) fn learned(&mut self, out: &mut Outcome, learned: Learned) {
        if self.my_id().is_none() {
            return;
        }
        match learned {
            Learned::Me(me) => self.learn_me(out, *me),
            Learned::Users(users) => {
                for user in users {
                    self.learn_user(out, user, true);
                }
            }
            // Asked for by the person, so the last word on `my`.
            Learned::Room(room) => self.my_room(out, *room),
            Learned::Left(room) => self.left(out, room),
        }
    }

    /// The first frame: everything one is in, with its heads. Returns how many messages came while away.
    pub(crate) fn hello(&mut self, out: &mut Outcome, hello: Hello) -> i64 {
        if self.my_id() != Some(hello.user.user.id) {
            // Another tab signed in as someone else; nothing here is theirs.
            self.session_ended(out);
            return 0;
        }
        let first = !self.rooms_known;
        self.learn_me(out, hello.user);
        if *self.limits() != hello.limits {
            self.limits = Some(hello.limits);
            out.touch(Slice::Session);
        }
        self.forget_sync_requests();
        self.rooms_meanwhile = None;
        self.rooms_retry = None;
        let missed = hello
            .rooms
            .iter()
            .filter_map(|room| {
                let known = self.rooms.get(&room.id)?;
                Some((room.last_seq.min(LAST) - known.room.last_seq).max(0))
            })
            .sum();
        self.went_live();
        self.take_rooms(out, hello.rooms, None);
        if first {
            self.resort_people();
        }
        self.people_online();
        self.outbox_online(out);
        self.amends_online();
        self.focus(out);
        if let Some(open) = self.open {
            self.load_if_needed(out, open);
        }
        missed
    }

    /// All rooms at once: those not among them are gone. `newer`: rooms of which something was heard since the list was
    /// asked for; without it the list came as `hello`, after which everything else comes.
    fn take_rooms(&mut self, out: &mut Outcome, rooms: Vec<Room>, newer: Option<&Set<RoomId>>) {
        let now = self.now;
        if !self.rooms_known {
            self.rooms_known = true;
            out.touch(Slice::Rooms);
        }
        let there: Set<RoomId> = rooms.iter().map(|room| room.id).collect();
        let gone: Vec<RoomId> = self
            .rooms
            .keys()
            .copied()
            .filter(|id| !there.contains(id) && !newer.is_some_and(|newer| newer.contains(id)))
            .collect();
        for id in gone {
            self.remove_room(out, id);
        }
        for room in rooms {
            let id = room.id;
            if newer.is_some_and(|newer| newer.contains(&id)) || room.my.is_none() {
                continue;
            }
            if let Some(state) = self.rooms.get_mut(&id) {
                state.my_epoch += 1;
                if newer.is_none() && room.head_rev < state.rev {
                    // The server was set back: nothing that was known holds.
                    state.rev = room.head_rev;
                    state.head = room.head_rev;
                    state.held.clear();
                }
                // What the server does not know of the marker is told again.
                state.told = room.my.as_ref().map_or(0, |my| my.read_seq);
                state.read_at = None;
            }
            let head = room.head_rev;
            self.merge(out, room, true);
            if let Some(state) = self.rooms.get_mut(&id) {
                if newer.is_none() && state.timeline.rev.is_some_and(|rev| rev > head) {
                    self.reload(out, id);
                } else if state.lacks() {
                    state.gap_at = Some(now);
                }
            }
        }
    }

    pub(crate) fn lagged(&mut self, out: &mut Outcome, rooms: &[Head]) {
        for &head in rooms {
            self.head(out, head);
            if let Some(state) = self.rooms.get_mut(&head.room_id)
                && state.lacks()
            {
                state.gap_at = Some(self.now);
            }
        }
        // Frames that carry no revision may be among those that were dropped: markers, memberships, presence, answers.
        self.ask_rooms(out);
        self.people_online();
        self.outbox_again(out);
    }

    pub(crate) fn rooms_came(&mut self, out: &mut Outcome, mut so_far: Vec<Room>, page: Rooms) {
        so_far.extend(page.rooms);
        if let Some(cursor) = page.next_cursor {
            let request = Request::Rooms {
                cursor: Some(cursor),
            };
            self.fetch(out, Purpose::Rooms(so_far), request);
            return;
        }
        let newer = self.rooms_meanwhile.take().unwrap_or_default();
        self.rooms_retry = None;
        self.take_rooms(out, so_far, Some(&newer));
    }

    /// Asks for all rooms, and from now on notes of which something was heard.
    fn ask_rooms(&mut self, out: &mut Outcome) {
        self.rooms_retry = None;
        self.rooms_meanwhile = Some(Set::new());
        self.requests
            .retain(|_, purpose| !matches!(purpose, Purpose::Rooms(_)));
        self.fetch(
            out,
            Purpose::Rooms(Vec::new()),
            Request::Rooms { cursor: None },
        );
    }

    /// Asks for all rooms in a while.
    pub(crate) fn rooms_later(&mut self) {
        let wait = 1_000 + self.random.backoff_ms(3);
        self.rooms_retry = Some(self.now.plus_ms(wait));
    }

    pub(crate) fn rooms_due(&mut self, out: &mut Outcome) {
        if self.rooms_retry.is_some_and(|at| at <= self.now) && self.wire.live() {
            self.ask_rooms(out);
        }
    }
}
