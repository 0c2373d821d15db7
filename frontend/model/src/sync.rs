//! Replication by revision (PROTOCOL 3, "Rules"): what follows is applied, what is old is dropped, what came too early
//! waits, and what is missing is asked for. Facts of a room and its loaded messages follow the log separately.

use crate::{
    Failure, Model, Outcome, Request,
    asked::Purpose,
    rooms::RoomState,
    timeline::{Load, counts},
};
use shared::{
    ErrorCode, RoomId, Timestamp, UserId,
    event::Head,
    members::MemberRole,
    messages::{Changes, Message, MessageKind},
    rooms::Room,
};
use std::sync::Arc;

/// A gap that is not filled in this time is asked about.
const GAP_MS: i64 = 300;
/// Changes of one room that wait for those before them.
const HELD: usize = 512;
/// Beyond so many changes a fresh page costs less.
const HUGE: i64 = 2_000;
/// Rooms that are asked about at once.
const AT_ONCE: usize = 3;
/// Numbers on the wire stay below this (PROTOCOL, "General").
pub(crate) const LAST: i64 = 1 << 53;

/// A change of a room, as a frame brings it.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Message(Arc<Message>),
    Room(Box<Room>),
    Member(UserId, Option<MemberRole>),
}

impl RoomState {
    /// The revision above which changes are still of use.
    fn floor(&self) -> i64 {
        match self.timeline.rev {
            Some(rev) => self.rev.min(rev),
            // The page on its way is read at a revision not known yet.
            None if self.timeline.window == Load::Loading => 0,
            None => self.rev,
        }
    }

    /// The next change that facts or messages can take, the lower first.
    fn next(&self) -> Option<(i64, Change)> {
        let facts = self.rev + 1;
        let messages = self.timeline.rev.map_or(facts, |rev| rev + 1);
        [facts.min(messages), facts.max(messages)]
            .into_iter()
            .find_map(|rev| Some((rev, self.held.get(&rev)?.clone())))
    }

    pub(crate) fn lacks(&self) -> bool {
        self.dirty || self.head > self.rev || self.lacks_changes()
    }

    fn lacks_changes(&self) -> bool {
        self.timeline.rev.is_some_and(|rev| self.head > rev)
    }

    /// Applies the next change to the facts. Whether what is unread has been counted with it.
    fn apply_facts(&mut self, change: &Change, me: UserId) -> bool {
        match change {
            Change::Message(message) => return self.apply_message(message, me),
            Change::Room(room) => {
                let kept = &mut self.room;
                kept.kind = room.kind;
                kept.name.clone_from(&room.name);
                kept.topic.clone_from(&room.topic);
                kept.member_count = room.member_count;
                kept.archived_at = room.archived_at;
                kept.created_by = room.created_by;
                kept.rev = room.rev;
                if room.member_ids.is_some() {
                    kept.member_ids.clone_from(&room.member_ids);
                }
            }
            Change::Member(user, role) => {
                if let (true, Some(role), Some(my)) = (*user == me, role, &mut self.room.my) {
                    my.role = *role;
                }
            }
        }
        false
    }

    fn apply_message(&mut self, message: &Arc<Message>, me: UserId) -> bool {
        let is_new = message.seq > self.room.last_seq;
        let deleted = message.deleted_at.is_some();
        if is_new {
            self.room.last_seq = message.seq;
            if !deleted {
                self.room.last_message = Some(Box::new((**message).clone()));
            }
        } else if let Some(last) = &mut self.room.last_message
            && last.id == message.id
        {
            if deleted {
                // The one before it is only known where the window reaches the end and has this change.
                let known = !self.timeline.has_after && self.timeline.rev >= Some(message.rev);
                match self.timeline.newest_left().filter(|_| known) {
                    Some(left) => self.room.last_message = Some(Box::new((**left).clone())),
                    None => self.dirty = true,
                }
            } else {
                **last = (**message).clone();
            }
        }
        let own = message.author_id == me && message.kind == MessageKind::Text;
        let Some(my) = &mut self.room.my else {
            return is_new;
        };
        if is_new && own && !deleted {
            my.read_seq = my.read_seq.max(message.seq);
            self.told = self.told.max(message.seq);
            (my.unread, my.mentions) = (0, 0);
        } else if is_new && counts(message, me) && message.seq > my.read_seq {
            my.unread = (my.unread + 1).min(100);
            my.mentions = (my.mentions + i64::from(message.mentions.contains(&me))).min(100);
        } else if !is_new && deleted && message.seq > my.read_seq && message.author_id != me {
            // Whether it was counted is known only where the messages are.
            self.dirty |= !self.timeline.covers_after(my.read_seq);
        }
        is_new
    }
}

