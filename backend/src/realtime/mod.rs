//! Live delivery: who is connected, what reaches whom, and in which order. Knows topics and frames;
//! no feature, no SQL. What is lost here is repaired by `changes`, so nothing here keeps history.

pub mod bus;
pub mod hub;
pub mod inbound;
pub mod presence;
pub mod queue;
pub mod session;
pub mod socket;
