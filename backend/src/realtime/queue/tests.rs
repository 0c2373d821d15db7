//! What waits for a socket: order, bounds, what is dropped first, and who is woken.

use super::{QUEUE_BYTES, Queue, TcpStream, Written};
use crate::event::Frame;
use bytes::Bytes;
use proptest::prelude::*;
use shared::{RoomId, event::Head};
use std::{
    io::IoSlice,
    sync::atomic::{AtomicUsize, Ordering},
    task::Wake,
};

fn frame(room: Option<i64>, rev: i64, size: usize, ephemeral: bool) -> Frame {
    Frame {
        bytes: Bytes::from(vec![b'x'; size]),
        head: room.map(|room| Head {
            room_id: RoomId(room),
            head_rev: rev,
        }),
        ephemeral,
    }
}

/// What would leave in one write, as one piece.
fn waiting(queue: &mut Queue) -> Option<Vec<u8>> {
    if !queue.ready() {
        return None;
    }
    let mut pieces = [IoSlice::new(&[]); 4];
    let count = queue.pieces(&mut pieces);
    Some(
        pieces[..count]
            .iter()
            .flat_map(|piece| piece.to_vec())
            .collect(),
    )
}

pub(in crate::realtime) fn take(queue: &mut Queue) -> Option<Bytes> {
    let bytes = waiting(queue)?;
    queue.left(bytes.len());
    Some(bytes.into())
}

fn open() -> Queue {
    let mut queue = Queue::default();
    queue.open(frame(None, 0, 1, false));
    assert!(take(&mut queue).is_some());
    queue
}

#[test]
fn nothing_leaves_before_hello_and_hello_leaves_first() {
    let mut queue = Queue::default();
    queue.push(frame(Some(1), 1, 3, false));
    assert!(take(&mut queue).is_none());
    queue.open(Frame {
        bytes: Bytes::from_static(b"hello"),
        ..frame(None, 0, 0, false)
    });
    assert_eq!(take(&mut queue).as_deref(), Some(&b"helloxxx"[..]));
}

#[test]
fn the_answer_to_the_handshake_waits_for_what_leaves_first_and_leaves_in_front_of_it() {
    let answered = || {
        let mut queue = Queue::default();
        queue.begin(Bytes::from_static(b"101 "));
        queue.push(frame(Some(1), 1, 3, false));
        assert!(take(&mut queue).is_none());
        queue
    };
    let hello = Frame {
        bytes: Bytes::from_static(b"hello"),
        ..frame(None, 0, 0, false)
    };
    let mut queue = answered();
    queue.open(hello.clone());
    assert_eq!(waiting(&mut queue).as_deref(), Some(&b"101 helloxxx"[..]));
    queue.left(6);
    assert_eq!(take(&mut queue).as_deref(), Some(&b"lloxxx"[..]));

    let mut queue = answered();
    queue.open(hello);
    queue.close(4003, false);
    let refused = Some(&b"101 \x88\x02\x0f\xa3"[..]);
    assert_eq!(take(&mut queue).as_deref(), refused, "no hello any more");

    let mut queue = answered();
    queue.close(4003, false);
    assert_eq!(take(&mut queue).as_deref(), refused);
}

