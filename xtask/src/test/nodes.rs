//! The API tests once more, each place being two nodes and then three, with every request and socket on another one.
//! The tests start a Redis of their own; this step brings the program.

use super::{Outcome, counts, steps};
use crate::process::{cargo, on_path, tee};
use crate::{Result, apt, say};

pub(super) fn nodes() -> Result<Outcome> {
    redis()?;
    let mut all_well = true;
    let mut lines = Vec::new();
    for count in ["2", "3"] {
        say(format!("{count} nodes"));
        let mut tests = cargo(&["test", "--package", "confab", "--test", "api"]);
        tests.arg("--no-fail-fast").env("CONFAB_TEST_NODES", count);
        let (well, more) = tee(&mut tests)?;
        all_well &= well;
        lines.extend(more);
    }
    Ok(steps::tested(counts::of_cargo(&lines), all_well))
}

/// What tests of several nodes start.
pub(super) fn redis() -> Result<()> {
    if on_path("redis-server").is_some() {
        return Ok(());
    }
    apt::install(&["redis-server"], "for the tests of several nodes")
}
