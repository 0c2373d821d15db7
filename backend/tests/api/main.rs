//! The proof of the server, through real HTTP and real sockets: a module per feature, a server per test.
#![expect(
    clippy::expect_used,
    reason = "a test that meets the unexpected stops there and says so"
)]

mod support;

mod accounts;
mod avatars;
mod avatars_bounds;
mod backup;
mod bodies;
#[cfg(feature = "conformance")]
mod conformance;
mod convergence;
#[cfg(feature = "postgres")]
mod copy;
mod documents;
mod export;
mod frames;
mod handshake;
mod history;
mod http;
mod ids;
mod junk;
mod lagging;
mod members;
mod messages;
mod nodes;
mod overload;
mod panics;
mod patient_reads;
mod plain_text;
mod plans;
mod policy;
#[cfg(feature = "postgres")]
mod postgres;
mod presence;
mod process;
mod profile;
mod quotes;
mod reads;
mod removal;
mod rooms;
mod server;
mod sessions;
mod slow_readers;
mod socket;
mod storage;
mod storms;
mod supply;
mod tables;
mod users;
mod web_client;
