//! The proof of the server, through real HTTP and real sockets: a module per feature, a server per test.
#![expect(
    clippy::expect_used,
    reason = "a test that meets the unexpected stops there and says so"
)]

mod support;

mod accounts;
mod avatars;
mod bodies;
mod convergence;
mod documents;
mod export;
mod frames;
mod handshake;
mod history;
mod http;
mod junk;
mod lagging;
mod members;
mod messages;
mod policy;
mod presence;
mod process;
mod profile;
mod reads;
mod removal;
mod rooms;
mod server;
mod sessions;
mod socket;
mod tables;
mod users;
mod web_client;
