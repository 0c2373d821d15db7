//! Wiring: what the server is made of, how it boots, and how it stops without losing a word.

use crate::{
    auth::{Limits, Seats, password::Passwords, revoked::Revoked, token::Tokens},
    config::{Config, Data, Hashing},
    db::Db,
    event::{Control, Event, EventSink, Everywhere},
    features::{accounts, heads, messages, profile, sessions, users},
    http,
    outside::redis::Redis,
    realtime::{
        bus::{
            Bus, Ears, Mail,
            words::{NodeId, People, Word},
        },
        hub::Hub,
        presence::{self, Presence},
    },
    static_files::Client,
};
use actix_http::HttpService;
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, map_config};
use actix_web::{
    App as Actix,
    body::BoxBody,
    dev::{AppConfig, ServerHandle, ServiceRequest, ServiceResponse},
    middleware, web,
};
use shared::{UserId, presence::PresenceSetting};
use std::{
    io,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How long requests in flight get to end when the server stops, in seconds.
const DRAIN_S: u64 = 5;
/// Sign-ins that wait for a hashing thread; at the default cost about four seconds' worth.
const PASSWORD_QUEUE: usize = 16;

/// What every part of the server shares.
pub struct App {
    /// What the operator decided.
    pub config: Config,
    /// The data.
    pub db: Db,
    /// The workers' mailboxes, and the way to the other nodes.
    pub bus: Bus,
    /// What this node shares with others; none when it is alone.
    pub redis: Option<Arc<Redis>>,
    /// Who is here.
    pub presence: Arc<Presence>,
    /// Signs and checks tokens.
    pub tokens: Tokens,
    /// Hashes and compares passwords.
    pub passwords: Passwords,
    /// Everyone's budgets.
    pub limits: Limits,
    /// The sessions that ended lately.
    pub revoked: Revoked,
    /// What the first account must know, where the server is public and has none yet.
    pub setup_code: Option<String>,
    /// The built client, when it is served from here.
    pub client: Option<Client>,
    /// Who has how many sockets open.
    pub seats: Seats,
    stopping: AtomicBool,
}

impl App {
    /// Whether the server is on its way down.
    pub fn stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Whether this node, one of several, goes on alone: it does not reach the others.
    pub fn degraded(&self) -> bool {
        let deaf = self.bus.nodes().is_some_and(|nodes| !nodes.hears());
        deaf || self.redis.as_ref().is_some_and(|redis| !redis.is_up())
    }
}

/// Committed events go to the workers; ended sessions are good for nothing from the same moment.
struct Announcer {
    bus: Bus,
    revoked: Revoked,
}

impl EventSink for Announcer {
    fn publish(&self, events: Vec<Event>) -> Everywhere {
        end_sessions(&self.revoked, &events);
        self.bus.publish(events)
    }
}

fn end_sessions(revoked: &Revoked, events: &[Event]) {
    for event in events {
        if let Event::Control(Control::EndSession(session)) = event {
            revoked.add(*session, crate::clock::now());
        }
    }
}

/// What other nodes say changes the same things as what happens here.
struct Hearing {
    revoked: Revoked,
    presence: Arc<Presence>,
}

impl Ears for Hearing {
    fn events(&self, events: &[Event]) {
        end_sessions(&self.revoked, events);
    }

    fn presence(&self, node: NodeId, news: People) {
        self.presence.hear(node, news);
    }

    fn setting(&self, user: UserId, setting: PresenceSetting) {
        self.presence.set(user, setting);
    }
}

/// Makes the data folder, for its owner alone.
///
/// # Errors
/// One line for a person.
pub fn make_data_dir(dir: &Path) -> Result<(), String> {
    let words = |error: io::Error| format!("--data-dir {} cannot be used: {error}", dir.display());
    std::fs::create_dir_all(dir).map_err(words)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700)).map_err(words)?;
    }
    Ok(())
}

/// Opens the data without serving it, for the command line.
///
/// # Errors
/// One line for a person.
pub fn open_data(data: &Data) -> Result<Db, String> {
    let database = data.database()?;
    make_data_dir(&data.data_dir)?;
    Db::open(&database, Arc::new(Bus::default()))
}

