//! Reading the server's frames. serde's own way with tagged, flattened and untagged types keeps a copy of
//! every value and compiles every type twice; the client pays for that with each byte it loads, so the type
//! is read first and the rest into the one shape that goes with it.

use super::{AckResult, FrameId, Head, Hello, ServerFrame};
use crate::{
    ErrorCode, MessageId, RoomId, Timestamp, UserId,
    accounts::User,
    members::{Member, MemberRole},
    messages::{Changes, Message, Sent},
    presence::UserPresence,
    reads::ReadState,
    rooms::Room,
};
use serde::{Deserialize, Deserializer, de};
use std::{borrow::Cow, fmt};

#[derive(Deserialize)]
struct Typed<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
struct MessageFrame {
    room_id: RoomId,
    rev: i64,
    message: Box<Message>,
}

#[derive(Deserialize)]
struct RoomFrame {
    room_id: RoomId,
    rev: i64,
    room: Box<Room>,
}

#[derive(Deserialize)]
struct MemberFrame {
    room_id: RoomId,
    rev: i64,
    user_id: UserId,
    #[serde(default)]
    role: Option<MemberRole>,
}

#[derive(Deserialize)]
struct LaggedFrame {
    rooms: Vec<Head>,
}

#[derive(Deserialize)]
struct MyRoomFrame {
    room: Box<Room>,
}

#[derive(Deserialize)]
struct MyRoomLeftFrame {
    room_id: RoomId,
}

#[derive(Deserialize)]
struct PresenceFrame {
    users: Vec<UserPresence>,
}

#[derive(Deserialize)]
struct UserFrame {
    user: Box<User>,
}

#[derive(Deserialize)]
struct TypingFrame {
    room_id: RoomId,
    user_id: UserId,
    expires_in_ms: i64,
}

#[derive(Deserialize)]
struct ErrorFrame {
    #[serde(default)]
    id: Option<FrameId>,
    code: ErrorCode,
    detail: String,
    #[serde(default)]
    retry_after_ms: Option<i64>,
}

#[derive(Deserialize)]
struct PingFrame {
    server_time: Timestamp,
}

#[derive(Deserialize)]
struct ByeFrame {
    code: u16,
    reconnect_in_ms: i64,
}

#[derive(Deserialize)]
struct AuthNeededFrame {
    expires_in_ms: i64,
}

/// All that an `ack` may carry; which of it is there tells what was asked.
#[derive(Deserialize)]
struct AckFrame {
    id: FrameId,
    message_id: Option<MessageId>,
    seq: Option<i64>,
    rev: Option<i64>,
    created_at: Option<Timestamp>,
    read_seq: Option<i64>,
    unread: Option<i64>,
    mentions: Option<i64>,
    room: Option<Room>,
    members: Option<Vec<Member>>,
    messages: Option<Vec<Message>>,
    head_rev: Option<i64>,
    more: Option<bool>,
}

impl AckFrame {
    fn result(self) -> AckResult {
        match self {
            Self {
                message_id: Some(message_id),
                seq: Some(seq),
                rev: Some(rev),
                created_at: Some(created_at),
                ..
            } => AckResult::Sent(Sent {
                message_id,
                seq,
                rev,
                created_at,
            }),
            Self {
                messages: Some(messages),
                rev: Some(rev),
                head_rev: Some(head_rev),
                more: Some(more),
                room,
                members,
                ..
            } => AckResult::Changes(Box::new(Changes {
                room,
                members: members.unwrap_or_default(),
                messages,
                rev,
                head_rev,
                more,
            })),
            Self {
                read_seq: Some(read_seq),
                unread: Some(unread),
                mentions: Some(mentions),
                ..
            } => AckResult::Read(ReadState {
                read_seq,
                unread,
                mentions,
            }),
            _ => AckResult::Done {},
        }
    }
}

impl ServerFrame {
    /// Reads a frame; one of a type that is not known here reads as `Unknown`.
    ///
    /// # Errors
    /// The text is no frame, or lacks what its type has.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        fn all<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, serde_json::Error> {
            serde_json::from_str(text)
        }
        let Typed { kind } = all(text)?;
        Ok(match kind.as_ref() {
            "hello" => Self::Hello(Box::new(all::<Hello>(text)?)),
            "message" => {
                let MessageFrame {
                    room_id,
                    rev,
                    message,
                } = all(text)?;
                Self::Message {
                    room_id,
                    rev,
                    message,
                }
            }
            "room" => {
                let RoomFrame { room_id, rev, room } = all(text)?;
                Self::Room { room_id, rev, room }
            }
            "member" => {
                let MemberFrame {
                    room_id,
                    rev,
                    user_id,
                    role,
                } = all(text)?;
                Self::Member {
                    room_id,
                    rev,
                    user_id,
                    role,
                }
            }
            "head" => Self::Head(all(text)?),
            "lagged" => {
                let LaggedFrame { rooms } = all(text)?;
                Self::Lagged { rooms }
            }
            "my_room" => {
                let MyRoomFrame { room } = all(text)?;
                Self::MyRoom { room }
            }
            "my_room_left" => {
                let MyRoomLeftFrame { room_id } = all(text)?;
                Self::MyRoomLeft { room_id }
            }
            "presence" => {
                let PresenceFrame { users } = all(text)?;
                Self::Presence { users }
            }
            "user" => {
                let UserFrame { user } = all(text)?;
                Self::User { user }
            }
            "typing" => {
                let TypingFrame {
                    room_id,
                    user_id,
                    expires_in_ms,
                } = all(text)?;
                Self::Typing {
                    room_id,
                    user_id,
                    expires_in_ms,
                }
            }
            "ack" => {
                let mut ack: AckFrame = all(text)?;
                let id = std::mem::replace(&mut ack.id, FrameId::Number(0));
                Self::Ack {
                    id,
                    result: ack.result(),
                }
            }
            "error" => {
                let ErrorFrame {
                    id,
                    code,
                    detail,
                    retry_after_ms,
                } = all(text)?;
                Self::Error {
                    id,
                    code,
                    detail,
                    retry_after_ms,
                }
            }
            "ping" => {
                let PingFrame { server_time } = all(text)?;
                Self::Ping { server_time }
            }
            "bye" => {
                let ByeFrame {
                    code,
                    reconnect_in_ms,
                } = all(text)?;
                Self::Bye {
                    code,
                    reconnect_in_ms,
                }
            }
            "auth_needed" => {
                let AuthNeededFrame { expires_in_ms } = all(text)?;
                Self::AuthNeeded { expires_in_ms }
            }
            _ => Self::Unknown,
        })
    }
}

impl<'de> Deserialize<'de> for FrameId {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Mark;
        impl de::Visitor<'_> for Mark {
            type Value = FrameId;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a text")
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<FrameId, E> {
                Ok(FrameId::Number(number))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<FrameId, E> {
                Ok(FrameId::Text(text.to_owned()))
            }
        }
        from.deserialize_any(Mark)
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
