//! What a screen reader hears of the open room: each message of others once, or their number when many come at once.

use crate::{Effect, Model, Notice, Outcome, timeline::counts};
use shared::{RoomId, Timestamp, markup, messages::Message};

/// In this time more than `EACH` messages are told by number.
const BURST_MS: i64 = 2_000;
const EACH: u32 = 3;
/// Characters of a message that are spoken.
const CHARS: usize = 200;

#[derive(Clone, Debug, Default)]
pub(crate) struct Spoken {
    /// The newest message told, so that a frame that comes twice is told once.
    last_seq: i64,
    burst: Option<Burst>,
}

#[derive(Clone, Copy, Debug)]
struct Burst {
    ends_at: Timestamp,
    told: u32,
    untold: u32,
}

impl Spoken {
    pub(crate) fn room_changed(&mut self) {
        *self = Self::default();
    }
}

impl Model {
    /// A message frame came, new or not, in order or not.
    pub(crate) fn heard_message(&mut self, out: &mut Outcome, room: RoomId, message: &Message) {
        self.seen(out, message);
        self.stopped_typing(out, room, message.author_id);
        let Some(me) = self.my_id() else { return };
        let is_new = self
            .rooms
            .get(&room)
            .is_some_and(|state| message.seq > state.room.last_seq.max(self.spoken.last_seq));
        if self.open != Some(room) || !is_new || !counts(message, me) {
            return;
        }
        self.spoken.last_seq = message.seq;
        let now = self.now;
        let burst = self.spoken.burst.get_or_insert(Burst {
            ends_at: now.plus_ms(BURST_MS),
            told: 0,
            untold: 0,
        });
        if burst.told >= EACH {
            burst.untold += 1;
            return;
        }
        burst.told += 1;
        out.run(Effect::Notify(Notice::Said {
            author: message.author_id,
            text: markup::plain(&message.body, CHARS),
        }));
    }

    pub(crate) fn spoken_due(&mut self, out: &mut Outcome) {
        if let Some(burst) = self.spoken.burst
            && burst.ends_at <= self.now
        {
            self.spoken.burst = None;
            if burst.untold > 0 {
                out.run(Effect::Notify(Notice::SaidMany(burst.untold)));
            }
        }
    }

    pub(crate) fn spoken_deadline(&self) -> Option<Timestamp> {
        self.spoken.burst.map(|burst| burst.ends_at)
    }
}
