//! What leaves the process or comes from outside it: pictures on disk, decoders, scratch files.
//! Knows no feature.

pub mod avatars;
pub mod pictures;
pub mod redis;
pub mod scratch;
