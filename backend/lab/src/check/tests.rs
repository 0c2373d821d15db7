//! Every check on a small history that is right, and with one fault planted: it must be found, and by that check alone.

use super::{Finding, all, equal, recounted};
use crate::{
    history::{Amend, Heard, History, Listed, Move, Moves, Outcome, Shown, Told, Written},
    truth::{MemberRow, MessageRow, RoomRow, RoomState, Rows},
};
use shared::{
    MessageId, RoomId, ServerFrame, Timestamp, UserId,
    members::MemberRole,
    messages::{Message, MessageKind, Sent},
    rooms::{My, Notify, Room, RoomKind},
};

const ROOM: RoomId = RoomId(1);
const MIRA: UserId = UserId(10);
const NOOR: UserId = UserId(11);

/// One room. Mira (device 0) wrote three messages, of which she changed the second and deleted the third; Noor (device 1)
/// was removed in between and came back.
struct World {
    history: History,
    rows: Rows,
}

fn row(id: i64, rev: i64, body: &str) -> MessageRow {
    MessageRow {
        id,
        room_id: ROOM.0,
        seq: id,
        rev,
        kind: "text".to_owned(),
        author_id: MIRA.0,
        client_id: Some(format!("client-{id}")),
        body: body.to_owned(),
        deleted_at: None,
        system: None,
    }
}

fn line(id: i64, rev: i64, system: &str) -> MessageRow {
    MessageRow {
        kind: "system".to_owned(),
        client_id: None,
        system: Some(system.to_owned()),
        ..row(id, rev, "")
    }
}

fn member(user: UserId, rev: i64, read_seq: i64) -> MemberRow {
    MemberRow {
        room_id: ROOM.0,
        user_id: user.0,
        left_at: None,
        rev,
        read_seq,
    }
}

fn message(row: &MessageRow) -> Message {
    Message {
        id: MessageId(row.id),
        room_id: ROOM,
        seq: row.seq,
        rev: row.rev,
        kind: MessageKind::Text,
        author_id: UserId(row.author_id),
        client_id: row.client_id.clone(),
        body: row.body.clone(),
        created_at: Timestamp(0),
        edited_at: None,
        deleted_at: row.deleted_at.map(Timestamp),
        reply_to: None,
        reactions: Vec::new(),
        mentions: Vec::new(),
        system: None,
    }
}

fn shown(rev: i64) -> Shown {
    Shown {
        room: ROOM,
        rev,
        since_ms: 0,
        at_ms: 0,
    }
}

