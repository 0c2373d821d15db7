//! HTTP itself: errors of one form, headers on everything, bodies that stall, swell or lie about their length.

use crate::support::{Cast, Place, app::PASSWORD, faults::blunt, wire::Wire, within};
use serde_json::json;
use shared::ErrorCode;
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
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        assert_eq!(
            answer.header("referrer-policy"),
            Some("no-referrer"),
            "{path}"
        );
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            Some("same-origin"),
            "{path}"
        );
        assert_eq!(
            answer.header("cross-origin-resource-policy"),
            Some("same-origin"),
            "{path}"
        );
        let permissions = answer.header("permissions-policy").expect("a policy");
        for device in [
            "camera=(self)",
            "microphone=(self)",
            "display-capture=(self)",
        ] {
            assert!(permissions.contains(device), "{path}: {permissions}");
        }
        let csp = answer.header("content-security-policy").expect("a policy");
        assert!(
            csp.contains("default-src 'none'") && csp.contains("frame-ancestors 'none'"),
            "{path}: {csp}"
        );
        assert!(
            answer
                .header("x-request-id")
                .is_some_and(|id| id.len() == 36),
            "{path}"
        );
        assert_eq!(answer.header("server"), None, "{path}");
        assert_eq!(answer.header("x-powered-by"), None, "{path}");
        if path.starts_with("/api/") {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        }
        if let Some(kind) = answer
            .header("content-type")
            .filter(|kind| kind.starts_with("text/"))
        {
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
    let chosen = place
        .anyone()
        .ask("GET", "/me")
        .header("x-request-id", "mine")
        .send()
        .await;
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
        (
            "application/json",
            "{\"client_id\":\"x\",\"body\":\"\\ud800\"}",
            ErrorCode::Malformed,
        ),
        ("application/json", "nonsense", ErrorCode::Malformed),
        (
            "application/json",
            "{\"client_id\":\"x\",\"body\":\"x\"} {}",
            ErrorCode::Malformed,
        ),
        ("application/json", "null", ErrorCode::Validation),
        ("application/json", "[]", ErrorCode::Validation),
        (
            "application/json",
            "[\"00000000-0000-7000-8000-000000000000\", \"in order\"]",
            ErrorCode::Validation,
        ),
        ("application/json", "{}", ErrorCode::Validation),
        (
            "application/json",
            "{\"body\":\"a\",\"body\":\"b\"}",
            ErrorCode::Validation,
        ),
        (
            "application/json; charset=utf-8",
            "{}",
            ErrorCode::Validation,
        ),
        ("text/plain", "{}", ErrorCode::UnsupportedType),
        (
            "application/x-www-form-urlencoded",
            "body=x",
            ErrorCode::UnsupportedType,
        ),
        ("application/jsonp", "{}", ErrorCode::UnsupportedType),
        ("", "{}", ErrorCode::UnsupportedType),
    ] {
        let problem = cast
            .ines
            .ask("POST", &say)
            .body(mime, body)
            .send()
            .await
            .refused(code);
        for inside in ["src/", ".rs", "sqlite", "SELECT", "diesel", "serde"] {
            assert!(!problem.detail.contains(inside), "{}", problem.detail);
        }
    }
    let bytes = b"{\"body\":\"\xff\"}".to_vec();
    let answer = cast
        .ines
        .ask("POST", &say)
        .body("application/json", bytes)
        .send()
        .await;
    answer.refused(ErrorCode::Malformed);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let answer = cast
        .ines
        .ask("POST", &say)
        .body("application/json", deep)
        .send()
        .await;
    assert!((400..500).contains(&answer.problem().status));
    cast.ines
        .ask("POST", &say)
        .send()
        .await
        .refused(ErrorCode::UnsupportedType);
    cast.ines.say(cast.den, "all is well").await;
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
        assert!(
            matches!(problem.status, 404 | 405),
            "{method} {path}: {problem:?}"
        );
    }
}

