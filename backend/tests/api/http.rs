//! HTTP itself: errors of one form, headers on everything, bodies that stall, swell or lie about their length.

use crate::support::{
    Answer, Cast, Place,
    app::PASSWORD,
    faults::blunt,
    wire::Wire,
    within,
};
use serde_json::json;
use shared::{ErrorCode, limits};
use std::collections::BTreeSet;
use tokio::time::Instant;

#[tokio::test]
async fn s_hdr_2_s_hdr_7_every_answer_has_the_headers_that_keep_browsers_from_harm() {
    let cast = Cast::gather().await;
    for (caller, method, path) in [
        (&cast.ines, "GET", "/api/v1/me"),
        (&cast.ines, "GET", "/api/v1/nowhere"),
        (&cast.ines, "PATCH", "/api/v1/me"),
        (&cast.place.anyone(), "GET", "/api/v1/me"),
        (&cast.place.anyone(), "GET", "/api/v1/server"),
        (&cast.place.anyone(), "GET", "/healthz"),
        (&cast.place.anyone(), "GET", "/openapi.json"),
        (&cast.place.anyone(), "GET", "/docs"),
        (&cast.place.anyone(), "GET", "/ws"),
        (&cast.place.anyone(), "GET", "/nowhere"),
        (&cast.place.anyone(), "POST", "/healthz"),
    ] {
        let answer = caller.plain(method, path).send().await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"), "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"), "{path}");
        let permissions = answer.header("permissions-policy").expect("a policy");
        for device in ["camera=(self)", "microphone=(self)", "display-capture=(self)"] {
            assert!(permissions.contains(device), "{path}: {permissions}");
        }
        let csp = answer.header("content-security-policy").expect("a policy");
        assert!(csp.contains("default-src 'none'") && csp.contains("frame-ancestors 'none'"), "{path}: {csp}");
        assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 36), "{path}");
        assert_eq!(answer.header("server"), None, "{path}");
        assert_eq!(answer.header("x-powered-by"), None, "{path}");
        if path.starts_with("/api/") {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        }
        if let Some(kind) = answer.header("content-type").filter(|kind| kind.starts_with("text/")) {
            assert!(kind.ends_with("; charset=utf-8"), "{path}: {kind}");
        }
    }
}

#[tokio::test]
async fn every_request_has_an_id_of_its_own() {
    let place = Place::open();
    let mut ids = BTreeSet::new();
    for _ in 0..5 {
        ids.insert(place.anyone().get("/me").await.problem().request_id);
    }
    // Nobody chooses it from outside.
    let chosen = place.anyone().ask("GET", "/me").header("x-request-id", "mine").send().await;
    ids.insert(chosen.problem().request_id);
    assert!(ids.len() == 6 && !ids.contains("mine"));
}

#[tokio::test]
async fn s_conf_1_what_is_wrong_with_a_request_has_a_code_and_no_insides() {
    let cast = Cast::gather().await;
    let say = format!("/rooms/{}/messages", cast.den);
    for (mime, body, code) in [
        ("application/json", "{", ErrorCode::Malformed),
        ("application/json", "", ErrorCode::Malformed),
        ("application/json", "{\"client_id\":\"x\",\"body\":\"\\ud800\"}", ErrorCode::Malformed),
        ("application/json", "nonsense", ErrorCode::Malformed),
        ("application/json", "{} {}", ErrorCode::Malformed),
        ("application/json", "null", ErrorCode::Validation),
        ("application/json", "[]", ErrorCode::Validation),
        ("application/json", "{}", ErrorCode::Validation),
        ("application/json", "{\"body\":\"a\",\"body\":\"b\"}", ErrorCode::Validation),
        ("application/json; charset=utf-8", "{}", ErrorCode::Validation),
        ("text/plain", "{}", ErrorCode::UnsupportedType),
        ("application/x-www-form-urlencoded", "body=x", ErrorCode::UnsupportedType),
        ("application/jsonp", "{}", ErrorCode::UnsupportedType),
        ("", "{}", ErrorCode::UnsupportedType),
    ] {
        let problem = cast.ines.ask("POST", &say).body(mime, body).send().await.refused(code);
        for inside in ["src/", ".rs", "sqlite", "SELECT", "diesel", "serde"] {
            assert!(!problem.detail.contains(inside), "{}", problem.detail);
        }
    }
    let bytes = b"{\"body\":\"\xff\"}".to_vec();
    let answer = cast.ines.ask("POST", &say).body("application/json", bytes).send().await;
    answer.refused(ErrorCode::Malformed);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let answer = cast.ines.ask("POST", &say).body("application/json", deep).send().await;
    assert!((400..500).contains(&answer.problem().status));
    cast.ines.ask("POST", &say).send().await.refused(ErrorCode::UnsupportedType);
    cast.ines.say(cast.den, "all is well").await;
}

