//! Scenarios without talk: clients that are just there, that come and go, that all come back at once; and a server that
//! has just started.

use super::{
    Bench, Folder,
    scenarios::{QUIET_MEMBERS, ROOMS_EACH},
    table::Run,
};
use crate::{
    chance::Chance,
    load::{AT_ONCE, Crowd, Deaf, Faults, REST},
    place::{Place, Plan},
    process::{ANY_PORT, Process},
};
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

/// How long a server settles before its memory is read.
const SETTLED: Duration = Duration::from_secs(2);
/// Clients of one person where there are more of them than a place is quickly made for.
const DEVICES: usize = 4;
/// Connecting clients at once, where each is counted.
const CONNECTING: usize = 16;
/// How long a client that was cut off waits before its first try, and at most, before chance halves it or less.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// How long all may take to come back.
const PATIENCE: Duration = Duration::from_secs(90);

impl Bench<'_> {
    /// KiB of resident memory that each of so many clients takes.
    pub(super) fn idle(&self, clients: usize) -> Result<Vec<Run>, String> {
        let (folder, place) = self.quiet_place("idle", clients.div_ceil(DEVICES))?;
        self.each(|| {
            let server = self.confab(&folder)?;
            thread::sleep(SETTLED / 2);
            let before = server.watched.resident_kib();
            let mut crowd = Crowd::new(server.address, place.paths(clients), true)?;
            crowd.open_all(AT_ONCE)?;
            crowd.rest(SETTLED)?;
            let grown = server.watched.resident_kib().saturating_sub(before);
            Ok(Run {
                ours: grown as f64 / clients.max(1) as f64,
                faults: lost(crowd.take_lost().len()),
                ..Run::default()
            })
        })
    }

    /// Microseconds of processor time for each client that comes, reads `hello` and goes.
    pub(super) fn connect(&self, clients: usize) -> Result<Vec<Run>, String> {
        let (folder, place) = self.quiet_place("connect", QUIET_MEMBERS)?;
        self.each(|| {
            let server = self.confab(&folder)?;
            // The first few find cold caches.
            come_and_go(&mut Crowd::new(
                server.address,
                place.paths(clients / 4),
                true,
            )?)?;
            let before = server.watched.cpu();
            come_and_go(&mut Crowd::new(server.address, place.paths(clients), true)?)?;
            thread::sleep(Duration::from_millis(50));
            let cpu = server.watched.cpu().saturating_sub(before);
            Ok(Run {
                ours: cpu.as_secs_f64() * 1e6 / clients.max(1) as f64,
                ..Run::default()
            })
        })
    }

    /// MiB of resident memory of a server that has just started, on an empty folder.
    pub(super) fn fresh(&self) -> Result<Vec<Run>, String> {
        self.each(|| {
            let folder = Folder::new(self.scratch, "fresh")?;
            let server = self.confab(&folder)?;
            thread::sleep(SETTLED);
            Ok(Run {
                ours: server.watched.resident_kib() as f64 / 1024.0,
                ..Run::default()
            })
        })
    }

    /// Seconds from the server's death until all clients are back with another one.
    pub(super) fn storm(&self, clients: usize) -> Result<Vec<Run>, String> {
        let (folder, place) = self.quiet_place("storm", clients.div_ceil(DEVICES))?;
        self.each(|| {
            let rooms = (0..clients).map(|client| format!("/room/{}", client / QUIET_MEMBERS));
            let limit = storm_once(rooms.collect(), false, |listen| {
                Process::yardstick(self.cores, listen, false)
            })?;
            let ours = storm_once(place.paths(clients), true, |listen| {
                Process::confab(self.cores, self.binary, &folder.0, listen)
            })?;
            Ok(Run {
                ours,
                limit: Some(limit),
                ..Run::default()
            })
        })
    }

    fn quiet_place(&self, name: &str, people: usize) -> Result<(Folder, Place), String> {
        let plan = Plan {
            people,
            members: QUIET_MEMBERS,
            rooms_each: ROOMS_EACH,
        };
        self.place(name, plan)
    }

    fn each(&self, run: impl FnMut() -> Result<Run, String>) -> Result<Vec<Run>, String> {
        std::iter::repeat_with(run).take(self.effort.runs).collect()
    }
}

fn lost(clients: usize) -> Faults {
    Faults {
        lost: clients as u64,
        ..Faults::default()
    }
}

/// Everyone comes, reads what is said first, and goes; only so many are there at once.
fn come_and_go(crowd: &mut Crowd) -> Result<(), String> {
    let until = Instant::now() + PATIENCE;
    let (mut next, mut gone) = (0, 0);
    while gone < crowd.len() {
        while next < crowd.len() && next - gone < CONNECTING {
            crowd.connect(next);
            next += 1;
        }
        crowd.turn(REST, &mut Deaf)?;
        for client in crowd.take_opened() {
            crowd.close(client);
            gone += 1;
        }
        if !crowd.take_lost().is_empty() {
            return Err(format!("a client was not let in: {}", crowd.why()));
        }
        if Instant::now() > until {
            return Err(format!("{gone} of {} clients came and went", crowd.len()));
        }
    }
    Ok(())
}

/// Seconds until all are back. They try again as clients do: after a wait that grows, and by chance.
fn storm_once(
    paths: Vec<String>,
    greeted: bool,
    start: impl Fn(SocketAddr) -> Result<Process, String> + Sync,
) -> Result<f64, String> {
    let mut server = start(ANY_PORT)?;
    let mut crowd = Crowd::new(server.address, paths, greeted)?;
    crowd.open_all(AT_ONCE)?;
    crowd.rest(SETTLED / 2)?;
    let address = server.address;
    let began = Instant::now();
    server.end();
    // The start is waited for elsewhere: the clients try meanwhile.
    thread::scope(|scope| {
        let again = scope.spawn(|| start(address));
        let back = all_back(&mut crowd, began);
        let again = again
            .join()
            .map_err(|_| "a thread ended early".to_owned())?;
        // It serves until everyone has been counted.
        again.and(back)
    })
}

fn all_back(crowd: &mut Crowd, began: Instant) -> Result<f64, String> {
    let mut chance = Chance::new(11);
    let mut waits = vec![FIRST_WAIT; crowd.len()];
    let mut due = BinaryHeap::new();
    loop {
        crowd.turn(Duration::from_millis(2), &mut Deaf)?;
        let now = Instant::now();
        for client in crowd.take_lost() {
            due.push(Reverse((
                now + waits[client].mul_f64(chance.fraction()),
                client,
            )));
            waits[client] = (waits[client] * 2).min(LONGEST_WAIT);
        }
        while let Some(Reverse((at, client))) = due.peek().copied()
            && at <= now
        {
            due.pop();
            crowd.connect(client);
        }
        let took = began.elapsed();
        if crowd.open() == crowd.len() {
            return Ok(took.as_secs_f64());
        }
        if took > PATIENCE {
            return Err(format!(
                "{} of {} clients are back after {PATIENCE:?}: {}",
                crowd.open(),
                crowd.len(),
                crowd.why()
            ));
        }
    }
}
