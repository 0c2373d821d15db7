//! What a message of one's own goes through.

use crate::client::Client;
use model::{Action, Delivery, Input, Key, Notice};
use shared::{ClientFrame, ErrorCode, RoomId, ServerFrame, UserId};

const ROOM: RoomId = RoomId(1);

fn opened() -> Client {
    let mut client = Client::new();
    client.act(Action::Open(ROOM));
    client.round();
    client.notices.clear();
    client
}

fn last(client: &Client) -> (Key, Delivery) {
    let row = *client.model.timeline(ROOM).rows.last().unwrap();
    (row.key, client.model.message(row.key).unwrap().delivery)
}

fn refuse(client: &mut Client, code: ErrorCode, retry_after_ms: Option<i64>) {
    let Some(ClientFrame::Send { id, .. }) = client.up.pop_front() else {
        panic!("nothing was sent")
    };
    let detail = "why".to_owned();
    client.server.out.push(ServerFrame::Error {
        id: Some(id),
        code,
        detail,
        retry_after_ms,
    });
    client.deliver_all();
}

#[test]
fn the_echo_is_there_at_once_and_its_row_stays_when_it_is_confirmed() {
    let mut client = opened();
    client.act(Action::Reply {
        room: ROOM,
        to: Some(client.shown(ROOM)[0].id),
    });
    client.send(ROOM);
    let (key, delivery) = last(&client);
    assert_eq!(delivery, Delivery::Sending);
    client.serve_frame();
    client.deliver_all();
    assert_eq!(last(&client), (key, Delivery::Sent));
    let row = *client.model.timeline(ROOM).rows.last().unwrap();
    assert!(row.seq > 0);
    assert!(client.saved.is_empty());
}

#[test]
fn the_row_stays_too_when_the_ack_comes_before_the_message() {
    let mut client = opened();
    client.send(ROOM);
    let (key, _) = last(&client);
    client
        .up
        .retain(|frame| matches!(frame, ClientFrame::Send { .. }));
    client.serve_frame();
    client.down.make_contiguous().reverse();
    client.deliver();
    assert_eq!(last(&client), (key, Delivery::Sent));
    assert_eq!(client.model.timeline(ROOM).rows.last().unwrap().seq, 0);
    client.deliver();
    assert_eq!(last(&client), (key, Delivery::Sent));
    assert_eq!(
        client
            .model
            .timeline(ROOM)
            .rows
            .iter()
            .filter(|row| row.key == key)
            .count(),
        1
    );
}

#[test]
fn after_a_second_it_says_so_and_after_thirty_it_says_not_sent() {
    let mut client = opened();
    client.send(ROOM);
    client.pass(999);
    assert_eq!(last(&client).1, Delivery::Sending);
    client.pass(1);
    assert_eq!(last(&client).1, Delivery::Slow);
    client.pass(29_000);
    let (key, delivery) = last(&client);
    assert!(matches!(delivery, Delivery::Failed { code: None, .. }));
    assert!(client.model.room_row(ROOM).unwrap().failed);
    assert!(client.notices.contains(&Notice::NotSent { room: ROOM }));
    client.act(Action::TryAgain(key));
    client.settle();
    assert_eq!(client.mine_in(ROOM), ["mine 1"]);
    assert!(!client.model.room_row(ROOM).unwrap().failed);
}

#[test]
fn a_message_without_an_answer_holds_back_those_after_it() {
    let mut client = opened();
    client.send(ROOM);
    client.send(ROOM);
    let sends = client
        .up
        .iter()
        .filter(|frame| matches!(frame, ClientFrame::Send { .. }))
        .count();
    assert_eq!(sends, 1);
    client.pass(31_000);
    client.up.clear();
    client.send(ROOM);
    assert!(client.up.is_empty());
}

#[test]
fn offline_it_waits_and_goes_by_itself() {
    let mut client = opened();
    client.disconnect(1006);
    client.pass(2_500);
    for _ in 0..3 {
        client.send(ROOM);
    }
    assert_eq!(last(&client).1, Delivery::Waiting);
    assert_eq!(client.saved.len(), 3);
    client.settle();
    assert_eq!(client.mine_in(ROOM), ["mine 1", "mine 2", "mine 3"]);
    assert!(client.notices.contains(&Notice::SentAfterRetry));
}

#[test]
fn a_refused_message_stays_until_it_is_thrown_away_and_lets_others_pass() {
    let mut client = opened();
    client.send(ROOM);
    refuse(&mut client, ErrorCode::Archived, None);
    let (key, delivery) = last(&client);
    assert_eq!(
        delivery,
        Delivery::Failed {
            code: Some(ErrorCode::Archived),
            reason: "why".to_owned()
        }
    );
    client.send(ROOM);
    client.settle();
    assert_eq!(client.mine_in(ROOM), ["mine 2"]);
    assert_eq!(client.saved.len(), 1);
    client.act(Action::Discard(key));
    assert!(client.saved.is_empty());
    assert!(!client.model.room_row(ROOM).unwrap().failed);
}

