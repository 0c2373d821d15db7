//! A disk that is full, gone or locked: refusals that say so, readiness red, recovery without a restart; and no word
//! lost that was acknowledged, none heard that was not stored.

use crate::{
    avatars::upload,
    support::{
        Caller, Socket,
        app::{Folder, PASSWORD},
        binary::Process,
        caller::client_id,
        disk::{Disk, serve_read_only},
        pictures::picture,
    },
};
use diesel::{Connection, RunQueryDsl, SqliteConnection, connection::SimpleConnection, sql_query};
use futures_util::future::join_all;
use image::ImageFormat;
use serde_json::{Value, json};
use shared::{ErrorCode, RoomId, ServerFrame, messages::Messages};
use std::{collections::BTreeMap, net::SocketAddr, path::Path};

/// Two people in a room, what they know to be stored, and what was refused.
pub(crate) struct Talk {
    pub(crate) ines: Caller,
    pub(crate) tom: Caller,
    pub(crate) room: RoomId,
    pub(crate) hears: Socket,
    pub(crate) speaks: Socket,
    /// Id of each message by its text.
    pub(crate) stored: BTreeMap<String, i64>,
    /// The mark of each refused message by its text.
    pub(crate) refused: BTreeMap<String, String>,
    /// Id of each message by its text, as Tom heard it, and the place of the last.
    heard: BTreeMap<String, i64>,
    last_seq: i64,
}

impl Talk {
    pub(crate) async fn begin(address: SocketAddr) -> Self {
        let ines = Caller::register(address, "ines", PASSWORD).await;
        let tom = Caller::register(address, "tom", PASSWORD).await;
        let mut talk = Self {
            room: ines.general().await.id,
            hears: Socket::open(&tom).await,
            speaks: Socket::open(&ines).await,
            ines,
            tom,
            stored: BTreeMap::new(),
            refused: BTreeMap::new(),
            heard: BTreeMap::new(),
            last_seq: 0,
        };
        for number in 0..20 {
            assert_eq!(talk.say(&format!("before {number}")).await, Ok(()));
        }
        talk
    }

    /// Says something on the socket; what is refused is kept to be said again.
    pub(crate) async fn say(&mut self, body: &str) -> Result<(), ErrorCode> {
        let mark = client_id();
        match self.speaks.try_say(self.room, &mark, body).await {
            Ok(sent) => {
                self.stored.insert(body.to_owned(), sent.message_id.0);
                Ok(())
            }
            Err(code) => {
                self.refused.insert(body.to_owned(), mark);
                Err(code)
            }
        }
    }

    /// Everything but what must be stored goes on; everything else says why not.
    async fn goes_without_storing(&mut self, code: ErrorCode) {
        let count = self.stored.len() + self.refused.len();
        for number in count..count + 5 {
            assert_eq!(self.say(&format!("in vain {number}")).await, Err(code));
        }
        let (body, mark) = (format!("by post {count}"), client_id());
        let answer = self.ines.try_say(self.room, &mark, &body).await;
        answer.refused(code);
        assert!(answer.header("retry-after").is_some());
        self.refused.insert(body, mark);
        let sign_in = json!({ "login": "tom", "password": PASSWORD });
        let answer = self.tom.with_token("").post("/auth/login", &sign_in).await;
        answer.refused(code);
        assert_eq!(self.ready().await, 503);
        // What is refused for what it asks would have stored nothing, so it tells nothing of the disk.
        let answer = self.ines.delete("/messages/999999999").await;
        answer.refused(ErrorCode::NotFound);
        assert_eq!(self.ready().await, 503);
        self.tom.plain("GET", "/healthz").send().await.expect(200);
        self.tom.rooms().await;
        assert_eq!(self.history().await, self.stored, "reads go on");
        self.speaks.lives().await;
        self.hears.lives().await;
    }

    pub(crate) async fn ready(&self) -> u16 {
        self.ines.plain("GET", "/readyz").send().await.status
    }

