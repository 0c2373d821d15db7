//! Who is in which room, and how much is said there: few huge rooms, many small ones, one person in very many.
//! Pure: knows no database.

use crate::chance::Chance;
use clap::Args;

/// How much there is.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Messages in all rooms together.
    #[arg(long, default_value_t = 10_000_000)]
    pub(crate) messages: usize,
    /// People; a hundredth of the messages, between 1,000 and 100,000, when absent.
    #[arg(long)]
    pub(crate) people: Option<usize>,
    /// Rooms; a five-hundredth of the messages, between 700 and 20,000, when absent.
    #[arg(long)]
    pub(crate) rooms: Option<usize>,
}

impl Size {
    pub(crate) fn people(&self) -> usize {
        self.people
            .unwrap_or((self.messages / 100).clamp(1_000, 100_000))
    }

    pub(crate) fn rooms(&self) -> usize {
        self.rooms
            .unwrap_or((self.messages / 500).clamp(700, 20_000))
    }
}

/// Rooms that the person who is nearly everywhere is in.
pub(crate) const ROOMS_OF_ONE: usize = 300;
/// Rooms of ten people with some history at every size: what is compared between sizes is compared in them.
pub(crate) const TEAMS: usize = 100;
const TEAM_PEOPLE: usize = 10;
/// A first page and a little more.
const TEAM_MESSAGES: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Public,
    Private,
    Direct,
}

/// One room. People are numbered from 0.
pub(crate) struct Plan {
    pub(crate) kind: Kind,
    pub(crate) members: Vec<usize>,
    /// How much is said here, compared with other rooms.
    pub(crate) weight: f64,
}

/// All rooms: the first is everybody's, then the teams, then from the largest to the smallest. Person 0 is in
/// [`ROOMS_OF_ONE`] of them, person 1 in all teams.
pub(crate) fn plan(size: &Size, chance: &mut Chance) -> Vec<Plan> {
    let (people, rooms) = (size.people(), size.rooms());
    let mut plans = vec![Plan {
        kind: Kind::Public,
        members: (0..people).collect(),
        weight: (people as f64).sqrt(),
    }];
    for _ in 1..=TEAMS.min(rooms) {
        plans.push(some(people, TEAM_PEOPLE, Kind::Private, chance));
    }
    let left = rooms.saturating_sub(plans.len());
    let ranks = [
        (left.div_ceil(4_000), people / 5),
        (left / 400, people / 50),
        (left / 40, people / 500),
    ];
    for (count, members) in ranks {
        for _ in 0..count {
            plans.push(some(people, members.max(TEAM_PEOPLE), Kind::Public, chance));
        }
    }
    let left = rooms.saturating_sub(plans.len());
    for number in 0..left / 2 {
        let kind = [Kind::Public, Kind::Private][number % 2];
        let members = 5 + chance.below(25);
        plans.push(some(people, members, kind, chance));
    }
    let grouped = plans.len();
    for number in 0..left - left / 2 {
        let first = number % people;
        plans.push(Plan {
            kind: Kind::Direct,
            members: vec![first, (first + 1 + number / people) % people],
            weight: 0.2 + chance.fraction(),
        });
    }
    spread(&mut plans[..grouped]);
    weigh_teams(&mut plans, size.messages);
    plans
}

/// A room of some people, each once.
fn some(people: usize, members: usize, kind: Kind, chance: &mut Chance) -> Plan {
    let first = chance.below(people);
    let mut step = 1 + chance.below(people - 1);
    while common_divisor(step, people) != 1 {
        step = step % (people - 1) + 1;
    }
    Plan {
        kind,
        members: (0..members.min(people))
            .map(|number| (first + number * step) % people)
            .collect(),
        weight: (members as f64).sqrt() * (0.2 + 2.0 * chance.fraction()),
    }
}

/// Person 1 into all teams, person 0 into those and on into every nth room.
fn spread(plans: &mut [Plan]) {
    let mut add = |place: usize, person: usize| {
        let members = &mut plans[place].members;
        if !members.contains(&person) {
            members.push(person);
        }
    };
    for team in 1..=TEAMS {
        add(team, 0);
        add(team, 1);
    }
    let others = plans.len().saturating_sub(TEAMS + 1);
    let wanted = ROOMS_OF_ONE.saturating_sub(TEAMS + 1).min(others);
    let chosen: Vec<usize> = (0..wanted)
        .map(|number| TEAMS + 1 + number * others / wanted)
        .collect();
    for (place, plan) in plans.iter_mut().enumerate().skip(TEAMS + 1) {
        let there = plan.members.iter().position(|&person| person == 0);
        match (there, chosen.binary_search(&place).is_ok()) {
            (None, true) => plan.members.push(0),
            (Some(at), false) => drop(plan.members.swap_remove(at)),
            _ => {}
        }
    }
}

/// So that each team gets [`TEAM_MESSAGES`], or a twenty-thousandth of all where that is more.
fn weigh_teams(plans: &mut [Plan], messages: usize) {
    let wanted = TEAM_MESSAGES.max(messages / 20_000) as f64 * 1.5;
    let others: f64 = plans
        .iter()
        .enumerate()
        .filter(|(place, _)| !(1..=TEAMS).contains(place))
        .map(|(_, plan)| plan.weight)
        .sum();
    let rest = (messages as f64 - wanted * TEAMS as f64).max(1.0);
    for plan in &mut plans[1..=TEAMS] {
        plan.weight = others * wanted / rest;
    }
}

fn common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// Draws rooms by their weight.
pub(crate) struct Draw {
    sums: Vec<f64>,
}

impl Draw {
    pub(crate) fn new(plans: &[Plan]) -> Self {
        let mut sum = 0.0;
        let sums = plans
            .iter()
            .map(|plan| {
                sum += plan.weight;
                sum
            })
            .collect();
        Self { sums }
    }

    pub(crate) fn next(&self, chance: &mut Chance) -> usize {
        let at = chance.fraction() * self.sums.last().copied().unwrap_or(0.0);
        self.sums
            .partition_point(|&sum| sum < at)
            .min(self.sums.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_are_as_many_as_asked_for_and_nobody_is_twice_in_one() {
        let size = Size {
            messages: 10_000,
            people: None,
            rooms: None,
        };
        let plans = plan(&size, &mut Chance::new(1));
        assert_eq!(plans.len(), size.rooms());
        for plan in &plans {
            let mut members = plan.members.clone();
            members.sort_unstable();
            members.dedup();
            assert_eq!(members.len(), plan.members.len());
            assert!(members.iter().all(|&person| person < size.people()));
        }
        let of = |person: usize| {
            plans
                .iter()
                .filter(|plan| plan.kind != Kind::Direct && plan.members.contains(&person))
                .count()
        };
        assert_eq!(of(0), ROOMS_OF_ONE);
        assert!(of(1) > TEAMS);
    }

    #[test]
    fn direct_rooms_are_of_different_pairs() {
        let size = Size {
            messages: 10_000,
            people: None,
            rooms: Some(9_000),
        };
        let plans = plan(&size, &mut Chance::new(1));
        let mut pairs: Vec<Vec<usize>> = plans
            .into_iter()
            .filter(|plan| plan.kind == Kind::Direct)
            .map(|plan| plan.members)
            .collect();
        for pair in &mut pairs {
            pair.sort_unstable();
        }
        let all = pairs.len();
        pairs.sort_unstable();
        pairs.dedup();
        assert_eq!(pairs.len(), all);
    }
}
