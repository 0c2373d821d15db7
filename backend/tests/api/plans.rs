//! How the database finds what people ask for every minute: by the index that is meant for it and in its order, never
//! by reading a table through. The statements are those that the server really ran, overheard on its connections.

#[cfg(feature = "postgres")]
mod postgres;

use crate::support::{Cast, Place, Socket, within};
use confab::db::Conn;
use diesel::{
    Connection, QueryableByName, RunQueryDsl,
    connection::{Instrumentation, InstrumentationEvent},
    sql_types::Text,
};
use serde_json::json;
use shared::accounts::Users;
use std::{
    collections::BTreeSet,
    sync::{Arc, Barrier, Mutex, PoisonError},
};

/// As many as `Db` opens; each must be held for a moment to be reached.
const READERS: usize = 4;

/// What may be read from end to end: a subquery, and what is in the order of an index that ends with the page.
const WHOLE: [&str; 5] = [
    "SCAN few",
    "SCAN CONSTANT ROW",
    "SCAN users USING INDEX users_by_search_key",
    "SCAN rooms USING INDEX rooms_public",
    "SCAN rooms USING INDEX rooms_default",
];
/// The people of one list of ids are put into the order of their names, and one person's sessions, of which there is
/// a most, into that of their last use.
const SORTED: [&str; 2] = [
    "`users`.`id` IN (",
    "FROM `sessions` WHERE (((`sessions`.`user_id` = ?)",
];
/// Asked once in a life, of a table of one row or of the first row; or of nothing.
const ONCE: [&str; 4] = [
    "(1=0)",
    "`server`",
    "EXISTS (SELECT `users`.`id` FROM `users`)",
    "EXISTS (SELECT `rooms`.`id` FROM `rooms`)",
];

/// Everything that one server asks of its database.
#[derive(Clone, Default)]
struct Overheard(Arc<Mutex<BTreeSet<String>>>);

impl Instrumentation for Overheard {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            let sql = text.split(" -- binds:").next().unwrap_or_default();
            self.statements().insert(sql.to_owned());
        }
    }
}

impl Overheard {
    async fn on(place: &Place) -> Self {
        let overheard = Self::default();
        let listen = |conn: &mut Conn, ears: Self| conn.set_instrumentation(ears);
        let ears = overheard.clone();
        let writer = place.app.db.write(move |tx| {
            listen(tx.conn, ears);
            Ok(())
        });
        writer.await.expect("the writer");
        let all = Arc::new(Barrier::new(READERS));
        let readers = (0..READERS).map(|_| {
            let (db, ears, all) = (place.app.db.clone(), overheard.clone(), Arc::clone(&all));
            tokio::spawn(async move {
                let read = db.read(move |conn| {
                    all.wait();
                    listen(conn, ears);
                    Ok(())
                });
                read.await.expect("a reader");
            })
        });
        for reader in readers.collect::<Vec<_>>() {
            within("all readers", reader).await.expect("no panic");
        }
        overheard
    }

