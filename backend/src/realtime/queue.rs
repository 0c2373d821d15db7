//! What waits to be written to one socket: bounded in bytes, never waited for. When it overflows,
//! typing and presence go first, then everything, and the reader is told which rooms to ask about.

use crate::event::{Frame, encode};
use actix_http::ws::{CloseCode, Parser};
use bytes::{Bytes, BytesMut};
use shared::{RoomId, ServerFrame, event::Head};
use std::{
    collections::{BTreeMap, VecDeque},
    task::{Poll, Waker},
};

/// Most bytes that wait for one socket.
pub const QUEUE_BYTES: usize = 256 * 1024;
/// Frames that are ready together leave in one write of about this size.
const WRITE_BYTES: usize = 32 * 1024;

/// The outgoing side of one socket. Lives on the socket's worker; no lock.
#[derive(Debug, Default)]
pub struct Queue {
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
        self.open = true;
        self.wake();
    }

    /// Adds a frame; drops what the bound demands.
    pub fn push(&mut self, frame: Frame) {
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
                self.wake();
                return;
            }
        }
        self.bytes += frame.bytes.len();
        self.frames.push_back(frame);
        self.wake();
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
            self.dropped = None;
        }
        let mut bytes = BytesMut::new();
        Parser::write_close(&mut bytes, Some(CloseCode::from(code).into()), false);
        self.frames.push_back(Frame {
            bytes: bytes.freeze(),
            head: None,
            ephemeral: false,
        });
        self.open = true;
        self.closing = true;
        self.wake();
    }

    /// Ends the stream without a word: the other side closed already.
    pub fn end(&mut self) {
        self.hello = None;
        self.frames.clear();
        self.bytes = 0;
        self.dropped = None;
        self.open = true;
        self.closing = true;
        self.wake();
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
        (self.taken, self.open && waits)
    }

    /// Takes what is ready, joined into one piece; `None` once closed and empty.
    pub fn poll_take(&mut self, waker: &Waker) -> Poll<Option<Bytes>> {
        if self.open {
            if let Some(hello) = self.hello.take() {
                self.taken += 1;
                return Poll::Ready(Some(hello));
            }
            if let Some(dropped) = self.dropped.take() {
                let rooms = dropped
                    .into_iter()
                    .map(|(room_id, head_rev)| Head { room_id, head_rev })
                    .collect();
                let lagged = encode(&ServerFrame::Lagged { rooms });
                self.taken += 1;
                return Poll::Ready(Some(lagged.bytes));
            }
            if let Some(first) = self.frames.pop_front() {
                self.taken += 1;
                return Poll::Ready(Some(self.join(first.bytes)));
            }
            if self.closing {
                return Poll::Ready(None);
            }
        }
        match &mut self.waker {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
        Poll::Pending
    }

    fn join(&mut self, first: Bytes) -> Bytes {
        let joined = match self.frames.front() {
            Some(next) if first.len() + next.bytes.len() <= WRITE_BYTES => {
                let mut joined = BytesMut::with_capacity(WRITE_BYTES.min(self.bytes));
                joined.extend_from_slice(&first);
                while let Some(next) = self
                    .frames
                    .pop_front_if(|next| joined.len() + next.bytes.len() <= WRITE_BYTES)
                {
                    joined.extend_from_slice(&next.bytes);
                }
                joined.freeze()
            }
            _ => first,
        };
        self.bytes = self.bytes.saturating_sub(joined.len());
        joined
    }

    fn wake(&mut self) {
        if self.open
            && let Some(waker) = self.waker.take()
        {
            waker.wake();
        }
    }
}

fn note(dropped: &mut BTreeMap<RoomId, i64>, head: Head) {
    let newest = dropped.entry(head.room_id).or_insert(head.head_rev);
    *newest = head.head_rev.max(*newest);
}

#[cfg(test)]
mod tests {
    use super::{QUEUE_BYTES, Queue};
    use crate::event::Frame;
    use bytes::Bytes;
    use proptest::prelude::*;
    use shared::{RoomId, event::Head};
    use std::task::{Poll, Waker};

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

    fn take(queue: &mut Queue) -> Option<Bytes> {
        match queue.poll_take(Waker::noop()) {
            Poll::Ready(bytes) => bytes,
            Poll::Pending => None,
        }
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
        assert_eq!(take(&mut queue).as_deref(), Some(&b"hello"[..]));
        assert_eq!(take(&mut queue).as_deref(), Some(&b"xxx"[..]));
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

    proptest! {
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