impl Model {
    pub(crate) fn message_frame(
        &mut self,
        out: &mut Outcome,
        room: RoomId,
        rev: i64,
        message: Message,
    ) {
        let message = Arc::new(message);
        self.heard_message(out, room, &message);
        self.change(out, room, rev, Change::Message(message));
    }

    pub(crate) fn room_frame(&mut self, out: &mut Outcome, id: RoomId, rev: i64, room: Box<Room>) {
        self.change(out, id, rev, Change::Room(room));
    }

    pub(crate) fn member_frame(
        &mut self,
        out: &mut Outcome,
        room: RoomId,
        rev: i64,
        user: UserId,
        role: Option<MemberRole>,
    ) {
        self.change(out, room, rev, Change::Member(user, role));
    }

    /// A change with its revision; of a room one is not in there is nothing to keep.
    fn change(&mut self, out: &mut Outcome, id: RoomId, rev: i64, change: Change) {
        let Some(state) = self.rooms.get_mut(&id) else {
            return;
        };
        let places = match &change {
            Change::Message(message) => (1..LAST).contains(&message.seq) && message.room_id == id,
            Change::Room(room) => room.id == id,
            Change::Member(..) => true,
        };
        if !places || !(1..LAST).contains(&rev) {
            return;
        }
        state.head = state.head.max(rev);
        if rev > state.floor() {
            if state.held.len() >= HELD {
                // The first are what is missing anyway when there are so many.
                state.held.pop_last();
            }
            state.held.insert(rev, change);
        }
        self.drain(out, id);
    }

    pub(crate) fn head(&mut self, out: &mut Outcome, head: Head) {
        if let Some(state) = self.rooms.get_mut(&head.room_id) {
            state.head = state.head.max(head.head_rev.min(LAST));
            self.drain(out, head.room_id);
        }
    }

    /// Applies what follows from what is held, and notes what is missing.
    pub(crate) fn drain(&mut self, out: &mut Outcome, id: RoomId) {
        let Some(me) = self.my_id() else { return };
        let (mut moved, mut counted) = (false, true);
        while let Some((rev, change)) = self.rooms.get(&id).and_then(RoomState::next) {
            moved = true;
            let mut both = false;
            // The messages first: which is the newest left may depend on them.
            if let Some(state) = self.rooms.get_mut(&id)
                && state.timeline.rev == Some(rev - 1)
            {
                state.timeline.rev = Some(rev);
                both = state.rev == rev - 1;
                match &change {
                    Change::Message(message) => self.put_message(out, id, message),
                    Change::Member(user, role) => self.put_member(out, id, *user, (*role, rev)),
                    Change::Room(_) => {}
                }
            }
            if let Some(state) = self.rooms.get_mut(&id)
                && state.rev == rev - 1
            {
                state.rev = rev;
                state.room.head_rev = rev;
                // Without messages there is nothing to count by.
                both |= state.timeline.rev.is_none();
                counted &= state.apply_facts(&change, me) && both;
            } else {
                counted = false;
            }
        }
        if let Some(state) = self.rooms.get_mut(&id) {
            let floor = state.floor();
            state.held.remove_before(&(floor + 1));
        }
        self.after_changes(out, id, me, (moved, counted));
    }

    fn after_changes(
        &mut self,
        out: &mut Outcome,
        id: RoomId,
        me: UserId,
        (moved, counted): (bool, bool),
    ) {
        let now = self.now;
        let Some(state) = self.rooms.get_mut(&id) else {
            return;
        };
        // One that came last is counted already; all else may change what was.
        if moved && !counted {
            state.recount(me);
        }
        if !state.lacks() {
            state.gap_at = None;
            state.tries = 0;
        } else if moved || state.gap_at.is_none() {
            state.gap_at = Some(now.plus_ms(GAP_MS));
        }
        if moved {
            self.room_changed(out, id);
        }
    }

    /// Asks for what is missing where it is time to; the room on screen first.
    pub(crate) fn sync_due(&mut self, out: &mut Outcome) {
        if !self.wire.live() {
            return;
        }
        let mut due: Vec<RoomId> = self
            .rooms
            .iter()
            .filter(|(_, state)| state.gap_at.is_some_and(|at| at <= self.now))
            .map(|(&id, _)| id)
            .collect();
        due.sort_by_key(|&id| Some(id) != self.open);
        for id in due {
            self.repair(out, id);
        }
    }

