//! The proof of the server, through real HTTP and real sockets: a module per feature, a server per test.

mod support;

mod accounts;
mod documents;
mod frames;
mod handshake;
mod history;
mod http;
mod lagging;
mod members;
mod messages;
mod policy;
mod presence;
mod reads;
mod removal;
mod rooms;
mod sessions;
mod socket;
mod tables;
mod web_client;
