//! Messages: what may be said, edited, deleted and quoted; bodies come back exactly as they were written.

use crate::support::{Caller, Cast, Socket, caller::client_id};
use serde_json::{Value, json};
use shared::{
    ErrorCode, ServerFrame,
    messages::{Message, MessageKind},
};

#[tokio::test]
async fn a_sent_message_has_its_full_shape() {
    let cast = Cast::gather().await;
    let id = client_id();
    let before = cast.ines.room(cast.den).await;
    let answer = cast.ines.try_say(cast.den, &id, "hello").await.expect(201);
    let message: Message = answer.shape();
    assert_eq!(
        (message.room_id, message.author_id),
        (cast.den, cast.ines.id)
    );
    assert_eq!(
        (message.seq, message.rev),
        (before.last_seq + 1, before.head_rev + 1)
    );
    assert_eq!(
        (message.kind, message.body.as_str()),
        (MessageKind::Text, "hello")
    );
    assert_eq!(message.client_id.as_deref(), Some(id.as_str()));
    assert!(
        message.edited_at.is_none() && message.deleted_at.is_none() && message.reply_to.is_none()
    );
    let json = answer.json();
    assert_eq!(json["reactions"], json!([]));
    let created = json["created_at"].as_str().expect("a time");
    assert!(created.len() == 24 && created.ends_with('Z'), "{created}");
    let after = cast.ines.room(cast.den).await;
    assert_eq!((after.last_seq, after.head_rev), (message.seq, message.rev));
    assert_eq!(after.last_message.expect("a message").id, message.id);
    assert_eq!(after.rev, before.rev, "the room itself did not change");
}

#[tokio::test]
async fn a_body_comes_back_exactly_as_it_was_written() {
    let cast = Cast::gather().await;
    let mut tom = Socket::open(&cast.tom).await;
    for body in [
        "👩‍👩‍👧‍👦 🏳️‍🌈 🇵🇹 1️⃣",
        "مرحبا بالعالم \u{200F}rtl\u{200E} עברית",
        "e\u{301} é \u{1100}\u{1161}\u{11A8} 각",
        "line\r\nline\nline\rline\ttab",
        "  spaces around  ",
        "\u{202E}override\u{202C} zero\u{200B}width",
        "\"quotes\" \\ / </script> & <b>",
        "\u{1}\u{7f}\u{85}\u{2028}\u{FFFF}\u{10FFFF}",
        "{\"json\":[1,2]}",
        "'; DROP TABLE messages; --",
        "z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠ͨͧͩ͘G̴̻͈͍͔̹̑͗̎̅͛́Ǫ̵̹̻̝̳͂̌̌͘",
    ] {
        let sent = cast.ines.say(cast.den, body).await;
        assert_eq!(sent.body, body);
        assert_eq!(cast.tom.message(sent.id).await.body, body);
        assert_eq!(tom.message(body).await.id, sent.id);
        let edited = cast.ines.edit(sent.id, &format!("{body}{body}")).await;
        assert_eq!(edited.body, format!("{body}{body}"));
    }
}

#[tokio::test]
async fn a_body_has_one_to_sixteen_thousand_characters() {
    let cast = Cast::gather().await;
    for body in ["x".to_owned(), "x".repeat(16_000), "🌊".repeat(16_000)] {
        assert_eq!(cast.ines.say(cast.den, &body).await.body, body);
    }
    let said = cast.ines.say(cast.den, "short").await;
    let edit = async |body: &str| {
        cast.ines
            .patch(&format!("/messages/{}", said.id), &json!({ "body": body }))
            .await
    };
    for (body, code) in [
        (String::new(), "required"),
        (" \n\t \u{3000}".into(), "required"),
        ("x".repeat(16_001), "too_long"),
        ("🌊".repeat(16_001), "too_long"),
        ("a\0b".into(), "invalid"),
    ] {
        cast.ines
            .try_say(cast.den, &client_id(), &body)
            .await
            .invalid("body", code);
        edit(&body).await.invalid("body", code);
    }
    assert_eq!(cast.ines.message(said.id).await, said);
    let mut socket = Socket::open(&cast.ines).await;
    let refused = socket
        .try_say(cast.den, &client_id(), &"x".repeat(16_001))
        .await;
    assert_eq!(refused, Err(ErrorCode::Validation));
}