    fn repair(&mut self, out: &mut Outcome, id: RoomId) {
        let asking = self
            .requests
            .values()
            .filter(|purpose| matches!(purpose, Purpose::Changes { .. }))
            .count();
        let asks_facts = self.under_way(|p| matches!(p, Purpose::Room { room, .. } if *room == id));
        let asks_changes =
            self.under_way(|p| matches!(p, Purpose::Changes { room, .. } if *room == id));
        let is_open = self.open == Some(id);
        let now = self.now;
        let Some(state) = self.rooms.get_mut(&id) else {
            return;
        };
        let wants_facts = (state.dirty || state.head > state.rev) && !asks_facts;
        let my_epoch = state.my_epoch;
        let after = state
            .timeline
            .rev
            .filter(|_| state.lacks_changes() && !asks_changes);
        if after.is_some() && asking >= AT_ONCE && !is_open {
            // Its turn comes with the next answer; looking again soon costs nothing.
            state.gap_at = Some(now.plus_ms(GAP_MS));
        } else {
            state.gap_at = None;
        }
        let waits = state.gap_at.is_some();
        let huge = after.is_some_and(|after| state.head - after > HUGE);
        if wants_facts {
            self.fetch(out, Purpose::Room { room: id, my_epoch }, Request::Room(id));
        }
        match after {
            Some(_) if huge => self.reload(out, id),
            Some(after) if !waits => self.fetch_changes(out, id, after),
            _ => {}
        }
    }

    fn fetch_changes(&mut self, out: &mut Outcome, room: RoomId, after: i64) {
        let purpose = Purpose::Changes { room, after };
        self.fetch(out, purpose, Request::Changes { room, after });
    }

    pub(crate) fn changes_came(
        &mut self,
        out: &mut Outcome,
        id: RoomId,
        after: i64,
        changes: Changes,
    ) {
        let Some(me) = self.my_id() else { return };
        let Some(state) = self.rooms.get_mut(&id) else {
            return;
        };
        state.head = state.head.max(changes.head_rev.min(LAST));
        // Reloaded meanwhile, or no answer to go on from.
        let Some(rev) = state.timeline.rev else {
            return self.drain(out, id);
        };
        if changes.more && changes.rev <= after {
            return self.sync_failed(out, id, &Failure::Offline);
        }
        state.tries = 0;
        state.timeline.rev = Some(rev.max(changes.rev.min(LAST)));
        for message in changes.messages {
            self.put_message(out, id, &Arc::new(message));
        }
        for member in changes.members {
            self.put_member(out, id, member.user_id, (member.role, member.rev));
        }
        self.drain(out, id);
        let now = self.now;
        if let Some(state) = self.rooms.get_mut(&id) {
            state.recount(me);
            if state.lacks_changes() && changes.more {
                state.gap_at = Some(now);
            }
        }
        self.room_changed(out, id);
    }

    pub(crate) fn room_came(&mut self, out: &mut Outcome, id: RoomId, my_epoch: u64, room: Room) {
        let Some(state) = self.rooms.get_mut(&id) else {
            return;
        };
        if room.id != id || room.my.is_none() {
            return self.sync_failed(out, id, &Failure::Offline);
        }
        let my_fresh = state.my_epoch == my_epoch;
        state.tries = 0;
        self.merge(out, room, my_fresh);
    }

    pub(crate) fn sync_failed(&mut self, out: &mut Outcome, id: RoomId, failure: &Failure) {
        if matches!(
            failure.code(),
            Some(ErrorCode::NotFound | ErrorCode::Forbidden)
        ) {
            self.remove_room(out, id);
            // It may be from before one came back, and what said so may have been missed.
            return self.rooms_later();
        }
        let Some(state) = self.rooms.get_mut(&id) else {
            return;
        };
        let wait = failure
            .retry_after_ms()
            .unwrap_or_else(|| GAP_MS + self.random.backoff_ms(state.tries));
        state.tries = state.tries.saturating_add(1);
        state.gap_at = Some(self.now.plus_ms(wait));
    }

    pub(crate) fn sync_deadline(&self) -> Option<Timestamp> {
        if !self.wire.live() {
            return None;
        }
        let gaps = self.rooms.values().filter_map(|state| state.gap_at);
        gaps.chain(self.rooms_retry).min()
    }

    /// Whether rooms are still fetching what was missed.
    pub(crate) fn catching_up(&self) -> bool {
        self.under_way(|purpose| matches!(purpose, Purpose::Changes { .. }))
            || self.rooms.values().any(RoomState::lacks_changes)
    }
}
