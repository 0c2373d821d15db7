//! The other nodes, over Redis pub/sub: one channel, on which every node says what it has committed and hears what
//! the others did. What is lost on the way is noticed (numbers with a gap, silence) and made good by a look at the
//! database, which `features/heads.rs` takes.

use super::{
    Mail, Workers,
    local::Confirming,
    passed::Passed,
    peers::{self, Peers},
    words::{self, NodeId, Origin, People, Word},
};
use crate::{
    event::{Event, Everywhere},
    outside::redis::Redis,
};
use deadpool_redis::{Connection, redis::Pipeline};
use futures_util::StreamExt;
use shared::{UserId, presence::PresenceSetting};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, mpsc, watch},
    time::timeout,
};

/// Words that may wait to be said, and their frames' bytes; beyond either they are dropped and counted.
const QUEUE: usize = 4_096;
const QUEUE_BYTES: usize = 64 * 1024 * 1024;
/// Frames of one word have about so many bytes at most, so that no message to Redis is huge.
const WORD_BYTES: usize = 512 * 1024;
/// Words that share one round trip.
const TOGETHER: usize = 64;
/// A word that is larger is none of ours: a frame has 64 KiB of text at most, and escaping.
const LARGEST: usize = 8 * 1024 * 1024;
/// How often a node says that it is here.
const BEAT: Duration = Duration::from_secs(1);
/// After this long without a word, one's own beats included, the subscription is dead.
const SILENCE: Duration = Duration::from_secs(3);
/// How long is waited for other nodes to confirm; then the look at the database makes it good.
const CONFIRM: Duration = Duration::from_secs(1);
/// How often is looked whether all is said.
const SOON: Duration = Duration::from_millis(5);
/// How long until the next try to subscribe.
const AGAIN: Duration = Duration::from_millis(250);

/// What a node does with what others say, besides telling its sockets.
pub trait Ears: Send + Sync {
    /// Others committed this.
    fn events(&self, events: &[Event]);
    /// How these people are seen by their sockets on that node.
    fn presence(&self, node: NodeId, news: People);
    /// Someone chose elsewhere how to be seen.
    fn setting(&self, user: UserId, setting: PresenceSetting);
}

/// What waits to be said.
enum Out {
    Events(Arc<[Event]>, Option<watch::Sender<()>>, usize),
    Word(Word),
}

/// The other nodes.
pub struct Nodes {
    redis: Arc<Redis>,
    workers: Workers,
    ears: Arc<dyn Ears>,
    id: NodeId,
    channel: String,
    queue: mpsc::Sender<Out>,
    queued_bytes: AtomicUsize,
    /// Words that were dropped since the last one that was said.
    dropped: AtomicU64,
    /// Words that were taken to be said, and those that were said or given up.
    taken: AtomicU64,
    spoken: AtomicU64,
    /// The number of the last word said.
    number: AtomicU64,
    hears: AtomicBool,
    junk: AtomicU64,
    peers: Peers,
    /// What passed on its way to the workers.
    pub passed: Passed,
    lost: AtomicBool,
    look: Notify,
}

impl Nodes {
    /// Begins to speak and to listen, on the thread that calls this.
    pub(super) fn start(redis: Arc<Redis>, workers: Workers, ears: Arc<dyn Ears>) -> Arc<Self> {
        let (queue, words) = mpsc::channel(QUEUE);
        let mut id = [0; 8];
        // Without random bytes no token could be signed either: the start has failed before.
        let _ = getrandom::fill(&mut id);
        let nodes = Arc::new(Self {
            channel: redis.key("bus"),
            redis,
            workers,
            ears,
            id: NodeId::from_be_bytes(id),
            queue,
            queued_bytes: AtomicUsize::new(0),
            dropped: AtomicU64::new(0),
            taken: AtomicU64::new(0),
            spoken: AtomicU64::new(0),
            number: AtomicU64::new(0),
            hears: AtomicBool::new(false),
            junk: AtomicU64::new(0),
            peers: Peers::default(),
            passed: Passed::default(),
            lost: AtomicBool::new(false),
            look: Notify::new(),
        });
        tokio::spawn(Arc::clone(&nodes).speak(words));
        tokio::spawn(Arc::clone(&nodes).listen());
        nodes
    }

