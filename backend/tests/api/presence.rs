//! Presence and typing: who sees whom, and that nobody sees more.

use crate::support::{Cast, Place, Socket, caller::Caller, within};
use serde_json::{Value, json};
use shared::{
    ServerFrame, UserId,
    presence::{Presence, UserPresence},
};

/// Waits until this person is seen like this.
async fn sees(socket: &mut Socket, user: UserId, how: Presence) -> UserPresence {
    socket
        .until("a presence", |frame| match frame {
            ServerFrame::Presence { users } => users
                .into_iter()
                .find(|seen| seen.id == user && seen.presence == how),
            _ => None,
        })
        .await
}

async fn watch(socket: &mut Socket, users: &[&Caller]) -> Vec<UserPresence> {
    let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
    socket
        .tell(&json!({ "type": "watch", "user_ids": ids }))
        .await;
    socket
        .until("the presences now", |frame| match frame {
            ServerFrame::Presence { users } => Some(users),
            _ => None,
        })
        .await
}

async fn set(caller: &Caller, setting: &str) {
    caller
        .patch("/me", &json!({ "presence_setting": setting }))
        .await
        .expect(200);
}

#[tokio::test]
async fn whoever_is_watched_is_told_of_at_once_and_at_every_change() {
    let cast = Cast::gather().await;
    let mut ines = Socket::open(&cast.ines).await;
    let now = watch(&mut ines, &[&cast.tom]).await;
    assert_eq!(
        (now.len(), now[0].id, now[0].presence),
        (1, cast.tom.id, Presence::Offline)
    );
    let _tom = Socket::open(&cast.tom).await;
    sees(&mut ines, cast.tom.id, Presence::Online).await;
    set(&cast.tom, "dnd").await;
    sees(&mut ines, cast.tom.id, Presence::Dnd).await;
    set(&cast.tom, "away").await;
    sees(&mut ines, cast.tom.id, Presence::Away).await;
    set(&cast.tom, "invisible").await;
    sees(&mut ines, cast.tom.id, Presence::Offline).await;
    set(&cast.tom, "auto").await;
    sees(&mut ines, cast.tom.id, Presence::Online).await;
}

#[tokio::test]
async fn the_setting_shows_wherever_the_person_is_read() {
    let cast = Cast::gather().await;
    let seen = |answer: Value| answer["presence"].as_str().map(ToOwned::to_owned);
    let path = format!("/users/{}", cast.tom.id);
    let how = async || seen(cast.ines.get(&path).await.expect(200).json()).expect("a presence");
    // Another node knows with the next tick.
    let becomes = async |expected: &str| {
        let shown = async { while how().await != expected {} };
        within(expected, shown).await;
    };
    assert_eq!(how().await, "offline");
    let _tom = Socket::open(&cast.tom).await;
    becomes("online").await;
    set(&cast.tom, "dnd").await;
    becomes("dnd").await;
    set(&cast.tom, "invisible").await;
    becomes("offline").await;
    let me = cast.tom.get("/me").await.expect(200).json();
    assert_eq!(me["presence_setting"], "invisible");
}

#[tokio::test]
async fn s_az_11_presence_and_last_seen_are_not_shown_to_those_who_share_no_room() {
    let cast = Cast::gather().await;
    cast.zoe
        .post(&format!("/rooms/{}/leave", cast.general), &json!({}))
        .await
        .expect(204);
    let _tom = Socket::open(&cast.tom).await;
    let mut zoe = Socket::open(&cast.zoe).await;
    let now = watch(&mut zoe, &[&cast.tom, &cast.zoe]).await;
    assert!(now.iter().all(|seen| seen.id != cast.tom.id), "{now:?}");
    let seen = cast
        .zoe
        .get(&format!("/users/{}", cast.tom.id))
        .await
        .expect(200)
        .json();
    assert_eq!(seen["presence"], "offline");
    assert_eq!(seen["last_seen_at"], json!(null));
    let listed = cast
        .zoe
        .get(&format!("/users?ids={}", cast.tom.id))
        .await
        .expect(200)
        .json();
    assert_eq!(listed["users"][0]["presence"], "offline");
    // They meet again: from then on she is told, without having to ask anew.
    cast.zoe
        .post(&format!("/rooms/{}/join", cast.general), &json!({}))
        .await
        .expect(200);
    sees(&mut zoe, cast.tom.id, Presence::Online).await;
    // And no more, once they do not.
    cast.zoe
        .post(&format!("/rooms/{}/leave", cast.general), &json!({}))
        .await
        .expect(204);
    set(&cast.tom, "dnd").await;
    let mut ines = Socket::open(&cast.ines).await;
    watch(&mut ines, &[&cast.tom]).await;
    set(&cast.tom, "away").await;
    sees(&mut ines, cast.tom.id, Presence::Away).await;
    cast.ines.direct(&[&cast.zoe]).await;
    cast.ines
        .say(cast.ines.direct(&[&cast.zoe]).await.id, "marker")
        .await;
    for frame in zoe.before("marker").await {
        if let ServerFrame::Presence { users } = frame {
            assert!(
                users
                    .iter()
                    .all(|seen| seen.id != cast.tom.id || seen.presence == Presence::Online)
            );
        }
    }
}

