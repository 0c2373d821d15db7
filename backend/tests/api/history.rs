//! Reading back: pages that add up, and changes that rebuild a room from any revision with any page length.

use crate::support::{Caller, Cast, Place};
use proptest::prelude::*;
use serde_json::json;
use shared::{
    ErrorCode, MessageId, RoomId, UserId,
    members::{Member, Members},
    messages::{Changes, Message, MessageKind, Messages},
    rooms::Room,
};
use std::collections::BTreeMap;

async fn page(caller: &Caller, room: RoomId, query: &str) -> Messages {
    caller
        .get(&format!("/rooms/{room}/messages{query}"))
        .await
        .expect(200)
        .shape()
}

fn seqs(page: &Messages) -> Vec<i64> {
    page.messages.iter().map(|message| message.seq).collect()
}

#[tokio::test]
async fn pages_say_what_is_before_and_after_them() {
    let cast = Cast::gather().await;
    for number in 0..19 {
        cast.ines.say(cast.den, &format!("line {number}")).await;
    }
    // With the line that tells of the room's making: places 1 to 20.
    let room = cast.ines.room(cast.den).await;
    assert_eq!(room.last_seq, 20);
    for (query, expected, before, after) in [
        ("", (1..=20).collect::<Vec<i64>>(), false, false),
        ("?limit=5", (16..=20).collect(), true, false),
        ("?before=16&limit=5", (11..=15).collect(), true, false),
        ("?before=6&limit=5", (1..=5).collect(), false, true),
        ("?before=4&limit=5", (1..=3).collect(), false, true),
        ("?before=1&limit=5", vec![], false, true),
        ("?before=999&limit=2", vec![19, 20], true, false),
        ("?after=0&limit=5", (1..=5).collect(), false, true),
        ("?after=15&limit=5", (16..=20).collect(), true, false),
        ("?after=17&limit=5", (18..=20).collect(), true, false),
        ("?after=20&limit=5", vec![], true, false),
        ("?after=-7&limit=1", vec![1], false, true),
        ("?around=10&limit=5", (8..=12).collect(), true, true),
        ("?around=1&limit=5", (1..=5).collect(), false, true),
        ("?around=20&limit=5", vec![18, 19, 20], true, false),
        ("?around=10&limit=1", vec![10], true, true),
        ("?around=999&limit=4", vec![19, 20], true, false),
    ] {
        let page = page(&cast.tom, cast.den, query).await;
        assert_eq!(seqs(&page), expected, "{query}");
        let flags = (page.has_before, page.has_after);
        // A page right below another has the other after it.
        let after = after || (query.starts_with("?before=16"));
        assert_eq!(flags, (before, after), "{query}");
        assert_eq!(page.head_rev, room.head_rev, "{query}");
    }
}

#[tokio::test]
async fn page_lengths_and_places_that_will_not_do_are_refused() {
    let cast = Cast::gather().await;
    let path = format!("/rooms/{}/messages", cast.den);
    for query in ["?limit=0", "?limit=101", "?limit=-1"] {
        cast.tom
            .get(&format!("{path}{query}"))
            .await
            .invalid("limit", "invalid");
    }
    for query in [
        "?limit=x",
        "?before=x",
        "?before=1&after=2",
        "?around=1&before=2",
        "?before=99999999999999999999",
    ] {
        cast.tom
            .get(&format!("{path}{query}"))
            .await
            .refused(ErrorCode::Malformed);
    }
    for query in [
        "?before=-9223372036854775808",
        "?around=-9223372036854775808",
        "?after=9223372036854775807",
    ] {
        assert!(page(&cast.tom, cast.den, query).await.messages.len() <= 50);
    }
    let path = format!("/rooms/{}/changes", cast.den);
    for query in ["?after=0&limit=0", "?after=0&limit=501"] {
        cast.tom
            .get(&format!("{path}{query}"))
            .await
            .invalid("limit", "invalid");
    }
    for query in ["", "?after=x", "?limit=5"] {
        cast.tom
            .get(&format!("{path}{query}"))
            .await
            .refused(ErrorCode::Malformed);
    }
}

#[tokio::test]
async fn a_page_of_changes_ends_by_weight_too_and_the_walk_goes_on() {
    let cast = Cast::gather().await;
    let before = cast.tom.room(cast.den).await.head_rev;
    for _ in 0..6 {
        cast.ines.say(cast.den, &"🌊".repeat(10_000)).await;
    }
    let first: Changes = cast
        .tom
        .get(&format!("/rooms/{}/changes?after={before}", cast.den))
        .await
        .expect(200)
        .shape();
    assert!(
        first.more && first.messages.len() < 6,
        "an answer must fit a socket's queue"
    );
    let walked = walk(&cast.tom, cast.den, before, &[500]).await;
    assert_eq!(walked.messages.len(), 6);
}

