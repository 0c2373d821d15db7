//! The database: one writer that groups commits, a few readers, and nothing that knows a feature.
//!
//! `write` is the only way to change data. The writer takes what is waiting, runs each closure in its own
//! savepoint, commits the lot with one sync, hands the events to the sink in order, and only then answers.

mod conn;
#[cfg(feature = "postgres")]
mod copy;
mod line;
mod location;
#[cfg(feature = "postgres")]
mod postgres;
pub mod prepared;
mod readers;
mod rest;
pub mod schema;
mod tx;

pub use conn::Conn;
#[cfg(feature = "postgres")]
pub use copy::{Moved, copy};
pub use location::{Dialect, Location, begin_write, dialect};
pub use tx::Tx;

use crate::{
    error::{AppError, Result},
    event::{Event, EventSink, Everywhere},
};
use diesel::{QueryResult, connection::SimpleConnection};
use line::{Commit, Left, Line};
use readers::Readers;
use rest::{Rest, Rests};
use shared::ErrorCode;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    time::{Duration, Instant},
};
use tokio::sync::oneshot;

/// Writes that may wait; one more is refused with `overloaded`.
const WRITE_QUEUE: usize = 1024;
/// Writes that share one commit at most.
const GROUP: usize = 256;
/// From the start of one commit to that of the next at least. Nobody waits who writes alone; when many do, what
/// comes meanwhile shares a commit and its sync, and what is told of it leaves in fewer writes.
const BREATH: Duration = Duration::from_millis(2);
/// How long a request waits for its commit before it is told that the outcome is open.
const WRITE_WAIT: Duration = Duration::from_millis(4_800);
/// Runs in the writer: `None` takes the answer back before the commit is sure, `Some` gives it.
type Finish = Box<dyn FnOnce(Outcome) + Send>;
type Job = Box<dyn FnOnce(&mut Tx<'_>) -> (bool, Finish) + Send>;

/// How the group that a write was part of ended.
enum Outcome {
    Committed(Everywhere),
    Failed(AppError),
}

/// A handle on the database; cheap to clone.
#[derive(Clone)]
pub struct Db {
    writer: SyncSender<Job>,
    readers: Arc<Readers>,
    healthy: Arc<AtomicBool>,
}

impl Db {
    /// Opens the database, migrates it, and starts the writer.
    ///
    /// # Errors
    /// One line for a person: what cannot be opened or migrated.
    pub fn open(location: &Location, sink: Arc<dyn EventSink>) -> Result<Self, String> {
        let words = |error| format!("{location} cannot be used: {error}");
        let mut write_conn = location.open().map_err(words)?;
        for done in conn::migrate(&mut write_conn).map_err(words)? {
            tracing::info!(migration = done, "migrated");
        }
        let readers = Readers::open(location).map_err(words)?;
        let line = Line::new(location.clone(), write_conn);
        let (writer, jobs) = sync_channel(WRITE_QUEUE);
        let healthy = Arc::new(AtomicBool::new(true));
        let health = Arc::clone(&healthy);
        std::thread::Builder::new()
            .name("confab-writer".into())
            .spawn(move || write_loop(line, &jobs, sink.as_ref(), &health))
            .map_err(|error| error.to_string())?;
        Ok(Self {
            writer,
            readers: Arc::new(readers),
            healthy,
        })
    }

    /// Whether writes go through: none failed since this was last sure, or one that changes nothing in the end does now.
    ///
    /// # Errors
    /// Those of the write.
    pub async fn probe(&self) -> Result<()> {
        if self.healthy.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.write(|tx| {
            // SQLite stores nothing for a row that stays as it is, and so would not notice a full disk.
            for there_and_back in ["name || ' '", "substr(name, 1, length(name) - 1)"] {
                let change = format!("UPDATE server SET name = {there_and_back}");
                diesel::RunQueryDsl::execute(diesel::sql_query(change), tx.conn)?;
            }
            Ok(())
        })
        .await?;
        // Not so after any other write: it may have stored nothing, and then it says nothing of the disk.
        self.healthy.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Queues a write at once, in call order; the future resolves after the commit and the announcement.
    /// An error from the closure undoes this write alone.
    ///
    /// # Errors
    /// The closure's own; `overloaded` when too many wait; `unavailable` when the commit failed.
    pub fn write<T, F>(&self, work: F) -> impl Future<Output = Result<T>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |tx| {
            let result = attempt(|| work(tx));
            let keep = result.is_ok();
            let finish: Finish = Box::new(move |outcome| {
                // Nobody waits any more when the request was dropped; the write stands all the same.
                let _ = reply.send(match outcome {
                    Outcome::Committed(everywhere) => (result, everywhere),
                    Outcome::Failed(error) => (Err(error), Everywhere::default()),
                });
            });
            (keep, finish)
        });
        let queued = self.writer.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => AppError::overloaded(),
            TrySendError::Disconnected(_) => AppError::unavailable(),
        });
        async move {
            queued?;
            match tokio::time::timeout(WRITE_WAIT, answer).await {
                Ok(Ok((result, everywhere))) => {
                    everywhere.wait().await;
                    result
                }
                Ok(Err(_)) => Err(AppError::unavailable()),
                Err(_) => Err(outcome_open()),
            }
        }
    }
}

