//! The client's own model against the real server: whatever the network does, both end with the same rooms,
//! and every message that was written is there once, in the order in which it was written.

use crate::support::{
    Caller, Cast,
    client::{Client, Weather},
};
use model::Action;
use serde_json::json;
use shared::{
    RoomId,
    messages::{Message, Messages},
};

/// The whole room as a fresh load gives it.
async fn fresh(caller: &Caller, room: RoomId) -> Vec<Message> {
    let mut all = Vec::new();
    loop {
        let after = all.last().map_or(0, |message: &Message| message.seq);
        let path = format!("/rooms/{room}/messages?after={after}&limit=100");
        let page: Messages = caller.get(&path).await.expect(200).shape();
        let more = page.has_after;
        all.extend(page.messages);
        if !more {
            return all;
        }
    }
}

/// What keeps a client from showing the room as it is; empty when it does.
async fn differences(client: &mut Client, room: RoomId) -> Vec<String> {
    let mut found = Vec::new();
    let unsent = client.unsent(room).await;
    if unsent > 0 {
        found.push(format!("{unsent} unsent"));
    }
    let truth = fresh(&client.caller, room).await;
    let shown = client.shown(room);
    for message in &shown {
        if !truth.contains(message) {
            found.push(format!("shown, but not so: {message:?}"));
        }
    }
    // The client leaves out tombstones that nobody answered.
    for message in truth.iter().filter(|message| message.deleted_at.is_none()) {
        if !shown.iter().any(|shown| shown.id == message.id) {
            found.push(format!("not shown: {message:?}"));
        }
    }
    let facts = client.caller.room(room).await;
    let Some(held) = client.model.room(room) else {
        found.push("the room is not there".into());
        return found;
    };
    if (
        &held.name,
        &held.topic,
        held.member_count,
        held.last_seq,
        held.archived_at,
    ) != (
        &facts.name,
        &facts.topic,
        facts.member_count,
        facts.last_seq,
        facts.archived_at,
    ) {
        found.push(format!("{held:?} instead of {facts:?}"));
    }
    let unread =
        |room: &shared::rooms::Room| room.my.as_ref().map(|my| (my.unread, my.read_seq, my.role));
    if unread(held) != unread(&facts) {
        found.push(format!(
            "{:?} instead of {:?}",
            unread(held),
            unread(&facts)
        ));
    }
    found
}

/// The network works from here on: both come to rest, equal to a fresh load.
async fn settle(clients: &mut [Client], room: RoomId) {
    for client in clients.iter_mut() {
        client.weather = Weather::default();
        // What was lost at the very end is noticed with the next hello.
        client.cut().await;
    }
    let mut left = Vec::new();
    for _ in 0..80 {
        for client in clients.iter_mut() {
            client.load_all(room).await;
            client.live(1_000).await;
        }
        left.clear();
        for client in clients.iter_mut() {
            left.extend(differences(client, room).await);
        }
        if left.is_empty() {
            return;
        }
    }
    panic!("they never became equal: {left:#?}");
}

/// Own texts of one client, in the order of the room.
fn own(all: &[Message], start: &str) -> Vec<String> {
    let mine = all.iter().filter(|message| message.body.starts_with(start));
    mine.map(|message| message.body.clone()).collect()
}

