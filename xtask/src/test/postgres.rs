//! The tests of the server once more, with the data in Postgres. The tests start a Postgres of their own; this step
//! brings the programs, and what the server is linked with.

use super::{Outcome, counts, nodes, steps};
use crate::process::{cargo, on_path, tee};
use crate::{Result, apt};
use std::path::Path;
use std::process::Command;

/// With the route of the protocol tests, so that they run on it as well.
const FEATURES: &str = "confab/postgres,confab/conformance";

pub(super) fn postgres() -> Result<Outcome> {
    nodes::redis()?;
    programs()?;
    let (well, lines) = tee(&mut tests(&[]))?;
    Ok(steps::tested(counts::of_cargo(&lines), well))
}

/// `cargo test` of the server on Postgres; `which` narrows it.
pub(super) fn tests(which: &[&str]) -> Command {
    let mut tests = cargo(&["test", "--package", "confab", "--features", FEATURES]);
    tests
        .args(which)
        .arg("--no-fail-fast")
        .env("CONFAB_TEST_DATABASE", "postgres");
    tests
}

/// What the tests start, and what the server is linked with.
pub(crate) fn programs() -> Result<()> {
    if !has_server() {
        apt::install(&["postgresql", "libpq-dev"], "for the tests on Postgres")?;
    }
    library()
}

/// What the server is linked with.
pub(super) fn library() -> Result<()> {
    if on_path("pg_config").is_some() || Path::new("/usr/include/postgresql/libpq-fe.h").exists() {
        return Ok(());
    }
    apt::install(&["libpq-dev"], "to build with Postgres")
}

/// Debian keeps the programs of each version in a folder that is on nobody's path.
fn has_server() -> bool {
    if on_path("initdb").is_some() && on_path("postgres").is_some() {
        return true;
    }
    std::fs::read_dir("/usr/lib/postgresql").is_ok_and(|versions| {
        versions
            .flatten()
            .any(|version| version.path().join("bin/initdb").exists())
    })
}
