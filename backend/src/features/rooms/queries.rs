//! What the database is asked about rooms.

use crate::{
    db::{Conn, schema},
    error::{AppError, Result},
    event::Topic,
};
use diesel::prelude::*;
use shared::{RoomId, UserId, limits, rooms::RoomKind};
use std::collections::HashSet;

/// A row of `rooms`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = schema::rooms)]
pub struct RoomRow {
    pub id: i64,
    pub kind: String,
    pub name: String,
    pub topic: String,
    pub created_by: Option<i64>,
    pub created_at: i64,
    pub archived_at: Option<i64>,
    pub member_count: i64,
    pub last_seq: i64,
    pub head_rev: i64,
    pub rev: i64,
}

impl RoomRow {
    /// Who can find and enter it.
    pub fn kind(&self) -> RoomKind {
        RoomKind::parse(&self.kind)
    }
}

pub(super) fn row(conn: &mut Conn, id: RoomId) -> Result<RoomRow> {
    schema::rooms::table
        .find(id.0)
        .select(RoomRow::as_select())
        .first(conn)
        .optional()?
        .ok_or_else(AppError::not_found)
}

/// Refuses ids that name nobody.
pub(super) fn require_people(conn: &mut Conn, field: &str, ids: &[UserId]) -> Result<()> {
    use schema::users::dsl;
    const MOST: usize = 500;
    if ids.len() > MOST {
        return Err(AppError::field(
            field,
            "too_long",
            "Name at most 500 people at once.",
        ));
    }
    let wanted: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let known: i64 = dsl::users
        .filter(dsl::id.eq_any(&wanted).and(dsl::deleted_at.is_null()))
        .count()
        .get_result(conn)?;
    if usize::try_from(known).ok() != Some(ids.len()) {
        return Err(AppError::field(
            field,
            "invalid",
            "Somebody in this list isn't here.",
        ));
    }
    Ok(())
}

/// Refuses one more room to someone who is in very many.
///
/// # Errors
/// `forbidden`.
pub fn require_room_to_grow(conn: &mut Conn, user: UserId) -> Result<()> {
    use schema::members::dsl;
    let rooms: i64 = dsl::members
        .filter(dsl::user_id.eq(user.0).and(dsl::left_at.is_null()))
        .count()
        .get_result(conn)?;
    if rooms >= limits::ROOMS_PER_USER {
        return Err(AppError::forbidden(
            "You are in as many rooms as one person can be. Leave one first.",
        ));
    }
    Ok(())
}

/// Everyone who may see this person's profile change at once: those who share a room, and themselves.
///
/// # Errors
/// Those of the database.
pub fn peers_topic(conn: &mut Conn, user: UserId) -> Result<Topic> {
    Ok(Topic::Peers(user, super::ids_of(conn, user)?))
}

/// Which of these people share a room with the viewer, themselves included.
///
/// # Errors
/// Those of the database.
pub fn sharing(conn: &mut Conn, viewer: UserId, ids: &[UserId]) -> Result<HashSet<UserId>> {
    let (theirs, mine) = diesel::alias!(schema::members as theirs, schema::members as mine);
    let wanted: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let found: Vec<i64> = theirs
        .inner_join(
            mine.on(mine
                .field(schema::members::room_id)
                .eq(theirs.field(schema::members::room_id))),
        )
        .filter(mine.field(schema::members::user_id).eq(viewer.0))
        .filter(mine.field(schema::members::left_at).is_null())
        .filter(theirs.field(schema::members::user_id).eq_any(wanted))
        .filter(theirs.field(schema::members::left_at).is_null())
        .select(theirs.field(schema::members::user_id))
        .distinct()
        .load(conn)?;
    let mut sharing: HashSet<UserId> = found.into_iter().map(UserId).collect();
    if ids.contains(&viewer) {
        sharing.insert(viewer);
    }
    Ok(sharing)
}
