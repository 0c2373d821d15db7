//! The real `confab` process as an operator and a bad day treat it: started, killed, stopped, its disk full, its clock
//! set. Knows nothing of what it serves.

use crate::lab::Lab;
use std::{
    cell::{Cell, RefCell},
    fs,
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    rc::Rc,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::{sleep, timeout},
};

/// How long it may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(30);
/// No file grows beyond this while the disk is full.
const FULL_BYTES: u64 = 8 * 1024;

/// Where Debian puts the library that sets the clock of one process.
const FAKETIME: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
];

/// A server with a data folder of its own.
pub(crate) struct Server {
    pub(crate) address: Cell<SocketAddr>,
    lab: Rc<Lab>,
    binary: PathBuf,
    /// Data, log and clock.
    folder: PathBuf,
    /// Settings that all nodes share.
    shared: Vec<(&'static str, String)>,
    clock: Option<&'static str>,
    child: RefCell<Option<Child>>,
}

impl Server {
    pub(crate) fn new(
        lab: &Rc<Lab>,
        binary: &Path,
        folder: &Path,
        shared: &[(&'static str, String)],
    ) -> Result<Self, String> {
        let clock = FAKETIME.into_iter().find(|path| Path::new(path).exists());
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let server = Self {
            address: Cell::new(SocketAddr::from(([127, 0, 0, 1], 0))),
            lab: Rc::clone(lab),
            binary: binary.to_owned(),
            folder: folder.to_owned(),
            shared: shared.to_vec(),
            clock,
            child: RefCell::default(),
        };
        server.set_clock(0)?;
        Ok(server)
    }

    /// Whether its clock can be set.
    pub(crate) fn has_clock(&self) -> bool {
        self.clock.is_some()
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    /// Sets the clock so many seconds off; a running server sees it within a second.
    pub(crate) fn set_clock(&self, off_s: i64) -> Result<(), String> {
        // Renamed into place: a reader never finds half of it.
        let (new, file) = (self.folder.join("clock.new"), self.folder.join("clock"));
        fs::write(&new, format!("{off_s:+}s\n"))
            .and_then(|()| fs::rename(&new, &file))
            .map_err(|error| format!("cannot set the clock: {error}"))
    }

    fn command(&self) -> Command {
        // A write beyond the limit is to fail, not to end the process (setrlimit(2)).
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]);
        command.arg(&self.binary);
        command.args(["serve", "--listen", &self.address.get().to_string()]);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CONFAB_")) {
            command.env_remove(name);
        }
        command
            .env("CONFAB_DATA_DIR", self.folder.join("data"))
            .env("CONFAB_BCRYPT_COST", "4")
            .env("CONFAB_LOG", "warn")
            .envs(self.shared.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(library) = self.clock {
            command
                .env("LD_PRELOAD", library)
                .env("FAKETIME_TIMESTAMP_FILE", self.folder.join("clock"))
                .env("FAKETIME_CACHE_DURATION", "1")
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                .env("FAKETIME_DISABLE_SHM", "1");
        }
        command
    }

    /// Starts it, on the port that it had before.
    pub(crate) async fn start(&self) -> Result<(), String> {
        let mut child = self
            .command()
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", self.binary.display()))?;
        let out = child.stdout.take().ok_or("no standard output")?;
        let log = child.stderr.take().ok_or("no standard error")?;
        tokio::task::spawn_local(keep_log(
            Rc::clone(&self.lab),
            self.log(),
            BufReader::new(log),
        ));
        let mut lines = BufReader::new(out).lines();
        let greeting = async {
            while let Ok(Some(line)) = lines.next_line().await {
                let url = line.strip_prefix("Confab is ready at ");
                if let Some(port) = url.and_then(|url| url.rsplit(':').next()?.parse().ok()) {
                    return Some(SocketAddr::from(([127, 0, 0, 1], port)));
                }
            }
            None
        };
        let Ok(Some(address)) = timeout(PATIENCE, greeting).await else {
            let words = format!("the server did not start; see {}", self.log().display());
            return Err(words);
        };
        // What it says afterwards is for people; nobody waits for it to be read.
        tokio::task::spawn_local(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        self.address.set(address);
        self.child.replace(Some(child));
        Ok(())
    }

    /// Ends it as a power cut would.
    pub(crate) async fn kill(&self) -> Result<(), String> {
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        child
            .kill()
            .await
            .map_err(|error| format!("cannot kill the server: {error}"))
    }

    /// Ends it in an orderly way.
    pub(crate) async fn stop(&self) -> Result<(), String> {
        let Some(mut child) = self.child.take() else {
            return Ok(());
        };
        if let Some(id) = child.id() {
            system("kill", &["-TERM".to_owned(), id.to_string()]).await?;
        }
        match timeout(PATIENCE, child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(status) => Err(format!("the server stopped with {status:?}")),
            Err(_) => Err(format!("the server did not stop within {PATIENCE:?}")),
        }
    }

    /// Whether its disk takes no more.
    pub(crate) async fn fill_disk(&self, full: bool) -> Result<(), String> {
        let id = self.child.borrow().as_ref().and_then(Child::id);
        let Some(id) = id else { return Ok(()) };
        // The soft limit alone: it can be raised again without a privilege.
        let limit = if full {
            format!("--fsize={FULL_BYTES}:unlimited")
        } else {
            "--fsize=unlimited:unlimited".to_owned()
        };
        system("prlimit", &[format!("--pid={id}"), limit]).await
    }

    /// Says what went wrong by itself: a server that nobody ended is gone.
    pub(crate) fn is_gone(&self) -> bool {
        let mut child = self.child.borrow_mut();
        let ended = child.as_mut().map(Child::try_wait);
        matches!(ended, Some(Ok(Some(_))))
    }
}

async fn system(program: &str, words: &[String]) -> Result<(), String> {
    let ran = Command::new(program).args(words).output().await;
    match ran {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!(
            "{program} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        )),
        Err(error) => Err(format!("cannot start {program}: {error}")),
    }
}

/// Writes the log to a file, which this process may do on a full disk, and looks for panics.
async fn keep_log(lab: Rc<Lab>, path: PathBuf, from: BufReader<tokio::process::ChildStderr>) {
    let file = fs::OpenOptions::new().create(true).append(true).open(path);
    let Ok(mut file) = file else { return };
    let mut lines = from.lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if line.contains("panicked") {
            lab.wrong(format!("the server panicked: {line}"));
        }
        if line.contains("\"level\":\"ERROR\"") {
            lab.count("errors in the server's log");
        }
        // Nobody can be told where that fails.
        let _ = writeln!(file, "{line}");
    }
}

/// Waits until the server answers again.
pub(crate) async fn until_ready(address: SocketAddr) -> Result<(), String> {
    for _ in 0..300 {
        let ask = crate::http::Ask {
            method: "GET",
            path: "/readyz",
            ..crate::http::Ask::default()
        };
        if crate::http::ask(address, &ask).await.is_ok() {
            return Ok(());
        }
        sleep(Duration::from_millis(100)).await;
    }
    Err("the server was not ready again after 30 s".to_owned())
}
