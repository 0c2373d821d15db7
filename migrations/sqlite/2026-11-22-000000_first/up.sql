-- Times are unix milliseconds. Ids never come back: AUTOINCREMENT.

CREATE TABLE server (
    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    registration TEXT NOT NULL
);
INSERT INTO server (id, name, registration) VALUES (1, 'Confab', 'open');

CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL,
    -- NFKC, case-folded, confusables mapped: two names that look alike have the same one.
    name_key TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    email TEXT,
    email_key TEXT UNIQUE,
    password_hash TEXT,
    role TEXT NOT NULL,
    bio TEXT NOT NULL DEFAULT '',
    status_emoji TEXT NOT NULL DEFAULT '',
    status_text TEXT NOT NULL DEFAULT '',
    status_expires_at BIGINT,
    presence_setting TEXT NOT NULL DEFAULT 'auto',
    time_zone TEXT,
    locale TEXT,
    avatar_key TEXT,
    last_seen_at BIGINT,
    -- Display name and username, lower case in the Unicode sense: what people are found and ordered by.
    search_key TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE INDEX users_by_search_key ON users (search_key, id) WHERE deleted_at IS NULL;
CREATE INDEX users_by_status_expiry ON users (status_expires_at) WHERE status_expires_at IS NOT NULL;

CREATE TABLE sessions (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id BIGINT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    -- The idle limit; moved at each refresh, never beyond the absolute limit.
    expires_at BIGINT NOT NULL,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX sessions_by_user ON sessions (user_id, id);
CREATE INDEX sessions_revoked ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    -- SHA-256 of the token; the token itself is nowhere.
    hash BLOB NOT NULL PRIMARY KEY,
    session_id BIGINT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    -- When it was exchanged, or replaced by a retry within the grace.
    used_at BIGINT,
    -- The hash of the token that the exchange gave out. Rows are dropped a minute after their use: the
    -- token's own MAC tells that it was good once.
    successor BLOB
) WITHOUT ROWID;
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

CREATE TABLE rooms (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    topic TEXT NOT NULL DEFAULT '',
    -- The sorted ids of a direct room's people: the same people have the same room.
    direct_key TEXT UNIQUE,
    -- New people are put into default rooms.
    is_default BOOLEAN NOT NULL DEFAULT FALSE,
    created_by BIGINT REFERENCES users (id),
    created_at BIGINT NOT NULL,
    archived_at BIGINT,
    member_count BIGINT NOT NULL DEFAULT 0,
    last_seq BIGINT NOT NULL DEFAULT 0,
    head_rev BIGINT NOT NULL DEFAULT 0,
    rev BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX rooms_public ON rooms (name COLLATE NOCASE, id) WHERE kind = 'public' AND archived_at IS NULL;

CREATE TABLE members (
    room_id BIGINT NOT NULL REFERENCES rooms (id),
    user_id BIGINT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    joined_at BIGINT NOT NULL,
    -- An ended membership stays as a row, so that `changes` can tell of it.
    left_at BIGINT,
    rev BIGINT NOT NULL,
    read_seq BIGINT NOT NULL DEFAULT 0,
    notify TEXT NOT NULL DEFAULT 'mentions',
    muted BOOLEAN NOT NULL DEFAULT FALSE,
    favourite BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (room_id, user_id)
) WITHOUT ROWID;
CREATE INDEX members_by_user ON members (user_id, room_id) WHERE left_at IS NULL;
CREATE INDEX members_by_rev ON members (room_id, rev);

CREATE TABLE messages (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    room_id BIGINT NOT NULL REFERENCES rooms (id),
    seq BIGINT NOT NULL,
    rev BIGINT NOT NULL,
    kind TEXT NOT NULL,
    author_id BIGINT NOT NULL REFERENCES users (id),
    client_id TEXT,
    -- SHA-256 over room, reply and body as first sent: tells a retry from a reused id, edits or not.
    sent_hash BLOB,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    edited_at BIGINT,
    deleted_at BIGINT,
    reply_to BIGINT REFERENCES messages (id),
    -- JSON of what a system line tells.
    system TEXT
);
CREATE UNIQUE INDEX messages_by_seq ON messages (room_id, seq);
CREATE UNIQUE INDEX messages_by_rev ON messages (room_id, rev);
CREATE UNIQUE INDEX messages_by_client_id ON messages (author_id, client_id) WHERE client_id IS NOT NULL;
-- What unread counts read: texts that are not deleted.
CREATE INDEX messages_unread ON messages (room_id, seq, author_id) WHERE kind = 'text' AND deleted_at IS NULL;
CREATE INDEX messages_replies ON messages (reply_to) WHERE reply_to IS NOT NULL;