#[tokio::test]
async fn two_clients_on_a_bad_network_end_equal_and_every_message_lands_once_in_order() {
    for seed in [3, 987_654_321] {
        let mut cast = Cast::gather().await;
        let room = cast.den;
        let mut clients = [
            Client::new(&cast.ines, seed).await,
            Client::new(&cast.tom, seed ^ 0xABCD).await,
        ];
        for client in &mut clients {
            client.act(Action::Open(room)).await;
            client.weather = Weather {
                lost: 15,
                twice: 15,
                down: false,
            };
        }
        let mut written = [0, 0];
        for step in 0..120 {
            let who = usize::from(clients[0].chance() >= 50);
            match clients[who].chance() {
                0..50 => {
                    written[who] += 1;
                    let body = format!("{who}/{:03}", written[who]);
                    clients[who].send(room, &body).await;
                }
                50..60 => {
                    if let Some(message) = pick(&mut clients[who], room, true) {
                        let body = format!("{} (edited in step {step})", message.body);
                        clients[who]
                            .act(Action::Edit {
                                room,
                                message: message.id,
                                body,
                            })
                            .await;
                    }
                }
                60..66 => {
                    let other = cast.ines.say(room, &format!("by post {step}")).await;
                    cast.ines.remove_message(other.id).await;
                }
                66..72 => {
                    let topic = json!({ "topic": format!("step {step}") });
                    cast.ines
                        .patch(&format!("/rooms/{room}"), &topic)
                        .await
                        .expect(200);
                }
                72..78 => clients[who].cut().await,
                78..82 => clients[who].weather.down ^= true,
                82..86 => clients[who].reload().await,
                86..90 => {
                    clients[who].act(Action::Open(room)).await;
                    clients[who].act(Action::MarkRead(room)).await;
                }
                90..92 => cast.place.restart(),
                _ => {
                    cast.ines
                        .put_member(room, &cast.zoe, "member")
                        .await
                        .expect(200);
                    cast.ines.remove(room, &cast.zoe).await;
                }
            }
            for client in &mut clients {
                client.live(250).await;
            }
        }
        for client in &mut clients {
            client.weather.down = false;
            client.act(Action::Open(room)).await;
        }
        settle(&mut clients, room).await;
        let all = fresh(&cast.ines, room).await;
        for (who, count) in written.iter().enumerate() {
            let expected: Vec<String> = (1..=*count)
                .map(|number| format!("{who}/{number:03}"))
                .collect();
            let landed: Vec<String> = own(&all, &format!("{who}/"))
                .into_iter()
                .map(|body| body.split(' ').next().expect("a word").to_owned())
                .collect();
            assert_eq!(landed, expected, "seed {seed}");
        }
    }
}

/// One of the messages that the client shows, its own if asked.
fn pick(client: &mut Client, room: RoomId, own: bool) -> Option<Message> {
    let mut shown = client.shown(room);
    let me = client.caller.id;
    shown.retain(|message| message.system.is_none() && (!own || message.author_id == me));
    let index = usize::try_from(client.chance()).unwrap_or(0);
    (!shown.is_empty()).then(|| shown[index % shown.len()].clone())
}

#[tokio::test]
async fn three_messages_written_without_a_network_go_out_once_and_in_order_when_it_is_back() {
    let cast = Cast::gather().await;
    let mut clients = [
        Client::new(&cast.ines, 5).await,
        Client::new(&cast.tom, 6).await,
    ];
    for client in &mut clients {
        client.act(Action::Open(cast.den)).await;
        client.live(500).await;
    }
    clients[0].weather.down = true;
    clients[0].cut().await;
    for number in 1..=3 {
        clients[0]
            .send(cast.den, &format!("offline {number}"))
            .await;
        clients[0].live(1_000).await;
    }
    assert_eq!(
        own(&fresh(&cast.tom, cast.den).await, "offline"),
        Vec::<String>::new()
    );
    clients[0].reload().await;
    clients[0].act(Action::Open(cast.den)).await;
    settle(&mut clients, cast.den).await;
    let landed = own(&clients[1].shown(cast.den), "offline");
    assert_eq!(landed, ["offline 1", "offline 2", "offline 3"]);
}

#[tokio::test]
async fn a_client_that_was_away_for_hundreds_of_changes_ends_equal_to_a_fresh_load() {
    let cast = Cast::gather().await;
    let mut client = [Client::new(&cast.tom, 7).await];
    client[0].act(Action::Open(cast.den)).await;
    client[0].live(500).await;
    client[0].cut().await;
    client[0].weather.down = true;
    let mut socket = crate::support::Socket::open(&cast.ines).await;
    for number in 0..40 {
        let sent = socket.say(cast.den, &format!("while away {number}")).await;
        cast.ines
            .edit(sent.message_id, &format!("while away {number}, twice said"))
            .await;
        if number % 3 == 0 {
            cast.ines.remove_message(sent.message_id).await;
        }
    }
    settle(&mut client, cast.den).await;
}
