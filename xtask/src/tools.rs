//! The programs that build the client: found where they fit, fetched into `target/tools` where not.
//! A version that is not exactly right is as good as none: wasm-bindgen refuses a module of another version.

use crate::process::{capture, cargo, check, command, on_path, path_with, version_of};
use crate::workspace::{locked_version, root, target, tools};
use crate::{Result, debian, say};
use std::path::PathBuf;
use std::process::Command;

/// Newer ones ask for a newer compiler than this workspace does.
const TRUNK: &str = "0.21.14";
const TRUNK_LINE: &str = "0.21.";
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// The compiler that builds for wasm32.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Compiler {
    /// The one that builds everything else; it has the wasm32 library.
    Same,
    /// Debian's `rustc-web`, which builds the library from its source.
    Debian,
}

/// Everything that a client build needs.
pub(crate) struct Kit {
    pub(crate) compiler: Compiler,
    pub(crate) trunk: PathBuf,
    pub(crate) trunk_version: String,
    pub(crate) wasm_bindgen_version: String,
}

impl Kit {
    /// Finds or fetches compiler target, Trunk and wasm-bindgen.
    pub(crate) fn ready() -> Result<Self> {
        let compiler = compiler()?;
        let wanted = locked_version("wasm-bindgen")?;
        let bindgen = find("wasm-bindgen", |version| version == wanted);
        let trunk = find("trunk", |version| version.starts_with(TRUNK_LINE));
        if bindgen.is_none() {
            install(
                "wasm-bindgen-cli",
                &wanted,
                &["--bin", "wasm-bindgen"],
                "about 2 minutes on two cores, once",
            )?;
        }
        let (trunk, trunk_version) = match trunk {
            Some(found) => found,
            None => {
                let features = ["--no-default-features", "--features", "rustls"];
                install(
                    "trunk",
                    TRUNK,
                    &features,
                    "about 5 minutes on two cores, once",
                )?;
                (tools().join("bin/trunk"), TRUNK.to_owned())
            }
        };
        // Only of use while an install is unfinished; half a gigabyte.
        let _ = std::fs::remove_dir_all(tools().join("build"));
        Ok(Self {
            compiler,
            trunk,
            trunk_version,
            wasm_bindgen_version: wanted,
        })
    }

    /// Trunk, with the tools of this kit first on its PATH and no reason to download any.
    pub(crate) fn trunk(&self, args: &[&str]) -> Result<Command> {
        let mut trunk = web_command(self.compiler, &self.trunk)?;
        trunk
            .args(args)
            .env("TRUNK_TOOLS_WASM_BINDGEN", &self.wasm_bindgen_version)
            .env("TRUNK_SKIP_VERSION_CHECK", "true")
            // The hook in Trunk.toml calls this very program again instead of building it anew.
            .env(
                "CONFAB_XTASK",
                std::env::current_exe()
                    .map_err(|error| format!("cannot find this program: {error}"))?,
            )
            .env("CARGO_MANIFEST_DIR", root().join("xtask"))
            // Its backtraces hide what went wrong in the build.
            .env_remove("RUST_BACKTRACE")
            // Trunk 0.21 takes NO_COLOR for a boolean and refuses the usual `1`.
            .env_remove("NO_COLOR");
        Ok(trunk)
    }
}

/// A program whose cargo builds for wasm32, in a target directory of its own, so that it never waits for a native
/// build nor undoes one.
pub(crate) fn web_command(
    compiler: Compiler,
    program: impl AsRef<std::ffi::OsStr>,
) -> Result<Command> {
    let mut command = command(program);
    let own = tools().join("bin");
    match compiler {
        Compiler::Same => {
            command
                .env("CARGO_TARGET_DIR", web_target(compiler))
                .env("PATH", path_with(&[own])?);
        }
        Compiler::Debian => {
            command
                .env("CARGO_TARGET_DIR", web_target(compiler))
                .env("PATH", path_with(&[debian::bin()?, own])?);
            debian::environment(&mut command);
        }
    }
    Ok(command)
}

