//! Making an account and signing in: what is taken, what is refused, and what is never told.

use crate::support::{Answer, Place, app::PASSWORD, caller::Caller};
use serde_json::{Value, json};
use shared::{ErrorCode, Problem, accounts::Session};
use std::collections::BTreeSet;

async fn register(place: &Place, body: &Value) -> Answer {
    place.anyone().post("/auth/register", body).await
}

async fn login(place: &Place, login: &str, password: &str) -> Answer {
    let body = json!({ "login": login, "password": password });
    place.anyone().post("/auth/login", &body).await
}

#[tokio::test]
async fn the_first_account_is_the_admin_and_finds_general() {
    let place = Place::open();
    let server = place.anyone().get("/server").await.expect(200).json();
    assert_eq!(
        (
            server["setup_required"].as_bool(),
            server["setup_code_required"].as_bool()
        ),
        (Some(true), Some(false))
    );
    let body = json!({ "username": "Ines", "password": PASSWORD, "display_name": "Ines Duarte", "email": "Ines@Example.org" });
    let answer = register(&place, &body).await.expect(201);
    let session: Session = answer.shape();
    assert_eq!(
        (session.token_type.as_str(), session.expires_in),
        ("Bearer", 900)
    );
    assert_eq!(session.user.user.username, "ines");
    assert_eq!(session.user.user.display_name, "Ines Duarte");
    assert_eq!(session.user.user.role, shared::accounts::Role::Admin);
    assert_eq!(session.user.email.as_deref(), Some("Ines@Example.org"));
    assert!(!session.user.totp_enabled);
    let ines = place.anyone().signed_in(&answer);
    let rooms = ines.rooms().await;
    assert_eq!(rooms.len(), 1);
    assert_eq!(
        (rooms[0].name.as_str(), rooms[0].kind),
        ("General", shared::rooms::RoomKind::Public)
    );
    let tom = place.admit("tom").await;
    let me = tom.get("/me").await.expect(200).json();
    assert_eq!(me["role"], "member");
    assert_eq!(me["display_name"], "tom");
    assert_eq!(tom.rooms().await[0].id, rooms[0].id);
    assert_eq!(tom.rooms().await[0].member_count, 2);
    let server = place.anyone().get("/server").await.expect(200).json();
    assert_eq!(server["setup_required"], false);
}

#[tokio::test]
async fn two_who_set_the_place_up_at_once_do_not_both_become_admin() {
    let place = Place::open();
    let body = |name: &str| json!({ "username": name, "password": PASSWORD });
    let (one, other) = tokio::join!(async { register(&place, &body("ines")).await }, async {
        register(&place, &body("tom")).await
    });
    let admins = [&one, &other]
        .into_iter()
        .filter(|answer| answer.status == 201 && answer.json()["user"]["role"] == "admin")
        .count();
    assert_eq!(admins, 1);
    for answer in [one, other] {
        if answer.status != 201 {
            answer.refused(ErrorCode::Conflict);
        }
    }
}

#[tokio::test]
async fn one_signs_in_by_username_or_address_whatever_the_case() {
    let place = Place::open();
    let body = json!({ "username": "ines", "password": PASSWORD, "email": "ines@example.org" });
    let id = register(&place, &body).await.expect(201).json()["user"]["id"].clone();
    for name in ["ines", "INES", "ines@example.org", "Ines@EXAMPLE.org"] {
        let answer = login(&place, name, PASSWORD).await.expect(200);
        assert_eq!(answer.json()["user"]["id"], id, "{name}");
    }
    for name in ["ine", "іnes", "ines@example.com", ""] {
        login(&place, name, PASSWORD)
            .await
            .refused(ErrorCode::InvalidCredentials);
    }
}

#[tokio::test]
async fn every_field_that_breaks_a_rule_is_named() {
    let place = Place::open();
    let body =
        json!({ "username": "x", "password": "short", "display_name": "a\nb", "email": "nowhere" });
    let answer = register(&place, &body).await;
    answer.invalid("username", "too_short");
    answer.invalid("password", "too_short");
    answer.invalid("display_name", "invalid");
    answer.invalid("email", "invalid");
    for (field, value, code) in [
        ("username", "", "required"),
        ("username", &"a".repeat(33), "too_long"),
        ("username", "two words", "invalid"),
        ("username", "mi\u{202E}ra", "invalid"),
        ("username", "mi\u{200B}ra", "invalid"),
        ("username", "everyone", "reserved"),
        ("password", "", "required"),
        ("password", "1234567", "too_short"),
        ("password", &"w".repeat(129), "too_long"),
        ("password", "password", "common"),
        ("password", "PASSWORD1", "common"),
        ("password", "with ines in it", "common"),
        ("display_name", &"n".repeat(65), "too_long"),
        ("display_name", "evil\u{202E}", "invalid"),
        ("email", "a@b@c", "invalid"),
        (
            "email",
            &format!("{}@example.org", "a".repeat(250)),
            "too_long",
        ),
    ] {
        let mut body = json!({ "username": "ines", "password": PASSWORD });
        body[field] = json!(value);
        register(&place, &body).await.invalid(field, code);
    }
    let server = place.anyone().get("/server").await.expect(200).json();
    assert_eq!(server["setup_required"], true, "none of it made an account");
}

