//! Other programs under measurement: started on a core of their own, read through `/proc`, killed when done.

use crate::cores::Cores;
use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A tick of the times in `/proc/PID/stat` (proc(5)); 100 a second on every Linux of today.
const TICK: Duration = Duration::from_millis(10);
/// By how much the two ways of telling processor time differ when no thread has ended.
const BLUR: Duration = Duration::from_millis(50);

/// A free port, of the server's choice.
pub(crate) const ANY_PORT: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// A program that serves. Killed when dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) watched: Watched,
    pub(crate) address: SocketAddr,
}

/// A process whose needs are read.
#[derive(Clone, Copy)]
pub(crate) struct Watched(u32);

impl Process {
    /// `confab serve` with one worker, with the two brakes off that would only measure themselves.
    pub(crate) fn confab(
        cores: Cores,
        binary: &Path,
        data_dir: &Path,
        listen: SocketAddr,
    ) -> Result<Self, String> {
        let mut command = cores.of_server(binary);
        command
            .args(["serve", "--workers", "1", "--rate-limits", "off"])
            .args(["--bcrypt-cost", "4", "--max-sockets", "100000", "--listen"])
            .arg(listen.to_string())
            .arg("--data-dir")
            .arg(data_dir)
            .env("CONFAB_LOG", "error");
        Self::start(command)
    }

    /// The yardstick, which is a command of this program.
    pub(crate) fn yardstick(
        cores: Cores,
        listen: SocketAddr,
        coalesce: bool,
    ) -> Result<Self, String> {
        let own = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut command = cores.of_server(&own);
        command
            .args(["yardstick", "--listen"])
            .arg(listen.to_string());
        if coalesce {
            command.arg("--coalesce");
        }
        Self::start(command)
    }

    /// It says where it is on a line that ends in the port.
    fn start(mut command: Command) -> Result<Self, String> {
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CONFAB_")) {
            if name != "CONFAB_LOG" {
                command.env_remove(name);
            }
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{command:?} does not start: {error}"))?;
        let said = child.stdout.take().map(BufReader::new);
        let port = said
            .into_iter()
            .flat_map(BufRead::lines)
            .map_while(Result::ok)
            .find_map(|line| {
                line.split_once(" is ready at ")?
                    .1
                    .rsplit(':')
                    .next()?
                    .parse()
                    .ok()
            });
        let Some(port) = port else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("{command:?} ended before it was ready"));
        };
        Ok(Self {
            watched: Watched(child.id()),
            child,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
        })
    }

    /// Ends it at once, as a power cut would.
    pub(crate) fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

impl Watched {
    pub(crate) fn new(process: u32) -> Self {
        Self(process)
    }

    pub(crate) fn oneself() -> Self {
        Self(std::process::id())
    }

    /// Processor time of all its threads, user and system: to the nanosecond (`schedstat`, proc(5)), unless threads
    /// have ended, of which only `stat` knows.
    pub(crate) fn cpu(self) -> Duration {
        let threads = fs::read_dir(self.proc("task"))
            .into_iter()
            .flatten()
            .flatten();
        let spent = threads
            .filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok())
            .filter_map(|text| text.split_whitespace().next()?.parse::<u64>().ok());
        let spent = Duration::from_nanos(spent.sum());
        let ticked = self.ticks();
        if ticked > spent + BLUR { ticked } else { spent }
    }

    fn ticks(self) -> Duration {
        let text = fs::read_to_string(self.proc("stat")).unwrap_or_default();
        // The name may have anything in it; behind it come the state as the third field, utime and stime as 14th and 15th.
        let fields = text.rsplit_once(')').map(|(_, rest)| rest);
        let times = fields.into_iter().flat_map(str::split_whitespace).skip(11);
        let ticks: u32 = times
            .take(2)
            .filter_map(|time| time.parse::<u32>().ok())
            .sum();
        TICK * ticks
    }

    /// Resident memory in KiB.
    pub(crate) fn resident_kib(self) -> u64 {
        let text = fs::read_to_string(self.proc("status")).unwrap_or_default();
        text.lines()
            .find_map(|line| {
                line.strip_prefix("VmRSS:")?
                    .split_whitespace()
                    .next()?
                    .parse()
                    .ok()
            })
            .unwrap_or(0)
    }

    fn proc(self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}", self.0)).join(file)
    }
}
