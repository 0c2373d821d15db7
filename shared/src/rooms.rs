//! Rooms: what they are, making them, changing them, and what is one's own about them.

use crate::{
    RoomId, Timestamp, UserId, members::MemberRole, messages::Message, readable, readable_words,
};
use serde::{Deserialize, Serialize};

/// Who can find and enter a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoomKind {
    /// Everyone finds and joins it.
    Public,
    /// Only members know of it; they add others.
    Private,
    /// A conversation of a fixed set of people.
    Direct,
}

impl RoomKind {
    /// The wire text, also what the database keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Direct => "direct",
        }
    }

    /// Reads the wire text; anything unknown is private, the safest.
    pub fn parse(text: &str) -> Self {
        match text {
            "public" => Self::Public,
            "direct" => Self::Direct,
            _ => Self::Private,
        }
    }
}

/// Which messages of a room call for one's attention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Notify {
    /// Every message.
    All,
    /// Those for oneself.
    #[default]
    Mentions,
    /// None.
    None,
}

impl Notify {
    /// The wire text, also what the database keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Mentions => "mentions",
            Self::None => "none",
        }
    }

    /// Reads the wire text; anything unknown is `mentions`.
    pub fn parse(text: &str) -> Self {
        match text {
            "all" => Self::All,
            "none" => Self::None,
            _ => Self::Mentions,
        }
    }
}

/// What is one's own about a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct My {
    /// One's role in it.
    pub role: MemberRole,
    /// Since when one is in it.
    pub joined_at: Timestamp,
    /// The last message read.
    pub read_seq: i64,
    /// Others' messages above `read_seq`; exact up to 99, 100 means more.
    pub unread: i64,
    /// Those that name one.
    pub mentions: i64,
    /// Which messages call for attention.
    pub notify: Notify,
    /// Whether the room stays quiet whatever happens in it.
    pub muted: bool,
    /// Whether it stands at the top of the list.
    pub favourite: bool,
}

/// A room, as the one who asks sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Room {
    /// Which.
    pub id: RoomId,
    /// Who can find and enter it.
    pub kind: RoomKind,
    /// Its name; empty for direct rooms, which go by their people.
    pub name: String,
    /// What it is about just now.
    pub topic: String,
    /// The people of a direct room, oneself included; absent for other kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_ids: Option<Vec<UserId>>,
    /// How many are in it.
    pub member_count: i64,
    /// Who made it; absent when the server did, or they are gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was archived; absent: it is alive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<Timestamp>,
    /// The `seq` of its newest message, 0 when there is none.
    pub last_seq: i64,
    /// The revision of its newest change of any kind.
    pub head_rev: i64,
    /// The revision at which the room itself last changed.
    pub rev: i64,
    /// The newest message that is not deleted; only for members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<Box<Message>>,
    /// What is one's own about it; absent for those who are not in it, and in frames to the whole room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub my: Option<My>,
}

/// `GET /rooms`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rooms {
    /// Mine by id; the directory by name.
    pub rooms: Vec<Room>,
    /// Give it back as `cursor` for the next page; absent: that was all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// `POST /rooms`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRoom {
    /// `public` or `private`.
    pub kind: RoomKind,
    /// 1–64 characters.
    pub name: String,
    /// Up to 250 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Who else is in it from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member_ids: Option<Vec<UserId>>,
}

/// `POST /rooms/direct`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewDirect {
    /// The others; oneself is always in it.
    pub user_ids: Vec<UserId>,
}

/// `PATCH /rooms/{id}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchRoom {
    /// 1–64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Up to 250 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// `true` closes the room for writing, `false` opens it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
}

/// `PATCH /rooms/{id}/settings`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchMy {
    /// Which messages call for attention.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
    /// Whether the room stays quiet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted: Option<bool>,
    /// Whether it stands at the top of the list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub favourite: Option<bool>,
}

readable_words! {
    RoomKind { Public = "public", Private = "private", Direct = "direct" }
    Notify { All = "all", Mentions = "mentions", None = "none" }
}

readable! {
    My { role, joined_at, read_seq, unread, mentions, notify, muted, favourite }
    Room {
        id, kind, name, topic, member_ids, member_count, created_by, created_at, archived_at, last_seq, head_rev, rev,
        last_message, my,
    }
    Rooms { rooms, next_cursor }
}
