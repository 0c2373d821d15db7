//! The tables: what the code believes of them is what the migrations make, and they can be taken back.

use crate::support::{Place, app::Folder};
use diesel::{
    Connection, QueryableByName, RunQueryDsl, SqliteConnection,
    sql_types::{Bool, Text},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::collections::{BTreeMap, BTreeSet};

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

/// Name, type and whether it may be null, of each column in the database.
fn columns(conn: &mut SqliteConnection, table: &str) -> BTreeMap<String, (String, bool)> {
    let rows: Vec<Column> = diesel::sql_query(format!("PRAGMA table_info({table})")).load(conn).expect("the columns");
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
fn believed() -> BTreeMap<String, BTreeMap<String, (String, bool)>> {
    let text = include_str!("../../src/db/schema.rs");
    let mut all: BTreeMap<String, BTreeMap<String, (String, bool)>> = BTreeMap::new();
    let mut table = String::new();
    for line in text.lines().map(str::trim) {
        if let Some((column, kind)) = line.split_once(" -> ") {
            let kind = kind.trim_end_matches(',');
            let inner = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
            let entry = (inner.unwrap_or(kind).to_owned(), inner.is_some());
            all.entry(table.clone()).or_default().insert(column.to_owned(), entry);
        } else if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with('{')) {
            name.clone_into(&mut table);
        }
    }
    all
}

#[tokio::test]
async fn the_code_and_the_migrations_agree_on_every_table() {
    let place = Place::open();
    let mut conn = place.database();
    let believed = believed();
    assert_eq!(tables(&mut conn), believed.keys().cloned().collect::<BTreeSet<_>>());
    for (table, expected) in &believed {
        assert_eq!(&columns(&mut conn, table), expected, "{table}");
    }
}

#[test]
fn migrations_can_be_taken_back_and_made_again() {
    let folder = Folder::new();
    let path = folder.path().join("round.db");
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("a database");
    let shape = |conn: &mut SqliteConnection| -> Vec<(String, BTreeMap<String, (String, bool)>)> {
        tables(conn).into_iter().map(|table| (table.clone(), columns(conn, &table))).collect()
    };
    conn.run_pending_migrations(MIGRATIONS).expect("up");
    let first = shape(&mut conn);
    assert!(!first.is_empty());
    conn.revert_all_migrations(MIGRATIONS).expect("down");
    assert!(tables(&mut conn).is_empty());
    conn.run_pending_migrations(MIGRATIONS).expect("up again");
    assert_eq!(shape(&mut conn), first);
}
