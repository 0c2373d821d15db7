//! A backup that is taken while people talk, and the drill of starting from it.

use crate::{
    avatars,
    support::{
        Caller, Cast,
        app::{Folder, PASSWORD},
        binary::{Process, run},
        pictures::picture,
    },
};
use image::ImageFormat;
use shared::messages::Messages;
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

async fn history(caller: &Caller, path: &str) -> Vec<i64> {
    let page: Messages = caller.get(path).await.expect(200).shape();
    page.messages.iter().map(|message| message.id.0).collect()
}

fn modes(folder: &Path) -> Vec<u32> {
    let entries = fs::read_dir(folder).expect("the folder");
    let entries = entries.map(|entry| entry.expect("an entry").metadata().expect("its kind"));
    entries
        .filter(fs::Metadata::is_file)
        .map(|meta| meta.permissions().mode() & 0o777)
        .collect()
}

#[tokio::test]
async fn a_server_starts_from_a_backup_that_was_taken_while_people_talked() {
    let cast = Cast::at(crate::support::Place::on_sqlite()).await;
    let avatar = avatars::put(&cast.tom, "image/png", picture(64, 64, ImageFormat::Png)).await;
    for number in 0..30 {
        cast.ines.say(cast.den, &format!("before {number}")).await;
    }
    let path = format!("/rooms/{}/messages?limit=100", cast.den);
    let before = history(&cast.tom, &path).await;
    let restored = Folder::of_sqlite();
    let to = restored.path().to_str().expect("a plain path").to_owned();
    let taking = {
        let data = cast.place.data().to_str().expect("a plain path").to_owned();
        let elsewhere = Folder::of_sqlite();
        tokio::task::spawn_blocking(move || {
            run(
                &elsewhere,
                &["backup", "--data-dir", &data, "--to", &to],
                "",
            )
        })
    };
    let mut meanwhile = Vec::new();
    while !taking.is_finished() {
        meanwhile.push(cast.ines.say(cast.den, "meanwhile").await.id.0);
    }
    let taken = taking.await.expect("no panic");
    assert!(taken.status.success(), "{}", taken.err);
    assert!(
        taken.out.contains("the database, the keys and 2 files"),
        "{}",
        taken.out
    );
    assert!(modes(restored.path()).iter().all(|&mode| mode == 0o600));

    let process = Process::serve(&restored, None, &[]);
    // The keys came along: who was signed in still is.
    let tom = cast.tom.at(process.address);
    let after = history(&tom, &path).await;
    assert!(after.len() >= before.len());
    let all: Vec<i64> = before.iter().chain(&meanwhile).copied().collect();
    assert_eq!(
        after,
        all[..after.len()],
        "one moment: what came later is missing, and nothing else"
    );
    tom.plain("GET", &avatar).send().await.expect(200);
    Caller::sign_in(process.address, "zoe", PASSWORD).await;
    // It goes on from there.
    let next = tom.say(cast.den, "after").await;
    assert!(next.id.0 > *after.last().expect("messages"));
}

#[tokio::test]
async fn a_backup_goes_into_a_new_folder_and_nowhere_else() {
    let cast = Cast::at(crate::support::Place::on_sqlite()).await;
    let taken = Folder::of_sqlite();
    fs::write(taken.path().join("confab.db"), "an older one").expect("written");
    let to = taken.path().to_str().expect("a plain path");
    let refused = run(cast.place.folder(), &["backup", "--to", to], "");
    assert!(!refused.status.success());
    assert!(refused.err.contains("is not empty"), "{}", refused.err);
    let kept = fs::read_to_string(taken.path().join("confab.db")).expect("still there");
    assert_eq!(kept, "an older one");

    let nothing = Folder::of_sqlite();
    let inside = nothing.path().join("no/such");
    let words = [
        "backup",
        "--to",
        to,
        "--data-dir",
        inside.to_str().expect("a plain path"),
    ];
    let refused = run(&nothing, &words, "");
    assert!(refused.err.contains("is not there"), "{}", refused.err);
    assert!(!inside.exists(), "looking makes nothing");
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn on_postgres_a_backup_holds_the_rest_and_says_how_to_get_the_database() {
    let folder = Folder::of_postgres();
    let place = crate::support::Place::in_folder(folder, 1, |_| {}).expect("the server starts");
    let ines = place.admit("ines").await;
    avatars::put(&ines, "image/png", picture(64, 64, ImageFormat::Png)).await;
    let to = Folder::of_sqlite();
    let path = to.path().to_str().expect("a plain path");
    let taken = run(place.folder(), &["backup", "--to", path], "");
    assert!(taken.status.success(), "{}", taken.err);
    assert!(taken.out.contains("pg_dump"), "{}", taken.out);
    assert!(!taken.out.contains(crate::support::postgres::PASSWORD));
    assert!(to.path().join("secrets.json").is_file());
    assert_eq!(
        fs::read_dir(to.path().join("avatars"))
            .expect("pictures")
            .count(),
        2
    );
    assert!(!to.path().join("confab.db").exists());
}
