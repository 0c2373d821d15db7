//! What everything in a run shares: its clock, its counts, what it saw, and how bad frames fare just now.

use crate::{chance::Chance, history::History, plan::Frames};
use shared::Timestamp;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// Shared by all parts of a run; one thread, so nothing waits for a lock.
pub(crate) struct Lab {
    began: Instant,
    pub(crate) history: RefCell<History>,
    pub(crate) counts: RefCell<BTreeMap<&'static str, u64>>,
    pub(crate) frames: Cell<Frames>,
    chance: RefCell<Chance>,
}

impl Lab {
    pub(crate) fn new(seed: u64) -> Rc<Self> {
        Rc::new(Self {
            began: Instant::now(),
            history: RefCell::default(),
            counts: RefCell::default(),
            frames: Cell::default(),
            chance: RefCell::new(Chance::of(seed, 5)),
        })
    }

    /// Milliseconds since the run began: what happened before what.
    pub(crate) fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn count(&self, what: &'static str) {
        *self.counts.borrow_mut().entry(what).or_default() += 1;
    }

    /// What must not be, seen while the run goes on.
    pub(crate) fn wrong(&self, words: String) {
        self.history.borrow_mut().wrong.push(words);
    }

    /// A sequence of numbers of its own.
    pub(crate) fn chance(&self) -> Chance {
        Chance::new(self.chance.borrow_mut().number())
    }
}

/// The clients' clock; the server's is another.
pub(crate) fn clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = since.map_or(0, |since| since.as_millis());
    Timestamp(i64::try_from(ms).unwrap_or(i64::MAX))
}
