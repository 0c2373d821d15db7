//! The client as a pure state machine: inputs in, changed slices and effects out.
//! No view, no browser, no clock, no randomness: time comes with every input, chance as a seed at the start.

mod effect;
mod input;
mod slice;
mod view;

pub use effect::{Effect, Notice, Outcome, Page, Request, Save};
pub use input::{
    Action, Answer, Epoch, Failure, Input, Learned, PageEvent, Refusal, ReqId, Restored, SocketEvent,
};
pub use slice::{Key, Slice, Touched};
pub use view::{
    Attention, ComposerView, Connection, Delivery, Edge, MessageView, NewLine, Preview, ReplyView,
    RoomMember, RoomRow, Row, Sections, Session, TimelineView,
};

use shared::{
    MessageId, RoomId, Timestamp, UserId,
    accounts::{Me, User},
    limits::Limits,
    messages::Message,
    presence::Presence,
    rooms::Room,
};
use std::sync::Arc;

/// A message that is not known to be in its room yet; what the browser keeps of it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Outgoing {
    /// The UUID that makes every try the same message.
    pub client_id: String,
    /// Where.
    pub room: RoomId,
    /// The text.
    pub body: String,
    /// What it answers.
    pub reply_to: Option<shared::messages::ReplyTo>,
    /// When it was written.
    pub created_at: Timestamp,
    /// Its place among the unsent: they go out in this order.
    pub order: u64,
}

/// The last state on screen, to show before the network answers.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Snapshot {
    /// Whose.
    pub me: Me,
    /// Rooms with their heads.
    pub rooms: Vec<Room>,
    /// People.
    pub users: Vec<User>,
    /// The room that was open.
    pub open: Option<RoomId>,
    /// Its newest messages.
    pub messages: Vec<Message>,
    /// The revision up to which those are right.
    pub messages_rev: i64,
    /// Whether there are older ones.
    pub has_before: bool,
}

/// The client's whole state.
#[derive(Clone, Debug, Default)]
pub struct Model {}

impl Model {
    /// An empty model. `seed` is any random number: it spreads reconnects of many clients.
    pub fn new(_seed: u64) -> Self {
        Self {}
    }

    /// Takes one thing that happened at `now`, which never runs backwards.
    pub fn apply(&mut self, _now: Timestamp, _input: Input) -> Outcome {
        Outcome::default()
    }

    /// Whether somebody is signed in. Slice: `Session`.
    pub fn session(&self) -> Session {
        Session::Starting
    }

    /// Oneself. Slice: `Session`.
    pub fn me(&self) -> Option<&Arc<Me>> {
        None
    }

    /// Whether this is oneself. Slice: `Session`.
    pub fn is_me(&self, _user: UserId) -> bool {
        false
    }

    /// The server's bounds. Slice: `Session`.
    pub fn limits(&self) -> &Limits {
        &Limits::CURRENT
    }

    /// What the banner says. Slice: `Connection`.
    pub fn connection(&self) -> Connection {
        Connection::Idle
    }

    /// The room on screen. Slice: `Open`.
    pub fn open(&self) -> Option<RoomId> {
        None
    }

    /// Whether the list of one's rooms is known, from the server or from last time. Slice: `Rooms`.
    pub fn rooms_known(&self) -> bool {
        false
    }

    /// The room list. Slice: `Rooms`.
    pub fn sections(&self) -> Sections {
        Sections::default()
    }

    /// How many messages are for oneself in all rooms; 100 means more. Slice: `Attention`.
    pub fn attention(&self) -> i64 {
        0
    }

    /// One row of the room list. Slice: `Room(room)`.
    pub fn room_row(&self, _room: RoomId) -> Option<RoomRow> {
        None
    }

    /// A room's facts, `my` included. Slice: `Room(room)`.
    pub fn room(&self, _room: RoomId) -> Option<&Room> {
        None
    }

    /// A room's name; a direct room's is made of its people's names. Slice: `Room(room)`.
    pub fn room_name(&self, _room: RoomId) -> String {
        String::new()
    }

    /// The direct room with exactly this one other person, when there is one. Slice: `Rooms`.
    pub fn direct_with(&self, _user: UserId) -> Option<RoomId> {
        None
    }

    /// A room's timeline. Slice: `Timeline(room)`.
    pub fn timeline(&self, _room: RoomId) -> TimelineView {
        TimelineView::default()
    }

    /// One row of a timeline. Slice: `Message(key)`.
    pub fn message(&self, _key: Key) -> Option<MessageView> {
        None
    }

    /// The row of a message in its timeline, if it is loaded. Slice: `Timeline(room)`.
    pub fn key_of(&self, _room: RoomId, _message: MessageId) -> Option<Key> {
        None
    }

    /// One's own newest message that can be edited. Slice: `Timeline(room)`.
    pub fn last_own(&self, _room: RoomId) -> Option<Key> {
        None
    }

    /// Who is in a room, once `Action::NeedMembers` has brought it. Slice: `Members(room)`.
    pub fn members(&self, _room: RoomId) -> Option<Arc<Vec<RoomMember>>> {
        None
    }

    /// Who writes in a room, oneself left out. Slice: `Typing(room)`.
    pub fn typing(&self, _room: RoomId) -> Vec<UserId> {
        Vec::new()
    }

    /// What stands in a room's composer. Slice: `Composer(room)`.
    pub fn composer(&self, _room: RoomId) -> ComposerView {
        ComposerView::default()
    }

    /// Someone's profile; `None` until it is fetched, which showing a message or row of theirs brings about. Slice: `User(id)`.
    pub fn user(&self, _id: UserId) -> Option<&Arc<User>> {
        None
    }

    /// All people known here, for the switcher's and the completion's first answers. Untracked.
    pub fn users(&self) -> impl Iterator<Item = &Arc<User>> {
        std::iter::empty()
    }

    /// All one's rooms, in no order. Untracked.
    pub fn rooms(&self) -> impl Iterator<Item = &Room> {
        std::iter::empty()
    }

    /// How someone is; `None` while unknown, or while one is offline oneself. Slice: `Presence(id)`.
    pub fn presence(&self, _id: UserId) -> Option<Presence> {
        None
    }

    /// When someone was last seen. Slice: `Presence(id)`.
    pub fn last_seen(&self, _id: UserId) -> Option<Timestamp> {
        None
    }

    /// What to keep for the next start, when somebody is signed in.
    pub fn snapshot(&self) -> Option<Snapshot> {
        None
    }
}
