//! People and their sessions: who someone is, signing in, and one's own profile.

use crate::{
    SessionId, Timestamp, UserId,
    json::{Json, Read},
    presence::{Presence, PresenceSetting},
    readable, readable_words,
};
use serde::{Deserialize, Serialize};

/// What someone may do on the whole server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A person.
    Member,
    /// A person who runs the place.
    Admin,
    /// A program.
    Bot,
}

impl Role {
    /// The wire text, also what the database keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Bot => "bot",
        }
    }

    /// Reads the wire text; anything unknown is a member.
    pub fn parse(text: &str) -> Self {
        match text {
            "admin" => Self::Admin,
            "bot" => Self::Bot,
            _ => Self::Member,
        }
    }
}

/// What someone is up to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Status {
    /// One emoji, or empty.
    #[serde(default)]
    pub emoji: String,
    /// Up to 80 characters.
    #[serde(default)]
    pub text: String,
    /// When it goes by itself; absent: it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// Someone, as others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct User {
    /// Who.
    pub id: UserId,
    /// The name to sign in with and to mention; lower case.
    pub username: String,
    /// The name on the screen.
    pub display_name: String,
    /// A few words about them.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub bio: String,
    /// Path of the 256 px picture; `?size=64` gives the small one. Absent: draw initials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// What they are up to, unless it has expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// What they may do on the server.
    pub role: Role,
    /// How they are; `offline` for people one shares no room with.
    #[serde(default)]
    pub presence: Presence,
    /// When they were last connected; absent when unknown or not shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
    /// Their IANA time zone, when they gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// Oneself: a [`User`] and what only its owner sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// What others see.
    #[serde(flatten)]
    pub user: User,
    /// One's e-mail address, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The presence one chose.
    pub presence_setting: PresenceSetting,
    /// BCP 47 language tag, when one was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Whether sign-in asks for a second factor.
    #[serde(default)]
    pub totp_enabled: bool,
}

impl Read for Me {
    fn read(json: &Json<'_>) -> Option<Self> {
        Some(Self {
            user: Read::read(json)?,
            email: json.field("email")?,
            presence_setting: json.field("presence_setting")?,
            locale: json.field("locale")?,
            totp_enabled: json.field_or_default("totp_enabled")?,
        })
    }
}

/// `POST /auth/register`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// 2–32 letters, digits, `.`, `_`, `-`; unique whatever the case.
    pub username: String,
    /// 8–128 characters.
    pub password: String,
    /// Up to 64 characters; the username when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// An e-mail address to sign in with as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// An invite, where the place asks for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invite: Option<String>,
    /// The code that the server printed, for the first account of a public server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setup_code: Option<String>,
}

/// `POST /auth/login`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// Username or e-mail address.
    pub login: String,
    /// The password, every byte of it.
    pub password: String,
}

/// The answer to register, login and refresh; the refresh token travels in a cookie beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// JWT for `Authorization: Bearer …`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// Seconds until the access token ends.
    pub expires_in: i64,
    /// Who signed in.
    pub user: Me,
}

/// `POST /auth/socket-token`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SocketToken {
    /// JWT for one handshake, in the query of `GET /ws`.
    pub token: String,
    /// Seconds until it ends.
    pub expires_in: i64,
}

/// One signed-in device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Device {
    /// The session's id.
    pub id: SessionId,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When it last renewed its access.
    pub last_seen_at: Timestamp,
    /// What the browser or program called itself.
    pub user_agent: String,
    /// The address it last came from.
    pub address: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// `GET /auth/sessions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Devices {
    /// All live sessions, the newest first.
    pub sessions: Vec<Device>,
}

/// `PATCH /me`: what is absent stays; `null` clears.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchMe {
    /// 1–64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Up to 160 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
    /// What one is up to; `null` clears it.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "crate::patch"
    )]
    pub status: Option<Option<Status>>,
    /// How one wants to be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence_setting: Option<PresenceSetting>,
    /// IANA name, such as `Europe/Lisbon`; `null` clears it.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "crate::patch"
    )]
    pub time_zone: Option<Option<String>>,
    /// BCP 47 tag, such as `pt-PT`; `null` clears it.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "crate::patch"
    )]
    pub locale: Option<Option<String>>,
}

/// `POST /me/password`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The password of now.
    pub current_password: String,
    /// The one to come, 8–128 characters.
    pub new_password: String,
}

/// `DELETE /me`: the password again, since it cannot be undone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DeleteMe {
    /// The password of now.
    pub password: String,
}

/// `POST /me/export`: the password again, since it is everything at once.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ExportMe {
    /// The password of now.
    pub password: String,
}

/// `GET /users`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Users {
    /// By display name.
    pub users: Vec<User>,
    /// Give it back as `cursor` for the next page; absent: that was all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

readable_words! {
    Role { Member = "member", Admin = "admin", Bot = "bot" }
}

readable! {
    Status { emoji: default, text: default, expires_at }
    User {
        id, username, display_name, bio: default, avatar_url, status, role, presence: default, last_seen_at, time_zone,
        created_at,
    }
    Session { access_token, token_type, expires_in, user }
    SocketToken { token, expires_in }
    Device { id, created_at, last_seen_at, user_agent, address, current }
    Devices { sessions }
    Users { users, next_cursor }
}
