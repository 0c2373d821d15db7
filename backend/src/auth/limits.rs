//! Budgets: how often one person, device or network may do a costly thing. One table, in memory, bounded.
//! A budget is a bucket of `burst` that refills by one every `refill_ms` (the GCRA of `governor`).

mod shared_budgets;

use super::address::Network;
use crate::{
    error::{AppError, Result},
    outside::redis::Redis,
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    nanos::Nanos,
    state::{StateStore, keyed::ShrinkableKeyedStateStore},
};
use shared::{ErrorCode, SessionId, UserId};
use std::{
    collections::HashMap,
    fmt,
    hash::{BuildHasher, Hash, RandomState},
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

macro_rules! verbs {
    ($($(#[$doc:meta])* $verb:ident = $name:literal, $burst:literal, $refill_ms:literal;)+) => {
        /// A thing that has a budget.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Verb { $($(#[$doc])* $verb,)+ }

        impl Verb {
            /// Every verb, with its name, burst and refill in milliseconds: the table of the documentation.
            pub const TABLE: &'static [(Self, &'static str, u32, u64)] =
                &[$((Self::$verb, $name, $burst, $refill_ms),)+];
        }
    };
}

// The numbers let people work as fast as they can and a whole office share one address; a script
// notices them. `docs/protocol.md` repeats this table.
verbs! {
    /// New accounts, by network.
    Register = "register", 60, 10_000;
    /// Sign-ins to one account from one network; forgotten when one succeeds.
    LoginAccount = "login_account", 10, 30_000;
    /// Sign-ins from one network, whatever the account.
    LoginNetwork = "login_network", 120, 1_000;
    /// Renewals, by session; by network when the cookie is junk.
    Refresh = "refresh", 30, 5_000;
    /// Socket tokens, by user.
    SocketToken = "socket_token", 60, 1_000;
    /// Comparing and changing one's own password, by user.
    Password = "password", 10, 30_000;
    /// Messages, by user.
    Send = "send", 200, 50;
    /// Edits and deletions, by user.
    Edit = "edit", 60, 200;
    /// Read markers, by user.
    Read = "read", 120, 50;
    /// Signs of typing, by user.
    Typing = "typing", 20, 250;
    /// Pages of messages and changes, by user.
    History = "history", 300, 25;
    /// Lists of rooms, members, sessions and people by id, by user.
    List = "list", 300, 25;
    /// Looking for people by name, by user.
    Search = "search", 60, 200;
    /// Pictures, by user.
    Upload = "upload", 20, 10_000;
    /// Making, joining, leaving and changing rooms and their members, by user.
    Room = "room", 120, 500;
    /// Changing one's profile or the place's, by user.
    Profile = "profile", 60, 1_000;
    /// Exports of all one's data, by user.
    Export = "export", 5, 600_000;
    /// Frames of any kind, by user.
    Frame = "frame", 600, 10;
}

/// Whose budget it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A person.
    User(UserId),
    /// A device.
    Session(SessionId),
    /// A network.
    Network(Network),
    /// An account, by the name that was typed, as seen from a network.
    Account(String, Network),
}

impl From<UserId> for Key {
    fn from(user: UserId) -> Self {
        Self::User(user)
    }
}

impl From<SessionId> for Key {
    fn from(session: SessionId) -> Self {
        Self::Session(session)
    }
}

impl From<Network> for Key {
    fn from(network: Network) -> Self {
        Self::Network(network)
    }
}

/// Every budget of this node, and those that it shares with others; cheap to clone.
#[derive(Clone)]
pub struct Limits {
    table: Option<Arc<Table>>,
    redis: Option<Arc<Redis>>,
}

struct Table {
    /// By `Verb as usize`.
    budgets: Vec<Budget>,
    /// Keeps a flood from flooding the log.
    logged: Budget,
    hasher: RandomState,
}

struct Budget {
    limiter: RateLimiter<u64, Cells, DefaultClock>,
    cells: Cells,
}

