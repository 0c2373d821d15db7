//! Avatars on disk: two sizes each, under names of our own making, written whole or not at all.

use super::pictures::Rendered;
use crate::{
    config::Config,
    error::{AppError, Result},
};
use actix_web::web;
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The two sides there are, in pixels.
pub const SIDES: [u32; 2] = [64, 256];
/// Hexadecimal digits of a key: 128 random bits, which nobody guesses.
const KEY_DIGITS: usize = 32;

/// The folder of the avatars.
#[derive(Clone, Debug)]
pub struct Avatars {
    folder: PathBuf,
}

/// A picture as it is sent.
#[derive(Debug)]
pub struct Stored {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// Its type.
    pub mime: &'static str,
}

impl Avatars {
    /// Those of this server.
    pub fn of(config: &Config) -> Self {
        Self {
            folder: config.data.data_dir.join("avatars"),
        }
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes both sizes and tells the key under which they are found.
    ///
    /// # Errors
    /// `unavailable` when the disk takes nothing.
    pub async fn store(&self, rendered: Rendered) -> Result<String> {
        let mut id = [0; KEY_DIGITS / 2];
        getrandom::fill(&mut id).map_err(AppError::internal)?;
        let digits: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let key = format!("{digits}.{}", rendered.kind.extension());
        let (folder, name) = (self.folder.clone(), key.clone());
        blocking(move || {
            fs::create_dir_all(&folder)?;
            for (side, bytes) in SIDES.into_iter().zip([&rendered.small, &rendered.large]) {
                write_whole(&folder, &file_name(&name, side), bytes)?;
            }
            File::open(&folder)?.sync_all()
        })
        .await?;
        Ok(key)
    }

    /// Reads one size; `None` when there is no such key.
    ///
    /// # Errors
    /// `unavailable` when the disk gives nothing.
    pub async fn read(&self, key: &str, side: u32) -> Result<Option<Stored>> {
        let Some(mime) = mime_of(key).filter(|_| SIDES.contains(&side)) else {
            return Ok(None);
        };
        let path = self.folder.join(file_name(key, side));
        let bytes = blocking(move || match fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        })
        .await?;
        Ok(bytes.map(|bytes| Stored { bytes, mime }))
    }

    /// Removes both sizes. What is not there any more is as good as removed; a failure is only logged,
    /// since nothing refers to the files.
    pub async fn remove(&self, key: String) {
        if mime_of(&key).is_none() {
            return;
        }
        let folder = self.folder.clone();
        let removed = blocking(move || {
            for side in SIDES {
                match fs::remove_file(folder.join(file_name(&key, side))) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            Ok(())
        })
        .await;
        if let Err(error) = removed {
            tracing::warn!(%error, "an old avatar was not removed");
        }
    }
}

/// The type that a key stands for; `None` for what is no key of ours, so that no path can be smuggled in.
fn mime_of(key: &str) -> Option<&'static str> {
    let (digits, extension) = key.split_once('.')?;
    let hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    if digits.len() != KEY_DIGITS || !digits.bytes().all(hex) {
        return None;
    }
    match extension {
        "jpg" => Some("image/jpeg"),
        "png" => Some("image/png"),
        _ => None,
    }
}

fn file_name(key: &str, side: u32) -> String {
    format!("{side}-{key}")
}

fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let beside = folder.join(format!(".new-{name}"));
    let written = (|| {
        let mut file = File::create_new(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, folder.join(name))
    })();
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Runs disk work off the workers' threads.
///
/// # Errors
/// `storage_full` when the disk is full, `unavailable` when it fails.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    let failed = |cause: &dyn std::fmt::Display| {
        tracing::error!(%cause, "the data folder cannot be used");
    };
    let done = web::block(work).await.map_err(|error| {
        failed(&error);
        AppError::unavailable()
    })?;
    done.map_err(|error| {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        failed(&error);
        match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => AppError::storage_full(),
            _ => AppError::unavailable(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outside::pictures::Kind;

    #[test]
    fn s_up_2_only_keys_of_our_own_making_name_a_file() {
        let digits = "0123456789abcdef0123456789abcdef";
        assert_eq!(mime_of(&format!("{digits}.jpg")), Some("image/jpeg"));
        assert_eq!(mime_of(&format!("{digits}.png")), Some("image/png"));
        for bad in [
            "",
            ".",
            "..",
            "a.jpg",
            digits,
            &format!("{digits}.svg"),
            &format!("{digits}.jpg.exe"),
            &format!("{}.jpg", digits.to_uppercase()),
            &format!("../{digits}.jpg"),
            "../../../etc/passwd",
            &format!("{digits}.jpg\0"),
            &format!("/{}.jpg", &digits[1..]),
            &format!("é{}.jpg", &digits[2..]),
        ] {
            assert_eq!(mime_of(bad), None, "{bad}");
        }
    }

    #[actix_web::test]
    async fn both_sizes_are_stored_read_and_removed_together() {
        let avatars = Avatars {
            folder: std::env::temp_dir().join(format!("confab-avatars-{}", uuid::Uuid::now_v7())),
        };
        let rendered = Rendered {
            large: b"large".to_vec(),
            small: b"small".to_vec(),
            kind: Kind::Png,
        };
        let key = avatars.store(rendered).await.unwrap();
        let read = |side| avatars.read(&key, side);
        assert_eq!(read(256).await.unwrap().unwrap().bytes, b"large");
        assert_eq!(read(64).await.unwrap().unwrap().bytes, b"small");
        assert!(read(65).await.unwrap().is_none());
        assert_eq!(fs::read_dir(&avatars.folder).unwrap().count(), 2);
        avatars.remove(key.clone()).await;
        assert!(avatars.read(&key, 256).await.unwrap().is_none());
        assert_eq!(fs::read_dir(&avatars.folder).unwrap().count(), 0);
        fs::remove_dir_all(&avatars.folder).unwrap();
    }
}
