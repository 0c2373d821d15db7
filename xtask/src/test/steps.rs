//! The steps of `test` that need no browser.

use super::{Outcome, counts, nodes, postgres};
use crate::process::{capture, cargo, check, command, on_path, path_with, shown, tee};
use crate::tools::{Compiler, WASM, compiler, install, web_command};
use crate::workspace::tools;
use crate::{Result, apt, debian, first_load, print, say};

/// Newer ones may ask for a newer compiler.
const CARGO_DENY: &str = "0.20.2";
/// The route that echoes frames, and the tests that need it. The browser tests run without, and look that it is not there.
const CONFORMANCE: &str = "confab/conformance";
const DENY_WARNINGS: [&str; 3] = ["--", "-D", "warnings"];

pub(super) fn fmt() -> Result<Outcome> {
    component("fmt", "rustfmt")?;
    checked(check(&mut cargo(&["fmt", "--all", "--check"])))
}

pub(super) fn tidy() -> Result<Outcome> {
    checked(crate::tidy::tidy())
}

/// Native code with its tests, the server with Postgres once more, then the client for the one target that it builds for.
pub(super) fn clippy() -> Result<Outcome> {
    component("clippy", "clippy")?;
    let native =
        check(cargo(&["clippy", "--all-targets", "--features", CONFORMANCE]).args(DENY_WARNINGS));
    checked(native.and_then(|()| server_clippy()).and(client_clippy()))
}

fn server_clippy() -> Result<()> {
    postgres::library()?;
    let server = ["--package", "confab", "--features", "confab/postgres"];
    check(
        cargo(&["clippy", "--all-targets"])
            .args(server)
            .args(DENY_WARNINGS),
    )
}

fn client_clippy() -> Result<()> {
    // The client's own profile: the macros and build scripts that clippy compiles are then those of the build.
    let client = [
        "--package",
        "frontend",
        "--target",
        WASM,
        "--profile",
        "client",
    ];
    match compiler()? {
        Compiler::Same => {
            let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let mut clippy = web_command(Compiler::Same, cargo)?;
            check(clippy.arg("clippy").args(client).args(DENY_WARNINGS))
        }
        Compiler::Debian => {
            say("Debian's compiler has no clippy for the client; checking that it compiles");
            let mut check_only = web_command(Compiler::Debian, debian::cargo().get_program())?;
            check(check_only.arg("check").args(client))
        }
    }
}

pub(super) fn doc() -> Result<Outcome> {
    checked(check(
        cargo(&["doc", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"),
    ))
}

/// Licences, sources and bans need no network; the advisories do.
pub(super) fn deny() -> Result<Outcome> {
    let own = tools().join("bin");
    if on_path("cargo-deny").is_none() && !own.join("cargo-deny").exists() {
        let takes = "about 6 minutes on two cores, once";
        if let Err(problem) = install("cargo-deny", CARGO_DENY, &[], takes) {
            return Ok(Outcome::Skipped(problem));
        }
    }
    let path = path_with(&[own])?;
    let deny = |checks: &[&str]| {
        let mut deny = cargo(&["deny", "--workspace", "check", "--hide-inclusion-graph"]);
        deny.args(checks).env("PATH", &path);
        deny
    };
    check(&mut deny(&["licenses", "bans", "sources"]))?;
    let mut advisories = deny(&["advisories"]);
    let output = advisories
        .output()
        .map_err(|error| format!("cannot start {}: {error}", shown(&advisories)))?;
    let report = String::from_utf8_lossy(&output.stderr);
    print(report.trim());
    if output.status.success() {
        Ok(Outcome::Checked)
    } else if report.contains("failed to fetch advisory database") {
        Ok(Outcome::Skipped(
            "licences, bans and sources are ok; the advisory database is out of reach".to_owned(),
        ))
    } else {
        Err("an advisory concerns a dependency".to_owned())
    }
}

/// Unit, property and API tests of everything that runs natively, and then of what in the client needs no browser. Apart,
/// so that neither compiles the dependencies with the features of the other.
pub(super) fn unit() -> Result<Outcome> {
    nodes::redis()?;
    let everything = [
        "test",
        "--workspace",
        "--exclude",
        "frontend",
        "--features",
        CONFORMANCE,
        "--no-fail-fast",
    ];
    let client = ["test", "--package", "frontend", "--no-fail-fast"];
    let (all_well, mut lines) = tee(&mut cargo(&everything))?;
    let (client_well, more) = tee(&mut cargo(&client))?;
    lines.extend(more);
    Ok(tested(counts::of_cargo(&lines), all_well && client_well))
}

/// The client as it is shipped, and the limit of its first load.
pub(super) fn client() -> Result<Outcome> {
    // It brings wasm-opt, without which the first load is measured a third too large.
    if on_path("npm").is_none() && apt::allowed() {
        apt::install(&["nodejs", "npm"], "to fetch wasm-opt")?;
    }
    crate::client::build()?;
    checked(first_load::check())
}

/// Clients and a server through every fault; the seed that it prints repeats the plan.
pub(super) fn chaos() -> Result<Outcome> {
    checked(crate::chaos::step())
}

/// Every scenario of the benchmark, small: that it works and nothing is lost, never how fast it is.
pub(super) fn bench() -> Result<Outcome> {
    if !cfg!(target_os = "linux") {
        return Ok(Outcome::Skipped(
            "the benchmark reads /proc, which Linux alone has".to_owned(),
        ));
    }
    checked(crate::bench::step())
}

/// A runner that fails without a failed test (it did not compile, say) still counts as one.
pub(super) fn tested(counts: counts::Counts, succeeded: bool) -> Outcome {
    let counts::Counts { passed, failed } = counts;
    match (succeeded, failed) {
        (true, 0) if passed > 0 => Outcome::Tested {
            passed,
            failed,
            problem: None,
        },
        (true, 0) => Outcome::Tested {
            passed,
            failed: 1,
            problem: Some("no test ran".to_owned()),
        },
        (_, 0) => Outcome::Tested {
            passed,
            failed: 1,
            problem: Some("the tests did not run to their end".to_owned()),
        },
        _ => Outcome::Tested {
            passed,
            failed,
            problem: Some("see above".to_owned()),
        },
    }
}

fn checked(outcome: Result<()>) -> Result<Outcome> {
    outcome.map(|()| Outcome::Checked)
}

/// A part of the toolchain that a minimal installation leaves out.
fn component(subcommand: &str, name: &str) -> Result<()> {
    if capture(&mut cargo(&[subcommand, "--version"])).is_some() {
        return Ok(());
    }
    say(format!("Adding {name} with rustup (a few seconds, once)"));
    check(command("rustup").args(["component", "add", name]))
        .map_err(|problem| format!("{problem}; run `rustup component add {name}`"))
}
