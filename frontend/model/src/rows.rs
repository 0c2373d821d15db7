//! What the timelines show: rows of messages and echoes, their keys, and when a view has to hear of a change.

use crate::{
    Key, MessageView, Model, Outcome, Slice, TimelineView,
    timeline::{Fresh, Load, Target, row},
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

    /// All rows of a room are to be made anew: what is hidden has changed, or how a message's row is called.
    pub(crate) fn redraw(&mut self, room: RoomId) {
        if let Some(state) = self.rooms.get_mut(&room) {
            state.timeline.fresh = Fresh::All;
        }
        self.stale.insert(room);
    }

    /// Settles what the timelines show.
    pub(crate) fn settle_timelines(&mut self, out: &mut Outcome) {
        for id in std::mem::take(&mut self.stale) {
            let was_there = self.views.contains_key(&id);
            let (mut view, mut own) = self.views.remove(&id).unwrap_or_default();
            let Some(state) = self.rooms.get_mut(&id) else {
                if was_there {
                    out.touch(Slice::Timeline(id));
                }
                continue;
            };
            let fresh = std::mem::take(&mut state.timeline.fresh);
            let before = (view.frame(), own);
            let rows_changed = self.draw(id, fresh, &mut view);
            self.surround(id, &mut view);
            own = self.last_own_now(id, fresh, own);
            if rows_changed || before != (view.frame(), own) {
                out.touch(Slice::Timeline(id));
            }
            self.views.insert(id, (view, own));
        }
    }

    /// One's own newest message that can be edited. Among those drawn before it is known.
    fn last_own_now(&self, id: RoomId, fresh: Fresh, known: Option<Key>) -> Option<Key> {
        let (from, known) = match fresh {
            Fresh::Nothing => return known,
            Fresh::From(seq) => (seq, known),
            Fresh::All => (i64::MIN, None),
        };
        let me = self.my_id()?;
        let hidden = self.amends.hidden();
        let timeline = &self.rooms.get(&id)?.timeline;
        timeline
            .messages
            .onward(&from)
            .rev()
            .map(|(_, message)| message)
            .find(|message| {
                message.author_id == me
                    && message.kind == MessageKind::Text
                    && message.deleted_at.is_none()
                    && !hidden.contains(&message.id)
            })
            .map(|message| self.key(message))
            .or(known)
    }

    /// Brings the rows in line with what is loaded; whether they changed. What came to the end costs what came, however
    /// much stands above it.
    fn draw(&mut self, id: RoomId, fresh: Fresh, view: &mut TimelineView) -> bool {
        let Some(timeline) = self.rooms.get(&id).map(|state| &state.timeline) else {
            return false;
        };
        let key = |message: &Message| self.key(message);
        // Views do not keep the rows, so nothing is copied here.
        let rows = Arc::make_mut(&mut view.rows);
        let echoes = rows.split_off(view.settled);
        let mut others = false;
        match fresh {
            Fresh::Nothing => {}
            Fresh::From(seq) => timeline.draw(seq, rows, &self.amends.hidden(), key),
            Fresh::All => {
                let old = std::mem::take(rows);
                timeline.draw(i64::MIN, rows, &self.amends.hidden(), key);
                others = *rows != old;
            }
        }
        let settled = rows.len();
        if let Some(me) = self.my_id().filter(|_| !timeline.has_after) {
            for entry in self.outbox.of_room(id) {
                rows.push(row(entry.key, &entry.message(me), rows.last()));
            }
        }
        let changed = others || settled != view.settled || rows[settled..] != echoes;
        view.settled = settled;
        if changed {
            self.drawn += 1;
            view.version = self.drawn;
        }
        if others {
            view.epoch = self.drawn;
        }
        changed
    }

    /// What stands around the rows.
    fn surround(&self, id: RoomId, view: &mut TimelineView) {
        let Some(timeline) = self.rooms.get(&id).map(|state| &state.timeline) else {
            return;
        };
        view.new_line = timeline.new_line(&view.rows[..view.settled], self.my_id());
        (view.before, view.after) = timeline.edges();
        view.target = match timeline.target {
            Some(Target::Seq(seq)) if timeline.window != Load::Loading => {
                timeline.messages.get(&seq).map(|message| self.key(message))
            }
            _ => None,
        };
        view.loaded = timeline.rev.is_some() || !timeline.messages.is_empty();
        view.failed = timeline.rev.is_none() && timeline.window == Load::Failed;
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
