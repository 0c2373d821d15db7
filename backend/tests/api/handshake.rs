//! The gate before the socket: who is refused, with what, and before which look at the token.

use crate::support::{
    Answer, Caller, Place, Socket,
    caller::claims,
    faults::{access_header, forge, now_s},
    socket::{CLOSE, TEXT, handshake, knock, masked},
    wire::Wire,
    within,
};
use serde_json::json;
use shared::ErrorCode;

/// The refusal of a handshake.
async fn refused(place: &Place, target: &str, headers: &[(&str, &str)]) -> (u16, ErrorCode) {
    let answer = Answer::of(target, knock(place.address, target, headers).await);
    (answer.status, answer.problem().code)
}

#[tokio::test]
async fn s_jwt_2_no_token_or_a_bad_one_is_401_and_no_upgrade() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let good = &ines.token;
    let mut expired = claims(good);
    expired["iat"] = json!(now_s() - 900);
    expired["exp"] = json!(now_s() - 60);
    let expired = forge(&access_header(), &expired, &place.signing_key());
    let wrong_key = forge(&access_header(), &claims(good), &[9; 32]);
    for target in [
        "/ws".to_owned(),
        "/ws?".into(),
        "/ws?token=".into(),
        "/ws?token=x.y.z".into(),
        "/ws?Token=abc".into(),
        format!("/ws?token={good}x"),
        format!("/ws?token={expired}"),
        format!("/ws?token={wrong_key}"),
        format!("/ws?token={}", ines.files),
        format!("/ws?token={}", ines.refresh),
        format!("/ws?token={good}&token={good}"),
        "/ws?token=%00".into(),
        format!("/ws?token={}", "a".repeat(5_000)),
    ] {
        let code = (401, ErrorCode::Unauthenticated);
        assert_eq!(refused(&place, &target, &[]).await, code, "{target}");
    }
}

#[tokio::test]
async fn s_tok_3_a_bad_query_token_is_not_rescued_by_a_header_or_cookie() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let bearer = format!("Bearer {}", ines.token);
    let cookies = format!(
        "confab_refresh={}; confab_files={}",
        ines.refresh, ines.files
    );
    let headers = [
        ("authorization", bearer.as_str()),
        ("cookie", cookies.as_str()),
    ];
    for target in ["/ws", "/ws?token=junk"] {
        assert_eq!(refused(&place, target, &headers).await.0, 401, "{target}");
    }
}

#[tokio::test]
async fn a_refused_token_is_never_repeated_in_the_answer() {
    let place = Place::open();
    let answer = knock(place.address, "/ws?token=telltale-token", &[]).await;
    assert!(!String::from_utf8_lossy(&answer.body).contains("telltale"));
    assert!(
        !answer
            .headers
            .iter()
            .any(|(_, value)| value.contains("telltale"))
    );
}

#[tokio::test]
async fn s_jwt_9_the_token_of_an_ended_session_opens_nothing() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let waiting = ines.socket_token().await;
    ines.post("/auth/logout", &json!({})).await.expect(204);
    for token in [&ines.token, &waiting] {
        let (status, code) = refused(&place, &format!("/ws?token={token}"), &[]).await;
        assert_eq!((status, code), (401, ErrorCode::SessionRevoked));
    }
}

#[tokio::test]
async fn s_ws_1_the_origin_is_compared_whole_and_before_the_token() {
    let place = Place::with(|config| {
        config.public_url = Some("https://chat.example.org".into());
        config.allowed_origins = vec!["http://localhost:8080".into()];
    });
    for origin in [
        "null",
        "https://chat.example.org.evil.com",
        "https://evil-chat.example.org",
        "https://evil.com/https://chat.example.org",
        "https://chat.example.org@evil.com",
        "https://user@chat.example.org",
        "https://chat.example.org:444",
        "http://chat.example.org",
        "https://chat.example.org/",
        "https://sub.chat.example.org",
        "http://localhost:8081",
        "http://localhost",
        "https://localhost:8080",
        "file://",
        "wss://chat.example.org",
    ] {
        // Without any token: the origin is looked at first.
        let code = (403, ErrorCode::OriginNotAllowed);
        assert_eq!(
            refused(&place, "/ws", &[("origin", origin)]).await,
            code,
            "{origin}"
        );
    }
    for origin in [
        "https://chat.example.org",
        "https://chat.example.org:443",
        "https://CHAT.example.org",
        "http://localhost:8080",
    ] {
        let code = (401, ErrorCode::Unauthenticated);
        assert_eq!(
            refused(&place, "/ws", &[("origin", origin)]).await,
            code,
            "{origin}"
        );
    }
}

