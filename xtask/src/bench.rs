//! `bench` and `seed`: the program of `backend/bench`, built and started. This file owns the builds and the folder that the
//! benchmark's data lie in.

use crate::Result;
use crate::process::{cargo, check, command};
use crate::workspace::{built, target};
use std::path::{Path, PathBuf};

/// The benchmark, in release. The server is this repository's, unless `--binary` names another.
pub(crate) fn bench(args: &[String]) -> Result<()> {
    let mut rest = args.to_vec();
    let own = built("release", "confab");
    let mut packages = vec!["--package", "bench"];
    let binary = match rest.iter().position(|arg| arg == "--binary") {
        Some(at) if at + 1 < rest.len() => {
            rest.remove(at);
            PathBuf::from(rest.remove(at))
        }
        Some(_) => return Err("`--binary` needs a path".to_owned()),
        None => {
            packages.extend(["--package", "confab"]);
            own
        }
    };
    check(cargo(&["build", "--release", "--bins"]).args(packages))?;
    compare("release", &binary, &rest)
}

/// The step of `test`: small, and with the programs that the other steps have built.
pub(crate) fn step() -> Result<()> {
    // The same selection as `cargo test`, so that no dependency is compiled a second time with fewer features.
    let mut build = cargo(&["build", "--workspace", "--exclude", "frontend"]);
    check(build.args(["--bin", "confab", "--bin", "bench"]))?;
    compare("debug", &built("debug", "confab"), &["--quick".to_owned()])
}

/// Data as after years of use.
pub(crate) fn seed(args: &[String]) -> Result<()> {
    check(&mut cargo(&["build", "--release", "--package", "bench"]))?;
    check(command(built("release", "bench")).arg("seed").args(args))
}

fn compare(profile: &str, binary: &Path, args: &[String]) -> Result<()> {
    let mut compare = command(built(profile, "bench"));
    compare.arg("compare").arg("--binary").arg(binary);
    // Beside what is built: on a disk, which a folder for temporary files need not be.
    compare.arg("--scratch").arg(target().join("bench"));
    check(compare.args(args))
}
