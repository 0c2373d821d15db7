//! Who may call what: every route and every frame has its entry, every entry is tried. A new route without
//! an entry fails here, and so does an entry that nothing answers to.

use crate::support::{
    Answer, Caller, Cast, Place, Socket,
    caller::{claims, client_id},
    faults::{access_header, forge, forge_512, now_s, unsigned},
};
use serde_json::{Value, json};
use shared::{ClientFrame, ErrorCode, event::FrameId};
use std::collections::BTreeSet;

/// Who may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum May {
    /// Anyone, signed in or not.
    Anyone,
    /// Anyone who has the cookie that the route is about.
    Cookie,
    /// Anyone signed in, about themselves or about what everyone may see.
    SignedIn,
    /// Signed in, by Bearer token or by the files cookie.
    Reader,
    /// Those who run the place.
    Admin,
    /// Everyone for public rooms, members for the others.
    Finder,
    /// Members of the room.
    Member,
    /// Moderators and owners of the room.
    Moderator,
    /// Members whose own message it is; moderators may delete it, too.
    Author,
    /// Whoever has a token for the socket.
    SocketToken,
}
use May::*;

/// Stands in paths for the room of the cast, a message in it, a member of it, and someone's own session.
pub(crate) const ROUTES: &[(&str, &str, May)] = &[
    ("GET", "/healthz", Anyone),
    ("GET", "/readyz", Anyone),
    ("GET", "/openapi.json", Anyone),
    ("GET", "/docs", Anyone),
    ("GET", "/docs/style.css", Anyone),
    ("GET", "/ws", SocketToken),
    ("GET", "/files/avatars/{key}", Reader),
    ("GET", "/api/v1/server", Anyone),
    ("PATCH", "/api/v1/server", Admin),
    ("POST", "/api/v1/auth/register", Anyone),
    ("POST", "/api/v1/auth/login", Anyone),
    ("POST", "/api/v1/auth/refresh", Cookie),
    ("POST", "/api/v1/auth/logout", Cookie),
    ("GET", "/api/v1/auth/sessions", SignedIn),
    ("DELETE", "/api/v1/auth/sessions/{id}", SignedIn),
    ("POST", "/api/v1/auth/socket-token", SignedIn),
    ("GET", "/api/v1/me", SignedIn),
    ("PATCH", "/api/v1/me", SignedIn),
    ("DELETE", "/api/v1/me", SignedIn),
    ("POST", "/api/v1/me/password", SignedIn),
    ("PUT", "/api/v1/me/avatar", SignedIn),
    ("DELETE", "/api/v1/me/avatar", SignedIn),
    ("GET", "/api/v1/me/export", SignedIn),
    ("POST", "/api/v1/me/export", SignedIn),
    ("GET", "/api/v1/users", SignedIn),
    ("GET", "/api/v1/users/{id}", SignedIn),
    ("GET", "/api/v1/rooms", SignedIn),
    ("POST", "/api/v1/rooms", SignedIn),
    ("POST", "/api/v1/rooms/direct", SignedIn),
    ("GET", "/api/v1/rooms/{id}", Finder),
    ("PATCH", "/api/v1/rooms/{id}", Moderator),
    ("PATCH", "/api/v1/rooms/{id}/settings", Member),
    ("POST", "/api/v1/rooms/{id}/join", Finder),
    ("POST", "/api/v1/rooms/{id}/leave", Member),
    ("GET", "/api/v1/rooms/{id}/members", Member),
    ("PUT", "/api/v1/rooms/{id}/members/{user_id}", Member),
    ("DELETE", "/api/v1/rooms/{id}/members/{user_id}", Moderator),
    ("GET", "/api/v1/rooms/{id}/messages", Member),
    ("POST", "/api/v1/rooms/{id}/messages", Member),
    ("GET", "/api/v1/rooms/{id}/changes", Member),
    ("PUT", "/api/v1/rooms/{id}/read", Member),
    ("GET", "/api/v1/messages/{id}", Member),
    ("PATCH", "/api/v1/messages/{id}", Author),
    ("DELETE", "/api/v1/messages/{id}", Author),
];