/// The target directory for wasm32.
pub(crate) fn web_target(compiler: Compiler) -> PathBuf {
    target().join(match compiler {
        Compiler::Same => "web",
        Compiler::Debian => "web-debian",
    })
}

/// The compiler for wasm32, with its library in place. `CONFAB_XTASK_WASM=debian` asks for Debian's, which is also the way
/// out where rustup cannot fetch what is missing. A library without its source comes last: the client is larger with it.
pub(crate) fn compiler() -> Result<Compiler> {
    if std::env::var_os("CONFAB_XTASK_WASM").is_some_and(|choice| choice == "debian") {
        debian::install()?;
        return Ok(Compiler::Debian);
    }
    let has_library = has_wasm_library() || {
        rustup(&["target", "add", WASM], "the wasm32 target");
        has_wasm_library()
    };
    if has_library && has_library_source() {
        return Ok(Compiler::Same);
    }
    match debian::install() {
        Ok(()) => Ok(Compiler::Debian),
        Err(_) if has_library => Ok(Compiler::Same),
        Err(problem) => Err(format!(
            "the Rust target {WASM} is missing and could not be added. Run `rustup target add {WASM}` where rustup \
             reaches its server, then this command again.\n{problem}"
        )),
    }
}

/// Asks rustup for what is missing; whether that helped is for the caller to see.
fn rustup(args: &[&str], what: &str) {
    if on_path("rustup").is_some() {
        say(format!("Adding {what} with rustup (half a minute, once)"));
        if check(command("rustup").args(args)).is_err() {
            say(format!("rustup could not fetch {what}"));
        }
    }
}

/// A directory of the compiler's own, below `lib/rustlib`.
fn rustlib(below: &str) -> Option<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let sysroot = capture(command(rustc).args(["--print", "sysroot"]))?;
    Some(
        PathBuf::from(sysroot.trim())
            .join("lib/rustlib")
            .join(below),
    )
}

/// Whether the source of the standard library is there; rustup is asked for it.
fn has_library_source() -> bool {
    let is_there = || rustlib("src/rust/library/std/Cargo.toml").is_some_and(|it| it.exists());
    is_there() || {
        rustup(
            &["component", "add", "rust-src"],
            "the source of the standard library",
        );
        is_there()
    }
}

/// Makes the command build the standard library along with the client: for size, and so that a panic stops the program
/// at once, without the code that would put it into words. Without the source the library is the compiler's own, and
/// the client larger.
pub(crate) fn small_library(compiler: Compiler, command: &mut Command) {
    if compiler == Compiler::Same && !has_library_source() {
        say(
            "The source of the standard library is missing (`rustup component add rust-src`): the client will be larger",
        );
        return;
    }
    command
        // Opens unstable cargo features in a release compiler.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort")
        .env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size")
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
            "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Zfmt-debug=none",
        );
}

fn has_wasm_library() -> bool {
    let Some(library) = rustlib(&format!("{WASM}/lib")) else {
        return false;
    };
    std::fs::read_dir(library).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

/// Our own copy, or one on PATH, if its version will do.
fn find(name: &str, fits: impl Fn(&str) -> bool) -> Option<(PathBuf, String)> {
    let own = tools()
        .join("bin")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    [Some(own), on_path(name)]
        .into_iter()
        .flatten()
        .find_map(|path| {
            let version = version_of(&path)?;
            fits(&version).then_some((path, version))
        })
}

pub(crate) fn install(package: &str, version: &str, features: &[&str], takes: &str) -> Result<()> {
    say(format!(
        "Building {package} {version} into target/tools ({takes})"
    ));
    let into = root().join("target/tools");
    let attempt = |locked: &[&str]| {
        let mut install = cargo(&["install", package, "--version", version, "--debug"]);
        install.args(locked).args(features).arg("--root").arg(&into);
        // A directory that outlives an interruption: the next attempt goes on where this one stopped.
        install.env("CARGO_TARGET_DIR", into.join("build"));
        check(&mut install)
    };
    attempt(&["--locked"]).or_else(|_| {
        say("Its own lock file names a crate that this registry does not have; trying without");
        attempt(&[])
    })
}
