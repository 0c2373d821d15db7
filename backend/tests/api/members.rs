//! Members: who may add, remove and promote whom, and that a room never loses its last owner.

use crate::support::{Caller, Cast, Socket};
use serde_json::json;
use shared::{
    ErrorCode, ServerFrame,
    members::{Member, MemberRole, Members},
};
use std::collections::BTreeMap;

async fn roles(caller: &Caller, room: shared::RoomId) -> BTreeMap<i64, Option<MemberRole>> {
    let answer = caller
        .get(&format!("/rooms/{room}/members"))
        .await
        .expect(200);
    let members: Members = answer.shape();
    members
        .members
        .into_iter()
        .map(|member| (member.user_id.0, member.role))
        .collect()
}

#[tokio::test]
async fn members_are_listed_with_role_and_moment() {
    let cast = Cast::gather().await;
    let expected = BTreeMap::from([
        (cast.ines.id.0, Some(MemberRole::Owner)),
        (cast.tom.id.0, Some(MemberRole::Member)),
    ]);
    assert_eq!(roles(&cast.tom, cast.den).await, expected);
    cast.ines.remove(cast.den, &cast.tom).await;
    assert_eq!(
        roles(&cast.ines, cast.den).await.len(),
        1,
        "only those who are in it now"
    );
}

#[tokio::test]
async fn s_dos_6_a_room_holds_so_many_and_a_full_one_keeps_nobody_out_of_the_place() {
    use diesel::{RunQueryDsl, sql_query};
    let cast = Cast::gather().await;
    let full = format!(
        "UPDATE rooms SET member_count = {} WHERE id IN ({}, {})",
        shared::limits::MEMBERS_PER_ROOM,
        cast.den,
        cast.general
    );
    let mut database = cast.place.database();
    sql_query(full).execute(&mut database).expect("an update");
    let added = cast.tom.put_member(cast.den, &cast.zoe, "member").await;
    added.refused(ErrorCode::Forbidden);
    assert!(
        !roles(&cast.tom, cast.den)
            .await
            .contains_key(&cast.zoe.id.0)
    );

    let late = cast.place.admit("late").await;
    let path = format!("/rooms/{}/join", cast.general);
    late.post(&path, &json!({}))
        .await
        .refused(ErrorCode::Forbidden);
    cast.ines.remove(cast.general, &cast.zoe).await;
    late.post(&path, &json!({})).await.expect(200);
}

#[tokio::test]
async fn whoever_is_in_a_room_can_add_and_everyone_in_it_is_told() {
    let cast = Cast::gather().await;
    let mut ines = Socket::open(&cast.ines).await;
    let added: Member = cast
        .tom
        .put_member(cast.den, &cast.zoe, "member")
        .await
        .expect(200)
        .shape();
    assert_eq!(
        (added.user_id, added.role),
        (cast.zoe.id, Some(MemberRole::Member))
    );
    let told = ines.until("member", |frame| match frame {
        ServerFrame::Member {
            room_id,
            rev,
            user_id,
            role,
        } => Some((room_id, rev, user_id, role)),
        _ => None,
    });
    assert_eq!(
        told.await,
        (cast.den, added.rev, cast.zoe.id, Some(MemberRole::Member))
    );
    let room = cast.zoe.room(cast.den).await;
    assert_eq!((room.member_count, room.my.expect("hers").unread), (3, 0));
    let again: Member = cast
        .tom
        .put_member(cast.den, &cast.zoe, "member")
        .await
        .expect(200)
        .shape();
    assert_eq!(again, added, "twice is once");
}

#[tokio::test]
async fn only_owners_hand_out_roles() {
    let cast = Cast::gather().await;
    cast.tom
        .put_member(cast.den, &cast.zoe, "moderator")
        .await
        .refused(ErrorCode::Forbidden);
    cast.tom
        .put_member(cast.den, &cast.tom, "owner")
        .await
        .refused(ErrorCode::Forbidden);
    cast.ines
        .put_member(cast.den, &cast.tom, "moderator")
        .await
        .expect(200);
    cast.tom
        .put_member(cast.den, &cast.tom, "owner")
        .await
        .refused(ErrorCode::Forbidden);
    cast.tom
        .put_member(cast.den, &cast.ines, "member")
        .await
        .refused(ErrorCode::Forbidden);
    cast.tom
        .put_member(cast.den, &cast.zoe, "moderator")
        .await
        .refused(ErrorCode::Forbidden);
    cast.ines
        .put_member(cast.den, &cast.zoe, "moderator")
        .await
        .expect(200);
    for body in [
        json!({ "role": "king" }),
        json!({}),
        json!({ "role": "owner", "joined_at": 1 }),
    ] {
        let path = format!("/rooms/{}/members/{}", cast.den, cast.tom.id);
        cast.ines
            .put(&path, &body)
            .await
            .refused(ErrorCode::Validation);
    }
    let nobody = format!("/rooms/{}/members/987654", cast.den);
    cast.ines
        .put(&nobody, &json!({ "role": "member" }))
        .await
        .refused(ErrorCode::NotFound);
    cast.ines.delete(&nobody).await.refused(ErrorCode::NotFound);
}

