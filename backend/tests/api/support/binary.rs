//! The real `confab` process: started, killed, and read.

use super::{PATIENCE, app::Folder};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
};

/// A served `confab` of its own. Killed when dropped.
pub(crate) struct Process {
    pub(crate) address: SocketAddr,
    child: Child,
    said: mpsc::Receiver<String>,
    log: mpsc::Receiver<String>,
}

const BINARY: &str = env!("CARGO_BIN_EXE_confab");

fn command(folder: &Folder, words: &[&str]) -> Command {
    dress(Command::new(BINARY), folder, words)
}

fn dress(mut command: Command, folder: &Folder, words: &[&str]) -> Command {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CONFAB_")) {
        command.env_remove(name);
    }
    command
        .args(words)
        .env("CONFAB_DATA_DIR", folder.path())
        .env("CONFAB_BCRYPT_COST", "4")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(url) = folder.database_url() {
        command.env("CONFAB_DATABASE_URL", url);
    }
    command
}

/// Runs a command to its end.
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs `confab` with these words and this on its standard input.
pub(crate) fn run(folder: &Folder, words: &[&str], input: &str) -> Ran {
    finish(command(folder, words), input)
}

/// Runs `confab serve`, which is to refuse, on SQLite and under another program that is given it to run.
pub(crate) fn refuses_under(folder: &Folder, program: &str, words: &[&str]) -> Ran {
    finish(serve_under(folder, program, words), "")
}

fn serve_under(folder: &Folder, program: &str, words: &[&str]) -> Command {
    let mut under = Command::new(program);
    under.args(words).arg(BINARY);
    let mut command = dress(under, folder, &["serve", "--listen", "127.0.0.1:0"]);
    command
        .env_remove("CONFAB_DATABASE_URL")
        .env("CONFAB_RATE_LIMITS", "off");
    command
}

fn finish(mut command: Command, input: &str) -> Ran {
    let mut child = command.spawn().expect("confab starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // A command that refuses at once does not read it.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("confab ends");
    Ran {
        status: output.status,
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

impl Process {
    /// `confab serve` on a free port, or on the one given.
    pub(crate) fn serve(
        folder: &Folder,
        listen: Option<SocketAddr>,
        more: &[(&str, &str)],
    ) -> Self {
        let listen = listen.map_or_else(|| "127.0.0.1:0".to_owned(), |address| address.to_string());
        let words = ["serve", "--listen", &listen, "--workers", "2"];
        let mut command = command(folder, &words);
        command.envs(more.iter().copied());
        Self::spawn(command)
    }

    /// `confab serve` where no file grows beyond so many MiB: a write that would fails, as on a full disk.
    pub(crate) fn serve_with_small_disk(folder: &Folder, mib: u32) -> Self {
        // Blocks of 512 bytes; without the trap the system would end the process instead (setrlimit(2)).
        let limited = "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"";
        let mut shell = Command::new("sh");
        shell.args(["-c", limited, "sh", &(mib * 2_048).to_string(), BINARY]);
        let words = ["serve", "--listen", "127.0.0.1:0"];
        Self::spawn(dress(shell, folder, &words))
    }

    /// `confab serve` on SQLite, started by another program that is given it to run in its own place.
    pub(crate) fn serve_under(folder: &Folder, program: &str, words: &[&str]) -> Self {
        Self::spawn(serve_under(folder, program, words))
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().expect("confab starts");
        let mut stderr = child.stderr.take().expect("a pipe");
        let (logged, log) = mpsc::channel();
        std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            let _ = logged.send(text);
        });
        let stdout = child.stdout.take().expect("a pipe");
        let (found, ready) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if found.send(line).is_err() {
                    break;
                }
            }
        });
        let mut greeting = Vec::new();
        let port = loop {
            match ready.recv_timeout(PATIENCE) {
                Ok(line) => greeting.push(line),
                Err(error) => {
                    let _ = child.kill();
                    panic!(
                        "no address ({error}); it said {greeting:?} and {:?}",
                        log.recv()
                    );
                }
            }
            let said = greeting.last().expect("a line");
            let port = said
                .strip_prefix("Confab is ready at ")
                .and_then(|url| url.rsplit(':').next());
            if let Some(port) = port.and_then(|port| port.parse::<u16>().ok()) {
                break port;
            }
        };
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            child,
            said: ready,
            log,
        }
    }

    /// Its number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The most memory that it ever had resident, in KiB.
    pub(crate) fn peak_kib(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()));
        let status = status.expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let value = line.and_then(|line| line.split_whitespace().nth(1));
        value.expect("a peak").parse().expect("a number")
    }

    /// The next line that it prints for people.
    pub(crate) fn says(&self) -> String {
        self.said.recv_timeout(PATIENCE).expect("one more line")
    }

    /// Kills it as a power cut would: no signal handler runs.
    pub(crate) fn kill(mut self) -> String {
        self.child.kill().expect("it lives");
        self.end().1
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        let sent = Command::new("kill")
            .arg("-TERM")
            .arg(self.child.id().to_string())
            .status();
        assert!(sent.expect("kill").success());
    }

    /// Waits for its end; gives how it ended and its log.
    pub(crate) fn end(&mut self) -> (ExitStatus, String) {
        // The log ends with the process.
        let log = self.log.recv_timeout(PATIENCE).expect("confab did not end");
        (self.child.wait().expect("a child"), log)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
