//! What is unread, counted right whichever of a change and the pages around it comes first.

use crate::{
    chaos::Op::{Amend, Before, Jump, NeedMembers, Race, Say},
    client::Client,
};
use shared::{RoomId, UserId};

const ROOM: RoomId = RoomId(2);
const OTHER: RoomId = RoomId(1);

#[test]
fn a_deletion_counts_when_the_page_that_held_the_message_gives_way_to_another() {
    let say = || Say(ROOM, UserId(2), None);
    let mut client = Client::new();
    client.disconnect(1006);
    client.pass(400);
    // The room is loaded while the socket is away, and one message more is said behind that.
    client.perform(Race(Box::new(Before(OTHER)), vec![say(), say()]));
    client.perform(Race(Box::new(NeedMembers(ROOM)), vec![say()]));
    // A page around the newest is under way, without the oldest that are new, as the socket comes back.
    client.perform(Jump(ROOM, 0));
    client.connect();
    client.perform(Race(Box::new(Before(OTHER)), vec![Amend(ROOM, 7, false)]));
    client.settle();
    client.assert_converged();
}
