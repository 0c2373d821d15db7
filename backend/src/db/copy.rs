//! Everything from one database into another, empty one of the other kind: ids, places and revisions stay, so that
//! clients notice a reconnect and nothing else. All or nothing, and compared before it counts.

mod rows;

use super::{
    conn,
    location::Location,
    postgres::{self, Address},
    schema,
};
use diesel::{
    PgConnection, SqliteConnection,
    connection::{DefaultLoadingMode, SimpleConnection},
    pg::PgRowByRowLoadingMode,
    prelude::*,
    sql_types::BigInt,
};
use rows::{Member, Message, RefreshToken, Room, Server, Session, StaleQuote, User, UserPart};
use sha2::{Digest, Sha256};
use std::{
    fmt,
    hash::{Hash, Hasher},
    path::Path,
};

/// Rows of one statement: Postgres takes 65535 values in one, and no row has more than 32.
const CHUNK: usize = 500;

/// A table that was moved.
pub struct Moved {
    /// Its name.
    pub table: &'static str,
    /// Its rows.
    pub rows: u64,
}

/// The rows of a table and a sum over all that is in them.
#[derive(Clone, Default)]
struct Sum {
    rows: u64,
    hash: Sha256,
}

/// What derived hashes are written into.
struct Feed<'a>(&'a mut Sha256);

impl Hasher for Feed<'_> {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

impl Sum {
    fn add(&mut self, row: &impl Hash) {
        self.rows += 1;
        row.hash(&mut Feed(&mut self.hash));
    }

    fn same(self, other: Self) -> bool {
        self.rows == other.rows && self.hash.finalize() == other.hash.finalize()
    }
}

/// Every table, after those that it refers to; what it is read in the order of.
macro_rules! every_table {
    ($each:ident, $($more:tt)*) => {
        $each!($($more)*, server, Server, id);
        $each!($($more)*, users, User, id);
        $each!($($more)*, sessions, Session, id);
        $each!($($more)*, refresh_tokens, RefreshToken, hash);
        $each!($($more)*, rooms, Room, id);
        $each!($($more)*, members, Member, (room_id, user_id));
        // What answers has the higher id.
        $each!($($more)*, messages, Message, id);
        $each!($($more)*, user_parts, UserPart, (part, search_key, user_id));
        $each!($($more)*, stale_quotes, StaleQuote, message_id);
    };
}

/// The tables whose ids are given out and never come back.
const COUNTED: [&str; 4] = ["users", "sessions", "rooms", "messages"];

/// One row after the other, whatever their number.
macro_rules! each_row {
    ($conn:expr, $mode:ty, $table:ident, $row:ident, $key:expr, $do:expr) => {{
        use schema::$table::dsl::*;
        let rows = schema::$table::table
            .order($key)
            .select($row::as_select())
            .load_iter::<$row, $mode>($conn)
            .map_err(words)?;
        for row in rows {
            $do(row.map_err(words)?)?;
        }
    }};
}

macro_rules! refuse_rows {
    ($to:ident, server, $row:ident, $key:expr) => {};
    ($to:ident, $table:ident, $row:ident, $key:expr) => {
        let rows: i64 = schema::$table::table
            .count()
            .get_result($to)
            .map_err(words)?;
        if rows > 0 {
            return Err(format!(
                "there is data in the target already ({} has {rows} rows): give an empty database",
                stringify!($table)
            ));
        }
    };
}

macro_rules! copy_rows {
    ($from:ident, $from_mode:ty, $to:ident, $to_mode:ty, $moved:ident, $table:ident, $row:ident, $key:expr) => {
        let mut read = Sum::default();
        let mut chunk: Vec<$row> = Vec::with_capacity(CHUNK);
        let mut write = |chunk: &mut Vec<$row>| -> Outcome<()> {
            diesel::insert_into(schema::$table::table)
                .values(&*chunk)
                .execute($to)
                .map_err(words)?;
            chunk.clear();
            Ok(())
        };
        each_row!($from, $from_mode, $table, $row, $key, |row: $row| {
            read.add(&row);
            chunk.push(row);
            if chunk.len() < CHUNK {
                Ok(())
            } else {
                write(&mut chunk)
            }
        });
        if !chunk.is_empty() {
            write(&mut chunk)?;
        }
        let mut written = Sum::default();
        each_row!(
            $to,
            $to_mode,
            $table,
            $row,
            $key,
            |row: $row| -> Outcome<()> {
                written.add(&row);
                Ok(())
            }
        );
        let rows = read.rows;
        if !read.same(written) {
            return Err(format!(
                "{} did not arrive as it was sent",
                stringify!($table)
            ));
        }
        $moved.push(Moved {
            table: stringify!($table),
            rows,
        });
    };
}

type Outcome<T> = Result<T, String>;

fn words(error: impl fmt::Display) -> String {
    error.to_string()
}

/// Why a transaction is taken back.
enum Stop {
    Words(String),
    Database(diesel::result::Error),
}

impl From<diesel::result::Error> for Stop {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error)
    }
}

