//! Reading the server's frames: the type first, then what goes with it.

use super::{AckResult, FrameId, Head, Hello, ServerFrame};
use crate::{
    json::{self, Json, Read, Unreadable},
    readable,
};
use serde::{Deserialize, Deserializer, de};
use std::fmt;

readable! {
    Head { room_id, head_rev }
    Hello { session_id, user, server_time, heartbeat_ms, limits, rooms }
}

impl Read for FrameId {
    fn read(json: &Json<'_>) -> Option<Self> {
        match json {
            Json::Text(text) => Some(Self::Text(text.as_ref().to_owned())),
            number => u64::read(number).map(Self::Number),
        }
    }
}

impl Read for AckResult {
    /// Which fields are there tells what was asked.
    fn read(json: &Json<'_>) -> Option<Self> {
        Some(if let Some(sent) = Read::read(json) {
            Self::Sent(sent)
        } else if let Some(changes) = Read::read(json) {
            Self::Changes(changes)
        } else if let Some(read) = Read::read(json) {
            Self::Read(read)
        } else {
            Self::Done {}
        })
    }
}

impl Read for ServerFrame {
    fn read(json: &Json<'_>) -> Option<Self> {
        Some(match json.get("type").text()? {
            "hello" => Self::Hello(Read::read(json)?),
            "message" => Self::Message {
                room_id: json.field("room_id")?,
                rev: json.field("rev")?,
                message: json.field("message")?,
            },
            "room" => Self::Room {
                room_id: json.field("room_id")?,
                rev: json.field("rev")?,
                room: json.field("room")?,
            },
            "member" => Self::Member {
                room_id: json.field("room_id")?,
                rev: json.field("rev")?,
                user_id: json.field("user_id")?,
                role: json.field("role")?,
            },
            "head" => Self::Head(Read::read(json)?),
            "lagged" => Self::Lagged {
                rooms: json.field("rooms")?,
            },
            "my_room" => Self::MyRoom {
                room: json.field("room")?,
            },
            "my_room_left" => Self::MyRoomLeft {
                room_id: json.field("room_id")?,
            },
            "presence" => Self::Presence {
                users: json.field("users")?,
            },
            "user" => Self::User {
                user: json.field("user")?,
            },
            "typing" => Self::Typing {
                room_id: json.field("room_id")?,
                user_id: json.field("user_id")?,
                expires_in_ms: json.field("expires_in_ms")?,
            },
            "ack" => Self::Ack {
                id: json.field("id")?,
                result: Read::read(json)?,
            },
            "error" => Self::Error {
                id: json.field("id")?,
                code: json.field("code")?,
                detail: json.field("detail")?,
                retry_after_ms: json.field("retry_after_ms")?,
            },
            "ping" => Self::Ping {
                server_time: json.field("server_time")?,
            },
            "bye" => Self::Bye {
                code: json.field("code")?,
                reconnect_in_ms: json.field("reconnect_in_ms")?,
            },
            "auth_needed" => Self::AuthNeeded {
                expires_in_ms: json.field("expires_in_ms")?,
            },
            _ => Self::Unknown,
        })
    }
}

impl ServerFrame {
    /// Reads a frame; one of a type that is not known here reads as `Unknown`.
    ///
    /// # Errors
    /// The text is no frame, or lacks what its type has.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        json::read(text)
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
