//! Signed-in devices: cookies, renewal by rotation, reuse, revocation, and limits on guessing.

use crate::support::{Caller, Cast, Place, Socket, app::PASSWORD, caller::claims};
use serde_json::json;
use shared::{ErrorCode, accounts::Devices, event::close};
use std::collections::BTreeSet;

/// The attributes of a cookie, without its value.
fn attributes(cookie: &str) -> BTreeSet<String> {
    cookie
        .split(';')
        .skip(1)
        .map(|part| part.trim().to_owned())
        .collect()
}

fn set(parts: &[&str]) -> BTreeSet<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}

#[tokio::test]
async fn s_hdr_5_the_cookies_have_exactly_these_attributes() {
    for https in [false, true] {
        let place = Place::with(|config| {
            config.public_url = https.then(|| "https://chat.example.org".to_owned());
        });
        let code = place.app.setup_code.clone();
        let body = json!({ "username": "ines", "password": PASSWORD, "setup_code": code });
        let answer = place
            .anyone()
            .post("/auth/register", &body)
            .await
            .expect(201);
        let cookies: Vec<&str> = answer.all("set-cookie").collect();
        assert_eq!(cookies.len(), 2, "{cookies:?}");
        let of = |name: &str| {
            cookies
                .iter()
                .find(|cookie| cookie.starts_with(name))
                .expect("a cookie")
        };
        let mut refresh = set(&[
            "HttpOnly",
            "SameSite=Strict",
            "Path=/api/v1/auth",
            "Max-Age=2592000",
        ]);
        let mut files = set(&[
            "HttpOnly",
            "SameSite=Strict",
            "Path=/files",
            "Max-Age=43200",
        ]);
        if https {
            refresh.insert("Secure".into());
            files.insert("Secure".into());
        }
        assert_eq!(attributes(of("confab_refresh=")), refresh);
        assert_eq!(attributes(of("confab_files=")), files);
        // S-JWT-1, S-SES-1: small, opaque, and without anything personal.
        let refresh = answer.cookie("confab_refresh").expect("a cookie");
        assert!(refresh.len() >= 43 && !refresh.contains('.'), "{refresh}");
        let body = answer.text();
        assert!(
            !body.contains(&refresh),
            "the refresh token stands in its cookie alone"
        );
        let hsts = answer.header("strict-transport-security");
        assert_eq!(hsts.is_some(), https);
    }
}

#[tokio::test]
async fn s_jwt_1_an_access_token_is_short_lived_small_and_tells_nothing_personal() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let told = claims(&ines.token);
    let names: BTreeSet<&str> = told
        .as_object()
        .expect("claims")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        names,
        BTreeSet::from(["iss", "aud", "sub", "sid", "iat", "exp", "jti"])
    );
    assert_eq!(told["aud"], "confab:api");
    assert_eq!(told["sub"], ines.id.0.to_string());
    let life = told["exp"].as_i64().expect("exp") - told["iat"].as_i64().expect("iat");
    assert_eq!(life, 900);
    assert!(ines.token.len() < 1024);
}

#[tokio::test]
async fn renewal_rotates_the_cookie_and_keeps_the_session() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let answer = ines.renew().await.expect(200);
    let renewed = ines.signed_in(&answer);
    assert_eq!(renewed.session, ines.session);
    assert_ne!(renewed.refresh, ines.refresh);
    assert_ne!(renewed.token, ines.token);
    renewed.get("/me").await.expect(200);
    renewed.renew().await.expect(200);
}

