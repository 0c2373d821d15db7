//! `chaos`: real servers and many clients through every fault, by the program of `backend/lab`. This file owns the build and
//! what the machine needs for it.

use crate::process::{cargo, check, command, on_path};
use crate::test::{nodes, postgres};
use crate::workspace::built;
use crate::{Result, apt, say};
use std::path::Path;

/// How long it goes on as a step of `test`, with one node and with three: in CI, and where somebody waits for it.
const CI_MINUTES: [&str; 2] = ["7", "3"];
const MINUTES: [&str; 2] = ["1", "1"];

/// Builds both programs and runs them; `--release` is for the build, the rest goes to the program.
pub(crate) fn chaos(args: &[String]) -> Result<()> {
    let release = args.iter().any(|arg| arg == "--release");
    let rest: Vec<&String> = args.iter().filter(|arg| *arg != "--release").collect();
    clock();
    let several = has_several_nodes(&rest);
    if several {
        nodes::redis()?;
        postgres::programs()?;
    }
    // The same selection as `cargo test`, so that no dependency is compiled a second time with fewer features.
    let mut build = cargo(&["build", "--workspace", "--exclude", "frontend"]);
    build.args(["--bin", "confab", "--bin", "chaos"]);
    if several {
        build.args(["--features", "confab/postgres"]);
    }
    if release {
        build.arg("--release");
    }
    check(&mut build)?;
    let profile = if release { "release" } else { "debug" };
    let mut chaos = command(built(profile, "chaos"));
    chaos.arg("--server").arg(built(profile, "confab"));
    check(chaos.args(rest))
}

/// Whether the words for the program ask for more than one node; what is no number is the program's to refuse.
fn has_several_nodes(words: &[&String]) -> bool {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let number = match word.strip_prefix("--nodes") {
            Some("") => words.next().map(|next| next.as_str()),
            Some(rest) => rest.strip_prefix('='),
            None => continue,
        };
        if let Some(number) = number {
            return number.parse().is_ok_and(|number: u8| number > 1);
        }
    }
    false
}

/// The step of `test`.
pub(crate) fn step() -> Result<()> {
    let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
    let [alone, together] = if in_ci { CI_MINUTES } else { MINUTES };
    let run = |words: [&str; 4]| chaos(&words.map(str::to_owned));
    run(["--nodes", "1", "--minutes", alone])?;
    run(["--nodes", "3", "--minutes", together])
}

/// The library that sets the clock of one process. Without it the run goes on, and says that no clock was set.
fn clock() {
    let there = Path::new("/usr/bin/faketime").exists() || on_path("faketime").is_some();
    if !there && let Err(problem) = apt::install(&["faketime"], "to set the server's clock") {
        say(problem);
    }
}

#[cfg(test)]
mod tests {
    use super::has_several_nodes;

    #[test]
    fn several_nodes_are_seen_in_both_ways_to_ask_for_them() {
        let several = |line: &str| {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            has_several_nodes(&words.iter().collect::<Vec<_>>())
        };
        assert!(several("--seed 1 --nodes 3") && several("--nodes=2 --seed 1"));
        assert!(!several("--seed 3") && !several("--nodes 1") && !several("--nodes"));
    }
}