#[tokio::test]
async fn s_pw_1_every_byte_of_a_password_counts_and_nothing_is_changed() {
    let place = Place::open();
    for (number, (password, others)) in [
        (
            format!("{}a", "x1".repeat(40)),
            vec![
                format!("{}b", "x1".repeat(40)),
                "x1".repeat(36),
                "x1".repeat(40),
            ],
        ),
        (
            "é".repeat(128),
            vec!["é".repeat(127), "e\u{301}".repeat(64)],
        ),
        (
            " Tidal Orange ".into(),
            vec![
                "Tidal Orange".into(),
                " tidal orange ".into(),
                " Tidal Orange".into(),
            ],
        ),
        (
            "eight\0one".into(),
            vec!["eight\0two".into(), "eight".into()],
        ),
        ("🌊🌊🌊🌊🌊🌊🌊🌊".into(), vec!["🌊🌊🌊🌊🌊🌊🌊".into()]),
        ("w9".repeat(64), vec!["w9".repeat(63)]),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("person{number}");
        Caller::register(place.address, &name, &password).await;
        login(&place, &name, &password).await.expect(200);
        for other in others {
            login(&place, &name, &other)
                .await
                .refused(ErrorCode::InvalidCredentials);
        }
    }
}

#[tokio::test]
async fn s_enum_1_an_unknown_name_and_a_wrong_password_get_the_same_answer() {
    let place = Place::open();
    let body = json!({ "username": "ines", "password": PASSWORD, "email": "ines@example.org" });
    register(&place, &body).await.expect(201);
    let mut seen: Vec<(Problem, BTreeSet<(String, String)>)> = Vec::new();
    for (name, password) in [
        ("ines", "wrong-password"),
        ("nobody", "wrong-password"),
        ("ines@example.org", "wrong-password"),
        ("nobody@example.org", "wrong-password"),
        ("ines", &"w".repeat(500)),
        ("nobody", ""),
    ] {
        let answer = login(&place, name, password).await;
        let mut problem = answer.refused(ErrorCode::InvalidCredentials);
        problem.request_id.clear();
        seen.push((problem, answer.steady_headers()));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:#?}");
}

#[tokio::test]
async fn s_enum_3_registering_tells_of_a_name_but_not_of_an_address() {
    let place = Place::open();
    let body =
        |name: &str, email: &str| json!({ "username": name, "password": PASSWORD, "email": email });
    let ines = register(&place, &body("ines", "ines@example.org"))
        .await
        .expect(201)
        .json();
    register(&place, &body("ines", "other@example.org"))
        .await
        .invalid("username", "taken");
    register(&place, &body("tom", "INES@example.org"))
        .await
        .expect(201);
    // The address still signs in the one who had it first.
    let answer = login(&place, "ines@example.org", PASSWORD)
        .await
        .expect(200);
    assert_eq!(answer.json()["user"]["id"], ines["user"]["id"]);
}

#[tokio::test]
async fn s_enum_4_names_that_look_alike_are_one_name() {
    let place = Place::open();
    place.admit("paypal").await;
    for name in ["PAYPAL", "раураl", "ｐａｙｐａｌ", "paypa1"] {
        let body = json!({ "username": name, "password": PASSWORD });
        register(&place, &body).await.invalid("username", "taken");
    }
}

#[tokio::test]
async fn s_pw_5_the_first_account_of_a_public_server_needs_the_printed_code() {
    // Each node prints a code of its own: a place is set up on the first one.
    let place = Place::alone(|config| config.public_url = Some("https://chat.example.org".into()));
    let code = place.app.setup_code.clone().expect("a code");
    let server = place.anyone().get("/server").await.expect(200);
    assert_eq!(server.json()["setup_code_required"], true);
    assert!(!server.text().contains(&code));
    let body =
        |code: Value| json!({ "username": "ines", "password": PASSWORD, "setup_code": code });
    for wrong in [
        json!(null),
        json!(""),
        json!("AAAA-BBBB-CCCC"),
        json!(code[..code.len() - 1]),
    ] {
        let problem = register(&place, &body(wrong))
            .await
            .refused(ErrorCode::SetupCodeRequired);
        assert!(!format!("{problem:?}").contains(&code));
    }
    register(&place, &body(json!(code.to_lowercase())))
        .await
        .expect(201);
    let server = place.anyone().get("/server").await.expect(200).json();
    assert_eq!(
        (
            server["setup_required"].as_bool(),
            server["setup_code_required"].as_bool()
        ),
        (Some(false), Some(false))
    );
    place.admit("tom").await;
}

#[tokio::test]
async fn a_closed_place_takes_nobody_new_and_lets_the_others_in() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    for registration in ["closed", "invite"] {
        ines.patch("/server", &json!({ "registration": registration }))
            .await
            .expect(200);
        let body = json!({ "username": "tom", "password": PASSWORD });
        register(&place, &body)
            .await
            .refused(ErrorCode::RegistrationClosed);
        login(&place, "ines", PASSWORD).await.expect(200);
    }
    ines.patch("/server", &json!({ "registration": "open" }))
        .await
        .expect(200);
    place.admit("tom").await;
}

