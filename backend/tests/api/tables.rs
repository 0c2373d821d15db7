//! The database: tables as the code believes them to be, commits that last, and what happens while none can be made.

use crate::support::{Cast, Place, Socket, app::Folder, caller::client_id};
use confab::db::{Dialect, dialect};
use diesel::connection::SimpleConnection;
use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection,
    sql_types::{Bool, Text},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use shared::{ErrorCode, ServerFrame};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");

#[derive(QueryableByName, Debug)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text, column_name = "type")]
    kind: String,
    #[diesel(sql_type = Bool)]
    notnull: bool,
}

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

fn tables(conn: &mut SqliteConnection) -> BTreeSet<String> {
    let query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
                 AND name <> '__diesel_schema_migrations'";
    let rows: Vec<Table> = diesel::sql_query(query).load(conn).expect("the schema");
    rows.into_iter().map(|table| table.name).collect()
}

/// Type and whether it may be null, by the column's name.
pub(crate) type Columns = BTreeMap<String, (String, bool)>;

/// The columns in the database.
fn columns(conn: &mut SqliteConnection, table: &str) -> Columns {
    let rows: Vec<Column> = diesel::sql_query(format!("PRAGMA table_info({table})"))
        .load(conn)
        .expect("the columns");
    rows.into_iter()
        .map(|column| {
            let kind = match column.kind.as_str() {
                "INTEGER" | "BIGINT" => "BigInt",
                "TEXT" => "Text",
                "BLOB" => "Binary",
                "BOOLEAN" => "Bool",
                other => other,
            };
            (column.name, (kind.to_owned(), !column.notnull))
        })
        .collect()
}

/// The same, as `schema.rs` has it.
pub(crate) fn believed() -> BTreeMap<String, Columns> {
    let text = include_str!("../../src/db/schema.rs");
    let mut all: BTreeMap<String, Columns> = BTreeMap::new();
    for block in text.split("diesel::table! {").skip(1) {
        let (name, rest) = block.split_once('(').expect("a key");
        let (_, rest) = rest.split_once('{').expect("columns");
        let (columns, _) = rest.split_once('}').expect("an end");
        let columns = columns
            .split(',')
            .filter_map(|column| column.split_once("->"))
            .map(|(column, kind)| {
                let kind = kind.trim();
                let inner = kind
                    .strip_prefix("Nullable<")
                    .and_then(|kind| kind.strip_suffix('>'));
                (
                    column.trim().to_owned(),
                    (inner.unwrap_or(kind).to_owned(), inner.is_some()),
                )
            });
        all.insert(name.trim().to_owned(), columns.collect());
    }
    all
}

#[test]
fn the_code_and_the_migrations_agree_on_every_table() {
    let folder = Folder::of_sqlite();
    let path = folder.path().join("tables.db");
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
    conn.run_pending_migrations(MIGRATIONS).expect("up");
    let believed = believed();
    assert_eq!(
        tables(&mut conn),
        believed.keys().cloned().collect::<BTreeSet<_>>()
    );
    for (table, expected) in &believed {
        assert_eq!(&columns(&mut conn, table), expected, "{table}");
    }
}

#[test]
fn migrations_can_be_taken_back_and_made_again() {
    let folder = Folder::of_sqlite();
    let path = folder.path().join("round.db");
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
    let shape = |conn: &mut SqliteConnection| -> Vec<(String, Columns)> {
        tables(conn)
            .into_iter()
            .map(|table| (table.clone(), columns(conn, &table)))
            .collect()
    };
    conn.run_pending_migrations(MIGRATIONS).expect("up");
    let first = shape(&mut conn);
    assert!(!first.is_empty());
    conn.revert_all_migrations(MIGRATIONS).expect("down");
    assert!(tables(&mut conn).is_empty());
    conn.run_pending_migrations(MIGRATIONS).expect("up again");
    assert_eq!(shape(&mut conn), first);
}

#[derive(QueryableByName)]
struct Pragma {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    synchronous: i64,
}

#[derive(QueryableByName)]
struct Journal {
    #[diesel(sql_type = Text)]
    journal_mode: String,
}

