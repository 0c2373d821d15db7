//! Reading: a few connections, who waits for them, and who is refused. Knows nothing of writes.

use super::{Conn, Db, Location, location};
use crate::error::{AppError, Result};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::Semaphore;

/// How long a read waits for a connection before it is refused.
const READ_WAIT: Duration = Duration::from_secs(4);
/// The same for those that are patient.
const PATIENT_WAIT: Duration = Duration::from_secs(60);
/// How long a read takes at most before it is given up: longer than Postgres is let work on one statement.
const READ_END: Duration = Duration::from_secs(20);
const READERS: usize = 4;
/// Reads that run or wait; one more is refused with `overloaded`.
const READ_QUEUE: usize = 256;
/// Connections that the patient may hold at once: one is always left for the others.
const PATIENT_READERS: usize = READERS - 1;

/// The connections, and the lines before them.
pub(super) struct Readers {
    location: Location,
    /// A connection that was lost is missing here until the next read opens another.
    free: Mutex<Vec<Conn>>,
    permits: Arc<Semaphore>,
    places: Semaphore,
    patient: Semaphore,
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
        self.read_once_free(READ_WAIT, work).await
    }

    /// [`read`](Self::read) for those whose number is bounded elsewhere: sockets that open and catch up, of which
    /// very many come at once when a server returns. They wait their turn instead of coming again, and leave one
    /// connection to everybody else.
    ///
    /// # Errors
    /// The closure's own; `overloaded` when no connection comes free in time.
    pub async fn read_patiently<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = tokio::time::timeout(PATIENT_WAIT, self.readers.patient.acquire());
        let _turn = turn
            .await
            .map_err(|_| AppError::overloaded())?
            .map_err(|_| AppError::unavailable())?;
        self.read_once_free(PATIENT_WAIT, work).await
    }

    async fn read_once_free<T: Send + 'static>(
        &self,
        wait: Duration,
        work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let free = Arc::clone(&self.readers.permits).acquire_owned();
        let permit = tokio::time::timeout(wait, free)
            .await
            .map_err(|_| AppError::overloaded())?
            .map_err(|_| AppError::unavailable())?;
        let readers = Arc::clone(&self.readers);
        let read = actix_web::web::block(move || {
            // Held to the end of the work, not of the waiting: whoever asked may be gone before.
            let _permit = permit;
            let mut conn = readers.begin()?;
            // A panic must not leave the connection inside its transaction.
            let result = catch_unwind(AssertUnwindSafe(|| work(&mut conn)))
                .unwrap_or_else(|_| Err(AppError::internal("a read panicked")));
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
            patient: Semaphore::new(PATIENT_READERS),
        })
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