impl Limits {
    /// All budgets full; `on` false takes every limit away, for load tests.
    pub fn new(on: bool) -> Self {
        Self {
            table: on.then(|| {
                Arc::new(Table {
                    budgets: Verb::TABLE
                        .iter()
                        .map(|&(_, _, burst, refill_ms)| Budget::new(burst, refill_ms))
                        .collect(),
                    logged: Budget::new(1, 10_000),
                    hasher: RandomState::new(),
                })
            }),
            redis: None,
        }
    }

    /// For one of several nodes.
    #[must_use]
    pub fn among_nodes(self, redis: Option<Arc<Redis>>) -> Self {
        Self { redis, ..self }
    }

    /// Takes one from a budget.
    ///
    /// # Errors
    /// `rate_limited`, with the time until there is one again.
    pub fn check(&self, verb: Verb, key: impl Into<Key>) -> Result<()> {
        let Some(table) = &self.table else {
            return Ok(());
        };
        let key = key.into();
        let hash = table.hasher.hash_one(&key);
        let Some(budget) = table.budgets.get(verb as usize) else {
            return Ok(());
        };
        match budget.take(hash) {
            Ok(()) => Ok(()),
            Err(wait) => {
                self.log(verb, &key);
                Err(limited(wait))
            }
        }
    }

    /// Tells the log that someone met a limit: one line per key and limit in ten seconds, so that a flood of
    /// requests is none of lines.
    pub fn log(&self, limit: impl fmt::Debug + Hash, key: &Key) {
        if let Some(table) = &self.table
            && table
                .logged
                .take(table.hasher.hash_one((&limit, key)))
                .is_ok()
        {
            tracing::warn!(target: "audit", event = "rate_limited", ?limit, ?key);
        }
    }

    /// Fills a budget again: a person who got their password right is no guesser.
    pub fn forgive(&self, verb: Verb, key: impl Into<Key>) {
        if let Some(table) = &self.table
            && let Some(budget) = table.budgets.get(verb as usize)
        {
            budget.cells.forget(table.hasher.hash_one(key.into()));
        }
    }

    /// Drops full budgets, which are as good as none. To be called every few seconds.
    pub fn sweep(&self) {
        if let Some(table) = &self.table {
            for budget in table.budgets.iter().chain([&table.logged]) {
                budget.limiter.retain_recent();
            }
        }
    }
}

fn limited(wait: Duration) -> AppError {
    AppError::new(
        ErrorCode::RateLimited,
        "That was a lot at once. Wait a moment, then try again.",
    )
    .retry_after(wait)
}

impl Budget {
    fn new(burst: u32, refill_ms: u64) -> Self {
        let refill = Duration::from_millis(refill_ms.max(1));
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(refill)
            .unwrap_or_else(|| Quota::per_second(burst))
            .allow_burst(burst);
        let cells = Cells::default();
        Self {
            limiter: RateLimiter::new(quota, cells.clone(), DefaultClock::default()),
            cells,
        }
    }

    fn take(&self, key: u64) -> std::result::Result<(), Duration> {
        self.limiter
            .check_key(&key)
            .map_err(|until| until.wait_time_from(self.limiter.clock().now()))
    }
}

const SHARDS: usize = 16;
/// Keys per shard; beyond it, new ones share a few cells until a sweep makes room.
const SHARD_KEYS: usize = 8_192;
const SHARED_CELLS: u64 = 64;

/// The budgets' states. Bounded whatever the number of keys, and able to forget one of them.
#[derive(Clone, Default)]
struct Cells {
    shards: Arc<[Mutex<HashMap<u64, Nanos>>; SHARDS]>,
}

impl Cells {
    fn shard(&self, key: u64) -> &Mutex<HashMap<u64, Nanos>> {
        // The high bits choose the shard, the map hashes the rest anew.
        &self.shards[(key >> 60) as usize % SHARDS]
    }

    fn forget(&self, key: u64) {
        self.shard(key)
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&key);
    }
}

