//! Opening SQLite the way that the invariants need it, and bringing its tables up to date.

use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::path::Path;

/// The one kind of connection there is.
pub type Conn = SqliteConnection;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");

/// Opens the database file. `synchronous=FULL` in WAL mode syncs the log at every commit: what was
/// committed survives a power cut (sqlite.org/pragma.html#pragma_synchronous). The log is carried over into the
/// database every 8,000 pages (32 MiB): in a busy minute most pages change many times, and are then copied once.
///
/// # Errors
/// SQLite's words when the file cannot be opened.
pub(super) fn open(path: &Path) -> Result<Conn, String> {
    let mut conn = Conn::establish(&path.to_string_lossy()).map_err(|error| error.to_string())?;
    conn.batch_execute(
        "PRAGMA busy_timeout = 4000;
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = 8000;
         PRAGMA journal_size_limit = 67108864;
         PRAGMA cache_size = -8000;
         PRAGMA temp_store = MEMORY;",
    )
    .map_err(|error| error.to_string())?;
    Ok(conn)
}

/// Runs the migrations that are not in the database yet.
///
/// # Errors
/// The words of the first one that failed; those before it stay.
pub(super) fn migrate(conn: &mut Conn) -> Result<Vec<String>, String> {
    conn.run_pending_migrations(MIGRATIONS)
        .map(|done| done.iter().map(ToString::to_string).collect())
        .map_err(|error| error.to_string())
}