/// Every frame that a client may send, and who may.
const FRAMES: &[(&str, May)] = &[
    ("send", Member),
    ("edit", Author),
    ("delete", Author),
    ("read", Member),
    ("typing", Member),
    ("focus", Member),
    ("watch", SignedIn),
    ("changes", Member),
    ("auth", SignedIn),
    ("pong", SignedIn),
];

/// The part of the table that the OpenAPI document lists; the rest is about the server itself.
fn documented(path: &str) -> bool {
    path.starts_with("/api/") || path.starts_with("/files/")
}

#[test]
fn s_az_1_every_route_has_an_entry_and_every_entry_a_route() {
    let listed: BTreeSet<(String, String)> = confab::docs::listed().into_iter().collect();
    let entered: BTreeSet<(String, String)> = ROUTES
        .iter()
        .filter(|(_, path, _)| documented(path))
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    let missing: Vec<_> = listed.difference(&entered).collect();
    let stale: Vec<_> = entered.difference(&listed).collect();
    assert!(missing.is_empty(), "routes without a policy: {missing:?}");
    assert!(stale.is_empty(), "policies without a route: {stale:?}");
    let all: BTreeSet<_> = ROUTES
        .iter()
        .map(|(method, path, _)| (method, path))
        .collect();
    assert_eq!(all.len(), ROUTES.len(), "an entry stands twice");
}

