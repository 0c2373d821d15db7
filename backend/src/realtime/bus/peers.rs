//! The other nodes as this one knows them: how far it has heard each, who is there, and whose confirmation is waited
//! for. An old word is never taken for a new one.

use super::{
    lock,
    words::{NodeId, Origin},
};
use shared::Timestamp;
use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// A node that was heard within this is waited for.
const ALIVE: Duration = Duration::from_secs(4);
/// The first word of a node that is not known must be this fresh, in milliseconds: an old one may be a recording.
const FRESH_MS: i64 = 60_000;
/// Nodes are remembered longer than that, so that no recording of theirs is ever fresh and unknown.
const REMEMBERED: Duration = Duration::from_millis(3 * 60_000);

struct Peer {
    number: u64,
    /// The last number whose word is with the workers.
    done: u64,
    heard: Instant,
    leaving: bool,
    /// It says no more, and that is known.
    silent: bool,
}

/// Nodes that have yet to confirm one word of ours.
struct Waiting {
    from: HashSet<NodeId>,
    /// Dropped when all have.
    _told: watch::Sender<()>,
}

/// What a word is, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Next,
    /// Something before it was lost.
    AfterAGap,
    /// It was heard before.
    Old,
    /// Of a node that is not known, and as old as a recording: or that node's clock is wrong.
    Stale,
}

pub(super) struct Peers {
    known: Mutex<HashMap<NodeId, Peer>>,
    waiting: Mutex<HashMap<u64, Waiting>>,
    /// Since when this node listens; whoever is there was heard a few beats later.
    since: Mutex<Instant>,
}

impl Default for Peers {
    fn default() -> Self {
        Self {
            known: Mutex::default(),
            waiting: Mutex::default(),
            since: Mutex::new(Instant::now()),
        }
    }
}

impl Peers {
    /// This node listens from here on.
    pub(super) fn listens(&self) {
        *lock(&self.since) = Instant::now();
    }

    /// Notes that a node said something.
    pub(super) fn hear(&self, origin: Origin, now: Timestamp) -> Word {
        let mut known = lock(&self.known);
        let before = match known.get(&origin.node) {
            Some(peer) if origin.number <= peer.number => return Word::Old,
            Some(peer) => peer.number,
            None if (now.0 - origin.said_at).abs() > FRESH_MS => return Word::Stale,
            None if lock(&self.since).elapsed() > ALIVE => 0,
            // What it said before this node listened is covered by the look that came after that.
            None => origin.number.saturating_sub(1),
        };
        let peer = known.entry(origin.node).or_insert(Peer {
            number: 0,
            done: 0,
            heard: Instant::now(),
            leaving: false,
            silent: false,
        });
        peer.number = origin.number;
        peer.heard = Instant::now();
        peer.silent = false;
        if origin.number == before + 1 {
            Word::Next
        } else {
            Word::AfterAGap
        }
    }

    /// The word of that number is with the workers.
    pub(super) fn done(&self, origin: Origin) {
        if let Some(peer) = lock(&self.known).get_mut(&origin.node) {
            peer.done = origin.number;
        }
    }

    /// How far a node's words are with the workers.
    pub(super) fn heard(&self, node: NodeId) -> u64 {
        lock(&self.known).get(&node).map_or(0, |peer| peer.done)
    }

    /// A node is about to stop.
    pub(super) fn leaves(&self, node: NodeId) {
        if let Some(peer) = lock(&self.known).get_mut(&node) {
            peer.leaving = true;
        }
        self.confirms(node, None);
    }

    /// A node has said its last word.
    pub(super) fn is_gone(&self, node: NodeId) {
        self.leaves(node);
        if let Some(peer) = lock(&self.known).get_mut(&node) {
            peer.silent = true;
        }
    }

    /// All that were heard lately.
    pub(super) fn all(&self) -> Vec<NodeId> {
        lock(&self.known).keys().copied().collect()
    }

