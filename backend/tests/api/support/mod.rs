//! What every test stands on: a server of its own, callers, sockets, a named cast, and the means to misbehave.

pub(crate) mod app;
pub(crate) mod binary;
pub(crate) mod caller;
pub(crate) mod cast;
pub(crate) mod client;
pub(crate) mod disk;
pub(crate) mod faults;
pub(crate) mod nodes;
pub(crate) mod pictures;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod redis;
pub(crate) mod socket;
pub(crate) mod wire;

pub(crate) use app::Place;
pub(crate) use caller::{Answer, Caller};
pub(crate) use cast::Cast;
pub(crate) use socket::Socket;

use std::{future::Future, time::Duration};

/// How long anything may take before a test gives up on it. Generous: a loaded machine is no failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for something, and says what when it does not come.
#[track_caller]
pub(crate) fn within<F: Future>(what: &str, future: F) -> impl Future<Output = F::Output> {
    let place = std::panic::Location::caller();
    async move {
        match tokio::time::timeout(PATIENCE, future).await {
            Ok(output) => output,
            Err(_) => panic!("{what} did not come within {PATIENCE:?}, waited for at {place}"),
        }
    }
}
