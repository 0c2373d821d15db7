//! Files without a name: gone when they are closed, also when the process dies.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// A new empty file for reading and writing, on the disk of this folder.
///
/// # Errors
/// Those of the disk.
pub fn file(folder: &Path) -> io::Result<File> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!(".scratch-{}", uuid::Uuid::now_v7().simple()));
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Seek, Write};

    #[test]
    fn s_up_7_a_scratch_file_works_and_leaves_nothing_behind() {
        let folder = std::env::temp_dir().join(format!("confab-scratch-{}", uuid::Uuid::now_v7()));
        let mut scratch = file(&folder).unwrap();
        scratch.write_all(b"abc").unwrap();
        scratch.rewind().unwrap();
        let mut text = String::new();
        scratch.read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        fs::remove_dir_all(&folder).unwrap();
    }
}
