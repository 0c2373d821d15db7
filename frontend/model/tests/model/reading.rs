//! Opening, paging, jumping, what is new, what is read, what is spoken.

use crate::client::Client;
use model::{Action, Attention, Edge, Failure, Input, Notice, PageEvent, Request};
use shared::{ClientFrame, MessageId, RoomId, UserId};

const ROOM: RoomId = RoomId(1);
const DIRECT: RoomId = RoomId(3);

fn say(client: &mut Client, room: RoomId, count: usize) {
    for n in 0..count {
        client
            .server
            .say(room, UserId(2), &format!("said {n}"), None);
    }
    client.deliver_all();
}

fn shows(client: &Client, room: RoomId) -> Vec<i64> {
    client
        .model
        .timeline(room)
        .rows
        .iter()
        .map(|row| row.seq)
        .collect()
}

#[test]
fn a_direct_room_counts_for_oneself_and_others_only_show_that_there_is_something() {
    let mut client = Client::new();
    say(&mut client, ROOM, 2);
    say(&mut client, DIRECT, 3);
    assert_eq!(
        client.model.room_row(ROOM).unwrap().attention,
        Attention::New
    );
    assert_eq!(
        client.model.room_row(DIRECT).unwrap().attention,
        Attention::ForYou(3)
    );
    assert_eq!(client.model.attention(), 3);
    client.server.mute(DIRECT, true);
    client.deliver_all();
    assert_eq!(
        client.model.room_row(DIRECT).unwrap().attention,
        Attention::Quiet
    );
}

#[test]
fn a_direct_room_goes_by_its_people() {
    let mut client = Client::new();
    client.round();
    assert_eq!(client.model.room_name(DIRECT), "Person 2");
    assert_eq!(client.model.direct_with(UserId(2)), Some(DIRECT));
    assert_eq!(client.model.direct_with(UserId(3)), None);
}

#[test]
fn unread_is_exact_to_ninety_nine_and_then_more() {
    let mut client = Client::new();
    client.act(Action::MarkRead(ROOM));
    client.round();
    say(&mut client, ROOM, 99);
    assert_eq!(client.model.room_row(ROOM).unwrap().unread, 99);
    say(&mut client, ROOM, 5);
    assert_eq!(client.model.room_row(ROOM).unwrap().unread, 100);
    client.settle();
    client.assert_converged();
}

#[test]
fn a_marker_moves_up_at_once_and_is_told_once_a_second() {
    let mut client = Client::new();
    say(&mut client, ROOM, 5);
    client.act(Action::Open(ROOM));
    client.round();
    client.up.clear();
    let last = client.model.room(ROOM).unwrap().last_seq;
    for seq in last - 3..=last {
        client.act(Action::Read { room: ROOM, seq });
    }
    assert_eq!(client.model.room_row(ROOM).unwrap().unread, 0);
    client.act(Action::Read { room: ROOM, seq: 1 });
    let told = |client: &Client| -> Vec<i64> {
        let seqs = client.up.iter().filter_map(|frame| match frame {
            ClientFrame::Read { seq, .. } => Some(*seq),
            _ => None,
        });
        seqs.collect()
    };
    assert_eq!(told(&client), [last - 3]);
    client.pass(1_000);
    assert_eq!(told(&client), [last - 3, last]);
}

#[test]
fn the_new_line_stands_above_the_first_unread_and_stays_while_one_reads() {
    let mut client = Client::new();
    client.act(Action::MarkRead(ROOM));
    say(&mut client, ROOM, 3);
    client.act(Action::Open(ROOM));
    client.round();
    let view = client.model.timeline(ROOM);
    let line = view.new_line.unwrap();
    let first = view.rows[view.rows.len() - 3];
    assert_eq!(
        (line.above, line.count, line.since),
        (Some(first.key), 3, Some(first.at))
    );
    client.act(Action::MarkRead(ROOM));
    say(&mut client, ROOM, 2);
    assert_eq!(client.model.timeline(ROOM).new_line, Some(line));
    client.act(Action::ClearNewLine(ROOM));
    assert_eq!(client.model.timeline(ROOM).new_line, None);
}

#[test]
fn what_comes_while_nobody_looks_is_new() {
    let mut client = Client::new();
    client.act(Action::MarkRead(ROOM));
    client.act(Action::Open(ROOM));
    client.round();
    assert_eq!(client.model.timeline(ROOM).new_line, None);
    client.input(Input::Page(PageEvent::Blurred));
    say(&mut client, ROOM, 2);
    assert_eq!(client.model.timeline(ROOM).new_line.unwrap().count, 2);
}

