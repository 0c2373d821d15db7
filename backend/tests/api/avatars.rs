//! Pictures of people: what is taken, what is made of it, and who may see it.

use crate::support::{
    Answer, Caller, Cast, Place, Socket,
    pictures::{claiming, picture, with_exif},
    wire::Wire,
    within,
};
use image::{ImageFormat, ImageReader};
use serde_json::Value;
use shared::{ErrorCode, ServerFrame, limits};
use std::io::Cursor;

pub(crate) async fn upload(caller: &Caller, mime: &str, bytes: impl Into<Vec<u8>>) -> Answer {
    caller
        .ask("PUT", "/me/avatar")
        .body(mime, bytes)
        .send()
        .await
}

/// Uploads a picture and gives its address.
pub(crate) async fn put(caller: &Caller, mime: &str, bytes: impl Into<Vec<u8>>) -> String {
    let me = upload(caller, mime, bytes).await.expect(200).json();
    me["avatar_url"].as_str().expect("an address").to_owned()
}

fn size(answer: &Answer) -> (u32, u32) {
    let reader = ImageReader::new(Cursor::new(&answer.body))
        .with_guessed_format()
        .expect("readable");
    reader.into_dimensions().expect("a picture")
}

#[tokio::test]
async fn every_type_becomes_a_square_of_both_sizes() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let mut before = String::new();
    for (mime, format) in [
        ("image/png", ImageFormat::Png),
        ("image/jpeg", ImageFormat::Jpeg),
        ("image/webp", ImageFormat::WebP),
        ("image/gif", ImageFormat::Gif),
    ] {
        let url = put(&ines, mime, picture(300, 100, format)).await;
        assert_ne!(url, before, "a new picture has a new address");
        assert_eq!(
            ines.get("/me").await.expect(200).json()["avatar_url"],
            url.as_str()
        );
        for (query, side) in [("", 256), ("?size=256", 256), ("?size=64", 64)] {
            let served = ines
                .plain("GET", &format!("{url}{query}"))
                .send()
                .await
                .expect(200);
            assert_eq!(size(&served), (side, side), "{mime}");
        }
        ines.plain("GET", &format!("{url}?size=1000"))
            .send()
            .await
            .refused(ErrorCode::NotFound);
        if !before.is_empty() {
            ines.plain("GET", &before)
                .send()
                .await
                .refused(ErrorCode::NotFound);
        }
        before = url;
    }
    let me = ines.delete("/me/avatar").await.expect(200).json();
    assert_eq!(me["avatar_url"], Value::Null);
    ines.plain("GET", &before)
        .send()
        .await
        .refused(ErrorCode::NotFound);
    assert_eq!(
        ines.delete("/me/avatar").await.expect(200).json()["avatar_url"],
        Value::Null
    );
}

#[tokio::test]
async fn a_small_picture_and_a_mislabelled_one_are_fine() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    for bytes in [
        picture(1, 1, ImageFormat::Png),
        picture(2, 900, ImageFormat::Png),
    ] {
        let url = put(&ines, "image/png", bytes).await;
        let served = ines.plain("GET", &url).send().await.expect(200);
        assert_eq!(size(&served), (256, 256));
    }
    // The first bytes say what it is, not its sender.
    put(&ines, "image/jpeg", picture(30, 30, ImageFormat::Png)).await;
}

#[tokio::test]
async fn s_up_8_nothing_of_the_file_but_its_pixels_is_served_or_kept() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let words = "taken at 38.7223 N 9.1393 W";
    let photo = with_exif(words);
    assert!(
        photo
            .windows(words.len())
            .any(|window| window == words.as_bytes())
    );
    let url = put(&ines, "image/jpeg", photo).await;
    for query in ["", "?size=64"] {
        let served = ines
            .plain("GET", &format!("{url}{query}"))
            .send()
            .await
            .expect(200);
        assert!(!served.body.windows(4).any(|window| window == b"Exif"));
        assert!(
            !served
                .body
                .windows(words.len())
                .any(|window| window == words.as_bytes())
        );
    }
    for entry in std::fs::read_dir(place.data().join("avatars")).expect("the folder") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
        assert!(
            !bytes
                .windows(words.len())
                .any(|window| window == words.as_bytes())
        );
    }
}

#[tokio::test]
async fn s_up_1_s_up_5_what_is_no_picture_of_ours_is_refused() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let html = "<!doctype html><script>alert(1)</script>";
    for (mime, bytes) in [
        ("image/svg+xml", svg.as_bytes().to_vec()),
        ("image/png", svg.as_bytes().to_vec()),
        ("text/html", html.as_bytes().to_vec()),
        ("image/png", html.as_bytes().to_vec()),
        ("image/png", Vec::new()),
        ("image/bmp", b"BM".to_vec()),
        ("image/png", b"BM                                ".to_vec()),
        ("application/json", b"{}".to_vec()),
        ("", picture(8, 8, ImageFormat::Png)),
    ] {
        upload(&ines, mime, bytes)
            .await
            .refused(ErrorCode::UnsupportedType);
    }
    for (mime, format) in [
        ("image/png", ImageFormat::Png),
        ("image/jpeg", ImageFormat::Jpeg),
        ("image/gif", ImageFormat::Gif),
        ("image/webp", ImageFormat::WebP),
    ] {
        let whole = picture(64, 64, format);
        upload(&ines, mime, whole[..40].to_vec())
            .await
            .invalid("avatar", "invalid");
    }
    assert_eq!(
        ines.get("/me").await.expect(200).json()["avatar_url"],
        Value::Null
    );
    let left = std::fs::read_dir(place.data().join("avatars")).map_or(0, Iterator::count);
    assert_eq!(left, 0, "S-UP-7: nothing of them stays");
}