    /// The fault is over: ready at once, and what was refused is said again, once each.
    pub(crate) async fn goes_on(&mut self) {
        assert_eq!(self.ready().await, 200);
        for (body, mark) in std::mem::take(&mut self.refused) {
            let answer = self.ines.try_say(self.room, &mark, &body).await;
            assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
            let id = answer.json()["id"].as_i64().expect("an id");
            self.stored.insert(body, id);
        }
        let marker = format!("over {}", self.stored.len());
        assert_eq!(self.say(&marker).await, Ok(()));
        // Nothing was heard that is not stored, and everything that is, once and in its order.
        while !self.heard.contains_key(&marker) {
            if let ServerFrame::Message { message, .. } = self.hears.next().await {
                let body = message.body;
                assert!(message.seq > self.last_seq, "{body} is out of order");
                self.last_seq = message.seq;
                assert_eq!(self.heard.insert(body, message.id.0), None, "once");
            }
        }
        assert_eq!(self.heard, self.stored);
        assert_eq!(self.history().await, self.stored);
    }

    /// Id of each message by its text, as stored; places without a gap.
    pub(crate) async fn history(&self) -> BTreeMap<String, i64> {
        let mut found = BTreeMap::new();
        let mut after = 0;
        loop {
            let path = format!("/rooms/{}/messages?after={after}&limit=100", self.room);
            let page: Messages = self.tom.get(&path).await.expect(200).shape();
            for message in page.messages {
                assert_eq!(message.seq, after + 1, "no gap");
                after = message.seq;
                if message.system.is_none() {
                    assert_eq!(found.insert(message.body, message.id.0), None, "once");
                }
            }
            if !page.has_after {
                return found;
            }
        }
    }
}

fn database(folder: &Path) -> SqliteConnection {
    let path = folder.join("confab.db");
    SqliteConnection::establish(&path.to_string_lossy()).expect("the database opens")
}

#[derive(diesel::QueryableByName)]
struct Check {
    #[diesel(sql_type = diesel::sql_types::Text)]
    integrity_check: String,
}

#[tokio::test]
async fn s_dos_9_a_full_disk_is_told_as_that_and_loses_nothing() {
    let Some(disk) = Disk::small() else { return };
    let mut talk = Talk::begin(disk.process.address).await;
    for round in 0..2 {
        disk.fill();
        // The log has room left for a while: for less and less, until there is none for the smallest write.
        let mut number = 0;
        let mut next = |words: &str| {
            number += 1;
            assert!(number < 3_000, "the disk is full");
            format!("{round}/{number} {words}")
        };
        while talk.say(&next(&"brim ".repeat(1_000))).await.is_ok() {}
        while talk.say(&next("drop")).await.is_ok() {}
        while talk.ready().await == 200 {
            next("");
        }
        talk.goes_without_storing(ErrorCode::StorageFull).await;
        let small = picture(64, 64, ImageFormat::Png);
        let answer = upload(&talk.tom, "image/png", small.clone()).await;
        answer.refused(ErrorCode::StorageFull);
        assert!(answer.header("retry-after").is_some());
        disk.free();
        talk.goes_on().await;
        upload(&talk.tom, "image/png", small).await.expect(200);
    }
}

#[tokio::test]
async fn s_dos_9_a_disk_that_takes_no_write_loses_nothing_even_to_a_power_cut_after_it() {
    let disk = Disk::moody();
    let mut talk = Talk::begin(disk.process.address).await;
    disk.refuse_writes();
    talk.goes_without_storing(ErrorCode::Unavailable).await;
    disk.take_writes();
    talk.goes_on().await;
    // Once more, and no time to recover in.
    disk.refuse_writes();
    assert_eq!(talk.say("never").await, Err(ErrorCode::Unavailable));
    let Disk { process, folder } = disk;
    let address = process.address;
    process.kill();
    let process = Process::serve(&folder, Some(address), &[]);
    let mut history = talk.history().await;
    // Its outcome is open: there or not, but nothing else.
    history.remove("never");
    assert_eq!(history, talk.stored);
    let mark = talk.refused.remove("never").expect("it was refused");
    let answer = talk.ines.try_say(talk.room, &mark, "never").await;
    assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
    drop(process);
    let checked: Vec<Check> = sql_query("PRAGMA integrity_check")
        .load(&mut database(folder.path()))
        .expect("a check");
    assert_eq!(checked[0].integrity_check, "ok");
}

