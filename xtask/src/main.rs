//! `cargo xtask`: the repository's own commands. This file owns the command line and nothing else;
//! every command lives in the module of its name.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program speaks on the terminal"
)]

mod apt;
mod bench;
mod chaos;
mod client;
mod compress;
mod debian;
mod dev;
mod esbuild;
mod first_load;
mod names;
mod npm;
mod process;
mod run;
mod stamp;
mod styles;
mod test;
mod tidy;
mod tools;
mod wasm_opt;
mod workspace;

use std::process::ExitCode;

const HELP: &str = "\
Confab's own commands.

Usage: cargo xtask <command>

  run [-- <args>]   build client and server, then start on http://localhost:8000 with the data in
                    ./data; what follows `--` goes to `confab serve`. The first run fetches what is
                    missing (wasm target, Trunk, wasm-bindgen) and says so; later ones take seconds
  dev               server on :8000 rebuilt and restarted when a source changes, client on :8080
                    with reload
  build [--features postgres]
                    client and server in release, without starting; the server speaks Postgres with
                    that feature (`run` turns it on when the address of the database asks for it)
  client            the client alone: build, precompress, print the sizes of the first load
  test [<step>...]  every check and every test, or only the steps named:
                    fmt tidy clippy doc deny unit postgres nodes fuzz client e2e chaos bench
  chaos [--minutes N --seed S --nodes N] [--release]
                    many clients and a real server through cut and stalled connections, kills, restarts, a full
                    disk and a clock that jumps; at the end nothing may be lost, doubled or different. Several
                    nodes share a Redis and a Postgres of their own, which break as well
  bench [--quick] [--binary <confab>] [<scenario>...]
                    the server's processor time and delays against a yardstick of bare system calls, as a table;
                    scenarios: f100_high f1000_high rooms_high f100_max sends idle connect fresh storm
  seed --data-dir <folder> [--messages N]
                    fill an empty data folder with people, rooms and messages, as after years of use
  bench-client      how much work the client has with a message and a change of room while it holds 500 rooms and 10,000
                    messages, in Chromium with the processor slowed to a quarter; docs/performance.md
  tidy              the repository's rules: file headers, file sizes, directions, styles, migrations
  styles            the client's style sheet alone; Trunk asks for it before each build
  help              this page
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = args.split_first() else {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    };
    if rest
        .iter()
        .take_while(|arg| *arg != "--")
        .any(|arg| arg == "--help" || arg == "-h")
    {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let outcome = match (command.as_str(), rest) {
        ("help" | "--help" | "-h", _) => {
            print!("{HELP}");
            Ok(())
        }
        ("run", args) => run::run(args),
        ("build", []) => run::build(""),
        ("build", [flag, features]) if flag == "--features" => run::build(features),
        ("client", []) => client::build().and_then(|()| first_load::show()),
        ("dev", []) => dev::dev(),
        ("test", steps) => test::test(steps),
        ("bench-client", []) => test::browser::bench_client(),
        ("chaos", args) => chaos::chaos(args),
        ("bench", args) => bench::bench(args),
        ("seed", args) => bench::seed(args),
        ("tidy", []) => tidy::tidy(),
        ("styles", []) => styles::write_sheet(),
        ("build" | "client" | "dev" | "bench-client" | "tidy" | "styles", _) => {
            Err(format!("`{command}` takes no such arguments"))
        }
        _ => Err(format!(
            "there is no command `{command}`; see `cargo xtask help`"
        )),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Why a command could not do its work, in words for the person at the terminal.
type Result<T> = std::result::Result<T, String>;

/// One line of progress.
fn say(line: impl AsRef<str>) {
    println!("==> {}", line.as_ref());
}

/// One line of plain output.
fn print(line: impl AsRef<str>) {
    println!("{}", line.as_ref());
}
