//! When what is in the outbox goes out: at once, one at a time in a room, again after a failure, never unasked after a day.

use crate::{
    Effect, Model, Outcome, Outgoing, Save, Slice,
    asked::Asked,
    outbox::{EXPIRES_MS, PATIENCE_MS, SLOW_MS, State},
};
use shared::{ClientFrame, RoomId, Timestamp};

impl Model {
    pub(crate) fn send_message(
        &mut self,
        out: &mut Outcome,
        room: RoomId,
        client_id: String,
        body: String,
    ) {
        if body.trim().is_empty() || self.outbox.named(&client_id).is_some() {
            return;
        }
        let reply_to = self.take_reply(out, room);
        self.set_draft(out, room, String::new());
        // Later than anything kept before, also from another tab's clock.
        let order = u64::try_from(self.now.0).unwrap_or(0).saturating_mul(1_000);
        let outgoing = Outgoing {
            client_id,
            room,
            body,
            reply_to,
            created_at: self.now,
            order: order.max(self.outbox.next_order),
        };
        out.run(Effect::Save(Save::Outgoing(Box::new(outgoing.clone()))));
        let key = self.outbox.add(outgoing, State::Queued, self.now);
        if !self.wire.live()
            && let Some(entry) = self.outbox.entries.last_mut()
        {
            entry.had_trouble = true;
        }
        out.touch(Slice::Message(key));
        self.stale.insert(room);
        self.typed = None;
        self.pump(out);
    }

    /// Sends what may go: of each room the first that waits, unless one before it is on its way or stuck.
    pub(crate) fn pump(&mut self, out: &mut Outcome) {
        if !self.wire.live() {
            return;
        }
        let now = self.now;
        let mut busy: Vec<RoomId> = Vec::new();
        let mut go: Vec<usize> = Vec::new();
        for (index, entry) in self.outbox.entries.iter().enumerate() {
            let room = entry.outgoing.room;
            match entry.state {
                State::Refused(..) | State::Expired | State::Acked(_) => continue,
                _ if busy.contains(&room) => continue,
                State::Queued => go.push(index),
                State::Later(at) if at <= now => go.push(index),
                State::Later(_) | State::Asked | State::Stuck(..) => {}
            }
            busy.push(room);
        }
        for index in go {
            let Some(entry) = self.outbox.entries.get_mut(index) else {
                continue;
            };
            entry.state = State::Asked;
            entry.tried_at.get_or_insert(now);
            let outgoing = entry.outgoing.clone();
            let id = self.ask(Asked::Send {
                client_id: outgoing.client_id.clone(),
            });
            out.send(ClientFrame::Send {
                id,
                room_id: outgoing.room,
                client_id: outgoing.client_id,
                body: outgoing.body,
                reply_to: outgoing.reply_to.map(|reply| reply.id),
            });
        }
    }

    pub(crate) fn outbox_online(&mut self, out: &mut Outcome) {
        let now = self.now;
        for entry in &mut self.outbox.entries {
            if matches!(
                entry.state,
                State::Stuck(..) | State::Later(_) | State::Asked
            ) {
                entry.state = State::Queued;
                entry.tries = 0;
            }
            if entry.state == State::Queued {
                if entry.outgoing.created_at.plus_ms(EXPIRES_MS) <= now {
                    entry.state = State::Expired;
                }
                entry.tried_at = None;
                (entry.since, entry.slow) = (now, false);
            }
        }
        self.outbox_touch_all(out);
        self.pump(out);
    }

    /// Answers may have been lost on a socket that lives: what is on its way goes again, which never makes it two.
    pub(crate) fn outbox_again(&mut self, out: &mut Outcome) {
        self.asked
            .retain(|_, asked| !matches!(asked, Asked::Send { .. }));
        for entry in &mut self.outbox.entries {
            if entry.state == State::Asked {
                entry.state = State::Queued;
            }
        }
        self.pump(out);
    }

    pub(crate) fn outbox_offline(&mut self, out: &mut Outcome) {
        for entry in &mut self.outbox.entries {
            if matches!(entry.state, State::Asked | State::Later(_)) {
                entry.state = State::Queued;
            }
            entry.had_trouble |= entry.state == State::Queued;
        }
        self.outbox_touch_all(out);
    }

    pub(crate) fn outbox_touch_all(&mut self, out: &mut Outcome) {
        for entry in &self.outbox.entries {
            out.touch(Slice::Message(entry.key));
            out.touch(Slice::Room(entry.outgoing.room));
        }
    }

    pub(crate) fn outbox_restore(&mut self, out: &mut Outcome, mut kept: Vec<Outgoing>) {
        kept.sort_by_key(|outgoing| outgoing.order);
        for outgoing in kept {
            if self.outbox.named(&outgoing.client_id).is_some()
                || self.outbox.keys.contains_key(&outgoing.client_id)
            {
                continue;
            }
            let room = outgoing.room;
            let expired = outgoing.created_at.plus_ms(EXPIRES_MS) <= self.now;
            let state = if expired {
                State::Expired
            } else {
                State::Queued
            };
            let key = self.outbox.add(outgoing, state, self.now);
            out.touch(Slice::Message(key));
            self.stale.insert(room);
            self.room_changed(out, room);
        }
        self.pump(out);
    }

    pub(crate) fn outbox_due(&mut self, out: &mut Outcome) {
        let now = self.now;
        let live = self.wire.live();
        let mut stuck = Vec::new();
        let mut retry = false;
        for entry in &mut self.outbox.entries {
            let waits = matches!(entry.state, State::Queued | State::Asked | State::Later(_));
            if waits && live && !entry.slow && entry.since.plus_ms(SLOW_MS) <= now {
                entry.slow = true;
                out.touch(Slice::Message(entry.key));
            }
            let over = entry
                .tried_at
                .is_some_and(|since| since.plus_ms(PATIENCE_MS) <= now);
            if live && over && entry.state == State::Asked {
                entry.state = State::Stuck(None, String::new());
                stuck.push((entry.key, entry.outgoing.room));
            }
            retry |= matches!(entry.state, State::Later(at) if at <= now);
        }
        for (key, room) in stuck {
            // A late answer is still welcome: it comes by `outbox_acked`.
            self.not_sent(out, key, room);
        }
        if retry {
            self.pump(out);
        }
    }

    pub(crate) fn outbox_deadline(&self) -> Option<Timestamp> {
        let live = self.wire.live();
        self.outbox
            .entries
            .iter()
            .filter(|_| live)
            .flat_map(|entry| {
                let waits = matches!(entry.state, State::Queued | State::Asked | State::Later(_));
                let slow = (waits && !entry.slow).then(|| entry.since.plus_ms(SLOW_MS));
                let over = (entry.state == State::Asked)
                    .then_some(entry.tried_at)
                    .flatten()
                    .map(|since| since.plus_ms(PATIENCE_MS));
                let later = match entry.state {
                    State::Later(at) if at > self.now => Some(at),
                    _ => None,
                };
                [slow, over, later]
            })
            .flatten()
            .min()
    }
}
