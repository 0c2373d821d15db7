//! What views read: small plain values that compare by content, made from the model on demand.

use crate::Key;
use shared::{
    ErrorCode, MessageId, RoomId, Timestamp, UserId, accounts::Me, members::MemberRole,
    messages::Message, rooms::RoomKind,
};
use std::sync::Arc;

/// Whether somebody is signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Session {
    /// Not known yet; there may be something to show from last time already.
    #[default]
    Starting,
    /// The server cannot be reached and nothing is kept: show that, and try again.
    Unreachable,
    /// Nobody: the sign-in screen.
    SignedOut,
    /// This person.
    SignedIn(Arc<Me>),
    /// This person was, until the server ended it: ask over the app, keep drafts.
    Ended(Arc<Me>),
}

/// What the banner says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// Nothing to connect for.
    #[default]
    Idle,
    /// For the first time; no banner.
    Connecting,
    /// All is well; no banner. Stays for the first 2 s of trouble.
    Online,
    /// Trying.
    Reconnecting,
    /// Not trying until then.
    Offline {
        /// When the next try begins.
        retry_at: Timestamp,
    },
    /// Back, and fetching what was missed.
    CatchingUp {
        /// How many messages came meanwhile.
        messages: i64,
    },
    /// The server ended the session.
    SessionEnded,
}

/// The sections of the room list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sections {
    /// Favourites of any kind.
    pub pinned: Vec<RoomId>,
    /// Public and private rooms, by name.
    pub rooms: Vec<RoomId>,
    /// Direct rooms, the most recent first as of the last sorting.
    pub people: Vec<RoomId>,
}

/// How loudly a room asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attention {
    /// Nothing new, or muted.
    #[default]
    Quiet,
    /// Something new: bold and a dot.
    New,
    /// For oneself: bold and a pill; 100 means more than 99.
    ForYou(i64),
}

/// One row of the room list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomRow {
    /// Which.
    pub id: RoomId,
    /// Public, private, direct.
    pub kind: RoomKind,
    /// Its name; a direct room's is made of its people's names.
    pub name: String,
    /// A direct room's other people.
    pub people: Vec<UserId>,
    /// Pill, dot or nothing.
    pub attention: Attention,
    /// New messages whatever the attention; 100 means more. For the accessible name.
    pub unread: i64,
    /// Bell-off.
    pub muted: bool,
    /// In the section Pinned.
    pub favourite: bool,
    /// A message here was not sent.
    pub failed: bool,
    /// Something is written here and not sent.
    pub draft: bool,
    /// Read-only.
    pub archived: bool,
    /// The newest message.
    pub preview: Option<Preview>,
}

/// The newest message of a room, for the list on a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Who.
    pub author: UserId,
    /// Its beginning, as meaning; empty for a system line.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// A room's timeline as a list of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimelineView {
    /// Whether there is anything to show yet; false: skeleton.
    pub loaded: bool,
    /// Nothing could be loaded: offer to try again (`Action::LoadBefore`).
    pub failed: bool,
    /// The rows, oldest first; tombstones without replies and messages about to be deleted are left out.
    pub rows: Arc<Vec<Row>>,
    /// Above the first row.
    pub before: Edge,
    /// Below the last row; `Reached` when it is the end of the room.
    pub after: Edge,
    /// Where the New line stands, if anywhere.
    pub new_line: Option<NewLine>,
    /// Scroll here and light it, then dispatch `Action::Jumped`.
    pub target: Option<Key>,
    /// Another with every change of the rows.
    pub version: u64,
    /// So many rows are settled: as long as `epoch` stays, they do, and others come behind them.
    pub settled: usize,
    /// Another when settled rows were taken out, put between or changed.
    pub epoch: u64,
}

impl TimelineView {
    /// All but the rows, for views to keep: the rows are read where they are (`Model::rows`), because a second hold on
    /// them would have the model copy them at the next message.
    #[must_use]
    pub fn frame(&self) -> Self {
        Self {
            rows: Arc::default(),
            ..*self
        }
    }
}

/// One end of the loaded part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Edge {
    /// Nothing beyond it.
    #[default]
    Reached,
    /// More beyond it.
    More,
    /// More is on its way.
    Loading,
    /// Loading more failed: offer to try again.
    Failed,
}

/// What a list needs to know of a row to lay it out; its content is `Model::message`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which.
    pub key: Key,
    /// Its place; 0 for an echo.
    pub seq: i64,
    /// Whose.
    pub author: UserId,
    /// When.
    pub at: Timestamp,
    /// A system line.
    pub system: bool,
    /// Whether avatar and name are shown. A day separator or the New line above it makes that true in any case.
    pub starts_group: bool,
}

/// Where the New line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewLine {
    /// Above this row; `None` while it lies beyond the loaded part.
    pub above: Option<Key>,
    /// How many were new when it was drawn; 100 means more.
    pub count: i64,
    /// Everything up to here had been read.
    pub after_seq: i64,
    /// When the first of them came, once known.
    pub since: Option<Timestamp>,
}

/// One message row with all that happened to it here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageView {
    /// Which row.
    pub key: Key,
    /// The message; an echo has id, seq and rev 0. A change that is being saved is in it already.
    pub message: Arc<Message>,
    /// How far it has come.
    pub delivery: Delivery,
    /// Whether a change of it is on its way.
    pub saving: bool,
}

/// How far a message has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Delivery {
    /// It is in the room.
    #[default]
    Sent,
    /// On its way; show nothing.
    Sending,
    /// On its way for over a second.
    Slow,
    /// Waits for the connection or for a message before it.
    Waiting,
    /// Refused, or no answer.
    Failed {
        /// Why; `None`: no answer in 30 s.
        code: Option<ErrorCode>,
        /// In the server's words.
        reason: String,
    },
    /// Written over a day ago and not sent: ask.
    Expired,
}

/// Someone in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomMember {
    /// Who.
    pub user: UserId,
    /// As what.
    pub role: MemberRole,
}

/// What stands in a room's composer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ComposerView {
    /// The text that was kept.
    pub draft: String,
    /// What the next message answers.
    pub reply: Option<ReplyView>,
}

/// What the next message answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyView {
    /// Which.
    pub message: MessageId,
    /// Whose.
    pub author: UserId,
    /// Its beginning, as meaning.
    pub excerpt: String,
}