#[tokio::test]
async fn s_ws_1_two_origin_headers_are_refused() {
    let place = Place::open();
    let own = format!("http://{}", place.address);
    let headers = [("origin", own.as_str()), ("origin", own.as_str())];
    assert_eq!(refused(&place, "/ws", &headers).await.0, 403);
}

#[tokio::test]
async fn s_ws_1_without_a_public_url_the_page_served_from_here_may() {
    let place = Place::open();
    let own = format!("http://{}", place.address);
    assert_eq!(refused(&place, "/ws", &[("origin", &own)]).await.0, 401);
    let port = place.address.port();
    let rebound = [("origin", "http://evil.com"), ("host", "evil.com")];
    assert_eq!(
        refused(&place, "/ws", &rebound).await.0,
        403,
        "a rebound name"
    );
    let other = format!("http://127.0.0.1:{}", port ^ 1);
    assert_eq!(refused(&place, "/ws", &[("origin", &other)]).await.0, 403);
}

#[tokio::test]
async fn s_ws_2_a_program_without_an_origin_may() {
    let place = Place::open();
    Socket::open(&place.admit("ines").await).await.lives().await;
}

#[tokio::test]
async fn s_ws_3_what_is_no_whole_handshake_gets_426_or_400() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let target = format!("/ws?token={}", ines.token);
    for (headers, expected) in [
        (vec![("upgrade", "")], 426),
        (vec![("connection", "")], 426),
        (vec![("upgrade", "h2c")], 426),
        (vec![("sec-websocket-version", "8")], 426),
        (vec![("sec-websocket-version", "")], 426),
        (vec![("sec-websocket-key", "")], 400),
        (vec![("sec-websocket-key", "short")], 400),
    ] {
        let answer = Answer::of("/ws", knock(place.address, &target, &headers).await);
        assert_eq!(answer.status, expected, "{headers:?}");
        answer.problem();
        if expected == 426 {
            assert_eq!(answer.header("upgrade"), Some("websocket"));
            assert_eq!(answer.header("sec-websocket-version"), Some("13"));
        }
    }
    for method in ["POST", "PUT", "DELETE", "PATCH"] {
        let answer = ines
            .plain(method, &target)
            .header("upgrade", "websocket")
            .send()
            .await;
        answer.refused(ErrorCode::MethodNotAllowed);
    }
}

#[tokio::test]
async fn s_ws_7_no_extension_and_no_subprotocol_is_agreed_to() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let target = format!("/ws?token={}", ines.token);
    let headers = [
        (
            "sec-websocket-extensions",
            "permessage-deflate; client_max_window_bits",
        ),
        ("sec-websocket-protocol", "chat, superchat"),
    ];
    let mut wire = Wire::connect(place.address).await;
    wire.write(handshake(place.address, &target, &headers).as_bytes())
        .await;
    let answer = within("an answer", wire.answer(false))
        .await
        .expect("an answer");
    assert_eq!(answer.status, 101);
    assert_eq!(answer.all("sec-websocket-extensions").next(), None);
    assert!(answer.all("sec-websocket-protocol").count() <= 1);
}