#[tokio::test]
async fn every_commit_is_synced_before_it_is_answered() {
    let place = Place::on_sqlite();
    let (synchronous, journal) = place
        .app
        .db
        .write(|tx| {
            let synchronous: Pragma =
                diesel::sql_query("PRAGMA synchronous").get_result(tx.conn)?;
            let journal: Journal = diesel::sql_query("PRAGMA journal_mode").get_result(tx.conn)?;
            Ok((synchronous.synchronous, journal.journal_mode))
        })
        .await
        .expect("read");
    // 2 is FULL (sqlite.org/pragma.html#pragma_synchronous).
    assert_eq!((synchronous, journal.as_str()), (2, "wal"));
}

#[tokio::test]
async fn s_dos_9_while_the_database_is_stalled_writes_are_refused_in_time_and_reads_go_on() {
    let cast = Cast::gather().await;
    let said = cast.secret().await;
    let mut tom = Socket::open(&cast.tom).await;
    let mut other = cast.place.database();
    confab::db::begin_write(&mut other).expect("the lock");
    let (id, other_id) = (client_id(), client_id());
    let (by_rest, by_socket, read) = tokio::join!(
        cast.ines.try_say(cast.den, &id, "stalled"),
        tom.try_say(cast.den, &other_id, "stalled, too"),
        cast.tom.message(said.id),
    );
    by_rest.refused(ErrorCode::Unavailable);
    assert!(by_rest.header("retry-after").is_some());
    assert_eq!(by_socket, Err(ErrorCode::Unavailable));
    assert_eq!(read, said);
    let ready = cast.place.anyone().plain("GET", "/readyz").send().await;
    assert_eq!(ready.status, 503);
    let word = serde_json::json!({ "status": "not_ready" });
    assert_eq!(ready.json(), word, "S-CONF-3: it tells nothing more");
    cast.place
        .anyone()
        .plain("GET", "/healthz")
        .send()
        .await
        .expect(200);
    other.batch_execute("ROLLBACK").expect("let go");
    // Whether it was done meanwhile or not: the same message lands once.
    let again = cast.ines.try_say(cast.den, &id, "stalled").await;
    assert!(matches!(again.status, 200 | 201), "{again:?}");
    cast.place
        .anyone()
        .plain("GET", "/readyz")
        .send()
        .await
        .expect(200);
    cast.ines.say(cast.den, "marker").await;
    let heard = tom.before("marker").await;
    let landed = heard.iter().filter(
        |frame| matches!(frame, ServerFrame::Message { message, .. } if message.body == "stalled"),
    );
    assert_eq!(landed.count(), 1);
}

#[tokio::test]
async fn what_is_left_of_a_write_outlives_a_commit_that_fails() {
    // What is left is left to the writer of one process.
    let cast = Cast::at(Place::alone(|_| {})).await;
    let db = &cast.place.app.db;
    let tries = Arc::new(AtomicUsize::new(0));
    let ((started, running), (go, wait)) = (mpsc::channel(), mpsc::channel());
    let counted = Arc::clone(&tries);
    let first = db.write(move |tx| {
        tx.go_on(1, move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            Ok(())
        });
        let _ = started.send(());
        let _ = wait.recv();
        Ok(())
    });
    running.recv().expect("it runs");
    // Beside the rest, whose commit it spoils: a foreign key that is looked at last.
    let spoilt = db.write(|tx| {
        tx.conn.batch_execute(match dialect(tx.conn) {
            Dialect::Sqlite => "PRAGMA defer_foreign_keys = ON",
            #[cfg(feature = "postgres")]
            Dialect::Postgres => {
                "ALTER TABLE rooms ALTER CONSTRAINT rooms_created_by_fkey DEFERRABLE INITIALLY DEFERRED"
            }
        })?;
        tx.conn.batch_execute("UPDATE rooms SET created_by = 987654")?;
        Ok(())
    });
    go.send(()).expect("it waits");
    first.await.expect("committed");
    spoilt.await.expect_err("no commit");
    assert_eq!(tries.load(Ordering::SeqCst), 1);
    cast.ines.say(cast.den, "tries again").await;
    assert_eq!(tries.load(Ordering::SeqCst), 2);
    cast.ines.say(cast.den, "needs not").await;
    assert_eq!(tries.load(Ordering::SeqCst), 2);
}
