//! Several nodes as one place. Whoever connects to its address gets the next node, as behind a balancer, so that each
//! request and each socket of a test is on another one.
//!
//! Real clients hold a frame that comes too early until the one before it is there. The bare sockets of tests do
//! not, so here nobody speaks before what was answered has reached every node. `nodes.rs` speaks to nodes directly,
//! without this.

use super::PATIENCE;
use actix_web::web::Data;
use confab::{app::App, realtime::bus::Nodes};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// The nodes behind one address.
pub(crate) struct Balancer {
    next: AtomicUsize,
    /// The nodes are going: nobody waits for them any more.
    over: AtomicBool,
    nodes: Vec<(SocketAddr, Data<App>)>,
}

static BALANCERS: Mutex<Option<HashMap<SocketAddr, Arc<Balancer>>>> = Mutex::new(None);

/// How many nodes a place has unless a test says otherwise.
pub(crate) fn count() -> usize {
    let count = std::env::var("CONFAB_TEST_NODES").ok();
    count.map_or(1, |count| count.parse().expect("a number of nodes"))
}

/// From here on the first node's address stands for all.
pub(crate) fn put_behind_one_address(nodes: &[(SocketAddr, Data<App>)]) {
    let balancer = Balancer {
        next: AtomicUsize::new(0),
        over: AtomicBool::new(false),
        nodes: nodes.to_vec(),
    };
    let mut all = BALANCERS.lock().unwrap_or_else(PoisonError::into_inner);
    all.get_or_insert_default()
        .insert(nodes[0].0, Arc::new(balancer));
}

/// The address stands for itself again.
pub(crate) fn forget(address: SocketAddr) {
    let mut all = BALANCERS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(balancer) = all.get_or_insert_default().remove(&address) {
        balancer.over.store(true, Ordering::Relaxed);
    }
}

/// What stands behind an address, when it is one of several nodes.
pub(crate) fn behind(address: SocketAddr) -> Option<Arc<Balancer>> {
    let all = BALANCERS.lock().unwrap_or_else(PoisonError::into_inner);
    all.as_ref()?.get(&address).cloned()
}

impl Balancer {
    /// The node whose turn it is.
    pub(crate) fn next(&self) -> SocketAddr {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        self.nodes[turn % self.nodes.len()].0
    }

    /// Waits until every node has heard what the others have said.
    pub(crate) async fn settled(&self) {
        let began = Instant::now();
        while !self.is_settled() {
            assert!(
                began.elapsed() < PATIENCE,
                "the nodes do not hear each other"
            );
            // Not busily: the nodes need the processor.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn is_settled(&self) -> bool {
        if self.over.load(Ordering::Relaxed) {
            return true;
        }
        let nodes: Vec<&Arc<Nodes>> = self
            .nodes
            .iter()
            .filter_map(|(_, app)| app.bus.nodes())
            .collect();
        nodes.iter().all(|one| {
            let Some(said) = one.said() else { return false };
            let others = nodes.iter().filter(|other| other.id() != one.id());
            // A node that stops is not waited for, nor does it hear any more.
            others
                .into_iter()
                .all(|other| other.heard(one.id()) >= said)
        })
    }
}
