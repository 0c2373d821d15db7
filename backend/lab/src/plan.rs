//! What happens when: made from the seed before anything runs, so that the same seed gives the same plan. What a deed
//! is done to depends on what is there by then; which of it, on the deed's own luck.

mod stores;

pub(crate) use stores::Store;

use crate::chance::Chance;

/// How many there are, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) ms: u64,
    pub(crate) people: usize,
    /// The first so many people have a second device.
    pub(crate) second: usize,
    /// Deeds come so many milliseconds apart, on average.
    pub(crate) pace_ms: u64,
    /// Processes that serve them together.
    pub(crate) nodes: usize,
}

impl Size {
    pub(crate) fn devices(&self) -> usize {
        self.people + self.second
    }
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Step {
    pub(crate) at_ms: u64,
    pub(crate) what: What,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum What {
    /// Somebody does something on one of their devices.
    Deed {
        device: usize,
        deed: Deed,
        luck: u64,
    },
    /// Something breaks between clients and server.
    Line(Line),
    /// Frames get lost, come twice or late on their way into the clients.
    Frames(Frames),
    /// Something happens to the server.
    Server(Server),
    /// Something happens to what several nodes share.
    Store(Store),
}

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Deed {
    Open,
    Send,
    Burst,
    Reply,
    Edit,
    Delete,
    Undo,
    Read,
    Typing,
    Draft,
    Scroll,
    Jump,
    Reload,
    Page,
    SignOut,
    Profile,
    Join,
    Leave,
    Add,
    Remove,
    Role,
    Rename,
    Topic,
    Archive,
    Settings,
    NewRoom,
    Direct,
}

const DEEDS: [(Deed, u64); 27] = [
    (Deed::Send, 330),
    (Deed::Open, 90),
    (Deed::Read, 90),
    (Deed::Edit, 75),
    (Deed::Reply, 40),
    (Deed::Delete, 40),
    (Deed::Undo, 10),
    (Deed::Typing, 40),
    (Deed::Add, 40),
    (Deed::Join, 35),
    (Deed::Remove, 30),
    (Deed::Leave, 20),
    (Deed::Scroll, 25),
    (Deed::Page, 25),
    (Deed::Burst, 20),
    (Deed::Reload, 20),
    (Deed::Role, 20),
    (Deed::Jump, 15),
    (Deed::Draft, 10),
    (Deed::Settings, 10),
    (Deed::Rename, 10),
    (Deed::Topic, 10),
    (Deed::Archive, 10),
    (Deed::Profile, 10),
    (Deed::Direct, 8),
    (Deed::NewRoom, 4),
    (Deed::SignOut, 4),
];

/// What the lines between clients and server do. `share`: of a hundred connections, so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Line {
    pub(crate) kind: LineKind,
    pub(crate) share: u64,
    pub(crate) ms: u64,
    /// Which connections.
    pub(crate) luck: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum LineKind {
    /// They end at once.
    Cut,
    /// Nothing passes, and nobody is told.
    Stall,
    /// Nothing passes towards the clients.
    Deaf,
    /// Nothing passes towards the server.
    Mute,
    /// Everything takes a while longer.
    Delay,
    /// Bytes pass a few at a time.
    Trickle,
    /// New connections end as soon as they begin.
    Refuse,
}

const LINES: [LineKind; 7] = [
    LineKind::Cut,
    LineKind::Stall,
    LineKind::Deaf,
    LineKind::Mute,
    LineKind::Delay,
    LineKind::Trickle,
    LineKind::Refuse,
];

/// Of a hundred frames to a client, so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Frames {
    pub(crate) lost: u64,
    pub(crate) twice: u64,
    pub(crate) late: u64,
}

/// What happens to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Server {
    /// As by a power cut; down for so long.
    Kill { down_ms: u64 },
    /// In an orderly way; down for so long.
    Restart { down_ms: u64 },
    /// Its clock is so many seconds off from now on.
    Clock { off_s: i64 },
    /// Its disk takes nothing more for so long.
    DiskFull { ms: u64 },
}

const SERVER: [u8; 4] = [0, 1, 2, 3];

/// Of several nodes one is down for so many times as long: the others notice.
const LONGER: u64 = 4;

/// The whole plan, in order.
pub(crate) fn plan(seed: u64, size: Size) -> Vec<Step> {
    let mut steps = deeds(Chance::of(seed, 1), size);
    steps.extend(lines(Chance::of(seed, 2), size.ms));
    steps.extend(frames(Chance::of(seed, 3), size.ms));
    let several = size.nodes > 1;
    let longer = if several { LONGER } else { 1 };
    steps.extend(server(Chance::of(seed, 4), size.ms, longer));
    if several {
        steps.extend(stores::stores(Chance::of(seed, 6), size.ms));
    }
    steps.sort_by_key(|step| step.at_ms);
    steps
}

fn deeds(mut chance: Chance, size: Size) -> Vec<Step> {
    let total: u64 = DEEDS.iter().map(|(_, weight)| weight).sum();
    let mut steps = Vec::new();
    let mut at_ms = 0;
    loop {
        at_ms += chance.between(1, 2 * size.pace_ms);
        if at_ms >= size.ms {
            return steps;
        }
        let mut place = chance.below(total);
        let found = DEEDS.iter().find(|(_, weight)| {
            let here = place < *weight;
            place = place.saturating_sub(*weight);
            here
        });
        let deed = found.map_or(Deed::Send, |(deed, _)| *deed);
        let what = What::Deed {
            device: chance.index(size.devices()),
            deed,
            luck: chance.number(),
        };
        steps.push(Step { at_ms, what });
    }
}

