//! Who is here: the four presences, the four settings, and the frame entries that carry them.

use crate::{Timestamp, UserId, readable, readable_words};
use serde::{Deserialize, Serialize};

/// What others see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// A live socket, and used within the last minutes.
    Online,
    /// A live socket, but idle, or away by choice.
    Away,
    /// A live socket, not to be disturbed.
    Dnd,
    /// No live socket, or invisible.
    #[default]
    Offline,
}

/// What one chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PresenceSetting {
    /// Online while used, away when idle.
    #[default]
    Auto,
    /// Away whenever connected.
    Away,
    /// Do not disturb whenever connected.
    Dnd,
    /// Offline to everyone, whatever is connected.
    Invisible,
}

impl PresenceSetting {
    /// The wire text, also what the database keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Away => "away",
            Self::Dnd => "dnd",
            Self::Invisible => "invisible",
        }
    }

    /// Reads the wire text; anything unknown is `auto`.
    pub fn parse(text: &str) -> Self {
        match text {
            "away" => Self::Away,
            "dnd" => Self::Dnd,
            "invisible" => Self::Invisible,
            _ => Self::Auto,
        }
    }
}

/// One person's presence, as the `presence` frame lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserPresence {
    /// Who.
    pub id: UserId,
    /// How.
    pub presence: Presence,
    /// When they were last connected; absent when unknown or not shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
}

readable_words! {
    Presence { Online = "online", Away = "away", Dnd = "dnd", Offline = "offline" }
    PresenceSetting { Auto = "auto", Away = "away", Dnd = "dnd", Invisible = "invisible" }
}

readable! {
    UserPresence { id, presence, last_seen_at }
}
