//! A room that one leaves and comes back to while an answer from between is under way.

use crate::{client::Client, server::ME};
use model::{Action, Request};
use shared::{RoomId, ServerFrame, UserId};

const ROOM: RoomId = RoomId(1);

/// A question about the room was read while one was not in it; one is in it again, and its answer has not come.
fn asked_while_out() -> Client {
    let mut client = Client::new();
    client.act(Action::Open(ROOM));
    client.round();
    client.server.say(ROOM, UserId(2), "not heard", None);
    client.server.out.clear();
    let heads = client.server.heads().into_iter().map(ServerFrame::Head);
    client.server.out.extend(heads);
    client.deliver_all();
    client.pass(400);
    let asked =
        |(_, request): &(_, Request)| matches!(request, Request::Changes { room: ROOM, .. });
    let index = client.requests.iter().position(asked).unwrap();
    client.server.leave(ROOM, ME);
    client.serve_request(index);
    client.server.join(ROOM, ME);
    client
}

#[test]
fn a_refusal_from_before_one_came_back_does_not_take_the_room_away() {
    let mut client = asked_while_out();
    client.deliver_all();
    client.answer(0);
    assert!(client.model.room(ROOM).is_some());
    client.settle();
    client.assert_converged();
}

#[test]
fn when_leaving_and_coming_back_were_missed_the_room_is_there_in_the_end_whichever_answer_comes_first()
 {
    for first in [0, 1] {
        let mut client = asked_while_out();
        client.server.out.clear();
        client.down.clear();
        client
            .down
            .push_back(ServerFrame::Lagged { rooms: Vec::new() });
        client.deliver_all();
        while !client.requests.is_empty() {
            client.serve_request(0);
        }
        client.answer(first);
        client.settle();
        client.assert_converged();
    }
}
