//! The `confab` command: reads the command line, sets up the log, and hands over to the library.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command talks to its terminal"
)]

use clap::{Parser, Subcommand};
use confab::{
    app::{self, Server},
    auth::secrets,
    backup,
    config::{Config, Data, Hashing},
    db::Location,
    features::accounts::cli,
};
use std::{path::PathBuf, process::ExitCode};
use tracing_subscriber::EnvFilter;

/// Chat for your own people, on your own machine.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API, and the client when --web-dir names it.
    Serve(Config),
    /// Bring the tables up to date and stop.
    Migrate(Data),
    /// Copy all data into a new folder, while the server runs.
    Backup {
        /// The folder to make.
        #[arg(long)]
        to: PathBuf,
        #[command(flatten)]
        data: Data,
    },
    /// Move everything from one database into an empty one of the other kind.
    CopyDatabase {
        /// Where the data is, `sqlite://PATH` or `postgres://USER:PASSWORD@HOST/NAME`.
        #[arg(long, env = "CONFAB_COPY_FROM", hide_env_values = true)]
        from: String,
        /// Where it shall be.
        #[arg(long, env = "CONFAB_COPY_TO", hide_env_values = true)]
        to: String,
    },
    /// Look after accounts.
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Look after the keys.
    Secrets {
        #[command(subcommand)]
        command: SecretsCommand,
    },
}

#[derive(Subcommand)]
enum UserCommand {
    /// All accounts.
    List(Data),
    /// Make an account; the password is read from standard input.
    Create {
        /// The name to sign in with.
        username: String,
        #[command(flatten)]
        data: Data,
        #[command(flatten)]
        hashing: Hashing,
    },
    /// Give an account a new password, read from standard input, and end its sessions.
    SetPassword {
        /// Whose.
        username: String,
        #[command(flatten)]
        data: Data,
        #[command(flatten)]
        hashing: Hashing,
    },
    /// Make someone an admin.
    MakeAdmin {
        /// Whom.
        username: String,
        #[command(flatten)]
        data: Data,
    },
}

#[derive(Subcommand)]
enum SecretsCommand {
    /// Make a new signing key; the present one stays good until the next rotation. Takes effect at the next start.
    Rotate(Data),
}

#[actix_web::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli.command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            eprintln!("confab: {words}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), String> {
    match command {
        Command::Serve(config) => serve(config).await,
        Command::Migrate(data) => {
            app::open_data(&data)?;
            println!("The tables are up to date.");
            Ok(())
        }
        Command::Backup { to, data } => {
            println!("{}", backup::backup(&data, &to)?);
            Ok(())
        }
        Command::CopyDatabase { from, to } => copy_database(&from, &to),
        Command::User { command } => user(command).await,
        Command::Secrets {
            command: SecretsCommand::Rotate(data),
        } => {
            app::make_data_dir(&data.data_dir)?;
            secrets::rotate(&data.data_dir)?;
            println!("The next start signs with a new key; tokens of the old one stay good.");
            Ok(())
        }
    }
}

#[cfg(feature = "postgres")]
fn copy_database(from: &str, to: &str) -> Result<(), String> {
    let (from, to) = (Location::of_url(from)?, Location::of_url(to)?);
    for moved in confab::db::copy(&from, &to)? {
        println!("{:>12} {}", moved.rows, moved.table);
    }
    println!("{to} holds all that {from} holds. Keys and pictures stay in the data folder.");
    Ok(())
}

/// Refuses the URL that this build does not speak.
#[cfg(not(feature = "postgres"))]
fn copy_database(from: &str, to: &str) -> Result<(), String> {
    Location::of_url(from).and(Location::of_url(to))?;
    Err("one of the two is a sqlite:// and the other a postgres:// URL".into())
}

async fn user(command: UserCommand) -> Result<(), String> {
    let words = match command {
        UserCommand::List(data) => cli::list(&app::open_data(&data)?).await?,
        UserCommand::Create {
            username,
            data,
            hashing,
        } => {
            cli::create(
                &app::open_data(&data)?,
                &app::start_passwords(&hashing)?,
                &username,
            )
            .await?
        }
        UserCommand::SetPassword {
            username,
            data,
            hashing,
        } => {
            cli::set_password(
                &app::open_data(&data)?,
                &app::start_passwords(&hashing)?,
                &username,
            )
            .await?
        }
        UserCommand::MakeAdmin { username, data } => {
            cli::make_admin(&app::open_data(&data)?, &username).await?
        }
    };
    println!("{words}");
    Ok(())
}

async fn serve(config: Config) -> Result<(), String> {
    let filter = EnvFilter::try_from_env("CONFAB_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    // Structured for machines; the words for people go to standard output.
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_writer(std::io::stderr)
        .with_env_filter(filter)
        .init();
    app::raise_open_files();
    let server = Server::bind(config).await?;
    let app = server.app();
    let url = app
        .config
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{}", local_name(server.address())));
    println!("Confab is ready at {url}");
    if let Some(code) = &app.setup_code {
        println!("The first account needs this set-up code: {code}");
    }
    let stopper = server.stopper();
    actix_web::rt::spawn(async move {
        signalled().await;
        tracing::info!("stopping");
        stopper.stop().await;
    });
    server.run().await.map_err(|error| error.to_string())?;
    tracing::info!("stopped");
    Ok(())
}

/// `localhost` reads better than a loopback address, and is what browsers trust with the same rights.
fn local_name(address: std::net::SocketAddr) -> String {
    if address.ip().is_loopback() {
        format!("localhost:{}", address.port())
    } else {
        address.to_string()
    }
}

async fn signalled() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
