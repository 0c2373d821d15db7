//! The command `load`: one conversation with one server that runs already, for a closer look than the table gives.

use crate::{
    load::{AT_ONCE, Crowd, Pace, Script, converse},
    place::{Place, Plan},
    process::Watched,
};
use clap::{Args, ValueEnum};
use std::{net::SocketAddr, time::Duration};

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Target {
    /// A new one, without rate limits: people and rooms are made first.
    Confab,
    Yardstick,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Next {
    /// When a speaker has heard its last message.
    Heard,
    /// When Confab has said that it is durable.
    Durable,
}

#[derive(Args)]
pub(crate) struct Load {
    #[arg(long, value_enum)]
    target: Target,
    /// Where it listens.
    #[arg(long)]
    address: SocketAddr,
    /// Its process, on this machine.
    #[arg(long)]
    pid: u32,
    #[arg(long, default_value_t = 1)]
    rooms: usize,
    /// Clients in each room.
    #[arg(long, default_value_t = 100)]
    members: usize,
    /// How many of them speak.
    #[arg(long, default_value_t = 10)]
    speakers: usize,
    /// Messages a second, by all speakers together.
    #[arg(long, default_value_t = 200.0)]
    rate: f64,
    /// By chance instead of in turn.
    #[arg(long)]
    by_chance: bool,
    /// No rate: each speaker says one after the other.
    #[arg(long, value_enum)]
    next: Option<Next>,
    /// How long it warms up, and how long it lasts, in seconds.
    #[arg(long, default_value_t = 1.0)]
    warm: f64,
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
}

impl Load {
    pub(crate) fn run(self) -> Result<(), String> {
        let clients = self.rooms * self.members;
        if clients == 0 || self.speakers == 0 || self.rate <= 0.0 {
            return Err("there must be rooms, members, speakers and a rate".into());
        }
        rlimit::increase_nofile_limit(1 << 20).map_err(|error| error.to_string())?;
        let confab = self.target == Target::Confab;
        let (paths, rooms) = if confab {
            let plan = Plan {
                people: clients,
                members: self.members,
                rooms_each: 1,
            };
            let place = Place::make(self.address, plan)?;
            (place.paths(clients), place.rooms)
        } else {
            let room = |client| format!("/room/{}", client / self.members);
            ((0..clients).map(room).collect(), Vec::new())
        };
        let script = Script {
            members: self.members,
            // One of each room in turn.
            speakers: (0..self.speakers.min(clients))
                .map(|number| number % self.rooms * self.members + number / self.rooms)
                .collect(),
            pace: match self.next {
                Some(Next::Durable) if confab => Pace::Durable,
                Some(_) => Pace::Heard,
                None => Pace::Timed {
                    per_second: self.rate,
                    by_chance: self.by_chance,
                },
            },
            rooms,
        };
        let mut crowd = Crowd::new(self.address, paths, confab)?;
        crowd.open_all(AT_ONCE)?;
        let figures = converse(
            &mut crowd,
            &script,
            Watched::new(self.pid),
            Duration::from_secs_f64(self.warm),
            Duration::from_secs_f64(self.seconds),
        )?;
        let [p50, p99] = figures.delays;
        let [ack_p50, ack_p99] = figures.ack_delays;
        println!("messages              {}", figures.said);
        println!("refused               {}", figures.refused);
        println!("deliveries            {}", figures.delivered);
        println!(
            "deliveries a second   {:.0}",
            figures.delivered as f64 / figures.seconds
        );
        println!("said → heard          p50 {p50:.2} ms, p99 {p99:.2} ms");
        if confab {
            println!(
                "durable a second      {:.0}",
                figures.acked as f64 / figures.seconds
            );
            println!("said → durable        p50 {ack_p50:.2} ms, p99 {ack_p99:.2} ms");
        }
        println!(
            "CPU for each delivery {:.1} µs",
            figures.micros_per_delivery()
        );
        println!("server's resident     {} KiB", figures.resident_kib);
        println!("generator's core      {:.0} %", figures.generator * 100.0);
        println!("{:?}", figures.faults);
        if figures.faults.any() {
            return Err("lost, doubled or out of order".into());
        }
        Ok(())
    }
}
