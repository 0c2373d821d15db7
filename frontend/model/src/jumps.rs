//! Going to a place of a room: to its end, to a message by its place or by its id.

use crate::{
    Effect, Failure, Model, Notice, Outcome, Page, Request, asked::Purpose, timeline::Target,
};
use shared::{ErrorCode, MessageId, RoomId, messages::Message};

impl Model {
    pub(crate) fn jump_to_latest(&mut self, out: &mut Outcome, id: RoomId) {
        let Some(state) = self.rooms.get_mut(&id) else {
            return;
        };
        state.timeline.target = None;
        if state.timeline.rev.is_none() || state.timeline.has_after {
            self.load_window(out, id, Page::Latest);
        }
        self.stale.insert(id);
    }

    pub(crate) fn jump_to_seq(&mut self, out: &mut Outcome, id: RoomId, seq: i64) {
        let Some(state) = self.rooms.get_mut(&id) else {
            return;
        };
        state.timeline.target = Some(Target::Seq(seq));
        let there = state.timeline.rev.is_some() && state.timeline.holds(seq);
        self.stale.insert(id);
        if !there {
            self.load_window(out, id, Page::Around(seq));
        }
    }

    pub(crate) fn jump_to_message(&mut self, out: &mut Outcome, id: RoomId, message: MessageId) {
        if let Some(&(room, seq)) = self.places.get(&message)
            && room == id
        {
            return self.jump_to_seq(out, id, seq);
        }
        if let Some(state) = self.rooms.get_mut(&id) {
            state.timeline.target = Some(Target::Message(message));
        }
        let purpose = Purpose::Place { room: id, message };
        self.fetch(out, purpose, Request::Message(message));
    }

    pub(crate) fn place_came(
        &mut self,
        out: &mut Outcome,
        id: RoomId,
        asked: MessageId,
        found: Message,
    ) {
        let wanted = self
            .rooms
            .get(&id)
            .is_some_and(|state| state.timeline.target == Some(Target::Message(asked)));
        if found.room_id != id {
            return self.no_such_message(out, id);
        }
        if wanted {
            self.jump_to_seq(out, id, found.seq);
        }
    }

    pub(crate) fn place_failed(&mut self, out: &mut Outcome, id: RoomId, failure: &Failure) {
        if matches!(
            failure.code(),
            Some(ErrorCode::NotFound | ErrorCode::Forbidden)
        ) {
            self.no_such_message(out, id);
        } else {
            self.jumped(id);
        }
    }

    fn no_such_message(&mut self, out: &mut Outcome, id: RoomId) {
        self.jumped(id);
        out.run(Effect::Notify(Notice::NoSuchMessage { room: id }));
    }

    pub(crate) fn jumped(&mut self, id: RoomId) {
        if let Some(state) = self.rooms.get_mut(&id) {
            state.timeline.target = None;
            self.stale.insert(id);
        }
    }
}
