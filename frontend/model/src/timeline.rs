//! A room's loaded part: a run of messages without holes, kept right by revision. Knows no network and no other room.

use crate::map::{Map, Set};
use crate::{Edge, Key, NewLine, Row};
use shared::{
    MessageId, UserId,
    members::MemberRole,
    messages::{Message, MessageKind},
};
use std::sync::Arc;

/// Most messages kept of one room; one on screen keeps a few more, so that the oldest go many at a time.
pub(crate) const WINDOW: usize = 12_000;
/// How many more.
pub(crate) const SLACK: usize = 500;
/// Messages of one person within this time stand under one name.
const GROUP_MS: i64 = 5 * 60_000;
/// Most changes remembered while a page is on its way.
const ASIDE: usize = 2_000;

/// What the New line was drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NewMark {
    pub(crate) after: i64,
    pub(crate) count: i64,
}

/// Where a jump goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Seq(i64),
    Message(MessageId),
}

/// Which rows are to be made, or made anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fresh {
    /// None.
    #[default]
    Nothing,
    /// Those from this place on, which came to the end.
    From(i64),
    /// All.
    All,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Timeline {
    /// Everything up to this revision is in `messages`, as far as the window reaches. `None`: nothing is loaded.
    pub(crate) rev: Option<i64>,
    pub(crate) messages: Map<i64, Arc<Message>>,
    /// What of `messages` is not in the rows yet.
    pub(crate) fresh: Fresh,
    pub(crate) has_before: bool,
    pub(crate) has_after: bool,
    pub(crate) window: Load,
    pub(crate) before: Load,
    pub(crate) after: Load,
    /// Changes that the window does not show while a page is on its way: the page may have been read before them.
    aside: Map<MessageId, Arc<Message>>,
    pub(crate) members: Option<Map<UserId, Entry>>,
    /// Changes of members while their list is on its way.
    pub(crate) members_aside: Option<Map<UserId, Entry>>,
    pub(crate) new: Option<NewMark>,
    pub(crate) target: Option<Target>,
    /// Counts up with every opening of any room: the least is the first to go.
    pub(crate) opened: u64,
}

/// Someone's membership as of a revision; without a role they are gone.
pub(crate) type Entry = (Option<MemberRole>, i64);

/// Whether more is on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Load {
    #[default]
    Idle,
    Loading,
    Failed,
}

impl Load {
    fn edge(self, more: bool) -> Edge {
        match (self, more) {
            (_, false) => Edge::Reached,
            (Self::Idle, true) => Edge::More,
            (Self::Loading, true) => Edge::Loading,
            (Self::Failed, true) => Edge::Failed,
        }
    }
}

/// Whether a message counts as unread for this person.
pub(crate) fn counts(message: &Message, me: UserId) -> bool {
    message.kind == MessageKind::Text && message.author_id != me && message.deleted_at.is_none()
}

impl Timeline {
    fn first(&self) -> Option<i64> {
        self.messages.first().map(|(&seq, _)| seq)
    }

    pub(crate) fn last(&self) -> Option<i64> {
        self.messages.last().map(|(&seq, _)| seq)
    }

    pub(crate) fn oldest(&self) -> i64 {
        self.first().unwrap_or(i64::MAX)
    }

    /// Whether the window holds every message above `seq`.
    pub(crate) fn covers_after(&self, seq: i64) -> bool {
        self.rev.is_some()
            && !self.has_after
            && (!self.has_before
                || self
                    .first()
                    .is_some_and(|first| first <= seq.saturating_add(1)))
    }

    /// Whether this place lies within the window.
    pub(crate) fn holds(&self, seq: i64) -> bool {
        self.messages.contains_key(&seq)
    }