#[tokio::test]
async fn s_dos_8_a_body_over_the_limit_is_refused_declared_or_not() {
    let cast = Cast::gather().await;
    let say = format!("/api/v1/rooms/{}/messages", cast.den);
    let large = vec![b' '; limits::JSON_BYTES + 1];
    let declared = cast.ines.plain("POST", &say).body("application/json", large.clone()).send().await;
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
        wire.write(&[head.as_bytes(), chunk, b"\r\n"].concat()).await;
    }
    wire.write(b"0\r\n\r\n").await;
    let answer = within("an answer", wire.answer(false)).await.expect("an answer");
    Answer::of("chunked", answer).refused(ErrorCode::TooLarge);
    // Just within it, whitespace is only whitespace.
    let mut body = json!({ "client_id": crate::support::caller::client_id(), "body": "x" }).to_string();
    body.push_str(&" ".repeat(limits::JSON_BYTES - body.len()));
    cast.ines.plain("POST", &say).body("application/json", body).send().await.expect(201);
}

#[tokio::test]
async fn what_no_route_takes_is_refused_in_the_same_form() {
    let cast = Cast::gather().await;
    for (method, path) in [
        ("GET", "/api/v1/nowhere"),
        ("GET", "/api/v1"),
        ("GET", "/api/v1/"),
        ("GET", "/api/v2/me"),
        ("GET", "/api/v1/me/"),
        ("GET", "/api/v1//me"),
        ("GET", "/api/v1/ME"),
        ("PUT", "/api/v1/me"),
        ("POST", "/api/v1/me"),
        ("PATCH", "/api/v1/rooms"),
        ("DELETE", "/api/v1/rooms"),
        ("OPTIONS", "/api/v1/rooms"),
        ("BREW", "/api/v1/rooms"),
        ("GET", "/files/avatars/"),
        ("GET", "/files/../secrets.json"),
        ("GET", "/files/avatars/..%2f..%2fsecrets.json"),
        ("GET", "/hooks/x"),
        ("GET", "/.env"),
        ("GET", "/"),
    ] {
        let answer = cast.ines.plain(method, path).send().await;
        let problem = answer.problem();
        assert!(matches!(problem.status, 404 | 405), "{method} {path}: {problem:?}");
    }
}

#[tokio::test]
async fn s_conf_2_trace_is_answered_nowhere() {
    let cast = Cast::gather().await;
    for path in ["/", "/api/v1/me", "/healthz", "/ws", "/docs", "/nowhere"] {
        let answer = cast.ines.plain("TRACE", path).header("x-probe", "telltale").send().await;
        assert!(matches!(answer.status, 404 | 405), "{path}: {}", answer.status);
        assert!(!answer.text().contains("telltale"), "{path}");
    }
}

#[tokio::test]
async fn s_hdr_4_no_other_origin_is_allowed_by_cors() {
    let cast = Cast::gather().await;
    for origin in ["https://evil.example", "null"] {
        let preflight = cast.place.anyone().ask("OPTIONS", "/me").header("origin", origin);
        let preflight = preflight.header("access-control-request-method", "GET").send().await;
        let read = cast.ines.ask("GET", "/me").header("origin", origin).send().await;
        for answer in [preflight, read] {
            assert_eq!(answer.header("access-control-allow-origin"), None);
            assert_eq!(answer.header("access-control-allow-credentials"), None);
        }
    }
}

