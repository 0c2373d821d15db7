//! System lines: what happened in a room, told by the server as a message of its own kind.

use crate::{
    db::{Tx, schema},
    error::{AppError, Result},
    features::messages,
};
use diesel::prelude::*;
use shared::{RoomId, UserId, messages::System};

/// Adds a line in the name of the one whose act it tells, and announces it.
///
/// # Errors
/// Those of the database.
pub fn add(tx: &mut Tx<'_>, room: RoomId, by: UserId, line: &System) -> Result<()> {
    use schema::messages::dsl;
    let place = messages::next_place(tx, room)?;
    let told = serde_json::to_string(line).map_err(AppError::internal)?;
    let id: i64 = diesel::insert_into(dsl::messages)
        .values((
            dsl::room_id.eq(room.0),
            dsl::seq.eq(place.seq),
            dsl::rev.eq(place.rev),
            dsl::kind.eq("system"),
            dsl::author_id.eq(by.0),
            dsl::body.eq(""),
            dsl::created_at.eq(tx.now.0),
            dsl::system.eq(told),
        ))
        .returning(dsl::id)
        .get_result(tx.conn)?;
    messages::announce(tx, id)?;
    Ok(())
}