#[tokio::test]
async fn a_new_role_is_told_to_the_room_and_to_the_one_who_has_it() {
    let cast = Cast::gather().await;
    let mut tom = Socket::open(&cast.tom).await;
    cast.ines
        .put_member(cast.den, &cast.tom, "moderator")
        .await
        .expect(200);
    let mut told = (false, false);
    tom.until("both", |frame| {
        match frame {
            ServerFrame::Member { user_id, role, .. } if user_id == cast.tom.id => {
                assert_eq!(role, Some(MemberRole::Moderator));
                told.0 = true;
            }
            ServerFrame::MyRoom { room } => {
                assert_eq!(room.my.expect("his").role, MemberRole::Moderator);
                told.1 = true;
            }
            _ => {}
        }
        (told == (true, true)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn moderators_remove_members_and_only_owners_remove_them() {
    let cast = Cast::gather().await;
    let noor = cast.place.admit("noor").await;
    for person in [&cast.zoe, &noor] {
        cast.ines
            .put_member(cast.den, person, "member")
            .await
            .expect(200);
    }
    let remove = async |by: &Caller, whom: &Caller| {
        by.delete(&format!("/rooms/{}/members/{}", cast.den, whom.id))
            .await
    };
    remove(&cast.tom, &cast.zoe)
        .await
        .refused(ErrorCode::Forbidden);
    cast.ines
        .put_member(cast.den, &cast.tom, "moderator")
        .await
        .expect(200);
    cast.ines
        .put_member(cast.den, &noor, "moderator")
        .await
        .expect(200);
    remove(&cast.tom, &cast.zoe).await.expect(204);
    remove(&cast.tom, &cast.zoe)
        .await
        .refused(ErrorCode::NotFound);
    remove(&cast.tom, &noor).await.refused(ErrorCode::Forbidden);
    remove(&cast.tom, &cast.ines)
        .await
        .refused(ErrorCode::Forbidden);
    remove(&cast.ines, &noor).await.expect(204);
    remove(&cast.tom, &cast.tom).await.expect(204);
    assert_eq!(cast.ines.room(cast.den).await.member_count, 1);
}

#[tokio::test]
async fn the_last_owner_hands_over_before_going() {
    let cast = Cast::gather().await;
    let leave = format!("/rooms/{}/leave", cast.den);
    let own = format!("/rooms/{}/members/{}", cast.den, cast.ines.id);
    cast.ines
        .post(&leave, &json!({}))
        .await
        .refused(ErrorCode::LastOwner);
    cast.ines.delete(&own).await.refused(ErrorCode::LastOwner);
    cast.ines
        .put(&own, &json!({ "role": "member" }))
        .await
        .refused(ErrorCode::LastOwner);
    cast.ines
        .put_member(cast.den, &cast.tom, "owner")
        .await
        .expect(200);
    cast.ines.post(&leave, &json!({})).await.expect(204);
    cast.tom.post(&leave, &json!({})).await.expect(204);
}

#[tokio::test]
async fn two_owners_who_go_at_once_do_not_leave_the_others_without_one() {
    let cast = Cast::gather().await;
    cast.ines
        .put_member(cast.den, &cast.zoe, "member")
        .await
        .expect(200);
    cast.ines
        .put_member(cast.den, &cast.tom, "owner")
        .await
        .expect(200);
    let leave = format!("/rooms/{}/leave", cast.den);
    let empty = json!({});
    let (one, other) = tokio::join!(
        cast.ines.post(&leave, &empty),
        cast.tom.post(&leave, &empty)
    );
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
}

#[tokio::test]
async fn a_room_whose_last_owner_deletes_the_account_gets_another() {
    let cast = Cast::gather().await;
    let noor = cast.place.admit("noor").await;
    let room = cast
        .tom
        .new_room("private", "Loft", &[&cast.zoe, &noor])
        .await
        .id;
    cast.tom
        .put_member(room, &noor, "moderator")
        .await
        .expect(200);
    let proof = json!({ "password": crate::support::app::PASSWORD });
    cast.tom
        .ask("DELETE", "/me")
        .json(&proof)
        .send()
        .await
        .expect(204);
    let expected = BTreeMap::from([
        (cast.zoe.id.0, Some(MemberRole::Member)),
        (noor.id.0, Some(MemberRole::Owner)),
    ]);
    assert_eq!(roles(&noor, room).await, expected);
}