#[tokio::test]
async fn a_new_watch_list_takes_the_place_of_the_last() {
    let cast = Cast::gather().await;
    let mut ines = Socket::open(&cast.ines).await;
    watch(&mut ines, &[&cast.tom]).await;
    watch(&mut ines, &[&cast.zoe]).await;
    let _tom = Socket::open(&cast.tom).await;
    let _zoe = Socket::open(&cast.zoe).await;
    let seen = ines.until("zoe", |frame| match frame {
        ServerFrame::Presence { users } => {
            assert!(users.iter().all(|seen| seen.id != cast.tom.id), "{users:?}");
            users
                .iter()
                .any(|seen| seen.id == cast.zoe.id)
                .then_some(())
        }
        _ => None,
    });
    seen.await;
}

#[tokio::test]
async fn s_dos_6_more_than_five_hundred_to_watch_are_refused() {
    let place = Place::open();
    let mut socket = Socket::open(&place.admit("ines").await).await;
    let ids: Vec<i64> = (1..=501).collect();
    socket
        .tell(&json!({ "type": "watch", "user_ids": ids }))
        .await;
    let refused = socket.until("the refusal", |frame| match frame {
        ServerFrame::Error { code, .. } => Some(code),
        _ => None,
    });
    assert_eq!(refused.await, shared::ErrorCode::Validation);
    socket
        .tell(&json!({ "type": "watch", "user_ids": ids[1..] }))
        .await;
    socket
        .until("presences", |frame| {
            matches!(frame, ServerFrame::Presence { .. }).then_some(())
        })
        .await;
}

#[tokio::test]
async fn typing_reaches_only_those_who_have_the_room_on_screen() {
    let cast = Cast::gather().await;
    let mut focused = Socket::open(&cast.tom).await;
    let mut elsewhere = Socket::open(&cast.place.sign_in("tom").await).await;
    let mut stranger = Socket::open(&cast.zoe).await;
    let mut typist = Socket::open(&cast.ines).await;
    focused
        .tell(&json!({ "type": "focus", "room_id": cast.den }))
        .await;
    elsewhere
        .tell(&json!({ "type": "focus", "room_id": cast.general }))
        .await;
    // She cannot have it on screen, whatever she says.
    stranger
        .tell(&json!({ "type": "focus", "room_id": cast.den }))
        .await;
    typist
        .tell(&json!({ "type": "focus", "room_id": cast.den }))
        .await;
    for socket in [&mut focused, &mut elsewhere, &mut stranger, &mut typist] {
        socket.settle().await;
    }
    typist
        .tell(&json!({ "type": "typing", "room_id": cast.den }))
        .await;
    let typing = focused.until("typing", |frame| match frame {
        ServerFrame::Typing {
            room_id,
            user_id,
            expires_in_ms,
        } => Some((room_id, user_id, expires_in_ms)),
        _ => None,
    });
    let (room, user, expires_in_ms) = typing.await;
    assert_eq!((room, user), (cast.den, cast.ines.id));
    assert!((1_000..=30_000).contains(&expires_in_ms));
    cast.ines.say(cast.general, "marker").await;
    for socket in [&mut elsewhere, &mut stranger, &mut typist] {
        let before = socket.before("marker").await;
        assert!(
            !before
                .iter()
                .any(|frame| matches!(frame, ServerFrame::Typing { .. })),
            "{before:?}"
        );
    }
}

#[tokio::test]
async fn s_az_7_a_stranger_who_types_is_heard_by_nobody() {
    let cast = Cast::gather().await;
    let mut tom = Socket::open(&cast.tom).await;
    let mut zoe = Socket::open(&cast.zoe).await;
    tom.tell(&json!({ "type": "focus", "room_id": cast.den }))
        .await;
    tom.settle().await;
    zoe.tell(&json!({ "type": "typing", "room_id": cast.den }))
        .await;
    zoe.say(cast.general, "marker").await;
    let before = tom.before("marker").await;
    assert!(
        !before
            .iter()
            .any(|frame| matches!(frame, ServerFrame::Typing { .. })),
        "{before:?}"
    );
}