    /// Takes a message in its newest state. True when the window changed.
    pub(crate) fn put(&mut self, message: &Arc<Message>) -> bool {
        let seq = message.seq;
        // A page that takes the place of the window may have been read before this change.
        if self.window == Load::Loading {
            self.remember(message);
        }
        if let Some(held) = self.messages.get_mut(&seq) {
            if held.rev > message.rev || held == message {
                return false;
            }
            if !same_row(held, message) {
                self.fresh = Fresh::All;
            }
            *held = Arc::clone(message);
            return true;
        }
        let within = match (self.first(), self.last()) {
            (Some(first), Some(last)) => {
                (seq > first || !self.has_before) && (seq < last || !self.has_after)
            }
            _ => !self.has_before && !self.has_after,
        };
        if within && self.rev.is_some() {
            self.fresh = match self.fresh {
                Fresh::Nothing if self.goes_to_the_end(message) => Fresh::From(seq),
                Fresh::From(first) if self.goes_to_the_end(message) => Fresh::From(first),
                _ => Fresh::All,
            };
            self.messages.insert(seq, Arc::clone(message));
            return true;
        }
        if self.before == Load::Loading || self.after == Load::Loading {
            self.remember(message);
        }
        false
    }

    /// Whether no row but its own follows from a message that comes.
    fn goes_to_the_end(&self, message: &Message) -> bool {
        let answered = message.reply_to.as_ref();
        // A tombstone is shown while it is answered.
        let shows_tomb = answered
            .and_then(|reply| self.messages.get(&reply.seq))
            .is_some_and(|original| original.deleted_at.is_some());
        self.last() < Some(message.seq) && message.deleted_at.is_none() && !shows_tomb
    }

    fn remember(&mut self, message: &Arc<Message>) {
        if self.aside.len() >= ASIDE {
            return;
        }
        let newest = self
            .aside
            .get_or_insert_with(message.id, || Arc::clone(message));
        if newest.rev < message.rev {
            *newest = Arc::clone(message);
        }
    }

    /// Adds a page; what is held already in a newer state stays.
    fn add(&mut self, page: Vec<Message>) {
        for message in page {
            let newer = self
                .messages
                .get(&message.seq)
                .is_some_and(|held| held.rev >= message.rev);
            if !newer {
                self.fresh = Fresh::All;
                self.messages.insert(message.seq, Arc::new(message));
            }
        }
    }

    /// What changed while pages were on their way, now that one is here.
    fn settle_aside(&mut self) {
        for (_, message) in std::mem::take(&mut self.aside) {
            self.put(&message);
        }
    }

    /// A page that takes the place of the window. Its rows are at least as new as `head_rev`.
    pub(crate) fn replace(&mut self, page: shared::messages::Messages) {
        self.messages.clear();
        self.fresh = Fresh::All;
        self.window = Load::Idle;
        self.before = Load::Idle;
        self.after = Load::Idle;
        self.has_before = page.has_before;
        self.has_after = page.has_after;
        self.rev.get_or_insert(page.head_rev);
        self.add(page.messages);
        self.settle_aside();
    }

    /// A page that ends where the window begins.
    pub(crate) fn extend_before(&mut self, page: shared::messages::Messages) -> usize {
        let had = self.messages.len();
        self.before = Load::Idle;
        self.has_before = page.has_before;
        self.add(page.messages);
        if self.messages.len() > WINDOW {
            self.messages.keep_first(WINDOW);
            self.fresh = Fresh::All;
            self.has_after = true;
        }
        self.settle_aside();
        self.messages.len().saturating_sub(had)
    }

    /// A page that begins where the window ends.
    pub(crate) fn extend_after(&mut self, page: shared::messages::Messages) {
        self.after = Load::Idle;
        self.has_after = page.has_after;
        self.add(page.messages);
        self.trim_start();
        self.settle_aside();
    }

    /// Lets the oldest go beyond the bound.
    pub(crate) fn trim_start(&mut self) {
        if self.messages.len() > WINDOW {
            self.messages.keep_last(WINDOW);
            self.fresh = Fresh::All;
            self.has_before = true;
        }
    }

    /// Takes a membership in its newest state. True when the list changed.
    pub(crate) fn put_member(&mut self, user: UserId, entry: Entry) -> bool {
        if let Some(aside) = &mut self.members_aside {
            aside.insert(user, entry);
        }
        let Some(members) = &mut self.members else {
            return false;
        };
        if members.get(&user).is_some_and(|&(_, rev)| rev >= entry.1) {
            return false;
        }
        members.insert(user, entry);
        true
    }

