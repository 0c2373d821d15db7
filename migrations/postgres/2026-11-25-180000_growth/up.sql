-- What people do every minute costs the same after years of messages and with very many people.

-- What unread counts and newest texts are read from, without a look at the messages.
CREATE INDEX messages_texts ON messages (room_id, seq, author_id) INCLUDE (id)
    WHERE kind = 'text' AND deleted_at IS NULL;
DROP INDEX messages_unread;

CREATE INDEX rooms_default ON rooms (id) WHERE is_default;

-- Every part of up to three characters of everybody's search key, in the order in which people are listed: to
-- find somebody by part of a name is to read on from one place.
CREATE TABLE user_parts (
    part TEXT COLLATE "C" NOT NULL,
    search_key TEXT COLLATE "C" NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    PRIMARY KEY (part, search_key, user_id)
);
INSERT INTO user_parts (part, search_key, user_id)
    WITH RECURSIVE
        places (place) AS (
            SELECT 1
            UNION ALL
            SELECT place + 1 FROM places WHERE place < (SELECT max(length(search_key)) FROM users)
        ),
        sizes (size) AS (VALUES (1), (2), (3))
    SELECT DISTINCT substr(search_key, place, size), search_key, id
        FROM users CROSS JOIN places CROSS JOIN sizes
        WHERE deleted_at IS NULL AND place + size - 1 <= length(search_key)
            AND strpos(substr(search_key, place, size), chr(10)) = 0;

-- Messages that changed and whose answers were not all renewed yet: what a start after a crash goes on with.
CREATE TABLE stale_quotes (
    message_id BIGINT NOT NULL PRIMARY KEY REFERENCES messages (id)
);
INSERT INTO stale_quotes (message_id)
    SELECT DISTINCT a.reply_to FROM messages a JOIN messages t ON t.id = a.reply_to
        WHERE a.rev < t.rev AND (t.edited_at IS NOT NULL OR t.deleted_at IS NOT NULL);