#[tokio::test]
async fn s_dos_9_a_database_that_another_process_keeps_locked_refuses_in_time_and_goes_on() {
    let folder = Folder::of_sqlite();
    let process = Process::serve_under(&folder, "env", &[]);
    let mut talk = Talk::begin(process.address).await;
    let mut other = database(folder.path());
    other.batch_execute("BEGIN IMMEDIATE").expect("the lock");
    // More than one group of writes, from sockets and by post.
    let marks: Vec<(String, String)> = (0..30)
        .map(|number| (format!("locked {number}"), client_id()))
        .collect();
    let sends = marks
        .iter()
        .map(|(body, mark)| talk.ines.try_say(talk.room, mark, body));
    for answer in join_all(sends).await {
        answer.refused(ErrorCode::Unavailable);
        assert!(answer.header("retry-after").is_some());
    }
    talk.refused.extend(marks);
    assert_eq!(talk.ready().await, 503);
    assert_eq!(talk.history().await, talk.stored, "reads go on");
    other.batch_execute("ROLLBACK").expect("let go");
    talk.goes_on().await;
}

#[tokio::test]
async fn s_dos_9_a_folder_that_cannot_be_written_is_named_at_the_start_and_nothing_in_it_changes() {
    let folder = Folder::of_sqlite();
    for what in ["an empty one", "one in use"] {
        let Some(ran) = serve_read_only(&folder) else {
            return;
        };
        assert_eq!(ran.status.code(), Some(1), "{what}: {}", ran.err);
        let path = folder.path().to_string_lossy();
        assert!(ran.err.contains(&*path), "{what}: {}", ran.err);
        assert!(!ran.err.contains("panicked"), "{what}: {}", ran.err);
        // Where it can be, the server goes on as it was.
        let process = Process::serve_under(&folder, "env", &[]);
        let ines = match what {
            "an empty one" => Caller::register(process.address, "ines", PASSWORD).await,
            _ => Caller::sign_in(process.address, "ines", PASSWORD).await,
        };
        let room = ines.general().await.id;
        ines.say(room, what).await;
    }
}

#[tokio::test]
async fn s_dos_9_pictures_that_cannot_be_stored_are_refused_and_everything_else_goes_on() {
    let Some(disk) = Disk::without_pictures() else {
        return;
    };
    let mut talk = Talk::begin(disk.process.address).await;
    let small = picture(64, 64, ImageFormat::Png);
    let answer = upload(&talk.tom, "image/png", small).await;
    answer.refused(ErrorCode::Unavailable);
    assert!(answer.header("retry-after").is_some());
    talk.goes_on().await;
}

#[tokio::test]
async fn an_error_frame_says_when_to_try_again() {
    let disk = Disk::moody();
    let mut talk = Talk::begin(disk.process.address).await;
    disk.refuse_writes();
    let send = json!({ "type": "send", "id": 7, "room_id": talk.room, "client_id": client_id(), "body": "lost" });
    talk.speaks.tell(&send).await;
    let refused = loop {
        let frame: Value = talk.speaks.next_json().await;
        if frame["id"] == 7 {
            break frame;
        }
    };
    assert_eq!(refused["type"], "error");
    assert!(
        refused["retry_after_ms"]
            .as_i64()
            .is_some_and(|wait| wait > 0)
    );
}
