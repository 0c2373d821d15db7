//! What Postgres alone needs: how it is opened, migrated, and how one writer in all nodes is made sure of.

use diesel::{
    Connection, PgConnection, QueryResult, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    sql_types::{BigInt, Text},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::fmt;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// Held by the transaction that writes: one at a time in all nodes, as SQLite has it by itself. "confab" and a 1.
const WRITER: i64 = 0x636f_6e66_6162_0001;
/// Held while migrations run: nodes that start together wait for each other.
const MIGRATING: i64 = 0x636f_6e66_6162_0002;

/// What libpq is told unless the URL says otherwise: to give up in time on a server that is not there or stopped
/// answering (postgresql.org/docs/current/libpq-connect.html). In milliseconds `tcp_user_timeout`, in seconds the others.
const DEFAULTS: [(&str, &str); 6] = [
    ("application_name", "confab"),
    ("connect_timeout", "3"),
    ("keepalives_idle", "10"),
    ("keepalives_interval", "3"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "10000"),
];

/// A committed write is on the disk. Nobody waits for ever: not for the writer's lock, not for a statement; and a
/// node that hangs or is cut off inside a transaction does not keep the others waiting.
const SESSION: &str = "SET synchronous_commit = on;
    SET lock_timeout = 4000;
    SET statement_timeout = 15000;
    SET idle_in_transaction_session_timeout = 10000;
    SET tcp_keepalives_idle = 10;
    SET tcp_keepalives_interval = 3;
    SET tcp_keepalives_count = 3;
    SET tcp_user_timeout = 10000;
    SET client_min_messages = warning;";

/// For a connection that changes nothing.
pub(super) const READ_ONLY: &str = "SET default_transaction_read_only = on";

/// A URL that libpq reads. Shown without what may be secret in it.
#[derive(Clone)]
pub struct Address(String);

impl Address {
    pub(super) fn new(url: &str) -> Self {
        Self(url.to_owned())
    }

    /// With what every connection is told; what the URL says itself stands.
    fn complete(&self) -> String {
        let mut url = self.0.clone();
        for (name, value) in DEFAULTS {
            let given = url.split_once('?').is_some_and(|(_, query)| {
                query
                    .split('&')
                    .any(|one| one.starts_with(&format!("{name}=")))
            });
            if !given {
                let sign = if url.contains('?') { '&' } else { '?' };
                url.push_str(&format!("{sign}{name}={value}"));
            }
        }
        url
    }

    /// Another database on the same server.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        let (url, query) = match self.0.split_once('?') {
            Some((url, query)) => (url, Some(query)),
            None => (self.0.as_str(), None),
        };
        let authority = url
            .split_once("://")
            .map_or(0, |(scheme, _)| scheme.len() + 3);
        let end = url[authority..]
            .find('/')
            .map_or(url.len(), |at| authority + at);
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        Self(format!("{}/{name}{query}", &url[..end]))
    }
}

/// Host and database; neither user, nor password, nor options.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.0.split('?').next().unwrap_or_default();
        let place = url.split_once("://").map_or("", |(_, rest)| rest);
        let place = place.rsplit_once('@').map_or(place, |(_, host)| host);
        write!(f, "postgres://{place}")
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Opens a connection.
///
/// # Errors
/// The database's words, without the URL.
pub(super) fn open(address: &Address) -> Result<PgConnection, String> {
    let complete = address.complete();
    let words = |error: &dyn fmt::Display| {
        let words = error.to_string();
        // libpq repeats a URL that it cannot read.
        let secret = words.contains("URI") || words.contains(&address.0);
        if secret {
            "the URL is not well formed".to_owned()
        } else {
            words.trim().to_owned()
        }
    };
    let mut conn = PgConnection::establish(&complete).map_err(|error| words(&error))?;
    conn.batch_execute(SESSION).map_err(|error| words(&error))?;
    Ok(conn)
}

#[derive(QueryableByName)]
struct Encoding {
    #[diesel(sql_type = Text)]
    encoding: String,
}

/// Runs the migrations that are not in the database yet, one node at a time.
///
/// # Errors
/// The words of the first one that failed; those before it stay.
pub(super) fn migrate(conn: &mut PgConnection) -> Result<Vec<String>, String> {
    let encoding = "SELECT current_setting('server_encoding') AS encoding";
    let found: Encoding = diesel::sql_query(encoding)
        .get_result(conn)
        .map_err(|error| error.to_string())?;
    if found.encoding != "UTF8" {
        let other = found.encoding;
        return Err(format!(
            "its encoding is {other}: make the database with ENCODING 'UTF8'"
        ));
    }
    // A migration may take its time, and so may waiting for another node's.
    run(conn, "SET lock_timeout = 0; SET statement_timeout = 0;")?;
    run(conn, &format!("SELECT pg_advisory_lock({MIGRATING})"))?;
    let done = conn
        .run_pending_migrations(MIGRATIONS)
        .map(|done| done.iter().map(ToString::to_string).collect())
        .map_err(|error| error.to_string());
    run(conn, &format!("SELECT pg_advisory_unlock({MIGRATING})"))?;
    run(conn, SESSION)?;
    done
}

