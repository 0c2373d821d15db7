//! What waits to be written to one socket: bounded in bytes, never waited for. When it overflows,
//! typing and presence go first, then everything, and the reader is told which rooms to ask about.

use crate::event::{Frame, encode};
use actix_http::ws::{CloseCode, Parser};
use actix_web::rt::net::TcpStream;
use bytes::{Buf, Bytes, BytesMut};
use shared::{RoomId, ServerFrame, event::Head};
use std::{
    collections::{BTreeMap, VecDeque},
    io::{self, IoSlice},
    task::Waker,
};

/// Most bytes that wait for one socket.
pub const QUEUE_BYTES: usize = 256 * 1024;
/// An empty queue that had room for more frames than this gives the room back.
const SPARE_FRAMES: usize = 8;

/// Pieces that leave in one write at most.
const PIECES: usize = 64;

/// How far writing came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Nothing is left to write.
    All,
    /// The connection takes nothing more just now.
    Blocked,
    /// The connection is gone.
    Broken,
    /// Closed, and everything that was to leave has left.
    End,
}

/// The outgoing side of one socket. Lives on the socket's worker; no lock.
#[derive(Debug, Default)]
pub struct Queue {
    /// What is left of a frame that is on its way: it must leave whole, whatever happens to the rest.
    begun: Bytes,
    frames: VecDeque<Frame>,
    bytes: usize,
    /// Rooms of dropped frames and the newest revision dropped; some while `lagged` waits to be sent.
    dropped: Option<BTreeMap<RoomId, i64>>,
    /// Nothing leaves before `hello` is in. It has no part in the bound: it is as large as one's list of
    /// rooms, comes once, and must not be dropped.
    hello: Option<Bytes>,
    open: bool,
    closing: bool,
    waker: Option<Waker>,
    /// The connection takes nothing just now: what is pushed waits for it, and wakes nobody.
    blocked: bool,
    /// A flush was asked for and did not come yet.
    flushes: bool,
    /// Typing or presence was dropped since the last look.
    shed_ephemeral: bool,
    /// Counts what was taken, so that a sweep can tell a slow reader from a stuck one.
    taken: u64,
}

impl Queue {
    /// Puts the first frame in front of everything and lets the queue flow.
    pub fn open(&mut self, hello: Frame) {
        if self.closing {
            return;
        }
        self.hello = Some(hello.bytes);
        self.flow();
    }

    /// Lets what waits leave.
    pub fn flow(&mut self) {
        self.open = true;
        self.wake();
    }

    /// Adds a frame and tells the session; drops what the bound demands.
    pub fn push(&mut self, frame: Frame) {
        self.add(frame);
        self.wake();
    }

    /// Adds a frame for a flush. True when there is none to come yet that would take it along.
    pub fn put(&mut self, frame: Frame) -> bool {
        self.add(frame);
        self.open && !self.blocked && !std::mem::replace(&mut self.flushes, true)
    }

    /// The flush that was asked for is here.
    pub fn begin_flush(&mut self) {
        self.flushes = false;
    }

    fn add(&mut self, frame: Frame) {
        if self.closing {
            return;
        }
        if let Some(dropped) = &mut self.dropped
            && let Some(head) = frame.head
        {
            // Told with `lagged` anyway: nothing is gained by queueing more of it.
            note(dropped, head);
            return;
        }
        if self.bytes + frame.bytes.len() > QUEUE_BYTES {
            self.shed(frame.bytes.len());
            if frame.ephemeral && self.bytes + frame.bytes.len() > QUEUE_BYTES {
                return;
            }
            if let Some(dropped) = &mut self.dropped
                && let Some(head) = frame.head
            {
                note(dropped, head);
                return;
            }
        }
        self.bytes += frame.bytes.len();
        self.frames.push_back(frame);
    }

    /// Frees room: first what may be lost, then what can be asked for again. Replies stay while they fit.
    fn shed(&mut self, wanted: usize) {
        self.retain(|frame| !frame.ephemeral);
        self.shed_ephemeral = true;
        if self.bytes + wanted <= QUEUE_BYTES {
            return;
        }
        let mut dropped = self.dropped.take().unwrap_or_default();
        for head in self.frames.iter().filter_map(|frame| frame.head) {
            note(&mut dropped, head);
        }
        self.frames.clear();
        self.bytes = 0;
        self.dropped = Some(dropped);
    }

    /// Forgets what waits of a room that the reader is no longer in.
    pub fn forget_room(&mut self, room: RoomId) {
        self.retain(|frame| frame.head.is_none_or(|head| head.room_id != room));
        if let Some(dropped) = &mut self.dropped {
            dropped.remove(&room);
        }
    }

    fn retain(&mut self, keep: impl Fn(&Frame) -> bool) {
        self.frames.retain(keep);
        self.bytes = self.frames.iter().map(|frame| frame.bytes.len()).sum();
    }

