//! What several nodes share, a Redis and a Postgres of the run's own on free ports, and what can happen to them: stopped,
//! paused, started again, connections cut. Knows nothing of what lies in them.

use std::{fs, io, net::TcpListener, path::Path, path::PathBuf, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
    sync::Mutex,
    time::{sleep, timeout},
};

/// How long either may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(30);
const PASSWORD: &str = "kelp-lantern-62";

/// Redis in memory alone. Each word on the shell's input is a signal; the end of that input is the end of Redis, however
/// this process ends. The terminal's ^C is left to this process.
const REDIS: &str = r#"
    trap '' INT
    folder=$1 port=$2 password=$3
    redis-server --port "$port" --bind 127.0.0.1 --requirepass "$password" --save '' --appendonly no \
        --dir "$folder" --maxclients 2000 >>"$folder/redis.log" 2>&1 &
    while read -r word; do kill "-$word" $!; done
    kill -CONT $!
    kill -KILL $!
    wait
"#;

/// Postgres with its data in the folder. As root it runs as somebody else, as it demands. It syncs nothing: processes
/// die here, the machine does not. It ends in the way of the last word, at the latest with the shell's input.
const POSTGRES: &str = r#"
    trap '' INT
    folder=$1 port=$2
    as=
    if [ "$(id -u)" = 0 ]; then
        as="setpriv --reuid=postgres --regid=postgres --clear-groups"
        chown postgres "$folder"
    fi
    PATH=$PATH:$(echo /usr/lib/postgresql/*/bin | tr ' ' ':')
    cd "$folder" || exit 1
    if [ ! -d data ]; then
        $as initdb -D data -U confab -A trust -E UTF8 --locale=C --locale-provider=icu --icu-locale=en -N >initdb.log 2>&1
    fi
    $as postgres -D data -p "$port" -h 127.0.0.1 -k '' -F -N 400 -c full_page_writes=off -c shared_buffers=64MB \
        >>postgres.log 2>&1 &
    until pg_isready -q -h 127.0.0.1 -p "$port"; do
        kill -0 $! || exit 1
        sleep 0.05
    done
    echo started
    word=QUIT
    read -r word
    kill "-${word:-QUIT}" $!
    wait
"#;

/// One of the two: a program under a shell that ends it.
struct Store {
    script: &'static str,
    folder: PathBuf,
    port: u16,
    shell: Mutex<Option<Child>>,
}

impl Store {
    fn new(script: &'static str, folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        // Free now; nobody else is likely to take it.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        Ok(Self {
            script,
            folder,
            port,
            shell: Mutex::new(None),
        })
    }

    async fn start(&self) -> io::Result<()> {
        let shell = Command::new("sh")
            .args(["-c", self.script, "sh"])
            .arg(&self.folder)
            .args([&self.port.to_string(), PASSWORD])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        self.shell.lock().await.replace(shell);
        Ok(())
    }

    async fn tell(&self, word: &str) -> io::Result<()> {
        let mut shell = self.shell.lock().await;
        match shell.as_mut().and_then(|shell| shell.stdin.as_mut()) {
            Some(stdin) => stdin.write_all(format!("{word}\n").as_bytes()).await,
            None => Ok(()),
        }
    }

    async fn stop(&self) -> io::Result<()> {
        let Some(mut shell) = self.shell.lock().await.take() else {
            return Ok(());
        };
        drop(shell.stdin.take());
        timeout(PATIENCE, shell.wait()).await??;
        Ok(())
    }
}

/// Both, and their folder.
pub(crate) struct Stores {
    redis: Store,
    postgres: Store,
}

impl Stores {
    /// Starts both, with nothing in them.
    pub(crate) async fn start(folder: &Path) -> Result<Self, String> {
        let new = |script, name| {
            let folder = folder.join(name);
            Store::new(script, folder.clone())
                .map_err(|error| format!("{}: {error}", folder.display()))
        };
        let stores = Self {
            redis: new(REDIS, "redis")?,
            postgres: new(POSTGRES, "postgres")?,
        };
        stores.start_postgres().await?;
        stores.start_redis().await?;
        Ok(stores)
    }

    /// Whoever has the address gets in; the password stands in it as everywhere.
    pub(crate) fn database_url(&self) -> String {
        let port = self.postgres.port;
        format!("postgres://confab:{PASSWORD}@127.0.0.1:{port}/postgres")
    }

    pub(crate) fn redis_url(&self) -> String {
        format!("redis://:{PASSWORD}@127.0.0.1:{}", self.redis.port)
    }

    pub(crate) async fn start_postgres(&self) -> Result<(), String> {
        let started = async {
            self.postgres.start().await?;
            let mut shell = self.postgres.shell.lock().await;
            let out = shell.as_mut().and_then(|shell| shell.stdout.take());
            let mut line = String::new();
            if let Some(out) = out {
                BufReader::new(out).read_line(&mut line).await?;
            }
            io::Result::Ok(line == "started\n")
        };
        match timeout(PATIENCE, started).await {
            Ok(Ok(true)) => Ok(()),
            outcome => Err(format!(
                "Postgres does not start ({outcome:?}); see {}",
                self.postgres.folder.display()
            )),
        }
    }

    /// Ends it: open connections are closed in order when it is `fast`, and cut off when not, which is a crash to it.
    pub(crate) async fn stop_postgres(&self, fast: bool) -> Result<(), String> {
        let word = if fast { "INT" } else { "QUIT" };
        let told = self.postgres.tell(word).await;
        let ended = async { self.postgres.stop().await };
        told.and(ended.await).map_err(|error| failed(&error))
    }

    /// Starts it with empty memory.
    pub(crate) async fn start_redis(&self) -> Result<(), String> {
        self.redis.start().await.map_err(|error| failed(&error))?;
        for _ in 0..300 {
            let answer = self.ask_redis("PING").await;
            if answer.is_ok_and(|answer| answer.contains("PONG")) {
                return Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
        let log = self.redis.folder.join("redis.log");
        Err(format!("Redis does not start; see {}", log.display()))
    }

    pub(crate) async fn stop_redis(&self) -> Result<(), String> {
        self.redis.stop().await.map_err(|error| failed(&error))
    }

    /// Whether it takes connections and answers nothing.
    pub(crate) async fn pause_redis(&self, paused: bool) -> Result<(), String> {
        let word = if paused { "STOP" } else { "CONT" };
        self.redis.tell(word).await.map_err(|error| failed(&error))
    }

    /// Cuts every connection that listens.
    pub(crate) async fn cut_listeners(&self) -> Result<(), String> {
        let answer = self.ask_redis("CLIENT KILL TYPE pubsub").await;
        match answer {
            Ok(answer) if answer.contains(':') => Ok(()),
            Ok(answer) => Err(format!("Redis cut nobody: {answer}")),
            Err(error) => Err(failed(&error)),
        }
    }

    async fn ask_redis(&self, words: &str) -> io::Result<String> {
        let asking = async {
            let mut stream = TcpStream::connect(("127.0.0.1", self.redis.port)).await?;
            let lines = format!("AUTH {PASSWORD}\r\n{words}\r\nQUIT\r\n");
            stream.write_all(lines.as_bytes()).await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            Ok(answer)
        };
        timeout(PATIENCE, asking).await?
    }

    /// Ends both.
    pub(crate) async fn stop(&self) -> Result<(), String> {
        let redis = self.stop_redis().await;
        self.stop_postgres(true).await.and(redis)
    }
}

fn failed(error: &io::Error) -> String {
    format!("Redis or Postgres cannot be reached: {error}")
}