/// Whether all migrations have run.
///
/// # Errors
/// The database's words.
pub(super) fn is_migrated(conn: &mut PgConnection) -> Result<bool, String> {
    let pending = conn.has_pending_migration(MIGRATIONS);
    pending
        .map(|pending| !pending)
        .map_err(|error| error.to_string())
}

fn run(conn: &mut PgConnection, sql: &str) -> Result<(), String> {
    conn.batch_execute(sql).map_err(|error| error.to_string())
}

/// Begins a write when no other node is writing. In READ COMMITTED: what the writers before it committed is seen by
/// the statements that come after the lock.
///
/// # Errors
/// The database's, such as that the lock was not to be had in time.
pub(super) fn begin_write(conn: &mut PgConnection) -> QueryResult<()> {
    conn.batch_execute(&format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {}",
        lock_writing()
    ))
}

/// Takes the writer's lock in a transaction that has begun.
pub(super) fn lock_writing() -> String {
    format!("SELECT pg_advisory_xact_lock({WRITER})")
}

/// Keeps all writers out until the connection ends.
///
/// # Errors
/// As [`begin_write`].
pub(super) fn keep_writers_out(conn: &mut PgConnection) -> QueryResult<()> {
    conn.batch_execute(&format!("SELECT pg_advisory_lock({WRITER})"))
}

/// The commits of one writer, numbered. The number of the last one is committed with it, so that it can be looked up
/// whether a commit was made whose answer was lost. (The number of a transaction in Postgres would not do: after a crash
/// one that left no trace may be given out again.)
pub(super) struct Commits {
    writer: String,
    last: i64,
}

impl Default for Commits {
    fn default() -> Self {
        Self {
            writer: uuid::Uuid::now_v7().simple().to_string(),
            last: 0,
        }
    }
}

/// How long the number of a writer that came to its end is kept.
const KEEP_MS: i64 = 86_400_000;

#[derive(QueryableByName)]
struct Last {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

impl Commits {
    /// Commits, and gives the number of the commit, whether it went through or not.
    pub(super) fn commit(&mut self, conn: &mut PgConnection) -> (i64, QueryResult<()>) {
        self.last += 1;
        let (writer, number, now) = (&self.writer, self.last, crate::clock::now().0);
        let tidy = match number {
            1 => format!("DELETE FROM writers WHERE at < {};", now - KEEP_MS),
            _ => String::new(),
        };
        let done = conn.batch_execute(&format!(
            "{tidy} INSERT INTO writers (writer, number, at) VALUES ('{writer}', {number}, {now})
                ON CONFLICT (writer) DO UPDATE SET number = excluded.number, at = excluded.at;
            COMMIT"
        ));
        (number, done)
    }

    /// Whether the commit of this number was made; to be asked while holding the writer's lock, which it held.
    ///
    /// # Errors
    /// The database's.
    pub(super) fn was_made(&self, conn: &mut PgConnection, number: i64) -> QueryResult<bool> {
        let question = format!(
            "SELECT coalesce(max(number), 0) AS number FROM writers WHERE writer = '{}'",
            self.writer
        );
        let last: Last = diesel::sql_query(question).get_result(conn)?;
        Ok(last.number >= number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str =
        "postgres://ines:hunter2@db.example.org:5433/chat?sslmode=verify-full&connect_timeout=9";

    #[test]
    fn what_is_shown_holds_no_user_and_no_password() {
        let address = Address::new(URL);
        assert_eq!(address.to_string(), "postgres://db.example.org:5433/chat");
        assert_eq!(
            format!("{address:?}"),
            "postgres://db.example.org:5433/chat"
        );
        let odd = Address::new("postgres://ines:hun@ter2@db/chat");
        assert_eq!(odd.to_string(), "postgres://db/chat");
    }

    #[test]
    fn what_the_url_says_stands_and_the_rest_is_added() {
        let complete = Address::new(URL).complete();
        assert!(complete.starts_with(URL));
        assert!(!complete.contains("connect_timeout=3"));
        assert!(complete.contains("&tcp_user_timeout=10000"));
        let bare = Address::new("postgres://db/chat").complete();
        assert!(
            bare.starts_with("postgres://db/chat?application_name=confab&"),
            "{bare}"
        );
    }

    #[test]
    fn another_database_of_the_same_server_has_the_same_way_to_it() {
        let other = |url: &str| Address::new(url).with_database("other").0;
        assert_eq!(
            other("postgres://a@db:1/chat?x=y"),
            "postgres://a@db:1/other?x=y"
        );
        assert_eq!(other("postgres://db"), "postgres://db/other");
    }

    #[test]
    fn a_url_that_cannot_be_read_is_not_repeated() {
        for url in [
            "postgres://ines:hunter2@db:x/chat",
            "postgres://ines:hunter2@[db/chat",
            "postgres://ines:hunter2@db/chat?hunter2=1",
        ] {
            let words = open(&Address::new(url)).err().expect("no connection");
            assert!(!words.contains("hunter2"), "{words}");
        }
    }
}
