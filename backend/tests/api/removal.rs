//! After a removal, a sign-out or a deletion: nothing more arrives, and nothing more lands.

use crate::support::{Caller, Cast, Socket, caller::client_id};
use serde_json::json;
use shared::{ErrorCode, RoomId, ServerFrame, event::close};

/// Whether a frame tells anything of this room, but for the one that says it is over.
fn tells_of(frame: &ServerFrame, room: RoomId) -> bool {
    if matches!(frame, ServerFrame::MyRoomLeft { .. }) {
        return false;
    }
    let json = serde_json::to_value(frame).expect("JSON");
    let named = |value: &serde_json::Value| value["room_id"] == room.0 || value["id"] == room.0;
    named(&json) || (json["type"] == "my_room" && named(&json["room"]))
}

#[tokio::test]
async fn s_az_8_a_removed_members_socket_falls_silent() {
    let cast = Cast::gather().await;
    let mut ines = Socket::open(&cast.ines).await;
    let mut tom = Socket::open(&cast.tom).await;
    tom.tell(&json!({ "type": "focus", "room_id": cast.den }))
        .await;
    tom.settle().await;
    cast.ines.remove(cast.den, &cast.tom).await;
    let left = tom.until("my_room_left", |frame| match frame {
        ServerFrame::MyRoomLeft { room_id } => Some(room_id),
        _ => None,
    });
    assert_eq!(left.await, cast.den);
    ines.tell(&json!({ "type": "typing", "room_id": cast.den }))
        .await;
    let sent = ines.say(cast.den, "now that he is gone").await;
    cast.ines.edit(sent.message_id, "edited").await;
    cast.ines
        .patch(&format!("/rooms/{}", cast.den), &json!({ "name": "Lair" }))
        .await
        .expect(200);
    // A place that he may not focus, type or read in any more.
    tom.tell(&json!({ "type": "focus", "room_id": cast.den }))
        .await;
    tom.tell(&json!({ "type": "typing", "room_id": cast.den }))
        .await;
    tom.settle().await;
    ines.tell(&json!({ "type": "typing", "room_id": cast.den }))
        .await;
    ines.say(cast.general, "marker").await;
    for frame in tom.before("marker").await {
        assert!(!tells_of(&frame, cast.den), "{frame:?}");
    }
}

