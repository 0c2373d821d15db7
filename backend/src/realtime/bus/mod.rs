//! The doorbell between the writer, the workers of this node and the other nodes. Order is the writer's order.
//! Between nodes it may lose what it is given: who is told too little asks the database, which is never wrong.

mod local;
mod passed;
mod peers;
mod redis;
pub mod words;

pub use redis::{Ears, Nodes};

use crate::event::{Control, Event, EventSink, Everywhere, Frame, Topic};
use local::Workers;
use shared::{RoomId, UserId, presence::UserPresence};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
};
use tokio::sync::mpsc as mailbox;
use words::Word;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a worker's hub is told.
#[derive(Clone, Debug)]
pub enum Mail {
    /// Committed events, in order; the sender is told when they are in force.
    Events(Arc<[Event]>, Option<mpsc::SyncSender<()>>),
    /// Something that may be lost.
    Ephemeral(Topic, Frame),
    /// Whose presence changed.
    Presence(Arc<[(UserId, UserPresence)]>),
    /// A frame for one share of the sockets, of so many: what makes clients ask must not make all ask at once.
    Share(Frame, u64, u64),
    /// Say what you serve.
    Report(mailbox::Sender<Served>),
    /// The server stops: say `bye` and drain.
    Stop,
}

/// What workers serve.
#[derive(Debug, Default)]
pub struct Served {
    /// Rooms that somebody here is in.
    pub rooms: HashSet<RoomId>,
    /// Each socket that has its rooms: whose it is and which they are.
    pub sockets: Vec<(UserId, Vec<RoomId>)>,
}

/// The workers of this node and, where there are any, the other nodes. Cheap to clone.
#[derive(Clone, Default)]
pub struct Bus {
    workers: Workers,
    nodes: Option<Arc<Nodes>>,
}

impl Bus {
    /// A bus that also reaches the nodes that share this Redis. `ears` hear what those say.
    pub fn among_nodes(redis: Arc<crate::outside::redis::Redis>, ears: Arc<dyn Ears>) -> Self {
        let workers = Workers::default();
        let nodes = Nodes::start(redis, workers.clone(), ears);
        Self {
            workers,
            nodes: Some(nodes),
        }
    }

    /// The other nodes; none where this one is alone.
    pub fn nodes(&self) -> Option<&Arc<Nodes>> {
        self.nodes.as_ref()
    }

    /// Adds a worker and gives it its mailbox.
    pub fn register(&self) -> mailbox::Receiver<Mail> {
        self.workers.register()
    }

    /// Tells everyone something that may be lost: a full mailbox loses it.
    pub fn ephemeral(&self, topic: Topic, frame: Frame) {
        if let Some(nodes) = &self.nodes {
            nodes.say(Word::Ephemeral(topic.clone(), frame.clone()));
        }
        self.workers.offer(&Mail::Ephemeral(topic, frame));
    }

    /// Tells the workers of this node something that may be lost.
    pub fn tell(&self, mail: &Mail) {
        self.workers.offer(mail);
    }

    /// Puts into force what the database says and this node was not told.
    pub async fn make_good(&self, events: Vec<Event>) {
        if !events.is_empty() {
            self.workers.send(&Mail::Events(events.into(), None)).await;
        }
    }

    /// What this node serves just now.
    pub async fn served(&self) -> Served {
        self.workers.served().await
    }

    /// Tells all workers to say goodbye.
    pub async fn stop(&self) {
        if let Some(nodes) = &self.nodes {
            nodes.say(Word::Bye);
        }
        self.workers.send(&Mail::Stop).await;
    }
}

impl EventSink for Bus {
    /// Called on the writer's thread only, never on a worker: it may wait.
    fn publish(&self, events: Vec<Event>) -> Everywhere {
        let takes_away = events.iter().any(|event| {
            matches!(
                event,
                Event::Control(Control::Leave(..) | Control::EndSession(_))
            )
        });
        let events: Arc<[Event]> = events.into();
        if let Some(nodes) = &self.nodes {
            nodes.passed.note(&events);
        }
        let confirming = self.workers.publish(&events, takes_away);
        // The others are told while the workers of this node are still at it.
        let everywhere = match &self.nodes {
            Some(nodes) => nodes.publish(events),
            None => Everywhere::default(),
        };
        confirming.wait();
        everywhere
    }
}
