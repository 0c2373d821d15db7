//! The rest of a write that is too much for one transaction: it goes on in later ones, a part per group of
//! writes, so that nobody else's write waits for more than a part.

use super::{Job, Tx, attempt};
use crate::error::Result;
use std::{collections::VecDeque, sync::Arc};

type Work = dyn Fn(&mut Tx<'_>) -> Result<()> + Send + Sync;

/// What is left to do about one thing.
#[derive(Clone)]
pub(super) struct Rest {
    about: i64,
    work: Arc<Work>,
}

impl Rest {
    pub(super) fn new(
        about: i64,
        work: impl Fn(&mut Tx<'_>) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self {
            about,
            work: Arc::new(work),
        }
    }

    /// The next part, as a write that nobody waits for.
    pub(super) fn job(&self) -> Job {
        let work = Arc::clone(&self.work);
        Box::new(move |tx| {
            let done = attempt(|| work(tx));
            if let Err(error) = &done {
                tracing::error!(%error, "the rest of a write was left undone");
            }
            (done.is_ok(), Box::new(|_| {}))
        })
    }
}

/// What is left of all writes. Bounded by the things there are: each has one rest, its newest.
#[derive(Default)]
pub(super) struct Rests {
    waiting: VecDeque<Rest>,
}

impl Rests {
    pub(super) fn next(&mut self) -> Option<Rest> {
        self.waiting.pop_front()
    }

    /// What the writes of a group left, in their order. A rest begins where its write began to leave things
    /// out, so the newest covers those before it.
    pub(super) fn add(&mut self, left: Vec<Rest>) {
        for rest in left {
            self.waiting.retain(|older| older.about != rest.about);
            self.waiting.push_back(rest);
        }
    }

    /// The commit failed: the part is still to be done.
    pub(super) fn put_back(&mut self, rest: Rest) {
        self.waiting.push_front(rest);
    }
}