    /// Ends the stream with a close frame. `drain` lets what waits go first; otherwise it is dropped.
    pub fn close(&mut self, code: u16, drain: bool) {
        if self.closing {
            return;
        }
        if !drain {
            self.hello = None;
            self.frames.clear();
            self.bytes = 0;
            self.dropped = None;
        }
        let mut bytes = BytesMut::new();
        Parser::write_close(&mut bytes, Some(CloseCode::from(code).into()), false);
        self.bytes += bytes.len();
        self.frames.push_back(Frame {
            bytes: bytes.freeze(),
            head: None,
            ephemeral: false,
        });
        self.open = true;
        self.closing = true;
        self.wake_session();
    }

    /// Ends the stream without a word: the other side closed already.
    pub fn end(&mut self) {
        self.hello = None;
        self.begun = Bytes::new();
        self.frames.clear();
        self.bytes = 0;
        self.dropped = None;
        self.open = true;
        self.closing = true;
        self.wake_session();
    }

    /// Whether the end is on its way.
    pub fn is_closing(&self) -> bool {
        self.closing
    }

    /// Whether typing or presence was dropped and the reader has caught up since: time to tell it anew.
    pub fn recovered(&mut self) -> bool {
        self.frames.is_empty() && std::mem::take(&mut self.shed_ephemeral)
    }

    /// How many times something was taken so far, and whether anything waits.
    pub fn progress(&self) -> (u64, bool) {
        let waits = self.hello.is_some() || self.dropped.is_some() || !self.frames.is_empty();
        (self.taken, self.open && (waits || !self.begun.is_empty()))
    }

    /// Writes what is ready for as long as the connection takes it, frames that wait together in one write.
    pub fn write_to(&mut self, io: &TcpStream) -> Written {
        while self.ready() {
            let written = {
                let mut pieces = [IoSlice::new(&[]); PIECES];
                match self.pieces(&mut pieces) {
                    1 => io.try_write(&pieces[0]),
                    count => io.try_write_vectored(&pieces[..count]),
                }
            };
            match written {
                Ok(count) => self.left(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Written::Blocked,
                Err(_) => return Written::Broken,
            }
        }
        // What the connection did not take may be forgotten since, and then nothing left to say so.
        self.blocked = false;
        if self.closing {
            Written::End
        } else {
            Written::All
        }
    }

    /// Whether something is ready to leave.
    fn ready(&mut self) -> bool {
        if self.begun.is_empty() && self.open {
            if let Some(hello) = self.hello.take() {
                self.begun = hello;
            } else if let Some(dropped) = self.dropped.take() {
                let rooms = dropped
                    .into_iter()
                    .map(|(room_id, head_rev)| Head { room_id, head_rev })
                    .collect();
                self.begun = encode(&ServerFrame::Lagged { rooms }).bytes;
            }
        }
        !self.begun.is_empty() || (self.open && !self.frames.is_empty())
    }

    /// Puts what is ready into `pieces`, in order and without a copy, and says how many there are.
    fn pieces<'a>(&'a self, pieces: &mut [IoSlice<'a>]) -> usize {
        let flows = self.open && self.hello.is_none() && self.dropped.is_none();
        let begun = (!self.begun.is_empty()).then_some(&self.begun);
        let frames = self.frames.iter().map(|frame| &frame.bytes);
        let ready = begun.into_iter().chain(frames.filter(|_| flows));
        let mut count = 0;
        for (piece, bytes) in pieces.iter_mut().zip(ready) {
            *piece = IoSlice::new(bytes);
            count += 1;
        }
        count
    }

    /// The connection took nothing: until it does, only what ends or concerns more than frames wakes `waker`.
    pub fn blocked(&mut self, waker: &Waker) {
        self.blocked = true;
        self.hear_of(waker);
    }

    /// Tells this waker when there is something to do.
    pub fn hear_of(&mut self, waker: &Waker) {
        match &mut self.waker {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    /// Whether so much waits that its reader should take some before it asks for more.
    pub fn is_long(&self) -> bool {
        self.bytes > QUEUE_BYTES / 2
    }

    /// So many bytes of what was ready have left.
    fn left(&mut self, mut count: usize) {
        self.taken += 1;
        self.blocked = false;
        let begun = count.min(self.begun.len());
        self.begun.advance(begun);
        count -= begun;
        if self.begun.is_empty() {
            // Not even an empty piece keeps the memory of what it was part of.
            self.begun = Bytes::new();
        }
        while count > 0
            && let Some(mut frame) = self.frames.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(frame.bytes.len());
            let part = count.min(frame.bytes.len());
            count -= part;
            if part < frame.bytes.len() {
                frame.bytes.advance(part);
                self.begun = frame.bytes;
            }
        }
        if self.frames.is_empty() && self.frames.capacity() > SPARE_FRAMES {
            self.frames = VecDeque::new();
        }
    }

    /// There is something to do for the session, whatever waits.
    pub fn wake_session(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn wake(&mut self) {
        if self.open && !self.blocked {
            self.wake_session();
        }
    }
}

fn note(dropped: &mut BTreeMap<RoomId, i64>, head: Head) {
    let newest = dropped.entry(head.room_id).or_insert(head.head_rev);
    *newest = head.head_rev.max(*newest);
}

#[cfg(test)]
pub(super) mod tests {
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
}