/// A panic in one write must not end the writer.
fn attempt<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(AppError::internal("a write panicked")))
}

fn write_loop(mut line: Line, jobs: &Receiver<Job>, sink: &dyn EventSink, healthy: &AtomicBool) {
    let mut rests = Rests::default();
    let mut failed = false;
    let mut breath_ends = Instant::now();
    loop {
        let rest = rests.next();
        // The rest comes first: what it leaves is older than what the writes beside it leave.
        let mut group: Vec<Job> = rest.iter().map(Rest::job).collect();
        // After a failed commit a rest waits for somebody who tries again.
        if group.is_empty() || failed {
            match jobs.recv() {
                Ok(job) => group.push(job),
                Err(_) => return,
            }
        }
        gather(&mut group, jobs, breath_ends);
        breath_ends = Instant::now() + BREATH;
        let left = run_group(&mut line, group, sink, healthy);
        failed = left.is_none();
        match (left, rest) {
            (Some(left), _) => rests.add(left),
            (None, Some(rest)) => rests.put_back(rest),
            (None, None) => {}
        }
    }
}

/// Adds what waits, and what comes until `breath_ends`.
fn gather(group: &mut Vec<Job>, jobs: &Receiver<Job>, breath_ends: Instant) {
    while group.len() < GROUP {
        match jobs.try_recv() {
            Ok(job) => group.push(job),
            Err(_) => match breath_ends.saturating_duration_since(Instant::now()) {
                Duration::ZERO => break,
                // Asleep, not at the queue: being woken for each would cost what is to be saved.
                wait => std::thread::sleep(wait),
            },
        }
    }
}

/// Gives back what the writes left for later ones; `None` when nothing was committed.
fn run_group(
    line: &mut Line,
    group: Vec<Job>,
    sink: &dyn EventSink,
    healthy: &AtomicBool,
) -> Option<Vec<Rest>> {
    let mut finishes = Vec::with_capacity(group.len());
    let (mut events, mut rests) = (Vec::new(), Vec::new());
    let run = line.begin().and_then(|found| {
        // A commit that was in doubt did happen: those who wrote were told to look, all others nothing.
        publish(sink, found);
        run_jobs(line.conn()?, group, &mut finishes, &mut events, &mut rests)
    });
    let committed = match run {
        Ok(()) => line.commit(Left { events, rests }),
        Err(error) => {
            line.rollback();
            Commit::Failed(error)
        }
    };
    if !matches!(committed, Commit::Done(_)) {
        healthy.store(false, Ordering::Relaxed);
    }
    let failure = match committed {
        Commit::Done(left) => {
            let everywhere = publish(sink, left.events);
            for (finish, binding) in finishes {
                // Only who changes who gets what waits for the other nodes.
                finish(Outcome::Committed(if binding {
                    everywhere.clone()
                } else {
                    Everywhere::default()
                }));
            }
            return Some(left.rests);
        }
        Commit::Failed(error) => match AppError::from(error) {
            failure if failure.code.retryable() => failure,
            _ => AppError::unavailable(),
        },
        #[cfg(feature = "postgres")]
        Commit::InDoubt => outcome_open(),
    };
    // The jobs that were not run yet drop their answers, which reads as `unavailable`.
    for (finish, _) in finishes {
        finish(Outcome::Failed(failure.clone()));
    }
    None
}

/// Each job in a savepoint of its own, so that one that fails undoes itself alone; one that is alone has the whole
/// transaction.
fn run_jobs(
    conn: &mut Conn,
    group: Vec<Job>,
    finishes: &mut Vec<(Finish, bool)>,
    events: &mut Vec<Event>,
    rests: &mut Vec<Rest>,
) -> QueryResult<()> {
    let alone = group.len() == 1;
    for job in group {
        if !alone {
            prepared::run(conn, "SAVEPOINT job")?;
        }
        let mut tx = Tx {
            conn: &mut *conn,
            now: crate::clock::now(),
            events: Vec::new(),
            rests: Vec::new(),
        };
        let (keep, finish) = job(&mut tx);
        let (announced, left) = (tx.events, tx.rests);
        let binding = announced
            .iter()
            .any(|event| matches!(event, Event::Control(_)));
        finishes.push((finish, binding));
        if keep {
            if !alone {
                prepared::run(conn, "RELEASE job")?;
            }
            events.extend(announced);
            rests.extend(left);
        } else if alone {
            prepared::run(conn, "ROLLBACK")?;
            begin_write(conn)?;
        } else {
            conn.batch_execute("ROLLBACK TO job; RELEASE job")?;
        }
    }
    Ok(())
}

/// Nobody knows whether it was done.
fn outcome_open() -> AppError {
    AppError::new(
        ErrorCode::Unavailable,
        "The server is slow to store this. It may still be done: look before you retry.",
    )
    .retry_after(Duration::from_secs(2))
}

fn publish(sink: &dyn EventSink, events: Vec<Event>) -> Everywhere {
    if events.is_empty() {
        return Everywhere::default();
    }
    // Committed is committed: a fault while announcing must not stop the writer.
    catch_unwind(AssertUnwindSafe(|| sink.publish(events))).unwrap_or_else(|_| {
        tracing::error!("announcing committed events panicked");
        Everywhere::default()
    })
}
