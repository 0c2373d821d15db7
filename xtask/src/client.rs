//! The client: Trunk builds it, wasm-opt and esbuild shrink it, compressed copies go beside it in `frontend/dist`.
//! Nothing is done when neither sources, tools nor output changed since the last time.

use crate::esbuild::Esbuild;
use crate::process::check;
use crate::tools::{Compiler, Kit, small_library, web_target};
use crate::wasm_opt::WasmOpt;
use crate::workspace::{all_files_below, dist, root, write};
use crate::{Result, compress, names, say, stamp};
use std::path::PathBuf;

/// The cargo profile of the workspace that is made for small modules.
const PROFILE: &str = "client";

/// Builds the client into `frontend/dist` if that is not up to date.
pub(crate) fn build() -> Result<()> {
    if !root().join("frontend/index.html").exists() {
        return Err("frontend/index.html is missing".to_owned());
    }
    let kit = Kit::ready()?;
    let wasm_opt = WasmOpt::find();
    let esbuild = Esbuild::find();
    let tools = format!(
        "{:?} trunk {} wasm-bindgen {} wasm-opt {} esbuild {}",
        kit.compiler,
        kit.trunk_version,
        kit.wasm_bindgen_version,
        wasm_opt.as_ref().map_or(0, |found| found.version),
        esbuild.as_ref().map_or("none", |found| found.version),
    );
    let stamp_file = web_target(kit.compiler).join("client.stamp");
    let sources = stamp::of_client_sources(&tools)?;
    let shown = |output: u64| format!("{sources:016x} {output:016x}\n");
    if std::fs::read_to_string(&stamp_file)
        .is_ok_and(|last| last == shown(stamp::of_output(&dist())))
    {
        say("The client is up to date");
        return Ok(());
    }

    say(match kit.compiler {
        Compiler::Same => {
            "Building the client (3 minutes the first time, then as long as its own code takes)"
        }
        Compiler::Debian => {
            "Building the client and its standard library with Debian's compiler (4 minutes at first)"
        }
    });
    let mut trunk = kit.trunk(&["build", "--cargo-profile", PROFILE])?;
    small_library(kit.compiler, &mut trunk);
    check(&mut trunk)?;
    shrink(wasm_opt.as_ref());
    shorten_names();
    minify(esbuild.as_ref());
    let compressed = compress::directory(&dist())?;
    say(format!("Compressed {compressed} files in frontend/dist"));
    // The sources of before the build: what changed meanwhile is built the next time.
    write(&stamp_file, shown(stamp::of_output(&dist())).as_bytes())
}

/// A module that wasm-opt cannot read is served as it is.
fn shrink(wasm_opt: Option<&WasmOpt>) {
    let Some(wasm_opt) = wasm_opt else { return };
    for module in built("wasm") {
        say("Shrinking the client with wasm-opt (half a minute)");
        if let Err(problem) = wasm_opt.shrink(&module) {
            say(format!("{problem}; going on with the larger module"));
        }
    }
}

/// A module whose names cannot be read keeps them, and so does its loader.
fn shorten_names() {
    for module in built("wasm") {
        let name = module.file_name().map(|name| name.to_string_lossy());
        let loader = name.and_then(|name| Some(name.strip_suffix("_bg.wasm")?.to_owned() + ".js"));
        let Some(loader) = loader else { continue };
        if let Err(problem) = names::shorten(&module, &module.with_file_name(loader)) {
            say(format!("{problem}; going on with the long ones"));
        }
    }
}

/// Loader and styles are served as they are where esbuild is missing or fails. The names that Trunk gave them stay: the
/// content follows from what it hashed.
fn minify(esbuild: Option<&Esbuild>) {
    let Some(esbuild) = esbuild else { return };
    for file in built("js").into_iter().chain(built("css")) {
        if let Err(problem) = esbuild.minify(&file) {
            say(format!("{problem}; going on with the larger file"));
        }
    }
}

/// The files of one kind that Trunk wrote.
fn built(extension: &str) -> Vec<PathBuf> {
    let mut files = all_files_below(&dist());
    files.retain(|path| path.extension().is_some_and(|it| it == extension));
    files
}
