//! Changing and deleting messages: shown at once, taken back where the server refuses. A deletion waits 6 s for an undo.

use crate::map::{Map, Set};
use crate::{Effect, Failure, Model, Notice, Outcome, ReqId, Request, Slice, asked::Purpose};
use shared::{ErrorCode, MessageId, RoomId, Timestamp, messages::Message};
use std::sync::Arc;

/// How long a deletion can be undone.
const UNDO_MS: i64 = 6_000;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Deletion {
    /// Can be undone until then.
    Undoable(Timestamp),
    /// The server is asked, or is to be asked again at that time.
    Asked,
    Again(Timestamp),
    /// Done; the tombstone is on its way.
    Done,
}

#[derive(Clone, Debug)]
struct Edit {
    room: RoomId,
    body: String,
    /// What the request under way carries.
    sent: Option<(ReqId, String)>,
    again_at: Option<Timestamp>,
    tries: u32,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Amends {
    deletions: Map<MessageId, (RoomId, Deletion)>,
    edits: Map<MessageId, Edit>,
}

impl Amends {
    /// Messages that are gone as far as the person is concerned.
    pub(crate) fn hidden(&self) -> Set<MessageId> {
        self.deletions.keys().copied().collect()
    }

    /// The message with the change that is being saved.
    pub(crate) fn edited(&self, message: &Message) -> Option<Arc<Message>> {
        let edit = self.edits.get(&message.id)?;
        let mut message = message.clone();
        message.body.clone_from(&edit.body);
        message.edited_at = message.edited_at.or(Some(message.created_at));
        Some(Arc::new(message))
    }
}

impl Model {
    fn touch_message(&mut self, out: &mut Outcome, id: MessageId) {
        let message = self
            .places
            .get(&id)
            .and_then(|(room, seq)| self.rooms.get(room)?.timeline.messages.get(seq));
        if let Some(message) = message {
            out.touch(Slice::Message(self.key(message)));
        }
    }

    pub(crate) fn delete_message(&mut self, out: &mut Outcome, room: RoomId, id: MessageId) {
        if self.amends.deletions.contains_key(&id) {
            return;
        }
        let until = self.now.plus_ms(UNDO_MS);
        self.amends
            .deletions
            .insert(id, (room, Deletion::Undoable(until)));
        self.redraw(room);
        out.run(Effect::Notify(Notice::Deleting { message: id }));
    }

    pub(crate) fn undo_delete(&mut self, id: MessageId) {
        if let Some(&(room, Deletion::Undoable(_))) = self.amends.deletions.get(&id) {
            self.amends.deletions.remove(&id);
            self.redraw(room);
        }
    }

    /// Sends the deletions whose time is up; all of them when the page goes away.
    pub(crate) fn deletions_due(&mut self, out: &mut Outcome, leaving: bool) {
        let now = self.now;
        let due: Vec<MessageId> = self
            .amends
            .deletions
            .iter()
            .filter(|(_, (_, deletion))| match deletion {
                Deletion::Undoable(until) => leaving || *until <= now,
                Deletion::Again(at) => leaving || *at <= now,
                Deletion::Asked | Deletion::Done => false,
            })
            .map(|(&id, _)| id)
            .collect();
        for id in due {
            if let Some((_, deletion)) = self.amends.deletions.get_mut(&id) {
                *deletion = Deletion::Asked;
            }
            self.fetch(out, Purpose::Delete(id), Request::Delete(id));
        }
    }

    pub(crate) fn delete_came(&mut self, out: &mut Outcome, id: MessageId) {
        if let Some((_, deletion)) = self.amends.deletions.get_mut(&id) {
            *deletion = Deletion::Done;
        }
        self.settle_amends(out);
    }

    pub(crate) fn delete_failed(&mut self, out: &mut Outcome, id: MessageId, failure: &Failure) {
        let again = self
            .now
            .plus_ms(failure.retry_after_ms().unwrap_or(1_000) + self.random.backoff_ms(3));
        let Some((room, deletion)) = self.amends.deletions.get_mut(&id) else {
            return;
        };
        match failure.code() {
            _ if failure.retryable() => *deletion = Deletion::Again(again),
            Some(code) => {
                let room = *room;
                self.amends.deletions.remove(&id);
                self.redraw(room);
                // What is not there any more needs no deleting.
                if code != ErrorCode::NotFound {
                    out.run(Effect::Notify(Notice::DeleteRefused { message: id, code }));
                }
            }
            None => {}
        }
    }