#[tokio::test]
async fn ended_memberships_are_in_changes_without_a_role() {
    let cast = Cast::gather().await;
    let before = cast.ines.room(cast.den).await.head_rev;
    cast.ines.remove(cast.den, &cast.tom).await;
    let changes: Changes = cast
        .ines
        .get(&format!("/rooms/{}/changes?after={before}", cast.den))
        .await
        .expect(200)
        .shape();
    assert_eq!(changes.members.len(), 1);
    assert_eq!(
        (changes.members[0].user_id, changes.members[0].role),
        (cast.tom.id, None)
    );
    assert_eq!(
        changes.room.expect("the room's count changed").member_count,
        1
    );
}

/// A room as a client holds it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Replica {
    room: Option<Room>,
    members: BTreeMap<UserId, Member>,
    messages: BTreeMap<MessageId, Message>,
}

/// Asks for changes from a revision on, with these page lengths in turn.
async fn walk_onto(
    mut replica: Replica,
    caller: &Caller,
    room: RoomId,
    mut after: i64,
    limits: &[i64],
) -> Replica {
    for &limit in limits.iter().cycle() {
        let path = format!("/rooms/{room}/changes?after={after}&limit={limit}");
        let page: Changes = caller.get(&path).await.expect(200).shape();
        assert!(page.rev >= after && page.rev <= page.head_rev);
        assert!(
            page.messages
                .windows(2)
                .all(|pair| pair[0].rev < pair[1].rev),
            "by revision"
        );
        let count = page.messages.len() + page.members.len() + usize::from(page.room.is_some());
        assert!(
            count <= usize::try_from(limit).expect("small"),
            "at most what was asked for"
        );
        assert_eq!(page.more, page.rev < page.head_rev);
        replica.room = page.room.or(replica.room);
        for member in page.members {
            match member.role {
                Some(_) => replica.members.insert(member.user_id, member),
                None => replica.members.remove(&member.user_id),
            };
        }
        replica.messages.extend(
            page.messages
                .into_iter()
                .map(|message| (message.id, message)),
        );
        if !page.more {
            break;
        }
        assert!(page.rev > after, "the walk goes on");
        after = page.rev;
    }
    replica
}

async fn walk(caller: &Caller, room: RoomId, after: i64, limits: &[i64]) -> Replica {
    walk_onto(Replica::default(), caller, room, after, limits).await
}

/// A fresh load, without what is derived from one's own marker.
async fn fresh(caller: &Caller, room: RoomId) -> Replica {
    let mut loaded = Replica {
        room: Some(caller.room(room).await),
        ..Replica::default()
    };
    let members: Members = caller
        .get(&format!("/rooms/{room}/members"))
        .await
        .expect(200)
        .shape();
    loaded.members = members
        .members
        .into_iter()
        .map(|member| (member.user_id, member))
        .collect();
    let mut after = 0;
    loop {
        let page = page(caller, room, &format!("?after={after}&limit=100")).await;
        let Some(last) = page.messages.last() else {
            break;
        };
        after = last.seq;
        loaded.messages.extend(
            page.messages
                .into_iter()
                .map(|message| (message.id, message)),
        );
    }
    loaded
}

/// What a room looks like to all alike: its counters and its own state.
fn common(mut replica: Replica) -> Replica {
    if let Some(room) = &mut replica.room {
        room.my = None;
        room.last_message = None;
        // These move with every change and are told by each of them.
        room.head_rev = 0;
        room.last_seq = 0;
    }
    replica
}

#[derive(Clone, Debug)]
enum Step {
    Say(usize),
    Reply(usize, usize),
    Edit(usize),
    Delete(usize),
    Rename(u8),
    Let(usize, bool),
    Promote(usize, bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..3_usize).prop_map(Step::Say),
        2 => (0..3_usize, 0..30_usize).prop_map(|(who, what)| Step::Reply(who, what)),
        2 => (0..30_usize).prop_map(Step::Edit),
        2 => (0..30_usize).prop_map(Step::Delete),
        1 => any::<u8>().prop_map(Step::Rename),
        2 => (1..4_usize, any::<bool>()).prop_map(|(who, inside)| Step::Let(who, inside)),
        1 => (1..4_usize, any::<bool>()).prop_map(|(who, up)| Step::Promote(who, up)),
    ];
    proptest::collection::vec(step, 1..40)
}

