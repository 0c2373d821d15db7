//! The way to the server: HTTP calls, the session's tokens, the socket. Knows no view and no store; what happens by
//! itself is told to whoever listens.

pub(crate) mod api;
mod fetch;
mod locks;
pub(crate) mod session;
pub(crate) mod socket;

pub(crate) use locks::{hold_for_life, is_held};
