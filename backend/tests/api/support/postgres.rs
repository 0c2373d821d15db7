//! A Postgres of the tests' own on a free port, a database in it for each place, and what can happen to it: stopped,
//! started again. Fast, not safe: it syncs nothing.

use super::PATIENCE;
use confab::db::{Conn, Location};
use diesel::connection::SimpleConnection;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    time::Instant,
};

/// In every URL, and so in nothing that anybody prints. The server trusts whoever reaches it.
pub(crate) const PASSWORD: &str = "brass-heron-17";
const TEMPLATE: &str = "confab_template";

/// As root it runs as somebody else, as Postgres demands. The order of texts is a language's, so that what forgets to
/// ask for that of bytes shows. It ends with the input of this shell, and takes its folder along unless told to keep it.
const SCRIPT: &str = r#"
    folder=$1 port=$2
    as=
    if [ "$(id -u)" = 0 ]; then
        as="setpriv --reuid=postgres --regid=postgres --clear-groups"
        chown postgres "$folder"
    fi
    PATH=$PATH:$(echo /usr/lib/postgresql/*/bin | tr ' ' ':')
    cd "$folder"
    if [ ! -d data ]; then
        $as initdb -D data -U confab -A trust -E UTF8 --locale=C --locale-provider=icu --icu-locale=en -N >initdb.log 2>&1
    fi
    $as postgres -D data -p "$port" -h 127.0.0.1 -k '' -F -N 400 -c full_page_writes=off -c shared_buffers=64MB \
        >>postgres.log 2>&1 &
    echo started
    read -r word
    kill -QUIT $!
    wait
    [ "$word" = keep ] || rm -rf "$folder"
"#;

/// A running Postgres. Ends when dropped, or with the test process.
pub(crate) struct PostgresServer {
    port: u16,
    folder: PathBuf,
    is_shared: bool,
    running: Option<Child>,
}

impl PostgresServer {
    pub(crate) fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let folder = std::env::temp_dir().join(format!("confab-postgres-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let mut server = Self {
            port,
            folder,
            is_shared: false,
            running: None,
        };
        server.start_again();
        server
    }

    /// The one that all tests share which do it no harm.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<PostgresServer> = OnceLock::new();
        SHARED.get_or_init(|| {
            let mut server = Self::start();
            server.is_shared = true;
            server
        })
    }

    fn at(&self, database: &str) -> String {
        let port = self.port;
        format!("postgres://confab:{PASSWORD}@127.0.0.1:{port}/{database}")
    }

    /// Starts it on its port, with what it had.
    pub(crate) fn start_again(&mut self) {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(&self.folder)
            .arg(self.port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let out = shell.stdout.take().expect("a pipe");
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).expect("a line");
        self.running = Some(shell);
        let began = Instant::now();
        while connect(&self.at("postgres")).is_err() {
            assert!(
                began.elapsed() < PATIENCE,
                "postgres does not start: {}; on Debian: apt-get install postgresql",
                said(&self.folder)
            );
            std::thread::yield_now();
        }
    }

    /// Ends it at once, as a crash does; nothing is said goodbye to.
    pub(crate) fn stop(&mut self) {
        self.end("keep");
    }

    fn end(&mut self, word: &str) {
        if let Some(mut shell) = self.running.take() {
            if let Some(mut stdin) = shell.stdin.take() {
                let _ = writeln!(stdin, "{word}");
            }
            let _ = shell.wait();
        }
    }

    /// A new database of its own, without tables.
    pub(crate) fn empty_database(&self) -> Database {
        self.create(None)
    }

    /// A new database of its own, migrated.
    pub(crate) fn database(&self) -> Database {
        // A copy of one that is migrated is quicker than the migrations.
        static MADE: OnceLock<()> = OnceLock::new();
        if !self.is_shared {
            return self.create(None);
        }
        MADE.get_or_init(|| {
            self.run(&format!("CREATE DATABASE {TEMPLATE}"));
            let url = self.at(TEMPLATE);
            location(&url).migrate().expect("the tables");
        });
        self.create(Some(TEMPLATE))
    }

    fn create(&self, template: Option<&str>) -> Database {
        let name = format!("t{}", uuid::Uuid::now_v7().simple());
        let from = template.map(|from| format!(" TEMPLATE {from}"));
        self.run(&format!(
            "CREATE DATABASE {name}{}",
            from.unwrap_or_default()
        ));
        Database {
            url: self.at(&name),
            admin: self.at("postgres"),
            name,
        }
    }

    fn run(&self, sql: &str) {
        let mut conn = connect(&self.at("postgres")).expect("postgres answers");
        conn.batch_execute(sql).expect("postgres does it");
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.end("");
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// One place's database. Goes when dropped.
pub(crate) struct Database {
    pub(crate) url: String,
    name: String,
    admin: String,
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Ok(mut conn) = connect(&self.admin) {
            let _ = conn.batch_execute(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
        }
    }
}

fn location(url: &str) -> Location {
    Location::parse(Some(url), Path::new("")).expect("a URL")
}

fn connect(url: &str) -> Result<Conn, String> {
    location(url).open()
}

/// What it wrote into its logs.
fn said(folder: &Path) -> String {
    ["initdb.log", "postgres.log"]
        .iter()
        .map(|name| std::fs::read_to_string(folder.join(name)).unwrap_or_default())
        .collect()
}

/// What becomes of the next commit.
#[derive(Clone, Copy)]
pub(crate) enum Fate {
    /// It is done, and nobody hears of it.
    Unheard = 1,
    /// It never arrives.
    Undone = 2,
}

/// A way to a database that can break at the worst moment.
pub(crate) struct WeakLine {
    pub(crate) url: String,
    next: Arc<AtomicU8>,
}

impl WeakLine {
    pub(crate) fn to(database: &Database) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let (before, after) = database.url.rsplit_once(':').expect("a port");
        let (there, name) = after.split_once('/').expect("a name");
        let there: u16 = there.parse().expect("a port");
        let next = Arc::new(AtomicU8::new(0));
        let fate = Arc::clone(&next);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(("127.0.0.1", there)) else {
                    continue;
                };
                carry(&client, &server, &fate);
            }
        });
        Self {
            url: format!("{before}:{port}/{name}"),
            next,
        }
    }

    /// The next commit ends the connection that it comes by.
    pub(crate) fn break_at_next_commit(&self, fate: Fate) {
        self.next.store(fate as u8, Ordering::SeqCst);
    }
}

/// Carries both ways, each on a thread of its own, until one end closes or fate strikes.
fn carry(client: &TcpStream, server: &TcpStream, next: &Arc<AtomicU8>) {
    let deaf = Arc::new(AtomicBool::new(false));
    let pair = || {
        let clone = |stream: &TcpStream| stream.try_clone().expect("a handle");
        (clone(client), clone(server))
    };
    let close = |(client, server): (TcpStream, TcpStream)| {
        let _ = (
            client.shutdown(Shutdown::Both),
            server.shutdown(Shutdown::Both),
        );
    };
    let (ends, next, struck) = (pair(), Arc::clone(next), Arc::clone(&deaf));
    std::thread::spawn(move || {
        let mut buffer = [0; 65_536];
        while let Ok(count @ 1..) = (&ends.0).read(&mut buffer) {
            let commits = buffer[..count].windows(7).any(|word| word == b"COMMIT\0");
            let fate = if commits {
                next.swap(0, Ordering::SeqCst)
            } else {
                0
            };
            if fate == Fate::Undone as u8 {
                break;
            }
            struck.fetch_or(fate == Fate::Unheard as u8, Ordering::SeqCst);
            if (&ends.1).write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        // A commit that was heard by the server is answered before the line is cut.
        if !struck.load(Ordering::SeqCst) {
            close(ends);
        }
    });
    let ends = pair();
    std::thread::spawn(move || {
        let mut buffer = [0; 65_536];
        while let Ok(count @ 1..) = (&ends.1).read(&mut buffer) {
            if deaf.load(Ordering::SeqCst) || (&ends.0).write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        close(ends);
    });
}
