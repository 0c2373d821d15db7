//! Who is asking: passwords, tokens, the extractors that prove a caller, the gate before the socket,
//! and the budgets that keep one caller from taking everybody's share. Knows no feature.

pub mod address;
pub mod caller;
pub mod cookies;
mod hs256;
pub mod limits;
pub mod origin;
pub mod password;
pub mod refresh;
pub mod revoked;
pub mod seal;
pub mod seats;
pub mod secrets;
pub mod socket;
pub mod token;

pub use caller::{Admin, Client, FileReader, Me};
pub use limits::{Limits, Verb};
pub use seats::Seats;
pub use socket::SocketCaller;
