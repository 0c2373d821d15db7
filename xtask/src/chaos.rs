//! `chaos`: real servers and many clients through every fault, by the program of `backend/lab`. This file owns the build and
//! what the machine needs for it.

use crate::process::{cargo, check, command, on_path};
use crate::workspace::built;
use crate::{Result, apt, say};
use std::path::Path;

/// How long it goes on as a step of `test`: in CI, and where somebody waits for it.
const CI_MINUTES: &str = "10";
const MINUTES: &str = "1";

/// Builds both programs and runs them; `--release` is for the build, the rest goes to the program.
pub(crate) fn chaos(args: &[String]) -> Result<()> {
    let release = args.iter().any(|arg| arg == "--release");
    let rest: Vec<&String> = args.iter().filter(|arg| *arg != "--release").collect();
    clock();
    // The same selection as `cargo test`, so that no dependency is compiled a second time with fewer features.
    let mut build = cargo(&["build", "--workspace", "--exclude", "frontend"]);
    build.args(["--bin", "confab", "--bin", "chaos"]);
    if release {
        build.arg("--release");
    }
    check(&mut build)?;
    let profile = if release { "release" } else { "debug" };
    let mut chaos = command(built(profile, "chaos"));
    chaos.arg("--server").arg(built(profile, "confab"));
    check(chaos.args(rest))
}

/// The step of `test`.
pub(crate) fn step() -> Result<()> {
    let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
    let minutes = if in_ci { CI_MINUTES } else { MINUTES };
    chaos(&["--minutes".to_owned(), minutes.to_owned()])
}

/// The library that sets the clock of one process. Without it the run goes on, and says that no clock was set.
fn clock() {
    let there = Path::new("/usr/bin/faketime").exists() || on_path("faketime").is_some();
    if !there && let Err(problem) = apt::install(&["faketime"], "to set the server's clock") {
        say(problem);
    }
}
