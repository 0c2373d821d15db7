//! What the model wants done outside itself. The shell carries effects out in order and knows nothing more.

use crate::{Epoch, Outgoing, ReqId, Slice, Touched};
use shared::{ClientFrame, ErrorCode, MessageId, RoomId, UserId};

/// What an input brought about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// What a view may have to draw anew.
    pub touched: Touched,
    /// What to do, in this order.
    pub effects: Vec<Effect>,
}

impl Outcome {
    pub(crate) fn touch(&mut self, slice: Slice) {
        self.touched.add(slice);
    }

    pub(crate) fn run(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(crate) fn send(&mut self, frame: ClientFrame) {
        self.effects.push(Effect::Send(frame));
    }
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Opens a socket with a fresh single-use token; reports to this epoch.
    Connect(Epoch),
    /// Closes the socket; nothing it says afterwards matters.
    Disconnect,
    /// Sends a frame on the socket.
    Send(ClientFrame),
    /// Asks the server, and brings the answer back as `Input::Reply`.
    Fetch(ReqId, Request),
    /// Gets a token for the live socket and brings it as `Input::AuthToken`.
    RenewAuth,
    /// Keeps something in this browser.
    Save(Save),
    /// Sends `Input::Tick` after this many milliseconds, in place of the last `WakeIn`.
    WakeIn(i64),
    /// Tells the person something that is no lasting state.
    Notify(Notice),
}

/// What the model asks the server over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// `GET /rooms/{room}/messages`.
    Messages {
        /// Where.
        room: RoomId,
        /// Which part.
        page: Page,
        /// At most so many.
        limit: i64,
    },
    /// `GET /rooms/{room}/changes`.
    Changes {
        /// Where.
        room: RoomId,
        /// The revision one has.
        after: i64,
    },
    /// `GET /rooms`: a page of one's own.
    Rooms {
        /// `next_cursor` of the page before.
        cursor: Option<String>,
    },
    /// `GET /rooms/{room}`.
    Room(RoomId),
    /// `GET /messages/{message}`.
    Message(MessageId),
    /// `GET /users?ids=`, at most 100.
    Users(Vec<UserId>),
    /// `GET /rooms/{room}/members`.
    Members(RoomId),
    /// `PATCH /messages/{message}`.
    Edit {
        /// Which.
        message: MessageId,
        /// The new text.
        body: String,
    },
    /// `DELETE /messages/{message}`, also when the page is going away (`keepalive`).
    Delete(MessageId),
}

/// Which part of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The end.
    Latest,
    /// Older than this `seq`.
    Before(i64),
    /// Newer than this `seq`.
    After(i64),
    /// Both sides of this `seq`.
    Around(i64),
}

/// What to keep in this browser, for the person who is signed in.
#[derive(Clone, Debug, PartialEq)]
pub enum Save {
    /// A message that is not known to be sent, one entry each, by `client_id`.
    Outgoing(Box<Outgoing>),
    /// It is sent, or thrown away.
    OutgoingGone {
        /// Its `client_id`.
        client_id: String,
    },
    /// A draft; empty takes it away.
    Draft {
        /// Where.
        room: RoomId,
        /// The text.
        body: String,
    },
}

/// Something to tell once.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// Polite log: someone wrote in the open room.
    Said {
        /// Who.
        author: UserId,
        /// What, as it is spoken, up to 200 characters.
        text: String,
    },
    /// Polite log: so many messages came in the open room at once.
    SaidMany(u32),
    /// Polite log: a room was opened.
    Opened {
        /// Which.
        room: RoomId,
        /// How many messages in it are new; 100 means more.
        new: i64,
    },
    /// Status: older messages are there now.
    LoadedEarlier(usize),
    /// Status: a message went out after it had failed or waited.
    SentAfterRetry,
    /// Alert: a message was not sent.
    NotSent {
        /// Where.
        room: RoomId,
    },
    /// Toast: the message goes in 6 s unless undone.
    Deleting {
        /// Which.
        message: MessageId,
    },
    /// Toast: the message could not be deleted and is back.
    DeleteRefused {
        /// Which.
        message: MessageId,
        /// Why.
        code: ErrorCode,
    },
    /// Toast: the change was refused; the old text is back. The new one is here so that it is not lost.
    EditRefused {
        /// Which.
        message: MessageId,
        /// Why.
        code: ErrorCode,
        /// What had been written.
        body: String,
    },
    /// The target of a jump is not there, or one may not see it.
    NoSuchMessage {
        /// Where it was looked for.
        room: RoomId,
    },
}
