//! Which part of which room is loaded: opening, paging, jumping, letting go. What is loaded follows the log in `sync`.

use crate::map::Map;
use crate::{
    Model, Notice, Outcome, Page, Slice,
    asked::Purpose,
    effect::Effect,
    sync::LAST,
    timeline::{Fresh, Load, NewMark, SLACK, Target, Timeline, WINDOW, counts},
};
use shared::{
    ClientFrame, RoomId,
    messages::{Message, Messages},
};
use std::sync::Arc;

/// Messages to a page.
const PAGE: i64 = 50;
/// Messages to a page around a place.
const AROUND: i64 = 80;
/// With more unread than this the latest page would not hold the New line.
const NEAR: i64 = 40;
/// Rooms whose messages are kept.
const ROOMS: usize = 30;

impl Model {
    pub(crate) fn open_room(&mut self, out: &mut Outcome, id: RoomId) {
        if self.open == Some(id) {
            return;
        }
        self.close_room(out);
        self.open = Some(id);
        out.touch(Slice::Open);
        self.enter(out, id);
        self.focus(out);
    }

    /// No room is on screen; what was new in it has been seen or will be new again.
    pub(crate) fn close_room(&mut self, out: &mut Outcome) {
        let Some(id) = self.open.take() else { return };
        out.touch(Slice::Open);
        self.watch_stale = true;
        self.clear_new_line(id);
        if let Some(state) = self.rooms.get_mut(&id) {
            state.timeline.target = None;
            self.stale.insert(id);
        }
        self.spoken.room_changed();
    }

    /// Tells the server which room is on screen.
    pub(crate) fn focus(&mut self, out: &mut Outcome) {
        if self.wire.live() {
            out.send(ClientFrame::Focus { room_id: self.open });
        }
    }

    /// What opening a room does, as soon as the room is known.
    pub(crate) fn enter(&mut self, out: &mut Outcome, id: RoomId) {
        self.openings += 1;
        let openings = self.openings;
        let Some(state) = self.rooms.get_mut(&id) else {
            return;
        };
        let (read, unread) = (state.read_seq(), state.unread());
        state.timeline.opened = openings;
        state.timeline.new = (unread > 0).then_some(NewMark {
            after: read,
            count: unread,
        });
        self.stale.insert(id);
        self.watch_stale = true;
        out.run(Effect::Notify(Notice::Opened {
            room: id,
            new: unread,
        }));
        self.load_if_needed(out, id);
        self.evict(out);
    }

    /// Loads the first page of a room: around the New line when there is much that is new, else the end.
    pub(crate) fn load_if_needed(&mut self, out: &mut Outcome, id: RoomId) {
        let Some(state) = self.rooms.get_mut(&id) else {
            return;
        };
        if state.timeline.rev.is_some() || state.timeline.window == Load::Loading {
            return;
        }
        let page = match (state.timeline.target, state.timeline.new) {
            (Some(Target::Seq(seq)), _) => Page::Around(seq),
            (_, Some(mark)) if state.room.last_seq - mark.after > NEAR => {
                Page::Around(mark.after + 1)
            }
            _ => Page::Latest,
        };
        self.load_window(out, id, page);
    }

    pub(crate) fn load_window(&mut self, out: &mut Outcome, id: RoomId, page: Page) {
        let Some(state) = self.rooms.get_mut(&id) else {
            return;
        };
        state.timeline.window = Load::Loading;
        // Pages of the window that is about to go belong nowhere.
        state.timeline.before = Load::Idle;
        state.timeline.after = Load::Idle;
        self.requests.retain(|_, purpose| {
            !matches!(purpose, Purpose::Window(room) | Purpose::Before(room) | Purpose::After(room) if *room == id)
        });
        self.stale.insert(id);
        let limit = match page {
            Page::Around(_) => AROUND,
            _ => PAGE,
        };
        self.fetch_page(out, id, page, limit);
    }

    /// Begins a room anew; what is shown stays until the page is here.
    pub(crate) fn reload(&mut self, out: &mut Outcome, id: RoomId) {
        if self.open != Some(id) {
            return self.unload(out, id);
        }
        if let Some(state) = self.rooms.get_mut(&id) {
            state.timeline.rev = None;
            if state.timeline.members.take().is_some() {
                self.members_needed.insert(id);
                out.touch(Slice::Members(id));
            }
        }
        self.load_window(out, id, Page::Latest);
    }

