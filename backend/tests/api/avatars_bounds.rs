//! What pictures may cost: of the machine while they are made, of the disk while they are kept; and how they go.

use crate::{
    avatars::{put, upload},
    support::{
        Caller, Cast, Place,
        app::{Folder, PASSWORD},
        binary::Process,
        pictures::{noise, picture},
    },
};
use image::ImageFormat;
use serde_json::json;
use shared::ErrorCode;
use std::{collections::BTreeSet, path::Path, time::Instant};

/// The names of all files in the folder of the pictures.
fn kept(data: &Path) -> BTreeSet<String> {
    let Ok(entries) = std::fs::read_dir(data.join("avatars")) else {
        return BTreeSet::new();
    };
    entries
        .map(|entry| entry.expect("an entry").file_name().into_string())
        .collect::<Result<_, _>>()
        .expect("plain names")
}

/// The names of the files of a picture.
fn files_of(url: &str) -> BTreeSet<String> {
    let key = url.strip_prefix("/files/avatars/").expect("an address");
    [64, 256].map(|side| format!("{side}-{key}")).into()
}

#[tokio::test]
async fn s_up_6_many_pictures_at_once_hold_nobody_else_up() {
    // A process of its own: its places for uploads are not those of other tests.
    let folder = Folder::new();
    let process = Process::serve(&folder, None, &[("CONFAB_RATE_LIMITS", "off")]);
    let ines = Caller::register(process.address, "ines", PASSWORD).await;
    let room = ines.general().await.id;
    let large = picture(500, 500, ImageFormat::Png);
    let mut crowd = Vec::new();
    for _ in 0..30 {
        let (ines, large) = (ines.clone(), large.clone());
        crowd.push(tokio::spawn(async move {
            (upload(&ines, "image/png", large).await, Instant::now())
        }));
    }
    // Everything else goes on meanwhile.
    for number in 0..5 {
        ines.get("/rooms").await.expect(200);
        ines.say(room, &format!("still here {number}")).await;
    }
    let served = Instant::now();
    let mut taken = Vec::new();
    for member in crowd {
        let (answer, at) = member.await.expect("an answer");
        if answer.status == 200 {
            taken.push(at);
        } else {
            answer.refused(ErrorCode::Overloaded);
            assert!(answer.header("retry-after").is_some());
        }
    }
    assert!(taken.len() >= 20, "{} were taken", taken.len());
    assert!(
        Some(&served) < taken.iter().max(),
        "the others did not wait for the last of them"
    );
}

#[tokio::test]
async fn s_up_9_each_person_has_one_picture_on_disk_however_often_it_changes() {
    let cast = Cast::gather().await;
    let data = cast.place.data();
    let mut expected = BTreeSet::new();
    for person in [&cast.ines, &cast.tom] {
        let mut url = String::new();
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif] {
            url = put(person, "image/png", picture(90, 90, format)).await;
        }
        expected.append(&mut files_of(&url));
        assert_eq!(kept(data), expected);
    }
    upload(&cast.tom, "image/png", b"no picture".to_vec())
        .await
        .refused(ErrorCode::UnsupportedType);
    assert_eq!(kept(data), expected, "what is refused leaves nothing");
}

#[tokio::test]
async fn s_up_9_a_disk_that_takes_no_more_is_507_and_costs_nothing_else() {
    let folder = Folder::of_sqlite();
    let process = Process::serve_with_small_disk(&folder, 2);
    let ines = Caller::register(process.address, "ines", PASSWORD).await;
    let url = put(&ines, "image/png", picture(90, 90, ImageFormat::Png)).await;
    let before = kept(folder.path());
    let large = noise(1_000, 1_000);
    assert!(large.len() > 2 << 20 && large.len() < 8 << 20);
    for _ in 0..3 {
        let refused = upload(&ines, "image/png", large.clone()).await;
        refused.refused(ErrorCode::StorageFull);
        assert!(refused.header("retry-after").is_some());
    }
    assert_eq!(kept(folder.path()), before, "nothing of it stays");
    assert_eq!(
        ines.get("/me").await.expect(200).json()["avatar_url"],
        url.as_str()
    );
    ines.plain("GET", &url).send().await.expect(200);
    let room = ines.general().await.id;
    ines.say(room, "still here").await;
    ines.plain("GET", "/readyz").send().await.expect(200);
    put(&ines, "image/png", picture(80, 80, ImageFormat::Png)).await;
}

#[tokio::test]
async fn s_up_10_a_picture_that_went_is_gone_for_everyone_and_from_disk() {
    let cast = Cast::gather().await;
    let small = || picture(80, 80, ImageFormat::Png);
    let mut urls = vec![
        put(&cast.tom, "image/png", small()).await,
        put(&cast.tom, "image/png", small()).await,
    ];
    cast.tom.delete("/me/avatar").await.expect(200);
    urls.push(put(&cast.tom, "image/png", small()).await);
    let proof = json!({ "password": PASSWORD });
    let bye = cast.tom.ask("DELETE", "/me").json(&proof).send().await;
    bye.expect(204);
    for url in &urls {
        for query in ["", "?size=64"] {
            let seen = cast
                .ines
                .plain("GET", &format!("{url}{query}"))
                .send()
                .await;
            seen.refused(ErrorCode::NotFound);
        }
    }
    assert_eq!(kept(cast.place.data()), BTreeSet::new());
}

#[tokio::test]
async fn s_up_10_a_strangers_answer_does_not_tell_whether_there_is_a_picture() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let same = picture(80, 80, ImageFormat::Png);
    let mut keys = BTreeSet::new();
    for _ in 0..3 {
        let url = put(&ines, "image/png", same.clone()).await;
        let key = url.strip_prefix("/files/avatars/").expect("an address");
        let digits = key.split('.').next().expect("digits");
        assert!(digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        keys.insert(key.to_owned());
    }
    assert_eq!(keys.len(), 3, "the same picture never has the same address");
    keys.insert(format!("{}.png", "0".repeat(32)));
    let mut answers = BTreeSet::new();
    for key in keys {
        let path = format!("/files/avatars/{key}");
        let answer = place.anyone().plain("GET", &path).send().await;
        let problem = answer.refused(ErrorCode::Unauthenticated);
        answers.insert((problem.detail, answer.steady_headers()));
    }
    assert_eq!(answers.len(), 1);
}