impl StateStore for Cells {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, key: &u64, measure: F) -> std::result::Result<T, E>
    where
        F: Fn(Option<Nanos>) -> std::result::Result<(T, Nanos), E>,
    {
        let mut cells = self
            .shard(*key)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let cell = if cells.len() < SHARD_KEYS || cells.contains_key(key) {
            *key
        } else {
            key % SHARED_CELLS
        };
        let (answer, state) = measure(cells.get(&cell).copied())?;
        cells.insert(cell, state);
        Ok(answer)
    }
}

impl ShrinkableKeyedStateStore<u64> for Cells {
    fn retain_recent(&self, drop_below: Nanos) {
        for shard in self.shards.iter() {
            let mut cells = shard.lock().unwrap_or_else(PoisonError::into_inner);
            cells.retain(|_, state| *state > drop_below);
            if cells.capacity() > 4 * (cells.len() + 64) {
                cells.shrink_to_fit();
            }
        }
    }

    fn len(&self) -> usize {
        self.shards
            .iter()
            .map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner).len())
            .sum()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    fn network(text: &str) -> Network {
        Network::of(text.parse::<IpAddr>().unwrap())
    }

    fn exhaust(limits: &Limits, verb: Verb, key: &Key) -> AppError {
        (0..100_000)
            .find_map(|_| limits.check(verb, key.clone()).err())
            .unwrap()
    }

    #[test]
    fn the_table_is_in_the_order_of_the_verbs() {
        for (place, (verb, ..)) in Verb::TABLE.iter().enumerate() {
            assert_eq!(*verb as usize, place);
        }
    }

    #[test]
    fn s_rate_5_every_verb_has_an_end_and_says_when_it_goes_on() {
        let limits = Limits::new(true);
        for (verb, ..) in Verb::TABLE {
            let error = exhaust(&limits, *verb, &Key::User(UserId(1)));
            assert_eq!(error.code, ErrorCode::RateLimited);
            assert!(error.retry_after.is_some());
            assert!(
                limits.check(*verb, UserId(2)).is_ok(),
                "another person has a budget of their own"
            );
        }
    }

    #[test]
    fn s_rate_3_guesses_from_elsewhere_leave_the_owner_alone() {
        let limits = Limits::new(true);
        let account = |from| Key::Account("mira".into(), network(from));
        exhaust(&limits, Verb::LoginAccount, &account("203.0.113.7"));
        assert!(
            limits
                .check(Verb::LoginAccount, account("203.0.113.200"))
                .is_err(),
            "same network"
        );
        assert!(
            limits
                .check(Verb::LoginAccount, account("198.51.100.7"))
                .is_ok()
        );
    }

    #[test]
    fn s_rate_1_a_right_password_makes_up_for_the_wrong_ones() {
        let limits = Limits::new(true);
        let key = Key::Account("mira".into(), network("203.0.113.7"));
        exhaust(&limits, Verb::LoginAccount, &key);
        limits.forgive(Verb::LoginAccount, key.clone());
        assert!(limits.check(Verb::LoginAccount, key).is_ok());
    }

    #[test]
    fn limits_that_are_off_never_refuse() {
        let limits = Limits::new(false);
        assert!((0..10_000).all(|_| limits.check(Verb::Export, UserId(1)).is_ok()));
    }

    #[test]
    fn s_dos_8_any_number_of_keys_takes_a_bounded_number_of_cells() {
        let budget = Budget::new(1, 60_000);
        let hasher = RandomState::new();
        for key in 0..300_000_u64 {
            let _ = budget.take(hasher.hash_one(key));
        }
        assert!(budget.cells.len() <= SHARDS * (SHARD_KEYS + 64));
    }

    #[test]
    fn a_sweep_drops_full_budgets_and_keeps_empty_ones() {
        let limits = Limits::new(true);
        exhaust(&limits, Verb::Export, &Key::User(UserId(1)));
        limits.sweep();
        assert!(limits.check(Verb::Export, UserId(1)).is_err());
    }
}
