//! The doorbell between the writer and the workers of this node. Order is the writer's order; a full
//! mailbox makes the writer wait (backpressure), typing and presence are dropped instead.

use crate::event::{Control, Event, EventSink, Frame, Topic};
use shared::{UserId, presence::UserPresence};
use std::{
    sync::{Arc, PoisonError, RwLock, mpsc},
    time::Duration,
};
use tokio::sync::mpsc as mailbox;

/// Batches that may wait for one worker.
const MAILBOX: usize = 1024;
/// How long the writer waits for workers to confirm a control; they need microseconds.
const CONFIRM: Duration = Duration::from_secs(2);

/// What a worker's hub is told.
#[derive(Clone, Debug)]
pub enum Mail {
    /// Committed events, in order; the sender is told when they are in force.
    Events(Arc<[Event]>, Option<mpsc::SyncSender<()>>),
    /// Something that may be lost.
    Ephemeral(Topic, Frame),
    /// Whose presence changed.
    Presence(Arc<[(UserId, UserPresence)]>),
    /// The server stops: say `bye` and drain.
    Stop,
}

/// All workers' mailboxes.
#[derive(Clone, Debug, Default)]
pub struct Bus {
    workers: Arc<RwLock<Vec<mailbox::Sender<Mail>>>>,
}

impl Bus {
    /// Adds a worker and gives it its mailbox.
    pub fn register(&self) -> mailbox::Receiver<Mail> {
        let (sender, receiver) = mailbox::channel(MAILBOX);
        self.workers
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(sender);
        receiver
    }

    /// Tells all workers something that may be lost: a full mailbox loses it.
    pub fn ephemeral(&self, mail: &Mail) {
        for worker in self.workers().iter() {
            let _ = worker.try_send(mail.clone());
        }
    }

    /// Tells all workers to say goodbye.
    pub async fn stop(&self) {
        let workers = self.workers().clone();
        for worker in workers {
            let _ = worker.send(Mail::Stop).await;
        }
    }

    fn workers(&self) -> std::sync::RwLockReadGuard<'_, Vec<mailbox::Sender<Mail>>> {
        self.workers.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EventSink for Bus {
    /// Called on the writer's thread only, never on a worker: it may wait.
    fn publish(&self, events: Vec<Event>) {
        let binding = events.iter().any(|event| {
            matches!(
                event,
                Event::Control(Control::Leave(..) | Control::EndSession(_))
            )
        });
        let events: Arc<[Event]> = events.into();
        let workers = self.workers().clone();
        let (confirm, confirmed) = mpsc::sync_channel(workers.len().max(1));
        let mut expected = 0;
        for worker in &workers {
            let mail = Mail::Events(Arc::clone(&events), binding.then(|| confirm.clone()));
            if worker.blocking_send(mail).is_ok() {
                expected += usize::from(binding);
            }
        }
        for _ in 0..expected {
            if confirmed.recv_timeout(CONFIRM).is_err() {
                tracing::error!("a worker did not confirm a removal in time");
                return;
            }
        }
    }
}