#[tokio::test]
async fn s_az_9_a_message_is_made_of_its_fields_and_no_others() {
    let cast = Cast::gather().await;
    let path = format!("/rooms/{}/messages", cast.den);
    let good = json!({ "client_id": client_id(), "body": "x" });
    for (field, value) in [
        ("author_id", json!(cast.tom.id)),
        ("created_at", json!("1999-01-01T00:00:00.000Z")),
        ("seq", json!(1)),
        ("id", json!(1)),
        ("kind", json!("system")),
        ("system", json!({ "event": "joined" })),
    ] {
        let mut body = good.clone();
        body[field] = value;
        cast.ines
            .post(&path, &body)
            .await
            .refused(ErrorCode::Validation);
    }
    for (field, value) in [
        ("client_id", json!(7)),
        ("body", json!(7)),
        ("body", Value::Null),
        ("reply_to", json!("1")),
    ] {
        let mut body = good.clone();
        body[field] = value;
        cast.ines
            .post(&path, &body)
            .await
            .refused(ErrorCode::Validation);
    }
    for client_id in ["", "x", "12345", "00000000-0000-0000-0000-00000000000g"] {
        let body = json!({ "client_id": client_id, "body": "x" });
        cast.ines
            .post(&path, &body)
            .await
            .invalid("client_id", "invalid");
    }
}

#[tokio::test]
async fn an_edit_is_the_authors_and_takes_a_new_revision() {
    let cast = Cast::gather().await;
    let said = cast.tom.say(cast.den, "frist").await;
    let edited = cast.tom.edit(said.id, "first").await;
    assert_eq!((edited.seq, edited.created_at), (said.seq, said.created_at));
    assert!(edited.rev > said.rev && edited.edited_at.is_some());
    let same = cast.tom.edit(said.id, "first").await;
    assert_eq!(same, edited, "no change, no revision");
    let path = format!("/messages/{}", said.id);
    let body = json!({ "body": "not yours" });
    cast.ines
        .patch(&path, &body)
        .await
        .refused(ErrorCode::Forbidden);
    cast.zoe
        .patch(&path, &body)
        .await
        .refused(ErrorCode::NotFound);
    cast.tom
        .patch(&path, &json!({ "body": "x", "seq": 1 }))
        .await
        .refused(ErrorCode::Validation);
    assert_eq!(cast.ines.message(said.id).await, edited);
}

#[tokio::test]
async fn system_lines_are_nobodys_to_edit_or_delete() {
    let cast = Cast::gather().await;
    let page = cast
        .ines
        .get(&format!("/rooms/{}/messages", cast.den))
        .await
        .expect(200)
        .json();
    let line = &page["messages"][0];
    assert_eq!(
        (line["kind"].as_str(), line["system"]["event"].as_str()),
        (Some("system"), Some("created"))
    );
    let path = format!("/messages/{}", line["id"]);
    cast.ines
        .patch(&path, &json!({ "body": "x" }))
        .await
        .refused(ErrorCode::Forbidden);
    cast.ines.delete(&path).await.refused(ErrorCode::Forbidden);
    let answer = json!({ "client_id": client_id(), "body": "x", "reply_to": line["id"] });
    let answered = cast
        .ines
        .post(&format!("/rooms/{}/messages", cast.den), &answer)
        .await;
    answered.invalid("reply_to", "invalid");
}

#[tokio::test]
async fn deleting_leaves_a_tombstone_and_is_the_authors_or_a_moderators() {
    let cast = Cast::gather().await;
    cast.ines
        .put_member(cast.den, &cast.zoe, "member")
        .await
        .expect(200);
    let said = cast.tom.say(cast.den, "oops").await;
    let path = format!("/messages/{}", said.id);
    cast.zoe.delete(&path).await.refused(ErrorCode::Forbidden);
    let gone = cast.tom.remove_message(said.id).await;
    assert_eq!(
        (gone.body.as_str(), gone.seq, gone.author_id),
        ("", said.seq, cast.tom.id)
    );
    assert!(gone.deleted_at.is_some() && gone.rev > said.rev);
    assert_eq!(
        cast.tom.remove_message(said.id).await,
        gone,
        "twice is once"
    );
    cast.tom
        .patch(&path, &json!({ "body": "back" }))
        .await
        .refused(ErrorCode::Conflict);
    let other = cast.tom.say(cast.den, "rude").await;
    cast.ines.remove_message(other.id).await;
    cast.ines
        .put_member(cast.den, &cast.zoe, "moderator")
        .await
        .expect(200);
    let third = cast.ines.say(cast.den, "even this").await;
    cast.zoe.remove_message(third.id).await;
    let room = cast.tom.room(cast.den).await;
    assert_eq!(
        room.last_message, None,
        "what is deleted is not shown as the last"
    );
    assert_eq!(room.last_seq, cast.ines.room(cast.den).await.last_seq);
}