#[tokio::test]
async fn s_up_3_a_picture_of_too_many_pixels_is_refused_by_its_header() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    for (width, height) in [
        (20_000, 20_000),
        (16_385, 1),
        (1, 16_385),
        (6_400, 6_400),
        (u32::MAX >> 1, 2),
    ] {
        let answer = upload(&ines, "image/png", claiming(width, height)).await;
        assert!(
            matches!(answer.status, 413 | 422),
            "{width}x{height}: {}",
            answer.text()
        );
        if width < 1 << 20 {
            answer.refused(ErrorCode::TooLarge);
        }
    }
}

#[tokio::test]
async fn s_up_7_more_than_8_mib_is_refused_declared_or_in_chunks() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let large = vec![0x89; limits::AVATAR_BYTES + 1];
    upload(&ines, "image/png", large.clone())
        .await
        .refused(ErrorCode::TooLarge);
    let mut wire = Wire::connect(place.address).await;
    let head = format!(
        "PUT /api/v1/me/avatar HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: image/png\r\n\
         transfer-encoding: chunked\r\n\r\n",
        ines.token
    );
    wire.write(head.as_bytes()).await;
    for chunk in large.chunks(1 << 20) {
        let head = format!("{:x}\r\n", chunk.len());
        if !wire
            .write(&[head.as_bytes(), chunk, b"\r\n"].concat())
            .await
        {
            break;
        }
    }
    wire.write(b"0\r\n\r\n").await;
    let answer = within("an answer", wire.answer(false))
        .await
        .expect("an answer");
    Answer::of("chunked", answer).refused(ErrorCode::TooLarge);
    let left = std::fs::read_dir(place.data().join("avatars")).map_or(0, Iterator::count);
    assert_eq!(left, 0);
}

#[tokio::test]
async fn s_up_1_a_picture_is_served_so_that_it_can_do_nothing() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let url = put(&ines, "image/jpeg", picture(80, 80, ImageFormat::Jpeg)).await;
    let served = ines.plain("GET", &url).send().await.expect(200);
    assert_eq!(served.header("content-type"), Some("image/jpeg"));
    assert_eq!(served.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(
        served.header("content-security-policy"),
        Some("default-src 'none'; sandbox")
    );
    assert_eq!(
        served.header("cross-origin-resource-policy"),
        Some("same-origin")
    );
    assert_eq!(served.header("content-disposition"), Some("inline"));
    let cache = served.header("cache-control").expect("a policy");
    assert!(cache.starts_with("private"), "{cache}");
    for key in [
        "..",
        "x",
        "../confab.db",
        "%2e%2e%2fconfab.db",
        &format!("{}.exe", "0".repeat(32)),
        &format!("{}.jpg", "G".repeat(32)),
    ] {
        let answer = ines
            .plain("GET", &format!("/files/avatars/{key}"))
            .send()
            .await;
        answer.refused(ErrorCode::NotFound);
    }
}

#[tokio::test]
async fn s_jwt_8_a_picture_is_read_by_bearer_or_files_cookie_and_nothing_else() {
    let cast = Cast::gather().await;
    let url = put(&cast.ines, "image/png", picture(80, 80, ImageFormat::Png)).await;
    let anyone = cast.place.anyone();
    let get =
        async |name: &str, value: &str| anyone.plain("GET", &url).header(name, value).send().await;
    let (tom, zoe) = (&cast.tom, &cast.zoe);
    get("authorization", &format!("Bearer {}", tom.token))
        .await
        .expect(200);
    get("cookie", &format!("confab_files={}", tom.files))
        .await
        .expect(200);
    get("cookie", &format!("a=b; confab_files={}; c=d", zoe.files))
        .await
        .expect(200);
    for (name, value) in [
        ("x", String::new()),
        ("cookie", format!("confab_refresh={}", tom.refresh)),
        ("cookie", format!("confab_files={}", tom.token)),
        ("cookie", format!("confab_files={}", tom.refresh)),
        ("cookie", "confab_files=junk".into()),
        ("authorization", format!("Bearer {}", tom.files)),
        (
            "authorization",
            format!("Bearer {}", tom.socket_token().await),
        ),
    ] {
        get(name, &value).await.refused(ErrorCode::Unauthenticated);
    }
    let in_query = anyone
        .plain("GET", &format!("{url}?token={}", tom.token))
        .send()
        .await;
    in_query.refused(ErrorCode::Unauthenticated);
    // The cookie ends with its session.
    tom.post("/auth/logout", &serde_json::json!({}))
        .await
        .expect(204);
    let cookie = format!("confab_files={}", tom.files);
    get("cookie", &cookie)
        .await
        .refused(ErrorCode::SessionRevoked);
}

#[tokio::test]
async fn a_new_picture_reaches_everyones_screen_and_goes_with_the_account() {
    let cast = Cast::gather().await;
    let mut ines = Socket::open(&cast.ines).await;
    let url = put(&cast.tom, "image/png", picture(80, 80, ImageFormat::Png)).await;
    let seen = ines.until("a user frame", |frame| match frame {
        ServerFrame::User { user } => user.avatar_url,
        _ => None,
    });
    assert_eq!(seen.await, url);
    let proof = serde_json::json!({ "password": crate::support::app::PASSWORD });
    cast.tom
        .ask("DELETE", "/me")
        .json(&proof)
        .send()
        .await
        .expect(204);
    cast.ines
        .plain("GET", &url)
        .send()
        .await
        .refused(ErrorCode::NotFound);
}
