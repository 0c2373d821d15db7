//! What is not known to be sent. Each message keeps its `client_id` for every try, so that it is sent exactly once; in a
//! room one goes at a time, so that they arrive in order. A refused one lets the others pass, an unanswered one does not.

use crate::{Delivery, Effect, Key, Model, Notice, Outcome, Outgoing, Save, Slice, asked::Asked};
use shared::{
    ClientFrame, ErrorCode, MessageId, RoomId, Timestamp, UserId,
    messages::{Message, MessageKind, ReplyTo, Sent},
};
use std::collections::BTreeMap;

/// After this without an answer the row says that it is sending.
const SLOW_MS: i64 = 1_000;
/// After this without an answer, while online, the row says that it was not sent.
const PATIENCE_MS: i64 = 30_000;
/// Older ones are not sent without asking.
const EXPIRES_MS: i64 = 24 * 3_600_000;
/// Rows of echoes begin here, far above every message id.
const ECHOES: u64 = 1 << 60;
/// Confirmed messages whose row keeps the key of its echo.
const KEPT: usize = 2_000;

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Queued,
    /// On its way.
    Asked,
    /// The server was busy: again at this time.
    Later(Timestamp),
    /// No answer, or busy for too long. Those after it in the room wait.
    Stuck(Option<ErrorCode>, String),
    /// Refused for good. Those after it pass.
    Refused(ErrorCode, String),
    Expired,
    /// In the room, but its message has not come yet.
    Acked(Sent),
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) outgoing: Outgoing,
    pub(crate) key: Key,
    state: State,
    /// Since when it is on the screen as being sent.
    since: Timestamp,
    slow: bool,
    /// When it was first put on the wire since the person last wanted it sent.
    tried_at: Option<Timestamp>,
    tries: u32,
    had_trouble: bool,
}

impl Entry {
    /// What the row shows until the message comes.
    pub(crate) fn message(&self, me: UserId) -> Message {
        let sent = match &self.state {
            State::Acked(sent) => Some(sent),
            _ => None,
        };
        Message {
            id: sent.map_or(MessageId(0), |sent| sent.message_id),
            room_id: self.outgoing.room,
            seq: 0,
            rev: 0,
            kind: MessageKind::Text,
            author_id: me,
            client_id: Some(self.outgoing.client_id.clone()),
            body: self.outgoing.body.clone(),
            created_at: sent.map_or(self.outgoing.created_at, |sent| sent.created_at),
            edited_at: None,
            deleted_at: None,
            reply_to: self.outgoing.reply_to.clone(),
            reactions: Vec::new(),
            mentions: Vec::new(),
            system: None,
        }
    }

    pub(crate) fn delivery(&self, offline: bool) -> Delivery {
        match &self.state {
            State::Acked(_) => Delivery::Sent,
            State::Expired => Delivery::Expired,
            State::Refused(code, reason) => Delivery::Failed {
                code: Some(*code),
                reason: reason.clone(),
            },
            State::Stuck(code, reason) => Delivery::Failed {
                code: *code,
                reason: reason.clone(),
            },
            _ if offline => Delivery::Waiting,
            _ if self.slow => Delivery::Slow,
            _ => Delivery::Sending,
        }
    }

    fn failed(&self) -> bool {
        matches!(
            self.state,
            State::Stuck(..) | State::Refused(..) | State::Expired
        )
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox {
    entries: Vec<Entry>,
    next_key: u64,
    next_order: u64,
    /// Rows of own messages that began as echoes, by `client_id`; and the way back.
    pub(crate) keys: BTreeMap<String, Key>,
    pub(crate) confirmed: BTreeMap<Key, MessageId>,
}

impl Outbox {
    pub(crate) fn entry(&self, key: Key) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    fn named(&mut self, client_id: &str) -> Option<&mut Entry> {
        self.entries
            .iter_mut()
            .find(|entry| entry.outgoing.client_id == client_id)
    }

    pub(crate) fn of_room(&self, room: RoomId) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(move |entry| entry.outgoing.room == room)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    fn add(&mut self, outgoing: Outgoing, state: State, now: Timestamp) -> Key {
        self.next_key += 1;
        let key = Key(ECHOES + self.next_key);
        self.next_order = self.next_order.max(outgoing.order.saturating_add(1));
        let at = self
            .entries
            .partition_point(|entry| entry.outgoing.order <= outgoing.order);
        let entry = Entry {
            had_trouble: state != State::Queued,
            outgoing,
            key,
            state,
            since: now,
            slow: false,
            tried_at: None,
            tries: 0,
        };
        self.entries.insert(at, entry);
        key
    }

    fn confirm(&mut self, client_id: &str, key: Key, message: MessageId) {
        while self.confirmed.len() >= KEPT {
            let Some((oldest, _)) = self.confirmed.pop_first() else {
                break;
            };
            self.keys.retain(|_, key| *key != oldest);
        }
        self.keys.insert(client_id.to_owned(), key);
        self.confirmed.insert(key, message);
    }
}

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
        out.touch(Slice::Message(key));
        self.stale.insert(room);
        self.typed = None;
        self.pump(out);
    }

    /// Sends what may go: of each room the first that waits, unless one before it is on its way or stuck.
    fn pump(&mut self, out: &mut Outcome) {
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
        self.outbox.confirm(client_id, key, sent.message_id);
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

    fn not_sent(&mut self, out: &mut Outcome, key: Key, room: RoomId) {
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
            self.outbox.confirm(client_id, key, message.id);
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

    pub(crate) fn outbox_failed_in(&self, room: RoomId) -> bool {
        self.outbox.of_room(room).any(Entry::failed)
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

    pub(crate) fn reply_of(&self, message: &Message) -> ReplyTo {
        ReplyTo {
            id: message.id,
            seq: message.seq,
            author_id: message.author_id,
            excerpt: message.body.chars().take(120).collect(),
        }
    }
}