#[tokio::test]
async fn s_az_8_what_was_queued_for_a_removed_member_never_leaves() {
    let cast = Cast::gather().await;
    let mut tom = Socket::open_narrow(&cast.tom).await;
    let mut ines = Socket::open(&cast.ines).await;
    // More than the kernel and the queue take in: he reads nothing yet.
    let body = "🌊".repeat(15_000);
    for _ in 0..80 {
        cast.ines.say(cast.den, &body).await;
    }
    cast.ines.remove(cast.den, &cast.tom).await;
    ines.say(cast.den, "after the removal").await;
    ines.say(cast.general, "marker").await;
    let mut over = false;
    loop {
        match tom.next().await {
            ServerFrame::Message { message, .. } if message.body == "marker" => break,
            ServerFrame::Message { message, .. } => {
                assert_ne!(message.body, "after the removal");
                assert!(
                    !over || message.room_id != cast.den,
                    "queued before the removal, sent after it"
                );
            }
            ServerFrame::MyRoomLeft { .. } => over = true,
            ServerFrame::Lagged { rooms } => {
                assert!(
                    !over
                        || rooms
                            .iter()
                            .all(|head| head.room_id != cast.den || head.head_rev == 0)
                );
                // What follows is told by asking.
                if rooms.iter().any(|head| head.room_id == cast.general) {
                    break;
                }
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn s_az_8_nothing_of_a_removed_member_lands_and_nothing_is_read() {
    let cast = Cast::gather().await;
    let secret = cast.secret().await;
    let own = cast.tom.say(cast.den, "mine").await;
    let retried = client_id();
    cast.tom
        .try_say(cast.den, &retried, "twice")
        .await
        .expect(201);
    let mut tom = Socket::open(&cast.tom).await;
    let head = cast.ines.room(cast.den).await.head_rev;
    cast.ines.remove(cast.den, &cast.tom).await;
    let gone = Err(ErrorCode::NotFound);
    for frame in [
        json!({ "type": "send", "room_id": cast.den, "client_id": client_id(), "body": "let me in" }),
        json!({ "type": "send", "room_id": cast.den, "client_id": retried, "body": "twice" }),
        json!({ "type": "edit", "message_id": own.id, "body": "changed" }),
        json!({ "type": "delete", "message_id": own.id }),
        json!({ "type": "read", "room_id": cast.den, "seq": secret.seq }),
        json!({ "type": "changes", "room_id": cast.den, "after": 0 }),
    ] {
        assert_eq!(tom.ask(frame.clone()).await, gone, "{frame}");
    }
    let den = format!("/rooms/{}", cast.den);
    for path in [
        den.clone(),
        format!("{den}/members"),
        format!("{den}/messages"),
        format!("{den}/changes?after=0"),
        format!("/messages/{}", own.id),
        format!("/messages/{}", secret.id),
    ] {
        cast.tom.get(&path).await.refused(ErrorCode::NotFound);
    }
    cast.tom
        .post(&format!("{den}/join"), &json!({}))
        .await
        .refused(ErrorCode::NotFound);
    cast.tom
        .post(&format!("{den}/leave"), &json!({}))
        .await
        .refused(ErrorCode::NotFound);
    let read = json!({ "seq": secret.seq });
    cast.tom
        .put(&format!("{den}/read"), &read)
        .await
        .refused(ErrorCode::NotFound);
    assert!(
        cast.tom
            .rooms()
            .await
            .iter()
            .all(|room| room.id != cast.den)
    );
    let after = cast.ines.room(cast.den).await;
    // The removal, the room's new count, its line: nothing else happened.
    assert_eq!(after.head_rev, head + 3);
}

#[tokio::test]
async fn s_az_8_sends_that_race_a_removal_either_land_before_it_or_not_at_all() {
    let cast = Cast::gather().await;
    let mut tom = Socket::open(&cast.tom).await;
    for number in 0..60 {
        let send = json!({
            "type": "send", "id": number, "room_id": cast.den, "client_id": client_id(), "body": format!("race {number}"),
        });
        tom.tell(&send).await;
        if number == 30 {
            cast.ines.remove(cast.den, &cast.tom).await;
        }
    }
    let mut acked = 0;
    for number in 0..60 {
        match tom.answer_to(&json!(number)).await {
            Ok(_) => acked += 1,
            Err(code) => assert_eq!(code, ErrorCode::NotFound),
        }
    }
    let path = format!("/rooms/{}/changes?after=0", cast.den);
    let all: shared::messages::Changes = cast.ines.get(&path).await.expect(200).shape();
    let removed = all
        .members
        .iter()
        .find(|member| member.user_id == cast.tom.id)
        .expect("he was in it");
    assert_eq!(removed.role, None);
    let raced: Vec<_> = all
        .messages
        .iter()
        .filter(|message| message.body.starts_with("race"))
        .collect();
    assert_eq!(raced.len(), acked, "acknowledged is there, refused is not");
    assert!(raced.iter().all(|message| message.rev < removed.rev));
}

#[tokio::test]
async fn someone_who_leaves_is_told_on_every_device_and_hears_no_more() {
    let cast = Cast::gather().await;
    let mut desk = Socket::open(&cast.tom).await;
    let mut phone = Socket::open(&cast.place.sign_in("tom").await).await;
    cast.tom
        .post(&format!("/rooms/{}/leave", cast.den), &json!({}))
        .await
        .expect(204);
    cast.ines.say(cast.den, "bye tom").await;
    cast.ines.say(cast.general, "marker").await;
    for socket in [&mut desk, &mut phone] {
        let before = socket.before("marker").await;
        assert!(before.contains(&ServerFrame::MyRoomLeft { room_id: cast.den }));
        assert!(
            before.iter().all(|frame| !tells_of(frame, cast.den)),
            "{before:?}"
        );
    }
}

#[tokio::test]
async fn someone_who_is_let_in_hears_everything_from_then_on() {
    let cast = Cast::gather().await;
    let mut zoe = Socket::open(&cast.zoe).await;
    cast.ines
        .put_member(cast.den, &cast.zoe, "member")
        .await
        .expect(200);
    cast.ines.say(cast.den, "welcome zoe").await;
    let before = zoe.before("welcome zoe").await;
    let told = before.iter().find_map(|frame| match frame {
        ServerFrame::MyRoom { room } => Some(room),
        _ => None,
    });
    let room = told.expect("my_room");
    assert_eq!(room.id, cast.den);
    assert!(room.my.is_some());
    // And again after having been out of it.
    cast.ines.remove(cast.den, &cast.zoe).await;
    cast.ines
        .put_member(cast.den, &cast.zoe, "member")
        .await
        .expect(200);
    cast.ines.say(cast.den, "welcome back").await;
    zoe.message("welcome back").await;
}

#[tokio::test]
async fn s_ses_4_a_signed_out_devices_tokens_and_sockets_end_at_once() {
    let cast = Cast::gather().await;
    let phone = cast.place.sign_in("tom").await;
    let mut on_desk = Socket::open(&cast.tom).await;
    let mut on_phone = Socket::open(&phone).await;
    phone.post("/auth/logout", &json!({})).await.expect(204);
    phone.get("/me").await.refused(ErrorCode::SessionRevoked);
    phone.renew().await.refused(ErrorCode::SessionRevoked);
    assert_eq!(on_phone.closed().await, close::SESSION_REVOKED);
    on_desk.lives().await;
}

#[tokio::test]
async fn s_ses_4_a_session_revoked_in_the_middle_of_traffic_ends_there() {
    let cast = Cast::gather().await;
    let phone = cast.place.sign_in("tom").await;
    let mut on_phone = Socket::open(&phone).await;
    let mut ines = Socket::open(&cast.ines).await;
    for number in 0..40 {
        let id = ines.mark();
        let body = format!("traffic {number}");
        let send = json!({ "type": "send", "id": id, "room_id": cast.den, "client_id": client_id(), "body": body });
        ines.tell(&send).await;
        let send = json!({ "type": "send", "id": number, "room_id": cast.den, "client_id": client_id(), "body": "me too" });
        on_phone.tell(&send).await;
        if number == 20 {
            cast.tom
                .delete(&format!("/auth/sessions/{}", phone.session))
                .await
                .expect(204);
            ines.say(cast.den, "he must not hear this").await;
        }
    }
    let (said, code) = on_phone.last_words().await;
    assert_eq!(code, close::SESSION_REVOKED);
    assert!(
        said.iter()
            .all(|frame| frame["message"]["body"] != "he must not hear this")
    );
    phone.get("/me").await.refused(ErrorCode::SessionRevoked);
}

#[tokio::test]
async fn s_ses_4_s_pw_4_a_changed_password_ends_all_other_sockets_and_not_ones_own() {
    let cast = Cast::gather().await;
    let phone = cast.place.sign_in("tom").await;
    let mut on_desk = Socket::open(&cast.tom).await;
    let mut on_phone = Socket::open(&phone).await;
    let change = json!({ "current_password": crate::support::app::PASSWORD, "new_password": "slate-meadow-19" });
    cast.tom.post("/me/password", &change).await.expect(204);
    assert_eq!(on_phone.closed().await, close::SESSION_REVOKED);
    phone.get("/me").await.refused(ErrorCode::SessionRevoked);
    phone.renew().await.refused(ErrorCode::SessionRevoked);
    on_desk.lives().await;
    cast.tom.get("/me").await.expect(200);
}

#[tokio::test]
async fn s_ses_4_an_ended_session_stays_ended_after_a_restart() {
    let mut cast = Cast::gather().await;
    let phone = cast.place.sign_in("tom").await;
    phone.post("/auth/logout", &json!({})).await.expect(204);
    cast.place.restart();
    phone.get("/me").await.refused(ErrorCode::SessionRevoked);
    cast.tom.get("/me").await.expect(200);
}

#[tokio::test]
async fn s_priv_3_a_deleted_accounts_sockets_end_and_its_rooms_are_told() {
    let cast = Cast::gather().await;
    let mut on_desk = Socket::open(&cast.tom).await;
    let mut ines = Socket::open(&cast.ines).await;
    let body = json!({ "password": crate::support::app::PASSWORD });
    cast.tom
        .ask("DELETE", "/me")
        .json(&body)
        .send()
        .await
        .expect(204);
    assert_eq!(on_desk.closed().await, close::SESSION_REVOKED);
    let gone = ines.until("his leaving", |frame| match frame {
        ServerFrame::Member {
            room_id,
            user_id,
            role,
            ..
        } if room_id == cast.den => Some((user_id, role)),
        _ => None,
    });
    assert_eq!(gone.await, (cast.tom.id, None));
    let signed_in = json!({ "login": "tom", "password": crate::support::app::PASSWORD });
    let anyone = Caller::anonymous(cast.place.address);
    anyone
        .post("/auth/login", &signed_in)
        .await
        .refused(ErrorCode::InvalidCredentials);
}
