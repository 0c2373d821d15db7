//! The API tests once more, each place being two nodes on one SQLite file and then three on a Postgres, with every
//! request and socket on another one. The tests start a Redis and a Postgres of their own; this step brings the programs.

use super::{Outcome, counts, postgres, steps};
use crate::process::{cargo, on_path, tee};
use crate::{Result, apt, say};

pub(super) fn nodes() -> Result<Outcome> {
    redis()?;
    postgres::programs()?;
    let api = ["--test", "api"];
    say("2 nodes on SQLite");
    let mut two = cargo(&["test", "--package", "confab", "--no-fail-fast"]);
    two.args(api);
    let (two_well, mut lines) = tee(two.env("CONFAB_TEST_NODES", "2"))?;
    say("3 nodes on Postgres");
    let mut three = postgres::tests(&api);
    let (three_well, more) = tee(three.env("CONFAB_TEST_NODES", "3"))?;
    lines.extend(more);
    Ok(steps::tested(
        counts::of_cargo(&lines),
        two_well && three_well,
    ))
}

/// What tests of several nodes start.
pub(crate) fn redis() -> Result<()> {
    if on_path("redis-server").is_some() {
        return Ok(());
    }
    apt::install(&["redis-server"], "for the tests of several nodes")
}
