//! The scenarios: what each is made of, in full and small, and its goal.

use crate::{
    load::{Pace, Script},
    place::Plan,
};
use std::time::Duration;

pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) goal: Goal,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    /// People talk in rooms; against the yardstick.
    Talk(Talk),
    /// The same, without the yardstick.
    Sends(Talk),
    /// Clients that are just there.
    Idle { clients: usize, small: usize },
    /// Clients that come, read `hello` and go.
    Connect { clients: usize, small: usize },
    /// A new server.
    Fresh,
    /// The server dies, and all come back.
    Storm { clients: usize, small: usize },
}

pub(super) struct Talk {
    pub(super) full: Size,
    pub(super) small: Size,
    pub(super) pace: Pace,
    pub(super) speakers: Speakers,
    /// The yardstick joins what one round brought into one write, as Confab does.
    pub(super) coalesce: bool,
}

#[derive(Clone, Copy)]
pub(super) struct Size {
    pub(super) rooms: usize,
    pub(super) members: usize,
    /// Messages a second, for a pace that is timed.
    pub(super) per_second: f64,
}

pub(super) enum Speakers {
    /// So many in the only room.
    First(usize),
    /// Everyone.
    All,
    /// One in each room.
    OneEach,
}

/// What must be for the goal to be met: of the ratio to the yardstick or, where that takes no part, of the figure.
#[derive(Clone, Copy)]
pub(super) struct Goal {
    pub(super) bound: Bound,
    /// Of the 99th hundredths of delays: their ratio or, without a yardstick, milliseconds.
    pub(super) p99: Option<f64>,
}

#[derive(Clone, Copy)]
pub(super) enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

/// Rooms that everybody is in where there is no talk: those of the plan, and the first of the place.
pub(super) const ROOMS_EACH: usize = 9;
/// People in each of them.
pub(super) const QUIET_MEMBERS: usize = 100;

pub(super) const SCENARIOS: [Scenario; 9] = [
    Scenario {
        name: "f100_high",
        goal: at_most(1.5, Some(2.5)),
        kind: Kind::Talk(Talk {
            full: one_room(100, 200.0),
            small: one_room(20, 100.0),
            pace: TIMED,
            speakers: Speakers::First(10),
            coalesce: false,
        }),
    },
    Scenario {
        name: "f1000_high",
        goal: at_most(1.3, None),
        kind: Kind::Talk(Talk {
            full: one_room(1000, 20.0),
            small: one_room(200, 10.0),
            pace: TIMED,
            speakers: Speakers::First(10),
            coalesce: false,
        }),
    },
    Scenario {
        name: "rooms_high",
        goal: at_most(1.6, None),
        kind: Kind::Talk(Talk {
            full: rooms(200, 10, 2000.0),
            small: rooms(10, 10, 100.0),
            pace: Pace::Timed {
                per_second: 0.0,
                by_chance: true,
            },
            speakers: Speakers::All,
            coalesce: false,
        }),
    },
    Scenario {
        name: "f100_max",
        goal: at_least(0.65, None),
        kind: Kind::Talk(Talk {
            full: one_room(100, 0.0),
            small: one_room(20, 0.0),
            pace: Pace::Heard,
            speakers: Speakers::First(4),
            coalesce: true,
        }),
    },
    Scenario {
        name: "sends",
        goal: at_least(8_000.0, Some(25.0)),
        kind: Kind::Sends(Talk {
            full: rooms(64, 2, 0.0),
            small: rooms(8, 2, 0.0),
            pace: Pace::Durable,
            speakers: Speakers::OneEach,
            coalesce: false,
        }),
    },
    Scenario {
        name: "idle",
        goal: at_most(14.0, None),
        kind: Kind::Idle {
            clients: 10_000,
            small: 200,
        },
    },
    Scenario {
        name: "connect",
        goal: at_most(200.0, None),
        kind: Kind::Connect {
            clients: 2_000,
            small: 100,
        },
    },
    Scenario {
        name: "fresh",
        goal: at_most(20.0, None),
        kind: Kind::Fresh,
    },
    Scenario {
        name: "storm",
        goal: at_most(2.0, None),
        kind: Kind::Storm {
            clients: 5_000,
            small: 100,
        },
    },
];

