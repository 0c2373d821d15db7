//! One's rooms: facts, the row of each in the list, and the order of the list.

use crate::map::Map;
use crate::{
    Attention, Model, Outcome, Preview, RoomRow, Sections, Slice, sync::Change, timeline::Timeline,
};
use shared::{
    RoomId, Timestamp, UserId, markup,
    messages::{Message, MessageKind},
    rooms::{Notify, Room, RoomKind},
};

/// Characters of the newest message in the list.
const PREVIEW_CHARS: usize = 120;

#[derive(Clone, Debug)]
pub(crate) struct RoomState {
    /// The facts as of `rev`, `my` included.
    pub(crate) room: Room,
    pub(crate) rev: i64,
    /// The newest revision heard of.
    pub(crate) head: i64,
    /// Changes that came before those they follow.
    pub(crate) held: Map<i64, Change>,
    /// When to ask for what is missing.
    pub(crate) gap_at: Option<Timestamp>,
    pub(crate) tries: u32,
    /// The facts are not certain: ask.
    pub(crate) dirty: bool,
    /// Counts what the server says of `my`, so that a slow answer does not undo it.
    pub(crate) my_epoch: u64,
    /// The marker that the server knows of, as far as we know.
    pub(crate) told: i64,
    pub(crate) read_at: Option<Timestamp>,
    pub(crate) timeline: Timeline,
    /// What the room's place in the list went by when the list was last put in order.
    listed: Option<Listed>,
    /// What it adds to the sum of what is for oneself.
    counted: i64,
}

/// What a room's place in the list goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Listed {
    name: String,
    direct: bool,
    favourite: bool,
}

impl RoomState {
    pub(crate) fn new(room: Room) -> Self {
        Self {
            rev: room.head_rev,
            head: room.head_rev,
            told: room.my.as_ref().map_or(0, |my| my.read_seq),
            room,
            held: Map::new(),
            gap_at: None,
            tries: 0,
            dirty: false,
            my_epoch: 0,
            read_at: None,
            timeline: Timeline::default(),
            listed: None,
            counted: 0,
        }
    }

    /// Notes what the room's place goes by; whether that is something else than before.
    fn relist(&mut self) -> bool {
        let room = &self.room;
        let direct = room.kind == RoomKind::Direct;
        let favourite = self.room.my.as_ref().is_some_and(|my| my.favourite);
        let same = self.listed.as_ref().is_some_and(|listed| {
            (listed.direct, listed.favourite) == (direct, favourite) && listed.name == room.name
        });
        if !same {
            self.listed = Some(Listed {
                name: room.name.clone(),
                direct,
                favourite,
            });
        }
        !same
    }

    pub(crate) fn read_seq(&self) -> i64 {
        self.room.my.as_ref().map_or(0, |my| my.read_seq)
    }

    pub(crate) fn unread(&self) -> i64 {
        self.room.my.as_ref().map_or(0, |my| my.unread)
    }

    /// Counts unread messages anew where what is loaded allows it; whether it does.
    pub(crate) fn recount(&mut self, me: UserId) -> bool {
        let Some(my) = &mut self.room.my else {
            return true;
        };
        let (unread, mentions) = if my.read_seq >= self.room.last_seq {
            (0, 0)
        } else if self.timeline.rev == Some(self.rev) && self.timeline.covers_after(my.read_seq) {
            self.timeline.unread(my.read_seq, me)
        } else {
            return false;
        };
        my.unread = unread;
        my.mentions = mentions;
        true
    }

    pub(crate) fn attention(&self) -> Attention {
        let Some(my) = &self.room.my else {
            return Attention::Quiet;
        };
        let direct = self.room.kind == RoomKind::Direct;
        if my.mentions > 0 && my.notify != Notify::None {
            return Attention::ForYou(if direct { my.unread } else { my.mentions });
        }
        match (my.unread, my.muted) {
            (0, _) | (_, true) => Attention::Quiet,
            (unread, false) if direct => Attention::ForYou(unread),
            _ => Attention::New,
        }
    }

    fn active_at(&self) -> Timestamp {
        self.room
            .last_message
            .as_ref()
            .map_or(self.room.created_at, |message| message.created_at)
    }
}

fn preview(message: &Message) -> Preview {
    Preview {
        author: message.author_id,
        text: match message.kind {
            MessageKind::Text => markup::plain(&message.body, PREVIEW_CHARS),
            MessageKind::System => String::new(),
        },
        at: message.created_at,
    }
}

