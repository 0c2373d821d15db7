//! Programs from npm that make the client smaller, in `target/tools/node`. All are optional: the client works without.

use crate::process::{check, command, on_path};
use crate::workspace::tools;
use crate::{Result, say};
use std::path::PathBuf;

/// Each carries prebuilt programs; the versions are pinned, so that what is sent depends on the sources alone.
const PACKAGES: [&str; 2] = ["binaryen@132", "esbuild@0.28.2"];

/// The version that `package` is pinned to.
pub(crate) fn pinned(package: &str) -> Option<&'static str> {
    PACKAGES
        .iter()
        .find_map(|it| it.strip_prefix(package)?.strip_prefix('@'))
}

/// Where `program` lies once its package has been fetched.
pub(crate) fn program(program: &str) -> PathBuf {
    tools().join("node/node_modules/.bin").join(program)
}

/// Fetches all packages in one go: a call for one alone would let go of what another was pinned to.
pub(crate) fn fetch() -> Result<()> {
    if on_path("npm").is_none() {
        return Err("there is no npm to fetch one with".to_owned());
    }
    say(format!(
        "Fetching {} into target/tools (half a minute, once)",
        PACKAGES.join(" and ")
    ));
    let quiet = [
        "install",
        "--save-exact",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--loglevel=error",
        "--prefix",
    ];
    check(
        command("npm")
            .args(quiet)
            .arg(tools().join("node"))
            .args(PACKAGES),
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_package_is_found_by_its_whole_name() {
        assert_eq!(super::pinned("binaryen"), Some("132"));
        assert_eq!(super::pinned("binary"), None);
    }
}
