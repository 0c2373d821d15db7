//! What an operator decides: flags and `CONFAB_*` variables, checked before anything starts.

mod origin;

pub use origin::Origin;

use crate::db::Location;
use clap::Args;
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

/// Where the data is.
#[derive(Args, Clone, Debug)]
pub struct Data {
    /// Folder of the database, the secrets and the files; made when it is not there.
    #[arg(long, env = "CONFAB_DATA_DIR", default_value = "./data")]
    pub data_dir: PathBuf,
    /// Where the data lives: `sqlite://PATH` or `postgres://USER:PASSWORD@HOST/NAME`; `confab.db` in the data folder
    /// when absent.
    #[arg(long, env = "CONFAB_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
}

/// How passwords are kept.
#[derive(Args, Clone, Debug)]
pub struct Hashing {
    /// Work factor of password hashes, 10–15; lower only for load tests.
    #[arg(long, env = "CONFAB_BCRYPT_COST", default_value_t = 12, value_parser = clap::value_parser!(u32).range(4..=15))]
    pub bcrypt_cost: u32,
    /// A secret mixed into every password hash; keep it for ever once set.
    #[arg(long, env = "CONFAB_PEPPER", hide_env_values = true, hide = true)]
    pub pepper: Option<String>,
}

/// Settings of `confab serve`.
#[derive(Args, Clone, Debug)]
pub struct Config {
    /// Address and port to listen on.
    #[arg(long, env = "CONFAB_LISTEN", default_value = "127.0.0.1:8000")]
    pub listen: SocketAddr,
    #[command(flatten)]
    pub data: Data,
    /// `redis://:PASSWORD@HOST:PORT` that all nodes share; one node alone when absent.
    #[arg(long, env = "CONFAB_REDIS_URL", hide_env_values = true)]
    pub redis_url: Option<String>,
    /// Folder of the built client to serve; the API alone when absent.
    #[arg(long, env = "CONFAB_WEB_DIR")]
    pub web_dir: Option<PathBuf>,
    /// The address that people type, such as `https://chat.example.org`; this machine alone when absent.
    #[arg(long, env = "CONFAB_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Another origin whose pages may use this server; may be repeated, or separated by commas.
    #[arg(
        long = "allowed-origin",
        env = "CONFAB_ALLOWED_ORIGIN",
        value_delimiter = ','
    )]
    pub allowed_origins: Vec<String>,
    /// A proxy whose `X-Forwarded-For` is believed; may be repeated, or separated by commas.
    #[arg(
        long = "trusted-proxy",
        env = "CONFAB_TRUSTED_PROXY",
        value_delimiter = ','
    )]
    pub trusted_proxies: Vec<IpAddr>,
    /// Serve a public address over plain http all the same.
    #[arg(long, env = "CONFAB_INSECURE_HTTP")]
    pub insecure_http: bool,
    #[command(flatten)]
    pub hashing: Hashing,
    /// `off` for load tests only.
    #[arg(long, env = "CONFAB_RATE_LIMITS", default_value = "on", value_parser = ["on", "off"])]
    pub rate_limits: String,
    /// Days without use after which a device is signed out.
    #[arg(long, env = "CONFAB_SESSION_IDLE_DAYS", default_value_t = 30, value_parser = clap::value_parser!(i64).range(1..=365))]
    pub session_idle_days: i64,
    /// Days after which a device signs in again, used or not.
    #[arg(long, env = "CONFAB_SESSION_MAX_DAYS", default_value_t = 90, value_parser = clap::value_parser!(i64).range(1..=3650))]
    pub session_max_days: i64,
    /// Threads that serve requests; one per core when absent.
    #[arg(long, env = "CONFAB_WORKERS", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub workers: Option<u16>,
    /// Most sockets at once on this server.
    #[arg(long, env = "CONFAB_MAX_SOCKETS", default_value_t = 50_000)]
    pub max_sockets: usize,
    /// Most sockets at once from one network (an IPv4 /24, an IPv6 /64); not counted without rate limits.
    #[arg(long, env = "CONFAB_MAX_SOCKETS_PER_NETWORK", default_value_t = 2_000)]
    pub max_sockets_per_network: usize,
}

impl Data {
    /// Where the data lives.
    ///
    /// # Errors
    /// One line that says what to change.
    pub fn database(&self) -> Result<Location, String> {
        Location::parse(self.database_url.as_deref(), &self.data_dir)
    }
}

impl Config {
    /// Whether requests are counted.
    pub fn limits_on(&self) -> bool {
        self.rate_limits != "off"
    }

    /// Most sockets from one network; none for load tests, which open all of theirs from one.
    pub fn sockets_per_network(&self) -> Option<usize> {
        self.limits_on().then_some(self.max_sockets_per_network)
    }

    /// The origin of the public address.
    pub fn public_origin(&self) -> Option<Origin> {
        self.public_url
            .as_deref()
            .and_then(|url| Origin::parse(url.trim_end_matches('/')))
    }

    /// Whether people reach the server by https.
    pub fn is_https(&self) -> bool {
        self.public_origin().is_some_and(|origin| origin.https)
    }

    /// Whether only this machine reaches the server.
    pub fn is_local(&self) -> bool {
        match self.public_origin() {
            Some(origin) => origin.is_loopback(),
            None => self.listen.ip().is_loopback(),
        }
    }

    /// Refuses what cannot work or is not safe.
    ///
    /// # Errors
    /// One line that says what to change.
    pub fn check(&self) -> Result<(), String> {
        self.data.database()?;
        if let Some(url) = &self.public_url {
            let Some(origin) = self.public_origin() else {
                return Err(format!(
                    "--public-url {url} is not an origin: write it like https://chat.example.org"
                ));
            };
            if !origin.https && !origin.is_loopback() && !self.insecure_http {
                return Err(format!(
                    "--public-url {url} would send passwords in the clear: use https, or add --insecure-http if you must"
                ));
            }
        } else if !self.listen.ip().is_loopback() && !self.insecure_http {
            return Err(format!(
                "--listen {} is reachable from outside: say under which address with --public-url https://…, or add --insecure-http if you must",
                self.listen
            ));
        }
        if let Some(origin) = self
            .allowed_origins
            .iter()
            .find(|origin| Origin::parse(origin).is_none())
        {
            return Err(format!(
                "--allowed-origin {origin} is not an origin: write it like https://app.example.org"
            ));
        }
        if self.session_idle_days > self.session_max_days {
            return Err("--session-idle-days is more than --session-max-days: lower it".into());
        }
        if let Some(dir) = &self.web_dir
            && !dir.join("index.html").is_file()
        {
            return Err(format!(
                "--web-dir {} has no index.html: build the client first, or leave it out",
                dir.display()
            ));
        }
        Ok(())
    }
}
