//! Who is here by the sockets of other nodes. Each node writes all of its people into Redis every few seconds, as
//! one lease that ends by itself, and tells changes at once over the bus. What is not renewed, ends.

use super::{LEASE_MS, Presence, Tick, local::Sockets};
use crate::{
    outside::redis::Redis,
    realtime::bus::{
        Nodes,
        words::{self, NodeId, People},
    },
};
use deadpool_redis::redis::cmd;
use shared::{
    UserId,
    presence::{Presence as Shown, UserPresence},
};
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How often a node renews its lease and reads those of the others, in seconds.
pub const EXCHANGE_S: u64 = 5;
/// How long a node's word counts after it was read. It was at most one exchange old then, so that its people are
/// shown offline within [`LEASE_MS`] of its death.
const COUNTS: Duration = Duration::from_millis(LEASE_MS as u64 - EXCHANGE_S * 1000);

/// The other nodes' people.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    nodes: HashMap<NodeId, Table>,
    /// How people were last told to be; the offline are left out.
    told: HashMap<UserId, Shown>,
    /// Whose presence may have changed since.
    touched: HashSet<UserId>,
    /// How many changes this node has told.
    change: u64,
    /// How many leases this node has written.
    round: u64,
}

#[derive(Debug)]
struct Table {
    change: u64,
    round: u64,
    until: Instant,
    people: HashMap<UserId, Shown>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            change: 0,
            round: 0,
            until: Instant::now() + COUNTS,
            people: HashMap::new(),
        }
    }
}

/// Of what several nodes say, the most present counts; whoever wants no disturbance wants none anywhere.
fn rank(shown: Shown) -> u8 {
    match shown {
        Shown::Offline => 0,
        Shown::Away => 1,
        Shown::Online => 2,
        Shown::Dnd => 3,
    }
}

impl State {
    fn with(&self, user: UserId, here: Shown) -> Shown {
        let there = self
            .nodes
            .values()
            .filter_map(|node| node.people.get(&user));
        there
            .copied()
            .chain([here])
            .max_by_key(|shown| rank(*shown))
            .unwrap_or(here)
    }

    fn forget(&mut self, is_over: impl Fn(&Table) -> bool) {
        let touched = &mut self.touched;
        self.nodes.retain(|_, table| {
            let over = is_over(table);
            if over {
                touched.extend(table.people.keys());
            }
            !over
        });
    }
}

impl Elsewhere {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How someone is seen who is seen like this here.
    pub(super) fn with(&self, user: UserId, here: Shown) -> Shown {
        self.state().with(user, here)
    }

    /// Another node tells what changed.
    pub(super) fn hear(&self, node: NodeId, news: People) {
        let state = &mut *self.state();
        let table = state.nodes.entry(node).or_default();
        table.change = news.change;
        table.until = Instant::now() + COUNTS;
        for (user, shown) in news.seen {
            state.touched.insert(user);
            match shown {
                Shown::Offline => table.people.remove(&user),
                shown => table.people.insert(user, shown),
            };
        }
    }

    /// A node's lease as it is in Redis. One that was read before counts no longer for it.
    pub(super) fn read(&self, node: NodeId, round: u64, all: People) {
        let state = &mut *self.state();
        let table = state.nodes.entry(node).or_default();
        if round == table.round {
            return;
        }
        table.round = round;
        table.until = Instant::now() + COUNTS;
        // A change that is newer than the list was told already.
        if all.change < table.change {
            return;
        }
        table.change = all.change;
        let all: HashMap<_, _> = all.seen.into_iter().collect();
        let before = std::mem::replace(&mut table.people, all);
        state
            .touched
            .extend(before.keys().chain(table.people.keys()));
    }

    /// What this node's lease says.
    fn lease(&self, here: &Sockets) -> (u64, People) {
        let state = &mut *self.state();
        state.round += 1;
        let people = People {
            change: state.change,
            seen: here.all(),
        };
        (state.round, people)
    }

    /// What changed, over all nodes.
    pub(super) fn tick(&self, tick: Tick, here: &Sockets) -> Tick {
        let state = &mut *self.state();
        let now = Instant::now();
        state.forget(|table| table.until <= now);
        let mut last_seen = HashMap::new();
        let mut news = Vec::new();
        for user in tick.changed {
            news.push((user.id, user.presence));
            last_seen.insert(user.id, user.last_seen_at);
            state.touched.insert(user.id);
        }
        let mut changed = Vec::new();
        for user in std::mem::take(&mut state.touched) {
            let shown = state.with(user, here.of(user));
            let before = match shown {
                Shown::Offline => state.told.remove(&user),
                shown => state.told.insert(user, shown),
            };
            if before.unwrap_or(Shown::Offline) != shown {
                changed.push(UserPresence {
                    id: user,
                    presence: shown,
                    last_seen_at: last_seen.get(&user).copied().flatten(),
                });
            }
        }
        // Whoever is here by another node has not gone.
        let mut gone = tick.gone;
        gone.retain(|(user, _)| state.with(*user, Shown::Offline) == Shown::Offline);
        Tick {
            changed,
            gone,
            news: (!news.is_empty()).then(|| {
                state.change += 1;
                People {
                    change: state.change,
                    seen: news,
                }
            }),
        }
    }
}

