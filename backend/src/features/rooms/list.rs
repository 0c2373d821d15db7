//! Rooms as one person sees them: rows, last messages, unread counts and direct rooms' people, in few queries.

use super::queries::{self, RoomRow};
use crate::{
    db::{Conn, Dialect, dialect, prepared::prepared, schema},
    error::{AppError, Result},
    features::messages,
};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{BigInt, Bool, Text},
};
use shared::{
    RoomId, Timestamp, UserId,
    members::MemberRole,
    messages::Message,
    rooms::{My, Notify, Room, RoomKind, Rooms},
};
use std::collections::HashMap;

/// Rooms of the directory that fit one page.
const DIRECTORY_PAGE: i64 = 100;

#[derive(Queryable)]
struct MyRow {
    room_id: i64,
    role: String,
    joined_at: i64,
    read_seq: i64,
    notify: String,
    muted: bool,
    favourite: bool,
    unread: i64,
    last_id: i64,
}

/// One's memberships with what is derived from them: unread is counted from the marker, up to 100, and the
/// newest text is found, both in `messages_texts` alone. Ends where more conditions may follow.
macro_rules! my_rows {
    ($more:literal) => {
        concat!(
            "SELECT m.room_id, m.role, m.joined_at, m.read_seq, m.notify, m.muted, m.favourite,
    (SELECT count(*) FROM (SELECT 1 FROM messages x WHERE x.room_id = m.room_id AND x.seq > m.read_seq
        AND x.kind = 'text' AND x.deleted_at IS NULL AND x.author_id <> m.user_id LIMIT 100) AS few) AS unread,
    coalesce((SELECT l.id FROM messages l WHERE l.room_id = m.room_id AND l.kind = 'text'
        AND l.deleted_at IS NULL ORDER BY l.seq DESC LIMIT 1), 0) AS last_id
    FROM members m WHERE m.user_id = ? AND m.left_at IS NULL ",
            $more
        )
    };
}

/// What `my_rows` gives, by SQL type.
type MyColumns = (
    BigInt,
    Text,
    BigInt,
    BigInt,
    Text,
    Bool,
    Bool,
    BigInt,
    BigInt,
);

impl MyRow {
    fn my(&self) -> My {
        My {
            role: MemberRole::parse(&self.role),
            joined_at: Timestamp(self.joined_at),
            read_seq: self.read_seq,
            unread: self.unread,
            mentions: 0,
            notify: Notify::parse(&self.notify),
            muted: self.muted,
            favourite: self.favourite,
        }
    }
}

/// All rooms of one person, by id.
///
/// # Errors
/// Those of the database.
pub fn mine(conn: &mut Conn, me: UserId) -> Result<Vec<Room>> {
    let my = prepared::<MyColumns>(
        my_rows!("ORDER BY m.room_id"),
        &[&me.0.into_sql::<BigInt>()],
    )
    .load(conn)?;
    assemble(conn, my)
}

/// One room as this person sees it: with `my` when they are in it, without for a public room.
///
/// # Errors
/// `not_found` for strangers to a room that is not public.
pub fn one(conn: &mut Conn, me: UserId, id: RoomId) -> Result<Room> {
    let my: Vec<MyRow> = prepared::<MyColumns>(
        my_rows!("AND m.room_id = ?"),
        &[&me.0.into_sql::<BigInt>(), &id.0.into_sql::<BigInt>()],
    )
    .load(conn)?;
    if my.is_empty() {
        return Ok(from_row(super::public(conn, id)?));
    }
    assemble(conn, my)?.pop().ok_or_else(AppError::not_found)
}

/// The room as a frame to all in it carries it: nothing of any one of them.
pub(super) fn bare(conn: &mut Conn, id: RoomId) -> Result<Room> {
    let mut room = from_row(queries::row(conn, id)?);
    if room.kind == RoomKind::Direct {
        room.member_ids = Some(people_of(conn, &[id.0])?.remove(&id.0).unwrap_or_default());
    }
    Ok(room)
}

