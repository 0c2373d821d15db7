//! Everyone comes back at once: after a crash, when connections are refused and nothing worse, and after a restart on
//! purpose, when `bye` spreads them. `CONFAB_STORM_SOCKETS` makes it larger than CI has time for.

use crate::support::{
    Caller, Place, Socket,
    app::{Folder, PASSWORD},
    binary::Process,
    caller::client_id,
    nodes,
    socket::{PING, Said, masked},
    within,
};
use futures_util::future::{join, join_all};
use serde_json::json;
use shared::{MessageId, RoomId, ServerFrame, event::close, messages::Message};
use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

/// Sockets of each person.
const EACH: usize = 10;
/// Between two tries of one client.
const PAUSE: Duration = Duration::from_millis(100);
const UNLIMITED: &[(&str, &str)] = &[("CONFAB_RATE_LIMITS", "off"), ("CONFAB_LOG", "warn")];

fn sockets() -> usize {
    let asked = std::env::var("CONFAB_STORM_SOCKETS").ok();
    asked.map_or(1_000, |count| count.parse().expect("a number"))
}

/// One client: its socket and what it knows of the room.
struct Device {
    token: String,
    socket: Socket,
    rev: i64,
    known: BTreeMap<MessageId, Message>,
}

impl Device {
    async fn open(caller: &Caller, room: RoomId) -> Self {
        let socket = Socket::with_token(caller.address, &caller.token).await;
        let rev = head(&socket, room);
        Self {
            token: caller.token.clone(),
            socket,
            rev,
            known: BTreeMap::new(),
        }
    }

    /// A new socket as soon as there is a server; then what it missed.
    async fn come_back(&mut self, address: SocketAddr, room: RoomId) -> u32 {
        let (socket, refused) = Socket::come_back(address, &self.token, PAUSE).await;
        self.socket = socket;
        while self.rev < head(&self.socket, room) {
            let page = self.socket.changes(room, self.rev).await.expect("changes");
            for message in page.messages {
                self.known.insert(message.id, message);
            }
            self.rev = page.rev;
        }
        refused
    }

    /// Reads up to `bye`, which says in how many milliseconds to come back, and to the end.
    async fn sent_away(&mut self) -> u64 {
        let wait = self
            .socket
            .until("bye", |frame| match frame {
                ServerFrame::Bye {
                    reconnect_in_ms, ..
                } => Some(reconnect_in_ms),
                _ => None,
            })
            .await;
        assert_eq!(self.socket.closed().await, close::RESTART);
        u64::try_from(wait).expect("not in the past")
    }
}

fn head(socket: &Socket, room: RoomId) -> i64 {
    let rooms = &socket.hello.rooms;
    let room = rooms.iter().find(|it| it.id == room);
    room.expect("a room of theirs").head_rev
}

/// A server with everyone in it, and their room.
async fn crowd(folder: &Folder) -> (Process, Caller, RoomId, Vec<Device>) {
    confab::app::raise_open_files();
    let process = Process::serve(folder, None, UNLIMITED);
    let ines = Caller::register(process.address, "ines", PASSWORD).await;
    let room = ines.general().await.id;
    let mut people = Vec::new();
    for number in 0..sockets() / EACH {
        people.push(Caller::register(process.address, &format!("person{number}"), PASSWORD).await);
    }
    let mut devices = Vec::new();
    for person in &people {
        for _ in 0..EACH {
            devices.push(Device::open(person, room).await);
        }
    }
    (process, ines, room, devices)
}

/// Starts the server again at the same address, while others run.
async fn start_again(folder: Folder, address: SocketAddr) -> (Process, Folder) {
    let started = tokio::task::spawn_blocking(move || {
        (Process::serve(&folder, Some(address), UNLIMITED), folder)
    });
    started.await.expect("it starts")
}