#[test]
fn s_az_1_every_frame_has_an_entry_and_every_entry_a_frame() {
    // A new kind of frame does not compile here until it has its word, and fails until it has its entry.
    let word = |frame: &ClientFrame| match frame {
        ClientFrame::Send { .. } => "send",
        ClientFrame::Edit { .. } => "edit",
        ClientFrame::Delete { .. } => "delete",
        ClientFrame::Read { .. } => "read",
        ClientFrame::Typing { .. } => "typing",
        ClientFrame::Focus { .. } => "focus",
        ClientFrame::Watch { .. } => "watch",
        ClientFrame::Changes { .. } => "changes",
        ClientFrame::Auth { .. } => "auth",
        ClientFrame::Pong => "pong",
    };
    let pong = ClientFrame::Pong;
    assert_eq!(
        serde_json::to_value(&pong).expect("JSON")["type"],
        word(&pong)
    );
    let unknown = serde_json::from_str::<ClientFrame>(r#"{"type":"dance"}"#).expect_err("unknown");
    let words = unknown.to_string();
    let known: BTreeSet<&str> = words.split('`').skip(3).step_by(2).collect();
    let entered: BTreeSet<&str> = FRAMES.iter().map(|(word, _)| *word).collect();
    assert_eq!(entered, known);
}

/// A body that the route takes.
pub(crate) fn body(method: &str, path: &str, cast: &Cast) -> Option<Value> {
    let body = match (method, path.trim_start_matches("/api/v1")) {
        ("PATCH", "/server") => json!({ "name": "Harbour" }),
        ("PATCH", "/me") => json!({ "bio": "sails" }),
        ("DELETE", "/me") | ("POST", "/me/export") => json!({ "password": "not it at all" }),
        ("POST", "/me/password") => json!({ "current_password": "x", "new_password": "y" }),
        ("POST", "/rooms") => json!({ "kind": "private", "name": "Nook" }),
        ("POST", "/rooms/direct") => json!({ "user_ids": [cast.ines.id] }),
        ("PATCH", "/rooms/{id}") => json!({ "topic": "hush" }),
        ("PATCH", "/rooms/{id}/settings") => json!({ "muted": true }),
        ("PUT", "/rooms/{id}/members/{user_id}") => json!({ "role": "member" }),
        ("POST", "/rooms/{id}/messages") => json!({ "client_id": client_id(), "body": "hello" }),
        ("PUT", "/rooms/{id}/read") => json!({ "seq": 1 }),
        ("PATCH", "/messages/{id}") => json!({ "body": "changed" }),
        ("POST", _) => json!({}),
        _ => return None,
    };
    Some(body)
}

/// The path with these ids in it.
fn fill(path: &str, room: i64, message: i64, user: i64) -> String {
    let path = match path {
        path if path.contains("/messages/{id}") => path.replace("{id}", &message.to_string()),
        path if path.contains("/rooms/{id}") => path.replace("{id}", &room.to_string()),
        path => path.replace("{id}", &user.to_string()),
    };
    let path = path.replace("{user_id}", &user.to_string());
    let path = path.replace("{key}", &format!("{}.jpg", "0".repeat(32)));
    if path.ends_with("/changes") {
        path + "?after=0"
    } else {
        path
    }
}

pub(crate) async fn call(
    caller: &Caller,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Answer {
    let request = caller.plain(method, path);
    match body {
        Some(body) => request.json(body).send().await,
        None => request.send().await,
    }
}

/// Tokens that are none, each wrong in one way.
fn bad_tokens(place: &Place, caller: &Caller) -> Vec<(&'static str, String)> {
    let key = place.signing_key();
    let good = claims(&caller.token);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut claims = good.clone();
        change(&mut claims);
        forge(&access_header(), &claims, &key)
    };
    let mut tokens = vec![
        ("words", "not a token".to_owned()),
        ("dots", "..".into()),
        (
            "one part",
            caller.token.split('.').next().expect("a part").into(),
        ),
        ("a cut one", caller.token[..caller.token.len() - 2].into()),
        ("another key", forge(&access_header(), &good, &[9; 32])),
        ("no key", forge(&access_header(), &good, &[])),
        (
            "expired",
            with(&|c| {
                c["iat"] = json!(now_s() - 900);
                c["exp"] = json!(now_s() - 60);
            }),
        ),
        ("not yet", with(&|c| c["nbf"] = json!(now_s() + 600))),
        (
            "issued tomorrow",
            with(&|c| {
                c["iat"] = json!(now_s() + 600);
                c["exp"] = json!(now_s() + 700);
            }),
        ),
        (
            "for too long",
            with(&|c| c["exp"] = json!(now_s() + 90_000)),
        ),
        (
            "wrong audience",
            with(&|c| c["aud"] = json!("confab:socket")),
        ),
        ("wrong issuer", with(&|c| c["iss"] = json!("elsewhere"))),
        ("a socket's", caller.files.clone()),
        ("a refresh token", caller.refresh.clone()),
        (
            "longer than 4 KiB",
            format!("{}.{}", caller.token, "a".repeat(5_000)),
        ),
    ];
    // S-JWT-7: each of these is required, and of its type.
    for claim in ["exp", "iat", "aud", "iss", "sub", "sid"] {
        tokens.push((
            claim,
            with(&|c| {
                c.as_object_mut().expect("claims").remove(claim);
            }),
        ));
        tokens.push((claim, with(&|c| c[claim] = Value::Null)));
        tokens.push((claim, with(&|c| c[claim] = json!([c[claim].clone()]))));
        let text = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| json!(value.to_string()), |_| json!(1))
        };
        tokens.push((claim, with(&|c| c[claim] = text(&c[claim]))));
    }
    // S-JWT-3, S-JWT-5: neither the algorithm nor the key is the token's to choose.
    for alg in [
        "none", "None", "NONE", "nOnE", "", "HS384", "RS256", "ES256", "PS256", "EdDSA", "hs256",
    ] {
        let header = json!({ "typ": "at+jwt", "alg": alg });
        tokens.push(("alg", format!("{}.", unsigned(&header, &good))));
        tokens.push(("alg", forge(&header, &good, &key)));
    }
    let header = json!({ "typ": "at+jwt", "alg": "HS512" });
    tokens.push(("alg", forge_512(&header, &good, &key)));
    tokens.push((
        "typ",
        forge(&json!({ "typ": "JWT", "alg": "HS256" }), &good, &key),
    ));
    tokens.push(("typ", forge(&json!({ "alg": "HS256" }), &good, &key)));
    let crit = json!({ "typ": "at+jwt", "alg": "HS256", "crit": ["x"], "x": 1 });
    tokens.push(("crit", forge(&crit, &good, &key)));
    for (name, value) in [
        ("kid", json!("../../dev/null")),
        ("jku", json!("http://127.0.0.1:1/")),
        ("jwk", json!({ "kty": "oct", "k": "AAAA" })),
    ] {
        let mut header = access_header();
        header[name] = value;
        tokens.push((name, forge(&header, &good, &[0; 3])));
    }
    tokens
}

