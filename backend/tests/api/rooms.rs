//! Rooms: making, finding, joining, changing, archiving; and the one room that a set of people has.

use crate::support::{Cast, Place, Socket};
use serde_json::json;
use shared::{
    ErrorCode, ServerFrame,
    members::MemberRole,
    messages::{Messages, System},
    rooms::{Notify, Room, RoomKind, Rooms},
};

/// What the system lines of a room tell, in order.
async fn lines(caller: &crate::support::Caller, room: shared::RoomId) -> Vec<System> {
    let path = format!("/rooms/{room}/messages?limit=100");
    let page: Messages = caller.get(&path).await.expect(200).shape();
    page.messages
        .into_iter()
        .filter_map(|message| message.system)
        .collect()
}

#[tokio::test]
async fn a_new_room_has_its_maker_as_owner_and_everything_in_its_place() {
    let cast = Cast::gather().await;
    let body = json!({ "kind": "private", "name": "  Chart table ", "topic": "tides", "member_ids": [cast.tom.id, cast.tom.id, cast.ines.id] });
    let room: Room = cast.ines.post("/rooms", &body).await.expect(201).shape();
    assert_eq!(
        (room.kind, room.name.as_str(), room.topic.as_str()),
        (RoomKind::Private, "Chart table", "tides")
    );
    assert_eq!(
        (room.member_count, room.created_by),
        (2, Some(cast.ines.id))
    );
    assert_eq!(
        (
            room.archived_at,
            room.member_ids.clone(),
            room.last_message.clone()
        ),
        (None, None, None)
    );
    assert_eq!(
        (room.last_seq, lines(&cast.tom, room.id).await),
        (1, vec![System::Created])
    );
    assert!(room.rev <= room.head_rev && room.rev > 0);
    let my = room.my.clone().expect("mine");
    assert_eq!((my.role, my.unread, my.mentions), (MemberRole::Owner, 0, 0));
    assert_eq!(
        (my.notify, my.muted, my.favourite),
        (Notify::Mentions, false, false)
    );
    assert_eq!(cast.ines.room(room.id).await, room);
    assert_eq!(
        cast.tom.room(room.id).await.my.expect("his").role,
        MemberRole::Member
    );
}

#[tokio::test]
async fn what_will_not_do_for_a_room_is_refused_by_field() {
    let cast = Cast::gather().await;
    for (field, value, code) in [
        ("name", json!(""), "required"),
        ("name", json!("   "), "required"),
        ("name", json!("n".repeat(65)), "too_long"),
        ("name", json!("a\nb"), "invalid"),
        ("name", json!("evil\u{202E}"), "invalid"),
        ("topic", json!("t".repeat(251)), "too_long"),
        ("topic", json!("a\u{7}b"), "invalid"),
        ("kind", json!("direct"), "invalid"),
        ("member_ids", json!([987_654]), "invalid"),
        ("member_ids", json!([-1]), "invalid"),
        (
            "member_ids",
            json!((1..=600).collect::<Vec<i64>>()),
            "too_long",
        ),
    ] {
        let mut body = json!({ "kind": "public", "name": "Fine" });
        body[field] = value;
        cast.ines.post("/rooms", &body).await.invalid(field, code);
    }
    for body in [
        json!({ "kind": "secret", "name": "x" }),
        json!({ "name": "x" }),
        json!({ "kind": "public" }),
        json!({ "kind": "public", "name": "x", "owner": 1 }),
        json!({ "kind": "public", "name": "x", "id": 1 }),
        json!({ "kind": "public", "name": 1 }),
        json!([]),
    ] {
        cast.ines
            .post("/rooms", &body)
            .await
            .refused(ErrorCode::Validation);
    }
    let emoji = "🌊".repeat(64);
    let room = cast.ines.new_room("public", &emoji, &[]).await;
    assert_eq!(room.name, emoji, "characters are counted, not bytes");
}

