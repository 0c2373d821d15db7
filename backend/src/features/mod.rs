//! What Confab does, a slice per feature: routes, handlers, operations, queries. A slice calls only those
//! that stand before it here: names, the rooms with their members and messages (one slice in five files),
//! then users, server, profile, avatars, sessions, accounts, export, heads.

pub mod accounts;
pub mod avatars;
pub mod export;
pub mod heads;
pub mod members;
pub mod messages;
pub mod names;
pub mod profile;
pub mod reads;
pub mod rooms;
pub mod server;
pub mod sessions;
pub mod system_lines;
pub mod users;
