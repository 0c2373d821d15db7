//! The place itself: its name, who may join, and the bounds it keeps.

use crate::{limits::Limits, readable, readable_words};
use serde::{Deserialize, Serialize};

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// Anyone who reaches the server.
    Open,
    /// Whoever holds an invite.
    Invite,
    /// Nobody; an admin makes accounts on the command line.
    Closed,
}

impl Registration {
    /// The wire text, also what the database keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Invite => "invite",
            Self::Closed => "closed",
        }
    }

    /// Reads the wire text; anything unknown is `closed`.
    pub fn parse(text: &str) -> Self {
        match text {
            "open" => Self::Open,
            "invite" => Self::Invite,
            _ => Self::Closed,
        }
    }
}

/// `GET /server`: what everyone may know before signing in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Server {
    /// The place's name.
    pub name: String,
    /// The server's version.
    pub version: String,
    /// Who may make an account.
    pub registration: Registration,
    /// True until the first account exists.
    pub setup_required: bool,
    /// True when the first account needs the code that the server printed at start.
    #[serde(default)]
    pub setup_code_required: bool,
    /// Bounds that clients should know.
    pub limits: Limits,
}

/// `PATCH /server`, for admins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchServer {
    /// The place's new name, 1–48 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Who may make an account from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<Registration>,
}

readable_words! {
    Registration { Open = "open", Invite = "invite", Closed = "closed" }
}

readable! {
    Server { name, version, registration, setup_required, setup_code_required: default, limits }
}