const TIMED: Pace = Pace::Timed {
    per_second: 0.0,
    by_chance: false,
};

const fn at_most(bound: f64, p99: Option<f64>) -> Goal {
    Goal {
        bound: Bound::AtMost(bound),
        p99,
    }
}

const fn at_least(bound: f64, p99: Option<f64>) -> Goal {
    Goal {
        bound: Bound::AtLeast(bound),
        p99,
    }
}

const fn one_room(members: usize, per_second: f64) -> Size {
    rooms(1, members, per_second)
}

const fn rooms(rooms: usize, members: usize, per_second: f64) -> Size {
    Size {
        rooms,
        members,
        per_second,
    }
}

/// How long and how often everything is done.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    pub(super) quick: bool,
    pub(super) runs: usize,
    pub(super) warm: Duration,
    pub(super) lasts: Duration,
}

impl Effort {
    pub(super) fn new(quick: bool) -> Self {
        let (runs, warm, lasts) = if quick {
            (1, 200, 800)
        } else {
            (3, 1_000, 4_000)
        };
        Self {
            quick,
            runs,
            warm: Duration::from_millis(warm),
            lasts: Duration::from_millis(lasts),
        }
    }

    pub(super) fn of<T: Copy>(self, full: T, small: T) -> T {
        if self.quick { small } else { full }
    }
}

impl Talk {
    pub(super) fn size(&self, effort: Effort) -> Size {
        effort.of(self.full, self.small)
    }

    /// What is said with these rooms of Confab, or none.
    pub(super) fn script(&self, size: Size, rooms: Vec<i64>) -> Script {
        let speakers = match self.speakers {
            Speakers::First(count) => (0..count.min(size.members)).collect(),
            Speakers::All => (0..size.rooms * size.members).collect(),
            Speakers::OneEach => (0..size.rooms).map(|room| room * size.members).collect(),
        };
        let pace = match self.pace {
            Pace::Timed { by_chance, .. } => Pace::Timed {
                per_second: size.per_second,
                by_chance,
            },
            other => other,
        };
        Script {
            members: size.members,
            speakers,
            pace,
            rooms,
        }
    }
}

impl Size {
    pub(super) fn plan(self) -> Plan {
        Plan {
            people: self.rooms * self.members,
            members: self.members,
            rooms_each: 1,
        }
    }

    /// The yardstick's rooms are paths.
    pub(super) fn paths(self) -> Vec<String> {
        let rooms = (0..self.rooms).flat_map(|room| std::iter::repeat_n(room, self.members));
        rooms.map(|room| format!("/room/{room}")).collect()
    }
}

impl Kind {
    /// What is counted, and how many digits matter behind its point.
    pub(super) fn unit(&self) -> (&'static str, usize) {
        match self {
            Self::Talk(talk) if talk.coalesce => ("k deliveries a CPU second", 0),
            Self::Talk(_) => ("µs", 1),
            Self::Sends(_) => ("a second", 0),
            Self::Idle { .. } => ("KiB", 1),
            Self::Connect { .. } => ("µs", 0),
            Self::Fresh => ("MiB", 1),
            Self::Storm { .. } => ("s", 2),
        }
    }

    /// Whether the yardstick takes part.
    pub(super) fn has_yardstick(&self) -> bool {
        matches!(self, Self::Talk(_) | Self::Storm { .. })
    }
}

impl Bound {
    pub(super) fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(bound) => value <= bound,
            Self::AtLeast(bound) => value >= bound,
        }
    }
}

impl Scenario {
    /// The goal in words.
    pub(super) fn goal(&self) -> String {
        let has_yardstick = self.kind.has_yardstick();
        let bound = match self.goal.bound {
            Bound::AtMost(bound) => format!("≤ {bound}"),
            Bound::AtLeast(bound) => format!("≥ {bound}"),
        };
        let bound = match self.kind.unit() {
            _ if has_yardstick => bound,
            (unit, _) => format!("{bound} {unit}"),
        };
        match self.goal.p99 {
            Some(p99) if has_yardstick => format!("{bound}, p99 ≤ {p99}"),
            Some(p99) => format!("{bound}, p99 ≤ {p99} ms"),
            None => bound,
        }
    }
}
