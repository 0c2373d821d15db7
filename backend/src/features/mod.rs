//! What Confab does, a slice per feature: routes, handlers, operations, queries. A slice calls only those
//! that stand before it here: server, users, rooms, members, messages, reads, then accounts and the rest.

pub mod members;
pub mod messages;
pub mod reads;
pub mod rooms;
pub mod system_lines;
