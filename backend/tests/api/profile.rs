//! One's own profile: what may stand in it, who sees a change at once, and who never does.

use crate::support::{Cast, Socket};
use serde_json::{Value, json};
use shared::{ErrorCode, ServerFrame, Timestamp, accounts::User};

#[tokio::test]
async fn me_has_the_shape_of_the_contract() {
    let cast = Cast::gather().await;
    let me = cast.tom.get("/me").await.expect(200).json();
    assert_eq!(me["id"], cast.tom.id.0);
    assert_eq!(me["username"], "tom");
    assert_eq!(me["role"], "member");
    assert_eq!(me["presence_setting"], "auto");
    assert_eq!(me["totp_enabled"], false);
    assert_eq!(
        (me["email"].clone(), me["avatar_url"].clone()),
        (Value::Null, Value::Null)
    );
    assert!(Timestamp::parse(me["created_at"].as_str().expect("a time")).is_some());
    assert!(me.get("password_hash").is_none());
}

#[tokio::test]
async fn what_is_absent_stays_and_null_clears() {
    let cast = Cast::gather().await;
    let later = Timestamp(confab::clock::now().0 + 3_600_000);
    let all = json!({
        "display_name": "  Tom Berg ", "bio": "sails\r\nand sings",
        "status": { "emoji": "🎧", "text": "listening", "expires_at": later },
        "presence_setting": "dnd", "time_zone": "Europe/Lisbon", "locale": "pt-PT",
    });
    let me = cast.tom.patch("/me", &all).await.expect(200).json();
    assert_eq!(me["display_name"], "Tom Berg");
    assert_eq!(me["bio"], "sails\nand sings");
    assert_eq!(
        me["status"],
        json!({ "emoji": "🎧", "text": "listening", "expires_at": later })
    );
    assert_eq!(
        (me["time_zone"].as_str(), me["locale"].as_str()),
        (Some("Europe/Lisbon"), Some("pt-PT"))
    );
    let one = cast
        .tom
        .patch("/me", &json!({ "bio": "sails" }))
        .await
        .expect(200)
        .json();
    let mut expected = me.clone();
    expected["bio"] = json!("sails");
    assert_eq!(one, expected);
    let cleared = json!({ "status": null, "time_zone": null, "locale": null, "bio": "" });
    let me = cast.tom.patch("/me", &cleared).await.expect(200).json();
    for field in ["status", "time_zone", "locale"] {
        assert_eq!(me[field], Value::Null, "{field}");
    }
    assert_eq!(me["bio"].as_str().unwrap_or_default(), "");
    assert_eq!(me["display_name"], "Tom Berg");
    assert_eq!(cast.tom.get("/me").await.expect(200).json(), me);
}

#[tokio::test]
async fn what_will_not_do_is_refused_by_field_and_changes_nothing() {
    let cast = Cast::gather().await;
    let before = cast.tom.get("/me").await.expect(200).json();
    for (field, value) in [
        ("display_name", json!("")),
        ("display_name", json!("n".repeat(65))),
        ("display_name", json!("a\u{202E}b")),
        ("bio", json!("b".repeat(161))),
        ("status", json!({ "emoji": "ab", "text": "" })),
        ("status", json!({ "text": "t".repeat(81) })),
        (
            "status",
            json!({ "text": "late", "expires_at": "2001-01-01T00:00:00.000Z" }),
        ),
        ("time_zone", json!("../etc/passwd")),
        ("locale", json!("??")),
    ] {
        let mut patch = json!({ "presence_setting": "away" });
        patch[field] = value;
        let problem = cast
            .tom
            .patch("/me", &patch)
            .await
            .refused(ErrorCode::Validation);
        assert_eq!(problem.fields[0].name, field);
    }
    for patch in [
        json!({ "presence_setting": "busy" }),
        json!({ "status": { "mood": "x" } }),
        json!({ "status": "x" }),
        json!({ "display_name": 7 }),
        json!({ "role": "admin" }),
        json!([]),
    ] {
        cast.tom
            .patch("/me", &patch)
            .await
            .refused(ErrorCode::Validation);
    }
    assert_eq!(cast.tom.get("/me").await.expect(200).json(), before);
}