#[tokio::test]
async fn s_jwt_2_s_jwt_3_s_jwt_7_bad_tokens_are_401_on_rest_and_never_echoed() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    for (what, token) in bad_tokens(&place, &ines) {
        let answer = ines.with_token(&token).get("/me").await;
        let problem = answer.refused(ErrorCode::Unauthenticated);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        assert!(
            token.len() < 9 || !format!("{problem:?}").contains(&token),
            "{what} is echoed"
        );
    }
    ines.get("/me").await.expect(200);
}

#[tokio::test]
async fn s_jwt_2_no_route_that_asks_for_someone_takes_no_token_or_a_bad_one() {
    let cast = Cast::gather().await;
    let message = cast.secret().await;
    let tokens = bad_tokens(&cast.place, &cast.ines);
    let pick = |what: &str| {
        tokens
            .iter()
            .find(|(name, _)| *name == what)
            .expect("a token")
            .1
            .clone()
    };
    let some = [
        String::new(),
        pick("another key"),
        pick("expired"),
        pick("alg"),
        pick("wrong audience"),
    ];
    for (method, path, may) in ROUTES {
        let filled = fill(path, cast.den.0, message.id.0, cast.tom.id.0);
        let body = body(method, path, &cast);
        for token in &some {
            let answer = call(&cast.ines.with_token(token), method, &filled, body.as_ref()).await;
            match may {
                Anyone => assert!(
                    !matches!(answer.status, 401 | 403 | 404),
                    "{method} {path}: {}",
                    answer.status
                ),
                SocketToken => assert_eq!(answer.status, 426, "{method} {path}"),
                _ => {
                    answer.refused(ErrorCode::Unauthenticated);
                }
            }
        }
    }
    // Nothing was changed by any of it.
    assert_eq!(cast.ines.message(message.id).await, message);
    assert!(cast.ines.room(cast.den).await.topic.is_empty());
}

#[tokio::test]
async fn s_az_2_a_stranger_sees_no_difference_between_forbidden_and_missing() {
    let cast = Cast::gather().await;
    let message = cast.secret().await;
    let mut tried = 0;
    for (method, path, may) in ROUTES {
        if !matches!(may, Finder | Member | Moderator | Author) {
            continue;
        }
        tried += 1;
        let body = body(method, path, &cast);
        let there = fill(path, cast.den.0, message.id.0, cast.tom.id.0);
        let nowhere = fill(path, 987_654, 987_654, cast.tom.id.0);
        let private = call(&cast.zoe, method, &there, body.as_ref()).await;
        let missing = call(&cast.zoe, method, &nowhere, body.as_ref()).await;
        let mut one = private.refused(ErrorCode::NotFound);
        let mut other = missing.refused(ErrorCode::NotFound);
        one.request_id.clear();
        other.request_id.clear();
        assert_eq!(one, other, "{method} {path}");
        assert_eq!(
            private.steady_headers(),
            missing.steady_headers(),
            "{method} {path}"
        );
        assert_eq!(private.body.len(), missing.body.len(), "{method} {path}");
    }
    assert!(tried > 12);
    assert_eq!(cast.ines.message(message.id).await, message);
}

#[tokio::test]
async fn s_az_1_a_plain_member_is_forbidden_what_takes_a_role() {
    let cast = Cast::gather().await;
    let message = cast.secret().await;
    for (method, path, may) in ROUTES {
        if !matches!(may, Admin | Moderator | Author) {
            continue;
        }
        let body = body(method, path, &cast);
        let filled = fill(path, cast.den.0, message.id.0, cast.ines.id.0);
        call(&cast.tom, method, &filled, body.as_ref())
            .await
            .refused(ErrorCode::Forbidden);
    }
    assert_eq!(cast.ines.message(message.id).await, message);
}