/// The directory: public rooms by name, `q` within it.
///
/// # Errors
/// `malformed` for a cursor that is none.
pub(super) fn directory(
    conn: &mut Conn,
    me: UserId,
    q: &str,
    cursor: Option<&str>,
) -> Result<Rooms> {
    use schema::rooms::dsl;
    // Upper and lower case of ASCII are alike: so the index of either database has it.
    let folded = match dialect(conn) {
        Dialect::Sqlite => "name COLLATE NOCASE",
        #[cfg(feature = "postgres")]
        Dialect::Postgres => "lower(name)",
    };
    let name = || sql::<Text>(folded);
    let mut query = dsl::rooms
        // Written out, not bound: by these words the index of public rooms is recognised.
        .filter(sql::<Bool>("kind = 'public'").and(dsl::archived_at.is_null()))
        .select(RoomRow::as_select())
        .order((name(), dsl::id))
        .limit(DIRECTORY_PAGE + 1)
        .into_boxed();
    let q = q.trim();
    if !q.is_empty() {
        // Upper and lower case of ASCII are alike; Postgres's LIKE would tell them apart.
        let lower = sql::<Text>("lower(name)");
        query = query.filter(lower.like(like(&q.to_ascii_lowercase())).escape('\\'));
    }
    if let Some(cursor) = cursor {
        let last = last_of_page(conn, cursor)?;
        let last_name = last.name.to_ascii_lowercase();
        // The first condition is where the index is entered; the second leaves out what was on the page.
        let later = name().gt(last_name.clone()).or(dsl::id.gt(last.id));
        query = query.filter(name().ge(last_name)).filter(later);
    }
    let mut rows: Vec<RoomRow> = query.load(conn)?;
    let page = usize::try_from(DIRECTORY_PAGE).unwrap_or(usize::MAX);
    let more = rows.len() > page;
    rows.truncate(page);
    let next_cursor = rows.last().filter(|_| more).map(|row| row.id.to_string());
    // No room has the id 0, and Postgres takes no empty list.
    let shown = rows
        .iter()
        .fold("0".to_owned(), |ids, row| format!("{ids},{}", row.id));
    let (before_me, after_me) = my_rows!("AND m.room_id IN (")
        .split_once('?')
        .unwrap_or_default();
    let mut my: HashMap<i64, My> = sql::<MyColumns>(before_me)
        .bind::<BigInt, _>(me.0)
        .sql(after_me)
        .sql(&shown)
        .sql(")")
        .load::<MyRow>(conn)?
        .into_iter()
        .map(|row| (row.room_id, row.my()))
        .collect();
    let rooms = rows
        .into_iter()
        .map(|row| {
            let mine = my.remove(&row.id);
            Room {
                my: mine,
                ..from_row(row)
            }
        })
        .collect();
    Ok(Rooms { rooms, next_cursor })
}

/// A cursor is the id of the last room on the page: rooms stay for ever.
fn last_of_page(conn: &mut Conn, cursor: &str) -> Result<RoomRow> {
    let room = cursor.parse().ok().map(RoomId);
    room.and_then(|id| super::public(conn, id).ok())
        .ok_or_else(|| {
            AppError::new(
                shared::ErrorCode::Malformed,
                "This cursor is not one of ours.",
            )
        })
}

/// The rooms that someone is in.
///
/// # Errors
/// Those of the database.
pub fn ids_of(conn: &mut Conn, user: UserId) -> Result<Vec<RoomId>> {
    use schema::members::dsl;
    let ids: Vec<i64> = dsl::members
        .filter(dsl::user_id.eq(user.0).and(dsl::left_at.is_null()))
        .select(dsl::room_id)
        .load(conn)?;
    Ok(ids.into_iter().map(RoomId).collect())
}

/// A `LIKE` pattern that finds the text anywhere, its own wildcards escaped by `\`. The NUL, which Postgres stores
/// nowhere, becomes a character that is in no name.
fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(if c == '\0' { '\u{FFFF}' } else { c });
    }
    pattern.push('%');
    pattern
}

fn assemble(conn: &mut Conn, my: Vec<MyRow>) -> Result<Vec<Room>> {
    let ids: Vec<i64> = my.iter().map(|row| row.room_id).collect();
    let mut rows: HashMap<i64, RoomRow> = schema::rooms::table
        .filter(schema::rooms::id.eq_any(&ids))
        .select(RoomRow::as_select())
        .load(conn)?
        .into_iter()
        .map(|row: RoomRow| (row.id, row))
        .collect();
    let last: Vec<i64> = my
        .iter()
        .map(|row| row.last_id)
        .filter(|&id| id > 0)
        .collect();
    let mut last: HashMap<RoomId, Message> = messages::by_ids(conn, &last)?
        .into_iter()
        .map(|message| (message.room_id, message))
        .collect();
    let direct: Vec<i64> = rows
        .values()
        .filter(|row| row.kind() == RoomKind::Direct)
        .map(|row| row.id)
        .collect();
    let mut people = people_of(conn, &direct)?;
    Ok(my
        .iter()
        .filter_map(|own| {
            let row = rows.remove(&own.room_id)?;
            let id = RoomId(row.id);
            let member_ids = (row.kind() == RoomKind::Direct)
                .then(|| people.remove(&row.id).unwrap_or_default());
            Some(Room {
                member_ids,
                last_message: last.remove(&id).map(Box::new),
                my: Some(own.my()),
                ..from_row(row)
            })
        })
        .collect())
}

fn people_of(conn: &mut Conn, rooms: &[i64]) -> Result<HashMap<i64, Vec<UserId>>> {
    use schema::members::dsl;
    let mut people: HashMap<i64, Vec<UserId>> = HashMap::new();
    let rows: Vec<(i64, i64)> = dsl::members
        .filter(dsl::room_id.eq_any(rooms).and(dsl::left_at.is_null()))
        .select((dsl::room_id, dsl::user_id))
        .order((dsl::room_id, dsl::user_id))
        .load(conn)?;
    for (room, user) in rows {
        people.entry(room).or_default().push(UserId(user));
    }
    Ok(people)
}

fn from_row(row: RoomRow) -> Room {
    Room {
        id: RoomId(row.id),
        kind: row.kind(),
        name: row.name,
        topic: row.topic,
        member_ids: None,
        member_count: row.member_count,
        created_by: row.created_by.map(UserId),
        created_at: Timestamp(row.created_at),
        archived_at: row.archived_at.map(Timestamp),
        last_seq: row.last_seq,
        head_rev: row.head_rev,
        rev: row.rev,
        last_message: None,
        my: None,
    }
}