    /// This node's number.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// Whether this node hears the others.
    pub fn hears(&self) -> bool {
        self.hears.load(Ordering::Relaxed)
    }

    /// How many messages in the channel were none of ours.
    pub fn junk(&self) -> u64 {
        self.junk.load(Ordering::Relaxed)
    }

    /// The other nodes, as far as this one has heard lately.
    pub fn others(&self) -> Vec<NodeId> {
        self.peers.all()
    }

    /// The number of this node's last word, once all that it has to say is said: for tests, which can wait for
    /// it instead of sleeping.
    pub fn said(&self) -> Option<u64> {
        let spoken = self.spoken.load(Ordering::SeqCst);
        let number = self.number.load(Ordering::SeqCst);
        (spoken == self.taken.load(Ordering::SeqCst)).then_some(number)
    }

    /// How far the words of another node have reached the workers here.
    pub fn heard(&self, node: NodeId) -> u64 {
        self.peers.heard(node)
    }

    /// Says something to the other nodes; lost while Redis is away.
    pub fn say(&self, word: Word) {
        self.put(Out::Word(word));
    }

    /// Says all that is left to say, and that this was all. Does not wait long for a Redis that is away.
    pub async fn last_word(&self) {
        self.say(Word::Gone);
        let said = async {
            while self.said().is_none() {
                tokio::time::sleep(SOON).await;
            }
        };
        let _ = timeout(CONFIRM, said).await;
    }

    fn put(&self, out: Out) -> bool {
        self.taken.fetch_add(1, Ordering::SeqCst);
        let put = self.queue.try_send(out).is_ok();
        if !put {
            self.spoken.fetch_add(1, Ordering::SeqCst);
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        put
    }

    /// Tells the other nodes what was committed. Waits for nothing: what it gives back does.
    pub(super) fn publish(&self, events: Arc<[Event]>) -> Everywhere {
        let binding = events
            .iter()
            .any(|event| matches!(event, Event::Control(_)));
        let (told, everywhere) = if binding && self.hears() {
            let (told, hears) = watch::channel(());
            (Some(told), Everywhere::after(hears))
        } else {
            (None, Everywhere::default())
        };
        let bytes = events.iter().map(weight).sum::<usize>();
        if self.queued_bytes.fetch_add(bytes, Ordering::Relaxed) > QUEUE_BYTES {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
        } else if !self.put(Out::Events(events, told, bytes)) {
            self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        everywhere
    }

    /// Waits until something may have been lost.
    pub async fn lost(&self) {
        while !self.lost.swap(false, Ordering::SeqCst) {
            self.look.notified().await;
        }
    }

    fn missed_something(&self) {
        self.lost.store(true, Ordering::SeqCst);
        self.look.notify_one();
    }

    async fn speak(self: Arc<Self>, mut words: mpsc::Receiver<Out>) {
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut number = 0;
        let mut connection = None;
        loop {
            let mut together = Vec::new();
            tokio::select! {
                word = words.recv() => match word {
                    Some(word) => together.push(word),
                    None => return,
                },
                _ = beat.tick() => {
                    self.taken.fetch_add(1, Ordering::SeqCst);
                    together.push(Out::Word(Word::Beat));
                    if self.peers.sweep() {
                        self.missed_something();
                    }
                }
            }
            while together.len() < TOGETHER
                && let Ok(word) = words.try_recv()
            {
                together.push(word);
            }
            // Others see the gap, and look.
            if self.dropped.swap(0, Ordering::Relaxed) > 0 {
                number += 1;
            }
            let count = u64::try_from(together.len()).unwrap_or(0);
            let mut confirmations = Vec::new();
            let message = self.message(&mut number, together, &mut confirmations);
            if !self.send(&mut connection, message).await {
                for number in confirmations {
                    self.peers.give_up(number);
                }
            }
            self.number.store(number, Ordering::SeqCst);
            self.spoken.fetch_add(count, Ordering::SeqCst);
        }
    }

    /// All words as one pipeline; what must be confirmed is waited for from here on.
    fn message(
        self: &Arc<Self>,
        number: &mut u64,
        words: Vec<Out>,
        confirmations: &mut Vec<u64>,
    ) -> Pipeline {
        let mut message = Pipeline::new();
        let mut add = |word: &Word| {
            *number += 1;
            let origin = Origin {
                node: self.id,
                number: *number,
                said_at: crate::clock::now().0,
            };
            let bytes = words::close(&self.redis.seal, origin, word);
            message.publish(&self.channel, bytes).ignore();
            *number
        };
        for out in words {
            match out {
                Out::Word(word) => {
                    add(&word);
                }
                Out::Events(events, told, bytes) => {
                    self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
                    let mut parts = in_parts(&events).peekable();
                    let mut told = told;
                    while let Some(part) = parts.next() {
                        // The last part is in force when all of them are.
                        let told = told.take_if(|_| parts.peek().is_none());
                        let number = add(&Word::Events(part, told.is_some()));
                        if let Some(told) = told {
                            self.wait_for(number, told);
                            confirmations.push(number);
                        }
                    }
                }
            }
        }
        message
    }

    fn wait_for(self: &Arc<Self>, number: u64, told: watch::Sender<()>) {
        if !self.peers.wait_for(number, told) {
            return;
        }
        let nodes = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(CONFIRM).await;
            if nodes.peers.give_up(number) {
                tracing::warn!("a node did not confirm a change of members or sessions in time");
            }
        });
    }

