//! A seeded folder holds what a server would have written.

use super::*;
use diesel::sql_types::BigInt;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// What must not be there: rows that point nowhere, counters that are behind, people who are not found by their name.
const WRONG: [&str; 6] = [
    "SELECT count(*) AS count FROM pragma_foreign_key_check",
    "SELECT count(*) AS count FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
    "SELECT count(*) AS count FROM rooms r WHERE last_seq <> (SELECT count(*) FROM messages m WHERE m.room_id = r.id)
        OR last_seq <> (SELECT max(seq) FROM messages m WHERE m.room_id = r.id)",
    "SELECT count(*) AS count FROM rooms r WHERE head_rev < (SELECT max(rev) FROM messages m WHERE m.room_id = r.id)
        OR head_rev < (SELECT max(rev) FROM members m WHERE m.room_id = r.id)",
    "SELECT count(*) AS count FROM rooms r
        WHERE member_count <> (SELECT count(*) FROM members m WHERE m.room_id = r.id AND m.left_at IS NULL)",
    "SELECT count(*) AS count FROM users u WHERE NOT EXISTS (SELECT 1 FROM user_parts p
        WHERE p.part = substr(u.username, 1, 3) AND p.search_key = u.search_key AND p.user_id = u.id)",
];

fn count(conn: &mut SqliteConnection, query: &str) -> i64 {
    let row: Count = diesel::sql_query(query).get_result(conn).unwrap();
    row.count
}

#[test]
fn a_seeded_folder_points_nowhere_wrong_and_has_every_index() {
    let name = format!("confab-seed-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    let size = Size {
        messages: 9_000,
        people: None,
        rooms: None,
    };
    seed(&folder, &size).unwrap();
    assert!(
        seed(&folder, &size).is_err(),
        "never over data that is there"
    );
    let open = |path: &Path| SqliteConnection::establish(&path.to_string_lossy()).unwrap();
    let mut conn = open(&folder.join("confab.db"));
    for query in WRONG {
        assert_eq!(count(&mut conn, query), 0, "{query}");
    }
    for (table, many) in [("messages", 9_000), ("users", 1_000), ("rooms", 700)] {
        let query = format!("SELECT count(*) AS count FROM {table}");
        assert_eq!(count(&mut conn, &query), many, "{table}");
    }
    let mut fresh = open(Path::new(":memory:"));
    fresh.run_pending_migrations(MIGRATIONS).unwrap();
    let indices = "SELECT count(*) AS count FROM sqlite_schema WHERE type = 'index'";
    assert_eq!(count(&mut conn, indices), count(&mut fresh, indices));
    std::fs::remove_dir_all(&folder).unwrap();
}
