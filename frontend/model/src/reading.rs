//! What views read of the model, each with the slice that announces its changes.

use crate::rooms::RoomState;
use crate::{
    Attention, ComposerView, Connection, Key, MessageView, Model, RoomMember, RoomRow, Row,
    Sections, Session, Snapshot, TimelineView,
};
use shared::{
    MessageId, RoomId, Timestamp, UserId,
    accounts::{Me, User},
    limits::Limits,
    presence::Presence,
    rooms::{Room, RoomKind},
};
use std::sync::Arc;

impl Model {
    /// Whether somebody is signed in. Slice: `Session`.
    pub fn session(&self) -> Session {
        self.session.clone()
    }

    /// Oneself. Slice: `Session`.
    pub fn me(&self) -> Option<&Arc<Me>> {
        match &self.session {
            Session::SignedIn(me) | Session::Ended(me) => Some(me),
            Session::Starting | Session::Unreachable | Session::SignedOut => None,
        }
    }

    pub(crate) fn my_id(&self) -> Option<UserId> {
        self.me().map(|me| me.user.id)
    }

    /// Whether this is oneself. Slice: `Session`.
    pub fn is_me(&self, user: UserId) -> bool {
        self.my_id() == Some(user)
    }

    /// The server's bounds. Slice: `Session`.
    pub fn limits(&self) -> &Limits {
        self.limits.as_ref().unwrap_or(&Limits::CURRENT)
    }

    /// What the banner says. Slice: `Connection`.
    pub fn connection(&self) -> Connection {
        self.wire.view
    }

    /// The room on screen. Slice: `Open`.
    pub fn open(&self) -> Option<RoomId> {
        self.open
    }

    /// Whether the list of one's rooms is known, from the server or from last time. Slice: `Rooms`.
    pub fn rooms_known(&self) -> bool {
        self.rooms_known
    }

    /// The room list. Slice: `Rooms`.
    pub fn sections(&self) -> Sections {
        self.sections.clone()
    }

    /// How many messages are for oneself in all rooms; 100 means more. Slice: `Attention`.
    pub fn attention(&self) -> i64 {
        self.attention
    }

    /// One row of the room list. Slice: `Room(room)`.
    pub fn room_row(&self, room: RoomId) -> Option<RoomRow> {
        self.rooms.get(&room).map(|state| self.row_of(state))
    }

    /// How loudly a room asks: that of its row. Slice: `Room(room)`.
    pub fn room_attention(&self, room: RoomId) -> Attention {
        self.rooms
            .get(&room)
            .map(RoomState::attention)
            .unwrap_or_default()
    }

    /// A room's facts, `my` included. Slice: `Room(room)`.
    pub fn room(&self, room: RoomId) -> Option<&Room> {
        self.rooms.get(&room).map(|state| &state.room)
    }

    /// A room's name; a direct room's is made of its people's names. Slice: `Room(room)`.
    pub fn room_name(&self, room: RoomId) -> String {
        self.rooms
            .get(&room)
            .map(|state| self.name_of(&state.room))
            .unwrap_or_default()
    }

    /// The direct room with exactly this one other person, when there is one. Slice: `Rooms`.
    pub fn direct_with(&self, user: UserId) -> Option<RoomId> {
        self.rooms
            .values()
            .map(|state| &state.room)
            .find(|room| room.kind == RoomKind::Direct && self.others(room).eq([user]))
            .map(|room| room.id)
    }

    /// A room's timeline. Slice: `Timeline(room)`.
    pub fn timeline(&self, room: RoomId) -> TimelineView {
        self.views
            .get(&room)
            .map(|(view, _)| view.clone())
            .unwrap_or_default()
    }

    /// The rows of `timeline`, where they are. Slice: `Timeline(room)`.
    pub fn rows(&self, room: RoomId) -> &[Row] {
        self.views.get(&room).map_or(&[], |(view, _)| &view.rows)
    }

    /// One row of a timeline. Slice: `Message(key)`.
    pub fn message(&self, key: Key) -> Option<MessageView> {
        self.message_view(key)
    }

    /// The row of a message in its timeline, if it is shown. Slice: `Timeline(room)`.
    pub fn key_of(&self, room: RoomId, message: MessageId) -> Option<Key> {
        let (_, seq) = self
            .places
            .get(&message)
            .filter(|(place, _)| *place == room)?;
        let (view, _) = self.views.get(&room)?;
        view.rows
            .iter()
            .find(|row| row.seq == *seq)
            .map(|row| row.key)
    }

    /// One's own newest message that can be edited. Slice: `Timeline(room)`.
    pub fn last_own(&self, room: RoomId) -> Option<Key> {
        self.views.get(&room).and_then(|(_, own)| *own)
    }

    /// Who is in a room, once `Action::NeedMembers` has brought it. Slice: `Members(room)`.
    pub fn members(&self, room: RoomId) -> Option<Arc<Vec<RoomMember>>> {
        self.members_of(room)
    }

    /// Who writes in a room, oneself left out. Slice: `Typing(room)`.
    pub fn typing(&self, room: RoomId) -> Vec<UserId> {
        self.people
            .typing
            .get(&room)
            .map(|writers| writers.keys().copied().collect())
            .unwrap_or_default()
    }

    /// What stands in a room's composer. Slice: `Composer(room)`.
    pub fn composer(&self, room: RoomId) -> ComposerView {
        self.composer_view(room)
    }

    /// Someone's profile; `None` until it is fetched, which showing a message or row of theirs brings about.
    /// Its `presence` says nothing: see `presence`. Slice: `User(id)`.
    pub fn user(&self, id: UserId) -> Option<&Arc<User>> {
        self.people.users.get(&id)
    }

    /// All people known here, for the switcher's and the completion's first answers. Untracked.
    pub fn users(&self) -> impl Iterator<Item = &Arc<User>> {
        self.people.users.values()
    }

    /// All one's rooms, in no order. Untracked.
    pub fn rooms(&self) -> impl Iterator<Item = &Room> {
        self.rooms.values().map(|state| &state.room)
    }

    /// How someone is; `None` while unknown, or while one is offline oneself. Slice: `Presence(id)`.
    pub fn presence(&self, id: UserId) -> Option<Presence> {
        let (presence, _) = self.people.presence.get(&id)?;
        (!self.wire.told()).then_some(*presence)
    }

    /// When someone was last seen. Slice: `Presence(id)`.
    pub fn last_seen(&self, id: UserId) -> Option<Timestamp> {
        self.people.presence.get(&id).and_then(|(_, seen)| *seen)
    }

    /// What to keep for the next start, when somebody is signed in.
    pub fn snapshot(&self) -> Option<Snapshot> {
        self.snapshot_now()
    }
}
