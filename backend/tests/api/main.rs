//! The proof of the server, through real HTTP and real sockets: a module per feature, a server per test.

mod support;

mod accounts;
mod frames;
mod handshake;
mod lagging;
mod policy;
mod presence;
mod removal;
mod sessions;
mod socket;
