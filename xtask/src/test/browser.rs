//! The browser tests: what they need on this machine, and their run against a server of their own.

use super::{Outcome, counts, steps};
use crate::process::{cargo, check, command, on_path, tee, version_of};
use crate::workspace::{dist, read, root, target, write};
use crate::{Result, apt, client, say};
use std::path::{Path, PathBuf};

const OLDEST_NODE: u32 = 20;
const CHROMIUMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
];

pub(super) fn e2e() -> Result<Outcome> {
    let tests = root().join("frontend/e2e");
    if !tests.join("package.json").exists() {
        return Err("frontend/e2e/package.json is missing: there are no browser tests".to_owned());
    }
    let chromium = programs()?;
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
    let mut npm = command("npm");
    npm.args(["test", "--silent"]).current_dir(&tests);
    npm.env("CONFAB_BIN", server)
        .env("CONFAB_WEB", dist())
        .env("CONFAB_CHROMIUM", chromium);
    let (succeeded, lines) = tee(&mut npm)?;
    Ok(steps::tested(counts::of_node(&lines), succeeded))
}

/// Node, npm and Chromium; returns where Chromium is.
fn programs() -> Result<PathBuf> {
    let mut missing = Vec::new();
    let node = on_path("node").and_then(|node| major_of(&node));
    if node.is_none() {
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
    let node = on_path("node")
        .and_then(|node| major_of(&node))
        .unwrap_or(0);
    if node < OLDEST_NODE {
        return Err(format!(
            "node is version {node}; the browser tests need {OLDEST_NODE} or newer"
        ));
    }
    chromium().ok_or_else(|| "there is no Chromium on PATH".to_owned())
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
    let quiet = [
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ];
    check(command("npm").arg(verb).args(quiet).current_dir(tests))?;
    write(&stamp, wanted.as_bytes())
}
