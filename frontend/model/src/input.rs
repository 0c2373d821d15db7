//! All that can happen to the model: frames, answers, what the person does, time. Nothing else changes it.

use crate::{Key, Outgoing, Snapshot};
use shared::{
    ErrorCode, FieldError, MessageId, RoomId, ServerFrame, UserId,
    accounts::{Me, User, Users},
    members::Members,
    messages::{Changes, Message, Messages},
    rooms::{Room, Rooms},
};

/// Marks a request of the model, so that its answer finds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReqId(pub u64);

/// Numbers the sockets, so that the last words of an old one are not taken for the new one's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// What this browser kept from last time; before anything else.
    Restore(Box<Restored>),
    /// Somebody signed in, or the cookie proved that they still are.
    SignedIn(Box<Me>),
    /// They signed out, here or in another tab: forget everything.
    SignedOut,
    /// The server ended the session; keep drafts and outbox, ask to sign in again.
    SessionEnded,
    /// Whether anybody is signed in could not be found out, because the server cannot be reached.
    Unreachable,
    /// Something about the socket that `Effect::Connect` of this epoch asked for.
    Socket(Epoch, SocketEvent),
    /// The answer to an `Effect::Fetch`.
    Reply(ReqId, Result<Answer, Failure>),
    /// Something that a view's own call to the server brought.
    Learned(Learned),
    /// The answer to `Effect::RenewAuth`.
    AuthToken(String),
    /// What the person does.
    User(Action),
    /// What happens to the page.
    Page(PageEvent),
    /// Time went on: send it when `Effect::WakeIn` has run out. Early or late does no harm.
    Tick,
}

/// What a socket reports.
#[derive(Clone, Debug, PartialEq)]
pub enum SocketEvent {
    /// A frame; `hello` is the first. The shell itself answers `ping`.
    Frame(Box<ServerFrame>),
    /// It is closed, or could not be opened (1006).
    Closed {
        /// The close code.
        code: u16,
    },
}

/// What happens to the page as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageEvent {
    /// It is on screen and has the focus of the window.
    Focused,
    /// It is hidden or another window has the focus.
    Blurred,
    /// Somebody touched mouse, keyboard or screen; at most once in 30 s.
    Active,
    /// It is about to go away: what waits must go out now.
    Leaving,
    /// The browser has a network again.
    NetworkUp,
    /// The browser has no network.
    NetworkDown,
}

/// What this browser kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restored {
    /// Unsent messages of this person that no other living tab takes care of.
    pub outgoing: Vec<Outgoing>,
    /// Drafts by room.
    pub drafts: Vec<(RoomId, String)>,
    /// The last state on screen.
    pub snapshot: Option<Box<Snapshot>>,
}

/// What a request of the model brought.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A page of messages.
    Messages(Messages),
    /// What changed.
    Changes(Box<Changes>),
    /// A page of one's rooms.
    Rooms(Rooms),
    /// One room.
    Room(Box<Room>),
    /// One message.
    Message(Box<Message>),
    /// People.
    Users(Users),
    /// Who is in a room.
    Members(Members),
    /// It is done.
    Done,
}

/// What a view's own call to the server brought.
#[derive(Clone, Debug, PartialEq)]
pub enum Learned {
    /// Oneself, changed.
    Me(Box<Me>),
    /// People.
    Users(Vec<User>),
    /// A room one is in now, or whose settings or facts one changed.
    Room(Box<Room>),
    /// A room one has left.
    Left(RoomId),
}

