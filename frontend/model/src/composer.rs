//! What stands in each room's composer: the draft, and what the next message answers. Survives a room change; the
//! draft survives a reload too.

use crate::{ComposerView, Effect, Model, Outcome, ReplyView, Save, Slice};
use shared::{
    MessageId, RoomId, markup,
    messages::{Message, ReplyTo},
};

/// Characters of the answered message above the composer.
const EXCERPT_CHARS: usize = 120;

#[derive(Clone, Debug, Default)]
pub(crate) struct Composer {
    pub(crate) draft: String,
    reply: Option<ReplyTo>,
}

impl Model {
    pub(crate) fn set_draft(&mut self, out: &mut Outcome, room: RoomId, body: String) {
        let composer = self.composers.get_or_insert_with(room, Composer::default);
        if composer.draft == body {
            return;
        }
        composer.draft.clone_from(&body);
        out.run(Effect::Save(Save::Draft { room, body }));
        out.touch(Slice::Composer(room));
        out.touch(Slice::Room(room));
    }

    pub(crate) fn set_reply(&mut self, out: &mut Outcome, room: RoomId, to: Option<MessageId>) {
        let reply = to.and_then(|id| {
            let (place, seq) = self.places.get(&id)?;
            let message = self.rooms.get(place)?.timeline.messages.get(seq)?;
            (*place == room).then(|| self.reply_of(message))
        });
        self.composers
            .get_or_insert_with(room, Composer::default)
            .reply = reply;
        out.touch(Slice::Composer(room));
    }

    pub(crate) fn take_reply(&mut self, out: &mut Outcome, room: RoomId) -> Option<ReplyTo> {
        let reply = self.composers.get_mut(&room)?.reply.take();
        if reply.is_some() {
            out.touch(Slice::Composer(room));
        }
        reply
    }

    pub(crate) fn composer_view(&self, room: RoomId) -> ComposerView {
        self.composers
            .get(&room)
            .map(|composer| ComposerView {
                draft: composer.draft.clone(),
                reply: composer.reply.as_ref().map(|reply| ReplyView {
                    message: reply.id,
                    author: reply.author_id,
                    excerpt: markup::plain(&reply.excerpt, EXCERPT_CHARS),
                }),
            })
            .unwrap_or_default()
    }

    fn reply_of(&self, message: &Message) -> ReplyTo {
        ReplyTo {
            id: message.id,
            seq: message.seq,
            author_id: message.author_id,
            excerpt: message.body.chars().take(120).collect(),
        }
    }
}