#[tokio::test]
async fn s_dos_6_beyond_the_cap_a_socket_is_refused_and_a_closed_one_makes_room() {
    // Seats are each node's own, here and below.
    let place = Place::alone(|config| config.max_sockets = 2);
    let ines = place.admit("ines").await;
    let first = Socket::open(&ines).await;
    let _second = Socket::open(&ines).await;
    let target = format!("/ws?token={}", ines.token);
    let answer = Answer::of("/ws", knock(place.address, &target, &[]).await);
    answer.refused(ErrorCode::Overloaded);
    assert!(answer.header("retry-after").is_some());
    drop(first);
    within("room for one more", async {
        while knock(place.address, &target, &[]).await.status != 101 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Opens the socket without reading what it says: the connection, or the refusal.
async fn sit_down(caller: &Caller, forwarded_for: &str) -> Result<Wire, Answer> {
    let target = format!("/ws?token={}", caller.token);
    let headers = [("x-forwarded-for", forwarded_for)];
    let mut wire = Wire::connect(caller.address).await;
    wire.write(handshake(caller.address, &target, &headers).as_bytes())
        .await;
    let answer = within("an answer", wire.answer(false))
        .await
        .expect("an answer");
    match answer.status {
        101 => Ok(wire),
        _ => Err(Answer::of("one more", answer)),
    }
}

#[tokio::test]
async fn s_dos_6_one_person_has_so_many_sockets_on_all_threads_together() {
    let place = Place::alone(|config| config.workers = Some(3));
    let ines = place.admit("ines").await;
    let tom = place.admit("tom").await;
    let mut open = Vec::new();
    let refused = loop {
        assert!(open.len() <= 100, "no cap");
        match sit_down(&ines, "").await {
            Ok(wire) => open.push(wire),
            Err(answer) => break answer,
        }
    };
    assert_eq!(open.len(), 100);
    refused.refused(ErrorCode::RateLimited);
    assert!(refused.header("retry-after").is_some());
    Socket::open(&tom).await.lives().await;
    open.pop();
    within("room for one more", async {
        while sit_down(&ines, "").await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn s_dos_6_one_network_has_so_many_sockets_whoever_opens_them() {
    let place = Place::alone(|config| {
        config.rate_limits = "on".into();
        config.max_sockets_per_network = 2;
        config.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
    });
    let ines = place.admit("ines").await;
    let tom = place.admit("tom").await;
    let first = sit_down(&ines, "203.0.113.7").await.expect("a seat");
    let _second = sit_down(&tom, "203.0.113.8").await.expect("a seat");
    for (caller, from) in [(&ines, "203.0.113.7"), (&tom, "8.8.8.8, 203.0.113.200")] {
        let refused = sit_down(caller, from).await.err().expect("a refusal");
        refused.refused(ErrorCode::RateLimited);
        assert!(refused.header("retry-after").is_some());
    }
    sit_down(&ines, "198.51.100.7")
        .await
        .expect("another network");
    drop(first);
    within("room for one more", async {
        while sit_down(&tom, "203.0.113.9").await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn s_dos_6_load_tests_open_all_their_sockets_from_one_network() {
    let place = Place::with(|config| config.max_sockets_per_network = 0);
    Socket::open(&place.admit("ines").await).await.lives().await;
}

#[tokio::test]
async fn s_dos_6_however_a_socket_ends_its_place_is_free_again() {
    let place = Place::alone(|config| config.max_sockets = 1);
    let ines = place.admit("ines").await;
    for end in ["close", "broken protocol", "sign out", "vanish", "vanish"] {
        let desk = place.sign_in("ines").await;
        let mut wire = within("a free place", async {
            loop {
                match sit_down(&desk, "").await {
                    Ok(wire) => break wire,
                    Err(full) => drop(full.refused(ErrorCode::Overloaded)),
                }
            }
        })
        .await;
        let refused = sit_down(&ines, "").await.err();
        refused
            .unwrap_or_else(|| panic!("{end}: the place is taken"))
            .refused(ErrorCode::Overloaded);
        match end {
            "close" => drop(wire.write(&masked(0x80 | CLOSE, &[3, 232])).await),
            "broken protocol" => drop(wire.write(&masked(0xf0 | TEXT, b"{}")).await),
            "sign out" => drop(desk.post("/auth/logout", &json!({})).await.expect(204)),
            _ => continue,
        }
        wire.rest().await;
    }
}

#[tokio::test]
async fn s_dos_6_a_handshake_that_fails_after_the_gate_takes_no_place() {
    let place = Place::alone(|config| config.max_sockets = 1);
    let ines = place.admit("ines").await;
    let target = format!("/ws?token={}", ines.token);
    for headers in [
        [("sec-websocket-version", "13, 8")].as_slice(),
        &[("upgrade", "h2c"), ("upgrade", "websocket")],
    ] {
        for _ in 0..3 {
            let answer = Answer::of("/ws", knock(place.address, &target, headers).await);
            answer.refused(ErrorCode::UpgradeRequired);
        }
    }
    Socket::open(&ines).await.lives().await;
}

/// A build with the route has other tests, which need it.
#[cfg(not(feature = "conformance"))]
#[tokio::test]
async fn no_route_echoes_frames_to_anybody() {
    let place = Place::open();
    let answer = knock(place.address, "/conformance", &[]).await;
    Answer::of("/conformance", answer).refused(ErrorCode::NotFound);
}
