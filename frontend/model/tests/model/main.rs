//! The client's logic against a server in memory and a network that can do anything.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "small numbers"
)]

mod chaos;
mod client;
mod connection;
mod counting;
mod properties;
mod reading;
mod rejoining;
mod sending;
mod server;