#[tokio::test]
async fn s_ses_2_an_old_cookie_that_comes_back_ends_everything_of_its_session() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let desk = place.sign_in("ines").await;
    let second = ines.signed_in(&ines.renew().await.expect(200));
    let third = second.signed_in(&second.renew().await.expect(200));
    let mut socket = Socket::open(&third).await;
    // The first cookie's successor was used: within the grace or not, this is reuse.
    ines.renew().await.refused(ErrorCode::SessionRevoked);
    third.renew().await.refused(ErrorCode::SessionRevoked);
    for caller in [&ines, &second, &third] {
        caller.get("/me").await.refused(ErrorCode::SessionRevoked);
    }
    assert_eq!(socket.closed().await, close::SESSION_REVOKED);
    // S-RATE-3: the other device is not concerned.
    desk.get("/me").await.expect(200);
    desk.renew().await.expect(200);
}

#[tokio::test]
async fn s_ses_2_a_lost_answer_may_be_asked_for_again() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let lost = ines.signed_in(&ines.renew().await.expect(200));
    let again = ines.signed_in(&ines.renew().await.expect(200));
    assert_ne!(lost.refresh, again.refresh);
    again.renew().await.expect(200);
    // The lost one was replaced; only one works at a time.
    lost.renew().await.refused(ErrorCode::SessionRevoked);
}

#[tokio::test]
async fn s_ses_2_eight_parallel_refreshes_leave_at_most_one_live_descendant() {
    let place = Place::open();
    for round in 0..5 {
        let ines = place.admit(&format!("person{round}")).await;
        let answers = tokio::join!(
            ines.renew(),
            ines.renew(),
            ines.renew(),
            ines.renew(),
            ines.renew(),
            ines.renew(),
            ines.renew(),
            ines.renew(),
        );
        let answers = <[_; 8]>::from(answers);
        let mut renewed = 0;
        for answer in &answers {
            match answer.status {
                200 => renewed += 1,
                _ => drop(answer.refused(ErrorCode::SessionRevoked)),
            }
        }
        assert!(renewed > 0, "one of them is the first");
        // Presenting a token changes what lives: the table tells without touching it.
        use confab::db::schema::refresh_tokens::dsl;
        use diesel::prelude::*;
        let live: i64 = dsl::refresh_tokens
            .filter(
                dsl::session_id
                    .eq(ines.session.0)
                    .and(dsl::used_at.is_null()),
            )
            .count()
            .get_result(&mut place.database())
            .expect("a count");
        assert!(live <= 1, "{live} of {renewed} descendants live");
    }
}

#[tokio::test]
async fn s_ses_1_the_database_keeps_only_the_hash_of_a_refresh_token() {
    let place = Place::on_sqlite();
    let ines = place.admit("ines").await;
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let raw = URL_SAFE_NO_PAD.decode(&ines.refresh).expect("base64");
    for name in ["confab.db", "confab.db-wal"] {
        let bytes = std::fs::read(place.data().join(name)).unwrap_or_default();
        let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
        assert!(!holds(ines.refresh.as_bytes()) && !holds(&raw), "{name}");
        assert!(!holds(PASSWORD.as_bytes()), "{name}");
    }
}

#[tokio::test]
async fn a_cookie_that_is_none_or_junk_is_401_and_taken_away() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    place
        .anyone()
        .ask("POST", "/auth/refresh")
        .send()
        .await
        .refused(ErrorCode::Unauthenticated);
    for junk in [
        "",
        "x",
        &ines.token,
        &ines.files,
        &format!("{}x", ines.refresh),
        &ines.refresh[1..],
    ] {
        let caller = Caller {
            refresh: junk.to_owned(),
            ..ines.clone()
        };
        let answer = caller.renew().await;
        answer.refused(ErrorCode::Unauthenticated);
        assert_eq!(answer.cookie("confab_refresh").as_deref(), Some(""));
    }
    ines.renew().await.expect(200);
}

