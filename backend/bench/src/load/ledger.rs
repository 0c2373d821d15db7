//! What was said and what of it was heard: lost, doubled, out of order, and how long it took. Knows numbers only: no
//! socket, no clock.

/// Not heard by anyone yet.
const UNHEARD: u32 = u32::MAX;

/// One stretch of talk in rooms of equal size: client `n` sits in room `n / members`.
pub(crate) struct Ledger {
    members: usize,
    said: Vec<Said>,
    /// The place that each message has in its room: the order in which the first to hear them did.
    places: Vec<u32>,
    rooms: Vec<u32>,
    /// The newest message that was heard of each speaker.
    newest: Vec<Option<u32>>,
    ears: Vec<Heard>,
    delivered: u64,
    doubled: u64,
    disordered: u64,
    acked: u64,
    refused: u64,
    /// In microseconds, of each delivery and each acknowledgement.
    delays: Vec<u32>,
    ack_delays: Vec<u32>,
}

struct Said {
    by: usize,
    at_us: u64,
}

/// What one client has heard of its room.
#[derive(Clone, Default)]
struct Heard {
    /// Where the next is expected.
    next: u32,
    /// Places before that which did not come.
    missing: Vec<u32>,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    pub(crate) disordered: u64,
    /// Acknowledgements that did not come.
    pub(crate) unacked: u64,
}

impl Faults {
    pub(crate) fn any(self) -> bool {
        self != Self::default()
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.disordered += other.disordered;
        self.unacked += other.unacked;
    }
}

impl Ledger {
    pub(crate) fn new(clients: usize, members: usize) -> Self {
        Self {
            members,
            said: Vec::new(),
            places: Vec::new(),
            rooms: vec![0; clients.div_ceil(members)],
            newest: vec![None; clients],
            ears: vec![Heard::default(); clients],
            delivered: 0,
            doubled: 0,
            disordered: 0,
            acked: 0,
            refused: 0,
            delays: Vec::new(),
            ack_delays: Vec::new(),
        }
    }

    /// Somebody speaks; gives the message's number.
    pub(crate) fn say(&mut self, by: usize, at_us: u64) -> u32 {
        let number = u32::try_from(self.said.len()).unwrap_or(UNHEARD);
        self.said.push(Said { by, at_us });
        self.places.push(UNHEARD);
        number
    }

    /// Somebody hears it. Gives whether it is their own; nothing when it does not belong here.
    pub(crate) fn hear(&mut self, socket: usize, number: u32, now_us: u64) -> Option<bool> {
        let index = number as usize;
        let said = self.said.get(index)?;
        let room = said.by / self.members;
        if room != socket / self.members {
            return None;
        }
        if self.places[index] == UNHEARD {
            self.places[index] = self.rooms[room];
            self.rooms[room] += 1;
            let newest = self.newest[said.by].replace(number);
            // Of one speaker, messages take their places in the order in which they were said.
            self.disordered += u64::from(newest > Some(number));
        }
        let place = self.places[index];
        let heard = &mut self.ears[socket];
        if place >= heard.next {
            heard.missing.extend(heard.next..place);
            heard.next = place + 1;
        } else if let Some(at) = heard.missing.iter().position(|missing| *missing == place) {
            heard.missing.swap_remove(at);
            self.disordered += 1;
        } else {
            self.doubled += 1;
            return Some(false);
        }
        self.delivered += 1;
        self.delays.push(delay(said.at_us, now_us));
        Some(said.by == socket)
    }

    /// The server says that it is durable.
    pub(crate) fn ack(&mut self, number: u32, now_us: u64) {
        if let Some(said) = self.said.get(number as usize) {
            self.acked += 1;
            self.ack_delays.push(delay(said.at_us, now_us));
        }
    }

    /// The server says that it will not take it just now: nobody is to hear it.
    pub(crate) fn refuse(&mut self) {
        self.refused += 1;
    }

    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }

    /// What was said and taken.
    pub(crate) fn said(&self) -> u64 {
        self.said.len() as u64 - self.refused
    }

    pub(crate) fn delivered(&self) -> u64 {
        self.delivered
    }

    pub(crate) fn acked(&self) -> u64 {
        self.acked
    }

    fn expected(&self) -> u64 {
        self.said() * self.members as u64
    }

    /// Whether all have heard everything and, where the server says so, all is durable.
    pub(crate) fn is_complete(&self, acks: bool) -> bool {
        self.delivered >= self.expected() && (!acks || self.acked >= self.said())
    }

    pub(crate) fn faults(&self, acks: bool) -> Faults {
        Faults {
            lost: self.expected().saturating_sub(self.delivered),
            doubled: self.doubled,
            disordered: self.disordered,
            unacked: if acks {
                self.said().saturating_sub(self.acked)
            } else {
                0
            },
        }
    }

    /// The median and the 99th hundredth, in milliseconds, of deliveries.
    pub(crate) fn delays(&mut self) -> [f64; 2] {
        [0.5, 0.99].map(|part| quantile(&mut self.delays, part))
    }

    /// The same of acknowledgements.
    pub(crate) fn ack_delays(&mut self) -> [f64; 2] {
        [0.5, 0.99].map(|part| quantile(&mut self.ack_delays, part))
    }
}

fn delay(from_us: u64, to_us: u64) -> u32 {
    u32::try_from(to_us.saturating_sub(from_us)).unwrap_or(u32::MAX)
}

/// In milliseconds; 0 of none.
fn quantile(values: &mut [u32], part: f64) -> f64 {
    let at = (values.len() as f64 * part) as usize;
    if at >= values.len() {
        return 0.0;
    }
    f64::from(*values.select_nth_unstable(at).1) / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::{Faults, Ledger};

    /// Two rooms of two, and what client 0 to 3 hear.
    fn heard(said: &[usize], heard: &[(usize, u32)]) -> (Faults, u64) {
        let mut ledger = Ledger::new(4, 2);
        for by in said {
            ledger.say(*by, 0);
        }
        let strays = heard
            .iter()
            .filter(|(socket, number)| ledger.hear(*socket, *number, 1).is_none())
            .count();
        (ledger.faults(false), strays as u64)
    }

    #[test]
    fn all_is_well_when_everyone_hears_the_same_in_one_order() {
        let all = [(0, 0), (1, 0), (3, 1), (2, 1), (1, 2), (0, 2)];
        assert_eq!(heard(&[0, 2, 1], &all), (Faults::default(), 0));
    }

    #[test]
    fn what_does_not_come_is_lost_and_what_comes_again_is_doubled() {
        let (faults, _) = heard(
            &[0, 0, 0],
            &[(0, 0), (0, 2), (1, 0), (1, 1), (1, 2), (1, 1)],
        );
        assert_eq!((faults.lost, faults.doubled), (1, 1));
    }

    #[test]
    fn two_who_hear_different_orders_are_out_of_order() {
        let (faults, _) = heard(&[0, 1], &[(0, 0), (0, 1), (1, 1), (1, 0)]);
        assert_eq!(
            faults,
            Faults {
                disordered: 1,
                ..Faults::default()
            }
        );
    }

    #[test]
    fn one_speakers_words_are_heard_in_the_order_of_speaking() {
        let (faults, _) = heard(&[0, 0], &[(0, 1), (1, 1), (0, 0), (1, 0)]);
        assert_eq!((faults.lost, faults.disordered), (0, 1));
    }

    #[test]
    fn what_belongs_to_another_room_is_a_stray() {
        assert_eq!(heard(&[0], &[(2, 0)]).1, 1);
        assert_eq!(heard(&[0], &[(0, 7)]).1, 1);
    }
}
