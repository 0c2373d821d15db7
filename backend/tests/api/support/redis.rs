//! A Redis of the tests' own on a free port, and what can happen to one: stopped, paused, restarted, cut off.

use super::PATIENCE;
use deadpool_redis::redis::{Client, Cmd, Connection, FromRedisValue, cmd, from_redis_value};
use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::OnceLock,
    time::Instant,
};

/// The password of every Redis here.
const PASSWORD: &str = "kelp-lantern-62";

/// A running `redis-server`, in memory alone. Ends when dropped, or with the test process.
pub(crate) struct RedisServer {
    port: u16,
    running: Option<Running>,
}

struct Running {
    /// A shell that ends Redis when its standard input does, however this process ends.
    shell: Child,
    pid: u32,
}

impl RedisServer {
    pub(crate) fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let mut server = Self {
            port,
            running: None,
        };
        server.start_again();
        server
    }

    /// The one that all tests share which do it no harm.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<RedisServer> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://:{PASSWORD}@127.0.0.1:{}", self.port)
    }

    /// Starts it on its port, with empty memory.
    pub(crate) fn start_again(&mut self) {
        let script = format!(
            "redis-server --port {} --bind 127.0.0.1 --requirepass {PASSWORD} --save '' --appendonly no \
             --dir /tmp --maxclients 2000 >/dev/null 2>&1 & \
             echo $!; cat >/dev/null; kill -CONT $!; kill -KILL $!",
            self.port
        );
        let mut shell = Command::new("sh")
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut line = String::new();
        let out = shell.stdout.take().expect("a pipe");
        std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).expect("a line");
        let pid = line.trim().parse().expect("a process id");
        self.running = Some(Running { shell, pid });
        let began = Instant::now();
        while self.try_ask::<String>(&cmd("PING")).is_none() {
            assert!(
                began.elapsed() < PATIENCE,
                "redis-server does not start; on Debian: apt-get install redis-server"
            );
            std::thread::yield_now();
        }
    }

    /// Ends it at once.
    pub(crate) fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            // The end of its input is the end of Redis.
            drop(running.shell.stdin.take());
            let _ = running.shell.wait();
        }
    }

    /// Lets it take connections and answer nothing.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let pid = self.running.as_ref().expect("it runs").pid.to_string();
        let sent = Command::new("kill").args([signal, &pid]).status();
        assert!(sent.expect("kill").success());
    }

    /// Cuts every connection that listens; gives how many there were.
    pub(crate) fn cut_listeners(&self) -> i64 {
        self.ask(cmd("CLIENT").arg("KILL").arg("TYPE").arg("pubsub"))
    }

    /// The channels that somebody listens to.
    pub(crate) fn channels(&self) -> Vec<String> {
        self.ask(cmd("PUBSUB").arg("CHANNELS"))
    }

    pub(crate) fn publish(&self, channel: &str, message: &[u8]) {
        let _: i64 = self.ask(cmd("PUBLISH").arg(channel).arg(message));
    }

    /// Listens from here on to what is said in a channel.
    pub(crate) fn record(&self, channel: &str) -> Recording {
        let client = Client::open(self.url()).expect("an address");
        let mut connection = client.get_connection().expect("Redis answers");
        connection.set_read_timeout(Some(PATIENCE)).expect("a time");
        let mut packed = cmd("SUBSCRIBE");
        packed.arg(channel);
        connection
            .send_packed_command(&packed.get_packed_command())
            .expect("it takes it");
        connection.recv_response().expect("it listens");
        Recording { connection }
    }

    pub(crate) fn ask<T: FromRedisValue>(&self, question: &Cmd) -> T {
        self.try_ask(question).expect("Redis answers")
    }

    fn try_ask<T: FromRedisValue>(&self, question: &Cmd) -> Option<T> {
        let client = Client::open(self.url()).expect("an address");
        let mut connection = client.get_connection().ok()?;
        question.query(&mut connection).ok()
    }
}

/// What is said in a channel.
pub(crate) struct Recording {
    connection: Connection,
}

impl Recording {
    /// The next so many messages.
    pub(crate) fn take(&mut self, count: usize) -> Vec<Vec<u8>> {
        let mut next = || {
            let heard = self.connection.recv_response().expect("a message");
            let heard: (String, String, Vec<u8>) = from_redis_value(heard).expect("its parts");
            heard.2
        };
        (0..count).map(|_| next()).collect()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}
