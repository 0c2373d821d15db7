//! Rows as they are written: many in one statement, in the order of their primary key.

use confab::db::schema;
use diesel::{prelude::*, sqlite::SqliteConnection};

/// Rows in one statement; each column is a variable, of which SQLite takes 32,766.
const ROWS: usize = 400;

#[derive(Insertable)]
#[diesel(table_name = schema::users, treat_none_as_default_value = false)]
pub(super) struct UserRow {
    pub(super) id: i64,
    pub(super) username: String,
    pub(super) name_key: String,
    pub(super) display_name: String,
    pub(super) search_key: String,
    pub(super) password_hash: Option<String>,
    pub(super) role: &'static str,
    pub(super) created_at: i64,
}

#[derive(Insertable)]
#[diesel(table_name = schema::rooms, treat_none_as_default_value = false)]
pub(super) struct RoomRow {
    pub(super) id: i64,
    pub(super) kind: &'static str,
    pub(super) name: String,
    pub(super) direct_key: Option<String>,
    pub(super) is_default: bool,
    pub(super) created_by: i64,
    pub(super) created_at: i64,
    pub(super) member_count: i64,
    pub(super) last_seq: i64,
    pub(super) head_rev: i64,
    pub(super) rev: i64,
}

#[derive(Insertable)]
#[diesel(table_name = schema::members, treat_none_as_default_value = false)]
pub(super) struct MemberRow {
    pub(super) room_id: i64,
    pub(super) user_id: i64,
    pub(super) role: &'static str,
    pub(super) joined_at: i64,
    pub(super) rev: i64,
    pub(super) read_seq: i64,
}

#[derive(Insertable)]
#[diesel(table_name = schema::messages, treat_none_as_default_value = false)]
pub(super) struct MessageRow {
    pub(super) id: i64,
    pub(super) room_id: i64,
    pub(super) seq: i64,
    pub(super) rev: i64,
    pub(super) kind: &'static str,
    pub(super) author_id: i64,
    pub(super) client_id: Option<String>,
    pub(super) sent_hash: Option<Vec<u8>>,
    pub(super) body: String,
    pub(super) created_at: i64,
    pub(super) edited_at: Option<i64>,
    pub(super) deleted_at: Option<i64>,
    pub(super) reply_to: Option<i64>,
    pub(super) system: Option<String>,
}

#[derive(Insertable)]
#[diesel(table_name = schema::user_parts, treat_none_as_default_value = false)]
pub(super) struct PartRow<'a> {
    pub(super) part: &'a str,
    pub(super) search_key: &'a str,
    pub(super) user_id: i64,
}

/// Collects rows and writes them a statement at a time.
pub(super) struct Rows<R> {
    waiting: Vec<R>,
    write: fn(&mut SqliteConnection, &[R]) -> QueryResult<usize>,
}

impl<R> Rows<R> {
    pub(super) fn new(write: fn(&mut SqliteConnection, &[R]) -> QueryResult<usize>) -> Self {
        Self {
            waiting: Vec::with_capacity(ROWS),
            write,
        }
    }

    pub(super) fn add(&mut self, conn: &mut SqliteConnection, row: R) -> QueryResult<()> {
        self.waiting.push(row);
        if self.waiting.len() == ROWS {
            self.end(conn)?;
        }
        Ok(())
    }

    /// Writes what is left.
    pub(super) fn end(&mut self, conn: &mut SqliteConnection) -> QueryResult<()> {
        if !self.waiting.is_empty() {
            (self.write)(conn, &self.waiting)?;
            self.waiting.clear();
        }
        Ok(())
    }
}

pub(super) fn users(conn: &mut SqliteConnection, rows: &[UserRow]) -> QueryResult<usize> {
    diesel::insert_into(schema::users::table)
        .values(rows)
        .execute(conn)
}

pub(super) fn parts(conn: &mut SqliteConnection, rows: &[PartRow<'_>]) -> QueryResult<usize> {
    diesel::insert_into(schema::user_parts::table)
        .values(rows)
        .execute(conn)
}

pub(super) fn rooms(conn: &mut SqliteConnection, rows: &[RoomRow]) -> QueryResult<usize> {
    diesel::insert_into(schema::rooms::table)
        .values(rows)
        .execute(conn)
}

pub(super) fn members(conn: &mut SqliteConnection, rows: &[MemberRow]) -> QueryResult<usize> {
    diesel::insert_into(schema::members::table)
        .values(rows)
        .execute(conn)
}

pub(super) fn messages(conn: &mut SqliteConnection, rows: &[MessageRow]) -> QueryResult<usize> {
    diesel::insert_into(schema::messages::table)
        .values(rows)
        .execute(conn)
}
