//! Read markers: they move up only, at once here, and to the server at most once a second for a room.

use crate::{Model, Outcome, asked::Asked};
use shared::{ClientFrame, ErrorCode, RoomId, Timestamp};

const READ_MS: i64 = 1_000;

impl Model {
    pub(crate) fn read_up_to(&mut self, out: &mut Outcome, id: RoomId, seq: i64) {
        let Some(me) = self.my_id() else { return };
        let Some(state) = self.rooms.get_mut(&id) else {
            return;
        };
        let seq = seq.min(state.room.last_seq);
        let Some(my) = &mut state.room.my else { return };
        if seq <= my.read_seq {
            return;
        }
        my.read_seq = seq;
        state.recount(me);
        self.room_changed(out, id);
        self.reads_due(out);
    }

    /// Tells the server of markers that it does not know.
    pub(crate) fn reads_due(&mut self, out: &mut Outcome) {
        if !self.wire.live() {
            return;
        }
        let now = self.now;
        let mut tell = Vec::new();
        for (&id, state) in self.rooms.iter_mut() {
            let seq = state.read_seq();
            if seq > state.told && state.read_at.is_none_or(|at| at <= now) {
                state.told = seq;
                state.read_at = Some(now.plus_ms(READ_MS));
                tell.push((id, seq));
            }
        }
        for (room_id, seq) in tell {
            let id = self.ask(Asked::Read { room: room_id });
            out.send(ClientFrame::Read {
                id: Some(id),
                room_id,
                seq,
            });
        }
    }

    pub(crate) fn read_refused(
        &mut self,
        room: RoomId,
        code: ErrorCode,
        retry_after_ms: Option<i64>,
    ) {
        let now = self.now;
        if let Some(state) = self.rooms.get_mut(&room)
            && code.retryable()
        {
            // Not told after all.
            state.told = 0;
            state.read_at = Some(now.plus_ms(retry_after_ms.unwrap_or(READ_MS).max(READ_MS)));
        }
    }

    pub(crate) fn reads_deadline(&self) -> Option<Timestamp> {
        self.rooms
            .values()
            .filter(|state| self.wire.live() && state.read_seq() > state.told)
            .map(|state| state.read_at.unwrap_or(self.now))
            .min()
    }
}