#[tokio::test]
async fn s_hdr_6_cookie_routes_refuse_other_pages_and_forms() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let cookie = format!("confab_refresh={}", ines.refresh);
    let own = format!("http://{}", place.address);
    let login = json!({ "login": "ines", "password": PASSWORD });
    let other = json!({ "username": "tom", "password": PASSWORD });
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://127.0.0.1"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let anyone = place.anyone();
        let refresh = anyone
            .ask("POST", "/auth/refresh")
            .header("cookie", &cookie)
            .header(name, value);
        refresh.send().await.refused(ErrorCode::OriginNotAllowed);
        let logout = anyone
            .ask("POST", "/auth/logout")
            .header("cookie", &cookie)
            .header(name, value);
        logout.send().await.refused(ErrorCode::OriginNotAllowed);
        let sign_in = anyone
            .ask("POST", "/auth/login")
            .json(&login)
            .header(name, value);
        sign_in.send().await.refused(ErrorCode::OriginNotAllowed);
        let register = anyone
            .ask("POST", "/auth/register")
            .json(&other)
            .header(name, value);
        register.send().await.refused(ErrorCode::OriginNotAllowed);
    }
    for kind in [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
    ] {
        let refresh = place
            .anyone()
            .ask("POST", "/auth/refresh")
            .header("cookie", &cookie)
            .body(kind, "");
        refresh.send().await.refused(ErrorCode::UnsupportedType);
    }
    let read = place
        .anyone()
        .ask("GET", "/auth/refresh")
        .header("cookie", &cookie)
        .send()
        .await;
    assert!(
        matches!(read.status, 404 | 405),
        "never GET: {}",
        read.status
    );
    let page = place
        .anyone()
        .ask("POST", "/auth/refresh")
        .header("cookie", &cookie);
    page.header("origin", &own)
        .header("sec-fetch-site", "same-origin")
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn signing_out_works_by_token_or_cookie_and_takes_the_cookies_away() {
    let place = Place::open();
    for by_cookie in [false, true] {
        let name = format!("person{by_cookie}");
        let ines = place.admit(&name).await;
        let request = if by_cookie {
            let cookie = format!("confab_refresh={}", ines.refresh);
            ines.with_token("")
                .ask("POST", "/auth/logout")
                .header("cookie", &cookie)
        } else {
            ines.ask("POST", "/auth/logout")
        };
        let answer = request.send().await.expect(204);
        assert_eq!(answer.cookie("confab_refresh").as_deref(), Some(""));
        assert_eq!(answer.cookie("confab_files").as_deref(), Some(""));
        assert!(
            answer
                .all("set-cookie")
                .all(|cookie| cookie.contains("Max-Age=0"))
        );
        ines.get("/me").await.refused(ErrorCode::SessionRevoked);
        ines.renew().await.refused(ErrorCode::SessionRevoked);
    }
}

#[tokio::test]
async fn s_ses_6_one_sees_and_ends_ones_own_sessions_and_nobody_elses() {
    let cast = Cast::gather().await;
    let login = json!({ "login": "tom", "password": PASSWORD });
    let request = cast.place.anyone().ask("POST", "/auth/login").json(&login);
    let answer = request
        .header("user-agent", "Harbour Browser 3")
        .send()
        .await
        .expect(200);
    let phone = cast.place.anyone().signed_in(&answer);
    let listed: Devices = cast.tom.get("/auth/sessions").await.expect(200).shape();
    assert_eq!(listed.sessions.len(), 2);
    let (newest, own) = (&listed.sessions[0], &listed.sessions[1]);
    assert_eq!((newest.id, newest.current), (phone.session, false));
    assert_eq!((own.id, own.current), (cast.tom.session, true));
    assert_eq!(newest.user_agent, "Harbour Browser 3");
    assert_eq!(newest.address, "127.0.0.1");
    let foreign = cast
        .tom
        .delete(&format!("/auth/sessions/{}", cast.ines.session))
        .await;
    let missing = cast.tom.delete("/auth/sessions/987654").await;
    assert_eq!(
        foreign.refused(ErrorCode::NotFound).detail,
        missing.refused(ErrorCode::NotFound).detail
    );
    cast.ines.get("/me").await.expect(200);
    cast.tom
        .delete(&format!("/auth/sessions/{}", phone.session))
        .await
        .expect(204);
    phone.get("/me").await.refused(ErrorCode::SessionRevoked);
    let left: Devices = cast.tom.get("/auth/sessions").await.expect(200).shape();
    assert_eq!(left.sessions.len(), 1);
    let twice = cast
        .tom
        .delete(&format!("/auth/sessions/{}", phone.session))
        .await;
    twice.refused(ErrorCode::NotFound);
}

