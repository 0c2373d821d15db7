//! Other programs under measurement: started on a core of their own, read through `/proc`, killed when done.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// The core of whatever is measured; the generator has the other one.
const CORE: &str = "0";

/// A program that serves. Killed when dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Process {
    /// `confab serve` on its core and a free port, with the two brakes off that would only measure themselves.
    pub(crate) fn confab(binary: &Path, data_dir: &Path) -> Result<Self, String> {
        let mut command = Command::new("taskset");
        command
            .args(["-c", CORE])
            .arg(binary)
            .args([
                "serve",
                "--workers",
                "1",
                "--rate-limits",
                "off",
                "--bcrypt-cost",
                "4",
            ])
            .args(["--max-sockets", "100000", "--listen", "127.0.0.1:0"])
            .arg("--data-dir")
            .arg(data_dir)
            .env("CONFAB_LOG", "error");
        Self::start(command)
    }

    /// It says where it is on a line that ends in the port.
    fn start(mut command: Command) -> Result<Self, String> {
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CONFAB_")) {
            command.env_remove(name);
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("taskset (of util-linux) does not start: {error}"))?;
        let said = child.stdout.take().map(BufReader::new);
        let port = said
            .into_iter()
            .flat_map(BufRead::lines)
            .map_while(Result::ok)
            .find_map(|line| {
                line.strip_prefix("Confab is ready at ")?
                    .rsplit(':')
                    .next()?
                    .parse()
                    .ok()
            });
        let Some(port) = port else {
            let _ = child.kill();
            return Err(format!("{command:?} ended before it was ready"));
        };
        Ok(Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
        })
    }

    /// Processor time of all its threads, user and system, to the nanosecond (`schedstat`, proc(5)).
    pub(crate) fn cpu(&self) -> Duration {
        let threads = fs::read_dir(self.proc("task"))
            .into_iter()
            .flatten()
            .flatten();
        let spent = threads
            .filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok())
            .filter_map(|text| text.split_whitespace().next()?.parse::<u64>().ok());
        Duration::from_nanos(spent.sum())
    }

    /// Resident memory in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        self.status("VmRSS:")
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn status(&self, field: &str) -> u64 {
        let text = fs::read_to_string(self.proc("status")).unwrap_or_default();
        text.lines()
            .find_map(|line| {
                line.strip_prefix(field)?
                    .split_whitespace()
                    .next()?
                    .parse()
                    .ok()
            })
            .unwrap_or(0)
    }

    fn proc(&self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}", self.child.id())).join(file)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