/// Carries out a step; what is refused in the present state is part of life.
async fn take(step: &Step, people: &[Caller], room: RoomId, said: &mut Vec<(usize, MessageId)>) {
    let owner = &people[0];
    let chosen =
        |index: usize, said: &[(usize, MessageId)]| said.get(index % said.len().max(1)).copied();
    match step {
        Step::Say(who) | Step::Reply(who, _) => {
            let reply_to = match step {
                Step::Reply(_, what) => chosen(*what, said).map(|(_, id)| id),
                _ => None,
            };
            let new = json!({ "client_id": crate::support::caller::client_id(), "body": "words", "reply_to": reply_to });
            let answer = people[*who]
                .post(&format!("/rooms/{room}/messages"), &new)
                .await;
            if answer.status == 201 {
                said.push((*who, answer.shape::<Message>().id));
            }
        }
        Step::Edit(what) => {
            if let Some((who, id)) = chosen(*what, said) {
                let body = json!({ "body": format!("edited {what}") });
                people[who].patch(&format!("/messages/{id}"), &body).await;
            }
        }
        Step::Delete(what) => {
            if let Some((_, id)) = chosen(*what, said) {
                owner.delete(&format!("/messages/{id}")).await;
            }
        }
        Step::Rename(number) => {
            let body =
                json!({ "name": format!("Room {number}"), "topic": format!("{}", number % 3) });
            owner
                .patch(&format!("/rooms/{room}"), &body)
                .await
                .expect(200);
        }
        Step::Let(who, true) => {
            owner
                .put_member(room, &people[*who], "member")
                .await
                .expect(200);
        }
        Step::Let(who, false) => {
            owner
                .delete(&format!("/rooms/{room}/members/{}", people[*who].id))
                .await;
        }
        Step::Promote(who, up) => {
            let role = if *up { "moderator" } else { "member" };
            owner
                .put_member(room, &people[*who], role)
                .await
                .expect(200);
        }
    }
}

#[test]
fn walking_the_changes_with_any_page_lengths_equals_a_fresh_load() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let place = Place::open();
    let people = runtime.block_on(place.admit_many("person", 4));
    let config = ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let limits = proptest::collection::vec(1..8_i64, 1..6);
    let from = 0..30_usize;
    proptest!(config, |(steps in steps(), limits in limits, from in from)| {
        runtime.block_on(async {
            let owner = &people[0];
            let room = owner.new_room("private", "Walk", &[&people[1], &people[2]]).await.id;
            let mut said = Vec::new();
            // One that came in the middle has what a full load gave it then, and asks from there.
            let half = from.min(steps.len());
            for step in &steps[..half] {
                take(step, &people, room, &mut said).await;
            }
            let halfway = fresh(owner, room).await;
            let since = halfway.room.as_ref().expect("a room").head_rev;
            for step in &steps[half..] {
                take(step, &people, room, &mut said).await;
            }
            let now = common(fresh(owner, room).await);
            prop_assert_eq!(&common(walk(owner, room, 0, &limits).await), &now);
            let caught_up = walk_onto(halfway, owner, room, since, &limits).await;
            prop_assert_eq!(&common(caught_up), &now);
            // Every change has a revision of its own, and none is beyond the head.
            let mut revs: Vec<i64> = now.messages.values().map(|message| message.rev).collect();
            revs.extend(now.members.values().map(|member| member.rev));
            revs.push(now.room.as_ref().expect("a room").rev);
            revs.sort_unstable();
            prop_assert!(revs.windows(2).all(|pair| pair[0] != pair[1]));
            let room_now = now.room.as_ref().expect("a room");
            prop_assert_eq!(room_now.member_count, i64::try_from(now.members.len()).expect("few"));
            // Unread is what its definition says.
            for person in people.iter().filter(|person| now.members.contains_key(&person.id)) {
                let my = person.room(room).await.my.expect("a member");
                let unread = now.messages.values().filter(|message| {
                    message.seq > my.read_seq
                        && message.author_id != person.id
                        && message.kind == MessageKind::Text
                        && message.deleted_at.is_none()
                });
                prop_assert_eq!(my.unread, i64::try_from(unread.count()).expect("few"));
            }
            // Places have no gaps.
            let mut seqs: Vec<i64> = now.messages.values().map(|message| message.seq).collect();
            seqs.sort_unstable();
            let count = i64::try_from(seqs.len()).expect("few");
            prop_assert_eq!(seqs, (1..=count).collect::<Vec<i64>>());
            Ok(())
        })?;
    });
}