#[tokio::test]
async fn s_jwt_4_tokens_survive_one_rotation_of_the_key_and_not_two() {
    let mut place = Place::open();
    let ines = place.admit("ines").await;
    confab::auth::secrets::rotate(place.data()).expect("rotated");
    place.restart();
    ines.get("/me").await.expect(200);
    let renewed = ines.signed_in(&ines.renew().await.expect(200));
    confab::auth::secrets::rotate(place.data()).expect("rotated");
    place.restart();
    ines.get("/me").await.refused(ErrorCode::Unauthenticated);
    renewed.get("/me").await.expect(200);
    renewed.renew().await.expect(200);
}

#[tokio::test]
async fn s_ses_3_a_session_ends_when_it_was_not_used_for_too_long() {
    use confab::db::schema::sessions::dsl;
    use diesel::prelude::*;
    let place = Place::open();
    let ines = place.admit("ines").await;
    let session = ines.session.0;
    place
        .app
        .db
        .write(move |tx| {
            diesel::update(dsl::sessions.find(session))
                .set(dsl::expires_at.eq(1))
                .execute(tx.conn)?;
            Ok(())
        })
        .await
        .expect("written");
    ines.renew().await.refused(ErrorCode::Unauthenticated);
    let listed: Devices = ines.get("/auth/sessions").await.expect(200).shape();
    assert!(listed.sessions.is_empty());
}

#[tokio::test]
async fn s_ses_3_no_use_makes_a_session_last_beyond_the_absolute_limit() {
    use confab::db::schema::sessions::dsl;
    use diesel::prelude::*;
    let place = Place::open();
    let ines = place.admit("ines").await;
    let session = ines.session.0;
    let long_ago = confab::clock::now().0 - 89 * 86_400_000;
    place
        .app
        .db
        .write(move |tx| {
            diesel::update(dsl::sessions.find(session))
                .set(dsl::created_at.eq(long_ago))
                .execute(tx.conn)?;
            Ok(())
        })
        .await
        .expect("written");
    let answer = ines.renew().await.expect(200);
    let cookie = answer
        .all("set-cookie")
        .find(|cookie| cookie.starts_with("confab_refresh"))
        .expect("a cookie");
    let age = cookie
        .split("Max-Age=")
        .nth(1)
        .and_then(|rest| rest.split(';').next())
        .expect("an age");
    let age: i64 = age.parse().expect("seconds");
    assert!(age <= 86_400, "one day is left, not {age} s");
}

#[tokio::test]
async fn s_rate_1_guesses_at_one_account_are_limited_and_lock_nobody_out() {
    let place = Place::with(|config| config.rate_limits = "on".into());
    let ines = place.admit("ines").await;
    place.admit("tom").await;
    let guess = json!({ "login": "ines", "password": "not-it-at-all" });
    let mut refused = None;
    for _ in 0..30 {
        let answer = place.anyone().post("/auth/login", &guess).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
        answer.refused(ErrorCode::InvalidCredentials);
    }
    let answer = refused.expect("thirty guesses are too many");
    answer.refused(ErrorCode::RateLimited);
    let wait: u64 = answer
        .header("retry-after")
        .expect("Retry-After")
        .parse()
        .expect("seconds");
    assert!((1..=60).contains(&wait));
    // Another account from the same network, and the victim's live session: untouched (S-RATE-3).
    place.sign_in("tom").await;
    ines.get("/me").await.expect(200);
    ines.renew().await.expect(200);
}