#[tokio::test]
async fn s_priv_2_s_az_13_deleting_takes_the_text_out_of_answers_and_events() {
    let cast = Cast::gather().await;
    let secret = "the vault opens at dawn";
    let said = cast.ines.say(cast.den, secret).await;
    let answers = [
        cast.tom.reply(cast.den, said.id, "noted").await,
        cast.ines.reply(cast.den, said.id, "good").await,
    ];
    let quote = answers[0].reply_to.clone().expect("a quote");
    assert_eq!(
        (quote.id, quote.seq, quote.author_id),
        (said.id, said.seq, cast.ines.id)
    );
    assert_eq!(quote.excerpt, secret);
    let mut tom = Socket::open(&cast.tom).await;
    let before = cast.tom.room(cast.den).await.head_rev;
    cast.ines.remove_message(said.id).await;
    cast.ines.say(cast.den, "marker").await;
    let mut told = Vec::new();
    for frame in tom.before("marker").await {
        assert!(!format!("{frame:?}").contains("vault"), "{frame:?}");
        if let ServerFrame::Message { message, .. } = frame {
            told.push(message.id);
        }
    }
    assert_eq!(
        told,
        [said.id, answers[0].id, answers[1].id],
        "the answers changed with it"
    );
    let page = cast
        .tom
        .get(&format!("/rooms/{}/changes?after={before}", cast.den))
        .await
        .expect(200);
    assert!(!page.text().contains("vault"));
    for answer in &answers {
        let now = cast.tom.message(answer.id).await;
        assert!(now.rev > answer.rev);
        let quote = now.reply_to.expect("a quote");
        assert_eq!((quote.id, quote.excerpt.as_str()), (said.id, ""));
    }
    let everything = cast
        .tom
        .get(&format!("/rooms/{}/messages", cast.den))
        .await
        .expect(200);
    assert!(!everything.text().contains("vault"));
    // From the row, too.
    use confab::db::schema::messages::dsl;
    use diesel::prelude::*;
    let row: String = dsl::messages
        .find(said.id.0)
        .select(dsl::body)
        .first(&mut cast.place.database())
        .expect("a row");
    assert_eq!(row, "");
}

#[tokio::test]
async fn an_answer_quotes_the_present_text_of_a_message_of_its_own_room() {
    let cast = Cast::gather().await;
    let long = "wave ".repeat(60);
    let said = cast.ines.say(cast.den, &long).await;
    let answer = cast.tom.reply(cast.den, said.id, "indeed").await;
    let excerpt = answer.reply_to.expect("a quote").excerpt;
    assert_eq!(excerpt.chars().count(), 120);
    assert!(long.starts_with(&excerpt));
    cast.ines.edit(said.id, "calm").await;
    let now = cast.tom.message(answer.id).await;
    assert_eq!(now.reply_to.expect("a quote").excerpt, "calm");
    assert!(
        now.rev > answer.rev,
        "whoever asks for changes learns of it"
    );
}

#[tokio::test]
async fn s_az_4_an_answer_to_another_room_or_to_nothing_is_refused_alike() {
    let cast = Cast::gather().await;
    let elsewhere = cast.ines.say(cast.general, "elsewhere").await;
    let private = cast.secret().await;
    let to = |id: i64| json!({ "client_id": client_id(), "body": "x", "reply_to": id });
    let mut details = Vec::new();
    for (caller, room, id) in [
        (&cast.ines, cast.den, elsewhere.id.0),
        (&cast.zoe, cast.general, private.id.0),
        (&cast.zoe, cast.general, 987_654),
        (&cast.zoe, cast.general, -1),
    ] {
        let answer = caller
            .post(&format!("/rooms/{room}/messages"), &to(id))
            .await;
        answer.invalid("reply_to", "invalid");
        details.push(answer.problem().detail);
    }
    details.dedup();
    assert_eq!(details.len(), 1);
    let mut zoe = Socket::open(&cast.zoe).await;
    let send = json!({ "type": "send", "room_id": cast.general, "client_id": client_id(), "body": "x", "reply_to": private.id });
    assert_eq!(zoe.ask(send).await, Err(ErrorCode::Validation));
}

/// Sends the same message this often, half by REST and half by socket, and gives the ids that came back.
async fn storm(cast: &Cast, caller: &Caller, id: &str, body: &str) -> Vec<i64> {
    let mut sockets = Vec::new();
    for _ in 0..4 {
        sockets.push(Socket::open(caller).await);
    }
    let send =
        json!({ "type": "send", "id": 1, "room_id": cast.den, "client_id": id, "body": body });
    for socket in &mut sockets {
        for _ in 0..3 {
            socket.tell(&send).await;
        }
    }
    let by_rest = || caller.try_say(cast.den, id, body);
    let answers = <[_; 4]>::from(tokio::join!(by_rest(), by_rest(), by_rest(), by_rest()));
    let mut ids: Vec<i64> = answers
        .iter()
        .map(|answer| {
            assert!(matches!(answer.status, 200 | 201), "{answer:?}");
            answer.json()["id"].as_i64().expect("an id")
        })
        .collect();
    for socket in &mut sockets {
        for _ in 0..3 {
            let ack = socket.answer_to(&json!(1)).await.expect("an ack");
            ids.push(ack["message_id"].as_i64().expect("an id"));
        }
    }
    ids
}