#[tokio::test]
async fn s_az_5_the_directory_lists_public_rooms_and_no_others() {
    let cast = Cast::gather().await;
    let quay = cast.ines.new_room("public", "Quay", &[]).await;
    cast.ines.new_room("private", "Quay office", &[]).await;
    let old = cast.ines.new_room("public", "Quay of old", &[]).await;
    cast.ines
        .patch(&format!("/rooms/{}", old.id), &json!({ "archived": true }))
        .await
        .expect(200);
    cast.ines.say(quay.id, "not to be read from outside").await;
    let answer = cast.zoe.get("/rooms?scope=public").await.expect(200);
    let all: Rooms = answer.shape();
    let names: Vec<&str> = all.rooms.iter().map(|room| room.name.as_str()).collect();
    assert_eq!(names, ["General", "Quay"], "by name");
    assert!(all.rooms[0].my.is_some() && all.rooms[1].my.is_none());
    assert!(!answer.text().contains("not to be read"));
    for q in ["quay", "QUA", "ay"] {
        let found: Rooms = cast
            .zoe
            .get(&format!("/rooms?scope=public&q={q}"))
            .await
            .expect(200)
            .shape();
        assert_eq!(found.rooms.len(), 1, "{q}");
        assert_eq!(found.rooms[0].id, quay.id);
    }
    for q in ["Den", "office", "%25", "_", "%5C"] {
        let found: Rooms = cast
            .zoe
            .get(&format!("/rooms?scope=public&q={q}"))
            .await
            .expect(200)
            .shape();
        assert!(found.rooms.is_empty(), "{q}");
    }
    let outside: Room = cast.zoe.room(quay.id).await;
    assert_eq!((outside.my, outside.last_message), (None, None));
    cast.zoe
        .get("/rooms?scope=other")
        .await
        .refused(ErrorCode::Malformed);
    cast.zoe
        .get("/rooms?scope=public&cursor=x")
        .await
        .refused(ErrorCode::Malformed);
}

#[tokio::test]
async fn the_directory_comes_in_pages_that_add_up() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    for number in 0..120 {
        ines.new_room("public", &format!("Berth {number:03}"), &[])
            .await;
    }
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let page: Rooms = ines
            .get(&format!("/rooms?scope=public&q=berth{cursor}"))
            .await
            .expect(200)
            .shape();
        names.extend(page.rooms.into_iter().map(|room| room.name));
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let expected: Vec<String> = (0..120)
        .map(|number| format!("Berth {number:03}"))
        .collect();
    assert_eq!(names, expected);
}

#[tokio::test]
async fn a_public_room_may_be_read_by_those_who_join_it() {
    let cast = Cast::gather().await;
    let quay = cast.ines.new_room("public", "Quay", &[]).await.id;
    let said = cast.ines.say(quay, "mind the gap").await;
    let path = format!("/rooms/{quay}");
    for inside in ["/messages", "/members", "/changes?after=0"] {
        cast.zoe
            .get(&format!("{path}{inside}"))
            .await
            .refused(ErrorCode::Forbidden);
    }
    cast.zoe
        .try_say(quay, &crate::support::caller::client_id(), "hi")
        .await
        .refused(ErrorCode::Forbidden);
    cast.zoe
        .get(&format!("/messages/{}", said.id))
        .await
        .refused(ErrorCode::NotFound);
    let joined: Room = cast
        .zoe
        .post(&format!("{path}/join"), &json!({}))
        .await
        .expect(200)
        .shape();
    let my = joined.my.expect("hers");
    assert_eq!(
        (my.role, my.unread),
        (MemberRole::Member, 0),
        "what was said before is history, not unread"
    );
    assert_eq!(cast.zoe.message(said.id).await, said);
    let again: Room = cast
        .zoe
        .post(&format!("{path}/join"), &json!({}))
        .await
        .expect(200)
        .shape();
    assert_eq!(
        (again.member_count, again.head_rev),
        (2, cast.ines.room(quay).await.head_rev)
    );
    assert_eq!(
        lines(&cast.ines, quay).await,
        [System::Created, System::Joined]
    );
    cast.zoe
        .post(&format!("{path}/leave"), &json!({}))
        .await
        .expect(204);
    assert_eq!(
        lines(&cast.ines, quay).await,
        [System::Created, System::Joined, System::Left]
    );
    cast.zoe
        .post(&format!("{path}/leave"), &json!({}))
        .await
        .refused(ErrorCode::Forbidden);
    assert_eq!(cast.ines.room(quay).await.member_count, 1);
}

