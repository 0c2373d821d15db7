//! The browser tests: what they need on this machine, and their run against a server of their own.

use super::{Outcome, counts, steps};
use crate::process::{cargo, check, command, on_path, path_with, tee, version_of};
use crate::workspace::{dist, read, root, target, tools, write};
use crate::{Result, apt, client, say};
use std::path::{Path, PathBuf};
use std::process::Command;

const OLDEST_NODE: u32 = 20;
/// What is fetched where the system's is older, as Debian 12's is: the program itself, as a package of npm.
const OWN_NODE: &str = "22.23.3";
const QUIET: [&str; 4] = [
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
];
const CHROMIUMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
];

pub(super) fn e2e() -> Result<Outcome> {
    let (succeeded, lines) = tee(node_with_all("npm")?.args(["test", "--silent"]))?;
    Ok(steps::tested(counts::of_node(&lines), succeeded))
}

/// `bench-client`: what the client has to do while it holds much.
pub(crate) fn bench_client() -> Result<()> {
    check(node_with_all("node")?.arg("work.bench.mjs"))
}

/// A program of Node's in the folder of the browser tests, with everything built and fetched that they use.
fn node_with_all(program: &str) -> Result<Command> {
    let tests = root().join("frontend/e2e");
    if !tests.join("package.json").exists() {
        return Err("frontend/e2e/package.json is missing: there are no browser tests".to_owned());
    }
    let (chromium, node) = programs()?;
    packages(&tests)?;
    client::build()?;
    // The same selection as `cargo test`, so that no dependency is compiled a second time with fewer features.
    check(&mut cargo(&[
        "build",
        "--workspace",
        "--exclude",
        "frontend",
        "--bin",
        "confab",
    ]))?;
    let server = target()
        .join("debug")
        .join(format!("confab{}", std::env::consts::EXE_SUFFIX));
    let bin = node.parent().unwrap_or_else(|| Path::new("")).to_owned();
    let own = bin.join(program);
    let mut run = command(if own.exists() { own } else { program.into() });
    run.current_dir(&tests)
        .env("PATH", path_with(&[bin])?)
        .env("CONFAB_BIN", server)
        .env("CONFAB_WEB", dist())
        .env("CONFAB_CHROMIUM", chromium);
    Ok(run)
}

/// Node, npm and Chromium; returns where Chromium and Node are.
fn programs() -> Result<(PathBuf, PathBuf)> {
    let mut missing = Vec::new();
    if on_path("node").is_none() {
        missing.push("nodejs");
    }
    if on_path("npm").is_none() {
        missing.push("npm");
    }
    if chromium().is_none() {
        missing.push("chromium");
    }
    if !missing.is_empty() {
        apt::install(&missing, "for the browser tests")?;
    }
    let chromium = chromium().ok_or_else(|| "there is no Chromium on PATH".to_owned())?;
    Ok((chromium, node()?))
}

/// The Node on PATH if it is new enough, or else our own copy, fetched when it is missing.
fn node() -> Result<PathBuf> {
    let fits = |node: &PathBuf| major_of(node).is_some_and(|major| major >= OLDEST_NODE);
    if let Some(node) = on_path("node").filter(fits) {
        return Ok(node);
    }
    let arch = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x64"
    };
    let package = format!("node-{}-{arch}", std::env::consts::OS);
    let into = tools().join("node-own");
    let own = into.join("node_modules").join(&package).join("bin/node");
    if fits(&own) {
        return Ok(own);
    }
    say(format!(
        "Fetching Node {OWN_NODE} into target/tools for the browser tests (half a minute, once)"
    ));
    check(
        command("npm")
            .args(["install", "--prefix"])
            .arg(into)
            .args(QUIET)
            .arg(format!("{package}@{OWN_NODE}")),
    )?;
    if fits(&own) {
        Ok(own)
    } else {
        Err(format!(
            "the browser tests need Node {OLDEST_NODE} or newer, and {package} could not be fetched"
        ))
    }
}

fn chromium() -> Option<PathBuf> {
    CHROMIUMS.into_iter().find_map(on_path)
}

/// `v20.20.2` is the first word here, not the second.
fn major_of(node: &Path) -> Option<u32> {
    let text =
        crate::process::capture(command(node).arg("--version")).or_else(|| version_of(node))?;
    text.trim()
        .trim_start_matches('v')
        .split('.')
        .next()?
        .parse()
        .ok()
}

/// The npm packages of the lock file, fetched when it changed since they were.
fn packages(tests: &Path) -> Result<()> {
    let lock = tests.join("package-lock.json");
    let (verb, wanted) = if lock.exists() {
        ("ci", read(&lock)?)
    } else {
        ("install", String::new())
    };
    let stamp = tests.join("node_modules/.confab-lock");
    if read(&stamp).is_ok_and(|last| last == wanted) {
        return Ok(());
    }
    say("Fetching the packages of the browser tests (half a minute, when their lock file changes)");
    check(command("npm").arg(verb).args(QUIET).current_dir(tests))?;
    write(&stamp, wanted.as_bytes())
}
