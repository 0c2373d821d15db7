//! `wasm-opt`, which takes a third off the client's size. Optional: without one the client is larger and works.

use crate::process::{capture, check, command, on_path};
use crate::{Result, npm, say};
use std::path::{Path, PathBuf};

/// Older ones lack a pass that is used here, or do not read what today's compilers write.
const OLDEST: u32 = 120;

/// Measured by what brotli leaves, not by the file: `-Oz` has the smaller file and more to send. Functions in the order of
/// their names lie beside their likes, which brotli rewards; the names themselves are not written.
const PASSES: [&str; 3] = ["-Os", "--converge", "--reorder-functions-by-name"];

/// What browsers have had since 2021 and the compiler may use; wasm-opt refuses a module that uses more than it is told.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// A `wasm-opt` and the version that it says it is.
pub(crate) struct WasmOpt {
    program: PathBuf,
    pub(crate) version: u32,
}

impl WasmOpt {
    /// One on PATH, or our own copy, fetched when npm is there.
    pub(crate) fn find() -> Option<Self> {
        let own = || Self::at(npm::program("wasm-opt"));
        if let Some(found) = on_path("wasm-opt").and_then(Self::at).or_else(own) {
            return Some(found);
        }
        let fetched = npm::fetch();
        let found = own();
        if found.is_none() {
            let problem = fetched.err().unwrap_or_default();
            say(format!(
                "No wasm-opt: the client will be a third larger. {problem}"
            ));
        }
        found
    }

    fn at(program: PathBuf) -> Option<Self> {
        let version = version_in(&capture(command(&program).arg("--version"))?)?;
        (version >= OLDEST).then_some(Self { program, version })
    }

    /// Rewrites `module` in place, for size.
    pub(crate) fn shrink(&self, module: &Path) -> Result<()> {
        let smaller = module.with_extension("wasm-opt");
        let mut optimise = command(&self.program);
        optimise
            .args(PASSES)
            .args(FEATURES)
            .arg(module)
            .arg("-o")
            .arg(&smaller);
        check(&mut optimise)?;
        std::fs::rename(&smaller, module)
            .map_err(|error| format!("cannot replace {}: {error}", module.display()))
    }
}

/// `wasm-opt version 132 (version_132)`
fn version_in(text: &str) -> Option<u32> {
    text.split_whitespace()
        .skip_while(|word| *word != "version")
        .nth(1)?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_version_is_the_number_after_the_word() {
        assert_eq!(
            super::version_in("wasm-opt version 132 (version_132)"),
            Some(132)
        );
        assert_eq!(super::version_in("something else"), None);
    }
}