#[test]
fn much_that_is_new_opens_around_the_new_line() {
    let mut client = Client::new();
    client.act(Action::MarkRead(ROOM));
    let read = client.model.room(ROOM).unwrap().last_seq;
    say(&mut client, ROOM, 60);
    client.act(Action::Open(ROOM));
    client.round();
    let view = client.model.timeline(ROOM);
    assert_eq!(view.after, Edge::More);
    assert!(view.new_line.unwrap().above.is_some());
    assert!(shows(&client, ROOM).contains(&(read + 1)));
    client.act(Action::JumpToLatest(ROOM));
    client.round();
    assert_eq!(client.model.timeline(ROOM).after, Edge::Reached);
}

#[test]
fn pages_load_both_ways_without_holes_and_a_failed_one_can_be_tried_again() {
    let mut client = Client::new();
    say(&mut client, ROOM, 20);
    client.act(Action::MarkRead(ROOM));
    client.act(Action::Open(ROOM));
    client.round();
    let had = shows(&client, ROOM).len();
    client.act(Action::LoadBefore(ROOM));
    assert_eq!(client.model.timeline(ROOM).before, Edge::Loading);
    client.fail_request(0);
    client.answer(0);
    assert_eq!(client.model.timeline(ROOM).before, Edge::Failed);
    client.act(Action::LoadBefore(ROOM));
    client.round();
    let shown = shows(&client, ROOM);
    assert!(shown.len() > had);
    assert!(shown.windows(2).all(|pair| pair[1] == pair[0] + 1));
    assert!(
        client
            .notices
            .contains(&Notice::LoadedEarlier(shown.len() - had))
    );
    while client.model.timeline(ROOM).before == Edge::More {
        client.act(Action::LoadBefore(ROOM));
        client.round();
    }
    assert_eq!(shows(&client, ROOM)[0], 1);
}

#[test]
fn a_jump_says_when_its_place_is_there() {
    let mut client = Client::new();
    say(&mut client, ROOM, 40);
    client.act(Action::MarkRead(ROOM));
    client.act(Action::Open(ROOM));
    client.round();
    let message = client.server.rooms[&ROOM].messages[4].id;
    client.act(Action::JumpToMessage {
        room: ROOM,
        message,
    });
    assert_eq!(client.model.timeline(ROOM).target, None);
    client.round();
    let target = client.model.timeline(ROOM).target;
    assert_eq!(target, client.model.key_of(ROOM, message));
    assert!(target.is_some());
    client.act(Action::Jumped(ROOM));
    assert_eq!(client.model.timeline(ROOM).target, None);
    client.act(Action::JumpToMessage {
        room: ROOM,
        message: MessageId(999),
    });
    client.round();
    assert!(
        client
            .notices
            .contains(&Notice::NoSuchMessage { room: ROOM })
    );
}

#[test]
fn a_room_that_cannot_be_loaded_says_so_and_loads_when_the_connection_is_back() {
    let mut client = Client::new();
    client.act(Action::Open(ROOM));
    let index = client
        .requests
        .iter()
        .position(|(_, request)| matches!(request, Request::Messages { .. }))
        .unwrap();
    let (id, _) = client.requests.remove(index);
    client.input(Input::Reply(id, Err(Failure::Offline)));
    assert!(client.model.timeline(ROOM).failed);
    client.disconnect(1006);
    client.settle();
    assert!(client.model.timeline(ROOM).loaded);
    client.assert_converged();
}

#[test]
fn after_a_huge_gap_the_room_on_screen_is_loaded_anew_and_others_let_go() {
    let mut client = Client::new();
    for room in [RoomId(2), ROOM] {
        client.act(Action::Open(room));
        client.round();
    }
    client.disconnect(1006);
    for room in [RoomId(2), ROOM] {
        for _ in 0..2_100 {
            client.server.say(room, UserId(2), "x", None);
        }
    }
    client.come_back();
    let asks = |client: &Client| {
        client
            .requests
            .iter()
            .filter(|(_, request)| matches!(request, Request::Changes { .. }))
            .count()
    };
    assert_eq!(asks(&client), 0);
    assert!(
        !client.model.timeline(ROOM).rows.is_empty(),
        "what was shown stays while the new page comes"
    );
    client.settle();
    assert!(client.model.timeline(ROOM).loaded && !client.model.timeline(RoomId(2)).loaded);
    client.assert_converged();
}

#[test]
fn the_room_on_screen_catches_up_first() {
    let mut client = Client::new();
    for room in [ROOM, RoomId(2), DIRECT] {
        client.act(Action::Open(room));
        client.round();
    }
    client.disconnect(1006);
    for room in [ROOM, RoomId(2), DIRECT] {
        client.server.say(room, UserId(2), "missed", None);
    }
    client.come_back();
    let first = client
        .requests
        .iter()
        .find_map(|(_, request)| match request {
            Request::Changes { room, .. } => Some(*room),
            _ => None,
        });
    assert_eq!(first, Some(DIRECT));
}

