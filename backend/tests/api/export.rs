//! Taking one's data along: everything of one's own, nothing of anybody else's.

use crate::support::{Cast, app::PASSWORD, pictures::picture};
use image::ImageFormat;
use serde_json::{Value, json};
use shared::ErrorCode;
use std::io::{Cursor, Read};

#[tokio::test]
async fn s_priv_1_an_export_holds_all_that_is_mine_and_nothing_else() {
    let cast = Cast::gather().await;
    let first = cast.tom.say(cast.den, "mine, the first").await;
    cast.ines.say(cast.den, "hers, not mine").await;
    let answer = cast.tom.reply(cast.den, first.id, "mine, too").await;
    let gone = cast.tom.say(cast.den, "mine, but deleted").await;
    cast.tom.remove_message(gone.id).await;
    cast.tom.say(cast.general, "mine, in public").await;
    let office = cast
        .ines
        .new_room("private", "Office of Ines", &[&cast.tom])
        .await
        .id;
    cast.tom.say(office, "mine, in a room I left").await;
    cast.ines.remove(office, &cast.tom).await;
    cast.ines.new_room("private", "Never his", &[]).await;
    cast.ines
        .patch("/me", &json!({ "bio": "her bio" }))
        .await
        .expect(200);
    let avatar = cast
        .tom
        .ask("PUT", "/me/avatar")
        .body("image/png", picture(20, 20, ImageFormat::Png));
    avatar.send().await.expect(200);

    let zip = cast.tom.get("/me/export").await.expect(200);
    assert_eq!(zip.header("content-type"), Some("application/zip"));
    assert!(
        zip.header("content-disposition")
            .is_some_and(|value| value.starts_with("attachment"))
    );
    let mut archive = zip::ZipArchive::new(Cursor::new(&zip.body)).expect("a zip");
    let mut all = String::new();
    let mut names: Vec<String> = archive
        .file_names()
        .map(|name| name.expect("a name").into_owned())
        .collect();
    names.sort();
    for name in &names {
        let mut bytes = Vec::new();
        archive
            .by_name(name)
            .expect("a file")
            .read_to_end(&mut bytes)
            .expect("readable");
        all.push_str(&String::from_utf8_lossy(&bytes));
    }
    for mine in [
        "mine, the first",
        "mine, too",
        "mine, in public",
        "mine, in a room I left",
    ] {
        assert!(all.contains(mine), "{mine}");
    }
    for other in [
        "hers, not mine",
        "mine, but deleted",
        "Never his",
        "Office of Ines",
        "her bio",
        "ines",
        "$2b$",
    ] {
        assert!(!all.contains(other), "{other}");
    }
    for name in ["profile.json", "sessions.json", "rooms.json"] {
        assert!(names.iter().any(|found| found == name), "{names:?}");
    }
    assert!(
        names.iter().any(|name| name.starts_with("avatar.")),
        "{names:?}"
    );
    let mut lines = String::new();
    let den = format!("messages/{}.jsonl", cast.den);
    archive
        .by_name(&den)
        .expect("his words")
        .read_to_string(&mut lines)
        .expect("text");
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (lines[0]["id"].as_i64(), lines[0]["seq"].as_i64()),
        (Some(first.id.0), Some(first.seq))
    );
    assert_eq!(lines[1]["reply_to"], json!(first.id));
    assert_eq!(lines[1]["id"], json!(answer.id));
}

#[tokio::test]
async fn s_priv_1_an_export_takes_the_password_again_once_signing_in_is_a_while_ago() {
    use diesel::{RunQueryDsl, sql_query};
    let cast = Cast::gather().await;
    let mut database = cast.place.database();
    let ago =
        |minutes: i64| format!("UPDATE sessions SET created_at = created_at - {minutes} * 60000");
    sql_query(ago(9)).execute(&mut database).expect("an update");
    cast.tom.get("/me/export").await.expect(200);
    sql_query(ago(2)).execute(&mut database).expect("an update");
    let late = cast.tom.get("/me/export").await;
    late.refused(ErrorCode::Forbidden);

    let wrong = json!({ "password": "not it at all" });
    let refused = cast.tom.post("/me/export", &wrong).await;
    refused.invalid("password", "invalid");
    let right = json!({ "password": PASSWORD });
    let zip = cast.tom.post("/me/export", &right).await.expect(200);
    assert_eq!(zip.header("content-type"), Some("application/zip"));
}
