//! Everything moves from one database into the other, and whoever is not told of it notices a reconnect.

use crate::{
    support::{
        Caller,
        app::{Folder, PASSWORD},
        binary::{Process, Ran, run},
        caller::client_id,
        postgres::{self, PostgresServer},
    },
    tables::believed,
};
use confab::db::{Conn, Location};
use diesel::{QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_types::Text};
use serde_json::{Value, json};
use shared::{RoomId, messages::Message};
use std::{collections::BTreeMap, path::Path};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// All rows of all tables, as text that is the same for both databases.
fn rows(url: &str) -> BTreeMap<String, Vec<String>> {
    let mut conn = Location::of_url(url)
        .expect("a URL")
        .open()
        .expect("opened");
    let sqlite = matches!(conn, Conn::Sqlite(_));
    believed()
        .into_iter()
        .map(|(table, columns)| {
            let texts: Vec<String> = columns
                .iter()
                .map(|(column, (kind, _))| {
                    let text = match (kind.as_str(), sqlite) {
                        ("Binary", true) => format!("lower(hex({column}))"),
                        ("Binary", false) => format!("encode({column}, 'hex')"),
                        ("Bool", true) => format!("iif({column}, 'true', 'false')"),
                        _ => format!("CAST({column} AS TEXT)"),
                    };
                    // SQLite's hex of nothing is an empty text.
                    format!("CASE WHEN {column} IS NULL THEN '-' ELSE '=' || {text} END")
                })
                .collect();
            let query = format!("SELECT {} AS line FROM {table}", texts.join(" || '|' || "));
            let found: Vec<Line> = diesel::sql_query(query).load(&mut conn).expect("rows");
            let mut lines: Vec<String> = found.into_iter().map(|row| row.line).collect();
            lines.sort();
            (table, lines)
        })
        .collect()
}

fn url_of(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}

fn copy(from: &str, to: &str) -> Ran {
    let ran = run(
        &Folder::of_sqlite(),
        &["copy-database", "--from", from, "--to", to],
        "",
    );
    assert!(!ran.out.contains(postgres::PASSWORD), "{}", ran.out);
    assert!(!ran.err.contains(postgres::PASSWORD), "{}", ran.err);
    ran
}

#[track_caller]
fn refused(ran: &Ran, words: &str) {
    assert!(!ran.status.success(), "{}", ran.out);
    assert!(ran.err.contains(words), "{}", ran.err);
}

/// The usual people, on a process that can be started again on other data.
struct People {
    ines: Caller,
    tom: Caller,
    zoe: Caller,
    general: RoomId,
    den: RoomId,
    process: Process,
    folder: Folder,
}

impl People {
    async fn gather() -> Self {
        let folder = Folder::of_sqlite();
        let process = Process::serve(&folder, None, &[UNLIMITED]);
        let ines = Caller::register(process.address, "ines", PASSWORD).await;
        Self {
            tom: Caller::register(process.address, "tom", PASSWORD).await,
            zoe: Caller::register(process.address, "zoe", PASSWORD).await,
            general: ines.general().await.id,
            den: ines.new_room("private", "Den", &[]).await.id,
            ines,
            process,
            folder,
        }
    }

    async fn sign_in(&self, name: &str) -> Caller {
        Caller::sign_in(self.process.address, name, PASSWORD).await
    }

    fn stop(&mut self) {
        self.process.terminate();
        assert!(self.process.end().0.success());
    }

    /// The same address and folder, but other data.
    fn go_on_with(&mut self, url: &str) {
        let elsewhere = ("CONFAB_DATABASE_URL", url);
        let address = Some(self.process.address);
        self.process = Process::serve(&self.folder, address, &[UNLIMITED, elsewhere]);
    }
}

const UNLIMITED: (&str, &str) = ("CONFAB_RATE_LIMITS", "off");

/// What each of them sees of everything.
async fn seen(cast: &People) -> Vec<Value> {
    let mut seen = Vec::new();
    for who in [&cast.ines, &cast.tom, &cast.zoe] {
        for path in [
            "/me",
            "/users",
            "/rooms",
            "/rooms?scope=public",
            "/auth/sessions",
        ] {
            seen.push(who.get(path).await.expect(200).json());
        }
        for room in who.rooms().await {
            for path in ["changes?after=0", "messages?limit=100", "members"] {
                let path = format!("/rooms/{}/{path}", room.id);
                seen.push(who.get(&path).await.expect(200).json());
            }
        }
    }
    seen
}

/// Everything that people can leave behind.
async fn live_a_little(cast: &People) -> Message {
    for number in 0..600 {
        cast.ines
            .say(cast.general, &format!("line {number} – ß 🦀"))
            .await;
    }
    cast.ines
        .put_member(cast.den, &cast.tom, "member")
        .await
        .expect(200);
    let first = cast.ines.say(cast.den, "the harbour is ours").await;
    cast.tom.reply(cast.den, first.id, "aye").await;
    cast.ines.edit(first.id, "calm, after all").await;
    let gone = cast.tom.say(cast.den, "gone").await;
    cast.tom.remove_message(gone.id).await;
    let direct = cast.zoe.direct(&[&cast.tom]).await;
    cast.zoe.say(direct.id, "just us").await;
    let status = json!({ "emoji": "🌊", "text": "at sea", "expires_at": null });
    let profile =
        json!({ "bio": "of the harbour", "time_zone": "Europe/Berlin", "status": status });
    cast.tom.patch("/me", &profile).await.expect(200);
    cast.ines
        .put_member(cast.den, &cast.zoe, "moderator")
        .await
        .expect(200);
    cast.ines.remove(cast.den, &cast.zoe).await;
    let other = cast.sign_in("tom").await;
    other.post("/auth/logout", &json!({})).await;
    first
}

