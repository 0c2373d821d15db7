//! Who writes where: told to others at most every 3 s, shown until it fades or the message comes, never while offline.

use crate::map::Map;
use crate::{Model, Outcome, Slice};
use shared::{ClientFrame, RoomId, UserId};

/// One says that one writes at most so often.
const TYPING_MS: i64 = 3_000;
/// Typing shows no longer than this without being heard again.
const TYPING_SHOWN_MS: i64 = 6_000;

impl Model {
    pub(crate) fn typing_frame(
        &mut self,
        out: &mut Outcome,
        room: RoomId,
        user: UserId,
        expires_in_ms: i64,
    ) {
        if Some(user) == self.my_id() || !self.rooms.contains_key(&room) {
            return;
        }
        let until = self.now.plus_ms(expires_in_ms.clamp(0, TYPING_SHOWN_MS));
        let fresh = self
            .people
            .typing
            .get_or_insert_with(room, Map::new)
            .insert(user, until)
            .is_none();
        self.people.want(user);
        if fresh {
            out.touch(Slice::Typing(room));
        }
    }

    pub(crate) fn stopped_typing(&mut self, out: &mut Outcome, room: RoomId, user: UserId) {
        let gone = self
            .people
            .typing
            .get_mut(&room)
            .is_some_and(|writers| writers.remove(&user).is_some());
        if gone {
            out.touch(Slice::Typing(room));
        }
    }

    pub(crate) fn typing_offline(&mut self, out: &mut Outcome) {
        for (room, _) in std::mem::take(&mut self.people.typing) {
            out.touch(Slice::Typing(room));
        }
        self.typed = None;
    }

    pub(crate) fn type_in(&mut self, out: &mut Outcome, room: RoomId) {
        let recently = self
            .typed
            .is_some_and(|(last, at)| last == room && self.now < at.plus_ms(TYPING_MS));
        if self.wire.live() && !recently {
            self.typed = Some((room, self.now));
            out.send(ClientFrame::Typing { room_id: room });
        }
    }
}