    /// Lets go of a room's messages.
    pub(crate) fn unload(&mut self, out: &mut Outcome, id: RoomId) {
        let now = self.now;
        let Some(state) = self.rooms.get_mut(&id) else {
            return;
        };
        let old = std::mem::take(&mut state.timeline);
        state.timeline.opened = old.opened;
        if old.rev.is_some_and(|rev| rev != state.rev) {
            // What was counted may have counted on them.
            state.dirty = true;
            state.gap_at = Some(now);
        }
        state.timeline.fresh = Fresh::All;
        self.places.retain(|_, (room, _)| *room != id);
        for message in old.messages.values() {
            out.touch(Slice::Message(self.key(message)));
        }
        if old.members.is_some() {
            out.touch(Slice::Members(id));
        }
        self.requests.retain(|_, purpose| {
            !matches!(purpose,
                Purpose::Window(room) | Purpose::Before(room) | Purpose::After(room) | Purpose::Members(room)
                if *room == id)
        });
        self.stale.insert(id);
        self.drain(out, id);
    }

    /// Rooms not opened for longest go first.
    fn evict(&mut self, out: &mut Outcome) {
        let mut loaded: Vec<(u64, RoomId)> = self
            .rooms
            .iter()
            .filter(|(_, state)| state.timeline.rev.is_some())
            .map(|(&id, state)| (state.timeline.opened, id))
            .collect();
        loaded.sort_unstable();
        let many = loaded.len().saturating_sub(ROOMS);
        for (_, id) in loaded.into_iter().take(many) {
            if self.open != Some(id) {
                self.unload(out, id);
            }
        }
    }

    pub(crate) fn load_before(&mut self, out: &mut Outcome, id: RoomId) {
        self.load_edge(out, id, |timeline| {
            let wanted = timeline.has_before && timeline.before != Load::Loading;
            let page = wanted.then(|| Page::Before(timeline.oldest()))?;
            timeline.before = Load::Loading;
            Some(page)
        });
    }

    pub(crate) fn load_after(&mut self, out: &mut Outcome, id: RoomId) {
        self.load_edge(out, id, |timeline| {
            let wanted = timeline.has_after && timeline.after != Load::Loading;
            let page = Page::After(timeline.last().filter(|_| wanted)?);
            timeline.after = Load::Loading;
            Some(page)
        });
    }

    fn load_edge(
        &mut self,
        out: &mut Outcome,
        id: RoomId,
        begin: impl FnOnce(&mut Timeline) -> Option<Page>,
    ) {
        let Some(state) = self.rooms.get_mut(&id) else {
            return;
        };
        if state.timeline.window == Load::Loading {
            return;
        }
        if state.timeline.rev.is_none() {
            return self.load_if_needed(out, id);
        }
        if let Some(page) = begin(&mut state.timeline) {
            self.stale.insert(id);
            self.fetch_page(out, id, page, PAGE);
        }
    }

    pub(crate) fn clear_new_line(&mut self, id: RoomId) {
        if let Some(state) = self.rooms.get_mut(&id) {
            state.timeline.new = None;
            self.stale.insert(id);
        }
    }

    pub(crate) fn window_came(&mut self, out: &mut Outcome, id: RoomId, page: Messages) {
        self.page_came(out, id, page, |timeline, page| {
            timeline.replace(page);
            0
        });
        if self.members_needed.contains(&id) {
            self.need_members(out, id);
        }
    }

    pub(crate) fn before_came(&mut self, out: &mut Outcome, id: RoomId, page: Messages) {
        let more = self.page_came(out, id, page, Timeline::extend_before);
        if more > 0 {
            out.run(Effect::Notify(Notice::LoadedEarlier(more)));
        }
    }

    pub(crate) fn after_came(&mut self, out: &mut Outcome, id: RoomId, page: Messages) {
        self.page_came(out, id, page, |timeline, page| {
            timeline.extend_after(page);
            0
        });
    }

