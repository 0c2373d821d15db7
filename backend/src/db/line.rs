//! The writer's line to the database: a lost connection is replaced, and a commit whose end nobody heard is looked
//! up. Knows no job and no answer.

#[cfg(feature = "postgres")]
use super::postgres;
use super::{
    Rest,
    conn::Conn,
    location::{self, Location},
    prepared,
};
use crate::event::Event;
use diesel::{
    QueryResult,
    result::{DatabaseErrorKind, Error},
};

/// The writer's connection.
pub(super) struct Line {
    location: Location,
    /// None between the loss of one and the next write.
    conn: Option<Conn>,
    #[cfg(feature = "postgres")]
    commits: postgres::Commits,
    #[cfg(feature = "postgres")]
    doubt: Option<Doubt>,
    /// What a commit left that was in doubt, until the next one goes through.
    rests: Vec<Rest>,
}

/// What a group of writes leaves behind: for everybody, and for later writes.
#[derive(Default)]
pub(super) struct Left {
    pub(super) events: Vec<Event>,
    pub(super) rests: Vec<Rest>,
}

/// The connection was lost during the commit of this number.
#[cfg(feature = "postgres")]
struct Doubt {
    number: i64,
    left: Left,
}

/// How a commit ended.
pub(super) enum Commit {
    /// It is on the disk.
    Done(Left),
    /// Nothing was changed.
    Failed(Error),
    /// The connection was lost before the answer. If it was committed, the next write will find out.
    #[cfg(feature = "postgres")]
    InDoubt,
}

impl Line {
    pub(super) fn new(location: Location, conn: Conn) -> Self {
        Self {
            location,
            conn: Some(conn),
            #[cfg(feature = "postgres")]
            commits: postgres::Commits::default(),
            #[cfg(feature = "postgres")]
            doubt: None,
            rests: Vec::new(),
        }
    }

    /// Begins a transaction, on a new connection where the old one is lost. Gives the events of an earlier one that
    /// turns out to have been committed: they are older than all that this one will do.
    pub(super) fn begin(&mut self) -> QueryResult<Vec<Event>> {
        let had_one = self.conn.is_some();
        let mut begun = self.try_begin();
        if begun.is_err() && !self.rollback() && had_one {
            // The server was restarted since the last write: nothing of this one has been done yet.
            begun = self.try_begin();
            if begun.is_err() {
                self.rollback();
            }
        }
        begun
    }

    fn try_begin(&mut self) -> QueryResult<Vec<Event>> {
        if self.conn.is_none() {
            self.conn = Some(self.location.open().map_err(|words| {
                tracing::warn!(cause = words, "the database cannot be reached");
                lost()
            })?);
        }
        location::begin_write(self.conn()?)?;
        #[cfg(feature = "postgres")]
        if let Some(Conn::Postgres(conn)) = &mut self.conn
            && let Some(doubt) = &self.doubt
        {
            let committed = self.commits.was_made(conn, doubt.number)?;
            let doubt = self.doubt.take().filter(|_| committed);
            return Ok(doubt.map_or_else(Vec::new, |doubt| {
                self.rests.extend(doubt.left.rests);
                doubt.left.events
            }));
        }
        Ok(Vec::new())
    }

    /// The connection that a transaction was begun on.
    pub(super) fn conn(&mut self) -> QueryResult<&mut Conn> {
        self.conn.as_mut().ok_or_else(lost)
    }

    pub(super) fn commit(&mut self, left: Left) -> Commit {
        #[cfg(feature = "postgres")]
        if let Some(Conn::Postgres(conn)) = &mut self.conn {
            let (number, made) = self.commits.commit(conn);
            return match made {
                Ok(()) => self.done(left),
                Err(error) if self.rollback() => Commit::Failed(error),
                Err(_) => {
                    self.doubt = Some(Doubt { number, left });
                    Commit::InDoubt
                }
            };
        }
        match self.conn().and_then(|conn| prepared::run(conn, "COMMIT")) {
            Ok(()) => self.done(left),
            Err(error) => {
                self.rollback();
                Commit::Failed(error)
            }
        }
    }

    fn done(&mut self, mut left: Left) -> Commit {
        left.rests.splice(..0, self.rests.drain(..));
        Commit::Done(left)
    }

    /// Undoes the transaction; a connection that is good for nothing any more is dropped. Says whether there is one.
    pub(super) fn rollback(&mut self) -> bool {
        if self
            .conn
            .as_mut()
            .is_some_and(|conn| !location::rolled_back(conn))
        {
            self.conn = None;
        }
        self.conn.is_some()
    }
}

fn lost() -> Error {
    let words = "the connection is lost".to_owned();
    Error::DatabaseError(DatabaseErrorKind::ClosedConnection, Box::new(words))
}