/// What the person does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Puts a room on screen: focus, New line, first page.
    Open(RoomId),
    /// No room is on screen.
    Close,
    /// Loads 50 older messages; also tries a failed load again.
    LoadBefore(RoomId),
    /// Loads 50 newer messages, where the window does not reach the end.
    LoadAfter(RoomId),
    /// Shows a place of the room; `TimelineView::target` says when it is there.
    JumpToSeq {
        /// Where.
        room: RoomId,
        /// Which message.
        seq: i64,
    },
    /// The same, for a message whose place is not known.
    JumpToMessage {
        /// Where.
        room: RoomId,
        /// Which message.
        message: MessageId,
    },
    /// The target has been scrolled to and lit.
    Jumped(RoomId),
    /// Shows the end of the room.
    JumpToLatest(RoomId),
    /// Sends what was written: echo at once, takes reply target and clears draft.
    Send {
        /// Where.
        room: RoomId,
        /// A fresh UUID.
        client_id: String,
        /// The text, not empty.
        body: String,
    },
    /// Sends a failed or expired message again.
    TryAgain(Key),
    /// Throws a message away that is not sent. To edit it, take its text first.
    Discard(Key),
    /// Changes the text of an own message.
    Edit {
        /// Where.
        room: RoomId,
        /// Which.
        message: MessageId,
        /// The new text.
        body: String,
    },
    /// Deletes a message after 6 s, in which `UndoDelete` can bring it back.
    Delete {
        /// Where.
        room: RoomId,
        /// Which.
        message: MessageId,
    },
    /// Brings a message back that is about to be deleted.
    UndoDelete(MessageId),
    /// What the next message answers.
    Reply {
        /// Where.
        room: RoomId,
        /// Which; `None` takes it away.
        to: Option<MessageId>,
    },
    /// What stands in the composer; send it when typing pauses, not with every key.
    Draft {
        /// Where.
        room: RoomId,
        /// The text; empty takes the draft away.
        body: String,
    },
    /// A key was pressed in the composer; the model keeps to one frame in 3 s.
    Typing(RoomId),
    /// Everything up to here has been seen.
    Read {
        /// Where.
        room: RoomId,
        /// The last message seen.
        seq: i64,
    },
    /// Marks the whole room as read.
    MarkRead(RoomId),
    /// Takes the New line away.
    ClearNewLine(RoomId),
    /// Who is in this room is about to be shown.
    NeedMembers(RoomId),
    /// These people are about to be shown.
    NeedUsers(Vec<UserId>),
    /// Whose presence is on screen beside the room's people and one's direct partners, in place of the last list.
    Watch(Vec<UserId>),
    /// The pointer has been out of the list for 10 s: people may be sorted anew.
    ResortPeople,
    /// Tries to connect now.
    Reconnect,
}

/// Why something that was asked for did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server could not be reached, or did not answer in time.
    Offline,
    /// It said no.
    Refused(Box<Refusal>),
}

/// How the server said no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For the program.
    pub code: ErrorCode,
    /// For the person.
    pub detail: String,
    /// Which fields broke a rule.
    pub fields: Vec<FieldError>,
    /// How long to wait before trying again.
    pub retry_after_ms: Option<i64>,
    /// Leads to the server's log.
    pub request_id: String,
}

impl Failure {
    /// The code, when there was an answer.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Offline => None,
            Self::Refused(refusal) => Some(refusal.code),
        }
    }

    /// What a person should do, in the server's words; empty when it could not be reached.
    pub fn detail(&self) -> &str {
        match self {
            Self::Offline => "",
            Self::Refused(refusal) => &refusal.detail,
        }
    }

    /// What is wrong with this field of the request.
    pub fn field(&self, name: &str) -> Option<&FieldError> {
        match self {
            Self::Offline => None,
            Self::Refused(refusal) => refusal.fields.iter().find(|field| field.name == name),
        }
    }

    /// Whether the same request may succeed later by itself.
    pub fn retryable(&self) -> bool {
        self.code().is_none_or(ErrorCode::retryable)
    }

    /// How long the server asks to wait.
    pub fn retry_after_ms(&self) -> Option<i64> {
        match self {
            Self::Offline => None,
            Self::Refused(refusal) => refusal.retry_after_ms,
        }
    }
}