/// Starts the threads that hash passwords: half the cores, so that signing in never starves the rest.
///
/// # Errors
/// One line for a person.
pub fn start_passwords(hashing: &Hashing) -> Result<Passwords, String> {
    Passwords::new(
        hashing.bcrypt_cost,
        hashing.pepper.as_deref(),
        cores() / 2,
        PASSWORD_QUEUE,
    )
}

/// A server that is bound to its address.
pub struct Server {
    app: web::Data<App>,
    server: actix_web::dev::Server,
    address: SocketAddr,
}

impl Server {
    /// Checks the settings, opens and migrates the data, and binds the address; port 0 takes a free one.
    ///
    /// # Errors
    /// One line that says what to change.
    pub async fn bind(config: Config) -> Result<Self, String> {
        config.check()?;
        make_data_dir(&config.data.data_dir)?;
        let tokens = Tokens::load(&config.data.data_dir)?;
        let revoked = Revoked::default();
        let (redis, bus, presence) = match config.redis_url.as_deref() {
            None => (None, Bus::default(), Arc::default()),
            Some(url) => {
                let redis = Redis::open(url, tokens.seal()).await?;
                let presence = Arc::new(Presence::among_nodes());
                let ears = Hearing {
                    revoked: revoked.clone(),
                    presence: Arc::clone(&presence),
                };
                let bus = Bus::among_nodes(Arc::clone(&redis), Arc::new(ears));
                (Some(redis), bus, presence)
            }
        };
        let announcer = Announcer {
            bus: bus.clone(),
            revoked: revoked.clone(),
        };
        let db = Db::open(&config.data.database()?, Arc::new(announcer))?;
        let known = revoked.clone();
        let has_accounts = db
            .read(move |conn| {
                known.load(conn, crate::clock::now())?;
                users::any(conn)
            })
            .await
            .map_err(|error| error.to_string())?;
        let setup_code = if has_accounts || config.is_local() {
            None
        } else {
            Some(accounts::new_setup_code().map_err(|error| error.to_string())?)
        };
        let client = config.web_dir.as_deref().map(Client::load).transpose()?;
        let app = web::Data::new(App {
            tokens,
            passwords: start_passwords(&config.hashing)?,
            limits: Limits::new(config.limits_on()).among_nodes(redis.clone()),
            presence,
            db,
            bus,
            redis,
            revoked,
            setup_code,
            client,
            seats: Seats::new(config.max_sockets, config.sockets_per_network()),
            stopping: AtomicBool::new(false),
            config,
        });
        let (server, address) = listen(&app).map_err(|error| {
            format!(
                "--listen {} cannot be used: {error}; choose another port or stop what uses it",
                app.config.listen
            )
        })?;
        Ok(Self {
            app,
            server,
            address,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it shares.
    pub fn app(&self) -> web::Data<App> {
        self.app.clone()
    }

    /// A handle that stops it.
    pub fn stopper(&self) -> Stopper {
        Stopper {
            app: self.app.clone(),
            handle: self.server.handle(),
        }
    }

    /// Serves until stopped.
    ///
    /// # Errors
    /// Those of the listener.
    pub async fn run(self) -> io::Result<()> {
        let chores = actix_web::rt::spawn(every_second(self.app.clone()));
        let catching_up = actix_web::rt::spawn(messages::catch_up(self.app.db.clone()));
        let nodes = self.app.bus.nodes().cloned();
        let heads =
            nodes.map(|nodes| actix_web::rt::spawn(heads::look_after(self.app.clone(), nodes)));
        let ended = self.server.await;
        chores.abort();
        catching_up.abort();
        if let Some(heads) = heads {
            heads.abort();
        }
        if let Some(nodes) = self.app.bus.nodes() {
            nodes.last_word().await;
        }
        ended
    }
}

/// Stops a server: `bye` to every socket, requests in flight end, then it is over.
#[derive(Clone)]
pub struct Stopper {
    app: web::Data<App>,
    handle: ServerHandle,
}

impl Stopper {
    /// Returns when everything has ended, at the latest when the drain time is over.
    pub async fn stop(&self) {
        if self.app.stopping.swap(true, Ordering::SeqCst) {
            return;
        }
        self.app.bus.stop().await;
        self.handle.stop(true).await;
    }
}

fn listen(app: &web::Data<App>) -> io::Result<(actix_web::dev::Server, SocketAddr)> {
    let listener = http::listen_at(app.config.listen)?;
    let address = listener.local_addr()?;
    let workers = app.config.workers.map_or_else(cores, usize::from);
    let server = actix_web::dev::Server::build()
        .workers(workers)
        .disable_signals()
        .shutdown_timeout(DRAIN_S)
        .max_concurrent_connections(100_000);
    let signal = server.graceful_shutdown_signal();
    let shared = app.clone();
    // Called on each worker's own thread: the hub never leaves it.
    let server = server.listen("confab", listener, move || {
        let requests = actix(&shared);
        let upgrades = actix(&shared).app_data(Hub::start(&shared.bus));
        let signal = signal.clone();
        HttpService::build()
            .graceful_shutdown_signal(move || {
                let signal = signal.clone();
                async move { signal.notified().await }
            })
            .keep_alive(Duration::from_secs(75))
            .client_request_timeout(Duration::from_secs(5))
            .client_disconnect_timeout(Duration::from_secs(2))
            .on_connect_ext(|io, _| http::tune(io))
            .upgrade(http::upgrade(upgrades))
            .h1(map_config(
                requests
                    .into_factory()
                    .map_err(|error| error.error_response()),
                |()| AppConfig::default(),
            ))
            .tcp()
    })?;
    Ok((server.run(), address))
}

/// The routes with what every request goes through.
fn actix(
    app: &web::Data<App>,
) -> Actix<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = actix_web::Error,
        InitError = (),
    > + use<>,
> {
    Actix::new()
        .app_data(app.clone())
        .wrap(middleware::from_fn(http::finish))
        // Outermost: what it puts around an answer must reach the connection.
        .wrap(middleware::from_fn(http::deadline))
        .configure(|cfg| http::routes(cfg, app))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

/// Presence every second; what grows is swept every minute.
async fn every_second(app: web::Data<App>) {
    let mut second = actix_web::rt::time::interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut count = 0_u64;
    loop {
        second.tick().await;
        let now = crate::clock::now();
        let tick = app.presence.tick(now);
        if !tick.changed.is_empty() {
            let changed = tick
                .changed
                .into_iter()
                .map(|user| (user.id, user))
                .collect();
            app.bus.tell(&Mail::Presence(changed));
        }
        if let (Some(nodes), Some(news)) = (app.bus.nodes(), tick.news) {
            nodes.say(Word::Presence(news));
        }
        if !tick.gone.is_empty() {
            let written = app.db.write(move |tx| users::seen(tx, &tick.gone)).await;
            if let Err(error) = written {
                tracing::warn!(%error, "last-seen times were not kept");
            }
        }
        count += 1;
        if count.is_multiple_of(presence::EXCHANGE_S)
            && let (Some(redis), Some(nodes)) = (app.redis.clone(), app.bus.nodes().cloned())
        {
            let app = app.clone();
            // In the background: a Redis that answers slowly holds up no tick.
            actix_web::rt::spawn(async move {
                presence::exchange(&app.presence, &redis, &nodes).await;
            });
        }
        if count.is_multiple_of(30)
            && let Err(error) = sessions::upkeep(&app).await
        {
            tracing::warn!(%error, "sessions were not looked after");
        }
        if count.is_multiple_of(60) {
            app.tokens.sweep(now);
            app.revoked.sweep(now);
            app.limits.sweep();
        }
        if count.is_multiple_of(10)
            && let Err(error) = profile::expire_statuses(&app).await
        {
            tracing::warn!(%error, "expired statuses were not cleared");
        }
    }
}

/// Raises the limit of open files to what the system allows: each socket is one.
pub fn raise_open_files() {
    match rlimit::increase_nofile_limit(1 << 20) {
        Ok(limit) => tracing::info!(limit, "open files"),
        Err(error) => tracing::warn!(%error, "the limit of open files stays as it is"),
    }
}
