//! Who is here: a lease derived from live sockets, right again by itself after a crash. With several nodes each
//! keeps the leases of its own sockets, and someone is here while any node says so.

mod local;
mod redis;

use super::bus::words::{NodeId, People};
use local::Sockets;
use redis::Elsewhere;
use shared::{
    Timestamp, UserId,
    presence::{Presence as Shown, PresenceSetting, UserPresence},
};
use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

pub use redis::{EXCHANGE_S, exchange};

/// How long someone stays here after their last socket is gone, in milliseconds.
pub const LEASE_MS: i64 = 20_000;
/// How long without a sign of use until `auto` turns to away, in milliseconds.
pub const IDLE_MS: i64 = 5 * 60_000;

/// Everyone who is or just was connected.
#[derive(Debug, Default)]
pub struct Presence {
    here: Sockets,
    /// None where this node is alone.
    elsewhere: Option<Elsewhere>,
    /// Who chose how to be seen while somebody reads from the database how people chose.
    chosen: Mutex<Option<HashSet<UserId>>>,
}

/// What changed since the last tick.
#[derive(Debug, Default)]
pub struct Tick {
    /// Those whose shown presence changed.
    pub changed: Vec<UserPresence>,
    /// Those whose lease ended, visible ones only: their `last_seen_at` is worth keeping.
    pub gone: Vec<(UserId, Timestamp)>,
    /// What the other nodes are to be told, if anything.
    pub news: Option<People>,
}

impl Presence {
    /// For one of several nodes.
    pub fn among_nodes() -> Self {
        Self {
            here: Sockets::default(),
            elsewhere: Some(Elsewhere::default()),
            chosen: Mutex::default(),
        }
    }

    /// A socket opened.
    pub fn connect(&self, user: UserId, setting: PresenceSetting, now: Timestamp) {
        self.here.connect(user, setting, now);
    }

    /// A socket closed.
    pub fn disconnect(&self, user: UserId, now: Timestamp) {
        self.here.disconnect(user, now);
    }

    /// Someone is at the device.
    pub fn active(&self, user: UserId, now: Timestamp) {
        self.here.active(user, now);
    }

    /// Someone chose how to be seen.
    pub fn set(&self, user: UserId, setting: PresenceSetting) {
        if let Some(chosen) = &mut *self.chosen() {
            chosen.insert(user);
        }
        self.here.set(user, setting);
    }

    /// Somebody is about to read how people chose.
    pub fn begin_reading(&self) {
        *self.chosen() = Some(HashSet::new());
    }

    /// This was read; whoever chose meanwhile knows better.
    pub fn make_good(&self, read: impl Iterator<Item = (UserId, PresenceSetting)>) {
        let mut chosen = self.chosen();
        let newer = chosen.take().unwrap_or_default();
        for (user, setting) in read.filter(|(user, _)| !newer.contains(user)) {
            self.here.set(user, setting);
        }
    }

    fn chosen(&self) -> MutexGuard<'_, Option<HashSet<UserId>>> {
        self.chosen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How someone is seen now.
    pub fn of(&self, user: UserId) -> Shown {
        let here = self.here.of(user);
        match &self.elsewhere {
            Some(elsewhere) => elsewhere.with(user, here),
            None => here,
        }
    }

    /// How these people are seen now.
    pub fn list(&self, users: &HashSet<UserId>) -> Vec<UserPresence> {
        let shown = self.here.list(users).into_iter();
        let one = |(id, here)| UserPresence {
            id,
            presence: match &self.elsewhere {
                Some(elsewhere) => elsewhere.with(id, here),
                None => here,
            },
            last_seen_at: None,
        };
        shown.map(one).collect()
    }

    /// Another node tells whose presence changed there.
    pub fn hear(&self, node: NodeId, news: People) {
        if let Some(elsewhere) = &self.elsewhere {
            elsewhere.hear(node, news);
        }
    }

    /// Moves time on: leases end, the idle go away, and what changed is told once.
    pub fn tick(&self, now: Timestamp) -> Tick {
        let tick = self.here.tick(now);
        match &self.elsewhere {
            Some(elsewhere) => elsewhere.tick(tick, &self.here),
            None => tick,
        }
    }
}