#[tokio::test]
async fn s_az_1_whoever_may_is_let_through() {
    let cast = Cast::gather().await;
    // As the owner and admin: everything but what ends one's own session or cannot be undone, which other
    // tests try.
    for (method, path, may) in ROUTES {
        if matches!(may, Anyone | SocketToken | Cookie) || path.contains("/leave") {
            continue;
        }
        let message = cast.ines.say(cast.den, "ours").await;
        let body = body(method, path, &cast);
        let filled = fill(path, cast.den.0, message.id.0, cast.tom.id.0);
        let answer = call(&cast.ines, method, &filled, body.as_ref()).await;
        // 404: there is no such picture or session; 415, 422: the body was not about this.
        let refused = matches!(answer.status, 401 | 403) || answer.status >= 500;
        let missing =
            answer.status == 404 && !path.contains("{key}") && !path.contains("/sessions/");
        assert!(
            !refused && !missing,
            "{method} {path}: {} {}",
            answer.status,
            answer.text()
        );
    }
}

#[tokio::test]
async fn s_tok_2_a_token_in_the_query_or_a_cookie_counts_for_nothing_on_rest() {
    let cast = Cast::gather().await;
    let anyone = cast.place.anyone();
    for query in ["token", "access_token", "authorization"] {
        let path = format!("/me?{query}={}", cast.ines.token);
        anyone.get(&path).await.refused(ErrorCode::Unauthenticated);
    }
    for (name, value) in [
        ("confab_files", &cast.ines.files),
        ("confab_refresh", &cast.ines.refresh),
        ("access_token", &cast.ines.token),
    ] {
        let cookie = format!("{name}={value}");
        let answer = anyone
            .ask("GET", "/me")
            .header("cookie", &cookie)
            .send()
            .await;
        answer.refused(ErrorCode::Unauthenticated);
    }
    let bearer = format!("Bearer {}", cast.ines.token);
    let twice = cast
        .ines
        .ask("GET", "/me")
        .header("authorization", &bearer)
        .send()
        .await;
    twice.refused(ErrorCode::Unauthenticated);
    for scheme in ["Basic", "Token", "Bearer:", ""] {
        let value = format!("{scheme} {}", cast.ines.token);
        let answer = anyone
            .ask("GET", "/me")
            .header("authorization", &value)
            .send()
            .await;
        answer.refused(ErrorCode::Unauthenticated);
    }
}

#[tokio::test]
async fn s_az_7_each_frame_of_a_stranger_is_refused_like_one_about_nothing() {
    let cast = Cast::gather().await;
    let message = cast.secret().await;
    let mut zoe = Socket::open(&cast.zoe).await;
    for (word, may) in FRAMES {
        let frame = |room: i64, id: i64| match *word {
            "send" => {
                json!({ "type": "send", "room_id": room, "client_id": client_id(), "body": "x" })
            }
            "edit" => json!({ "type": "edit", "message_id": id, "body": "x" }),
            "delete" => json!({ "type": "delete", "message_id": id }),
            "read" => json!({ "type": "read", "room_id": room, "seq": 1 }),
            "changes" => json!({ "type": "changes", "room_id": room, "after": 0 }),
            "typing" => json!({ "type": "typing", "room_id": room }),
            "focus" => json!({ "type": "focus", "room_id": room }),
            other => json!({ "type": other }),
        };
        if !matches!(may, Member | Author) {
            continue;
        }
        if matches!(*word, "typing" | "focus") {
            // Silent either way; that nobody hears it is proved with presence.
            zoe.tell(&frame(cast.den.0, 0)).await;
            continue;
        }
        for frame in [frame(cast.den.0, message.id.0), frame(987_654, 987_654)] {
            assert_eq!(
                zoe.ask(frame.clone()).await,
                Err(ErrorCode::NotFound),
                "{frame}"
            );
        }
    }
    let mut tom = Socket::open(&cast.tom).await;
    let edit = json!({ "type": "edit", "message_id": message.id, "body": "x" });
    assert_eq!(tom.ask(edit).await, Err(ErrorCode::Forbidden));
    let delete = json!({ "type": "delete", "message_id": message.id });
    assert_eq!(tom.ask(delete).await, Err(ErrorCode::Forbidden));
    assert_eq!(cast.ines.message(message.id).await, message);
    assert_eq!(
        FrameId::Number(1),
        serde_json::from_value(json!(1)).expect("a mark")
    );
}
