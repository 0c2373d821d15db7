//! Postgres as the home of the data: the same tables, commits that last, and what happens when it goes away, comes
//! back, or is lost in the middle of a commit. Everything else is told by the other tests, which run on it as well.

use crate::{
    storage::Talk,
    support::{
        Caller, Cast, Place, Socket,
        app::Folder,
        binary::run,
        caller::client_id,
        postgres::{Fate, PASSWORD, PostgresServer, WeakLine},
    },
    tables::{Columns, believed},
};
use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl,
    sql_types::{Bool, Text},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use futures_util::future::join_all;
use shared::{ErrorCode, ServerFrame, messages::Message};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    of: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    collation: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
}

fn columns(conn: &mut PgConnection) -> BTreeMap<String, Columns> {
    let query =
        "SELECT c.table_name::text AS of, c.column_name::text AS name, c.data_type::text AS kind,
            coalesce(c.collation_name::text, '') AS collation, c.is_nullable = 'YES' AS nullable
        FROM information_schema.columns c
        WHERE c.table_schema = 'public' AND c.table_name NOT IN ('__diesel_schema_migrations', 'writers')";
    let rows: Vec<Column> = diesel::sql_query(query).load(conn).expect("the columns");
    let mut tables: BTreeMap<String, Columns> = BTreeMap::new();
    for column in rows {
        let kind = match (column.kind.as_str(), column.collation.as_str()) {
            ("bigint", _) => "BigInt",
            // Compared by bytes, as in SQLite.
            ("text", "C") => "Text",
            ("bytea", _) => "Binary",
            ("boolean", _) => "Bool",
            (other, _) => other,
        };
        let table = tables.entry(column.of).or_default();
        table.insert(column.name, (kind.to_owned(), column.nullable));
    }
    tables
}

#[test]
fn the_code_and_the_migrations_of_postgres_agree_and_go_both_ways() {
    let database = PostgresServer::shared().empty_database();
    let mut conn = PgConnection::establish(&database.url).expect("postgres answers");
    conn.run_pending_migrations(MIGRATIONS).expect("up");
    assert_eq!(columns(&mut conn), believed());
    conn.revert_all_migrations(MIGRATIONS).expect("down");
    assert_eq!(columns(&mut conn), BTreeMap::new());
    conn.run_pending_migrations(MIGRATIONS).expect("up again");
    assert_eq!(columns(&mut conn), believed());
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    setting: String,
}

#[tokio::test]
async fn postgres_syncs_every_commit_whatever_its_own_settings_say() {
    let database = PostgresServer::shared().database();
    let lax = format!("{}?options=-csynchronous_commit%3Doff", database.url);
    let place = Place::alone(|config| config.data.database_url = Some(lax));
    let found = place.app.db.write(|tx| {
        let query = "SELECT current_setting('synchronous_commit') AS setting";
        let found: Setting = diesel::sql_query(query).get_result(tx.conn)?;
        Ok(found.setting)
    });
    assert_eq!(found.await.expect("read"), "on");
}

/// A server on a Postgres that the test may hurt.
fn on(url: &str) -> Place {
    Place::alone(|config| config.data.database_url = Some(url.to_owned()))
}

#[tokio::test]
async fn s_dos_9_while_postgres_is_gone_everything_is_refused_at_once_and_goes_on_when_it_is_back()
{
    let mut server = PostgresServer::start();
    let database = server.database();
    let place = on(&database.url);
    let mut talk = Talk::begin(place.address).await;
    for round in 0..2 {
        server.stop();
        for number in 0..5 {
            let body = format!("{round}: in vain {number}");
            assert_eq!(talk.say(&body).await, Err(ErrorCode::Unavailable));
        }
        let (body, mark) = (format!("{round}: by post"), client_id());
        let answer = talk.ines.try_say(talk.room, &mark, &body).await;
        answer.refused(ErrorCode::Unavailable);
        assert!(answer.header("retry-after").is_some());
        talk.refused.insert(body, mark);
        let read = talk.tom.get("/rooms").await;
        read.refused(ErrorCode::Unavailable);
        assert!(read.header("retry-after").is_some());
        assert_eq!(talk.ready().await, 503);
        talk.tom.plain("GET", "/healthz").send().await.expect(200);
        server.start_again();
        talk.goes_on().await;
    }
}

