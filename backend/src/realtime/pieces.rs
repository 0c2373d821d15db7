//! Frames of one room that leave as one piece, and where a frame in a piece ends. Knows RFC 6455's header and no socket.

use super::inbound::declared;
use crate::event::{Event, Frame, Topic};
use bytes::BytesMut;

/// Most bytes of frames that are joined: a piece that was begun is as small as that.
const PIECE_BYTES: usize = 16 * 1024;

/// This frame with those right behind it that go to the same room, and how many these are. In a busy room each
/// receiver's queue and write then has one piece in place of several.
pub(super) fn join(topic: &Topic, first: &Frame, behind: &[Event]) -> (Frame, usize) {
    let mut piece = first.clone();
    let (Topic::Room(room), Some(head)) = (topic, &mut piece.head) else {
        return (piece, 0);
    };
    let mut size = first.bytes.len();
    let joined = behind
        .iter()
        .map_while(|event| match event {
            Event::Frame(Topic::Room(to), frame) if to == room && !frame.ephemeral => {
                size += frame.bytes.len();
                frame.head.filter(|_| size <= PIECE_BYTES)
            }
            _ => None,
        })
        .map(|told| head.head_rev = head.head_rev.max(told.head_rev))
        .count();
    if joined > 0 {
        let mut bytes = BytesMut::with_capacity(size.min(PIECE_BYTES));
        bytes.extend_from_slice(&first.bytes);
        for event in &behind[..joined] {
            if let Event::Frame(_, frame) = event {
                bytes.extend_from_slice(&frame.bytes);
            }
        }
        piece.bytes = bytes.freeze();
    }
    (piece, joined)
}

/// Where the frame ends that byte `at` of a piece belongs to: `at` itself between two frames. Frames of a server
/// have no mask (RFC 6455, 5.2).
pub(super) fn end_of_frame(piece: &[u8], at: usize) -> usize {
    let mut end = 0;
    while end < at {
        let frame = &piece[end..];
        let header = match frame.get(1).map(|short| short & 0x7f) {
            Some(126) => 4,
            Some(127) => 10,
            _ => 2,
        };
        let payload = declared(frame).and_then(|payload| usize::try_from(payload).ok());
        let length = payload.map_or(frame.len(), |payload| payload.saturating_add(header));
        end += length.min(frame.len());
    }
    end
}

#[cfg(test)]
mod tests {
    use super::{PIECE_BYTES, end_of_frame, join};
    use crate::event::{Event, Frame, Topic};
    use actix_http::ws::{OpCode, Parser};
    use bytes::BytesMut;
    use proptest::prelude::*;
    use shared::{RoomId, UserId, event::Head};

    fn frame(room: i64, rev: i64, payload: usize) -> Frame {
        let mut bytes = BytesMut::new();
        Parser::write_message(&mut bytes, vec![b'x'; payload], OpCode::Text, true, false);
        Frame {
            bytes: bytes.freeze(),
            head: Some(Head {
                room_id: RoomId(room),
                head_rev: rev,
            }),
            ephemeral: false,
        }
    }

    fn to_room(room: i64, rev: i64, payload: usize) -> Event {
        Event::Frame(Topic::Room(RoomId(room)), frame(room, rev, payload))
    }

    fn to_person(room: i64, rev: i64) -> Event {
        Event::Frame(Topic::User(UserId(1)), frame(room, rev, 1))
    }

    #[test]
    fn only_what_goes_to_the_same_room_is_joined_and_the_newest_revision_is_kept() {
        let behind = [
            to_room(1, 3, 5),
            to_room(1, 2, 200),
            to_room(2, 9, 5),
            to_room(1, 4, 5),
        ];
        let first = frame(1, 1, 7);
        let (piece, joined) = join(&Topic::Room(RoomId(1)), &first, &behind);
        assert_eq!(joined, 2);
        assert_eq!(piece.head.map(|head| head.head_rev), Some(3));
        assert_eq!(piece.bytes.len(), (2 + 7) + (2 + 5) + (4 + 200));
        let (_, joined) = join(&Topic::Room(RoomId(1)), &first, &[to_person(1, 2)]);
        assert_eq!(joined, 0);
        let (_, joined) = join(&Topic::User(UserId(1)), &first, &behind);
        assert_eq!(joined, 0);
    }

    #[test]
    fn what_is_large_stays_alone() {
        let behind = [to_room(1, 2, PIECE_BYTES)];
        let (piece, joined) = join(&Topic::Room(RoomId(1)), &frame(1, 1, 7), &behind);
        assert_eq!((piece.bytes.len(), joined), (9, 0));
    }

    proptest! {
        #[test]
        fn every_byte_of_a_piece_belongs_to_a_frame_that_ends_behind_it(
            sizes in proptest::collection::vec(prop_oneof![0..130usize, 65_530..65_540usize], 1..5)
        ) {
            let frames: Vec<_> = sizes.iter().map(|&size| frame(1, 1, size).bytes).collect();
            let piece = frames.concat();
            let mut start = 0;
            for bytes in frames {
                let end = start + bytes.len();
                prop_assert_eq!(end_of_frame(&piece, start), start);
                prop_assert_eq!(end_of_frame(&piece, start + 1), end);
                prop_assert_eq!(end_of_frame(&piece, end - 1), end);
                start = end;
            }
        }

        #[test]
        fn no_bytes_whatever_they_are_lead_out_of_the_piece(piece in proptest::collection::vec(any::<u8>(), 1..40)) {
            for at in 0..=piece.len() {
                prop_assert!((at..=piece.len()).contains(&end_of_frame(&piece, at)));
            }
        }
    }
}