#[tokio::test]
async fn the_same_people_always_get_the_same_direct_room() {
    let cast = Cast::gather().await;
    let new = |ids: Vec<i64>| json!({ "user_ids": ids });
    let (ines, tom, zoe) = (cast.ines.id.0, cast.tom.id.0, cast.zoe.id.0);
    let made: Room = cast
        .ines
        .post("/rooms/direct", &new(vec![tom]))
        .await
        .expect(201)
        .shape();
    assert_eq!((made.kind, made.name.as_str()), (RoomKind::Direct, ""));
    assert_eq!(made.member_ids, Some(vec![cast.ines.id, cast.tom.id]));
    for (caller, ids) in [
        (&cast.ines, vec![tom]),
        (&cast.ines, vec![ines, tom, tom]),
        (&cast.tom, vec![ines]),
    ] {
        let found: Room = caller
            .post("/rooms/direct", &new(ids))
            .await
            .expect(200)
            .shape();
        assert_eq!(found.id, made.id);
    }
    let three: Room = cast
        .tom
        .post("/rooms/direct", &new(vec![zoe, ines]))
        .await
        .expect(201)
        .shape();
    assert_ne!(three.id, made.id);
    assert_eq!(three.member_count, 3);
    let alone: Room = cast
        .ines
        .post("/rooms/direct", &new(vec![]))
        .await
        .expect(201)
        .shape();
    assert_eq!(alone.member_ids, Some(vec![cast.ines.id]));
    cast.ines
        .post("/rooms/direct", &new(vec![987_654]))
        .await
        .invalid("user_ids", "invalid");
    let many: Vec<i64> = (1..=30).collect();
    cast.ines
        .post("/rooms/direct", &new(many))
        .await
        .invalid("user_ids", "too_long");
    // A stranger to it: as if there were none.
    cast.zoe
        .get(&format!("/rooms/{}", made.id))
        .await
        .refused(ErrorCode::NotFound);
    assert!(cast.zoe.rooms().await.iter().all(|room| room.id != made.id));
}

#[tokio::test]
async fn two_who_open_the_same_direct_room_at_once_get_one() {
    let cast = Cast::gather().await;
    let (to_zoe, to_ines) = ([&cast.zoe], [&cast.ines]);
    let (one, other) = tokio::join!(cast.ines.direct(&to_zoe), cast.zoe.direct(&to_ines));
    assert_eq!(one.id, other.id);
}

#[tokio::test]
async fn a_direct_room_keeps_its_people_and_has_no_name() {
    let cast = Cast::gather().await;
    let room = cast.ines.direct(&[&cast.tom]).await.id;
    let path = format!("/rooms/{room}");
    cast.ines
        .put_member(room, &cast.zoe, "member")
        .await
        .refused(ErrorCode::Forbidden);
    cast.ines
        .delete(&format!("{path}/members/{}", cast.tom.id))
        .await
        .refused(ErrorCode::Forbidden);
    cast.ines
        .post(&format!("{path}/leave"), &json!({}))
        .await
        .refused(ErrorCode::Forbidden);
    cast.ines
        .patch(&path, &json!({ "name": "Us" }))
        .await
        .refused(ErrorCode::Forbidden);
    cast.ines
        .patch(&path, &json!({ "archived": true }))
        .await
        .refused(ErrorCode::Forbidden);
    cast.zoe
        .post(&format!("{path}/join"), &json!({}))
        .await
        .refused(ErrorCode::NotFound);
}