/// The first of everything comes early, in an order of its own; after that whatever comes.
fn kinds<T: Copy>(chance: &mut Chance, all: &[T]) -> impl FnMut(&mut Chance) -> Option<T> + use<T> {
    let mut first = chance.shuffled(all);
    let all = all.to_vec();
    move |chance| first.pop().or_else(|| chance.pick(&all).copied())
}

fn lines(mut chance: Chance, end_ms: u64) -> Vec<Step> {
    let mut next = kinds(&mut chance, &LINES);
    let mut steps = Vec::new();
    let mut at_ms = 1_000;
    while at_ms < end_ms {
        let Some(kind) = next(&mut chance) else { break };
        // Now and then longer than a client waits for a sign of life.
        let ms = match (kind, chance.percent(4)) {
            (LineKind::Cut, _) => 0,
            (LineKind::Refuse, _) => chance.between(300, 4_000),
            (_, true) => chance.between(42_000, 50_000),
            (_, false) => chance.between(300, 8_000),
        };
        let line = Line {
            kind,
            share: chance.between(5, 70),
            ms,
            luck: chance.number(),
        };
        steps.push(Step {
            at_ms,
            what: What::Line(line),
        });
        at_ms += chance.between(700, 4_000);
    }
    steps
}

fn frames(mut chance: Chance, end_ms: u64) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut at_ms = 2_000;
    while at_ms < end_ms {
        let bad = Frames {
            lost: chance.below(12),
            twice: chance.below(12),
            late: chance.below(12),
        };
        steps.push(Step {
            at_ms,
            what: What::Frames(bad),
        });
        at_ms += chance.between(2_000, 9_000);
        steps.push(Step {
            at_ms: at_ms.min(end_ms.saturating_sub(1)),
            what: What::Frames(Frames::default()),
        });
        at_ms += chance.between(2_000, 9_000);
    }
    steps
}

fn server(mut chance: Chance, end_ms: u64, longer: u64) -> Vec<Step> {
    let mut next = kinds(&mut chance, &SERVER);
    let mut steps = Vec::new();
    let mut at_ms = 4_000;
    while at_ms < end_ms {
        let (what, takes_ms) = match next(&mut chance) {
            Some(0) => {
                let down_ms = chance.between(0, 3_000 * longer);
                (Server::Kill { down_ms }, down_ms)
            }
            Some(1) => {
                let down_ms = chance.between(0, 2_000 * longer);
                (Server::Restart { down_ms }, down_ms + 2_000)
            }
            Some(2) => {
                // Seconds as well as hours, both ways: within a token's life and far beyond it.
                let far = if chance.percent(50) { 120 } else { 3 * 3_600 };
                let off = i64::try_from(chance.below(2 * far)).unwrap_or(0);
                let off_s = off - i64::try_from(far).unwrap_or(0);
                (Server::Clock { off_s }, 0)
            }
            _ => {
                let ms = chance.between(500, 4_000);
                (Server::DiskFull { ms }, ms)
            }
        };
        steps.push(Step {
            at_ms,
            what: What::Server(what),
        });
        at_ms += takes_ms + chance.between(3_000, 13_000);
    }
    steps
}

/// A short number that two plans share only when they are the same.
pub(crate) fn digest(steps: &[Step]) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    steps.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::{DEEDS, LINES, Server, Size, What, digest, plan};

    pub(super) const MINUTE: Size = Size {
        ms: 60_000,
        people: 10,
        second: 5,
        pace_ms: 50,
        nodes: 1,
    };

    #[test]
    fn the_same_seed_gives_the_same_plan_and_another_gives_another() {
        assert_eq!(plan(5, MINUTE), plan(5, MINUTE));
        assert_ne!(digest(&plan(5, MINUTE)), digest(&plan(6, MINUTE)));
    }

    #[test]
    fn a_minute_has_every_fault_and_nearly_every_deed_in_order() {
        for seed in 0..20 {
            let steps = plan(seed, MINUTE);
            assert!(steps.is_sorted_by_key(|step| step.at_ms));
            assert!(steps.iter().all(|step| step.at_ms < MINUTE.ms));
            let mut lines = LINES.to_vec();
            let mut server = [false; 4];
            let mut deeds: Vec<_> = DEEDS.iter().map(|(deed, _)| *deed).collect();
            for step in &steps {
                match step.what {
                    What::Line(line) => lines.retain(|kind| *kind != line.kind),
                    What::Server(Server::Kill { .. }) => server[0] = true,
                    What::Server(Server::Restart { .. }) => server[1] = true,
                    What::Server(Server::Clock { .. }) => server[2] = true,
                    What::Server(Server::DiskFull { .. }) => server[3] = true,
                    What::Deed { device, deed, .. } => {
                        assert!(device < MINUTE.devices());
                        deeds.retain(|other| *other != deed);
                    }
                    What::Frames(_) => {}
                    What::Store(_) => panic!("one node shares nothing"),
                }
            }
            assert!(lines.is_empty(), "seed {seed}: no {lines:?}");
            assert_eq!(server, [true; 4], "seed {seed}");
            assert!(deeds.len() < 5, "seed {seed}: no {deeds:?}");
        }
    }
}
