DROP TABLE stale_quotes;
DROP TABLE user_parts;
DROP INDEX rooms_default;
CREATE INDEX messages_unread ON messages (room_id, seq, author_id) WHERE kind = 'text' AND deleted_at IS NULL;
DROP INDEX messages_texts;
