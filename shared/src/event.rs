//! Every frame of the socket, both ways: JSON text objects with a `type`.

mod read;

use crate::{
    ErrorCode, MessageId, RoomId, SessionId, Timestamp, UserId,
    accounts::{Me, User},
    limits::Limits,
    members::MemberRole,
    messages::{Changes, Message, Sent},
    presence::UserPresence,
    reads::ReadState,
    rooms::Room,
};
use serde::{Deserialize, Serialize};

/// The mark that a client puts on a request, given back in its `ack` or `error`: a number or a short text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub enum FrameId {
    /// A number below 2^53.
    Number(u64),
    /// A text; the server refuses more than 64 bytes.
    Text(String),
}

/// A room and how far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Which.
    pub room_id: RoomId,
    /// The revision of its newest change.
    pub head_rev: i64,
}

/// What an `ack` carries beside the `id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum AckResult {
    /// Of `send`.
    Sent(Sent),
    /// Of `changes`.
    Changes(Box<Changes>),
    /// Of `read`.
    Read(ReadState),
    /// Of everything else.
    Done {},
}

/// The first frame on a socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The session that opened the socket.
    pub session_id: SessionId,
    /// Oneself.
    pub user: Me,
    /// The server's clock.
    pub server_time: Timestamp,
    /// How often the server says `ping`, in milliseconds.
    pub heartbeat_ms: i64,
    /// Bounds that clients should know.
    pub limits: Limits,
    /// All rooms one is in, with their heads.
    pub rooms: Vec<Room>,
}

/// Server → client. Read with [`ServerFrame::read`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerFrame {
    /// The first frame.
    Hello(Box<Hello>),
    /// A message is new or changed: its full state.
    Message {
        /// Where.
        room_id: RoomId,
        /// The room's revision of this change.
        rev: i64,
        /// The state after it.
        message: Box<Message>,
    },
    /// The room itself changed.
    Room {
        /// Which.
        room_id: RoomId,
        /// The room's revision of this change.
        rev: i64,
        /// The state after it, without `my`.
        room: Box<Room>,
    },
    /// Someone came, went, or has another role.
    Member {
        /// Where.
        room_id: RoomId,
        /// The room's revision of this change.
        rev: i64,
        /// Who.
        user_id: UserId,
        /// As what; absent: gone.
        #[serde(skip_serializing_if = "Option::is_none")]
        role: Option<MemberRole>,
    },
    /// There may be something up to here that you have not got.
    Head(Head),
    /// You read too slowly and frames were dropped: ask for the changes of these rooms.
    Lagged {
        /// The rooms and their heads; empty: all rooms, heads unknown.
        rooms: Vec<Head>,
    },
    /// A room one is now in, or whose marker or settings moved on another device.
    MyRoom {
        /// The room with `my`.
        room: Box<Room>,
    },
    /// A room one is no longer in.
    MyRoomLeft {
        /// Which.
        room_id: RoomId,
    },
    /// People came or went.
    Presence {
        /// Those whose presence changed.
        users: Vec<UserPresence>,
    },
    /// Someone changed their profile.
    User {
        /// The state after it.
        user: Box<User>,
    },
    /// Someone writes in the room that one has in focus.
    Typing {
        /// Where.
        room_id: RoomId,
        /// Who.
        user_id: UserId,
        /// How long to show it without hearing again.
        expires_in_ms: i64,
    },
    /// A request was carried out.
    Ack {
        /// The request's mark.
        id: FrameId,
        /// Its result.
        #[serde(flatten)]
        result: AckResult,
    },
    /// A request was refused, or a frame was not understood.
    Error {
        /// The request's mark, when one could be read.
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<FrameId>,
        /// What went wrong.
        code: ErrorCode,
        /// What a person should do.
        detail: String,
        /// How long to wait before trying again.
        #[serde(skip_serializing_if = "Option::is_none")]
        retry_after_ms: Option<i64>,
    },
    /// Are you there? Answer `pong`.
    Ping {
        /// The server's clock.
        server_time: Timestamp,
    },
    /// The server closes; come back after a while.
    Bye {
        /// Why, as a close code.
        code: u16,
        /// When to come back.
        reconnect_in_ms: i64,
    },
    /// The access that opened this socket ends soon: send `auth`.
    AuthNeeded {
        /// When it ends.
        expires_in_ms: i64,
    },
    /// Something that this client does not know yet.
    Unknown,
}

/// Client → server. Unknown fields are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// Writes a message; acknowledged once it is durable.
    Send {
        /// The request's mark.
        id: FrameId,
        /// Where.
        room_id: RoomId,
        /// A UUID made before the first try.
        client_id: String,
        /// 1–16,000 characters.
        body: String,
        /// What it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<MessageId>,
    },
    /// Changes the text of one's own message.
    Edit {
        /// The request's mark.
        id: FrameId,
        /// Which.
        message_id: MessageId,
        /// The new text.
        body: String,
    },
    /// Deletes a message.
    Delete {
        /// The request's mark.
        id: FrameId,
        /// Which.
        message_id: MessageId,
    },
    /// Moves the read marker up.
    Read {
        /// The request's mark, when an answer is wanted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<FrameId>,
        /// Where.
        room_id: RoomId,
        /// The last message read.
        seq: i64,
    },
    /// One is writing.
    Typing {
        /// Where.
        room_id: RoomId,
    },
    /// The room on screen, or none; also the sign that someone is at the device.
    Focus {
        /// Which.
        room_id: Option<RoomId>,
    },
    /// Whose presence to send from now on, in place of the last list.
    Watch {
        /// At most 500.
        user_ids: Vec<UserId>,
    },
    /// What changed in a room after a revision.
    Changes {
        /// The request's mark.
        id: FrameId,
        /// Which.
        room_id: RoomId,
        /// The revision one has.
        after: i64,
        /// At most 500.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<i64>,
    },
    /// A fresh token for the live socket.
    Auth {
        /// The request's mark.
        id: FrameId,
        /// An access or socket token of the same session.
        token: String,
    },
    /// The answer to `ping`.
    Pong,
}

impl ClientFrame {
    /// The request's mark, where the frame is a request.
    pub fn id(&self) -> Option<&FrameId> {
        match self {
            Self::Send { id, .. }
            | Self::Edit { id, .. }
            | Self::Delete { id, .. }
            | Self::Changes { id, .. }
            | Self::Auth { id, .. } => Some(id),
            Self::Read { id, .. } => id.as_ref(),
            Self::Typing { .. } | Self::Focus { .. } | Self::Watch { .. } | Self::Pong => None,
        }
    }
}

/// Close codes of the socket (RFC 6455, 7.4; 4000–4999 are the application's own).
pub mod close {
    /// The server restarts; come back.
    pub const RESTART: u16 = 1012;
    /// Authentication ended and was not renewed.
    pub const AUTH_ENDED: u16 = 4001;
    /// Not allowed.
    pub const FORBIDDEN: u16 = 4003;
    /// Took no byte for too long.
    pub const TOO_SLOW: u16 = 4008;
    /// The session was revoked: sign in again.
    pub const SESSION_REVOKED: u16 = 4009;
    /// The client speaks another version.
    pub const PROTOCOL_VERSION: u16 = 4010;
    /// Too many frames that are none.
    pub const BAD_FRAME: u16 = 4013;
    /// Far over every budget.
    pub const FLOODING: u16 = 4029;

    /// Whether a client should come back by itself with what it has.
    pub const fn reconnect(code: u16) -> bool {
        !matches!(code, FORBIDDEN | SESSION_REVOKED | PROTOCOL_VERSION)
    }
}
