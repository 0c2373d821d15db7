//! What the timelines show: rows of messages and echoes, their keys, and when a view has to hear of a change.

use crate::{
    Key, MessageView, Model, Outcome, Slice, TimelineView,
    timeline::{Load, Target, row},
};
use shared::{
    MessageId, RoomId,
    messages::{Message, MessageKind},
};
use std::sync::Arc;

impl Model {
    /// The row of a message: that of its echo, when it was sent from here.
    pub(crate) fn key(&self, message: &Message) -> Key {
        message
            .client_id
            .as_ref()
            .filter(|_| Some(message.author_id) == self.my_id())
            .and_then(|client_id| self.outbox.keys.get(client_id).copied())
            .unwrap_or(Key(u64::try_from(message.id.0).unwrap_or(0)))
    }

    /// Settles what the timelines show.
    pub(crate) fn settle_timelines(&mut self, out: &mut Outcome) {
        for id in std::mem::take(&mut self.stale) {
            let view = (self.timeline_now(id), self.last_own_now(id));
            let nothing = (TimelineView::default(), None);
            if *self.views.get(&id).unwrap_or(&nothing) == view {
                continue;
            }
            out.touch(Slice::Timeline(id));
            if view == nothing {
                self.views.remove(&id);
            } else {
                self.views.insert(id, view);
            }
        }
    }

    fn last_own_now(&self, id: RoomId) -> Option<Key> {
        let me = self.my_id()?;
        let hidden = self.amends.hidden();
        let timeline = &self.rooms.get(&id)?.timeline;
        timeline
            .messages
            .values()
            .rev()
            .find(|message| {
                message.author_id == me
                    && message.kind == MessageKind::Text
                    && message.deleted_at.is_none()
                    && !hidden.contains(&message.id)
            })
            .map(|message| self.key(message))
    }

    fn timeline_now(&self, id: RoomId) -> TimelineView {
        let Some(state) = self.rooms.get(&id) else {
            return TimelineView::default();
        };
        let timeline = &state.timeline;
        let mut rows = timeline.rows(&self.amends.hidden(), |message| self.key(message));
        let new_line = timeline.new_line(&rows, self.my_id());
        if !timeline.has_after {
            let me = self.my_id();
            for entry in self.outbox.of_room(id) {
                if let Some(me) = me {
                    let echo = entry.message(me);
                    rows.push(row(entry.key, &echo, rows.last()));
                }
            }
        }
        let (before, after) = timeline.edges();
        let target = match timeline.target {
            Some(Target::Seq(seq)) if timeline.window != Load::Loading => {
                timeline.messages.get(&seq).map(|message| self.key(message))
            }
            _ => None,
        };
        TimelineView {
            loaded: timeline.rev.is_some() || !timeline.messages.is_empty(),
            failed: timeline.rev.is_none() && timeline.window == Load::Failed,
            rows: Arc::new(rows),
            before,
            after,
            new_line,
            target,
        }
    }

    pub(crate) fn message_view(&self, key: Key) -> Option<MessageView> {
        if let Some(entry) = self.outbox.entry(key) {
            return Some(MessageView {
                key,
                message: Arc::new(entry.message(self.my_id()?)),
                delivery: entry.delivery(self.wire.told()),
                saving: false,
            });
        }
        let id = match self.outbox.confirmed.get(&key) {
            Some(&id) => id,
            None => MessageId(i64::try_from(key.0).ok()?),
        };
        let (room, seq) = self.places.get(&id)?;
        let message = self.rooms.get(room)?.timeline.messages.get(seq)?;
        // An echo's row keeps its own key; the id's would be a second one.
        if self.key(message) != key {
            return None;
        }
        let edited = self.amends.edited(message);
        Some(MessageView {
            key,
            saving: edited.is_some(),
            message: edited.unwrap_or_else(|| Arc::clone(message)),
            delivery: crate::Delivery::Sent,
        })
    }
}
