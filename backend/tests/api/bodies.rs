//! Request bodies that swell, lie about their length, or never come: each is refused in time, and nobody waits.

use crate::support::{Answer, Cast, Place, wire::Wire, within};
use serde_json::json;
use shared::{ErrorCode, limits};

#[tokio::test]
async fn s_dos_8_a_body_over_the_limit_is_refused_declared_or_not() {
    let cast = Cast::gather().await;
    let say = format!("/api/v1/rooms/{}/messages", cast.den);
    let large = vec![b' '; limits::JSON_BYTES + 1];
    let declared = cast
        .ines
        .plain("POST", &say)
        .body("application/json", large.clone())
        .send()
        .await;
    declared.refused(ErrorCode::TooLarge);
    let mut wire = Wire::connect(cast.place.address).await;
    let head = format!(
        "POST {say} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\n\r\n",
        cast.ines.token
    );
    wire.write(head.as_bytes()).await;
    for chunk in large.chunks(50_000) {
        let head = format!("{:x}\r\n", chunk.len());
        wire.write(&[head.as_bytes(), chunk, b"\r\n"].concat())
            .await;
    }
    wire.write(b"0\r\n\r\n").await;
    let answer = within("an answer", wire.answer(false))
        .await
        .expect("an answer");
    Answer::of("chunked", answer).refused(ErrorCode::TooLarge);
    // Just within it, whitespace is only whitespace.
    let mut body =
        json!({ "client_id": crate::support::caller::client_id(), "body": "x" }).to_string();
    body.push_str(&" ".repeat(limits::JSON_BYTES - body.len()));
    cast.ines
        .plain("POST", &say)
        .body("application/json", body)
        .send()
        .await
        .expect(201);
}

#[tokio::test]
async fn s_http_1_ambiguous_framing_is_refused_and_the_connection_closed() {
    let cast = Cast::gather().await;
    let smuggled = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    for (what, rest) in [
        (
            "length and chunks",
            "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        (
            "chunks and length",
            "transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n",
        ),
        (
            "two lengths",
            "content-length: 0\r\ncontent-length: 40\r\n\r\n",
        ),
        ("a list of lengths", "content-length: 0, 40\r\n\r\n"),
        ("a signed length", "content-length: +2\r\n\r\n{}"),
        ("a negative length", "content-length: -1\r\n\r\n"),
        ("a length in words", "content-length: two\r\n\r\n{}"),
        (
            "a length that overflows",
            "content-length: 99999999999999999999\r\n\r\n",
        ),
        (
            "an encoding of another kind",
            "transfer-encoding: gzip\r\n\r\n",
        ),
        (
            "an encoding twice",
            "transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        ),
        (
            "an encoding that is hidden",
            "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        ),
        ("a space before the colon", "content-length : 2\r\n\r\n{}"),
        ("a folded header", "content-length:\r\n 2\r\n\r\n{}"),
        (
            "a chunk size that is none",
            "transfer-encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n",
        ),
        (
            "a chunk size that overflows",
            "transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        ),
        (
            "a bare line feed in a chunk head",
            "transfer-encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n",
        ),
    ] {
        let mut wire = Wire::connect(cast.place.address).await;
        wire.write(format!("{head}{rest}{smuggled}").as_bytes())
            .await;
        let everything = String::from_utf8_lossy(&within(what, wire.rest()).await).into_owned();
        assert!(
            everything.starts_with("HTTP/1.1 400"),
            "{what}: {everything}"
        );
        assert_eq!(
            everything.matches("HTTP/1.1 ").count(),
            1,
            "{what}: something was smuggled: {everything}"
        );
    }
    cast.ines.get("/me").await.expect(200);
}

/// Sends the beginning of a request and waits for what the server makes of the silence after it.
async fn stall(place: &Place, head: String) -> u16 {
    let mut wire = Wire::connect(place.address).await;
    wire.write(head.as_bytes()).await;
    let answer = within("an end of waiting", wire.answer(false)).await;
    let status = answer.map_or(0, |answer| answer.status);
    assert!(
        !within("the end of the connection", wire.read()).await,
        "{status}: the connection ends too"
    );
    status
}

#[tokio::test]
async fn s_dos_1_heads_and_bodies_that_stall_are_given_up() {
    let cast = Cast::gather().await;
    let post = |path: &str, kind: &str, more: &str, start: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: {kind}\r\n{more}\r\n\r\n{start}",
            cast.ines.token
        )
    };
    let json = "application/json";
    let login = "/api/v1/auth/login";
    let avatar = post(
        "/api/v1/me/avatar",
        "image/png",
        "content-length: 5000",
        "\u{89}PNG",
    )
    .replacen("POST", "PUT", 1);
    let place = &cast.place;
    // All at once: the deadline is the same for all.
    let chunks = "transfer-encoding: chunked";
    let upgrade = "upgrade: websocket\r\nconnection: upgrade";
    let ended = tokio::join!(
        stall(
            place,
            post(login, json, "content-length: 100", "{\"login\":")
        ),
        stall(place, post(login, json, chunks, "5\r\n{\"lo")),
        stall(
            place,
            post(
                login,
                json,
                &format!("content-length: 100\r\n{upgrade}"),
                "{"
            )
        ),
        stall(place, avatar),
        stall(
            place,
            post("/api/v1/rooms/1/join", json, "content-length: 100", "{")
        ),
        stall(place, post("/api/v1/rooms/1/join", json, chunks, "5\r\n{")),
        stall(
            place,
            post("/api/v1/auth/logout", "text/plain", chunks, "5\r\n{")
        ),
        stall(place, post("/api/v1/nowhere", json, chunks, "5\r\n{")),
        stall(place, post("/ws", json, chunks, "5\r\n{")),
        stall(
            place,
            post("/ws", json, &format!("{chunks}\r\n{upgrade}"), "5\r\n{")
                .replacen("POST", "GET", 1)
        ),
        stall(place, "GET /healthz HTTP/1.1\r\nhost:".to_owned()),
    );
    for (what, status) in [
        ("declared", ended.0),
        ("chunked", ended.1),
        ("picture", ended.3),
    ] {
        assert_eq!(status, 408, "{what}");
    }
    // What asks to leave HTTP has no body: nobody waits for one.
    assert!((400..500).contains(&ended.2), "upgrade: {}", ended.2);
    // A route that reads no body does not wait for one; the connection ends all the same.
    assert_eq!(
        (ended.4, ended.5, ended.6, ended.7, ended.8),
        (200, 200, 415, 404, 405)
    );
    assert!(
        (400..500).contains(&ended.9),
        "a handshake with a body: {}",
        ended.9
    );
    assert!(
        matches!(ended.10, 0 | 408),
        "a head that does not end: {}",
        ended.10
    );
    // Others were served all the while, and are now.
    cast.place.sign_in("tom").await;
}
