//! A copy of all data while the server runs: the database of one moment, the keys and the pictures. Knows no feature.

use crate::{config::Data, db::Location};
use std::{
    fs::{self, File, Permissions},
    io,
    os::unix::fs::PermissionsExt,
    path::Path,
};

/// Copies into a folder that is made, or is empty; gives what to tell the person who asked.
///
/// # Errors
/// One line for a person: what cannot be read or written, or that the folder is not empty. What was written until then
/// stays there to be looked at.
pub fn backup(data: &Data, to: &Path) -> Result<String, String> {
    let at = data.database()?;
    if !data.data_dir.is_dir() {
        return Err(format!("{} is not there", data.data_dir.display()));
    }
    prepare(to)?;
    let (from_pictures, to_pictures) = (data.data_dir.join("avatars"), to.join("avatars"));
    // Before the database and after it: what is replaced in between is in neither place alone.
    let mut pictures = copy_new(&from_pictures, &to_pictures)?;
    let database = match &at {
        Location::Sqlite(_) => {
            at.copy_into(&to.join("confab.db"))?;
            keep(&to.join("confab.db"))?;
            "the database, ".to_owned()
        }
        #[cfg(feature = "postgres")]
        Location::Postgres(_) => String::new(),
    };
    pictures += copy_new(&from_pictures, &to_pictures)?;
    let keys = data.data_dir.join("secrets.json");
    let keys = if keys.is_file() {
        copy_file(&keys, &to.join("secrets.json"))?;
        "the keys"
    } else {
        "no keys (they are not in the data folder)"
    };
    sync(to)?;
    let mut words = format!(
        "{} holds {database}{keys} and {pictures} files of pictures.",
        to.display()
    );
    if at.is_postgres() {
        words.push_str(&format!(
            "\nThe database is not in it: pg_dump --format=custom --file {}/confab.dump \"$CONFAB_DATABASE_URL\"",
            to.display()
        ));
    }
    Ok(words)
}

fn cannot<'a>(path: &'a Path, what: &'a str) -> impl Fn(io::Error) -> String + 'a {
    move |error| format!("{} cannot be {what}: {error}", path.display())
}

/// Makes the folder, for its owner alone; one with something in it may be an older backup.
fn prepare(to: &Path) -> Result<(), String> {
    fs::create_dir_all(to).map_err(cannot(to, "made"))?;
    let mut inside = fs::read_dir(to).map_err(cannot(to, "read"))?;
    if inside.next().is_some() {
        return Err(format!("{} is not empty: give a new folder", to.display()));
    }
    fs::set_permissions(to, Permissions::from_mode(0o700)).map_err(cannot(to, "made private"))
}

/// Copies the files that are not in the copy yet; files never change under their name. Gives how many.
fn copy_new(from: &Path, to: &Path) -> Result<usize, String> {
    let entries = match fs::read_dir(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries.map_err(cannot(from, "read"))?,
    };
    fs::create_dir_all(to).map_err(cannot(to, "made"))?;
    let mut count = 0;
    for entry in entries {
        let entry = entry.map_err(cannot(from, "read"))?;
        let name = entry.file_name();
        // What begins with a point is still being written.
        let unfinished = name.as_encoded_bytes().starts_with(b".");
        let copy = to.join(&name);
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if unfinished || !is_file || copy.exists() {
            continue;
        }
        match fs::copy(entry.path(), &copy) {
            // Replaced in this moment: the database of the copy names the newer one, or nobody needs it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            copied => copied.map_err(cannot(&copy, "written"))?,
        };
        keep(&copy)?;
        count += 1;
    }
    sync(to)?;
    Ok(count)
}

fn copy_file(from: &Path, to: &Path) -> Result<(), String> {
    fs::copy(from, to).map_err(cannot(to, "written"))?;
    keep(to)
}

/// For its owner alone, and on the disk.
fn keep(path: &Path) -> Result<(), String> {
    fs::set_permissions(path, Permissions::from_mode(0o600))
        .map_err(cannot(path, "made private"))?;
    sync(path)
}

fn sync(path: &Path) -> Result<(), String> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(cannot(path, "written"))
}