#[test]
fn a_busy_server_is_asked_again_with_the_same_client_id() {
    let mut client = opened();
    client.send(ROOM);
    refuse(&mut client, ErrorCode::RateLimited, Some(3_000));
    let again = |client: &Client| -> Vec<String> {
        let ids = client.up.iter().filter_map(|frame| match frame {
            ClientFrame::Send { client_id, .. } => Some(client_id.clone()),
            _ => None,
        });
        ids.collect()
    };
    client.pass(2_999);
    assert!(again(&client).is_empty());
    client.pass(1_500);
    assert_eq!(again(&client), ["00000000-0000-4000-8000-000000000001"]);
    client.settle();
    assert_eq!(client.mine_in(ROOM), ["mine 1"]);
}

#[test]
fn what_is_over_a_day_old_asks_before_it_goes() {
    let mut client = opened();
    client.disconnect(1006);
    client.send(ROOM);
    client.now += 25 * 3_600_000;
    client.restart();
    client.act(Action::Open(ROOM));
    client.round();
    client.pass(5_000);
    let (key, delivery) = last(&client);
    assert_eq!(delivery, Delivery::Expired);
    assert!(client.mine_in(ROOM).is_empty());
    client.act(Action::TryAgain(key));
    client.settle();
    assert_eq!(client.mine_in(ROOM), ["mine 1"]);
}

#[test]
fn nothing_but_spaces_is_not_sent_and_what_is_sent_clears_the_draft() {
    let mut client = opened();
    let send = |body: &str| Action::Send {
        room: ROOM,
        client_id: body.to_owned(),
        body: body.to_owned(),
    };
    client.act(Action::Draft {
        room: ROOM,
        body: "hello".to_owned(),
    });
    assert!(client.model.room_row(ROOM).unwrap().draft);
    client.act(send(" \n "));
    assert_eq!(client.model.composer(ROOM).draft, "hello");
    client.act(send("hello"));
    assert_eq!(client.model.composer(ROOM).draft, "");
    assert!(!client.model.room_row(ROOM).unwrap().draft);
}

#[test]
fn a_deletion_hides_at_once_waits_for_an_undo_and_goes_when_the_page_does() {
    let mut client = opened();
    client.send(ROOM);
    client.settle();
    let (key, _) = last(&client);
    let message = client.model.message(key).unwrap().message.id;
    let delete = Action::Delete {
        room: ROOM,
        message,
    };
    client.act(delete.clone());
    assert_ne!(last(&client).0, key);
    assert!(client.notices.contains(&Notice::Deleting { message }));
    client.act(Action::UndoDelete(message));
    assert_eq!(last(&client).0, key);
    client.act(delete.clone());
    client.pass(5_900);
    assert!(client.requests.is_empty());
    client.pass(200);
    assert_eq!(client.requests.len(), 1);
    client.refuse_request(0, ErrorCode::Forbidden);
    assert_eq!(last(&client).0, key);
    client.act(delete);
    client.input(Input::Page(model::PageEvent::Leaving));
    assert_eq!(client.requests.len(), 1);
    client.settle();
    assert_eq!(client.mine_in(ROOM), [""]);
}

#[test]
fn an_edit_shows_at_once_and_a_refused_one_gives_the_text_back() {
    let mut client = opened();
    client.send(ROOM);
    client.settle();
    let (key, _) = last(&client);
    let message = client.model.message(key).unwrap().message.id;
    let edit = |body: &str| Action::Edit {
        room: ROOM,
        message,
        body: body.to_owned(),
    };
    client.act(edit("first"));
    client.act(edit("second"));
    let view = client.model.message(key).unwrap();
    assert!(view.saving && view.message.body == "second");
    client.settle();
    let view = client.model.message(key).unwrap();
    assert!(!view.saving && view.message.body == "second");
    assert_eq!(client.mine_in(ROOM), ["second"]);
    client.act(edit("third"));
    client.refuse_request(0, ErrorCode::Archived);
    assert_eq!(client.model.message(key).unwrap().message.body, "second");
    let code = ErrorCode::Archived;
    assert!(client.notices.contains(&Notice::EditRefused {
        message,
        code,
        body: "third".to_owned()
    }));
}

#[test]
fn typing_is_told_once_in_three_seconds_and_what_others_type_fades() {
    let mut client = opened();
    client.up.clear();
    client.act(Action::Typing(ROOM));
    client.act(Action::Typing(ROOM));
    client.pass(2_900);
    client.act(Action::Typing(ROOM));
    let told = |client: &Client| {
        let typing = |frame: &&ClientFrame| matches!(frame, ClientFrame::Typing { .. });
        client.up.iter().filter(typing).count()
    };
    assert_eq!(told(&client), 1);
    client.pass(200);
    client.act(Action::Typing(ROOM));
    assert_eq!(told(&client), 2);

    let typing = ServerFrame::Typing {
        room_id: ROOM,
        user_id: UserId(2),
        expires_in_ms: 6_000,
    };
    client.server.out.push(typing.clone());
    client.deliver_all();
    assert_eq!(client.model.typing(ROOM), [UserId(2)]);
    client.pass(6_000);
    assert!(client.model.typing(ROOM).is_empty());
    client.server.out.push(typing);
    client.server.say(ROOM, UserId(2), "done", None);
    client.deliver_all();
    assert!(client.model.typing(ROOM).is_empty());
}