    fn statements(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The statements since the last call whose plans matter.
    fn take(&self) -> Vec<String> {
        let all = std::mem::take(&mut *self.statements()).into_iter();
        all.filter(|sql| {
            let verb = sql.split_whitespace().next().unwrap_or_default();
            let sql = sql.replace('"', "`");
            ["SELECT", "INSERT", "UPDATE", "DELETE"].contains(&verb)
                && !ONCE.iter().any(|once| sql.contains(once))
        })
        .collect()
    }

    /// What is wrong with the plans of the statements since the last call: what they read through, and which of
    /// these steps none of them has.
    fn wrong(&self, conn: &mut Conn, what: &str, wanted: &[&str]) -> Vec<String> {
        #[cfg(feature = "postgres")]
        if let Conn::Postgres(conn) = conn {
            return postgres::wrong(self.take(), conn, what);
        }
        let (mut all, mut wrong) = (Vec::new(), Vec::new());
        for sql in self.take() {
            let verb = sql.split_whitespace().next().unwrap_or_default();
            let steps: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}"))
                .load(conn)
                .unwrap_or_else(|error| panic!("{sql}: {error}"));
            for Step { detail } in steps {
                // A plan of an insert tells where references would be looked for that had waited for the new row.
                let through = verb != "INSERT"
                    && detail.starts_with("SCAN ")
                    && !WHOLE.iter().any(|whole| detail.starts_with(whole));
                let sorts =
                    detail.contains("TEMP B-TREE") && !SORTED.iter().any(|few| sql.contains(few));
                if through || sorts {
                    wrong.push(format!("{what}: {detail}: {sql}"));
                }
                all.push(detail);
            }
        }
        for step in wanted {
            if !all.iter().any(|detail| detail.contains(step)) {
                wrong.push(format!("{what} does not {step}, but {all:?}"));
            }
        }
        wrong
    }
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// On each database that this build speaks.
async fn casts() -> Vec<Cast> {
    let on_sqlite = Cast::at(Place::on_sqlite()).await;
    vec![
        on_sqlite,
        #[cfg(feature = "postgres")]
        postgres::cast().await,
    ]
}

#[tokio::test]
async fn what_is_asked_every_minute_is_found_by_an_index_and_in_its_order() {
    for cast in casts().await {
        what_is_asked_every_minute(cast).await;
    }
}

#[tokio::test]
async fn people_are_found_by_an_index_however_many_there_are() {
    for cast in casts().await {
        people_are_found(cast).await;
    }
}

async fn what_is_asked_every_minute(cast: Cast) {
    let said = cast.secret().await;
    let place = &cast.place;
    let conn = &mut place.database();
    let overheard = Overheard::on(place).await;
    let (den, id) = (cast.den, said.id);
    let mut wrong = Vec::new();
    let mut expect = |what: &str, steps: &[&str]| wrong.extend(overheard.wrong(conn, what, steps));

    for page in ["", "?before=5", "?after=0", "?around=1"] {
        cast.tom
            .get(&format!("/rooms/{den}/messages{page}"))
            .await
            .expect(200);
        expect(
            page,
            &["SEARCH messages USING INDEX messages_by_seq (room_id=? AND seq"],
        );
    }
    cast.tom
        .get(&format!("/rooms/{den}/changes?after=0"))
        .await
        .expect(200);
    expect(
        "changes",
        &[
            "SEARCH messages USING INDEX messages_by_rev (room_id=? AND rev>?)",
            "SEARCH members USING INDEX members_by_rev (room_id=? AND rev>?)",
        ],
    );
    let my_rooms = [
        "SEARCH m USING INDEX members_by_user (user_id=?)",
        "SEARCH x USING COVERING INDEX messages_texts (room_id=? AND seq>?)",
        "SEARCH n USING COVERING INDEX messages_texts (room_id=?)",
        "SEARCH l USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH o USING PRIMARY KEY (room_id=?)",
    ];
    cast.tom.direct(&[&cast.zoe]).await;
    overheard.take();
    cast.tom.rooms().await;
    expect("my rooms", &my_rooms);
    let mut tom = Socket::open(&cast.tom).await;
    tom.settle().await;
    expect("hello", &my_rooms);

    tom.say(den, "aye").await;
    expect(
        "send",
        &[
            "SEARCH messages USING INDEX messages_by_client_id (author_id=? AND client_id=?)",
            "SEARCH rooms USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH members USING PRIMARY KEY (room_id=? AND user_id=?)",
        ],
    );
    cast.tom.reply(den, id, "aye").await;
    cast.ines.edit(id, "calm").await;
    expect(
        "edit",
        &["SEARCH messages USING INDEX messages_replies (reply_to=? AND rowid>?)"],
    );
    cast.tom
        .put(&format!("/rooms/{den}/read"), &json!({ "seq": 1 }))
        .await
        .expect(200);
    expect(
        "read marker",
        &["SEARCH m USING PRIMARY KEY (room_id=? AND user_id=?)"],
    );

    cast.tom
        .get(&format!("/rooms/{den}/members"))
        .await
        .expect(200);
    expect(
        "members",
        &["SEARCH members USING INDEX members_by_rev (room_id=?"],
    );
    cast.tom.get("/rooms?scope=public").await.expect(200);
    expect("public rooms", &["SCAN rooms USING INDEX rooms_public"]);
    let next = format!("/rooms?scope=public&cursor={}", cast.general);
    cast.tom.get(&next).await.expect(200);
    expect(
        "more public rooms",
        &["SEARCH rooms USING INDEX rooms_public (name>?)"],
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

async fn people_are_found(cast: Cast) {
    let conn = &mut cast.place.database();
    let overheard = Overheard::on(&cast.place).await;
    let mut wrong = Vec::new();
    let mut expect = |what: &str, steps: &[&str]| wrong.extend(overheard.wrong(conn, what, steps));
    for q in ["o", "om", "tom", "tom%20"] {
        cast.ines.get(&format!("/users?q={q}")).await.expect(200);
        expect(
            q,
            &[
                "user_parts USING PRIMARY KEY (part=?)",
                "SEARCH users USING INTEGER PRIMARY KEY (rowid=?)",
            ],
        );
    }
    let next = async |path: &str| {
        let page: Users = cast.ines.get(path).await.expect(200).shape();
        let cursor = page.next_cursor.expect("one more page");
        cast.ines
            .get(&format!("{path}&cursor={cursor}"))
            .await
            .expect(200);
    };
    // Two of the three have it.
    next("/users?q=e&limit=1").await;
    expect(
        "more people",
        &["SEARCH user_parts USING PRIMARY KEY (part=? AND search_key>?)"],
    );
    next("/users?q=&limit=1").await;
    expect(
        "more of everybody",
        &["SEARCH users USING INDEX users_by_search_key (search_key>?)"],
    );
    let ids = format!("/users?ids={},{}", cast.tom.id, cast.zoe.id);
    cast.ines.get(&ids).await.expect(200);
    expect(
        "people by id",
        &[
            "SEARCH users USING INTEGER PRIMARY KEY (rowid=?)",
            "USING INDEX members_by_user (user_id=?)",
        ],
    );
    cast.place.admit("max").await;
    expect("a new account", &["SCAN rooms USING INDEX rooms_default"]);
    assert!(wrong.is_empty(), "{wrong:#?}");
}
