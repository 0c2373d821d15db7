//! What is not known to be sent. Each message keeps its `client_id` for every try, so that it is sent exactly once; in a
//! room one goes at a time, so that they arrive in order. A refused one lets the others pass, an unanswered one does not.

use crate::map::Map;
use crate::{Delivery, Key, Outgoing};
use shared::{
    ErrorCode, MessageId, RoomId, Timestamp, UserId,
    messages::{Message, MessageKind, Sent},
};

/// After this without an answer the row says that it is sending.
pub(crate) const SLOW_MS: i64 = 1_000;
/// After this without an answer, while online, the row says that it was not sent.
pub(crate) const PATIENCE_MS: i64 = 30_000;
/// Older ones are not sent without asking.
pub(crate) const EXPIRES_MS: i64 = 24 * 3_600_000;
/// Rows of echoes begin here, far above every message id.
const ECHOES: u64 = 1 << 60;
/// Confirmed messages whose row keeps the key of its echo.
const KEPT: usize = 2_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
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
    pub(crate) state: State,
    /// Since when it is on the screen as being sent.
    pub(crate) since: Timestamp,
    pub(crate) slow: bool,
    /// When it was first put on the wire since the person last wanted it sent.
    pub(crate) tried_at: Option<Timestamp>,
    pub(crate) tries: u32,
    pub(crate) had_trouble: bool,
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

    pub(crate) fn failed(&self) -> bool {
        matches!(
            self.state,
            State::Stuck(..) | State::Refused(..) | State::Expired
        )
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Outbox {
    pub(crate) entries: Vec<Entry>,
    next_key: u64,
    pub(crate) next_order: u64,
    /// Rows of own messages that began as echoes, by `client_id`; and the way back.
    pub(crate) keys: Map<String, Key>,
    pub(crate) confirmed: Map<Key, MessageId>,
}

impl Outbox {
    pub(crate) fn entry(&self, key: Key) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    pub(crate) fn named(&mut self, client_id: &str) -> Option<&mut Entry> {
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

    pub(crate) fn add(&mut self, outgoing: Outgoing, state: State, now: Timestamp) -> Key {
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

    /// An echo has become this message. Returns the one whose row is called by its id from now on.
    pub(crate) fn confirm(
        &mut self,
        client_id: &str,
        key: Key,
        message: MessageId,
    ) -> Option<MessageId> {
        let oldest = (self.confirmed.len() >= KEPT)
            .then(|| self.confirmed.pop_first())
            .flatten();
        if let Some((oldest, _)) = oldest {
            self.keys.retain(|_, key| *key != oldest);
        }
        self.keys.insert(client_id.to_owned(), key);
        self.confirmed.insert(key, message);
        oldest.map(|(_, message)| message)
    }
}
