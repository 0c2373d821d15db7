//! Readers that are too slow: bounded queues, `lagged`, and catching up by `changes`. Nobody else waits.

use crate::support::{Cast, Socket};
use shared::{ServerFrame, messages::Changes};
use std::collections::BTreeMap;

/// So many fill every buffer between the server and a reader who does not read: the kernel takes in 4 MiB at most.
/// No more, as who takes nothing for half a minute is given up.
const FLOOD: usize = 80;

/// About 60 KB on the wire each.
fn heavy(number: usize) -> String {
    format!("{number} {}", "🌊".repeat(15_000))
}

#[tokio::test]
async fn s_dos_5_a_slow_reader_is_told_what_it_lacks_and_ends_equal_to_a_fresh_load() {
    let cast = Cast::gather().await;
    let mut slow = Socket::open_narrow(&cast.tom).await;
    let mut quick = Socket::open(&cast.ines).await;
    for number in 0..FLOOD {
        cast.ines.say(cast.den, &heavy(number)).await;
        // The others hear everything at once.
        quick.message(&heavy(number)).await;
    }
    let mut messages = BTreeMap::new();
    let lagged = loop {
        match slow.next().await {
            ServerFrame::Message { message, .. } => {
                messages.insert(message.id, *message);
            }
            ServerFrame::Lagged { rooms } => break rooms,
            _ => {}
        }
    };
    assert!(messages.len() < FLOOD, "frames were dropped");
    let head = lagged
        .iter()
        .find(|head| head.room_id == cast.den)
        .expect("the room is named");
    let seen = messages
        .values()
        .map(|message| message.rev)
        .max()
        .unwrap_or(0);
    assert!(head.head_rev > seen);
    let mut after = seen;
    loop {
        let page = slow.changes(cast.den, after).await.expect("changes");
        messages.extend(
            page.messages
                .into_iter()
                .map(|message| (message.id, message)),
        );
        after = page.rev;
        if !page.more {
            break;
        }
    }
    let mut fresh = BTreeMap::new();
    let mut after = 0;
    loop {
        let path = format!("/rooms/{}/changes?after={after}", cast.den);
        let page: Changes = cast.tom.get(&path).await.expect(200).shape();
        fresh.extend(
            page.messages
                .into_iter()
                .map(|message| (message.id, message)),
        );
        after = page.rev;
        if !page.more {
            break;
        }
    }
    fresh.retain(|id, _| messages.contains_key(id));
    assert_eq!(messages, fresh);
    assert!(messages.len() >= FLOOD);
    // The socket is as good as new.
    cast.ines.say(cast.den, "up to date").await;
    slow.message("up to date").await;
}

#[tokio::test]
async fn s_dos_5_an_answer_that_was_asked_for_while_lagging_arrives() {
    let cast = Cast::gather().await;
    let mut slow = Socket::open_narrow(&cast.tom).await;
    for number in 0..FLOOD {
        cast.ines.say(cast.den, &heavy(number)).await;
    }
    let sent = slow.say(cast.den, "over the noise").await;
    assert_eq!(
        cast.ines.message(sent.message_id).await.body,
        "over the noise"
    );
}
