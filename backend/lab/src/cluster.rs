//! All nodes of a run with what they share, and what happens to them: faults that strike one node, Redis or Postgres. One
//! node is alone on SQLite; several share a Postgres and a Redis. Knows nothing of what they serve.

use crate::{
    lab::Lab,
    plan::{Server as Fault, Store},
    server::{Server, until_ready},
    stores::Stores,
};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    rc::Rc,
    time::Duration,
};
use tokio::{process::Command, sync::Mutex, time::sleep};

/// Any key that no other place has.
const JWT_SECRET: &str = "c2VhLWdsYXNzIGFuZCBvbGQgcm9wZSwgY291bnRlZCB0d2ljZSBhIG5pZ2h0";

/// How long the clock of one of several nodes differs from the others'.
const CLOCK_IS_OFF: Duration = Duration::from_secs(4);

/// The nodes, and what several of them share.
pub(crate) struct Cluster {
    lab: Rc<Lab>,
    nodes: Vec<Server>,
    stores: Option<Stores>,
    binary: PathBuf,
    folder: PathBuf,
    /// Faults of nodes and of Postgres come one after the other: no node starts without its database.
    turn: Mutex<()>,
    /// Those of Redis, which nodes start without, come one after the other, whatever else there is.
    redis_turn: Mutex<()>,
}

impl Cluster {
    pub(crate) async fn start(
        lab: &Rc<Lab>,
        nodes: usize,
        binary: &Path,
        folder: &Path,
    ) -> Result<Self, String> {
        let mut shared = Vec::new();
        let mut stores = None;
        if nodes > 1 {
            let started = Stores::start(folder).await?;
            shared.push(("CONFAB_DATABASE_URL", started.database_url()));
            shared.push(("CONFAB_REDIS_URL", started.redis_url()));
            shared.push(("CONFAB_JWT_SECRET", JWT_SECRET.to_owned()));
            stores = Some(started);
            lab.history.borrow_mut().shaken = Some(Vec::new());
        }
        let mut all = Vec::new();
        for number in 1..=nodes {
            // A node that is alone has the folder to itself.
            let own = if nodes > 1 {
                folder.join(format!("node{number}"))
            } else {
                folder.to_owned()
            };
            let node = Server::new(lab, binary, &own, &shared)?;
            // One after the other: the first makes the tables.
            node.start().await?;
            all.push(node);
        }
        Ok(Self {
            lab: Rc::clone(lab),
            nodes: all,
            stores,
            binary: binary.to_owned(),
            folder: folder.to_owned(),
            turn: Mutex::new(()),
            redis_turn: Mutex::new(()),
        })
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(|node| node.address.get()).collect()
    }

    /// Whether clocks can be set.
    pub(crate) fn has_clock(&self) -> bool {
        self.nodes.iter().all(Server::has_clock)
    }

    /// Whether something is being done to any part.
    pub(crate) fn is_struck(&self) -> bool {
        self.turn.try_lock().is_err() || self.redis_turn.try_lock().is_err()
    }

    /// Does something to one node.
    pub(crate) async fn strike(&self, node: usize, fault: Fault) -> Result<(), String> {
        let _turn = self.turn.lock().await;
        self.all_there()?;
        let Some(node) = self.nodes.get(node) else {
            return Ok(());
        };
        match fault {
            Fault::Kill { down_ms } => {
                self.lab.count("fault: server killed");
                node.kill().await?;
                sleep(Duration::from_millis(down_ms)).await;
                node.start().await
            }
            Fault::Restart { down_ms } => {
                self.lab.count("fault: server restarted");
                node.stop().await?;
                sleep(Duration::from_millis(down_ms)).await;
                node.start().await
            }
            Fault::Clock { off_s } => {
                if node.has_clock() {
                    self.lab.count("fault: clock set");
                }
                node.set_clock(off_s)?;
                // Several nodes agree upon the time, or their tokens are worth nothing elsewhere: it is set right again.
                if self.nodes.len() > 1 {
                    sleep(CLOCK_IS_OFF).await;
                    node.set_clock(0)?;
                }
                Ok(())
            }
            Fault::DiskFull { ms } => {
                self.lab.count("fault: disk full");
                node.fill_disk(true).await?;
                sleep(Duration::from_millis(ms)).await;
                node.fill_disk(false).await
            }
        }
    }

    /// Does something to what the nodes share.
    pub(crate) async fn strike_store(&self, fault: Store) -> Result<(), String> {
        let Some(stores) = &self.stores else {
            return Ok(());
        };
        let turn = match fault {
            Store::Postgres { .. } => &self.turn,
            _ => &self.redis_turn,
        };
        let _turn = turn.lock().await;
        let began_ms = self.lab.now_ms();
        let done = self.shake(stores, fault).await;
        if let Some(shaken) = &mut self.lab.history.borrow_mut().shaken {
            shaken.push((began_ms, self.lab.now_ms()));
        }
        done
    }

    async fn shake(&self, stores: &Stores, fault: Store) -> Result<(), String> {
        match fault {
            Store::RedisStopped { ms } => {
                self.lab.count("fault: Redis stopped");
                stores.stop_redis().await?;
                sleep(Duration::from_millis(ms)).await;
                stores.start_redis().await
            }
            Store::RedisPaused { ms } => {
                self.lab.count("fault: Redis paused");
                stores.pause_redis(true).await?;
                sleep(Duration::from_millis(ms)).await;
                stores.pause_redis(false).await
            }
            Store::RedisRestarted => {
                self.lab.count("fault: Redis restarted");
                stores.stop_redis().await?;
                stores.start_redis().await
            }
            Store::RedisCut => {
                self.lab.count("fault: listeners of Redis cut");
                stores.cut_listeners().await
            }
            Store::Postgres { fast, ms } => {
                self.all_there()?;
                self.lab.count(if fast {
                    "fault: Postgres restarted"
                } else {
                    "fault: Postgres crashed"
                });
                stores.stop_postgres(fast).await?;
                sleep(Duration::from_millis(ms)).await;
                stores.start_postgres().await
            }
        }
    }

    /// A node that nobody ended and that is gone is a fault of its own.
    fn all_there(&self) -> Result<(), String> {
        match self.nodes.iter().find(|node| node.is_gone()) {
            Some(node) => Err(format!(
                "the server ended by itself; see {}",
                node.log().display()
            )),
            None => Ok(()),
        }
    }

    /// No fault from here on; waits until all nodes answer.
    pub(crate) async fn calm(&self) -> Result<(), String> {
        for node in &self.nodes {
            node.fill_disk(false).await?;
            node.set_clock(0)?;
            until_ready(node.address.get()).await?;
        }
        Ok(())
    }

    /// Stops everything in an orderly way and gives the file with all rows; those in Postgres are brought into one by the
    /// product's own copy.
    pub(crate) async fn end(&self) -> Result<PathBuf, String> {
        for node in &self.nodes {
            node.stop().await?;
        }
        let Some(stores) = &self.stores else {
            return Ok(self.folder.join("data/confab.db"));
        };
        let file = self.folder.join("rows.db");
        let copied = Command::new(&self.binary)
            .arg("copy-database")
            .env("CONFAB_COPY_FROM", stores.database_url())
            .env("CONFAB_COPY_TO", format!("sqlite://{}", file.display()))
            .output()
            .await
            .map_err(|error| format!("cannot start {}: {error}", self.binary.display()))?;
        if !copied.status.success() {
            let words = String::from_utf8_lossy(&copied.stderr);
            return Err(format!("the rows were not copied: {words}"));
        }
        stores.stop().await?;
        Ok(file)
    }
}
