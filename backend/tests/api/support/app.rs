//! One server per test: the real one, on a free port, with a folder and threads of its own. Ends with the test.
//! Or several that share a folder, when the run is about several nodes.

use super::{Caller, nodes, redis::RedisServer};
use clap::Parser;
use confab::{
    app::{App, Server},
    config::Config,
    db::{Conn, Location},
};
#[cfg(feature = "postgres")]
use std::sync::OnceLock;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::mpsc,
    time::Duration,
};
use tokio::sync::oneshot;

/// A good password that no test is about.
pub(crate) const PASSWORD: &str = "tidal-orange-41";

/// A data folder that goes with the test, and the database that belongs to it.
pub(crate) struct Folder {
    path: PathBuf,
    database: Database,
}

enum Database {
    /// In the folder.
    Sqlite,
    /// Made when it is first asked for: not every folder is about data.
    #[cfg(feature = "postgres")]
    Postgres(OnceLock<super::postgres::Database>),
}

/// Whether the run is about Postgres. What is about SQLite alone runs on SQLite all the same.
fn on_postgres() -> bool {
    std::env::var("CONFAB_TEST_DATABASE").is_ok_and(|wanted| wanted == "postgres")
}

impl Folder {
    /// With a database of the kind that the run is about.
    pub(crate) fn new() -> Self {
        if on_postgres() {
            Self::of_postgres()
        } else {
            Self::of_sqlite()
        }
    }