    fn page_came(
        &mut self,
        out: &mut Outcome,
        id: RoomId,
        mut page: Messages,
        take: impl FnOnce(&mut Timeline, Messages) -> usize,
    ) -> usize {
        let Some(me) = self.my_id() else { return 0 };
        let now = self.now;
        page.messages
            .retain(|message| message.room_id == id && (1..LAST).contains(&message.seq));
        page.head_rev = page.head_rev.clamp(0, LAST);
        for message in &page.messages {
            self.seen(out, message);
        }
        let Some(state) = self.rooms.get_mut(&id) else {
            return 0;
        };
        let head = page.head_rev;
        let before = state.timeline.messages.clone();
        let read = state.read_seq();
        let counts_on_it =
            state.timeline.rev != Some(state.rev) && state.timeline.covers_after(read);
        let more = take(&mut state.timeline, page);
        state.head = state.head.max(head);
        let after = state.timeline.messages.clone();
        if !state.recount(me) && counts_on_it && !state.timeline.covers_after(read) {
            // Changes that the facts have were to be counted where the messages were.
            state.dirty = true;
            state.gap_at = Some(now);
        }
        self.compare(out, id, &before, &after);
        self.stale.insert(id);
        self.watch_stale = true;
        self.room_changed(out, id);
        self.drain(out, id);
        more
    }

    /// Notes which messages came, went or changed with a page.
    fn compare(
        &mut self,
        out: &mut Outcome,
        id: RoomId,
        before: &Map<i64, Arc<Message>>,
        after: &Map<i64, Arc<Message>>,
    ) {
        for (seq, message) in before.iter() {
            if !after.contains_key(seq) {
                self.places.remove(&message.id);
                out.touch(Slice::Message(self.key(message)));
            }
        }
        for (seq, message) in after.iter() {
            if before.get(seq).is_none_or(|old| !Arc::ptr_eq(old, message)) {
                self.places.insert(message.id, (id, *seq));
                out.touch(Slice::Message(self.key(message)));
            }
        }
    }

    pub(crate) fn window_failed(&mut self, id: RoomId) {
        self.load_failed(id, |timeline| &mut timeline.window);
    }

    pub(crate) fn before_failed(&mut self, id: RoomId) {
        self.load_failed(id, |timeline| &mut timeline.before);
    }

    pub(crate) fn after_failed(&mut self, id: RoomId) {
        self.load_failed(id, |timeline| &mut timeline.after);
    }

    fn load_failed(&mut self, id: RoomId, load: impl FnOnce(&mut Timeline) -> &mut Load) {
        if let Some(state) = self.rooms.get_mut(&id) {
            *load(&mut state.timeline) = Load::Failed;
            let floor = state
                .timeline
                .rev
                .map_or(state.rev, |rev| rev.min(state.rev));
            state.held.remove_before(&(floor + 1));
            self.stale.insert(id);
        }
    }

    /// Puts a message into its window, in its newest state.
    pub(crate) fn put_message(&mut self, out: &mut Outcome, id: RoomId, message: &Arc<Message>) {
        self.seen(out, message);
        let is_open_unseen = self.open == Some(id) && !self.focused;
        let me = self.my_id();
        let Some(state) = self.rooms.get_mut(&id) else {
            return;
        };
        let is_new = Some(message.seq) > state.timeline.last();
        if !state.timeline.put(message) {
            return;
        }
        // What comes while nobody looks is new when they are back.
        if is_open_unseen && is_new && me.is_some_and(|me| counts(message, me)) {
            let read = state.read_seq();
            let mark = state.timeline.new.get_or_insert(NewMark {
                after: read,
                count: 0,
            });
            mark.count = (mark.count + 1).min(100);
        }
        let many = state.timeline.messages.len() > WINDOW + SLACK;
        self.places.insert(message.id, (id, message.seq));
        out.touch(Slice::Message(self.key(message)));
        self.stale.insert(id);
        if many {
            self.trim(out, id);
        }
    }

    /// Lets go of the oldest messages of a room.
    fn trim(&mut self, out: &mut Outcome, id: RoomId) {
        let Some(state) = self.rooms.get_mut(&id) else {
            return;
        };
        let gone = state.timeline.messages.len().saturating_sub(WINDOW);
        let gone: Vec<_> = state
            .timeline
            .messages
            .values()
            .take(gone)
            .cloned()
            .collect();
        state.timeline.trim_start();
        let first = state.timeline.oldest();
        self.places
            .retain(|_, (room, seq)| *room != id || *seq >= first);
        for message in &gone {
            out.touch(Slice::Message(self.key(message)));
        }
    }
}