#[tokio::test]
async fn s_rate_5_costly_verbs_have_a_budget_per_person() {
    // Budgets of reading and writing are each node's own; those that guard accounts are tested in `nodes.rs`.
    let place = Place::alone(|config| config.rate_limits = "on".into());
    let ines = place.admit("ines").await;
    let tom = place.admit("tom").await;
    let room = ines.general().await.id;
    let limited =
        async |caller: &Caller, method: &str, path: &str, body: Option<serde_json::Value>| {
            for _ in 0..400 {
                let mut request = caller.ask(method, path);
                if let Some(body) = &body {
                    request = request.json(body);
                }
                let answer = request.send().await;
                if answer.status == 429 {
                    assert!(answer.header("retry-after").is_some());
                    return;
                }
            }
            panic!("{method} {path} is not limited");
        };
    limited(&ines, "POST", "/auth/socket-token", Some(json!({}))).await;
    limited(&ines, "GET", "/users?q=a", None).await;
    limited(&ines, "PATCH", "/me", Some(json!({ "bio": "x" }))).await;
    limited(
        &ines,
        "POST",
        "/rooms",
        Some(json!({ "kind": "public", "name": "x" })),
    )
    .await;
    limited(
        &ines,
        "POST",
        "/me/password",
        Some(json!({ "current_password": "x", "new_password": "y" })),
    )
    .await;
    limited(&ines, "DELETE", "/me", Some(json!({ "password": "x" }))).await;
    let edit = json!({ "body": "x" });
    let said = ines.say(room, "before").await;
    limited(
        &ines,
        "PATCH",
        &format!("/messages/{}", said.id),
        Some(edit),
    )
    .await;
    limited(
        &ines,
        "POST",
        &format!("/rooms/{room}/messages"),
        Some(json!({ "client_id": "x", "body": "x" })),
    )
    .await;
    // Somebody else's budget is untouched.
    tom.say(room, "I may").await;
    tom.get("/users?q=a").await.expect(200);
}

#[tokio::test]
async fn s_ses_4_a_session_ended_by_another_process_ends_here_too() {
    use diesel::RunQueryDsl;
    let place = Place::open();
    let ines = place.admit("ines").await;
    let desk = place.sign_in("ines").await;
    let mut socket = Socket::open(&ines).await;
    // The command line works on the same database.
    let end = format!(
        "UPDATE sessions SET revoked_at = {} WHERE id = {}",
        confab::clock::now().0,
        ines.session
    );
    diesel::sql_query(end)
        .execute(&mut place.database())
        .expect("written");
    confab::features::sessions::upkeep(&place.app)
        .await
        .expect("a round");
    ines.get("/me").await.refused(ErrorCode::SessionRevoked);
    assert_eq!(socket.closed().await, close::SESSION_REVOKED);
    desk.get("/me").await.expect(200);
}

#[tokio::test]
async fn s_rate_2_the_address_is_the_peers_unless_a_trusted_proxy_says_otherwise() {
    for (trusted, forwarded, expected) in [
        (false, "198.51.100.7", "127.0.0.1"),
        (true, "198.51.100.7", "198.51.100.7"),
        (true, "1.1.1.1, 198.51.100.7", "198.51.100.7"),
        (true, "1.1.1.1, 198.51.100.7, 127.0.0.1", "198.51.100.7"),
        (true, "junk", "127.0.0.1"),
    ] {
        let place = Place::with(|config| {
            if trusted {
                config.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
            }
        });
        place.admit("ines").await;
        let body = json!({ "login": "ines", "password": PASSWORD });
        let request = place.anyone().ask("POST", "/auth/login").json(&body);
        let answer = request
            .header("x-forwarded-for", forwarded)
            .send()
            .await
            .expect(200);
        let ines = place.anyone().signed_in(&answer);
        let listed: Devices = ines.get("/auth/sessions").await.expect(200).shape();
        assert_eq!(listed.sessions[0].address, expected, "{forwarded}");
    }
}
