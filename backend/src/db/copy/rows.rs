//! The rows of every table, whole, as they are read from one database and written into the other.

use crate::db::schema;
use diesel::prelude::*;

/// All columns of a table; a test compares whole tables.
macro_rules! row {
    ($name:ident of $table:ident { $($field:ident: $kind:ty,)* }) => {
        #[derive(Queryable, Selectable, Insertable, Hash)]
        #[diesel(table_name = schema::$table)]
        pub(super) struct $name {
            $($field: $kind,)*
        }
    };
}

row!(Server of server { id: i64, name: String, registration: String, });
row!(User of users {
    id: i64,
    username: String,
    name_key: String,
    display_name: String,
    email: Option<String>,
    email_key: Option<String>,
    password_hash: Option<String>,
    role: String,
    bio: String,
    status_emoji: String,
    status_text: String,
    status_expires_at: Option<i64>,
    presence_setting: String,
    time_zone: Option<String>,
    locale: Option<String>,
    avatar_key: Option<String>,
    last_seen_at: Option<i64>,
    search_key: String,
    created_at: i64,
    deleted_at: Option<i64>,
});
row!(Session of sessions {
    id: i64,
    user_id: i64,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    user_agent: String,
    address: String,
    revoked_at: Option<i64>,
});
row!(RefreshToken of refresh_tokens {
    hash: Vec<u8>,
    session_id: i64,
    created_at: i64,
    used_at: Option<i64>,
    successor: Option<Vec<u8>>,
});
row!(Room of rooms {
    id: i64,
    kind: String,
    name: String,
    topic: String,
    direct_key: Option<String>,
    is_default: bool,
    created_by: Option<i64>,
    created_at: i64,
    archived_at: Option<i64>,
    member_count: i64,
    last_seq: i64,
    head_rev: i64,
    rev: i64,
});
row!(Member of members {
    room_id: i64,
    user_id: i64,
    role: String,
    joined_at: i64,
    left_at: Option<i64>,
    rev: i64,
    read_seq: i64,
    notify: String,
    muted: bool,
    favourite: bool,
});
row!(Message of messages {
    id: i64,
    room_id: i64,
    seq: i64,
    rev: i64,
    kind: String,
    author_id: i64,
    client_id: Option<String>,
    sent_hash: Option<Vec<u8>>,
    body: String,
    created_at: i64,
    edited_at: Option<i64>,
    deleted_at: Option<i64>,
    reply_to: Option<i64>,
    system: Option<String>,
});
row!(UserPart of user_parts { part: String, search_key: String, user_id: i64, });
row!(StaleQuote of stale_quotes { message_id: i64, });
