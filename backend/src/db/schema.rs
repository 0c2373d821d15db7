//! The tables as diesel sees them: the columns of `migrations/`, checked against them by a test.

diesel::table! {
    server (id) { id -> BigInt, name -> Text, registration -> Text, }
}
diesel::table! {
    users (id) {
        id -> BigInt,
        username -> Text,
        name_key -> Text,
        display_name -> Text,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        role -> Text,
        bio -> Text,
        status_emoji -> Text,
        status_text -> Text,
        status_expires_at -> Nullable<BigInt>,
        presence_setting -> Text,
        time_zone -> Nullable<Text>,
        locale -> Nullable<Text>,
        avatar_key -> Nullable<Text>,
        last_seen_at -> Nullable<BigInt>,
        search_key -> Text,
        created_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
    }
}
diesel::table! {
    sessions (id) {
        id -> BigInt,
        user_id -> BigInt,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        expires_at -> BigInt,
        user_agent -> Text,
        address -> Text,
        revoked_at -> Nullable<BigInt>,
    }
}
diesel::table! {
    refresh_tokens (hash) {
        hash -> Binary,
        session_id -> BigInt,
        created_at -> BigInt,
        used_at -> Nullable<BigInt>,
        successor -> Nullable<Binary>,
    }
}
diesel::table! {
    rooms (id) {
        id -> BigInt,
        kind -> Text,
        name -> Text,
        topic -> Text,
        direct_key -> Nullable<Text>,
        is_default -> Bool,
        created_by -> Nullable<BigInt>,
        created_at -> BigInt,
        archived_at -> Nullable<BigInt>,
        member_count -> BigInt,
        last_seq -> BigInt,
        head_rev -> BigInt,
        rev -> BigInt,
    }
}
diesel::table! {
    members (room_id, user_id) {
        room_id -> BigInt,
        user_id -> BigInt,
        role -> Text,
        joined_at -> BigInt,
        left_at -> Nullable<BigInt>,
        rev -> BigInt,
        read_seq -> BigInt,
        notify -> Text,
        muted -> Bool,
        favourite -> Bool,
    }
}
diesel::table! {
    messages (id) {
        id -> BigInt,
        room_id -> BigInt,
        seq -> BigInt,
        rev -> BigInt,
        kind -> Text,
        author_id -> BigInt,
        client_id -> Nullable<Text>,
        sent_hash -> Nullable<Binary>,
        body -> Text,
        created_at -> BigInt,
        edited_at -> Nullable<BigInt>,
        deleted_at -> Nullable<BigInt>,
        reply_to -> Nullable<BigInt>,
        system -> Nullable<Text>,
    }
}
diesel::table! {
    user_parts (part, search_key, user_id) {
        part -> Text,
        search_key -> Text,
        user_id -> BigInt,
    }
}
diesel::table! {
    stale_quotes (message_id) { message_id -> BigInt, }
}
diesel::allow_tables_to_appear_in_same_query!(
    server,
    users,
    sessions,
    refresh_tokens,
    rooms,
    members,
    messages,
    user_parts,
    stale_quotes
);
