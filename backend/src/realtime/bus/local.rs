//! The workers of this node. A full mailbox makes the writer wait (backpressure); what may be lost is dropped.

use super::{Mail, Served};
use crate::event::Event;
use std::{
    sync::{Arc, PoisonError, RwLock, mpsc},
    time::Duration,
};
use tokio::sync::mpsc as mailbox;

/// Batches that may wait for one worker.
const MAILBOX: usize = 1024;
/// How long is waited for workers to confirm a control; they need microseconds.
const CONFIRM: Duration = Duration::from_secs(2);

/// All workers' mailboxes.
#[derive(Clone, Debug, Default)]
pub(super) struct Workers {
    mailboxes: Arc<RwLock<Vec<mailbox::Sender<Mail>>>>,
}

/// Workers that have yet to say that controls are in force.
#[derive(Debug)]
pub(super) struct Confirming {
    confirmed: mpsc::Receiver<()>,
    expected: usize,
}

impl Workers {
    /// Adds a worker and gives it its mailbox.
    pub(super) fn register(&self) -> mailbox::Receiver<Mail> {
        let (sender, receiver) = mailbox::channel(MAILBOX);
        self.mailboxes
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .push(sender);
        receiver
    }

    /// Hands over something that may be lost; false when a full mailbox lost it.
    pub(super) fn offer(&self, mail: &Mail) -> bool {
        let mut offered = true;
        for mailbox in self.mailboxes().iter() {
            offered &= mailbox.try_send(mail.clone()).is_ok();
        }
        offered
    }

    /// Hands over mail that must arrive.
    pub(super) async fn send(&self, mail: &Mail) {
        let mailboxes = self.mailboxes().clone();
        for mailbox in mailboxes {
            let _ = mailbox.send(mail.clone()).await;
        }
    }

    /// Hands over events, waiting for room in the mailboxes; `binding` asks for a word when they are in force.
    /// Never called on a worker.
    pub(super) fn publish(&self, events: &Arc<[Event]>, binding: bool) -> Confirming {
        let mailboxes = self.mailboxes().clone();
        let (confirm, confirmed) = mpsc::sync_channel(mailboxes.len().max(1));
        let mut expected = 0;
        for mailbox in &mailboxes {
            let mail = Mail::Events(Arc::clone(events), binding.then(|| confirm.clone()));
            if mailbox.blocking_send(mail).is_ok() {
                expected += usize::from(binding);
            }
        }
        Confirming {
            confirmed,
            expected,
        }
    }

    /// The same for those who must not block; also says whether every mailbox had room in time.
    pub(super) async fn publish_from_afar(&self, events: &Arc<[Event]>) -> (Confirming, bool) {
        let mailboxes = self.mailboxes().clone();
        let (confirm, confirmed) = mpsc::sync_channel(mailboxes.len().max(1));
        let mut expected = 0;
        let mut taken = true;
        for mailbox in &mailboxes {
            let mail = Mail::Events(Arc::clone(events), Some(confirm.clone()));
            match tokio::time::timeout(CONFIRM, mailbox.send(mail)).await {
                Ok(sent) => expected += usize::from(sent.is_ok()),
                Err(_) => taken = false,
            }
        }
        let confirming = Confirming {
            confirmed,
            expected,
        };
        (confirming, taken)
    }

    /// What the workers serve just now.
    pub(super) async fn served(&self) -> Served {
        let (answer, mut answers) = mailbox::channel(MAILBOX);
        self.send(&Mail::Report(answer)).await;
        let mut all = Served::default();
        while let Some(served) = answers.recv().await {
            all.rooms.extend(served.rooms);
            all.sockets.extend(served.sockets);
        }
        all
    }

    fn mailboxes(&self) -> std::sync::RwLockReadGuard<'_, Vec<mailbox::Sender<Mail>>> {
        self.mailboxes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Confirming {
    /// Waits for the workers, on a thread that may block; false when one of them did not answer in time.
    pub(super) fn wait(self) -> bool {
        for _ in 0..self.expected {
            if self.confirmed.recv_timeout(CONFIRM).is_err() {
                tracing::error!("a worker did not confirm a removal in time");
                return false;
            }
        }
        true
    }
}