#[tokio::test]
async fn s_conf_2_trace_is_answered_nowhere() {
    let cast = Cast::gather().await;
    for path in ["/", "/api/v1/me", "/healthz", "/ws", "/docs", "/nowhere"] {
        let answer = cast
            .ines
            .plain("TRACE", path)
            .header("x-probe", "telltale")
            .send()
            .await;
        assert!(
            matches!(answer.status, 404 | 405),
            "{path}: {}",
            answer.status
        );
        assert!(!answer.text().contains("telltale"), "{path}");
    }
}

#[tokio::test]
async fn s_hdr_4_no_other_origin_is_allowed_by_cors() {
    let cast = Cast::gather().await;
    for origin in ["https://evil.example", "null"] {
        let preflight = cast
            .place
            .anyone()
            .ask("OPTIONS", "/me")
            .header("origin", origin);
        let preflight = preflight
            .header("access-control-request-method", "GET")
            .send()
            .await;
        let read = cast
            .ines
            .ask("GET", "/me")
            .header("origin", origin)
            .send()
            .await;
        for answer in [preflight, read] {
            assert_eq!(answer.header("access-control-allow-origin"), None);
            assert_eq!(answer.header("access-control-allow-credentials"), None);
        }
    }
}

#[tokio::test]
async fn s_dos_2_heads_are_bounded() {
    let cast = Cast::gather().await;
    let many: String = (0..200)
        .map(|number| format!("x-{number}: y\r\n"))
        .collect();
    for (what, head) in [
        (
            "headers",
            format!("GET /healthz HTTP/1.1\r\nhost: x\r\n{many}\r\n"),
        ),
        (
            "a path",
            format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(200_000)),
        ),
        (
            "a header",
            format!(
                "GET /healthz HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
                "a".repeat(200_000)
            ),
        ),
    ] {
        let answer = within(what, blunt(cast.place.address, head.as_bytes())).await;
        assert!(
            answer.is_none_or(|answer| (400..500).contains(&answer.status)),
            "{what}"
        );
    }
    cast.ines.get("/me").await.expect(200);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let mut wire = Wire::connect(place.address).await;
    let get = |path: &str| {
        format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
            ines.token
        )
    };
    let all = [
        get("/api/v1/me"),
        get("/api/v1/nowhere"),
        get("/healthz"),
        get("/api/v1/rooms"),
    ]
    .concat();
    wire.write(all.as_bytes()).await;
    for expected in [200, 404, 200, 200] {
        let answer = within("an answer", wire.answer(false))
            .await
            .expect("an answer");
        assert_eq!(answer.status, expected);
    }
}

#[tokio::test]
async fn a_head_request_has_the_headers_and_no_body() {
    let place = Place::open();
    for path in ["/healthz", "/openapi.json"] {
        let answer = place.anyone().plain("HEAD", path).send().await;
        assert!(
            matches!(answer.status, 200 | 404 | 405) && answer.body.is_empty(),
            "{path}: {}",
            answer.status
        );
    }
}

#[tokio::test]
async fn health_and_readiness_answer() {
    let mut place = Place::open();
    assert_eq!(
        place
            .anyone()
            .plain("GET", "/healthz")
            .send()
            .await
            .expect(200)
            .json(),
        json!({ "status": "ok" })
    );
    assert_eq!(
        place
            .anyone()
            .plain("GET", "/readyz")
            .send()
            .await
            .expect(200)
            .json(),
        json!({ "status": "ready" })
    );
    place.restart();
    place
        .anyone()
        .plain("GET", "/readyz")
        .send()
        .await
        .expect(200);
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
    assert!(
        served < last.expect("sixty"),
        "the others did not wait for the last of them"
    );
    assert!(
        let_in > 0 && sent_away > 0,
        "{let_in} let in, {sent_away} sent away: the queue is bounded"
    );
}
