//! The way out where rustup cannot fetch the wasm32 library: Debian's `rustc-web` builds it from `rust-web-src`.
//! That takes unstable cargo features, which `RUSTC_BOOTSTRAP` opens in a release compiler.

use crate::process::{command, version_of};
use crate::workspace::tools;
use crate::{Result, apt};
use std::path::{Path, PathBuf};
use std::process::Command;

const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld"];
const RUSTC: &str = "/usr/bin/rustc";
const CARGO: &str = "/usr/bin/cargo";
const SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std/Cargo.toml";

/// True when compiler and library source are there and new enough.
pub(crate) fn is_installed() -> bool {
    problem().is_none()
}

/// Installs the packages where that is allowed.
pub(crate) fn install() -> Result<()> {
    if is_installed() {
        return Ok(());
    }
    apt::install(&PACKAGES, "to build the client with Debian's compiler")?;
    problem().map_or(Ok(()), Err)
}

fn problem() -> Option<String> {
    let wanted = env!("CARGO_PKG_RUST_VERSION");
    let Some(version) = version_of(Path::new(RUSTC)) else {
        return Some(format!("there is no {RUSTC}"));
    };
    if minor(&version) < minor(wanted) {
        return Some(format!(
            "{RUSTC} is {version}; this workspace needs {wanted}"
        ));
    }
    [CARGO, SOURCE, "/usr/bin/wasm-ld"]
        .into_iter()
        .find(|path| !Path::new(path).exists())
        .map(|path| format!("there is no {path}"))
}

/// A directory where `cargo` and `rustc` are Debian's and nothing else is, to stand first on PATH.
pub(crate) fn bin() -> Result<PathBuf> {
    let dir = tools().join("debian");
    let made = std::fs::create_dir_all(&dir).and_then(|()| {
        for (name, program) in [("cargo", CARGO), ("rustc", RUSTC)] {
            link(Path::new(program), &dir.join(name))?;
        }
        Ok(())
    });
    made.map_err(|error| format!("cannot fill {}: {error}", dir.display()))?;
    Ok(dir)
}

#[cfg(unix)]
fn link(program: &Path, name: &Path) -> std::io::Result<()> {
    if name.exists() {
        Ok(())
    } else {
        std::os::unix::fs::symlink(program, name)
    }
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// What makes Debian's cargo build the standard library for wasm32 along with the client.
pub(crate) fn environment(command: &mut Command) {
    command
        .env("CARGO", CARGO)
        .env("RUSTC", RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld")
        // Both point into the toolchain that runs xtask.
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("LD_LIBRARY_PATH");
}

/// Debian's cargo, for a check that needs no Trunk.
pub(crate) fn cargo() -> Command {
    command(CARGO)
}

fn minor(version: &str) -> u32 {
    version
        .split('.')
        .nth(1)
        .and_then(|part| part.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn versions_compare_by_their_minor_number() {
        assert!(super::minor("1.96.0") >= super::minor("1.95"));
        assert!(super::minor("1.85.0+dfsg") < super::minor("1.95"));
    }
}