#[tokio::test]
async fn everything_moves_to_postgres_and_back_and_people_notice_a_reconnect_alone() {
    let mut cast = People::gather().await;
    let first = live_a_little(&cast).await;
    let mark = client_id();
    let sent: Message = cast
        .tom
        .try_say(cast.den, &mark, "sent")
        .await
        .expect(201)
        .shape();
    let before = seen(&cast).await;
    let file = cast.folder.path().join("confab.db");
    // Ids of what is gone do not come back.
    let mut database = cast.folder.connect();
    let late = cast.sign_in("tom").await.session.0;
    database
        .batch_execute(&format!(
            "DELETE FROM refresh_tokens WHERE session_id = {late}; DELETE FROM sessions WHERE id = {late}"
        ))
        .expect("gone");
    drop(database);

    let target = PostgresServer::shared().empty_database();
    refused(&copy(&url_of(&file), &target.url), "is in use");
    cast.stop();
    let from = rows(&url_of(&file));
    let moved = copy(&url_of(&file), &target.url);
    assert!(moved.status.success(), "{}", moved.err);
    assert_eq!(rows(&target.url), from);
    refused(&copy(&url_of(&file), &target.url), "give an empty database");

    cast.go_on_with(&target.url);
    assert_eq!(seen(&cast).await, before);
    let again = cast.tom.try_say(cast.den, &mark, "sent").await.expect(200);
    assert_eq!(again.shape::<Message>().id, sent.id);
    let next = cast.tom.reply(cast.den, first.id, "on Postgres").await;
    assert_eq!((next.id.0, next.seq), (sent.id.0 + 1, sent.seq + 1));
    assert!(cast.sign_in("zoe").await.session.0 > late);

    let back = Folder::of_sqlite();
    let back = back.path().join("back.db");
    refused(&copy(&target.url, &url_of(&back)), "is in use");
    cast.stop();
    let moved = copy(&target.url, &url_of(&back));
    assert!(moved.status.success(), "{}", moved.err);
    assert_eq!(rows(&url_of(&back)), rows(&target.url));
    cast.go_on_with(&url_of(&back));
    let last = cast.tom.say(cast.den, "and back").await;
    assert_eq!((last.id.0, last.seq), (next.id.0 + 1, next.seq + 1));
    assert!(cast.sign_in("zoe").await.session.0 > late + 1);
}

#[test]
fn every_column_arrives_in_its_place() {
    let folder = Folder::of_sqlite();
    let url = url_of(&folder.path().join("full.db"));
    let location = Location::of_url(&url).expect("a URL");
    location.migrate().expect("the tables");
    let mut conn = location.open().expect("opened");
    let mut fill = "PRAGMA foreign_keys = OFF; DELETE FROM server;".to_owned();
    for (table, columns) in believed() {
        let values: Vec<String> = columns
            .iter()
            .enumerate()
            .map(|(number, (column, (kind, _)))| match kind.as_str() {
                "Text" => format!("'{column}'"),
                "Binary" => format!("CAST('{column}' AS BLOB)"),
                "Bool" => (column == "muted" || column == "is_default").to_string(),
                // What refers to something refers to the one there is.
                _ if column.ends_with("id")
                    || ["created_by", "reply_to"].contains(&column.as_str()) =>
                {
                    "1".into()
                }
                _ => (number + 10).to_string(),
            })
            .collect();
        let names: Vec<&str> = columns.keys().map(String::as_str).collect();
        let (names, values) = (names.join(", "), values.join(", "));
        fill.push_str(&format!("INSERT INTO {table} ({names}) VALUES ({values});"));
    }
    conn.batch_execute(&fill).expect("filled");
    drop(conn);
    let target = PostgresServer::shared().empty_database();
    let moved = copy(&url, &target.url);
    assert!(moved.status.success(), "{}", moved.err);
    assert_eq!(rows(&target.url), rows(&url));
    let back = url_of(&folder.path().join("back.db"));
    assert!(copy(&target.url, &back).status.success());
    assert_eq!(rows(&back), rows(&url));
}

#[test]
fn only_what_is_there_up_to_date_and_of_the_other_kind_is_copied() {
    let folder = Folder::of_sqlite();
    let target = PostgresServer::shared().empty_database();
    let missing = url_of(&folder.path().join("missing.db"));
    refused(&copy(&missing, &target.url), "is not there");
    assert!(!folder.path().join("missing.db").exists());
    refused(&copy(&target.url, &missing), "older tables");
    refused(&copy(&missing, &missing), "the other a postgres:// URL");
    let old = folder.path().join("old.db");
    std::fs::write(&old, "").expect("an empty database");
    refused(&copy(&url_of(&old), &target.url), "older tables");
    refused(&copy("mysql://a:b@c/d", &target.url), "not understood");
}