    /// With its database in it.
    pub(crate) fn of_sqlite() -> Self {
        let path = std::env::temp_dir().join(format!("confab-test-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self {
            path,
            database: Database::Sqlite,
        }
    }

    /// With a database in the Postgres that all tests share.
    #[cfg(feature = "postgres")]
    pub(crate) fn of_postgres() -> Self {
        let mut folder = Self::of_sqlite();
        folder.database = Database::Postgres(OnceLock::new());
        folder
    }

    #[cfg(not(feature = "postgres"))]
    fn of_postgres() -> Self {
        panic!("this build has SQLite alone: add --features postgres")
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The URL of its database, where that is not in the folder.
    pub(crate) fn database_url(&self) -> Option<String> {
        match &self.database {
            Database::Sqlite => None,
            #[cfg(feature = "postgres")]
            Database::Postgres(database) => {
                let made =
                    database.get_or_init(|| super::postgres::PostgresServer::shared().database());
                Some(made.url.clone())
            }
        }
    }

    /// A connection of one's own to its database.
    pub(crate) fn connect(&self) -> Conn {
        let url = self.database_url();
        let at = Location::parse(url.as_deref(), &self.path).expect("a place");
        at.open().expect("the database opens")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// A running server, or several nodes behind one address.
pub(crate) struct Place {
    pub(crate) address: SocketAddr,
    /// What the first node shares.
    pub(crate) app: actix_web::web::Data<App>,
    /// All nodes; the first has the address of the place.
    pub(crate) nodes: Vec<(SocketAddr, actix_web::web::Data<App>)>,
    config: Config,
    running: Vec<Running>,
    // Last: the server ends before its folder goes.
    folder: Folder,
}

struct Running {
    stop: oneshot::Sender<()>,
    ended: mpsc::Receiver<()>,
}

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    config: Config,
}

/// The settings of tests: cheap hashes, no rate limits, everything else as an operator gets it.
pub(crate) fn settings(folder: &Path) -> Config {
    let folder = folder.to_str().expect("a plain path");
    let line = [
        "confab",
        "--listen",
        "127.0.0.1:0",
        "--data-dir",
        folder,
        "--workers",
        "2",
        "--bcrypt-cost",
        "4",
        "--rate-limits",
        "off",
    ];
    CommandLine::parse_from(line).config
}

impl Place {
    /// A fresh server without any account.
    pub(crate) fn open() -> Self {
        Self::with(|_| {})
    }

    /// A fresh server with other settings.
    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::try_with(change).expect("the server starts")
    }

    /// A fresh server, or the line that says why not.
    pub(crate) fn try_with(change: impl FnOnce(&mut Config)) -> Result<Self, String> {
        Self::of_nodes(nodes::count(), change)
    }

    /// One server, also where the run is about several nodes: for tests of what is one process's own.
    pub(crate) fn alone(change: impl FnOnce(&mut Config)) -> Self {
        Self::of_nodes(1, change).expect("the server starts")
    }

    /// So many nodes, each under its own address.
    pub(crate) fn apart(count: usize, change: impl FnOnce(&mut Config)) -> Self {
        let place = Self::of_nodes(count, change).expect("the nodes start");
        nodes::forget(place.address);
        place
    }

    /// So many nodes behind one address. More than one share a Redis, too.
    pub(crate) fn of_nodes(count: usize, change: impl FnOnce(&mut Config)) -> Result<Self, String> {
        Self::in_folder(Folder::new(), count, change)
    }

    /// A fresh server on SQLite, whatever the run is about.
    pub(crate) fn on_sqlite() -> Self {
        Self::in_folder(Folder::of_sqlite(), 1, |_| {}).expect("the server starts")
    }

    /// So many nodes behind one address, on this data.
    pub(crate) fn in_folder(
        folder: Folder,
        count: usize,
        change: impl FnOnce(&mut Config),
    ) -> Result<Self, String> {
        let mut config = settings(folder.path());
        config.data.database_url = folder.database_url();
        if count > 1 {
            config.redis_url = Some(RedisServer::shared().url());
        }
        change(&mut config);
        let (nodes, running) = start_all(&config, &vec![config.listen; count])?;
        Ok(Self {
            address: nodes[0].0,
            app: nodes[0].1.clone(),
            nodes,
            config,
            running,
            folder,
        })
    }

    /// Stops the server as SIGTERM does, and starts it again on the same data and address.
    pub(crate) fn restart(&mut self) {
        self.stop();
        let addresses: Vec<_> = self.nodes.iter().map(|(address, _)| *address).collect();
        let started = start_all(&self.config, &addresses);
        (self.nodes, self.running) = started.expect("the server starts again");
        self.app = self.nodes[0].1.clone();
    }

    /// Stops the server as SIGTERM does; returns when it has ended.
    pub(crate) fn stop(&mut self) {
        nodes::forget(self.address);
        for running in &mut self.running {
            running.ask_to_stop();
        }
        for running in self.running.drain(..) {
            let ended = running.ended.recv_timeout(Duration::from_secs(15));
            assert_ne!(
                ended,
                Err(mpsc::RecvTimeoutError::Timeout),
                "the server did not stop"
            );
        }
    }

    /// Tells the server to stop, without waiting for it.
    pub(crate) fn ask_to_stop(&mut self) {
        nodes::forget(self.address);
        for running in &mut self.running {
            running.ask_to_stop();
        }
    }

    /// Someone who is not signed in.
    pub(crate) fn anyone(&self) -> Caller {
        Caller::anonymous(self.address)
    }

    /// Someone with a new account; the first one is the admin.
    pub(crate) async fn admit(&self, name: &str) -> Caller {
        Caller::register(self.address, name, PASSWORD).await
    }

    /// Many people with new accounts.
    pub(crate) async fn admit_many(&self, prefix: &str, count: usize) -> Vec<Caller> {
        let mut people = Vec::with_capacity(count);
        for number in 0..count {
            people.push(self.admit(&format!("{prefix}{number}")).await);
        }
        people
    }

    /// Someone who has an account signs in on one more device.
    pub(crate) async fn sign_in(&self, name: &str) -> Caller {
        Caller::sign_in(self.address, name, PASSWORD).await
    }

    /// The data folder, for another process on the same data.
    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The data folder.
    pub(crate) fn data(&self) -> &Path {
        self.folder.path()
    }

    /// The key that signs this server's tokens.
    pub(crate) fn signing_key(&self) -> Vec<u8> {
        use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
        let text = std::fs::read_to_string(self.data().join("secrets.json")).expect("the keys");
        let stored: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let current = stored["current"].as_str().expect("a key");
        URL_SAFE_NO_PAD.decode(current).expect("base64")
    }

    /// A connection of one's own to the server's database.
    pub(crate) fn database(&self) -> Conn {
        self.folder.connect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.ask_to_stop();
        for running in self.running.drain(..) {
            // A test that failed half-way may hold connections open; its server need not outlive it politely.
            let _ = running.ended.recv_timeout(Duration::from_secs(3));
        }
    }
}

impl Running {
    fn ask_to_stop(&mut self) {
        let (unused, _) = oneshot::channel();
        let _ = std::mem::replace(&mut self.stop, unused).send(());
    }
}

type Nodes = Vec<(SocketAddr, actix_web::web::Data<App>)>;

/// One after the other: the first makes what they share.
fn start_all(config: &Config, addresses: &[SocketAddr]) -> Result<(Nodes, Vec<Running>), String> {
    let mut nodes = Vec::new();
    let mut all_running = Vec::new();
    for &listen in addresses {
        let config = Config {
            listen,
            ..config.clone()
        };
        let (address, app, running) = start(config)?;
        nodes.push((address, app));
        all_running.push(running);
    }
    if nodes.len() > 1 {
        nodes::put_behind_one_address(&nodes);
    }
    Ok((nodes, all_running))
}

fn start(config: Config) -> Result<(SocketAddr, actix_web::web::Data<App>, Running), String> {
    let (ready, started) = mpsc::channel();
    let (stop, stopped) = oneshot::channel();
    let (end, ended) = mpsc::channel();
    std::thread::Builder::new()
        .name("server".into())
        .spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = match Server::bind(config).await {
                    Ok(server) => server,
                    Err(words) => return ready.send(Err(words)).expect("the test waits"),
                };
                let stopper = server.stopper();
                actix_web::rt::spawn(async move {
                    if stopped.await.is_ok() {
                        stopper.stop().await;
                    }
                });
                ready
                    .send(Ok((server.address(), server.app())))
                    .expect("the test waits");
                server.run().await.expect("the server runs");
            });
            drop(end);
        })
        .expect("a thread");
    let (address, app) = started.recv().expect("the server's thread lives")?;
    Ok((address, app, Running { stop, ended }))
}
