//! One number for everything that goes into a build, so that an unchanged client is not built again.
//! Content is hashed, not times: a fresh checkout or a branch switched to and back changes nothing.

use crate::Result;
use crate::workspace::{all_files_below, files_below, read_bytes, root};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

/// The client's sources below the root, and what works on them; browser tests are no part of it.
const SOURCES: [&str; 2] = ["frontend", "shared"];
const NOT_SOURCES: &str = "frontend/e2e";
const SINGLE_FILES: [&str; 9] = [
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "xtask/src/client.rs",
    "xtask/src/compress.rs",
    "xtask/src/esbuild.rs",
    "xtask/src/npm.rs",
    "xtask/src/styles.rs",
    "xtask/src/wasm_opt.rs",
];

/// The client's sources together with `tools`, the words that say what builds it.
pub(crate) fn of_client_sources(tools: &str) -> Result<u64> {
    let root = root();
    let mut hasher = DefaultHasher::new();
    tools.hash(&mut hasher);
    let below = SOURCES.iter().flat_map(|dir| files_below(&root.join(dir)));
    let single = SINGLE_FILES.iter().map(|file| root.join(file));
    for path in single.chain(below.filter(|path| !path.starts_with(root.join(NOT_SOURCES)))) {
        path.strip_prefix(&root).unwrap_or(&path).hash(&mut hasher);
        read_bytes(&path)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

/// Names and lengths below `dir`: enough to see that somebody removed or replaced a file.
pub(crate) fn of_output(dir: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    for path in all_files_below(dir) {
        let length = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
        path.strip_prefix(dir).unwrap_or(&path).hash(&mut hasher);
        length.hash(&mut hasher);
    }
    hasher.finish()
}
