//! The key that signs tokens, and the one before it: made at the first start, kept in the data folder
//! with mode 0600, or given by the environment. A short or well-known key is refused.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// 256 bits: what HS256 needs (RFC 7518, 3.2).
const KEY_BYTES: usize = 32;
/// 256 bits written in base64; shorter text cannot hold them.
const TEXT_CHARS: usize = 43;
const CURRENT: &str = "CONFAB_JWT_SECRET";
const PREVIOUS: &str = "CONFAB_JWT_SECRET_PREVIOUS";

/// The key that signs, and the one that still verifies.
pub(super) struct Secrets {
    pub(super) current: Vec<u8>,
    pub(super) previous: Option<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    current: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    previous: Option<String>,
}

/// Reads the keys from the environment, else from the data folder, making them there at the first start.
pub(super) fn load(data_dir: &Path) -> Result<Secrets, String> {
    let given = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
    load_from(data_dir, given(CURRENT), given(PREVIOUS))
}

fn load_from(
    data_dir: &Path,
    current: Option<String>,
    previous: Option<String>,
) -> Result<Secrets, String> {
    match (current, previous) {
        (Some(current), previous) => {
            check(CURRENT, &current)?;
            if let Some(previous) = &previous {
                check(PREVIOUS, previous)?;
            }
            Ok(Secrets {
                current: current.into_bytes(),
                previous: previous.map(String::into_bytes),
            })
        }
        (None, Some(_)) => Err(format!(
            "{PREVIOUS} is set without {CURRENT}: set both or neither."
        )),
        (None, None) => stored(data_dir)?.decode(&path(data_dir)),
    }
}

/// Makes a new signing key; the old one verifies until the next turn. A running server takes it up at its
/// next start.
///
/// # Errors
/// One line for a person: which file cannot be read or written.
pub fn rotate(data_dir: &Path) -> Result<(), String> {
    let old = stored(data_dir)?;
    let new = Stored {
        current: random_key()?,
        previous: Some(old.current),
    };
    replace(&path(data_dir), &new)
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("secrets.json")
}

fn stored(data_dir: &Path) -> Result<Stored, String> {
    let path = path(data_dir);
    match fs::read_to_string(&path) {
        Ok(text) => {
            // A backup restored with a wide umask should not stay readable by everyone on the machine.
            fs::set_permissions(&path, Permissions::from_mode(0o600))
                .map_err(|error| format!("{} cannot be made private: {error}", path.display()))?;
            serde_json::from_str(&text).map_err(|_| {
                format!(
                    "{} is not as Confab wrote it: restore it, or remove it to sign everybody out.",
                    path.display()
                )
            })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let made = Stored {
                current: random_key()?,
                previous: None,
            };
            replace(&path, &made)?;
            Ok(made)
        }
        Err(error) => Err(format!("{} cannot be read: {error}", path.display())),
    }
}

/// Writes beside and renames, so that a crash leaves the old file or the new one.
fn replace(path: &Path, secrets: &Stored) -> Result<(), String> {
    let beside = path.with_extension("json.new");
    let words = |error: std::io::Error| format!("{} cannot be written: {error}", path.display());
    let text = serde_json::to_string_pretty(secrets).map_err(|error| error.to_string())?;
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(words(error)),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)
        .map_err(words)?;
    file.write_all(text.as_bytes()).map_err(words)?;
    file.sync_all().map_err(words)?;
    fs::rename(&beside, path).map_err(words)?;
    if let Some(folder) = path.parent() {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(words)?;
    }
    Ok(())
}

impl Stored {
    fn decode(self, path: &Path) -> Result<Secrets, String> {
        let key = |text: &str| {
            URL_SAFE_NO_PAD
                .decode(text)
                .ok()
                .filter(|key| key.len() >= KEY_BYTES)
                .ok_or_else(|| format!("{} holds a key that is too short or broken: restore the file, or remove it to sign everybody out.", path.display()))
        };
        Ok(Secrets {
            current: key(&self.current)?,
            previous: self.previous.as_deref().map(key).transpose()?,
        })
    }
}

fn random_key() -> Result<String, String> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key)
        .map_err(|error| format!("The system gives no random bytes: {error}"))?;
    Ok(URL_SAFE_NO_PAD.encode(key))
}

/// Refuses a key that somebody could guess (S-JWT-4).
fn check(name: &str, text: &str) -> Result<(), String> {
    let advice = "make one with `openssl rand -base64 48`";
    if text.len() < TEXT_CHARS {
        return Err(format!(
            "{name} is too short: it needs 256 random bits, {TEXT_CHARS} characters of base64; {advice}."
        ));
    }
    let lower = text.to_ascii_lowercase();
    let example = [
        "secret",
        "password",
        "changeme",
        "change-me",
        "change_me",
        "example",
        "insecure",
        "confab",
        "your-",
        "your_",
        "0123456789",
        "abcdefgh",
    ];
    let mut distinct: Vec<u8> = text.bytes().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if example.iter().any(|word| lower.contains(word)) || distinct.len() < 10 {
        return Err(format!(
            "{name} looks like an example, not like random bits: {advice}."
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            let path = std::env::temp_dir().join(format!(
                "confab-secrets-{}",
                uuid::Uuid::from_bytes(random())
            ));
            fs::create_dir(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn random() -> [u8; 16] {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn s_jwt_4_the_first_start_makes_a_private_key_that_later_starts_find_again() {
        let folder = Folder::new();
        let first = load_from(&folder.0, None, None).unwrap();
        assert_eq!(first.current.len(), KEY_BYTES);
        let mode = fs::metadata(path(&folder.0)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let second = load_from(&folder.0, None, None).unwrap();
        assert_eq!(first.current, second.current);
    }

    #[test]
    fn s_jwt_4_after_a_rotation_the_old_key_is_the_previous_one() {
        let folder = Folder::new();
        let before = load_from(&folder.0, None, None).unwrap();
        rotate(&folder.0).unwrap();
        let after = load_from(&folder.0, None, None).unwrap();
        assert_ne!(after.current, before.current);
        assert_eq!(after.previous, Some(before.current));
    }

    #[test]
    fn s_jwt_4_short_and_well_known_keys_are_refused_with_words() {
        let folder = Folder::new();
        for bad in [
            "kq3",
            "your-256-bit-secret",
            "a-string-secret-at-least-256-bits-long-and-then-some",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "please-change-me-please-change-me-please-change-me",
        ] {
            let error = load_from(&folder.0, Some(bad.into()), None).err().unwrap();
            assert!(error.contains("CONFAB_JWT_SECRET"), "{error}");
            assert!(!error.contains(bad), "the key itself is not repeated");
        }
        let good = random_key().unwrap();
        assert!(load_from(&folder.0, Some(good.clone()), Some(good)).is_ok());
    }

    #[test]
    fn s_jwt_4_a_damaged_file_stops_the_start_instead_of_being_replaced() {
        let folder = Folder::new();
        fs::write(path(&folder.0), "{\"current\":\"c2hvcnQ\"}").unwrap();
        assert!(load_from(&folder.0, None, None).is_err());
        fs::write(path(&folder.0), "not json").unwrap();
        assert!(load_from(&folder.0, None, None).is_err());
        assert_eq!(fs::read_to_string(path(&folder.0)).unwrap(), "not json");
    }
}
