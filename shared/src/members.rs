//! Who is in a room, and as what.

use crate::{Timestamp, UserId, readable, readable_words};
use serde::{Deserialize, Serialize};

/// What someone may do in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// Reads and writes.
    Member,
    /// Also removes members and messages, sets name and topic.
    Moderator,
    /// Also names moderators and owners, and archives.
    Owner,
}

impl MemberRole {
    /// The wire text, also what the database keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Moderator => "moderator",
            Self::Owner => "owner",
        }
    }

    /// Reads the wire text; anything unknown is a plain member.
    pub fn parse(text: &str) -> Self {
        match text {
            "owner" => Self::Owner,
            "moderator" => Self::Moderator,
            _ => Self::Member,
        }
    }
}

/// A membership, or in `changes` one that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// Who.
    pub user_id: UserId,
    /// As what; absent: gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<MemberRole>,
    /// Since when.
    pub joined_at: Timestamp,
    /// The room's revision at which this last changed.
    pub rev: i64,
}

/// `GET /rooms/{id}/members`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Members {
    /// All who are in the room now.
    pub members: Vec<Member>,
}

/// `PUT /rooms/{id}/members/{user_id}`: adds someone, or changes their role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PutMember {
    /// As what.
    pub role: MemberRole,
}

readable_words! {
    MemberRole { Member = "member", Moderator = "moderator", Owner = "owner" }
}

readable! {
    Member { user_id, role, joined_at, rev }
    Members { members }
}