#[tokio::test]
async fn after_a_crash_everyone_is_back_and_equal() {
    if nodes::count() > 1 {
        // The process is one node, however many the others are.
        return;
    }
    let folder = Folder::new();
    let (process, ines, room, mut devices) = crowd(&folder).await;
    let address = process.address;
    let mut speaker = Socket::with_token(address, &ines.token).await;
    let mut sent = BTreeMap::new();
    for number in 0..100 {
        let (mark, body) = (client_id(), format!("line {number}"));
        let send = json!({ "type": "send", "id": number, "room_id": room, "client_id": mark, "body": body });
        speaker.tell(&send).await;
        sent.insert(body, mark);
    }
    let mut acked = BTreeMap::new();
    for number in 0..30 {
        let ack = speaker.answer_to(&json!(number)).await.expect("an ack");
        acked.insert(ack["message_id"].as_i64(), format!("line {number}"));
    }
    process.kill();
    let back = devices
        .iter_mut()
        .map(|device| device.come_back(address, room));
    let ((process, folder), refused) = join(start_again(folder, address), join_all(back)).await;
    assert!(
        refused.iter().sum::<u32>() > 0,
        "they were there before it was"
    );

    // Whoever spoke does not know what arrived, and says all of it again.
    for (body, mark) in &sent {
        let answer = ines.try_say(room, mark, body).await;
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
    }
    let last = ines.say(room, "the last word").await;
    for device in &mut devices {
        let mut later = BTreeMap::new();
        while !later.contains_key(&last.id) {
            if let ServerFrame::Message { message, .. } = device.socket.next().await {
                later.insert(message.id, *message);
            }
        }
        device.known.append(&mut later);
    }
    let known = &devices[0].known;
    assert_eq!(known.len(), sent.len() + 1, "each once");
    for (id, body) in acked {
        let stored = known.values().find(|message| Some(message.id.0) == id);
        assert_eq!(stored.map(|message| &message.body), Some(&body));
    }
    for device in &devices {
        assert!(device.known == *known, "everyone has the same");
    }
    drop(process);
    drop(folder);
}

#[tokio::test]
async fn after_a_restart_on_purpose_everyone_is_back_one_after_the_other() {
    if nodes::count() > 1 {
        // The process is one node, however many the others are.
        return;
    }
    let folder = Folder::new();
    let (mut process, ines, room, mut devices) = crowd(&folder).await;
    let address = process.address;
    process.terminate();
    let waits = join_all(devices.iter_mut().map(Device::sent_away)).await;
    // No half a second has much more than its share of about four.
    let mut windows = BTreeMap::new();
    for wait in &waits {
        assert!((1..=10_000).contains(wait), "{wait} ms");
        *windows.entry(wait / 500).or_insert(0_usize) += 1;
    }
    let most = windows.values().max().expect("some");
    assert!(
        windows.len() >= 6 && *most <= waits.len() / 4,
        "{windows:?}"
    );

    let (status, log) = process.end();
    assert!(status.success(), "{log}");
    let back = devices.iter_mut().zip(waits).map(async |(device, wait)| {
        tokio::time::sleep(Duration::from_millis(wait)).await;
        device.come_back(address, room).await
    });
    let ((process, folder), _) = join(start_again(folder, address), join_all(back)).await;
    let said = ines.say(room, "welcome back").await;
    for heard in join_all(
        devices
            .iter_mut()
            .map(|device| device.socket.message("welcome back")),
    )
    .await
    {
        assert_eq!(heard, said);
    }
    drop(process);
    drop(folder);
}

/// As many as `Db` opens.
const READERS: usize = 4;
/// What one socket may wait for, but one.
const IN_FLIGHT: usize = 31;

#[tokio::test]
async fn of_any_number_that_catch_up_at_once_each_is_answered_and_none_told_to_come_again() {
    let place = Place::alone(|_| {});
    let people = place.admit_many("p", 10).await;
    let room = people[0].general().await.id;
    let mut sockets = Vec::new();
    for person in &people {
        sockets.push(Socket::open(person).await);
    }
    // Nobody reads until all have asked.
    let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
    let (mut holds, mut reads) = (Vec::new(), Vec::new());
    for _ in 0..READERS {
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let (db, begun) = (place.app.db.clone(), begun.clone());
        reads.push(tokio::spawn(async move {
            db.read(move |_| {
                begun.send(()).expect("the test goes on");
                held.recv().expect_err("only let go of");
                Ok(())
            })
            .await
        }));
        holds.push(hold);
    }
    for _ in 0..READERS {
        within("a read that holds", begins.recv())
            .await
            .expect("one");
    }
    for socket in &mut sockets {
        for id in 0..IN_FLIGHT {
            let ask = json!({ "type": "changes", "id": id, "room_id": room, "after": 0 });
            socket.tell(&ask).await;
        }
        assert!(socket.raw(&masked(0x80 | PING, b"all of them")).await);
        // The server has taken what came before a ping that it answers.
        loop {
            match within("a pong", socket.said()).await {
                Said::Pong(_) => break,
                Said::Frame(frame) => assert_ne!(frame["type"], "error", "{frame}"),
                other => panic!("{other:?} instead of a pong"),
            }
        }
    }
    drop(holds);
    for socket in &mut sockets {
        // In whatever order they were read.
        let mut answered = 0;
        while answered < IN_FLIGHT {
            match within("an answer", socket.next()).await {
                ServerFrame::Ack { .. } => answered += 1,
                ServerFrame::Error { detail, .. } => panic!("{detail}"),
                _ => {}
            }
        }
    }
    for read in reads {
        read.await.expect("no panic").expect("it was let go of");
    }
}