    /// Forgets those that were not heard for long. Says whether one fell silent without a last word: what it did
    /// at the end, it may have told nobody.
    pub(super) fn sweep(&self) -> bool {
        let mut known = lock(&self.known);
        known.retain(|_, peer| peer.heard.elapsed() < REMEMBERED);
        let mut fell_silent = false;
        for peer in known.values_mut() {
            if !peer.silent && peer.heard.elapsed() >= ALIVE {
                peer.silent = true;
                fell_silent = true;
            }
        }
        fell_silent
    }

    /// Waits for those who are there to confirm a word of ours; false when nobody is.
    pub(super) fn wait_for(&self, number: u64, told: watch::Sender<()>) -> bool {
        let known = lock(&self.known);
        let alive = known
            .iter()
            .filter(|(_, peer)| !peer.leaving && peer.heard.elapsed() < ALIVE);
        let from: HashSet<NodeId> = alive.map(|(&node, _)| node).collect();
        let somebody = !from.is_empty();
        if somebody {
            lock(&self.waiting).insert(number, Waiting { from, _told: told });
        }
        somebody
    }

    /// A node confirms one word, or is waited for no longer at all.
    pub(super) fn confirms(&self, node: NodeId, number: Option<u64>) {
        lock(&self.waiting).retain(|&of, waiting| {
            if number.is_none_or(|number| number == of) {
                waiting.from.remove(&node);
            }
            !waiting.from.is_empty()
        });
    }

    /// Waits no longer; says whether anybody had yet to confirm.
    pub(super) fn give_up(&self, number: u64) -> bool {
        lock(&self.waiting).remove(&number).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn origin(number: u64) -> Origin {
        Origin {
            node: 7,
            number,
            said_at: NOW.0,
        }
    }

    #[test]
    fn s_conf_4_a_word_is_heard_once_and_a_recording_never() {
        let peers = Peers::default();
        let later = NOW.plus_ms(FRESH_MS + 1);
        assert_eq!(peers.hear(origin(5), later), Word::Stale);
        assert_eq!(peers.hear(origin(5), NOW), Word::Next);
        assert_eq!(peers.hear(origin(5), NOW), Word::Old);
        assert_eq!(peers.hear(origin(4), NOW), Word::Old);
        assert_eq!(peers.hear(origin(6), NOW), Word::Next);
        assert_eq!(peers.hear(origin(8), NOW), Word::AfterAGap);
        // Its clock may jump once it is known.
        assert_eq!(
            peers.hear(origin(9), NOW.plus_ms(-9 * FRESH_MS)),
            Word::Next
        );
    }

    #[test]
    fn a_node_that_falls_silent_is_noticed_once_unless_it_said_that_it_goes() {
        let peers = Peers::default();
        let long_ago = || {
            for peer in lock(&peers.known).values_mut() {
                peer.heard = Instant::now().checked_sub(ALIVE).unwrap();
            }
        };
        peers.hear(origin(1), NOW);
        assert!(!peers.sweep());
        long_ago();
        assert!(peers.sweep());
        assert!(!peers.sweep());
        peers.hear(origin(2), NOW);
        peers.is_gone(7);
        long_ago();
        assert!(!peers.sweep());
    }

    #[test]
    fn whoever_waits_is_told_when_the_last_node_confirms_or_leaves() {
        let peers = Peers::default();
        let (told, hears) = watch::channel(());
        assert!(!peers.wait_for(1, told), "nobody is there");
        assert!(hears.has_changed().is_err());
        peers.hear(origin(1), NOW);
        peers.hear(
            Origin {
                node: 8,
                ..origin(1)
            },
            NOW,
        );
        let (told, hears) = watch::channel(());
        assert!(peers.wait_for(2, told));
        peers.confirms(7, Some(1));
        peers.confirms(7, Some(2));
        assert!(hears.has_changed().is_ok());
        peers.leaves(8);
        assert!(hears.has_changed().is_err());
        let (told, _hears) = watch::channel(());
        assert!(peers.wait_for(3, told));
        assert!(peers.give_up(3));
        assert!(!peers.give_up(3));
    }
}