#[tokio::test]
async fn the_other_learns_of_a_new_direct_room_at_once() {
    let cast = Cast::gather().await;
    let mut tom = Socket::open(&cast.tom).await;
    let room = cast.ines.direct(&[&cast.tom]).await;
    let told = tom.until("my_room", |frame| match frame {
        ServerFrame::MyRoom { room } => Some(room),
        _ => None,
    });
    let told = told.await;
    assert_eq!(
        (told.id, told.member_ids.clone()),
        (room.id, room.member_ids)
    );
    assert!(told.my.is_some());
    cast.ines.say(room.id, "psst").await;
    tom.message("psst").await;
}

#[tokio::test]
async fn a_rename_a_topic_and_an_archive_are_told_to_all_and_written_down() {
    let cast = Cast::gather().await;
    let mut tom = Socket::open(&cast.tom).await;
    let path = format!("/rooms/{}", cast.den);
    let changed = json!({ "name": "Lair", "topic": "quiet" });
    let room: Room = cast.ines.patch(&path, &changed).await.expect(200).shape();
    assert_eq!((room.name.as_str(), room.topic.as_str()), ("Lair", "quiet"));
    let told = tom.until("room", |frame| match frame {
        ServerFrame::Room { room_id, rev, room } if room.name == "Lair" => {
            Some((room_id, rev, room))
        }
        _ => None,
    });
    let (room_id, rev, told) = told.await;
    assert_eq!(
        (room_id, told.topic.as_str(), told.rev),
        (cast.den, "quiet", rev)
    );
    assert_eq!(told.my, None, "a frame for all has nothing of any one");
    let head = cast.ines.room(cast.den).await.head_rev;
    cast.ines.patch(&path, &changed).await.expect(200);
    assert_eq!(
        cast.ines.room(cast.den).await.head_rev,
        head,
        "nothing new, nothing told"
    );

    let archived: Room = cast
        .ines
        .patch(&path, &json!({ "archived": true }))
        .await
        .expect(200)
        .shape();
    assert!(archived.archived_at.is_some());
    let said = crate::support::caller::client_id();
    cast.tom
        .try_say(cast.den, &said, "too late")
        .await
        .refused(ErrorCode::Archived);
    cast.ines
        .patch(&path, &json!({ "name": "Cave" }))
        .await
        .refused(ErrorCode::Archived);
    cast.ines
        .put_member(cast.den, &cast.zoe, "member")
        .await
        .refused(ErrorCode::Archived);
    let reopened: Room = cast
        .ines
        .patch(&path, &json!({ "archived": false }))
        .await
        .expect(200)
        .shape();
    assert_eq!(reopened.archived_at, None);
    cast.tom
        .try_say(cast.den, &said, "in time")
        .await
        .expect(201);
    let told = lines(&cast.tom, cast.den).await;
    let expected = [
        System::Created,
        System::Renamed {
            name: "Lair".into(),
        },
        System::Topic {
            topic: "quiet".into(),
        },
        System::Archived,
        System::Unarchived,
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn an_archived_room_keeps_its_words_as_they_are() {
    let cast = Cast::gather().await;
    let said = cast.tom.say(cast.den, "as it was").await;
    let path = format!("/rooms/{}", cast.den);
    cast.ines
        .patch(&path, &json!({ "archived": true }))
        .await
        .expect(200);
    let edit = cast
        .tom
        .patch(
            &format!("/messages/{}", said.id),
            &json!({ "body": "changed" }),
        )
        .await;
    edit.refused(ErrorCode::Archived);
    cast.tom
        .delete(&format!("/messages/{}", said.id))
        .await
        .refused(ErrorCode::Archived);
    assert_eq!(cast.tom.message(said.id).await, said);
    let public = cast.ines.new_room("public", "Pier", &[]).await.id;
    cast.ines
        .patch(&format!("/rooms/{public}"), &json!({ "archived": true }))
        .await
        .expect(200);
    cast.zoe
        .post(&format!("/rooms/{public}/join"), &json!({}))
        .await
        .refused(ErrorCode::Archived);
}

#[tokio::test]
async fn roles_bound_what_one_may_do_to_a_room() {
    let cast = Cast::gather().await;
    let path = format!("/rooms/{}", cast.den);
    cast.tom
        .patch(&path, &json!({ "name": "Mine" }))
        .await
        .refused(ErrorCode::Forbidden);
    cast.ines
        .put_member(cast.den, &cast.tom, "moderator")
        .await
        .expect(200);
    cast.tom
        .patch(&path, &json!({ "topic": "calm" }))
        .await
        .expect(200);
    cast.tom
        .patch(&path, &json!({ "archived": true }))
        .await
        .refused(ErrorCode::Forbidden);
    cast.ines
        .put_member(cast.den, &cast.tom, "owner")
        .await
        .expect(200);
    cast.tom
        .patch(&path, &json!({ "archived": true }))
        .await
        .expect(200);
}

#[tokio::test]
async fn settings_are_ones_own_and_reach_the_other_device() {
    let cast = Cast::gather().await;
    let mut phone = Socket::open(&cast.place.sign_in("tom").await).await;
    let mut ines = Socket::open(&cast.ines).await;
    let path = format!("/rooms/{}/settings", cast.den);
    let set = json!({ "notify": "all", "muted": true, "favourite": true });
    let room: Room = cast.tom.patch(&path, &set).await.expect(200).shape();
    let my = room.my.expect("his");
    assert_eq!(
        (my.notify, my.muted, my.favourite),
        (Notify::All, true, true)
    );
    let told = phone.until("my_room", |frame| match frame {
        ServerFrame::MyRoom { room } => room.my,
        _ => None,
    });
    assert_eq!(told.await, my);
    let one: Room = cast
        .tom
        .patch(&path, &json!({ "muted": false }))
        .await
        .expect(200)
        .shape();
    let my = one.my.expect("his");
    assert_eq!(
        (my.notify, my.muted, my.favourite),
        (Notify::All, false, true),
        "what is absent stays"
    );
    let hers = cast.ines.room(cast.den).await.my.expect("hers");
    assert_eq!(
        (hers.notify, hers.muted, hers.favourite),
        (Notify::Mentions, false, false)
    );
    cast.tom
        .patch(&path, &json!({ "notify": "loud" }))
        .await
        .refused(ErrorCode::Validation);
    cast.ines.say(cast.general, "marker").await;
    let before = ines.before("marker").await;
    assert_eq!(before, [], "nobody else is told");
}

#[tokio::test]
async fn odd_ids_in_paths_name_nothing() {
    let cast = Cast::gather().await;
    for id in [
        "0",
        "-1",
        "99999999999999999999",
        "9223372036854775807",
        "abc",
        "1.5",
        "%00",
        "%2e%2e",
        "1e3",
        "+1x",
        "１",
    ] {
        let id = id.replace('１', "%EF%BC%91");
        for path in [
            format!("/rooms/{id}"),
            format!("/messages/{id}"),
            format!("/users/{id}"),
            format!("/rooms/{id}/messages"),
        ] {
            let answer = cast.ines.get(&path).await;
            answer.refused(ErrorCode::NotFound);
        }
        cast.ines
            .delete(&format!("/auth/sessions/{id}"))
            .await
            .refused(ErrorCode::NotFound);
        let put = cast
            .ines
            .put(
                &format!("/rooms/{}/members/{id}", cast.den),
                &json!({ "role": "member" }),
            )
            .await;
        put.refused(ErrorCode::NotFound);
    }
}