#[tokio::test]
async fn s_az_9_what_a_body_may_not_say_is_refused() {
    let place = Place::open();
    place.admit("ines").await;
    for (field, value) in [
        ("role", json!("admin")),
        ("id", json!(1)),
        ("created_at", json!("1999-01-01T00:00:00.000Z")),
        ("password_hash", json!("x")),
    ] {
        let mut body = json!({ "username": "tom", "password": PASSWORD });
        body[field] = value;
        register(&place, &body).await.refused(ErrorCode::Validation);
    }
    let tom = place.admit("tom").await;
    for body in [
        json!({ "role": "admin" }),
        json!({ "username": "boss" }),
        json!({ "email": "a@b.org" }),
    ] {
        tom.patch("/me", &body).await.refused(ErrorCode::Validation);
    }
}

#[tokio::test]
async fn a_changed_password_is_the_one_that_counts() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let change =
        |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    let wrong = ines
        .post("/me/password", &change("not-it-at-all", "slate-meadow-19"))
        .await;
    wrong.invalid("current_password", "invalid");
    for (bad, code) in [
        ("short", "too_short"),
        ("password", "common"),
        ("my ines pass", "common"),
    ] {
        let answer = ines.post("/me/password", &change(PASSWORD, bad)).await;
        answer.invalid("new_password", code);
    }
    login(&place, "ines", PASSWORD).await.expect(200);
    ines.post("/me/password", &change(PASSWORD, "slate-meadow-19"))
        .await
        .expect(204);
    login(&place, "ines", PASSWORD)
        .await
        .refused(ErrorCode::InvalidCredentials);
    login(&place, "ines", "slate-meadow-19").await.expect(200);
}

#[tokio::test]
async fn s_priv_3_a_deleted_account_leaves_its_words_without_its_name() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let body = json!({ "username": "tom", "password": PASSWORD, "display_name": "Tom Berg", "email": "tom@example.org" });
    let tom = place
        .anyone()
        .signed_in(&register(&place, &body).await.expect(201));
    let general = ines.general().await.id;
    let said = tom.say(general, "so long").await;
    let gone = |password: &str| {
        tom.ask("DELETE", "/me")
            .json(&json!({ "password": password }))
            .send()
    };
    gone("not it at all").await.invalid("password", "invalid");
    tom.get("/me").await.expect(200);
    let answer = gone(PASSWORD).await.expect(204);
    assert_eq!(answer.cookie("confab_refresh").as_deref(), Some(""));
    tom.get("/me").await.refused(ErrorCode::SessionRevoked);
    tom.renew().await.refused(ErrorCode::SessionRevoked);
    for name in ["tom", "tom@example.org"] {
        login(&place, name, PASSWORD)
            .await
            .refused(ErrorCode::InvalidCredentials);
    }
    // The name is not given to anybody else, nor one that looks like it.
    for name in ["tom", "TOM", "tоm"] {
        let body = json!({ "username": name, "password": PASSWORD });
        register(&place, &body).await.invalid("username", "taken");
    }
    assert_eq!(ines.message(said.id).await.body, "so long");
    let left = ines.get(&format!("/users/{}", tom.id)).await.expect(200);
    assert!(
        !left.text().to_lowercase().contains("tom"),
        "{}",
        left.text()
    );
    let found = ines.get("/users?q=tom").await.expect(200).json();
    assert_eq!(found["users"], json!([]));
    let row: (String, Option<String>, Option<String>) = {
        use confab::db::schema::users::dsl;
        use diesel::prelude::*;
        dsl::users
            .find(tom.id.0)
            .select((dsl::display_name, dsl::email, dsl::password_hash))
            .first(&mut place.database())
            .expect("a row")
    };
    assert_eq!((row.1, row.2), (None, None));
    assert!(!row.0.contains("Tom"));
}