#[test]
fn a_reader_hears_each_of_three_messages_and_then_their_number() {
    let mut client = Client::new();
    client.act(Action::Open(ROOM));
    client.round();
    client.notices.clear();
    say(&mut client, RoomId(2), 2);
    say(&mut client, ROOM, 7);
    let said = client
        .notices
        .iter()
        .filter(|notice| matches!(notice, Notice::Said { .. }))
        .count();
    assert_eq!(said, 3);
    client.pass(2_000);
    assert!(client.notices.contains(&Notice::SaidMany(4)));
}

#[test]
fn members_are_fetched_once_and_kept_right() {
    let mut client = Client::new();
    client.act(Action::Open(ROOM));
    client.act(Action::NeedMembers(ROOM));
    client.round();
    assert_eq!(client.model.members(ROOM).unwrap().len(), 3);
    client.server.join(ROOM, UserId(4));
    client.server.leave(ROOM, UserId(3));
    client.deliver_all();
    client.assert_converged();
    client.act(Action::NeedMembers(ROOM));
    assert!(
        !client
            .requests
            .iter()
            .any(|(_, request)| matches!(request, Request::Members(_)))
    );
}

#[test]
fn a_snapshot_shows_the_last_room_before_the_network_answers() {
    let mut client = Client::new();
    say(&mut client, ROOM, 4);
    client.act(Action::Open(ROOM));
    client.round();
    let text = serde_json::to_string(&client.model.snapshot().unwrap()).unwrap();
    let shown = client.shown(ROOM);

    let mut again = Client::offline();
    again.server = client.server;
    again.model = model::Model::new(2);
    again.epoch = None;
    let snapshot = shared::json::read(&text).unwrap();
    again.input(Input::Restore(Box::new(model::Restored {
        snapshot: Some(snapshot),
        ..Default::default()
    })));
    again.act(Action::Open(ROOM));
    assert_eq!(again.shown(ROOM), shown);
    assert_eq!(again.model.room_name(DIRECT), "Person 2");
    again.server.say(ROOM, UserId(2), "since then", None);
    again.input(Input::SignedIn(Box::new(crate::server::me())));
    again.settle();
    again.assert_converged();
}

/// What the list needs to know of a room's rows, whatever they are called here.
fn laid_out(client: &Client) -> Vec<(i64, UserId, bool, bool)> {
    let rows = client.model.rows(ROOM).iter();
    rows.map(|row| (row.seq, row.author, row.system, row.starts_group))
        .collect()
}

#[test]
fn rows_that_came_one_by_one_are_those_of_a_fresh_load() {
    let mut client = Client::new();
    client.act(Action::Open(ROOM));
    client.round();
    let mut epochs = vec![client.model.timeline(ROOM).epoch];
    let mut next = |client: &Client| {
        let view = client.model.timeline(ROOM);
        let same = epochs.last() == Some(&view.epoch);
        epochs.push(view.epoch);
        same
    };
    // To the end: nothing above is made anew.
    for author in [2, 2, 3, 2] {
        client.server.say(ROOM, UserId(author), "said", None);
        client.deliver_all();
        assert!(next(&client));
    }
    let last = client.model.rows(ROOM).last().copied().unwrap();
    let id = MessageId(last.key.0 as i64);
    client.server.amend(ROOM, last.seq, Some("said better"));
    client.server.say(ROOM, UserId(3), "an answer", Some(id));
    client.deliver_all();
    assert!(next(&client));
    client.send(ROOM);
    client.round();
    assert!(next(&client));
    // A tombstone goes, one that is answered stays, an answer brings one back.
    client.server.amend(ROOM, last.seq, None);
    client.server.amend(ROOM, last.seq - 1, None);
    client.deliver_all();
    assert!(!next(&client));
    let gone = client.server.rooms[&ROOM].messages[(last.seq - 2) as usize].id;
    client
        .server
        .say(ROOM, UserId(2), "to what is gone", Some(gone));
    client.server.say(ROOM, UserId(2), "and on", None);
    client.deliver_all();
    assert!(!next(&client));
    let mut live = laid_out(&client);
    client.restart();
    client.act(Action::Open(ROOM));
    client.round();
    // It begins further down, and the first row of all stands under no other.
    let fresh = laid_out(&client);
    live.retain(|row| row.0 > fresh[0].0);
    assert!(live.len() >= 4);
    assert_eq!(live, fresh[1..]);
}
