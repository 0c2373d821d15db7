//! The `bench` command: data as after years of use, and what the server needs for its work, measured from
//! outside through its own doors.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command talks to its terminal"
)]

mod chance;
mod compare;
mod cores;
mod flat;
mod http;
mod load;
mod place;
mod process;
mod report;
mod seed;
mod single;
mod wire;
mod yardstick;

use clap::{Parser, Subcommand};
use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Instant};

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fill an empty data folder with people, rooms and messages.
    Seed {
        /// The folder; it must not hold a database yet.
        #[arg(long)]
        data_dir: PathBuf,
        #[command(flatten)]
        size: seed::Size,
    },
    /// Compare what requests cost in two seeded folders.
    Flat {
        /// The `confab` program.
        #[arg(long)]
        binary: PathBuf,
        /// The folder with little in it.
        #[arg(long)]
        small: PathBuf,
        /// The folder with much in it.
        #[arg(long)]
        large: PathBuf,
        /// Only those whose name has this in it.
        #[arg(long)]
        only: Option<String>,
    },
    /// Measure Confab and the yardstick in turn, in all scenarios, and print the table.
    Compare {
        /// The `confab` program.
        #[arg(long)]
        binary: PathBuf,
        /// Where data folders are made and taken away again; on the disk that is meant.
        #[arg(long)]
        scratch: PathBuf,
        /// Everything small, short and once: whether it works, not how fast it is.
        #[arg(long)]
        quick: bool,
        /// Only these.
        scenarios: Vec<String>,
    },
    /// One conversation with a server that runs already.
    Load(single::Load),
    /// Serve as the yardstick.
    Yardstick {
        /// Where.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// Join what came at once into one write for each receiver.
        #[arg(long)]
        coalesce: bool,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            eprintln!("bench: {words}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), String> {
    match command {
        Command::Seed { data_dir, size } => {
            let began = Instant::now();
            seed::seed(&data_dir, &size)?;
            println!(
                "{} messages of {} people in {} rooms, in {:.0} s",
                size.messages,
                size.people(),
                size.rooms(),
                began.elapsed().as_secs_f64()
            );
            let [everywhere, teammate] = seed::LOGINS;
            println!(
                "To sign in: {everywhere} (in {} rooms) or {teammate}, password {}",
                seed::ROOMS_OF_ONE,
                seed::PASSWORD
            );
            Ok(())
        }
        Command::Flat {
            binary,
            small,
            large,
            only,
        } => flat::compare(&binary, &small, &large, only.as_deref()),
        Command::Compare {
            binary,
            scratch,
            quick,
            scenarios,
        } => compare::compare(&binary, &scratch, quick, &scenarios),
        Command::Load(load) => load.run(),
        Command::Yardstick { listen, coalesce } => yardstick::serve(listen, coalesce),
    }
}
