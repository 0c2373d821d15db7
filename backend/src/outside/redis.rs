//! Redis, which nodes share: a few connections, a deadline for every question, and a breaker, so that a Redis that
//! is gone or stalled costs nobody more than that deadline once. What is asked is its callers' business.

use crate::auth::seal::Seal;
use deadpool_redis::{
    Manager, Pool, Runtime,
    redis::{Client, Cmd, ConnectionAddr, FromRedisValue, IntoConnectionInfo, aio::PubSub, cmd},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{runtime::Handle, time::timeout};

/// How long a request waits for an answer. Redis takes a fraction of a millisecond; the rest is for a machine
/// that is busy with other things, which is no fault.
const DEADLINE: Duration = Duration::from_millis(50);
/// How long the background waits: for a connection, or the answer of one that may be dead.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often Redis is asked whether it is there.
const PULSE: Duration = Duration::from_millis(500);
const CONNECTIONS: usize = 8;

/// The shared Redis.
pub struct Redis {
    pool: Pool,
    client: Client,
    /// Where the connections live: the thread that opened this, which serves no requests.
    runtime: Handle,
    /// Whether questions are worth asking.
    up: AtomicBool,
    /// In front of every name of ours, so that two places may share one Redis.
    prefix: String,
    /// Closes what is put there.
    pub seal: Seal,
}

impl Redis {
    /// Reads the address and asks once; a Redis that is not there yet is no error. To be called on the thread
    /// that the connections shall live on; it feels the pulse from here on.
    ///
    /// # Errors
    /// One line for a person, without the address: it holds a password.
    pub async fn open(url: &str, seal: Seal) -> Result<Arc<Self>, String> {
        let words = "--redis-url is not understood: write redis://:PASSWORD@HOST:6379";
        let info = url.into_connection_info().map_err(|_| words.to_owned())?;
        if let ConnectionAddr::Tcp(host, _) = info.addr()
            && info.redis_settings().password().is_none()
            && !matches!(host.as_str(), "127.0.0.1" | "localhost" | "::1")
        {
            tracing::warn!(
                "--redis-url has no password: whoever reaches Redis can stop what nodes say"
            );
        }
        let client = Client::open(info.clone()).map_err(|_| words.to_owned())?;
        let manager = Manager::new(info).map_err(|_| words.to_owned())?;
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .recycle_timeout(Some(PATIENCE))
            .build()
            .map_err(|error| error.to_string())?;
        let redis = Arc::new(Self {
            pool,
            client,
            runtime: Handle::current(),
            up: AtomicBool::new(false),
            prefix: format!("confab:{}", &seal.name("prefix", "")[..8]),
            seal,
        });
        if !redis.beats().await {
            tracing::warn!("Redis does not answer: this node is alone until it does");
        }
        tokio::spawn(Arc::clone(&redis).pulse());
        Ok(redis)
    }

    /// The name of something of ours.
    pub fn key(&self, what: &str) -> String {
        format!("{}:{what}", self.prefix)
    }

    /// Whether it answered lately.
    pub fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }

    /// Asks something on behalf of a request; `None` at once while Redis is away, and after the deadline.
    pub async fn ask<T>(self: &Arc<Self>, question: Cmd) -> Option<T>
    where
        T: FromRedisValue + Send + 'static,
    {
        if !self.is_up() {
            return None;
        }
        let asked = Arc::clone(self);
        let asking = self
            .runtime
            .spawn(async move { asked.wait_for(question).await });
        let stop = asking.abort_handle();
        match timeout(DEADLINE, asking).await {
            Ok(Ok(Some(answer))) => Some(answer),
            _ => {
                stop.abort();
                self.set(false);
                None
            }
        }
    }

    /// Asks something in the background, on the thread of the connections; waits as long as is sensible.
    pub async fn wait_for<T: FromRedisValue>(&self, question: Cmd) -> Option<T> {
        let mut connection = self.pool.get().await.ok()?;
        let asking = question.query_async(&mut connection);
        timeout(PATIENCE, asking).await.ok()?.ok()
    }

    /// A connection that hears what is published.
    pub async fn listen(&self, channel: &str) -> Option<PubSub> {
        let opening = async {
            let mut heard = self.client.get_async_pubsub().await.ok()?;
            heard.subscribe(channel).await.ok()?;
            Some(heard)
        };
        timeout(PATIENCE, opening).await.ok()?
    }

    /// A connection of one's own, for what must go out in order.
    pub async fn connection(&self) -> Option<deadpool_redis::Connection> {
        self.pool.get().await.ok()
    }

    /// Something in the background got no answer: nobody else need wait for one until the pulse is felt again.
    pub fn doubt(&self) {
        self.set(false);
    }

    /// Feels the pulse for ever: closes the breaker again when Redis is back.
    async fn pulse(self: Arc<Self>) {
        let mut tick = tokio::time::interval(PULSE);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            self.beats().await;
        }
    }

    async fn beats(&self) -> bool {
        let beats = self.wait_for::<String>(cmd("PING")).await.is_some();
        self.set(beats);
        beats
    }

    fn set(&self, up: bool) {
        if self.up.swap(up, Ordering::Relaxed) != up {
            if up {
                tracing::info!("Redis answers");
            } else {
                tracing::warn!("Redis does not answer: this node goes on alone");
            }
        }
    }
}
