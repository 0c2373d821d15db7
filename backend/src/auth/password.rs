//! Passwords: which are accepted, and hashing them on a few threads of their own with a short queue.
//! Never trims, folds or normalises: every byte counts. Knows no account and no database.

use crate::error::{AppError, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha384;
use shared::{ErrorCode, FieldError, limits};
use std::{
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    time::Duration,
};
use tokio::sync::oneshot;

/// The key of the pre-hash where no pepper is configured. It is no secret: it keeps hashes from other
/// places (bare SHA-384 of a leaked password) from being tried here.
const APPLICATION_KEY: &[u8] = b"confab password pre-hash 1";
/// Below this bcrypt is too cheap to be worth anything; load tests may go lower on purpose.
pub const LEAST_COST: u32 = 4;
/// What a caller is told to wait when the queue is full.
const RETRY_AFTER: Duration = Duration::from_secs(2);
/// A name shorter than this may occur in a password by chance.
const NAME_CHARS: usize = 3;
/// The same for the name of the place, which is often a plain word.
const PLACE_CHARS: usize = 4;
const PRODUCT: &str = "confab";

/// Passwords of public breaches, the commonest, 8 characters and longer, lower case, sorted; derived from
/// the list in Django's `CommonPasswordValidator` (BSD-3-Clause), with variants by year and keyboard.
static COMMON: LazyLock<Vec<&str>> =
    LazyLock::new(|| include_str!("common-passwords.txt").lines().collect());

/// Refuses a password that is too short, too long, common, or holds the person's or the place's name
/// (S-PW-2). `field` is its name in the request.
///
/// # Errors
/// What to do instead.
pub fn check(
    field: &str,
    password: &str,
    username: &str,
    place: &str,
) -> std::result::Result<(), FieldError> {
    let refuse = |code: &str, message: &str| {
        Err(FieldError {
            name: field.into(),
            code: code.into(),
            message: message.into(),
        })
    };
    let chars = password
        .chars()
        .take(limits::PASSWORD_CHARS.end() + 1)
        .count();
    if chars == 0 {
        return refuse("required", "Choose a password.");
    }
    if chars < *limits::PASSWORD_CHARS.start() {
        return refuse("too_short", "Use at least 8 characters.");
    }
    if chars > *limits::PASSWORD_CHARS.end() {
        return refuse("too_long", "Use at most 128 characters.");
    }
    let lower = password.to_lowercase();
    if COMMON.binary_search(&lower.as_str()).is_ok() {
        return refuse(
            "common",
            "This password is among the first that anyone tries. Choose another.",
        );
    }
    let holds = |name: &str, least: usize| {
        let name = name.trim().to_lowercase();
        name.chars().count() >= least && lower.contains(&name)
    };
    if holds(username, NAME_CHARS) {
        return refuse("common", "Leave your username out of the password.");
    }
    if holds(PRODUCT, NAME_CHARS) || holds(place, PLACE_CHARS) {
        return refuse(
            "common",
            "Leave the name of this place out of the password.",
        );
    }
    Ok(())
}

/// What came out of a comparison.
#[derive(Debug)]
pub struct Verified {
    /// Whether it is the password.
    pub matches: bool,
    /// A hash at today's cost, when the stored one was made at a lower cost (S-PW-3).
    pub rehash: Option<String>,
}

enum Work {
    Hash(String, oneshot::Sender<Result<String>>),
    Verify(String, Option<String>, oneshot::Sender<Result<Verified>>),
}

/// The hashing threads; cheap to clone. They end when the last clone is gone.
#[derive(Clone)]
pub struct Passwords {
    queue: SyncSender<Work>,
}

struct Hasher {
    cost: u32,
    key: Vec<u8>,
    /// Compared with when there is no such account, so that it takes as long (S-ENUM-2).
    dummy: String,
}

impl Passwords {
    /// Starts the threads; at most `queue` hashes wait for them.
    ///
    /// # Errors
    /// One line for a person: the cost is out of range, or no thread can be started.
    pub fn new(
        cost: u32,
        pepper: Option<&str>,
        threads: usize,
        queue: usize,
    ) -> std::result::Result<Self, String> {
        if !(LEAST_COST..=16).contains(&cost) {
            return Err(format!(
                "The bcrypt cost is {cost}; use {LEAST_COST} to 16, and at least 10 for real people."
            ));
        }
        let (sender, receiver) = sync_channel(queue);
        let receiver = Arc::new(Mutex::new(receiver));
        let hasher = Arc::new(Hasher {
            cost,
            key: pepper.map_or(APPLICATION_KEY, str::as_bytes).to_vec(),
            // A salt and a result in the right form that no password leads to.
            dummy: format!("$2b${cost:02}${}", ".".repeat(53)),
        });
        for number in 0..threads.max(1) {
            let (receiver, hasher) = (Arc::clone(&receiver), Arc::clone(&hasher));
            std::thread::Builder::new()
                .name(format!("confab-bcrypt-{number}"))
                .spawn(move || work(&receiver, &hasher))
                .map_err(|error| format!("No thread for password hashing: {error}"))?;
        }
        Ok(Self { queue: sender })
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// `overloaded` when too many wait already.
    pub async fn hash(&self, password: String) -> Result<String> {
        let (reply, answer) = oneshot::channel();
        self.queue(Work::Hash(password, reply))?;
        answer.await.unwrap_or_else(|_| Err(overloaded()))
    }

    /// Compares a password with a stored hash, or with a dummy when there is none; both take as long.
    ///
    /// # Errors
    /// `overloaded` when too many wait already.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<Verified> {
        let (reply, answer) = oneshot::channel();
        self.queue(Work::Verify(password, stored, reply))?;
        answer.await.unwrap_or_else(|_| Err(overloaded()))
    }

    fn queue(&self, work: Work) -> Result<()> {
        self.queue.try_send(work).map_err(|error| {
            if matches!(error, TrySendError::Full(_)) {
                tracing::warn!(target: "audit", event = "password_queue_full");
            }
            overloaded()
        })
    }
}

fn overloaded() -> AppError {
    AppError::new(
        ErrorCode::Overloaded,
        "Many people are signing in just now. Try again in a moment.",
    )
    .retry_after(RETRY_AFTER)
}

fn work(queue: &Mutex<Receiver<Work>>, hasher: &Hasher) {
    loop {
        // The lock is held while waiting: one thread waits, the others wait for it, none spins.
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            // Whoever hung up meanwhile has their turn skipped.
            Ok(Work::Hash(_, reply)) if reply.is_closed() => {}
            Ok(Work::Verify(_, _, reply)) if reply.is_closed() => {}
            Ok(Work::Hash(password, reply)) => {
                let _ = reply.send(hasher.hash(&password));
            }
            Ok(Work::Verify(password, stored, reply)) => {
                let _ = reply.send(hasher.verify(&password, stored.as_deref()));
            }
            Err(_) => return,
        }
    }
}

impl Hasher {
    fn hash(&self, password: &str) -> Result<String> {
        bcrypt::non_truncating_hash(self.prehash(password)?, self.cost).map_err(AppError::internal)
    }

    fn verify(&self, password: &str, stored: Option<&str>) -> Result<Verified> {
        let known = stored.is_some();
        let stored = stored.unwrap_or(&self.dummy);
        let matches =
            bcrypt::verify(self.prehash(password)?, stored).map_err(AppError::internal)? && known;
        let cheap = cost_of(stored).is_some_and(|cost| cost < self.cost);
        Ok(Verified {
            matches,
            rehash: if matches && cheap {
                Some(self.hash(password)?)
            } else {
                None
            },
        })
    }

    /// bcrypt reads 72 bytes and stops at a NUL; 64 characters of base64 carry every byte of any password
    /// (S-PW-1).
    fn prehash(&self, password: &str) -> Result<String> {
        let mac = Hmac::<Sha384>::new_from_slice(&self.key).map_err(AppError::internal)?;
        Ok(STANDARD.encode(mac.chain_update(password).finalize().into_bytes()))
    }
}

fn cost_of(hash: &str) -> Option<u32> {
    hash.split('$').nth(2)?.parse().ok()
}

#[cfg(test)]
mod tests;
