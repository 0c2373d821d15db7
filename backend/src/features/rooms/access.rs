//! The proof that someone is in a room, looked up through the member: without it nothing in a room is reached.

use super::queries::RoomRow;
use crate::{
    db::{Conn, schema},
    error::{AppError, Result},
};
use diesel::prelude::*;
use shared::{
    ErrorCode, RoomId, UserId,
    members::MemberRole,
    rooms::{Notify, RoomKind},
};

/// Role, how far they have read, and their own settings.
type Row = (String, i64, String, bool, bool);

/// Someone is in this room, as this.
#[derive(Clone, Debug)]
pub struct Membership {
    /// Who.
    pub user: UserId,
    /// The room as it is now.
    pub room: RoomRow,
    /// As what.
    pub role: MemberRole,
    /// How far they have read.
    pub read_seq: i64,
    /// Which messages call for their attention.
    pub notify: Notify,
    /// Whether the room stays quiet for them.
    pub muted: bool,
    /// Whether it stands at the top of their list.
    pub favourite: bool,
}

impl Membership {
    /// Looks a room up through one of its members.
    ///
    /// # Errors
    /// `not_found` for strangers, as if there were no such room; `forbidden` where they may know of it.
    pub fn of(conn: &mut Conn, user: UserId, room: RoomId) -> Result<Self> {
        use schema::{members, rooms};
        let membership = members::room_id
            .eq(rooms::id)
            .and(members::user_id.eq(user.0))
            .and(members::left_at.is_null());
        let (room, row): (RoomRow, Option<Row>) = rooms::table
            .left_join(members::table.on(membership))
            .filter(rooms::id.eq(room.0))
            .select((
                RoomRow::as_select(),
                (
                    members::role,
                    members::read_seq,
                    members::notify,
                    members::muted,
                    members::favourite,
                )
                    .nullable(),
            ))
            .first(conn)
            .optional()?
            .ok_or_else(AppError::not_found)?;
        let Some((role, read_seq, notify, muted, favourite)) = row else {
            return Err(if room.kind() == RoomKind::Public {
                AppError::forbidden("Join this room first.")
            } else {
                AppError::not_found()
            });
        };
        Ok(Self {
            user,
            room,
            role: MemberRole::parse(&role),
            read_seq,
            notify: Notify::parse(&notify),
            muted,
            favourite,
        })
    }

    /// Which room.
    pub fn room_id(&self) -> RoomId {
        RoomId(self.room.id)
    }

    /// Asks for a role.
    ///
    /// # Errors
    /// `forbidden` below it.
    pub fn at_least(&self, role: MemberRole) -> Result<()> {
        if self.role >= role {
            return Ok(());
        }
        Err(AppError::forbidden(match role {
            MemberRole::Owner => "Only owners of this room can do that.",
            _ => "Only owners and moderators of this room can do that.",
        }))
    }

    /// Asks for a room that takes changes.
    ///
    /// # Errors
    /// `archived`.
    pub fn writable(&self) -> Result<()> {
        if self.room.archived_at.is_some() {
            return Err(AppError::new(
                ErrorCode::Archived,
                "This room is archived. An owner can open it again.",
            ));
        }
        Ok(())
    }
}
