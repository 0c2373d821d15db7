//! Reads that wait for a turn, as when thousands come back at once: they follow each other on the connections that come
//! free, and neither spoil each other nor keep everybody else from reading.

use crate::support::{Cast, within};
use confab::{
    db::{Conn, Db, schema},
    error::Result,
};
use diesel::prelude::*;
use futures_util::{
    future::{BoxFuture, join_all, select_all},
    poll,
};
use shared::ErrorCode;
use std::sync::Arc;
use tokio::{
    sync::{OwnedRwLockWriteGuard, RwLock, mpsc::unbounded_channel},
    task::JoinHandle,
};

/// Patient reads that may run at once.
const TURNS: usize = 3;

/// Reads that go on for as long as this is shut.
#[derive(Clone, Default)]
struct Gate(Arc<RwLock<()>>);

impl Gate {
    async fn shut(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.0).write_owned().await
    }

    fn pass(&self) {
        drop(self.0.blocking_read());
    }
}

type Asked = BoxFuture<'static, std::result::Result<String, ErrorCode>>;

fn ask(db: &Db, work: impl FnOnce(&mut Conn) -> Result<String> + Send + 'static) -> Asked {
    let db = db.clone();
    Box::pin(async move { db.read_patiently(work).await.map_err(|error| error.code) })
}

/// Takes all turns until the gate opens.
async fn take_turns(db: &Db, gate: &Gate) -> Vec<JoinHandle<Result<()>>> {
    let (began, mut begins) = unbounded_channel();
    let turn = |_| {
        let (db, began, gate) = (db.clone(), began.clone(), gate.clone());
        tokio::spawn(async move {
            let read = db.read_patiently(move |_| {
                let _ = began.send(());
                gate.pass();
                Ok(())
            });
            read.await
        })
    };
    let turns = (0..TURNS).map(turn).collect();
    for _ in 0..TURNS {
        within("a turn", begins.recv()).await.expect("it is taken");
    }
    turns
}

async fn all_wait(reads: &mut [Asked]) {
    for read in reads {
        assert!(poll!(read).is_pending(), "all turns are taken");
    }
}

fn name(conn: &mut Conn) -> Result<String> {
    Ok(schema::server::table
        .select(schema::server::name)
        .first(conn)?)
}

fn broken(_: &mut Conn) -> Result<String> {
    panic!("a bug, as this test has it");
}

/// After a statement that failed, Postgres refuses the others of its transaction.
fn no_table(conn: &mut Conn) -> Result<String> {
    diesel::sql_query("SELECT 1 FROM nowhere").execute(conn)?;
    name(conn)
}

#[tokio::test]
async fn s_dos_10_a_read_that_waited_and_fails_costs_itself_alone() {
    let cast = Cast::gather().await;
    let db = &cast.place.app.db;
    let gate = Gate::default();
    let shut = gate.shut().await;
    let turns = take_turns(db, &gate).await;
    let mut waiting: Vec<_> = [name, broken, name, no_table, name, name]
        .into_iter()
        .cycle()
        .take(6 * TURNS)
        .map(|work| ask(db, work))
        .collect();
    all_wait(&mut waiting).await;
    // Somebody who does not wait for it, and something that was committed before it is read.
    drop(waiting.remove(0));
    let renamed = db.write(|tx| {
        diesel::update(schema::server::table)
            .set(schema::server::name.eq("Harbour"))
            .execute(tx.conn)?;
        Ok(())
    });
    renamed.await.expect("written");
    drop(shut);
    let read = within("all reads", join_all(waiting)).await;
    for turn in turns {
        turn.await.expect("no panic").expect("it was read");
    }
    let fails = |read: &std::result::Result<_, _>| *read == Err(ErrorCode::Internal);
    let (failed, rest): (Vec<_>, Vec<_>) = read.into_iter().partition(fails);
    assert_eq!(failed.len(), 2 * TURNS);
    let name = || Ok("Harbour".to_owned());
    assert_eq!(rest, vec![name(); 4 * TURNS - 1]);
}

#[tokio::test]
async fn s_dos_9_reads_that_waited_leave_a_connection_to_everybody_else() {
    let cast = Cast::gather().await;
    let db = &cast.place.app.db;
    let (first, later) = (Gate::default(), Gate::default());
    let (shut, held) = (first.shut().await, later.shut().await);
    let turns = take_turns(db, &first).await;
    // One that is answered at once is in front of many that are not: whose turn it was has no more to wait for,
    // and the connection is used all the same.
    let mut waiting: Vec<_> = (0..16 * TURNS)
        .map(|number| {
            let later = later.clone();
            ask(db, move |conn| {
                if number > 0 {
                    later.pass();
                }
                name(conn)
            })
        })
        .collect();
    all_wait(&mut waiting).await;
    drop(shut);
    for turn in turns {
        within("a turn's end", turn)
            .await
            .expect("no panic")
            .expect("it was read");
    }
    let (answered, _, mut waiting) = within("the first", select_all(waiting)).await;
    assert!(answered.is_ok());
    // Each asks for a turn, if there is one.
    all_wait(&mut waiting).await;
    let read = within("a read of somebody else", db.read(name)).await;
    assert_eq!(read.map_err(|error| error.code), Ok("Confab".to_owned()));
    drop(held);
    let read = within("all reads", join_all(waiting)).await;
    assert!(read.iter().all(std::result::Result::is_ok));
}
