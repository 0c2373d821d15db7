//! The last state on screen, kept for the next start: small, and only ever a beginning that the network overrides.

use crate::composer::Composer;
use crate::map::Set;
use crate::{
    Model, Outcome, Restored, Session, Slice, Snapshot, rooms::RoomState, timeline::Timeline,
};
use shared::{UserId, accounts::Me, messages::Messages};
use std::sync::Arc;

/// Newest messages of the open room.
const MESSAGES: usize = 60;
/// Rooms in the list.
const ROOMS: usize = 300;

impl Model {
    pub(crate) fn snapshot_now(&self) -> Option<Snapshot> {
        let me = self.me()?;
        if !self.rooms_known {
            return None;
        }
        let open = self.open.and_then(|id| self.rooms.get(&id));
        // A window that does not reach the end would have a hole below it.
        let kept = open.filter(|state| state.timeline.rev.is_some() && !state.timeline.has_after);
        let mut messages: Vec<_> = kept
            .map(|state| state.timeline.messages.values().rev().take(MESSAGES))
            .into_iter()
            .flatten()
            .map(|message| (**message).clone())
            .collect();
        messages.reverse();
        let mut people: Set<UserId> = messages.iter().map(|message| message.author_id).collect();
        let rooms: Vec<_> = self
            .rooms
            .values()
            .map(|state| state.room.clone())
            .take(ROOMS)
            .collect();
        for room in &rooms {
            people.extend(room.member_ids.iter().flatten().copied());
            people.extend(room.last_message.iter().map(|message| message.author_id));
        }
        Some(Snapshot {
            me: (**me).clone(),
            users: people
                .iter()
                .filter_map(|id| self.people.users.get(id))
                .map(|user| (**user).clone())
                .collect(),
            rooms,
            open: kept.map(|state| state.room.id),
            messages_rev: kept.and_then(|state| state.timeline.rev).unwrap_or(0),
            has_before: kept.is_some_and(|state| {
                state.timeline.has_before || state.timeline.messages.len() > messages.len()
            }),
            messages,
        })
    }

    pub(crate) fn restore(&mut self, out: &mut Outcome, restored: Restored) {
        if let Some(snapshot) = restored.snapshot
            && self.my_id().is_none()
        {
            self.show(out, *snapshot);
        }
        for (room, draft) in restored.drafts {
            let composer = self.composers.get_or_insert_with(room, Composer::default);
            if composer.draft.is_empty() {
                composer.draft = draft;
                out.touch(Slice::Composer(room));
                out.touch(Slice::Room(room));
            }
        }
        self.outbox_restore(out, restored.outgoing);
    }

    fn show(&mut self, out: &mut Outcome, snapshot: Snapshot) {
        self.session = Session::SignedIn(Arc::new(snapshot.me.clone()));
        out.touch(Slice::Session);
        self.learn_user(out, snapshot.me.user, false);
        for user in snapshot.users {
            self.learn_user(out, user, false);
        }
        for room in snapshot.rooms.into_iter().filter(|room| room.my.is_some()) {
            let id = room.id;
            let mut state = RoomState::new(room);
            if snapshot.open == Some(id) {
                state.timeline.replace(Messages {
                    messages: snapshot.messages.clone(),
                    has_before: snapshot.has_before,
                    has_after: false,
                    head_rev: snapshot.messages_rev,
                });
                self.note_places(id, &state.timeline);
                self.stale.insert(id);
            }
            for message in state.timeline.messages.values() {
                out.touch(Slice::Message(self.key(message)));
            }
            self.rooms.insert(id, state);
            self.room_changed(out, id);
        }
        self.rooms_known = true;
        out.touch(Slice::Rooms);
        self.resort_people();
        if let Some(open) = self.open {
            self.enter(out, open);
        }
    }

    fn note_places(&mut self, id: shared::RoomId, timeline: &Timeline) {
        for (seq, message) in timeline.messages.iter() {
            self.places.insert(message.id, (id, *seq));
        }
    }

    pub(crate) fn signed_in(&mut self, out: &mut Outcome, me: Me) {
        if self.my_id().is_some_and(|known| known != me.user.id) {
            self.forget_all(out);
        }
        self.session = Session::SignedIn(Arc::new(me.clone()));
        out.touch(Slice::Session);
        self.learn_me(out, me);
        if !self.wire.busy() {
            self.connect(out);
        }
    }

    /// Nobody is signed in: nothing of anybody stays.
    pub(crate) fn signed_out(&mut self, out: &mut Outcome) {
        self.forget_all(out);
        self.session = Session::SignedOut;
    }

    fn forget_all(&mut self, out: &mut Outcome) {
        for slice in self.everything() {
            out.touch(slice);
        }
        out.run(crate::Effect::Disconnect);
        let old = std::mem::take(self);
        *self = Self {
            now: old.now,
            random: old.random,
            // Numbers of requests and sockets are never used twice.
            next_req: old.next_req,
            next_frame: old.next_frame,
            wire: old.wire.forgotten(),
            focused: old.focused,
            ..Self::default()
        };
    }

    /// Every slice that shows something now.
    fn everything(&self) -> Vec<Slice> {
        let mut all = vec![
            Slice::Session,
            Slice::Connection,
            Slice::Rooms,
            Slice::Attention,
            Slice::Open,
        ];
        for (&id, state) in self.rooms.iter() {
            all.extend([
                Slice::Room(id),
                Slice::Timeline(id),
                Slice::Members(id),
                Slice::Typing(id),
            ]);
            all.extend(
                state
                    .timeline
                    .messages
                    .values()
                    .map(|message| Slice::Message(self.key(message))),
            );
        }
        all.extend(self.views.keys().map(|&id| Slice::Timeline(id)));
        all.extend(self.outbox.all().map(|entry| Slice::Message(entry.key)));
        all.extend(self.composers.keys().map(|&id| Slice::Composer(id)));
        all.extend(self.people.users.keys().map(|&id| Slice::User(id)));
        all.extend(self.people.presence.keys().map(|&id| Slice::Presence(id)));
        all
    }
}