impl From<String> for Stop {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl Stop {
    fn words(self) -> String {
        match self {
            Self::Words(words) => words,
            Self::Database(error) => words(error),
        }
    }
}

/// Moves everything; gives what was moved.
///
/// # Errors
/// One line for a person: the target is not empty or in use, the source is not up to date or in use, what the
/// databases say, or what did not arrive as it was. The target is as it was then, but for its empty tables.
pub fn copy(from: &Location, to: &Location) -> Result<Vec<Moved>, String> {
    match (from, to) {
        (Location::Sqlite(from), Location::Postgres(to)) => {
            let mut from = quiet_file(from, true)?;
            let mut to = quiet_server(to)?;
            postgres::migrate(&mut to)?;
            to.batch_execute(WITHOUT_HURRY).map_err(words)?;
            from.batch_execute("BEGIN").map_err(words)?;
            let moved = to
                .transaction(|to| Ok::<_, Stop>(into_postgres(&mut from, to)?))
                .map_err(Stop::words)?;
            to.batch_execute("ANALYZE").map_err(words)?;
            Ok(moved)
        }
        (Location::Postgres(from), Location::Sqlite(to)) => {
            let mut from = quiet_server(from)?;
            if !postgres::is_migrated(&mut from)? {
                return Err(OUTDATED.into());
            }
            from.batch_execute(WITHOUT_HURRY).map_err(words)?;
            postgres::keep_writers_out(&mut from).map_err(words)?;
            let mut to = quiet_file(to, false)?;
            from.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                .map_err(words)?;
            to.transaction(|to| Ok::<_, Stop>(into_sqlite(&mut from, to)?))
                .map_err(Stop::words)
        }
        _ => Err("one of the two is a sqlite:// and the other a postgres:// URL".into()),
    }
}

const OUTDATED: &str = "the source has older tables: run `confab migrate` on it first";
/// Moving takes as long as it takes.
const WITHOUT_HURRY: &str =
    "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0";

/// A file that no server has open, for as long as this connection lives. A source must be there already; a target
/// is made.
fn quiet_file(path: &Path, is_source: bool) -> Outcome<SqliteConnection> {
    if is_source && !path.is_file() {
        return Err(format!("{} is not there", path.display()));
    }
    let at = |error: &dyn fmt::Display| match error.to_string() {
        locked if locked.contains("locked") => {
            format!("{} is in use: stop the server first", path.display())
        }
        other => format!("{} cannot be used: {other}", path.display()),
    };
    let mut conn =
        SqliteConnection::establish(&path.to_string_lossy()).map_err(|error| at(&error))?;
    conn.batch_execute(
        "PRAGMA locking_mode = EXCLUSIVE;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         BEGIN EXCLUSIVE;
         COMMIT;",
    )
    .map_err(|error| at(&error))?;
    if is_source {
        let migrated = conn::is_migrated(&mut conn)?;
        return migrated.then_some(conn).ok_or_else(|| OUTDATED.to_owned());
    }
    conn::migrate_file(&mut conn)?;
    Ok(conn)
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

fn number(
    sql: &str,
    ask: impl FnOnce(diesel::query_builder::SqlQuery) -> QueryResult<Number>,
) -> Outcome<i64> {
    ask(diesel::sql_query(sql))
        .map(|row| row.number)
        .map_err(words)
}

/// A server whose database no Confab is connected to.
fn quiet_server(address: &Address) -> Outcome<PgConnection> {
    let mut conn =
        postgres::open(address).map_err(|error| format!("{address} cannot be used: {error}"))?;
    let others =
        "SELECT count(*) AS number FROM pg_stat_activity WHERE datname = current_database()
        AND pid <> pg_backend_pid() AND application_name = 'confab'";
    match number(others, |query| query.get_result(&mut conn))? {
        0 => Ok(conn),
        _ => Err(format!("{address} is in use: stop the servers first")),
    }
}

fn into_postgres(from: &mut SqliteConnection, to: &mut PgConnection) -> Outcome<Vec<Moved>> {
    to.batch_execute(&postgres::lock_writing()).map_err(words)?;
    every_table!(refuse_rows, to);
    // The one row that the migrations make.
    diesel::delete(schema::server::table)
        .execute(to)
        .map_err(words)?;
    let mut moved = Vec::new();
    every_table!(
        copy_rows,
        from,
        DefaultLoadingMode,
        to,
        PgRowByRowLoadingMode,
        moved
    );
    for table in COUNTED {
        let last = format!(
            "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0) AS number"
        );
        let last = number(&last, |query| query.get_result(from))?;
        if last > 0 {
            let next = format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last})");
            to.batch_execute(&next).map_err(words)?;
        }
    }
    Ok(moved)
}

fn into_sqlite(from: &mut PgConnection, to: &mut SqliteConnection) -> Outcome<Vec<Moved>> {
    every_table!(refuse_rows, to);
    diesel::delete(schema::server::table)
        .execute(to)
        .map_err(words)?;
    let mut moved = Vec::new();
    every_table!(
        copy_rows,
        from,
        PgRowByRowLoadingMode,
        to,
        DefaultLoadingMode,
        moved
    );
    for table in COUNTED {
        let last = format!(
            "SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS number FROM {table}_id_seq"
        );
        let last = number(&last, |query| query.get_result(from))?;
        to.batch_execute(&format!(
            "DELETE FROM sqlite_sequence WHERE name = '{table}';
             INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', {last});"
        ))
        .map_err(words)?;
    }
    Ok(moved)
}
