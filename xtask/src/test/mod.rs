//! `test`: every check and every test, in one order, stopping at nothing. The last line says how many single tests
//! passed and failed; a check that runs no tests counts as one.

pub(crate) mod browser;
mod counts;
mod fuzz;
pub(crate) mod nodes;
pub(crate) mod postgres;
mod steps;

use crate::{Result, print, say};
use std::time::{Duration, Instant};

/// What a step came to.
enum Outcome {
    /// A check, which counts as one test.
    Checked,
    /// Tests that ran, and why the step failed if it did.
    Tested {
        passed: usize,
        failed: usize,
        problem: Option<String>,
    },
    /// Not possible here, with the reason. Counts as nothing.
    Skipped(String),
}

type Step = (&'static str, fn() -> Result<Outcome>);

const STEPS: [Step; 13] = [
    ("fmt", steps::fmt),
    ("tidy", steps::tidy),
    ("clippy", steps::clippy),
    ("doc", steps::doc),
    ("deny", steps::deny),
    ("unit", steps::unit),
    ("postgres", postgres::postgres),
    ("nodes", nodes::nodes),
    ("fuzz", fuzz::fuzz),
    ("client", steps::client),
    ("e2e", browser::e2e),
    ("chaos", steps::chaos),
    ("bench", steps::bench),
];

struct Line {
    step: &'static str,
    result: String,
    took: Duration,
    passed: usize,
    failed: usize,
}

/// Runs the steps named, or all.
pub(crate) fn test(named: &[String]) -> Result<()> {
    let known = |name: &String| STEPS.iter().any(|(step, _)| step == name);
    if let Some(unknown) = named.iter().find(|name| !known(name)) {
        let all: Vec<&str> = STEPS.iter().map(|(step, _)| *step).collect();
        return Err(format!(
            "there is no step `{unknown}`; the steps are {}",
            all.join(" ")
        ));
    }
    let wanted = STEPS
        .iter()
        .filter(|(step, _)| named.is_empty() || named.iter().any(|name| name == step));
    let lines: Vec<Line> = wanted.map(run).collect();

    print("");
    print(format!("{:8}{:>8}  result", "step", "seconds"));
    for Line {
        step, result, took, ..
    } in &lines
    {
        print(format!("{step:8}{:>8.1}  {result}", took.as_secs_f64()));
    }
    let passed: usize = lines.iter().map(|line| line.passed).sum();
    let failed: usize = lines.iter().map(|line| line.failed).sum();
    print("");
    print(format!("{passed} passed, {failed} failed"));
    if failed == 0 {
        return Ok(());
    }
    // The summary's last line stays the last one.
    std::process::exit(1)
}

fn run(&(step, run): &Step) -> Line {
    print("");
    say(format!("{step} …"));
    let began = Instant::now();
    let (result, passed, failed) = match run() {
        Ok(Outcome::Checked) => ("ok".to_owned(), 1, 0),
        Ok(Outcome::Skipped(reason)) => (format!("skipped: {reason}"), 0, 0),
        Ok(Outcome::Tested {
            passed,
            failed,
            problem: None,
        }) => (format!("ok: {passed} passed"), passed, failed),
        Ok(Outcome::Tested {
            passed,
            failed,
            problem: Some(problem),
        }) => (
            format!("FAILED: {passed} passed, {failed} failed: {problem}"),
            passed,
            failed,
        ),
        Err(problem) => (format!("FAILED: {problem}"), 0, 1),
    };
    say(format!("{step}: {result}"));
    Line {
        step,
        result,
        took: began.elapsed(),
        passed,
        failed,
    }
}