/// Renews this node's lease and reads the others'. To be called every [`EXCHANGE_S`] seconds, and whenever
/// something may have been lost.
pub async fn exchange(presence: &Presence, redis: &Redis, nodes: &Nodes) {
    let Some(elsewhere) = presence.elsewhere.as_ref().filter(|_| redis.is_up()) else {
        return;
    };
    let key = |node: NodeId| redis.key(&format!("people:{node:016x}"));
    let (round, people) = elsewhere.lease(&presence.here);
    let mut write = cmd("SET");
    write
        .arg(key(nodes.id()))
        .arg(words::close_lease(&redis.seal, round, &people))
        .arg("PX")
        .arg(LEASE_MS);
    if redis.wait_for::<()>(write).await.is_none() {
        return;
    }
    let others = nodes.others();
    if others.is_empty() {
        return;
    }
    let mut read = cmd("MGET");
    for &node in &others {
        read.arg(key(node));
    }
    let leases: Vec<Option<Vec<u8>>> = redis.wait_for(read).await.unwrap_or_default();
    for (&node, lease) in others.iter().zip(leases) {
        let read = lease.and_then(|lease| words::open_lease(&redis.seal, &lease));
        if let Some((round, people)) = read {
            elsewhere.read(node, round, people);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::presence::PresenceSetting;

    const INES: UserId = UserId(1);
    const FAR: NodeId = 7;

    fn people(change: u64, seen: &[(UserId, Shown)]) -> People {
        People {
            change,
            seen: seen.to_vec(),
        }
    }

    fn shown(presence: &Presence) -> Vec<Shown> {
        let tick = presence.tick(crate::clock::now());
        tick.changed.iter().map(|user| user.presence).collect()
    }

    #[test]
    fn someone_is_here_while_any_node_says_so() {
        let presence = Presence::among_nodes();
        presence.hear(FAR, people(1, &[(INES, Shown::Away)]));
        assert_eq!(shown(&presence), [Shown::Away]);
        presence.connect(INES, PresenceSetting::Auto, crate::clock::now());
        assert_eq!(shown(&presence), [Shown::Online]);
        presence.hear(FAR, people(2, &[(INES, Shown::Offline)]));
        assert_eq!(shown(&presence), []);
        assert_eq!(presence.of(INES), Shown::Online);
    }

    #[test]
    fn whoever_is_here_by_another_node_has_not_gone() {
        let presence = Presence::among_nodes();
        let start = crate::clock::now();
        presence.connect(INES, PresenceSetting::Auto, start);
        let tick = presence.tick(start);
        assert_eq!(tick.news, Some(people(1, &[(INES, Shown::Online)])));
        presence.hear(FAR, people(1, &[(INES, Shown::Online)]));
        presence.disconnect(INES, start);
        let tick = presence.tick(start.plus_ms(LEASE_MS));
        assert!(tick.changed.is_empty() && tick.gone.is_empty());
        assert_eq!(tick.news, Some(people(2, &[(INES, Shown::Offline)])));
        presence.hear(FAR, people(2, &[(INES, Shown::Offline)]));
        assert_eq!(shown(&presence), [Shown::Offline]);
    }

    #[test]
    fn whoever_chooses_to_be_invisible_while_settings_are_read_stays_so() {
        let presence = Presence::among_nodes();
        presence.connect(INES, PresenceSetting::Auto, crate::clock::now());
        presence.begin_reading();
        presence.set(INES, PresenceSetting::Invisible);
        presence.make_good([(INES, PresenceSetting::Auto)].into_iter());
        assert_eq!(presence.of(INES), Shown::Offline);
        presence.begin_reading();
        presence.make_good([(INES, PresenceSetting::Dnd)].into_iter());
        assert_eq!(presence.of(INES), Shown::Dnd);
    }

    #[test]
    fn a_list_that_is_older_than_a_change_takes_nothing_back() {
        let elsewhere = Presence::among_nodes();
        let far = elsewhere.elsewhere.as_ref().unwrap();
        elsewhere.hear(FAR, people(3, &[(INES, Shown::Online)]));
        far.read(FAR, 1, people(2, &[]));
        assert_eq!(elsewhere.of(INES), Shown::Online);
        far.read(FAR, 2, people(3, &[]));
        assert_eq!(elsewhere.of(INES), Shown::Offline);
        assert_eq!(shown(&elsewhere), []);
    }

    #[test]
    fn the_people_of_a_node_that_says_nothing_any_more_are_offline_within_a_lease() {
        let presence = Presence::among_nodes();
        let elsewhere = presence.elsewhere.as_ref().unwrap();
        let end = || elsewhere.state().nodes[&FAR].until;
        elsewhere.read(FAR, 1, people(0, &[(INES, Shown::Online)]));
        assert_eq!(shown(&presence), [Shown::Online]);
        let until = end();
        assert!(until <= Instant::now() + COUNTS);
        // The same lease read again proves nothing.
        elsewhere.read(FAR, 1, people(0, &[(INES, Shown::Online)]));
        assert_eq!(end(), until);
        elsewhere.state().forget(|table| table.until <= until);
        assert_eq!(shown(&presence), [Shown::Offline]);
        assert_eq!(presence.of(INES), Shown::Offline);
    }
}