impl Model {
    pub(crate) fn others<'a>(&self, room: &'a Room) -> impl Iterator<Item = UserId> + 'a {
        let me = self.my_id();
        room.member_ids
            .iter()
            .flatten()
            .copied()
            .filter(move |&id| Some(id) != me)
    }

    pub(crate) fn name_of(&self, room: &Room) -> String {
        if room.kind != RoomKind::Direct {
            return room.name.clone();
        }
        let names: Vec<&str> = self
            .others(room)
            .filter_map(|id| self.people.users.get(&id))
            .map(|user| user.display_name.as_str())
            .collect();
        if names.is_empty() && self.others(room).next().is_none() {
            return self
                .me()
                .map(|me| me.user.display_name.clone())
                .unwrap_or_default();
        }
        names.join(", ")
    }

    pub(crate) fn row_of(&self, state: &RoomState) -> RoomRow {
        let room = &state.room;
        let my = room.my.as_ref();
        RoomRow {
            id: room.id,
            kind: room.kind,
            name: self.name_of(room),
            people: match room.kind {
                RoomKind::Direct => self.others(room).collect(),
                _ => Vec::new(),
            },
            attention: state.attention(),
            unread: state.unread(),
            muted: my.is_some_and(|my| my.muted),
            favourite: my.is_some_and(|my| my.favourite),
            failed: self.outbox_failed_in(room.id),
            draft: self
                .composers
                .get(&room.id)
                .is_some_and(|composer| !composer.draft.trim().is_empty()),
            archived: room.archived_at.is_some(),
            preview: room.last_message.as_deref().map(preview),
        }
    }

    /// Something about a room changed: its row, its place in the list, the sum of what is for oneself.
    pub(crate) fn room_changed(&mut self, out: &mut Outcome, room: RoomId) {
        out.touch(Slice::Room(room));
        let Some(state) = self.rooms.get_mut(&room) else {
            return;
        };
        self.list_stale |= state.relist();
        let counts = match state.attention() {
            Attention::ForYou(count) => count,
            Attention::Quiet | Attention::New => 0,
        };
        self.counted += counts - std::mem::replace(&mut state.counted, counts);
    }

    /// A room is no more one's own.
    pub(crate) fn drop_room(&mut self, room: RoomId) {
        if let Some(state) = self.rooms.remove(&room) {
            self.counted -= state.counted;
            self.list_stale = true;
        }
    }

    /// Direct rooms go by their people's names.
    pub(crate) fn rooms_of_user_changed(&mut self, out: &mut Outcome, user: UserId) {
        for state in self.rooms.values() {
            let named = state.room.kind == RoomKind::Direct
                && state
                    .room
                    .member_ids
                    .as_ref()
                    .is_some_and(|ids| ids.contains(&user));
            if named {
                out.touch(Slice::Room(state.room.id));
                self.list_stale = true;
            }
        }
    }

    pub(crate) fn resort_people(&mut self) {
        let mut people: Vec<(Timestamp, RoomId)> = self
            .rooms
            .values()
            .filter(|state| state.room.kind == RoomKind::Direct)
            .map(|state| (state.active_at(), state.room.id))
            .collect();
        people.sort_unstable_by(|a, b| b.cmp(a));
        self.people_order = people.into_iter().map(|(_, id)| id).collect();
        self.list_stale = true;
    }

    fn sections_now(&mut self) -> Sections {
        let rooms = &self.rooms;
        let is_direct = |id: &RoomId| {
            rooms
                .get(id)
                .is_some_and(|state| state.room.kind == RoomKind::Direct)
        };
        self.people_order.retain(is_direct);
        let mut fresh: Vec<(Timestamp, RoomId)> = rooms
            .values()
            .filter(|state| {
                is_direct(&state.room.id) && !self.people_order.contains(&state.room.id)
            })
            .map(|state| (state.active_at(), state.room.id))
            .collect();
        fresh.sort_unstable_by(|a, b| b.cmp(a));
        // A conversation that has just begun stands on top; the others keep their places.
        self.people_order
            .splice(0..0, fresh.into_iter().map(|(_, id)| id));
        let pinned = |id: RoomId| {
            self.rooms
                .get(&id)
                .and_then(|state| state.room.my.as_ref())
                .is_some_and(|my| my.favourite)
        };
        let by_name = |direct: bool, favourite: bool| -> Vec<(String, RoomId)> {
            let mut list: Vec<(String, RoomId)> = self
                .rooms
                .values()
                .map(|state| &state.room)
                .filter(|room| direct || room.kind != RoomKind::Direct)
                .filter(|room| pinned(room.id) == favourite)
                .map(|room| (self.name_of(room).to_lowercase(), room.id))
                .collect();
            list.sort_unstable();
            list
        };
        let ids = |list: Vec<(String, RoomId)>| list.into_iter().map(|(_, id)| id).collect();
        Sections {
            pinned: ids(by_name(true, true)),
            rooms: ids(by_name(false, false)),
            people: self
                .people_order
                .iter()
                .copied()
                .filter(|&id| !pinned(id))
                .collect(),
        }
    }

    /// Settles the list and the sum of what is for oneself.
    pub(crate) fn settle_list(&mut self, out: &mut Outcome) {
        if std::mem::take(&mut self.list_stale) {
            let sections = self.sections_now();
            if sections != self.sections {
                self.sections = sections;
                out.touch(Slice::Rooms);
            }
        }
        let attention = self.counted.min(100);
        if attention != self.attention {
            self.attention = attention;
            out.touch(Slice::Attention);
        }
    }
}