#[test]
fn what_was_dropped_before_hello_is_told_behind_it() {
    let mut queue = Queue::default();
    queue.begin(Bytes::from_static(b"101 "));
    for rev in 1..=9 {
        queue.push(frame(Some(1), rev, QUEUE_BYTES / 8, false));
    }
    queue.open(frame(None, 0, 5, false));
    assert_eq!(take(&mut queue).as_deref(), Some(&b"101 xxxxx"[..]));
    let lagged = take(&mut queue).expect("lagged waits");
    assert!(String::from_utf8_lossy(&lagged).contains(r#"{"room_id":1,"head_rev":9}"#));
}

#[test]
fn typing_is_dropped_before_messages_are() {
    let mut queue = open();
    queue.push(frame(None, 0, QUEUE_BYTES / 2, true));
    queue.push(frame(Some(1), 7, QUEUE_BYTES / 2 + 10, false));
    let left = take(&mut queue).expect("the message waits");
    assert_eq!(left.len(), QUEUE_BYTES / 2 + 10);
}

#[test]
fn an_overflow_becomes_one_lagged_with_the_newest_revision_of_each_room() {
    let mut queue = open();
    for rev in 1..=20 {
        queue.push(frame(Some(rev % 2), rev, QUEUE_BYTES / 8, false));
    }
    let lagged = take(&mut queue).expect("lagged waits");
    let text = String::from_utf8_lossy(&lagged).into_owned();
    assert!(text.contains(r#""type":"lagged""#), "{text}");
    assert!(text.contains(r#"{"room_id":0,"head_rev":20}"#), "{text}");
    assert!(text.contains(r#"{"room_id":1,"head_rev":19}"#), "{text}");
    queue.push(frame(Some(1), 21, 5, false));
    assert_eq!(take(&mut queue).map(|bytes| bytes.len()), Some(5));
}

#[test]
fn s_az_8_what_waits_of_a_left_room_never_leaves() {
    let mut queue = open();
    queue.push(frame(Some(1), 1, 10, false));
    queue.push(frame(Some(2), 1, 20, false));
    queue.forget_room(RoomId(1));
    assert_eq!(take(&mut queue).map(|bytes| bytes.len()), Some(20));
    assert!(take(&mut queue).is_none());
}

#[test]
fn frames_that_are_ready_together_leave_in_one_write_and_one_that_is_begun_leaves_whole() {
    let mut queue = open();
    for size in [3, 4] {
        queue.push(frame(Some(1), 1, size, false));
    }
    assert_eq!(waiting(&mut queue).as_deref(), Some(&b"xxxxxxx"[..]));
    queue.left(5);
    queue.forget_room(RoomId(1));
    queue.close(1000, false);
    assert_eq!(
        take(&mut queue).as_deref(),
        Some(&b"xx\x88\x02\x03\xe8"[..])
    );
    assert!(!queue.ready() && queue.is_closing());
}

#[actix_web::test]
async fn a_connection_that_was_blocked_over_a_room_since_forgotten_is_woken_again() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let ours = TcpStream::connect(address).await.expect("connects");
    let (mut theirs, _) = listener.accept().expect("accepts");
    ours.writable().await.expect("writable");
    let mut filled = 0;
    while let Ok(count) = ours.try_write(&[0; 65_536]) {
        filled += count;
    }
    let woken = std::sync::Arc::new(Woken::default());
    let mut queue = open();
    queue.push(frame(Some(1), 1, 10, false));
    assert_eq!(queue.write_to(&ours), Written::Blocked);
    queue.blocked(&std::sync::Arc::clone(&woken).into());
    queue.forget_room(RoomId(1));
    // The other side takes everything, in a thread of its own as it would.
    let took = std::thread::spawn(move || {
        std::io::Read::read_exact(&mut theirs, &mut vec![0; filled]).map(|()| theirs)
    });
    ours.writable().await.expect("writable again");
    assert_eq!(queue.write_to(&ours), Written::All);
    queue.push(frame(Some(2), 1, 10, false));
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    assert!(took.join().is_ok());
}

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

proptest! {
    #[test]
    fn whatever_the_connection_takes_the_bytes_of_frames_leave_in_order(
        steps in proptest::collection::vec((1..60usize, 0..100usize), 1..100)
    ) {
        let mut queue = open();
        let mut wanted = Vec::new();
        let mut written = Vec::new();
        for (number, (size, takes)) in steps.into_iter().enumerate() {
            let bytes = vec![(number % 256) as u8; size];
            wanted.extend_from_slice(&bytes);
            queue.push(Frame { bytes: bytes.into(), ..frame(None, 0, 0, false) });
            if let Some(mut ready) = waiting(&mut queue) {
                ready.truncate(takes);
                queue.left(ready.len());
                written.extend(ready);
            }
        }
        while let Some(bytes) = take(&mut queue) {
            written.extend_from_slice(&bytes);
        }
        prop_assert_eq!(written, wanted);
        prop_assert_eq!(queue.bytes, 0);
    }

    #[test]
    fn s_dos_5_the_bound_holds_and_every_dropped_room_is_named(
        steps in proptest::collection::vec((0..4i64, 1..60_000usize, any::<bool>(), 0..3u8), 1..200)
    ) {
        let mut queue = open();
        let mut sent = 0;
        let mut expected = std::collections::BTreeMap::new();
        for (rev, (room, size, ephemeral, takes)) in (1..).zip(steps) {
            queue.push(frame((!ephemeral).then_some(room), rev, size, ephemeral));
            if !ephemeral {
                expected.insert(room, rev);
                sent += 1;
            }
            prop_assert!(queue.bytes <= QUEUE_BYTES);
            prop_assert_eq!(queue.bytes, queue.frames.iter().map(|f| f.bytes.len()).sum::<usize>());
            for _ in 0..takes {
                let _ = take(&mut queue);
            }
        }
        // Whatever is still known of a room, waiting or dropped, reaches up to its newest revision or was taken.
        let waiting = queue.frames.iter().filter_map(|f| f.head).count();
        prop_assert!(waiting <= sent);
        if let Some(dropped) = &queue.dropped {
            for (room, rev) in dropped {
                prop_assert!(*rev <= expected[&room.0]);
            }
        }
    }
}
