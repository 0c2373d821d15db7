//! Rooms as one person sees them: rows, last messages, unread counts and direct rooms' people, in few queries.

use super::queries::{self, RoomRow};
use crate::{
    db::{
        Conn, Dialect, dialect,
        prepared::{Backend, prepared},
        schema,
    },
    error::{AppError, Result},
    features::messages::{self, MessageRow},
};
use diesel::{
    dsl::{SqlTypeOf, sql},
    prelude::*,
    sql_types::{BigInt, Bool, Nullable, Text},
};
use shared::{
    RoomId, Timestamp, UserId,
    members::MemberRole,
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
}

/// One's memberships with what is derived from them: unread is counted from the marker, up to 100, in `messages_texts`
/// alone. What else is asked for and where it is from stands in `$more`, and the conditions in `$which`.
macro_rules! my_rows {
    ($more:literal, $from:literal, $which:literal) => {
        concat!(
            "SELECT m.room_id, m.role, m.joined_at, m.read_seq, m.notify, m.muted, m.favourite,
    (SELECT count(*) FROM (SELECT 1 FROM messages x WHERE x.room_id = m.room_id AND x.seq > m.read_seq
        AND x.kind = 'text' AND x.deleted_at IS NULL AND x.author_id <> m.user_id LIMIT 100) AS few) AS unread",
            $more,
            " FROM members m ",
            $from,
            "WHERE m.user_id = ? AND m.left_at IS NULL ",
            $which
        )
    };
}

/// The same with the rooms themselves and the newest text of each, which is found in `messages_texts` alone: all in one
/// statement, since everyone who comes back begins with it.
macro_rules! whole_rows {
    ($which:literal) => {
        my_rows!(
            ", r.id, r.kind, r.name, r.topic, r.created_by, r.created_at, r.archived_at, r.member_count, r.last_seq,
    r.head_rev, r.rev, l.id, l.room_id, l.seq, l.rev, l.kind, l.author_id, l.client_id, l.body, l.created_at, l.edited_at,
    l.deleted_at, l.reply_to, l.system",
            "JOIN rooms r ON r.id = m.room_id
    LEFT JOIN messages l ON l.id = (SELECT n.id FROM messages n WHERE n.room_id = m.room_id AND n.kind = 'text'
        AND n.deleted_at IS NULL ORDER BY n.seq DESC LIMIT 1) ",
            $which
        )
    };
}

/// What `my_rows` gives, by SQL type.
type MyColumns = (BigInt, Text, BigInt, BigInt, Text, Bool, Bool, BigInt);
/// What `whole_rows` gives.
type WholeColumns = (
    MyColumns,
    SqlTypeOf<<RoomRow as Selectable<Backend>>::SelectExpression>,
    Nullable<SqlTypeOf<<MessageRow as Selectable<Backend>>::SelectExpression>>,
);
type Whole = (MyRow, RoomRow, Option<MessageRow>);

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
    let me = me.0.into_sql::<BigInt>();
    let rows: Vec<Whole> =
        prepared::<WholeColumns>(whole_rows!("ORDER BY m.room_id"), &[&me]).load(conn)?;
    let direct = |row: &Whole| row.1.kind() == RoomKind::Direct;
    let people = if rows.iter().any(direct) {
        prepared::<(BigInt, BigInt)>(
            "SELECT m.room_id, o.user_id FROM members m JOIN rooms r ON r.id = m.room_id AND r.kind = 'direct'
    JOIN members o ON o.room_id = m.room_id AND o.left_at IS NULL
    WHERE m.user_id = ? AND m.left_at IS NULL ORDER BY m.room_id",
            &[&me],
        )
        .load(conn)?
    } else {
        Vec::new()
    };
    assemble(conn, rows, &people)
}

/// One room as this person sees it: with `my` when they are in it, without for a public room.
///
/// # Errors
/// `not_found` for strangers to a room that is not public.
pub fn one(conn: &mut Conn, me: UserId, id: RoomId) -> Result<Room> {
    let rows: Vec<Whole> = prepared::<WholeColumns>(
        whole_rows!("AND m.room_id = ?"),
        &[&me.0.into_sql::<BigInt>(), &id.0.into_sql::<BigInt>()],
    )
    .load(conn)?;
    let Some((_, row, _)) = rows.first() else {
        return Ok(from_row(super::public(conn, id)?));
    };
    let people = match row.kind() {
        RoomKind::Direct => people_of(conn, id)?,
        _ => Vec::new(),
    };
    assemble(conn, rows, &people)?
        .pop()
        .ok_or_else(AppError::not_found)
}

/// The room as a frame to all in it carries it: nothing of any one of them.
pub(super) fn bare(conn: &mut Conn, id: RoomId) -> Result<Room> {
    let mut room = from_row(queries::row(conn, id)?);
    if room.kind == RoomKind::Direct {
        room.member_ids = Some(ids_in(&people_of(conn, id)?, id.0));
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
    let (before_me, after_me) = my_rows!("", "", "AND m.room_id IN (")
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

fn assemble(conn: &mut Conn, rows: Vec<Whole>, people: &[(i64, i64)]) -> Result<Vec<Room>> {
    let mut last = Vec::new();
    let mut rooms: Vec<Room> = Vec::with_capacity(rows.len());
    for (my, row, message) in rows {
        last.extend(message);
        rooms.push(Room {
            member_ids: (row.kind() == RoomKind::Direct).then(|| ids_in(people, row.id)),
            my: Some(my.my()),
            ..from_row(row)
        });
    }
    // In the order of the rooms, too.
    let mut last = messages::assemble(conn, last)?.into_iter().peekable();
    for room in &mut rooms {
        room.last_message = last
            .next_if(|message| message.room_id == room.id)
            .map(Box::new);
    }
    Ok(rooms)
}

/// Who is in a room now, beside its id.
fn people_of(conn: &mut Conn, room: RoomId) -> Result<Vec<(i64, i64)>> {
    Ok(prepared::<(BigInt, BigInt)>(
        "SELECT room_id, user_id FROM members WHERE room_id = ? AND left_at IS NULL",
        &[&room.0.into_sql::<BigInt>()],
    )
    .load(conn)?)
}

/// Those of `people`, which are in the order of their rooms, who are in this one, by id.
fn ids_in(people: &[(i64, i64)], room: i64) -> Vec<UserId> {
    let from = people.partition_point(|(of, _)| *of < room);
    let those = people[from..].iter().take_while(|(of, _)| *of == room);
    let mut ids: Vec<UserId> = those.map(|(_, user)| UserId(*user)).collect();
    ids.sort_unstable();
    ids
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
