//! The same on Postgres. Its tables are too small here for its planner to bother with an index: it is asked for the plan
//! that it makes when it may neither read a table through nor sort, whatever the values. What it does all the same, it
//! cannot do otherwise.

use crate::support::{Cast, Place, app::Folder};
use diesel::{
    PgConnection, QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_types::Text,
};

/// Partial indices that hold just what is asked for, or the order in which a page ends.
const WHOLE: [&str; 3] = ["users_by_search_key", "rooms_public", "rooms_default"];
/// As on SQLite: few rows, and not in the order of an index.
const SORTED: [&str; 2] = [
    "\"users\".\"id\" = ANY(",
    "FROM \"sessions\" WHERE (((\"sessions\".\"user_id\" = $1)",
];

pub(super) async fn cast() -> Cast {
    let place = Place::in_folder(Folder::of_postgres(), 1, |_| {});
    Cast::at(place.expect("the server starts")).await
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

pub(super) fn wrong(statements: Vec<String>, conn: &mut PgConnection, what: &str) -> Vec<String> {
    conn.batch_execute(
        "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off;
         SET enable_sort = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off",
    )
    .expect("settings");
    let mut wrong = Vec::new();
    for sql in statements {
        let plan = plan(conn, &sql);
        for (at, line) in plan.iter().enumerate() {
            let through = line.contains("Seq Scan on");
            // An index that is read from its beginning has no condition in the next line.
            let index = line.contains("Index Scan") || line.contains("Index Only Scan");
            let searched = plan
                .get(at + 1)
                .is_some_and(|next| next.contains("Index Cond"));
            let whole = index && !searched && !WHOLE.iter().any(|whole| line.contains(whole));
            let sorts = line
                .trim_start()
                .trim_start_matches("->")
                .trim_start()
                .starts_with("Sort  (")
                && !SORTED.iter().any(|few| sql.contains(few));
            if through || whole || sorts {
                wrong.push(format!("{what}: {line}: {sql}"));
            }
        }
    }
    wrong
}

fn plan(conn: &mut PgConnection, sql: &str) -> Vec<String> {
    let values = (1..100)
        .take_while(|number| sql.contains(&format!("${number}")))
        .count();
    conn.batch_execute(&format!("PREPARE asked AS {sql}"))
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    let nulls = vec!["NULL"; values].join(", ");
    let execute = if values == 0 {
        "EXECUTE asked".into()
    } else {
        format!("EXECUTE asked ({nulls})")
    };
    let lines: Vec<Line> = diesel::sql_query(format!("EXPLAIN {execute}"))
        .load(conn)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
    conn.batch_execute("DEALLOCATE asked").expect("forgotten");
    lines.into_iter().map(|line| line.line).collect()
}
