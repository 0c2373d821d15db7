//! Reading: a few connections, who waits for them, and who is refused. Knows nothing of writes.

use super::{Conn, Db, Location, location};
use crate::error::{AppError, Result};
use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// How long a read waits for a connection before it is refused.
const READ_WAIT: Duration = Duration::from_secs(4);
/// How long the patient wait, for a connection and for their answer.
const PATIENT_WAIT: Duration = Duration::from_secs(60);
/// How long a read takes at most before it is given up: longer than Postgres is let work on one statement.
const READ_END: Duration = Duration::from_secs(20);
const READERS: usize = 4;
/// Reads that run or wait; one more is refused with `overloaded`.
const READ_QUEUE: usize = 256;
/// Connections that the patient may hold at once: one is always left for the others.
const PATIENT_READERS: usize = READERS - 1;
/// Reads of the patient that follow each other on one connection, in one snapshot.
const TOGETHER: usize = 16;

/// A read of the patient, which gives its result to whoever asked; false when the snapshot may be spoilt.
type Patient = Box<dyn FnOnce(&mut Conn) -> bool + Send>;

/// The connections, and the lines before them.
pub(super) struct Readers {
    location: Location,
    /// A connection that was lost is missing here until the next read opens another.
    free: Mutex<Vec<Conn>>,
    permits: Arc<Semaphore>,
    places: Semaphore,
    patient: Arc<Semaphore>,
    /// What the patient want to read and nobody has begun, oldest first.
    line: Mutex<VecDeque<Patient>>,
}

impl Db {
    /// Reads a snapshot on a thread of the blocking pool.
    ///
    /// # Errors
    /// The closure's own; `overloaded` when too many wait, or no connection comes free in time.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let readers = &self.readers;
        let place = readers.places.try_acquire();
        let _place = place.map_err(|_| AppError::overloaded())?;
        let permit = tokio::time::timeout(READ_WAIT, readers.free())
            .await
            .map_err(|_| AppError::overloaded())??;
        let readers = Arc::clone(readers);
        let read = actix_web::web::block(move || {
            // Held to the end of the work, not of the waiting: whoever asked may be gone before.
            let _permit = permit;
            let mut conn = readers.begin()?;
            let result = caught(&mut conn, work);
            if location::rolled_back(&mut conn) {
                readers.give(conn);
            }
            result
        });
        match tokio::time::timeout(READ_END, read).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => Err(AppError::unavailable()),
        }
    }

    /// [`read`](Self::read) for those whose number is bounded elsewhere: sockets that open and catch up, of which
    /// very many come at once when a server returns. They wait their turn instead of coming again, and leave one
    /// connection to everybody else. Whose turn it is reads for others who wait, too: a thread that is woken and a
    /// transaction cost as much as one of these reads.
    ///
    /// # Errors
    /// The closure's own; `overloaded` when no connection comes free in time, `unavailable` when it is lost.
    pub async fn read_patiently<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (done, mut outcome) = oneshot::channel();
        self.readers.line().push_back(Box::new(move |conn| {
            // Whoever asked may be gone.
            if done.is_closed() {
                return true;
            }
            let result = caught(conn, work);
            let stands = result.is_ok();
            let _ = done.send(result);
            stands
        }));
        let answer = async {
            loop {
                tokio::select! {
                    biased;
                    result = &mut outcome => return result.unwrap_or_else(|_| Err(AppError::unavailable())),
                    read = self.read_for_the_patient() => read?,
                }
            }
        };
        let answered = tokio::time::timeout(PATIENT_WAIT, answer).await;
        answered.unwrap_or_else(|_| Err(AppError::overloaded()))
    }

    /// Waits for a turn, and reads what waits then.
    async fn read_for_the_patient(&self) -> Result<()> {
        let turn = Arc::clone(&self.readers.patient).acquire_owned().await;
        let turn = turn.map_err(|_| AppError::unavailable())?;
        let permit = self.readers.free().await?;
        let readers = Arc::clone(&self.readers);
        let read = actix_web::web::block(move || {
            // Held to the end of the work, not of the waiting: whose turn it is may have its own answer before.
            let _held = (turn, permit);
            readers.read_together();
        });
        read.await.map_err(|_| AppError::unavailable())
    }
}

/// A panic must not leave the connection inside its transaction.
fn caught<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(|| work(conn)))
        .unwrap_or_else(|_| Err(AppError::internal("a read panicked")))
}

impl Readers {
    pub(super) fn open(location: &Location) -> std::result::Result<Self, String> {
        let mut free = Vec::with_capacity(READERS);
        for _ in 0..READERS {
            free.push(location.open_reader()?);
        }
        Ok(Self {
            location: location.clone(),
            free: Mutex::new(free),
            permits: Arc::new(Semaphore::new(READERS)),
            places: Semaphore::new(READ_QUEUE),
            patient: Arc::new(Semaphore::new(PATIENT_READERS)),
            line: Mutex::default(),
        })
    }

    /// Leave to use a connection.
    async fn free(&self) -> Result<OwnedSemaphorePermit> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        permit.map_err(|_| AppError::unavailable())
    }

    fn line(&self) -> MutexGuard<'_, VecDeque<Patient>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads for those who wait, the longest first, and leaves as many to the other readers as to this one.
    fn read_together(&self) {
        // Before the snapshot, which must have all that was there when they asked.
        let mut reads = {
            let mut line = self.line();
            let share = line.len().div_ceil(PATIENT_READERS).min(TOGETHER);
            line.drain(..share).collect::<Vec<_>>().into_iter()
        };
        while reads.len() > 0 {
            // Whose read is dropped hears that the database is away.
            let Ok(mut conn) = self.begin() else { return };
            // After one that failed, Postgres answers nothing more in this transaction.
            reads.by_ref().all(|read| read(&mut conn));
            if location::rolled_back(&mut conn) {
                self.give(conn);
            }
        }
    }

    /// A connection that stands at one state, so that several queries see the same; a new one where the old one
    /// was lost.
    fn begin(&self) -> Result<Conn> {
        let kept = self
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        if let Some(mut conn) = kept {
            let begun = location::begin_read(&mut conn);
            match begun {
                Ok(()) => return Ok(conn),
                Err(error) if location::rolled_back(&mut conn) => {
                    self.give(conn);
                    return Err(error.into());
                }
                Err(_) => {}
            }
        }
        let mut conn = self.location.open_reader().map_err(|words| {
            tracing::warn!(cause = words, "the database cannot be reached");
            AppError::unavailable()
        })?;
        location::begin_read(&mut conn)?;
        Ok(conn)
    }

    fn give(&self, conn: Conn) {
        self.free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(conn);
    }
}
