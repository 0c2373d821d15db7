//! The bounds that both sides keep to. Lengths in characters count Unicode scalar values.

use crate::readable;
use serde::{Deserialize, Serialize};

/// Longest message body, in characters.
pub const BODY_CHARS: usize = 16_000;
/// Largest inbound WebSocket message, in bytes, fragments added up.
pub const FRAME_BYTES: usize = 64 * 1024;
/// Largest JSON request body, in bytes: a full message body with every character escaped fits.
pub const JSON_BYTES: usize = 256 * 1024;
/// Largest avatar upload, in bytes.
pub const AVATAR_BYTES: usize = 8 * 1024 * 1024;
/// Longest page of messages.
pub const PAGE: i64 = 100;
/// Longest page of changes.
pub const CHANGES_PAGE: i64 = 500;
/// Most people whose presence one socket watches.
pub const WATCH: usize = 500;
/// Username length, in characters.
pub const USERNAME_CHARS: std::ops::RangeInclusive<usize> = 2..=32;
/// Password length, in characters.
pub const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 8..=128;
/// Longest display name, in characters.
pub const DISPLAY_NAME_CHARS: usize = 64;
/// Longest bio, in characters.
pub const BIO_CHARS: usize = 160;
/// Longest status text, in characters.
pub const STATUS_CHARS: usize = 80;
/// Longest e-mail address, in characters (RFC 5321, 4.5.3.1.3).
pub const EMAIL_CHARS: usize = 254;
/// Longest room name, in characters.
pub const ROOM_NAME_CHARS: usize = 64;
/// Longest topic, in characters.
pub const TOPIC_CHARS: usize = 250;
/// Most people in a direct room, oneself included.
pub const DIRECT_MEMBERS: usize = 9;
/// Most rooms one person is in.
pub const ROOMS_PER_USER: i64 = 1_000;
/// Most people in one room.
pub const MEMBERS_PER_ROOM: i64 = 100_000;
/// Longest name of the place, in characters.
pub const SERVER_NAME_CHARS: usize = 48;

/// What a client should know before it asks; part of `GET /server` and `hello`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Limits {
    /// Longest message body, in characters.
    pub body_chars: usize,
    /// Largest socket frame from a client, in bytes.
    pub frame_bytes: usize,
    /// Largest avatar upload, in bytes.
    pub avatar_bytes: usize,
    /// Longest page of messages.
    pub page: i64,
    /// Longest page of changes.
    pub changes_page: i64,
    /// Most people to `watch`.
    pub watch: usize,
}

impl Limits {
    /// The bounds of this version.
    pub const CURRENT: Self = Self {
        body_chars: BODY_CHARS,
        frame_bytes: FRAME_BYTES,
        avatar_bytes: AVATAR_BYTES,
        page: PAGE,
        changes_page: CHANGES_PAGE,
        watch: WATCH,
    };
}

readable! {
    Limits { body_chars, frame_bytes, avatar_bytes, page, changes_page, watch }
}