#[tokio::test]
async fn s_http_1_ambiguous_framing_is_refused_and_the_connection_closed() {
    let cast = Cast::gather().await;
    let smuggled = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    for (what, rest) in [
        ("length and chunks", "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("chunks and length", "transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n"),
        ("two lengths", "content-length: 0\r\ncontent-length: 40\r\n\r\n"),
        ("a list of lengths", "content-length: 0, 40\r\n\r\n"),
        ("a signed length", "content-length: +2\r\n\r\n{}"),
        ("a negative length", "content-length: -1\r\n\r\n"),
        ("a length in words", "content-length: two\r\n\r\n{}"),
        ("a length that overflows", "content-length: 99999999999999999999\r\n\r\n"),
        ("an encoding of another kind", "transfer-encoding: gzip\r\n\r\n"),
        ("an encoding twice", "transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
        ("an encoding that is hidden", "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n"),
        ("a space before the colon", "content-length : 2\r\n\r\n{}"),
        ("a folded header", "content-length:\r\n 2\r\n\r\n{}"),
        ("a chunk size that is none", "transfer-encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n"),
        ("a chunk size that overflows", "transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}\r\n0\r\n\r\n"),
        ("a bare line feed in a chunk head", "transfer-encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n"),
    ] {
        let mut wire = Wire::connect(cast.place.address).await;
        wire.write(format!("{head}{rest}{smuggled}").as_bytes()).await;
        let everything = String::from_utf8_lossy(&within(what, wire.rest()).await).into_owned();
        assert!(everything.starts_with("HTTP/1.1 400"), "{what}: {everything}");
        assert_eq!(everything.matches("HTTP/1.1 ").count(), 1, "{what}: something was smuggled: {everything}");
    }
    cast.ines.get("/me").await.expect(200);
}

#[tokio::test]
async fn s_dos_2_heads_are_bounded() {
    let cast = Cast::gather().await;
    let many: String = (0..200).map(|number| format!("x-{number}: y\r\n")).collect();
    for (what, head) in [
        ("headers", format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{many}\r\n")),
        ("a path", format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(200_000))),
        ("a header", format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(200_000))),
    ] {
        let answer = within(what, blunt(cast.place.address, head.as_bytes())).await;
        assert!(answer.is_none_or(|answer| (400..500).contains(&answer.status)), "{what}");
    }
    cast.ines.get("/me").await.expect(200);
}

/// Sends the beginning of a request and waits for what the server makes of the silence after it.
async fn stall(place: &Place, head: String) -> (u16, Instant) {
    let mut wire = Wire::connect(place.address).await;
    wire.write(head.as_bytes()).await;
    let answer = within("an end of waiting", wire.answer(false)).await;
    let status = answer.map_or(0, |answer| answer.status);
    assert!(!within("the end of the connection", wire.read()).await, "{status}: the connection ends too");
    (status, Instant::now())
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
    let avatar = post("/api/v1/me/avatar", "image/png", "content-length: 5000", "\u{89}PNG").replacen("POST", "PUT", 1);
    let place = &cast.place;
    // All at once: the deadline is the same for all.
    let (declared, chunked, upgrade, picture, ignored, head) = tokio::join!(
        stall(place, post(login, json, "content-length: 100", "{\"login\":")),
        stall(place, post(login, json, "transfer-encoding: chunked", "5\r\n{\"lo")),
        stall(place, post(login, json, "content-length: 100\r\nupgrade: websocket\r\nconnection: upgrade", "{")),
        stall(place, avatar),
        stall(place, post("/api/v1/rooms/1/join", json, "content-length: 100", "{")),
        stall(place, "GET /healthz HTTP/1.1\r\nhost:".to_owned()),
    );
    for (what, (status, _)) in [("declared", declared), ("chunked", chunked), ("upgrade", upgrade), ("picture", picture)] {
        assert_eq!(status, 408, "{what}");
    }
    assert!(matches!(head.0, 0 | 408), "a head that does not end: {}", head.0);
    assert_eq!(ignored.0, 200, "a route without a body need not wait for one");
    // Others were served all the while, and are now.
    cast.place.sign_in("tom").await;
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let mut wire = Wire::connect(place.address).await;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n", ines.token);
    let all = [get("/api/v1/me"), get("/api/v1/nowhere"), get("/healthz"), get("/api/v1/rooms")].concat();
    wire.write(all.as_bytes()).await;
    for expected in [200, 404, 200, 200] {
        let answer = within("an answer", wire.answer(false)).await.expect("an answer");
        assert_eq!(answer.status, expected);
    }
}

#[tokio::test]
async fn a_head_request_has_the_headers_and_no_body() {
    let place = Place::open();
    for path in ["/healthz", "/openapi.json"] {
        let answer = place.anyone().plain("HEAD", path).send().await;
        assert!(matches!(answer.status, 200 | 404 | 405) && answer.body.is_empty(), "{path}: {}", answer.status);
    }
}

#[tokio::test]
async fn health_and_readiness_answer() {
    let mut place = Place::open();
    assert_eq!(place.anyone().plain("GET", "/healthz").send().await.expect(200).json(), json!({ "status": "ok" }));
    assert_eq!(place.anyone().plain("GET", "/readyz").send().await.expect(200).json(), json!({ "status": "ready" }));
    place.restart();
    place.anyone().plain("GET", "/readyz").send().await.expect(200);
}

#[tokio::test]
async fn s_rate_4_many_sign_ins_at_once_hold_nobody_else_up() {
    let place = Place::with(|config| config.hashing.bcrypt_cost = 10);
    let ines = place.admit("ines").await;
    let room = ines.general().await.id;
    let sign_in = json!({ "login": "ines", "password": PASSWORD });
    let address = place.address;
    let mut crowd = Vec::new();
    for _ in 0..60 {
        let body = sign_in.clone();
        crowd.push(tokio::spawn(async move {
            let anyone = crate::support::Caller::anonymous(address);
            (anyone.post("/auth/login", &body).await, Instant::now())
        }));
    }
    // Everything else goes on meanwhile.
    for number in 0..5 {
        ines.get("/rooms").await.expect(200);
        ines.say(room, &format!("still here {number}")).await;
    }
    let served = Instant::now();
    let mut last = None;
    let (mut let_in, mut sent_away) = (0, 0);
    for member in crowd {
        let (answer, at) = member.await.expect("an answer");
        last = last.max(Some(at));
        match answer.status {
            200 => let_in += 1,
            _ => {
                sent_away += 1;
                answer.refused(ErrorCode::Overloaded);
                assert!(answer.header("retry-after").is_some());
            }
        }
    }
    assert!(served < last.expect("sixty"), "the others did not wait for the last of them");
    assert!(let_in > 0 && sent_away > 0, "{let_in} let in, {sent_away} sent away: the queue is bounded");
}
