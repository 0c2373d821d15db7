//! `dev`: the server restarted when its sources change, the client reloaded by Trunk when its own do.
//! Sources are looked at twice a second; a build that fails leaves the running server alone.

use crate::process::{cargo, check, command};
use crate::tools::Kit;
use crate::workspace::{files_below, root, target};
use crate::{Result, say};
use std::process::{Child, Command};
use std::time::{Duration, SystemTime};

const POLL: Duration = Duration::from_millis(500);
/// How long a server may take to end what it has begun.
const STOP: Duration = Duration::from_secs(10);
const WATCHED: [&str; 4] = ["backend", "shared", "migrations", "Cargo.lock"];
const CLIENT_ORIGIN: &str = "http://localhost:8080";

/// Runs until Trunk ends or somebody presses Ctrl-C, which the terminal sends to the children as well.
pub(crate) fn dev() -> Result<()> {
    let kit = Kit::ready()?;
    // A directory of its own: what `run` serves stays as it was built.
    let dist = target().join("dev-dist");
    std::fs::create_dir_all(&dist)
        .map_err(|error| format!("cannot make {}: {error}", dist.display()))?;
    let mut trunk = kit.trunk(&["serve", "--dist"])?;
    trunk.arg(&dist);
    let mut trunk = start(&mut trunk)?;
    let outcome = serve(&mut trunk);
    let _ = trunk.kill();
    let _ = trunk.wait();
    outcome
}

fn serve(trunk: &mut Child) -> Result<()> {
    let mut server = None;
    let mut built = None;
    loop {
        if let Ok(Some(status)) = trunk.try_wait() {
            server.take().map_or(Ok(()), stop)?;
            return Err(format!("trunk serve ended ({status})"));
        }
        let newest = newest_source();
        if newest != built {
            built = newest;
            say("Building the server");
            match check(&mut cargo(&["build", "--package", "confab"])) {
                Ok(()) => {
                    server.take().map_or(Ok(()), stop)?;
                    say(format!(
                        "Server on http://localhost:8000, client on {CLIENT_ORIGIN}"
                    ));
                    server = Some(start(&mut server_command())?);
                }
                Err(problem) => say(format!("{problem}; waiting for a change")),
            }
        }
        if let Some(status) = server
            .as_mut()
            .and_then(|child| child.try_wait().ok().flatten())
        {
            say(format!("The server ended ({status}); waiting for a change"));
            server = None;
        }
        std::thread::sleep(POLL);
    }
}

fn server_command() -> Command {
    let mut server = command(
        target()
            .join("debug")
            .join(format!("confab{}", std::env::consts::EXE_SUFFIX)),
    );
    server.args([
        "serve",
        "--data-dir",
        "./data",
        "--allowed-origin",
        CLIENT_ORIGIN,
    ]);
    server
}

fn start(command: &mut Command) -> Result<Child> {
    command
        .spawn()
        .map_err(|error| format!("cannot start {}: {error}", crate::process::shown(command)))
}

/// Asks the server to stop, and insists when it does not.
fn stop(mut server: Child) -> Result<()> {
    if cfg!(unix) {
        let _ = check(command("kill").arg("-TERM").arg(server.id().to_string()));
        let began = SystemTime::now();
        while began.elapsed().is_ok_and(|passed| passed < STOP) {
            if matches!(server.try_wait(), Ok(Some(_))) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    let _ = server.kill();
    server
        .wait()
        .map(|_| ())
        .map_err(|error| format!("the server does not end: {error}"))
}

/// When a source last changed, and how many there are: removing one is a change too.
fn newest_source() -> Option<(SystemTime, usize)> {
    let files: Vec<_> = WATCHED
        .iter()
        .map(|name| root().join(name))
        .flat_map(|path| {
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect();
    let newest = files
        .iter()
        .filter_map(|path| path.metadata().ok()?.modified().ok())
        .max()?;
    Some((newest, files.len()))
}
