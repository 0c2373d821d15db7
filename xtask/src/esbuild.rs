//! `esbuild`, which takes the blanks and the long names out of loader and styles. Optional, as wasm-opt is.

use crate::process::{capture, check, command};
use crate::{Result, npm, say};
use std::path::{Path, PathBuf};

/// An esbuild of exactly the pinned version.
pub(crate) struct Esbuild {
    program: PathBuf,
    pub(crate) version: &'static str,
}

impl Esbuild {
    /// Our own copy, fetched when npm is there.
    pub(crate) fn find() -> Option<Self> {
        if let Some(found) = Self::own() {
            return Some(found);
        }
        let fetched = npm::fetch();
        let found = Self::own();
        if found.is_none() {
            let problem = fetched.err().unwrap_or_default();
            say(format!(
                "No esbuild: loader and styles will be larger. {problem}"
            ));
        }
        found
    }

    fn own() -> Option<Self> {
        let program = npm::program("esbuild");
        let version = npm::pinned("esbuild")?;
        let says = capture(command(&program).arg("--version"))?;
        (says.trim() == version).then_some(Self { program, version })
    }

    /// Rewrites a style sheet or a module in place; what a module exports keeps its name.
    pub(crate) fn minify(&self, file: &Path) -> Result<()> {
        let mut minify = command(&self.program);
        minify
            .args(["--minify", "--target=es2022", "--legal-comments=none"])
            .args(["--log-level=warning", "--allow-overwrite"]);
        if file.extension().is_some_and(|it| it == "js") {
            minify.arg("--format=esm");
        }
        minify
            .arg(file)
            .arg(format!("--outfile={}", file.display()));
        check(&mut minify)
    }
}
