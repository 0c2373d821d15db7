//! `run` and `build`: the product as a visitor of the repository gets it, with one command.

use crate::process::{cargo, check, command};
use crate::workspace::{dist, target};
use crate::{Result, client, say};
use std::path::PathBuf;
use std::process::Command;

/// Client and server, ready to start; the server with more than it has by itself, such as `postgres`.
pub(crate) fn build(features: &str) -> Result<()> {
    client::build()?;
    say(if binary().exists() {
        "Building the server"
    } else {
        "Building the server (4 minutes the first time)"
    });
    let mut server = cargo(&["build", "--release", "--package", "confab"]);
    check(server.args(["--features", features]))
}

/// Builds, then becomes the server: signals and the exit code are its own.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let args = match args.split_first() {
        Some((first, rest)) if first == "--" => rest,
        Some((first, _)) => {
            return Err(format!(
                "`{first}` is not known; arguments of the server follow after `--`"
            ));
        }
        None => args,
    };
    build(if wants_postgres(args) { "postgres" } else { "" })?;
    let mut server = command(binary());
    server.arg("serve");
    if !given(args, "--data-dir") {
        server.args(["--data-dir", "./data"]);
    }
    if !given(args, "--web-dir") {
        server.arg("--web-dir").arg(dist());
    }
    server.args(args);
    say(
        "Starting Confab on http://localhost:8000 unless its arguments say otherwise; Ctrl-C stops it",
    );
    become_it(&mut server)
}

fn binary() -> PathBuf {
    target()
        .join("release")
        .join(format!("confab{}", std::env::consts::EXE_SUFFIX))
}

/// Whether the data is in Postgres, which the server speaks only when it is built for it.
fn wants_postgres(args: &[String]) -> bool {
    let by_variable = std::env::var("CONFAB_DATABASE_URL").unwrap_or_default();
    args.iter()
        .map(|arg| arg.strip_prefix("--database-url=").unwrap_or(arg))
        .chain([by_variable.as_str()])
        .any(|url| url.starts_with("postgres"))
}

fn given(args: &[String], flag: &str) -> bool {
    args.iter().any(|arg| {
        arg.strip_prefix(flag)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    })
}

#[cfg(unix)]
fn become_it(server: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    Err(format!("cannot start the server: {}", server.exec()))
}

#[cfg(not(unix))]
fn become_it(server: &mut Command) -> Result<()> {
    check(server)
}

#[cfg(test)]
mod tests {
    use super::{given, wants_postgres};

    #[test]
    fn a_flag_is_seen_in_both_its_forms() {
        let args = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert!(given(&args("--data-dir /srv"), "--data-dir"));
        assert!(given(&args("--data-dir=/srv"), "--data-dir"));
        assert!(!given(&args("--data-directory /srv"), "--data-dir"));
    }

    #[test]
    fn an_address_of_postgres_asks_for_a_server_that_speaks_it() {
        let args = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert!(wants_postgres(&args("--database-url postgres://db/chat")));
        assert!(wants_postgres(&args("--database-url=postgres://db/chat")));
        assert!(!wants_postgres(&args("--database-url sqlite://a.db")));
    }
}
