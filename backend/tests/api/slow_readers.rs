//! Many readers in a large room of whom some read nothing and some a byte a second: nobody else waits for them, the
//! server keeps little for them, and each ends equal once it reads. `CONFAB_CROWD_SOCKETS` makes the room larger
//! than CI has time for.

use crate::support::{
    Caller, Socket,
    app::{Folder, PASSWORD},
    binary::Process,
    nodes,
};
use shared::{MessageId, RoomId, ServerFrame, messages::Changes};
use std::{collections::BTreeMap, time::Duration};
use tokio::sync::watch;

/// Sockets of each person.
const EACH: usize = 10;
const MESSAGES: usize = 64;
const UNLIMITED: &[(&str, &str)] = &[("CONFAB_RATE_LIMITS", "off"), ("CONFAB_LOG", "warn")];
/// What the server may hold for one that does not read: its queue, and as much again for what surrounds it.
const HELD_KIB: usize = 512;
/// What everything else may take, whatever the slow ones do.
const ELSE_KIB: usize = 96 * 1024;

type Known = BTreeMap<MessageId, String>;

fn sockets() -> usize {
    let asked = std::env::var("CONFAB_CROWD_SOCKETS").ok();
    asked.map_or(200, |count| count.parse().expect("a number"))
}

/// About 60 KB on the wire.
fn heavy(number: usize) -> String {
    format!("{number} {}", "🌊".repeat(15_000))
}

/// Reads again after a long while, by the means that a client has: frames, `changes` where it is told that it lacks
/// some, and a new socket where it was given up. Tells whether it needed either.
async fn catch_up(caller: Caller, mut socket: Socket, room: RoomId, last: &str) -> (Known, bool) {
    let mut after = head(&socket, room);
    let mut fell_behind = false;
    let mut known = Known::new();
    while known.values().next_back().is_none_or(|body| body != last) {
        match socket.next_or_end().await {
            Some(ServerFrame::Message { rev, message, .. }) => {
                after = after.max(rev);
                known.insert(message.id, message.body);
                continue;
            }
            Some(ServerFrame::Lagged { .. }) => {}
            Some(_) => continue,
            // After half a minute in which it took nothing.
            None => socket = Socket::with_token(caller.address, &caller.token).await,
        }
        fell_behind = true;
        loop {
            let page = socket.changes(room, after).await.expect("changes");
            let messages = page.messages.into_iter();
            known.extend(messages.map(|message| (message.id, message.body)));
            after = page.rev;
            if !page.more {
                break;
            }
        }
    }
    (known, fell_behind)
}

fn head(socket: &Socket, room: RoomId) -> i64 {
    let rooms = &socket.hello.rooms;
    let room = rooms.iter().find(|it| it.id == room);
    room.expect("a room of theirs").head_rev
}

async fn fresh(caller: &Caller, room: RoomId, mut after: i64) -> Known {
    let mut known = Known::new();
    loop {
        let path = format!("/rooms/{room}/changes?after={after}");
        let page: Changes = caller.get(&path).await.expect(200).shape();
        let messages = page.messages.into_iter();
        known.extend(messages.map(|message| (message.id, message.body)));
        after = page.rev;
        if !page.more {
            return known;
        }
    }
}

#[tokio::test]
async fn s_dos_5_readers_that_do_not_read_hold_up_nobody_and_end_equal() {
    if nodes::count() > 1 {
        // The process is one node, however many the others are.
        return;
    }
    confab::app::raise_open_files();
    let folder = Folder::new();
    let process = Process::serve(&folder, None, UNLIMITED);
    let address = process.address;
    let ines = Caller::register(address, "ines", PASSWORD).await;
    let room = ines.general().await.id;
    let mut people = Vec::new();
    for number in 0..sockets() / EACH {
        people.push(Caller::register(address, &format!("person{number}"), PASSWORD).await);
    }
    // Of twenty, one reads nothing, one a byte a second, and eighteen everything.
    let last = "the last word";
    let (stop, stopped) = watch::channel(());
    let (mut slow, mut quick) = (Vec::new(), Vec::new());
    for number in 0..sockets() {
        let person = people[number / EACH].clone();
        if number % 20 > 1 {
            let mut socket = Socket::with_token(address, &person.token).await;
            quick.push(tokio::spawn(async move { socket.skim(last).await }));
            continue;
        }
        let mut socket = Socket::narrow_with_token(address, &person.token).await;
        let (mut stopped, sips) = (stopped.clone(), number % 20 == 1);
        slow.push(tokio::spawn(async move {
            let mut second = tokio::time::interval(Duration::from_secs(1));
            loop {
                tokio::select! {
                    _ = stopped.changed() => return (person, socket),
                    _ = second.tick(), if sips => socket.sip(),
                }
            }
        }));
    }
    let mut attentive = Socket::with_token(address, &ines.token).await;
    let start = head(&attentive, room);
    let before = process.peak_kib();

    for number in 0..MESSAGES {
        ines.say(room, &heavy(number)).await;
        // Whatever the slow ones do not take, the others have each message before the next is written.
        attentive.message(&heavy(number)).await;
    }
    ines.say(room, last).await;
    attentive.message(last).await;
    for reader in quick {
        reader.await.expect("a quick reader");
    }
    let held = process.peak_kib().saturating_sub(before);
    let most = ELSE_KIB + slow.len() * HELD_KIB;
    assert!(held < most, "{held} KiB, and at most {most} would be well");

    drop(stop);
    let everything = fresh(&ines, room, start).await;
    assert_eq!(everything.len(), MESSAGES + 1);
    for reader in slow {
        let (person, socket) = reader.await.expect("a slow reader");
        let (known, fell_behind) = catch_up(person, socket, room, last).await;
        assert!(fell_behind, "no buffer holds this much");
        assert!(known == everything);
    }
}