    async fn send(&self, connection: &mut Option<Connection>, message: Pipeline) -> bool {
        if connection.is_none() && self.redis.is_up() {
            *connection = self.redis.connection().await;
        }
        let Some(open) = connection else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return false;
        };
        let sent = message.query_async::<()>(open).await;
        if let Err(error) = sent {
            tracing::warn!(%error, "other nodes could not be told");
            self.redis.doubt();
            // Not back into the pool: it may be half-way through an answer.
            if let Some(broken) = connection.take() {
                drop(Connection::take(broken));
            }
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        true
    }

    async fn listen(self: Arc<Self>) {
        loop {
            let Some(channel) = self.redis.listen(&self.channel).await else {
                tokio::time::sleep(AGAIN).await;
                continue;
            };
            self.peers.listens();
            self.hears.store(true, Ordering::Relaxed);
            tracing::info!("hears the other nodes");
            // What was said before this line is not known here. And the others should know that somebody listens.
            self.missed_something();
            self.say(Word::Beat);
            let mut messages = channel.into_on_message();
            while let Ok(Some(message)) = timeout(SILENCE, messages.next()).await {
                self.hear(message.get_payload_bytes()).await;
            }
            self.hears.store(false, Ordering::Relaxed);
            tracing::warn!("does not hear the other nodes");
        }
    }

    async fn hear(self: &Arc<Self>, bytes: &[u8]) {
        let Some((origin, word)) = (bytes.len() <= LARGEST)
            .then(|| words::open(&self.redis.seal, bytes))
            .flatten()
        else {
            return self.ignore("it is no word of a node");
        };
        if origin.node == self.id {
            return;
        }
        match self.peers.hear(origin, crate::clock::now()) {
            peers::Word::Next => {}
            peers::Word::AfterAGap => self.missed_something(),
            peers::Word::Old => return self.ignore("it is an old word"),
            peers::Word::Stale => {
                // A node whose clock is wrong may have said it: what it did is in the database.
                self.missed_something();
                return self.ignore("it is old, or said by a node whose clock is wrong");
            }
        }
        match word {
            Word::Beat => {}
            Word::Bye => self.peers.leaves(origin.node),
            Word::Gone => self.peers.is_gone(origin.node),
            Word::Events(events, confirm) => self.put_into_force(origin, events, confirm).await,
            Word::Ephemeral(topic, frame) => {
                self.workers.offer(&Mail::Ephemeral(topic, frame));
            }
            Word::Presence(news) => self.ears.presence(origin.node, news),
            Word::Setting(user, setting) => self.ears.setting(user, setting),
            Word::Confirmed(node, number) if node == self.id => {
                self.peers.confirms(origin.node, Some(number));
            }
            Word::Confirmed(..) => {}
        }
        self.peers.done(origin);
    }

