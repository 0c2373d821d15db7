//! Seats: how many sockets there are at once, of one person, from one network and in all, over all workers.
//! A seat is given back when it is dropped: no end of a socket, nor a handshake that fails, can forget to.

use super::{address::Network, limits::Key};
use crate::error::{AppError, Result};
use shared::{ErrorCode, UserId};
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Sockets of one person at most: tabs and devices, with room to spare.
const PER_PERSON: usize = 100;
/// When someone who was refused may try again.
const RETRY: Duration = Duration::from_secs(5);

/// Every seat of this node; cheap to clone. The lock is held for a look at two maps, when a socket opens or
/// ends and never while anything is delivered.
#[derive(Clone, Debug)]
pub struct Seats {
    in_all: usize,
    per_network: Option<usize>,
    taken: Arc<Mutex<Taken>>,
}

/// Bounded by the seats there are: a person or network without a seat has no entry.
#[derive(Debug, Default)]
struct Taken {
    in_all: usize,
    people: HashMap<UserId, usize>,
    networks: HashMap<Network, usize>,
}

/// One socket's seat.
#[derive(Debug)]
pub struct Seat {
    user: UserId,
    network: Network,
    taken: Arc<Mutex<Taken>>,
}

impl Seats {
    /// So many seats in all and, unless there is no such limit, for one network.
    pub fn new(in_all: usize, per_network: Option<usize>) -> Self {
        Self {
            in_all,
            per_network,
            taken: Arc::default(),
        }
    }

    /// Takes a seat.
    ///
    /// # Errors
    /// `rate_limited` when this person or network has all of theirs, `overloaded` when there is none left.
    /// Says for the log whose limit it was, where it was somebody's.
    pub fn take(&self, user: UserId, network: Network) -> Result<Seat, (AppError, Option<Key>)> {
        let mut taken = lock(&self.taken);
        let has = |seats: Option<&usize>| seats.copied().unwrap_or_default();
        if has(taken.people.get(&user)) >= PER_PERSON {
            let words = "You have very many connections open. Close some, then try again.";
            return Err((too_many(words), Some(user.into())));
        }
        if self
            .per_network
            .is_some_and(|most| has(taken.networks.get(&network)) >= most)
        {
            let words = "Very many connections are open from your network. Try again in a moment.";
            return Err((too_many(words), Some(network.into())));
        }
        if taken.in_all >= self.in_all {
            return Err((AppError::overloaded(), None));
        }
        taken.in_all += 1;
        *taken.people.entry(user).or_default() += 1;
        *taken.networks.entry(network).or_default() += 1;
        Ok(Seat {
            user,
            network,
            taken: Arc::clone(&self.taken),
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        taken.in_all = taken.in_all.saturating_sub(1);
        give_back(&mut taken.people, self.user);
        give_back(&mut taken.networks, self.network);
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

fn give_back<K: Hash + Eq>(seats: &mut HashMap<K, usize>, key: K) {
    if let Some(count) = seats.get_mut(&key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            seats.remove(&key);
        }
    }
}

fn too_many(words: &'static str) -> AppError {
    AppError::new(ErrorCode::RateLimited, words).retry_after(RETRY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    const HOME: &str = "203.0.113.7";

    fn take(seats: &Seats, user: i64, from: &str) -> Result<Seat, ErrorCode> {
        let network = Network::of(from.parse::<IpAddr>().unwrap());
        seats
            .take(UserId(user), network)
            .map_err(|(error, _)| error.code)
    }

    #[test]
    fn s_dos_6_each_limit_is_counted_by_itself_and_tells_which_it_was() {
        let seats = Seats::new(150, Some(120));
        let mine: Vec<_> = (0..100).map(|_| take(&seats, 1, HOME).unwrap()).collect();
        assert_eq!(take(&seats, 1, HOME).unwrap_err(), ErrorCode::RateLimited);
        let elsewhere = take(&seats, 1, "198.51.100.7").unwrap_err();
        assert_eq!(elsewhere, ErrorCode::RateLimited, "the person, wherever");
        let theirs: Vec<_> = (0..20).map(|_| take(&seats, 2, HOME).unwrap()).collect();
        let neighbour = take(&seats, 3, "203.0.113.8").unwrap_err();
        assert_eq!(neighbour, ErrorCode::RateLimited, "the network, whoever");
        let _others: Vec<_> = (0..30)
            .map(|user| take(&seats, 100 + user, "2001:db8::1").unwrap())
            .collect();
        let full = take(&seats, 4, "192.0.2.1").unwrap_err();
        assert_eq!(full, ErrorCode::Overloaded);
        drop((mine, theirs));
        take(&seats, 1, HOME).unwrap();
    }

    #[test]
    fn s_dos_6_seats_that_are_given_back_leave_nothing_behind() {
        let seats = Seats::new(10, None);
        for round in 0..100 {
            let _one = take(&seats, round, HOME).unwrap();
            let _more = take(&seats, round, "2001:db8::1").unwrap();
        }
        let taken = lock(&seats.taken);
        assert_eq!(taken.in_all, 0);
        assert!(taken.people.is_empty() && taken.networks.is_empty());
    }

    #[test]
    fn s_dos_6_threads_that_race_for_the_last_seat_get_one() {
        let seats = Seats::new(1, Some(1));
        let got: Vec<_> = std::thread::scope(|scope| {
            let racers: Vec<_> = (0..8)
                .map(|user| {
                    scope.spawn({
                        let seats = &seats;
                        move || take(seats, user, HOME)
                    })
                })
                .collect();
            racers
                .into_iter()
                .map(|racer| racer.join().unwrap())
                .collect()
        });
        assert_eq!(got.iter().filter(|seat| seat.is_ok()).count(), 1);
    }
}