/// The `user` frame about this person.
async fn told(socket: &mut Socket, name: &str) -> User {
    socket
        .until("a user frame", |frame| match frame {
            ServerFrame::User { user } if user.display_name == name => Some(*user),
            _ => None,
        })
        .await
}

#[tokio::test]
async fn a_change_reaches_peers_and_ones_own_devices_at_once_and_strangers_never() {
    let cast = Cast::gather().await;
    // She shares no room with him, but one with Ines.
    cast.zoe
        .post(&format!("/rooms/{}/leave", cast.general), &json!({}))
        .await
        .expect(204);
    let aside = cast.ines.direct(&[&cast.zoe]).await.id;
    let mut ines = Socket::open(&cast.ines).await;
    let mut zoe = Socket::open(&cast.zoe).await;
    let mut phone = Socket::open(&cast.place.sign_in("tom").await).await;
    let patch = json!({ "display_name": "Captain", "status": { "emoji": "⛵", "text": "at sea" } });
    cast.tom.patch("/me", &patch).await.expect(200);
    for socket in [&mut ines, &mut phone] {
        let user = told(socket, "Captain").await;
        assert_eq!((user.id, user.username.as_str()), (cast.tom.id, "tom"));
        assert_eq!(user.status.expect("a status").text, "at sea");
    }
    cast.ines.say(aside, "marker").await;
    assert_eq!(zoe.before("marker").await, []);
}

#[tokio::test]
async fn s_az_10_nobody_else_ever_sees_an_address() {
    let cast = Cast::gather().await;
    let body = json!({ "username": "noor", "password": crate::support::app::PASSWORD, "email": "noor@private.example" });
    let answer = cast
        .place
        .anyone()
        .post("/auth/register", &body)
        .await
        .expect(201);
    let noor = cast.place.anyone().signed_in(&answer);
    let mut ines = Socket::open(&cast.ines).await;
    noor.patch("/me", &json!({ "display_name": "Noor" }))
        .await
        .expect(200);
    let user = ines.until("a user frame", |frame| match frame {
        ServerFrame::User { user } => Some(serde_json::to_string(&user).expect("JSON")),
        _ => None,
    });
    assert!(!user.await.contains("private.example"));
    for path in [
        format!("/users/{}", noor.id),
        format!("/users?ids={}", noor.id),
        "/users?q=noor".into(),
        "/users?q=private".into(),
        format!("/rooms/{}/members", cast.general),
    ] {
        let answer = cast.ines.get(&path).await.expect(200);
        for secret in [
            "private.example",
            "password",
            "$2b$",
            "presence_setting",
            "127.0.0.1",
        ] {
            assert!(!answer.text().contains(secret), "{secret} in {path}");
        }
    }
    let me = noor.get("/me").await.expect(200).json();
    assert_eq!(me["email"], "noor@private.example");
}

#[tokio::test]
async fn a_status_that_ran_out_is_not_shown() {
    use confab::db::schema::users::dsl;
    use diesel::prelude::*;
    let cast = Cast::gather().await;
    let later = Timestamp(confab::clock::now().0 + 3_600_000);
    let status = json!({ "status": { "emoji": "🎧", "text": "soon over", "expires_at": later } });
    cast.tom.patch("/me", &status).await.expect(200);
    let mut ines = Socket::open(&cast.ines).await;
    let tom = cast.tom.id.0;
    // The hour passes.
    cast.place
        .app
        .db
        .write(move |tx| {
            diesel::update(dsl::users.find(tom))
                .set(dsl::status_expires_at.eq(1))
                .execute(tx.conn)?;
            Ok(())
        })
        .await
        .expect("written");
    let seen = cast
        .ines
        .get(&format!("/users/{tom}"))
        .await
        .expect(200)
        .json();
    assert_eq!(seen["status"], Value::Null);
    // And those who look are told.
    let user = ines.until("a user frame", |frame| match frame {
        ServerFrame::User { user } => Some(user),
        _ => None,
    });
    let user = user.await;
    assert_eq!((user.id, user.status), (cast.tom.id, None));
}