#[tokio::test]
async fn the_same_client_id_from_everywhere_at_once_makes_one_message() {
    let cast = Cast::gather().await;
    let mut tom = Socket::open(&cast.tom).await;
    let before = cast.ines.room(cast.den).await.last_seq;
    let mut ids = storm(&cast, &cast.ines, &client_id(), "once").await;
    assert_eq!(ids.len(), 16);
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(cast.ines.room(cast.den).await.last_seq, before + 1);
    cast.ines.say(cast.den, "marker").await;
    let heard = tom.before("marker").await;
    let once = heard
        .iter()
        .filter(|frame| matches!(frame, ServerFrame::Message { .. }))
        .count();
    assert_eq!(once, 1, "{heard:?}");
}

#[tokio::test]
async fn the_same_client_id_gives_the_same_message_for_ever() {
    let mut cast = Cast::gather().await;
    let id = client_id();
    let first: Message = cast
        .ines
        .try_say(cast.den, &id, "hello")
        .await
        .expect(201)
        .shape();
    let again = async |cast: &Cast| -> Message {
        cast.ines
            .try_say(cast.den, &id, "hello")
            .await
            .expect(200)
            .shape()
    };
    assert_eq!(again(&cast).await, first);
    let upper = cast
        .ines
        .try_say(cast.den, &id.to_uppercase(), "hello")
        .await
        .expect(200);
    assert_eq!(
        upper.shape::<Message>(),
        first,
        "a UUID is the same in capitals"
    );
    for (room, body) in [
        (cast.den, "other"),
        (cast.general, "hello"),
        (cast.general, "other"),
    ] {
        cast.ines
            .try_say(room, &id, body)
            .await
            .refused(ErrorCode::ClientIdReused);
    }
    let edited = cast.ines.edit(first.id, "goodbye").await;
    assert_eq!(again(&cast).await, edited);
    cast.ines
        .try_say(cast.den, &id, "goodbye")
        .await
        .refused(ErrorCode::ClientIdReused);
    let gone = cast.ines.remove_message(first.id).await;
    assert_eq!(again(&cast).await, gone);
    cast.ines
        .patch(
            &format!("/rooms/{}", cast.den),
            &json!({ "archived": true }),
        )
        .await
        .expect(200);
    assert_eq!(again(&cast).await, gone);
    cast.place.restart();
    assert_eq!(again(&cast).await, gone);
    let mut socket = Socket::open(&cast.ines).await;
    let sent = socket
        .try_say(cast.den, &id, "hello")
        .await
        .expect("an ack");
    assert_eq!(
        (sent.message_id, sent.seq, sent.rev),
        (gone.id, gone.seq, gone.rev)
    );
    assert_eq!(
        socket.try_say(cast.den, &id, "other").await,
        Err(ErrorCode::ClientIdReused)
    );
}

#[tokio::test]
async fn two_people_may_use_the_same_client_id() {
    let cast = Cast::gather().await;
    let id = client_id();
    let one: Message = cast
        .ines
        .try_say(cast.den, &id, "hers")
        .await
        .expect(201)
        .shape();
    let other: Message = cast
        .tom
        .try_say(cast.den, &id, "his")
        .await
        .expect(201)
        .shape();
    assert_ne!(one.id, other.id);
}

#[tokio::test]
async fn an_answer_to_another_message_is_another_message() {
    let cast = Cast::gather().await;
    let (one, other) = (
        cast.ines.say(cast.den, "a").await,
        cast.ines.say(cast.den, "b").await,
    );
    let id = client_id();
    let to =
        |reply_to: Option<i64>| json!({ "client_id": id, "body": "yes", "reply_to": reply_to });
    let path = format!("/rooms/{}/messages", cast.den);
    cast.tom.post(&path, &to(Some(one.id.0))).await.expect(201);
    cast.tom.post(&path, &to(Some(one.id.0))).await.expect(200);
    cast.tom
        .post(&path, &to(Some(other.id.0)))
        .await
        .refused(ErrorCode::ClientIdReused);
    cast.tom
        .post(&path, &to(None))
        .await
        .refused(ErrorCode::ClientIdReused);
}
