//! Opening SQLite the way that the invariants need it, and bringing the tables of either database up to date.

use diesel::{
    Connection, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_types::Text,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::path::Path;

/// The one kind of connection there is in a build that has SQLite alone.
#[cfg(not(feature = "postgres"))]
pub type Conn = SqliteConnection;

/// A connection to either database.
#[cfg(feature = "postgres")]
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// To a server that several nodes share.
    Postgres(diesel::PgConnection),
    /// To a file.
    Sqlite(SqliteConnection),
}

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");

/// Opens the database file. `synchronous=FULL` in WAL mode syncs the log at every commit: what was
/// committed survives a power cut (sqlite.org/pragma.html#pragma_synchronous). The log is carried over into the
/// database every 8,000 pages (32 MiB): in a busy minute most pages change many times, and are then copied once.
/// Each connection keeps up to 32 MB of pages: a page of messages in an old place lies on as many pages as it has
/// messages, and every page that the writer changes is one that it read.
///
/// # Errors
/// SQLite's words when the file cannot be opened.
pub(super) fn open(path: &Path) -> Result<Conn, String> {
    let mut conn =
        SqliteConnection::establish(&path.to_string_lossy()).map_err(|error| error.to_string())?;
    conn.batch_execute(
        "PRAGMA busy_timeout = 4000;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = 8000;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA cache_size = -32000;
         PRAGMA temp_store = MEMORY;",
    )
    .map_err(|error| error.to_string())?;
    #[cfg(feature = "postgres")]
    let conn = Conn::Sqlite(conn);
    Ok(conn)
}

#[derive(diesel::QueryableByName)]
struct Check {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

/// Writes the database of one moment into a new file, and looks whether that is sound.
///
/// # Errors
/// SQLite's words, or what it found.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), String> {
    let words = |error: diesel::result::Error| error.to_string();
    let mut conn = open(from)?;
    diesel::sql_query("VACUUM INTO $1")
        .bind::<Text, _>(to.to_string_lossy())
        .execute(&mut conn)
        .map_err(words)?;
    let mut copy =
        SqliteConnection::establish(&to.to_string_lossy()).map_err(|error| error.to_string())?;
    let found: Vec<Check> = diesel::sql_query("PRAGMA integrity_check")
        .load(&mut copy)
        .map_err(words)?;
    match found.first() {
        Some(check) if check.integrity_check == "ok" => Ok(()),
        Some(check) => Err(format!("the copy is damaged: {}", check.integrity_check)),
        None => Err("the copy could not be checked".into()),
    }
}

/// Runs the migrations that are not in the database yet.
///
/// # Errors
/// The words of the first one that failed; those before it stay.
pub(super) fn migrate(conn: &mut Conn) -> Result<Vec<String>, String> {
    #[cfg(feature = "postgres")]
    let conn = match conn {
        Conn::Postgres(conn) => return super::postgres::migrate(conn),
        Conn::Sqlite(conn) => conn,
    };
    migrate_file(conn)
}

/// [`migrate`] for what is known to be a file.
///
/// # Errors
/// As there.
pub(super) fn migrate_file(conn: &mut SqliteConnection) -> Result<Vec<String>, String> {
    conn.run_pending_migrations(MIGRATIONS)
        .map(|done| done.iter().map(ToString::to_string).collect())
        .map_err(|error| error.to_string())
}

/// Whether all migrations have run.
///
/// # Errors
/// SQLite's words.
#[cfg(feature = "postgres")]
pub(super) fn is_migrated(conn: &mut SqliteConnection) -> Result<bool, String> {
    let pending = conn.has_pending_migration(MIGRATIONS);
    pending
        .map(|pending| !pending)
        .map_err(|error| error.to_string())
}
