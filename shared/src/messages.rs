//! Messages: what was said, in which order, and what changed since.

use crate::{
    MessageId, RoomId, Timestamp, UserId,
    json::{Json, Read},
    members::Member,
    readable, readable_words,
    rooms::Room,
};
use serde::{Deserialize, Serialize};

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// Somebody wrote it.
    Text,
    /// The server tells what happened; `system` says what.
    System,
}

/// What a system line tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum System {
    /// The author made the room.
    Created,
    /// The author joined.
    Joined,
    /// The author left.
    Left,
    /// The author added someone.
    Added {
        /// Whom.
        user_id: UserId,
    },
    /// The author removed someone.
    Removed {
        /// Whom.
        user_id: UserId,
    },
    /// The author gave the room a name.
    Renamed {
        /// The new one.
        name: String,
    },
    /// The author set the topic.
    Topic {
        /// The new one; empty: taken away.
        topic: String,
    },
    /// The author archived the room.
    Archived,
    /// The author opened it again.
    Unarchived,
    /// Something that this client does not know yet.
    #[serde(other)]
    Unknown,
}

impl Read for System {
    fn read(json: &Json<'_>) -> Option<Self> {
        let user_id = || json.field("user_id");
        Some(match json.get("event").text()? {
            "created" => Self::Created,
            "joined" => Self::Joined,
            "left" => Self::Left,
            "added" => Self::Added {
                user_id: user_id()?,
            },
            "removed" => Self::Removed {
                user_id: user_id()?,
            },
            "renamed" => Self::Renamed {
                name: json.field("name")?,
            },
            "topic" => Self::Topic {
                topic: json.field("topic")?,
            },
            "archived" => Self::Archived,
            "unarchived" => Self::Unarchived,
            _ => Self::Unknown,
        })
    }
}

/// The message that another answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplyTo {
    /// Which.
    pub id: MessageId,
    /// Its place.
    pub seq: i64,
    /// Who wrote it.
    pub author_id: UserId,
    /// Its beginning, up to 120 characters; empty when it is deleted.
    pub excerpt: String,
}

/// One kind of reaction to a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// How many.
    pub count: i64,
    /// Who, in order.
    pub user_ids: Vec<UserId>,
}

/// A message in its full state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// Which.
    pub id: MessageId,
    /// Where.
    pub room_id: RoomId,
    /// Its place in the room, for ever.
    pub seq: i64,
    /// The room's revision at which it last changed.
    pub rev: i64,
    /// Written by somebody, or told by the server.
    pub kind: MessageKind,
    /// Who wrote it, or whose act the system line tells.
    pub author_id: UserId,
    /// The UUID its sender made for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The text exactly as written; empty when deleted.
    pub body: String,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When its text last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// What it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<ReplyTo>,
    /// Reactions, in order of first use.
    #[serde(default)]
    pub reactions: Vec<Reaction>,
    /// Whom it names.
    #[serde(default)]
    pub mentions: Vec<UserId>,
    /// What happened, with `kind` `system`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<System>,
}

/// `POST /rooms/{id}/messages`; the `send` frame carries the same fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// A UUID made before the first try: the same one never makes a second message.
    pub client_id: String,
    /// 1–16,000 characters.
    pub body: String,
    /// A message of the same room that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
}

/// `PATCH /messages/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchMessage {
    /// 1–16,000 characters.
    pub body: String,
}

/// `GET /rooms/{id}/messages`: one page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Messages {
    /// By `seq`, upwards.
    pub messages: Vec<Message>,
    /// Whether there is more below the first.
    pub has_before: bool,
    /// Whether there is more above the last.
    pub has_after: bool,
    /// The room's head, read before the rows: changes after it are not certain to be in them.
    pub head_rev: i64,
}

/// `GET /rooms/{id}/changes`: what changed after a revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Changes {
    /// The room, when it changed itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<Room>,
    /// Memberships that changed, ended ones without a role.
    #[serde(default)]
    pub members: Vec<Member>,
    /// Messages that are new or changed, by `rev`, upwards.
    pub messages: Vec<Message>,
    /// Everything up to here is in this answer and the ones before it.
    pub rev: i64,
    /// The room's head when this was read.
    pub head_rev: i64,
    /// Whether to ask again from `rev`.
    pub more: bool,
}

/// What `ack` says of a `send`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Which message it became.
    pub message_id: MessageId,
    /// Its place in the room.
    pub seq: i64,
    /// The revision at which it last changed.
    pub rev: i64,
    /// When it was accepted.
    pub created_at: Timestamp,
}

readable_words! {
    MessageKind { Text = "text", System = "system" }
}

readable! {
    ReplyTo { id, seq, author_id, excerpt }
    Reaction { emoji, count, user_ids }
    Message {
        id, room_id, seq, rev, kind, author_id, client_id, body, created_at, edited_at, deleted_at, reply_to,
        reactions: default, mentions: default, system,
    }
    Messages { messages, has_before, has_after, head_rev }
    Changes { room, members: default, messages, rev, head_rev, more }
    Sent { message_id, seq, rev, created_at }
}
