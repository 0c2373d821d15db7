//! The proof of the server, through real HTTP and real sockets: a module per feature, a server per test.

mod support;

mod frames;
mod handshake;
mod lagging;
mod presence;
mod removal;
mod socket;
