DROP TABLE messages;
DROP TABLE members;
DROP TABLE rooms;
DROP TABLE refresh_tokens;
DROP TABLE sessions;
DROP TABLE users;
DROP TABLE server;
DROP TABLE writers;
