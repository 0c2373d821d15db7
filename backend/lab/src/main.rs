//! `chaos`: many clients and a real server through every fault that a deployment meets, and a verdict at the end. This
//! file owns the command line and what is printed.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program speaks on the terminal"
)]

mod cast;
mod chance;
mod check;
mod cluster;
mod deeds;
mod device;
mod history;
mod http;
mod lab;
mod look;
mod moves;
mod plan;
mod proxy;
mod run;
mod server;
mod session;
mod socket;
mod stores;
mod truth;

use check::Finding;
use clap::Parser;
use lab::Lab;
use plan::Size;
use std::{path::PathBuf, process::ExitCode, rc::Rc, time::Instant};
use tokio::task::LocalSet;

/// Differences shown of each check.
const SHOWN: usize = 12;
/// Characters of each.
const WIDTH: usize = 1_200;

/// Runs real servers and clients through faults, and compares everything at the end.
#[derive(Debug, Parser)]
struct Words {
    /// The server's binary.
    #[arg(long)]
    server: PathBuf,
    /// How long the faults last.
    #[arg(long, default_value_t = 1.0)]
    minutes: f64,
    /// The plan follows from it; taken from the clock when absent.
    #[arg(long)]
    seed: Option<u64>,
    /// People who take part; every second one has two devices.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u16).range(2..=500))]
    people: u16,
    /// Milliseconds from one deed to the next, on average.
    #[arg(long, default_value_t = 80, value_parser = clap::value_parser!(u64).range(1..=60_000))]
    pace_ms: u64,
    /// Servers that serve them together, on a Postgres and a Redis that are started for them.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=9))]
    nodes: u8,
    /// A folder for data, log and clock; one below the system's for temporary files when absent.
    #[arg(long)]
    folder: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words = Words::parse();
    let seed = words
        .seed
        .unwrap_or_else(|| lab::clock().0.unsigned_abs() % 1_000_000);
    match LocalSet::new().run_until(chaos(&words, seed)).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("error: {problem}. The seed was {seed}");
            ExitCode::FAILURE
        }
    }
}

async fn chaos(words: &Words, seed: u64) -> Result<bool, String> {
    if !(words.minutes > 0.0 && words.minutes <= 1_440.0) {
        return Err("--minutes is above 0 and at most 1440".to_owned());
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it was looked at just now"
    )]
    let ms = (words.minutes * 60_000.0) as u64;
    let people = usize::from(words.people);
    let size = Size {
        ms,
        people,
        second: people / 2,
        pace_ms: words.pace_ms,
        nodes: usize::from(words.nodes),
    };
    let plan = plan::plan(seed, size);
    let nodes = match size.nodes {
        1 => String::new(),
        nodes => format!("{nodes} nodes, "),
    };
    say(&format!(
        "Seed {seed}: {} people with {} devices, {}{} steps in {} minutes, plan {:016x}",
        size.people,
        size.devices(),
        nodes,
        plan.len(),
        words.minutes,
        plan::digest(&plan)
    ));
    let folder = words.folder.clone().unwrap_or_else(|| {
        let name = format!("confab-chaos-{}", std::process::id());
        std::env::temp_dir().join(name)
    });
    let lab = Lab::new(seed);
    let began = Instant::now();
    let outcome = run::run(&lab, seed, size, &words.server, &folder).await;
    counts(&lab);
    let findings =
        outcome.map_err(|words| format!("{words}; data and log are in {}", folder.display()))?;
    let differences = verdict(&findings);
    println!();
    if differences == 0 {
        // Nobody needs it any more.
        let _ = std::fs::remove_dir_all(&folder);
        println!(
            "no difference; seed {seed}, {} s",
            began.elapsed().as_secs()
        );
        return Ok(true);
    }
    println!(
        "{differences} differences; seed {seed}; data and log are in {}",
        folder.display()
    );
    Ok(false)
}

fn counts(lab: &Rc<Lab>) {
    println!("\n{:>9}  what happened", "times");
    for (what, times) in &*lab.counts.borrow() {
        println!("{times:>9}  {what}");
    }
}

fn verdict(findings: &[Finding]) -> usize {
    println!("\n{:>9} {:>11}  check", "looked at", "differences");
    for finding in findings {
        println!(
            "{:>9} {:>11}  {}",
            finding.looked_at,
            finding.differences.len(),
            finding.check
        );
    }
    for finding in findings.iter().filter(|it| !it.differences.is_empty()) {
        println!("\n{}:", finding.check);
        for words in finding.differences.iter().take(SHOWN) {
            println!("  {}", words.chars().take(WIDTH).collect::<String>());
        }
    }
    findings.iter().map(|it| it.differences.len()).sum()
}

/// One line of progress.
fn say(line: &str) {
    println!("==> {line}");
}
