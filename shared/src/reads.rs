//! How far one has read a room.

use crate::readable;
use serde::{Deserialize, Serialize};

/// `PUT /rooms/{id}/read`: moves the marker up, never down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PutRead {
    /// The last message read.
    pub seq: i64,
}

/// Where the marker stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadState {
    /// The last message read.
    pub read_seq: i64,
    /// Others' messages above it; exact up to 99, 100 means more.
    pub unread: i64,
    /// Those that name one.
    pub mentions: i64,
}

readable! {
    ReadState { read_seq, unread, mentions }
}