    pub(crate) fn edit_message(
        &mut self,
        out: &mut Outcome,
        room: RoomId,
        id: MessageId,
        body: String,
    ) {
        let unchanged = self
            .places
            .get(&id)
            .and_then(|(room, seq)| self.rooms.get(room)?.timeline.messages.get(seq))
            .is_some_and(|message| message.body == body);
        if body.trim().is_empty() || unchanged && !self.amends.edits.contains_key(&id) {
            return;
        }
        let edit = self.amends.edits.get_or_insert_with(id, || Edit {
            room,
            body: String::new(),
            sent: None,
            again_at: None,
            tries: 0,
        });
        edit.body = body;
        self.touch_message(out, id);
        self.send_edit(out, id);
    }

    /// One at a time for a message, so that the last text written is the last one saved.
    fn send_edit(&mut self, out: &mut Outcome, id: MessageId) {
        let Some(edit) = self.amends.edits.get_mut(&id) else {
            return;
        };
        if edit.sent.is_some() {
            return;
        }
        edit.again_at = None;
        let body = edit.body.clone();
        let request = Request::Edit {
            message: id,
            body: body.clone(),
        };
        let req = self.fetch(out, Purpose::Edit(id), request);
        if let Some(edit) = self.amends.edits.get_mut(&id) {
            edit.sent = Some((req, body));
        }
    }

    pub(crate) fn edit_came(&mut self, out: &mut Outcome, id: MessageId, message: Message) {
        let Some(edit) = self.amends.edits.get_mut(&id) else {
            return;
        };
        let done = edit.sent.take().is_none_or(|(_, sent)| sent == edit.body);
        let room = edit.room;
        if message.id == id && message.room_id == room {
            self.put_message(out, room, &Arc::new(message));
        }
        if done {
            self.amends.edits.remove(&id);
        } else {
            self.send_edit(out, id);
        }
        self.touch_message(out, id);
    }

    pub(crate) fn edit_failed(&mut self, out: &mut Outcome, id: MessageId, failure: &Failure) {
        let now = self.now;
        let Some(edit) = self.amends.edits.get_mut(&id) else {
            return;
        };
        edit.sent = None;
        if failure.retryable() {
            let wait = failure.retry_after_ms().unwrap_or(500) + self.random.backoff_ms(edit.tries);
            edit.tries = edit.tries.saturating_add(1);
            edit.again_at = Some(now.plus_ms(wait));
        } else if let Some(edit) = self.amends.edits.remove(&id) {
            out.run(Effect::Notify(Notice::EditRefused {
                message: id,
                code: failure.code().unwrap_or(ErrorCode::Internal),
                body: edit.body,
            }));
        }
        self.touch_message(out, id);
    }

    /// The connection is back: no more waiting.
    pub(crate) fn amends_online(&mut self) {
        let now = self.now;
        for (_, deletion) in self.amends.deletions.values_mut() {
            if matches!(deletion, Deletion::Again(_)) {
                *deletion = Deletion::Again(now);
            }
        }
        for edit in self.amends.edits.values_mut() {
            if edit.again_at.is_some() {
                (edit.again_at, edit.tries) = (Some(now), 0);
            }
        }
    }

    pub(crate) fn amends_due(&mut self, out: &mut Outcome) {
        self.deletions_due(out, false);
        let now = self.now;
        let due: Vec<MessageId> = self
            .amends
            .edits
            .iter()
            .filter(|(_, edit)| edit.again_at.is_some_and(|at| at <= now))
            .map(|(&id, _)| id)
            .collect();
        for id in due {
            self.send_edit(out, id);
        }
    }

    pub(crate) fn amends_deadline(&self) -> Option<Timestamp> {
        let deletions = self
            .amends
            .deletions
            .values()
            .filter_map(|(_, deletion)| match deletion {
                Deletion::Undoable(at) | Deletion::Again(at) => Some(*at),
                Deletion::Asked | Deletion::Done => None,
            });
        let edits = self.amends.edits.values().filter_map(|edit| edit.again_at);
        deletions.chain(edits).min()
    }

    /// Deletions whose tombstone is here, or of which nothing is loaded, are over.
    pub(crate) fn settle_amends(&mut self, out: &mut Outcome) {
        let over: Vec<(MessageId, RoomId)> = self
            .amends
            .deletions
            .iter()
            .filter(|(id, (room, deletion))| {
                let held = self
                    .places
                    .get(id)
                    .and_then(|(_, seq)| self.rooms.get(room)?.timeline.messages.get(seq));
                match held {
                    Some(message) => message.deleted_at.is_some(),
                    None => *deletion == Deletion::Done,
                }
            })
            .map(|(&id, &(room, _))| (id, room))
            .collect();
        for (id, room) in over {
            self.amends.deletions.remove(&id);
            self.redraw(room);
            self.touch_message(out, id);
        }
    }
}
