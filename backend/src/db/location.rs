//! Where the data lives, and how a connection to it is opened, as the writer and the readers need it. Knows no table.

#[cfg(feature = "postgres")]
use super::postgres::{self, Address};
use super::{
    conn::{self, Conn},
    prepared,
};
use diesel::{QueryResult, connection::SimpleConnection};
use std::{
    fmt,
    path::{Path, PathBuf},
};

/// Where the data lives.
#[derive(Clone, Debug)]
pub enum Location {
    /// A file.
    Sqlite(PathBuf),
    /// A server that several nodes share.
    #[cfg(feature = "postgres")]
    Postgres(Address),
}

/// Says where without any password.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            #[cfg(feature = "postgres")]
            Self::Postgres(address) => address.fmt(f),
        }
    }
}

impl Location {
    /// `confab.db` in the data folder when there is no URL.
    ///
    /// # Errors
    /// One line that says what to change.
    pub fn parse(url: Option<&str>, data_dir: &Path) -> Result<Self, String> {
        match url {
            None => Ok(Self::Sqlite(data_dir.join("confab.db"))),
            Some(url) => Self::of_url(url).map_err(|words| format!("--database-url {words}")),
        }
    }

    /// Reads `sqlite://PATH` or `postgres://…`.
    ///
    /// # Errors
    /// What to write instead; it never repeats more than the scheme, since the rest may hold a password.
    pub fn of_url(url: &str) -> Result<Self, String> {
        match url.split_once("://") {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            #[cfg(feature = "postgres")]
            Some(("postgres" | "postgresql", rest)) if !rest.is_empty() => {
                Ok(Self::Postgres(Address::new(url)))
            }
            #[cfg(not(feature = "postgres"))]
            Some(("postgres" | "postgresql", _)) => Err(
                "postgres://… is not spoken by this build: build it with `cargo xtask build --features postgres`"
                    .into(),
            ),
            scheme => Err(format!(
                "{} is not understood: write sqlite:///path/to/confab.db or postgres://USER@HOST/NAME",
                scheme.map_or("this", |(scheme, _)| scheme)
            )),
        }
    }

    /// Whether several nodes on several machines can share it.
    pub fn is_postgres(&self) -> bool {
        !matches!(self, Self::Sqlite(_))
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// The database's words.
    pub fn open(&self) -> Result<Conn, String> {
        match self {
            Self::Sqlite(path) => conn::open(path),
            #[cfg(feature = "postgres")]
            Self::Postgres(address) => postgres::open(address).map(Conn::Postgres),
        }
    }

    /// Brings the tables up to date; tells which migrations ran.
    ///
    /// # Errors
    /// The words of the first one that failed; those before it stay.
    pub fn migrate(&self) -> Result<Vec<String>, String> {
        conn::migrate(&mut self.open()?)
    }

    /// Writes the database of one moment into a new file, while others read and write, and checks the copy.
    ///
    /// # Errors
    /// The database's words; that it is no file.
    pub fn copy_into(&self, to: &Path) -> Result<(), String> {
        let words = |error: &dyn fmt::Display| format!("{self} cannot be copied: {error}");
        match self {
            Self::Sqlite(path) if path.is_file() => {
                conn::copy(path, to).map_err(|error| words(&error))
            }
            Self::Sqlite(_) => Err(words(&"it is not there")),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Err(words(&"it is no file")),
        }
    }

    /// Opens a connection that changes nothing.
    ///
    /// # Errors
    /// The database's words.
    pub fn open_reader(&self) -> Result<Conn, String> {
        let mut conn = self.open()?;
        let read_only = match self {
            Self::Sqlite(_) => "PRAGMA query_only = ON",
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => postgres::READ_ONLY,
        };
        conn.batch_execute(read_only)
            .map_err(|error| error.to_string())?;
        Ok(conn)
    }
}

/// Begins a write while no other connection is writing, whoever's it is.
///
/// # Errors
/// The database's, such as that somebody else was writing for too long.
pub fn begin_write(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        #[cfg(feature = "postgres")]
        Conn::Postgres(conn) => postgres::begin_write(conn),
        conn => prepared::run(conn, "BEGIN IMMEDIATE"),
    }
}

/// Begins a read of one state.
pub(super) fn begin_read(conn: &mut Conn) -> QueryResult<()> {
    let begin = match dialect(conn) {
        Dialect::Sqlite => "BEGIN",
        #[cfg(feature = "postgres")]
        Dialect::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    };
    prepared::run(conn, begin)
}

/// Ends whatever transaction there is, and says whether the connection is still good for anything.
pub(super) fn rolled_back(conn: &mut Conn) -> bool {
    let ended = prepared::run(conn, "ROLLBACK").is_ok();
    // A file does not go away; where there is no transaction, SQLite refuses to end it.
    ended || dialect(conn) == Dialect::Sqlite
}

/// Where the two databases take different words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite's.
    Sqlite,
    /// Postgres's.
    #[cfg(feature = "postgres")]
    Postgres,
}

/// The words that this connection takes.
pub fn dialect(conn: &Conn) -> Dialect {
    #[cfg(feature = "postgres")]
    if matches!(conn, Conn::Postgres(_)) {
        return Dialect::Postgres;
    }
    let _ = conn;
    Dialect::Sqlite
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Location, String> {
        Location::parse(Some(url), Path::new("data"))
    }

    #[test]
    fn a_path_is_sqlite_and_nothing_is_the_data_folder() {
        for (url, path) in [
            (Some("sqlite:///srv/a.db"), "/srv/a.db"),
            (Some("sqlite://a.db"), "a.db"),
            (None, "data/confab.db"),
        ] {
            let at = Location::parse(url, Path::new("data")).unwrap();
            assert!(matches!(at, Location::Sqlite(found) if found == Path::new(path)));
        }
    }

    #[test]
    fn what_is_refused_repeats_no_password() {
        for url in [
            "mysql://root:hunter2@db",
            "hunter2",
            "sqlite://",
            "postgres://",
        ] {
            let words = parse(url).unwrap_err();
            assert!(words.contains("--database-url"), "{words}");
            assert!(!words.contains("hunter2"), "{words}");
        }
    }
}
