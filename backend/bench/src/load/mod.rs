//! The generator: any number of clients against Confab or the yardstick, on one thread, and what the server needed
//! for what they did.

mod crowd;
mod ledger;
mod socket;
mod talk;

pub(crate) use crowd::{Crowd, REST};
pub(crate) use ledger::Faults;
pub(crate) use socket::Deaf;
pub(crate) use talk::{Pace, Script};

use crate::process::Watched;
use std::time::Duration;
use talk::Stretch;

/// How many set out at once when a crowd opens.
pub(crate) const AT_ONCE: usize = 64;

/// What one conversation came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) said: u64,
    /// Messages that the server had no room for.
    pub(crate) refused: u64,
    pub(crate) delivered: u64,
    pub(crate) faults: Faults,
    pub(crate) seconds: f64,
    /// Processor time of the server, in seconds.
    pub(crate) cpu: f64,
    /// The median and the 99th hundredth of said → heard and of said → durable, in milliseconds.
    pub(crate) delays: [f64; 2],
    pub(crate) ack_delays: [f64; 2],
    pub(crate) acked: u64,
    pub(crate) resident_kib: u64,
    /// What part of its core the generator needed.
    pub(crate) generator: f64,
}

impl Figures {
    pub(crate) fn micros_per_delivery(&self) -> f64 {
        self.cpu * 1e6 / self.delivered.max(1) as f64
    }
}

/// Lets an open crowd talk: first to warm up, then measured.
pub(crate) fn converse(
    crowd: &mut Crowd,
    script: &Script,
    server: Watched,
    warm: Duration,
    lasts: Duration,
) -> Result<Figures, String> {
    crowd.rest(Duration::from_millis(300))?;
    let mut faults = Faults::default();
    if !warm.is_zero() {
        let mut stretch = Stretch::new(script, crowd.len(), 1, warm);
        stretch.run(crowd)?;
        faults.add(stretch.ledger.faults(stretch.acks()));
        crowd.rest(Duration::from_millis(200))?;
    }
    let own = Watched::oneself();
    let before = [server.cpu(), own.cpu()];
    let mut stretch = Stretch::new(script, crowd.len(), 2, lasts);
    let began = std::time::Instant::now();
    stretch.run(crowd)?;
    let took = stretch
        .last_heard
        .saturating_duration_since(began)
        .as_secs_f64();
    let own_cpu = own.cpu().saturating_sub(before[1]).as_secs_f64();
    let cpu = server.cpu().saturating_sub(before[0]).as_secs_f64();
    let acks = stretch.acks();
    let ledger = &mut stretch.ledger;
    faults.add(ledger.faults(acks));
    Ok(Figures {
        said: ledger.said(),
        refused: ledger.refused(),
        delivered: ledger.delivered(),
        faults,
        seconds: took,
        cpu,
        delays: ledger.delays(),
        ack_delays: ledger.ack_delays(),
        acked: ledger.acked(),
        resident_kib: server.resident_kib(),
        generator: own_cpu / took.max(0.001),
    })
}
