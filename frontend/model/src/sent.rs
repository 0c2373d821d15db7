//! What becomes of what was sent: acknowledged, refused, seen in the room; tried again or thrown away.

use crate::{
    Effect, Key, Model, Notice, Outcome, Save, Slice,
    outbox::{Entry, PATIENCE_MS, State},
};
use shared::{
    ErrorCode, MessageId, RoomId,
    messages::{Message, Sent},
};

impl Model {
    pub(crate) fn outbox_acked(&mut self, out: &mut Outcome, client_id: &str, sent: Sent) {
        let Some(entry) = self.outbox.named(client_id) else {
            return;
        };
        entry.state = State::Acked(sent);
        let (room, key, had_trouble) = (entry.outgoing.room, entry.key, entry.had_trouble);
        out.run(Effect::Save(Save::OutgoingGone {
            client_id: client_id.to_owned(),
        }));
        if had_trouble {
            out.run(Effect::Notify(Notice::SentAfterRetry));
        }
        self.confirm(client_id, key, sent.message_id);
        out.touch(Slice::Message(key));
        self.stale.insert(room);
        self.room_changed(out, room);
        self.pump(out);
    }

    pub(crate) fn outbox_refused(
        &mut self,
        out: &mut Outcome,
        client_id: &str,
        code: ErrorCode,
        detail: String,
        retry_after_ms: Option<i64>,
    ) {
        let now = self.now;
        let Some(entry) = self.outbox.named(client_id) else {
            return;
        };
        if entry.state != State::Asked {
            return;
        }
        let (room, key) = (entry.outgoing.room, entry.key);
        // An access that is being renewed is no fault of the message.
        let again = code.retryable() || code == ErrorCode::Unauthenticated;
        let patient = entry
            .tried_at
            .is_none_or(|since| now.0 - since.0 < PATIENCE_MS);
        if again && patient {
            entry.tries = entry.tries.saturating_add(1);
            let tries = entry.tries;
            let wait = self
                .random
                .backoff_ms(tries)
                .max(retry_after_ms.unwrap_or(200));
            if let Some(entry) = self.outbox.named(client_id) {
                entry.state = State::Later(now.plus_ms(wait));
            }
        } else if again {
            entry.state = State::Stuck(Some(code), detail);
            self.not_sent(out, key, room);
        } else {
            entry.state = State::Refused(code, detail);
            self.not_sent(out, key, room);
        }
        out.touch(Slice::Message(key));
        self.pump(out);
    }

    pub(crate) fn not_sent(&mut self, out: &mut Outcome, key: Key, room: RoomId) {
        if let Some(entry) = self
            .outbox
            .entries
            .iter_mut()
            .find(|entry| entry.key == key)
        {
            entry.had_trouble = true;
        }
        out.touch(Slice::Message(key));
        out.run(Effect::Notify(Notice::NotSent { room }));
        self.room_changed(out, room);
    }

    /// An echo has become a message, which keeps the row of the echo.
    fn confirm(&mut self, client_id: &str, key: Key, message: MessageId) {
        let oldest = self.outbox.confirm(client_id, key, message);
        for renamed in [Some(message), oldest].into_iter().flatten() {
            if let Some(&(room, _)) = self.places.get(&renamed) {
                self.redraw(room);
            }
        }
    }

    /// A message of one's own came by any way: whatever is known of its echo ends here.
    pub(crate) fn outbox_seen(&mut self, out: &mut Outcome, message: &Message) {
        let Some(client_id) = &message.client_id else {
            return;
        };
        let Some(index) = self.outbox.entries.iter().position(|entry| {
            entry.outgoing.client_id == *client_id && entry.outgoing.room == message.room_id
        }) else {
            return;
        };
        let entry = &self.outbox.entries[index];
        let acked = matches!(entry.state, State::Acked(_));
        let (room, key, had_trouble) = (entry.outgoing.room, entry.key, entry.had_trouble);
        // Until its row is in the window, the echo keeps the place.
        let comes = self.rooms.get(&room).is_some_and(|state| {
            state.timeline.rev.is_none() || state.timeline.rev < Some(message.rev)
        });
        let shown = self.open == Some(room) && comes;
        if !acked {
            out.run(Effect::Save(Save::OutgoingGone {
                client_id: client_id.clone(),
            }));
            if had_trouble {
                out.run(Effect::Notify(Notice::SentAfterRetry));
            }
            self.confirm(client_id, key, message.id);
        }
        if shown {
            self.outbox.entries[index].state = State::Acked(Sent {
                message_id: message.id,
                seq: message.seq,
                rev: message.rev,
                created_at: message.created_at,
            });
        } else {
            self.outbox.entries.remove(index);
        }
        out.touch(Slice::Message(key));
        self.stale.insert(room);
        self.room_changed(out, room);
        self.pump(out);
    }

    /// Echoes whose message the window has, or would have if it reached there, are done.
    pub(crate) fn settle_outbox(&mut self, out: &mut Outcome) {
        let mut done = Vec::new();
        for entry in &self.outbox.entries {
            let State::Acked(sent) = &entry.state else {
                continue;
            };
            let room = entry.outgoing.room;
            let comes = self.rooms.get(&room).is_some_and(|state| {
                let timeline = &state.timeline;
                !timeline.holds(sent.seq)
                    && match timeline.rev {
                        Some(rev) => rev < sent.rev,
                        None => self.open == Some(room),
                    }
            });
            if !comes {
                done.push((entry.key, room));
            }
        }
        for (key, room) in done {
            self.outbox.entries.retain(|entry| entry.key != key);
            out.touch(Slice::Message(key));
            self.stale.insert(room);
        }
    }

    pub(crate) fn try_again(&mut self, out: &mut Outcome, key: Key) {
        let now = self.now;
        let Some(entry) = self
            .outbox
            .entries
            .iter_mut()
            .find(|entry| entry.key == key)
        else {
            return;
        };
        if !entry.failed() {
            return;
        }
        if entry.state == State::Expired {
            // Wanted today: its day begins anew.
            entry.outgoing.created_at = now;
            out.run(Effect::Save(Save::Outgoing(Box::new(
                entry.outgoing.clone(),
            ))));
        }
        entry.state = State::Queued;
        entry.tries = 0;
        entry.tried_at = None;
        (entry.since, entry.slow) = (now, false);
        let room = entry.outgoing.room;
        out.touch(Slice::Message(key));
        self.stale.insert(room);
        self.room_changed(out, room);
        self.pump(out);
    }

    pub(crate) fn discard(&mut self, out: &mut Outcome, key: Key) {
        let Some(entry) = self
            .outbox
            .entry(key)
            .filter(|entry| !matches!(entry.state, State::Acked(_)))
        else {
            return;
        };
        let (room, client_id) = (entry.outgoing.room, entry.outgoing.client_id.clone());
        self.outbox.entries.retain(|entry| entry.key != key);
        out.run(Effect::Save(Save::OutgoingGone { client_id }));
        out.touch(Slice::Message(key));
        self.stale.insert(room);
        self.room_changed(out, room);
        self.pump(out);
    }

    pub(crate) fn outbox_failed_in(&self, room: RoomId) -> bool {
        self.outbox.of_room(room).any(Entry::failed)
    }
}