fn world() -> World {
    let mut history = History::default();
    history.people = vec![MIRA, NOOR];
    for id in [1_i64, 2, 5] {
        let body = format!("0/{id}: words");
        let written = Written {
            device: 0,
            author: MIRA,
            room: ROOM,
            number: id.unsigned_abs(),
            body,
            at_ms: 0,
            acked: Some(Sent {
                message_id: MessageId(id),
                seq: id,
                rev: 10 * id,
                created_at: Timestamp(0),
            }),
            refused: None,
            discarded: false,
        };
        history.written.insert(format!("client-{id}"), written);
    }
    history.amends = vec![
        Amend {
            message: MessageId(2),
            body: Some("0/2: words edited".to_owned()),
            outcome: Outcome::Done(60),
        },
        Amend {
            message: MessageId(5),
            body: None,
            outcome: Outcome::Done(70),
        },
    ];
    let removed = format!(r#"{{"event":"removed","user_id":{NOOR}}}"#);
    let added = format!(r#"{{"event":"added","user_id":{NOOR}}}"#);
    let gone = MessageRow {
        deleted_at: Some(1),
        ..row(5, 70, "")
    };
    let rows = Rows {
        messages: vec![
            row(1, 10, "0/1: words"),
            row(2, 60, "0/2: words edited"),
            line(3, 30, &removed),
            line(4, 40, &added),
            gone,
        ],
        rooms: vec![RoomRow {
            id: ROOM.0,
            member_count: 2,
            last_seq: 5,
            head_rev: 70,
            rev: 41,
        }],
        members: vec![member(MIRA, 2, 5), member(NOOR, 39, 1)],
        damage: Vec::new(),
    };
    let log = vec![
        Move {
            out: true,
            began_ms: 100,
            ended_ms: 110,
        },
        Move {
            out: false,
            began_ms: 200,
            ended_ms: 210,
        },
    ];
    let moves = Moves {
        log,
        ..Moves::default()
    };
    history.moves.insert((ROOM, NOOR), moves);
    history
        .frames
        .insert(1, [10, 20, 50, 60].map(shown).to_vec());
    let told = |rev, at_ms| Told {
        device: 1,
        room: ROOM,
        rev,
        at_ms,
    };
    history.told = vec![told(20, 150), told(60, 250)];
    let listed = |rooms: &[RoomId], began_ms, at_ms| Listed {
        device: 1,
        rooms: rooms.to_vec(),
        began_ms,
        at_ms,
    };
    history.listed = vec![
        listed(&[ROOM], 90, 150),
        listed(&[], 150, 160),
        listed(&[ROOM], 220, 230),
    ];
    for row in &rows.messages[..2] {
        history.sight(&message(row));
    }
    World { history, rows }
}

impl World {
    /// The checks that find something.
    fn found(&self) -> Vec<&'static str> {
        let found = all(&self.history, &self.rows);
        assert!(found.iter().all(|it| it.looked_at > 0), "{found:?}");
        let wrong = found.iter().filter(|it| !it.differences.is_empty());
        wrong.map(|it| it.check).collect()
    }
}

#[track_caller]
fn planted(fault: impl FnOnce(&mut World), found_by: &[&str]) {
    let mut world = world();
    fault(&mut world);
    let found = world.found();
    let by = |check: &&str| found_by.iter().any(|words| check.contains(words));
    assert!(found.iter().all(by), "{found:?}");
    assert_eq!(found.len(), found_by.len(), "{found:?}");
}

#[test]
fn a_history_that_is_right_has_no_difference() {
    assert_eq!(world().found(), Vec::<&str>::new());
}

#[test]
fn an_acknowledged_message_that_is_gone_is_found() {
    planted(
        |world| {
            world.rows.messages.remove(0);
        },
        &[
            "as acknowledged",
            "arrived or was refused",
            "without gaps",
            "ever shown",
        ],
    );
}

#[test]
fn an_acknowledged_message_at_another_place_is_found() {
    planted(
        |world| {
            world.rows.messages[0].seq = 2;
            world.rows.messages[1].seq = 1;
        },
        &["as acknowledged", "order of writing", "ever shown"],
    );
}

#[test]
fn a_message_that_is_there_twice_is_found() {
    planted(
        |world| {
            let mut twin = row(6, 71, "0/1: words");
            twin.client_id = Some("client-1".to_owned());
            world.rows.messages.insert(0, twin);
            world.rows.rooms[0].last_seq = 6;
            world.rows.rooms[0].head_rev = 71;
        },
        &["twice or made up"],
    );
}

#[test]
fn a_message_that_nobody_wrote_is_found() {
    planted(
        |world| {
            world.rows.messages.push(row(6, 71, "0/6: words"));
            world.rows.rooms[0].last_seq = 6;
            world.rows.rooms[0].head_rev = 71;
        },
        &["twice or made up"],
    );
}

#[test]
fn a_message_that_the_outbox_lost_is_found_and_a_refused_one_is_not_missed() {
    let lose = |world: &mut World, refused| {
        let mut lost = world.history.written["client-1"].clone();
        (lost.acked, lost.number, lost.refused) = (None, 9, refused);
        world.history.written.insert("client-9".to_owned(), lost);
    };
    planted(|world| lose(world, None), &["arrived or was refused"]);
    planted(|world| lose(world, Some(shared::ErrorCode::Archived)), &[]);
}

#[test]
fn a_text_that_nobody_gave_it_is_found_and_one_whose_answer_is_open_is_not() {
    let other = "0/2: words edited otherwise";
    planted(
        |world| world.rows.messages[1].body = other.to_owned(),
        &["as they were made"],
    );
    planted(
        |world| {
            world.rows.messages[1].body = other.to_owned();
            world.history.amends.push(Amend {
                message: MessageId(2),
                body: Some(other.to_owned()),
                outcome: Outcome::Open,
            });
        },
        &[],
    );
    planted(
        |world| world.rows.messages[1].rev = 59,
        &["as they were made"],
    );
}

#[test]
fn a_deletion_that_came_undone_or_that_nobody_asked_for_is_found() {
    planted(
        |world| {
            world.rows.messages[4].deleted_at = None;
            world.rows.messages[4].body = "0/5: words".to_owned();
        },
        &["as they were made"],
    );
    planted(
        |world| {
            world.rows.messages[0].deleted_at = Some(1);
            world.rows.messages[0].body.clear();
        },
        &["as they were made"],
    );
}

#[test]
fn a_gap_a_revision_used_twice_and_a_wrong_counter_are_found() {
    planted(
        |world| {
            world.rows.messages.remove(2);
            world.history.moves.clear();
            world.history.frames.clear();
            world.history.frames.insert(0, vec![shown(10)]);
        },
        &["without gaps"],
    );
    planted(|world| world.rows.members[0].rev = 60, &["without gaps"]);
    planted(|world| world.rows.rooms[0].head_rev = 69, &["without gaps"]);
    planted(
        |world| world.rows.rooms[0].member_count = 3,
        &["without gaps"],
    );
}

#[test]
fn what_was_shown_and_never_committed_is_found() {
    planted(
        |world| world.history.sight(&message(&row(9, 90, "0/9: words"))),
        &["ever shown"],
    );
}

#[test]
fn a_place_that_two_messages_had_and_a_revision_with_two_states_are_found_at_once() {
    planted(
        |world| {
            let mut other = row(2, 60, "0/2: words edited");
            other.id = 77;
            world.history.sight(&message(&other));
        },
        &["on the way"],
    );
    planted(
        |world| world.history.sight(&message(&row(2, 60, "0/2: others"))),
        &["on the way"],
    );
}

#[test]
fn acknowledgements_that_differ_are_found_at_once() {
    planted(
        |world| {
            let mut sent = world.history.written["client-1"].acked.expect("acked");
            sent.message_id = MessageId(8);
            world.history.acked("client-1", &sent);
        },
        &["on the way"],
    );
}

#[test]
fn a_frame_of_a_room_that_one_has_left_is_found() {
    planted(
        |world| world.history.frames.entry(1).or_default().push(shown(35)),
        &["had left"],
    );
    // The others may have it.
    planted(
        |world| drop(world.history.frames.insert(0, vec![shown(35)])),
        &[],
    );
}

#[test]
fn several_nodes_have_until_the_answer_and_while_what_they_share_is_broken() {
    // The removal began at 100 ms and was answered at 110.
    let got = |since_ms, shaken: Vec<(u64, u64)>| got_meanwhile(since_ms, 150, Some(shaken));
    planted(got(0, vec![]), &[]);
    planted(got(110, vec![]), &[]);
    planted(got(111, vec![]), &["had left"]);
    planted(got(111, vec![(0, 105)]), &[]);
    planted(got(111, vec![(120, 130)]), &["had left"]);
    planted(got(21_000, vec![(0, 30_000)]), &["had left"]);
}

#[test]
fn what_was_written_meanwhile_may_come_from_another_node_once_they_are_being_let_in_again() {
    // That began at 200 ms.
    planted(got_meanwhile(150, 199, Some(vec![])), &["had left"]);
    planted(got_meanwhile(150, 200, Some(vec![])), &[]);
    // One node has everything in order.
    planted(got_meanwhile(150, 200, None), &["had left"]);
}

/// A frame of what was written while somebody was out. `shaken` is of several nodes.
fn got_meanwhile(
    since_ms: u64,
    at_ms: u64,
    shaken: Option<Vec<(u64, u64)>>,
) -> impl FnOnce(&mut World) {
    move |world| {
        world.history.shaken = shaken;
        let frame = Shown {
            since_ms,
            at_ms,
            ..shown(35)
        };
        world.history.frames.entry(1).or_default().push(frame);
    }
}

#[test]
fn an_answer_or_a_list_with_a_room_that_one_has_left_is_found() {
    planted(|world| world.history.told[0].rev = 30, &["had left"]);
    planted(
        |world| world.history.listed[1].rooms.push(ROOM),
        &["had left"],
    );
}

#[test]
fn a_removal_by_the_servers_word_that_the_room_does_not_know_is_found() {
    planted(
        |world| {
            let moves = world.history.moves.get_mut(&(ROOM, NOOR)).expect("moves");
            moves.log.push(moves.log[0]);
        },
        &["had left"],
    );
}

#[test]
fn a_frame_behind_the_last_word_of_a_room_or_out_of_order_is_found_at_once() {
    let typing = ServerFrame::Typing {
        room_id: ROOM,
        user_id: MIRA,
        expires_in_ms: 1,
    };
    let of_rev = |rev| ServerFrame::Member {
        room_id: ROOM,
        rev,
        user_id: MIRA,
        role: None,
    };
    planted(
        |world| {
            let mut heard = Heard::default();
            let gone = ServerFrame::MyRoomLeft { room_id: ROOM };
            for frame in [&typing, &gone, &typing] {
                world.history.frame(1, &mut heard, frame, 1);
            }
        },
        &["on the way"],
    );
    planted(
        |world| {
            let mut heard = Heard::default();
            for rev in [5, 6, 6] {
                world.history.frame(0, &mut heard, &of_rev(rev), 1);
            }
        },
        &["on the way"],
    );
    // One node has everything in order; of several the later may come first, but nothing twice.
    for (nodes, revs, found) in [
        (None, [5, 7, 6], &["on the way"][..]),
        (Some(Vec::new()), [5, 7, 6], &[]),
        (Some(Vec::new()), [6, 7, 6], &["on the way"]),
    ] {
        planted(
            |world| {
                let mut heard = Heard::default();
                world.history.shaken = nodes;
                for rev in revs {
                    world.history.frame(0, &mut heard, &of_rev(rev), 1);
                }
            },
            found,
        );
    }
}

#[test]
fn damage_of_the_database_is_found() {
    planted(
        |world| world.rows.damage.push("row missing".to_owned()),
        &["is sound"],
    );
}

fn state() -> RoomState {
    let rows = world().rows;
    let my = My {
        role: MemberRole::Member,
        joined_at: Timestamp(0),
        read_seq: 1,
        unread: 1,
        mentions: 0,
        notify: Notify::All,
        muted: false,
        favourite: false,
    };
    let room = Room {
        id: ROOM,
        kind: RoomKind::Public,
        name: "Room".to_owned(),
        topic: String::new(),
        member_ids: None,
        member_count: 2,
        created_by: None,
        created_at: Timestamp(0),
        archived_at: None,
        last_seq: 5,
        head_rev: 70,
        rev: 41,
        last_message: None,
        my: Some(my),
    };
    RoomState {
        room,
        members: vec![(10, "owner".to_owned()), (11, "member".to_owned())],
        messages: rows.messages.iter().map(message).collect(),
    }
}

#[test]
fn a_client_that_differs_from_a_fresh_load_in_anything_is_found() {
    let fresh = [state()];
    let mut shown = state();
    // The deleted one, which nobody answers, is not shown.
    shown.messages.pop();
    let as_it_is = shown.clone();
    let differs = |shown: &RoomState| !equal(0, std::slice::from_ref(shown), &fresh).is_empty();
    assert!(!differs(&shown));
    let plants: [fn(&mut RoomState); 7] = [
        |shown| shown.room.name.push('x'),
        |shown| shown.room.my.as_mut().expect("mine").unread += 1,
        |shown| drop(shown.members.pop()),
        |shown| drop(shown.messages.remove(1)),
        |shown| shown.messages[1].body.push('x'),
        |shown| shown.messages.swap(0, 1),
        |shown| shown.messages.push(state().messages[4].clone()),
    ];
    for (number, plant) in plants.iter().enumerate() {
        let mut shown = as_it_is.clone();
        plant(&mut shown);
        assert!(differs(&shown), "plant {number}");
    }
    assert_eq!(equal(0, &[], &fresh).len(), 1);
    assert_eq!(equal(0, &[as_it_is], &[]).len(), 1);
}

#[test]
fn numbers_that_differ_from_a_recount_are_found() {
    let rows = world().rows;
    let count = |state: RoomState| {
        let mut finding = Finding::new("numbers");
        recounted(&mut finding, NOOR, &[state], &rows);
        finding.differences.len()
    };
    assert_eq!(count(state()), 0);
    let plants: [fn(&mut My); 3] = [
        |my| my.unread += 1,
        |my| my.mentions += 1,
        |my| my.read_seq += 1,
    ];
    for plant in plants {
        let mut state = state();
        plant(state.room.my.as_mut().expect("mine"));
        assert_eq!(count(state), 1);
    }
}