    async fn put_into_force(self: &Arc<Self>, origin: Origin, events: Vec<Event>, confirm: bool) {
        self.passed.note(&events);
        self.ears.events(&events);
        let binding = events
            .iter()
            .any(|event| matches!(event, Event::Control(_)));
        let events: Arc<[Event]> = events.into();
        if !binding {
            // A worker that is far behind must not hold up the others; its clients are told by the heads.
            if !self.workers.offer(&Mail::Events(Arc::clone(&events), None)) {
                self.did_not_pass(&events);
            }
        } else {
            let (confirming, taken) = self.workers.publish_from_afar(&events).await;
            if taken && confirm {
                self.confirm(origin, confirming);
            } else if !taken {
                self.did_not_pass(&events);
            }
        }
    }

    fn did_not_pass(&self, events: &[Event]) {
        self.passed.did_not(events);
        self.missed_something();
    }

    fn confirm(self: &Arc<Self>, origin: Origin, confirming: Confirming) {
        let nodes = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            if confirming.wait() {
                nodes.say(Word::Confirmed(origin.node, origin.number));
            }
        });
    }

    fn ignore(&self, why: &str) {
        // The first of each thousand: a flood of junk is none of lines.
        if self
            .junk
            .fetch_add(1, Ordering::Relaxed)
            .is_multiple_of(1_000)
        {
            tracing::warn!(target: "audit", event = "bus_junk", why, count = self.junk());
        }
    }
}

fn weight(event: &Event) -> usize {
    match event {
        Event::Frame(_, frame) => frame.bytes.len() + 64,
        Event::Control(_) => 32,
    }
}

/// The events in runs of bounded weight; an event that is heavier alone is a run of its own.
fn in_parts(events: &[Event]) -> impl Iterator<Item = Vec<Event>> {
    let mut rest = events;
    std::iter::from_fn(move || {
        let mut weighs = 0;
        let fits = |event: &&Event| {
            weighs += weight(event);
            weighs <= WORD_BYTES
        };
        let count = rest.iter().take_while(fits).count().max(1).min(rest.len());
        let (part, after) = rest.split_at(count);
        rest = after;
        (!part.is_empty()).then(|| part.to_vec())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Topic;
    use crate::event::encode;
    use shared::{RoomId, ServerFrame};

    #[test]
    fn a_large_group_is_cut_into_words_that_hold_all_of_it_in_order() {
        let mut frame = encode(&ServerFrame::MyRoomLeft { room_id: RoomId(1) });
        frame.bytes = vec![b' '; 200_000].into();
        let events: Vec<Event> = (0..7)
            .map(|user| Event::Frame(Topic::User(UserId(user)), frame.clone()))
            .collect();
        let parts: Vec<Vec<Event>> = in_parts(&events).collect();
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 2, 1]);
        let order = |events: &[Event]| {
            format!(
                "{:?}",
                events
                    .iter()
                    .map(|event| match event {
                        Event::Frame(Topic::User(user), _) => user.0,
                        _ => -1,
                    })
                    .collect::<Vec<_>>()
            )
        };
        assert_eq!(order(&parts.concat()), order(&events));
        frame.bytes = vec![b' '; 2 * WORD_BYTES].into();
        let huge = [Event::Frame(Topic::User(UserId(1)), frame)];
        assert_eq!(in_parts(&huge).count(), 1);
        assert_eq!(in_parts(&[]).count(), 0);
    }
}