    /// Others' messages above `seq`, and those of them that name `me`; 100 means more.
    pub(crate) fn unread(&self, seq: i64, me: UserId) -> (i64, i64) {
        let mut unread = 0;
        let mut mentions = 0;
        for message in self.messages.onward(&seq.saturating_add(1)).map(|(_, m)| m) {
            if counts(message, me) {
                unread = (unread + 1).min(100);
                mentions = (mentions + i64::from(message.mentions.contains(&me))).min(100);
            }
        }
        (unread, mentions)
    }

    pub(crate) fn newest_left(&self) -> Option<&Arc<Message>> {
        self.messages
            .values()
            .rev()
            .find(|message| message.deleted_at.is_none())
    }

    pub(crate) fn edges(&self) -> (Edge, Edge) {
        (
            self.before.edge(self.has_before),
            self.after.edge(self.has_after),
        )
    }

    /// Adds the rows from this place on, without those to hide; `key` names a message's row.
    pub(crate) fn draw(
        &self,
        from: i64,
        rows: &mut Vec<Row>,
        hidden: &Set<MessageId>,
        key: impl Fn(&Message) -> Key,
    ) {
        let messages = || self.messages.onward(&from).map(|(_, message)| message);
        // An answer stands below what it answers, so from the end each message is judged after all its answers.
        let mut answered: Set<MessageId> = Set::new();
        if messages().any(|message| message.deleted_at.is_some()) {
            for message in messages().rev() {
                let shown = message.deleted_at.is_none() || answered.contains(&message.id);
                if let Some(reply) = &message.reply_to
                    && shown
                    && !hidden.contains(&message.id)
                {
                    answered.insert(reply.id);
                }
            }
        }
        rows.reserve(messages().size_hint().0);
        let mut stands_alone = rows.last().is_none_or(|last| {
            let message = self.messages.get(&last.seq);
            last.system || message.is_none_or(|message| message.deleted_at.is_some())
        });
        for message in messages() {
            let gone = message.deleted_at.is_some();
            if hidden.contains(&message.id) || gone && !answered.contains(&message.id) {
                continue;
            }
            let row = row(key(message), message, rows.last().filter(|_| !stands_alone));
            stands_alone = row.system || gone;
            rows.push(if gone {
                Row {
                    starts_group: true,
                    ..row
                }
            } else {
                row
            });
        }
    }

    /// Where the New line stands among these rows, which are in order.
    pub(crate) fn new_line(&self, rows: &[Row], me: Option<UserId>) -> Option<NewLine> {
        let mark = self.new?;
        // Messages may be missing between the mark and the window.
        let reaches = !self.has_before || self.oldest() <= mark.after.saturating_add(1);
        let new = rows.partition_point(|row| row.seq <= mark.after);
        let first = rows[new..]
            .iter()
            .filter(|_| reaches)
            .find(|row| !row.system && Some(row.author) != me);
        Some(NewLine {
            above: first.map(|row| row.key),
            count: mark.count,
            after_seq: mark.after,
            since: first.map(|row| row.at),
        })
    }
}

/// Whether the list stays as it is when a message has changed like this; what the row says is another matter.
fn same_row(old: &Message, new: &Message) -> bool {
    old.deleted_at.is_none()
        && new.deleted_at.is_none()
        && (old.id, old.author_id, old.kind, old.created_at)
            == (new.id, new.author_id, new.kind, new.created_at)
        && old.client_id == new.client_id
        && old.reply_to.as_ref().map(|reply| reply.id)
            == new.reply_to.as_ref().map(|reply| reply.id)
}

/// The row of a message below another.
pub(crate) fn row(key: Key, message: &Message, above: Option<&Row>) -> Row {
    let system = message.kind == MessageKind::System;
    let goes_on = above.is_some_and(|above| {
        above.author == message.author_id
            && !above.system
            && message.created_at.0 - above.at.0 <= GROUP_MS
    });
    Row {
        key,
        seq: message.seq,
        author: message.author_id,
        at: message.created_at,
        system,
        starts_group: system || message.reply_to.is_some() || !goes_on,
    }
}