#[tokio::test]
async fn what_people_say_while_postgres_is_started_again_is_there_once_and_heard_once() {
    let mut server = PostgresServer::start();
    let database = server.database();
    let place = on(&database.url);
    let talk = Talk::begin(place.address).await;
    let (room, mut hears) = (talk.room, talk.hears);
    let count = AtomicUsize::new(0);
    // As an outbox does it: the same mark until there is an answer, one after the other.
    let speak = async |who: &Caller, name: &str| {
        let mut said = BTreeMap::new();
        for number in 0..40 {
            let (body, mark) = (format!("{name} {number}"), client_id());
            loop {
                let answer = who.try_say(room, &mark, &body).await;
                if matches!(answer.status, 200 | 201) {
                    said.insert(body, answer.shape::<Message>().id);
                    count.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                answer.refused(ErrorCode::Unavailable);
            }
        }
        said
    };
    let restarts = async {
        for at in [10, 30, 50] {
            while count.load(Ordering::Relaxed) < at {
                tokio::task::yield_now().await;
            }
            let restarted = tokio::task::spawn_blocking(move || {
                server.stop();
                server.start_again();
                server
            });
            server = restarted.await.expect("no panic");
        }
        server
    };
    let (ines, tom, _server) =
        tokio::join!(speak(&talk.ines, "ines"), speak(&talk.tom, "tom"), restarts);
    let mut said = ines;
    said.extend(tom);
    talk.ines.say(room, "marker").await;
    let mut heard = BTreeMap::new();
    let mut last = 0;
    for frame in hears.before("marker").await {
        if let ServerFrame::Message { message, .. } = frame
            && !message.body.starts_with("before")
        {
            assert!(message.seq > last, "{} is out of order", message.body);
            last = message.seq;
            assert_eq!(heard.insert(message.body, message.id), None, "once");
        }
    }
    assert_eq!(heard, said);
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_found_out_and_announced_once() {
    for (fate, again) in [(Fate::Unheard, 200), (Fate::Undone, 201)] {
        let database = PostgresServer::shared().database();
        let line = WeakLine::to(&database);
        let cast = Cast::at(on(&line.url)).await;
        let mut tom = Socket::open(&cast.tom).await;
        tom.settle().await;
        let mark = client_id();
        line.break_at_next_commit(fate);
        let answer = cast.ines.try_say(cast.den, &mark, "in doubt").await;
        let words = answer.refused(ErrorCode::Unavailable).detail;
        assert!(words.contains("may still be done"), "{words}");
        let answer = cast.ines.try_say(cast.den, &mark, "in doubt").await;
        assert_eq!(answer.status, again, "{}", answer.text());
        cast.ines.say(cast.den, "marker").await;
        let heard = tom.before("marker").await;
        let doubtful = |frame: &&ServerFrame| matches!(frame, ServerFrame::Message { message, .. } if message.body == "in doubt");
        assert_eq!(heard.iter().filter(doubtful).count(), 1);
    }
}

#[tokio::test]
async fn nodes_that_start_together_on_an_empty_database_migrate_it_once() {
    let database = PostgresServer::shared().empty_database();
    let starts = (0..4).map(|_| {
        let url = database.url.clone();
        async move {
            tokio::task::spawn_blocking(move || {
                let folder = Folder::new();
                run(&folder, &["migrate", "--database-url", &url], "")
            })
            .await
            .expect("no panic")
        }
    });
    for ran in join_all(starts).await {
        assert!(ran.status.success(), "{}", ran.err);
    }
}

#[tokio::test]
async fn the_password_of_the_database_is_in_no_word_and_no_log() {
    let folder = Folder::new();
    for url in [
        format!("postgres://confab:{PASSWORD}@127.0.0.1:1/confab"),
        format!("postgres://confab:{PASSWORD}@[127.0.0.1/confab"),
        format!("postgres://127.0.0.1:1/confab?password={PASSWORD}"),
    ] {
        let more = ["serve", "--listen", "127.0.0.1:0", "--database-url", &url];
        let ran = run(&folder, &more, "");
        assert!(!ran.status.success());
        assert!(ran.err.contains("cannot be used"), "{}", ran.err);
        assert!(
            !ran.err.contains(PASSWORD) && !ran.out.contains(PASSWORD),
            "{}",
            ran.err
        );
    }
    let help = run(&folder, &["serve", "--help"], "");
    assert!(!help.out.contains(PASSWORD));
}

#[tokio::test]
async fn what_postgres_cannot_store_is_looked_for_and_not_found() {
    let cast = Cast::gather().await;
    for path in [
        "/users?q=to%00m",
        "/users?q=t%00",
        "/rooms?scope=public&q=%00",
    ] {
        let answer = cast.tom.get(path).await.expect(200).json();
        let found = answer["users"].as_array().or(answer["rooms"].as_array());
        assert_eq!(found.map(Vec::len), Some(0), "{path}");
    }
    let sign_in = serde_json::json!({ "login": "to\0m", "password": "whatever it is" });
    let nobody = cast.place.anyone().post("/auth/login", &sign_in).await;
    nobody.refused(ErrorCode::InvalidCredentials);
}
