//! Fuzzing for a minute: what must hold for any bytes is tried with those that reach new code. Needs a nightly
//! compiler; what is found is kept in `target/fuzz`, what is worth keeping goes into `backend/fuzz/seeds`.

use super::Outcome;
use crate::process::{capture, check, command, on_path, path_with, shown};
use crate::tools::install;
use crate::workspace::{root, target, tools};
use crate::{Result, print};
use std::fs::{File, create_dir_all, read_to_string};
use std::process::Command;

/// Newer ones may ask for a newer compiler.
const CARGO_FUZZ: &str = "0.13.1";
const TARGETS: [&str; 3] = ["frames", "markup", "answers"];
/// How long, in seconds; `CONFAB_FUZZ_SECONDS` makes it longer.
const SECONDS: u32 = 60;

/// Builds once, then tries all targets side by side.
pub(super) fn fuzz() -> Result<Outcome> {
    let toolchains = capture(command("rustup").args(["toolchain", "list"])).unwrap_or_default();
    if !toolchains.contains("nightly") {
        return Ok(Outcome::Skipped("there is no nightly compiler".to_owned()));
    }
    if on_path("cargo-fuzz").is_none() && !tools().join("bin/cargo-fuzz").exists() {
        let takes = "about a minute on two cores, once";
        if let Err(problem) = install("cargo-fuzz", CARGO_FUZZ, &[], takes) {
            return Ok(Outcome::Skipped(problem));
        }
    }
    check(fuzzer("build")?.args(["--fuzz-dir", "backend/fuzz"]))?;
    let seconds = std::env::var("CONFAB_FUZZ_SECONDS").ok();
    let seconds = seconds
        .and_then(|words| words.parse().ok())
        .unwrap_or(SECONDS);
    let mut running = Vec::new();
    for name in TARGETS {
        running.push((name, start(name, seconds)?));
    }
    let mut failed = Vec::new();
    for (name, (mut child, log)) in running {
        let status = child.wait().map_err(|error| format!("{name}: {error}"))?;
        let text = read_to_string(&log).unwrap_or_default();
        let last = text
            .lines()
            .rev()
            .take(if status.success() { 3 } else { 60 });
        let lines: Vec<&str> = last.collect();
        print(format!("{name}:"));
        lines.iter().rev().for_each(|line| print(*line));
        if !status.success() {
            failed.push(name);
        }
    }
    let passed = TARGETS.len() - failed.len();
    Ok(Outcome::Tested {
        passed,
        failed: failed.len(),
        problem: (!failed.is_empty()).then(|| failed.join(", ")),
    })
}

/// The program of nightly's cargo, with everything that it makes below `target`.
fn fuzzer(verb: &str) -> Result<Command> {
    let mut cargo = command("cargo");
    cargo
        .args(["+nightly", "fuzz", verb])
        .env("PATH", path_with(&[tools().join("bin")])?)
        .env("CARGO_TARGET_DIR", target().join("fuzz"))
        // Those that `cargo run` set would choose the stable compiler.
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("CARGO")
        .env_remove("RUSTC");
    Ok(cargo)
}

fn start(name: &str, seconds: u32) -> Result<(std::process::Child, std::path::PathBuf)> {
    let found = target().join("fuzz/found").join(name);
    let broken = target().join("fuzz/broken").join(name);
    let log = target().join(format!("fuzz/{name}.log"));
    for folder in [&found, &broken] {
        create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let output = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
    let copy = output.try_clone().map_err(|error| error.to_string())?;
    let mut run = fuzzer("run")?;
    run.args(["--fuzz-dir", "backend/fuzz", name])
        .arg(&found)
        .arg(root().join("backend/fuzz/seeds").join(name))
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/", broken.display()))
        // A message has 64 KB at most; long ones only slow the search.
        .args(["-max_len=4096", "-timeout=10", "-rss_limit_mb=1024"])
        .stdout(output)
        .stderr(copy);
    let child = run
        .spawn()
        .map_err(|error| format!("cannot start {}: {error}", shown(&run)))?;
    Ok((child, log))
}
