//! What nodes say to each other, as bytes: versioned, sealed, read strictly. A word that does not fit to its last
//! byte is none.

use crate::{
    auth::seal::Seal,
    event::{Control, Event, Frame, Topic},
};
use bytes::{Buf, BufMut, Bytes};
use shared::{
    RoomId, SessionId, UserId,
    event::Head,
    presence::{Presence, PresenceSetting},
};

const VERSION: u8 = 1;
const USAGE: &str = "bus";
const LEASE: &str = "presence";

/// A node, by a number that it draws at each start.
pub type NodeId = u64;

/// Who says something, which of their words it is, and when they said it, in unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    pub node: NodeId,
    /// Rises by one; a gap is something that was lost.
    pub number: u64,
    pub said_at: i64,
}

/// What a node says.
#[derive(Clone, Debug)]
pub enum Word {
    /// I am here.
    Beat,
    /// I am about to stop: wait for me no longer.
    Bye,
    /// This was my last word; nothing that I did is untold.
    Gone,
    /// Committed events, in order; whether to confirm when they are in force.
    Events(Vec<Event>, bool),
    /// Something that may be lost.
    Ephemeral(Topic, Frame),
    /// Whose presence changed on this node.
    Presence(People),
    /// Someone chose how to be seen.
    Setting(UserId, PresenceSetting),
    /// This node's word of that number is in force here.
    Confirmed(NodeId, u64),
}

/// How people are seen by their sockets on one node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Which change of that node this is; of a list of all, the last change that is in it.
    pub change: u64,
    /// Who and how.
    pub seen: Vec<(UserId, Presence)>,
}

/// A word for the channel.
pub fn close(seal: &Seal, origin: Origin, word: &Word) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    bytes.put_u8(VERSION);
    bytes.put_u64(origin.node);
    bytes.put_u64(origin.number);
    bytes.put_i64(origin.said_at);
    match word {
        Word::Beat => bytes.put_u8(0),
        Word::Bye => bytes.put_u8(1),
        Word::Events(events, confirm) => {
            bytes.put_u8(2);
            bytes.put_u8((*confirm).into());
            put_count(&mut bytes, events.len());
            events.iter().for_each(|event| put_event(&mut bytes, event));
        }
        Word::Ephemeral(topic, frame) => {
            bytes.put_u8(3);
            put_topic(&mut bytes, topic);
            put_frame(&mut bytes, frame);
        }
        Word::Presence(people) => {
            bytes.put_u8(4);
            put_people(&mut bytes, people);
        }
        Word::Setting(user, setting) => {
            bytes.put_u8(5);
            bytes.put_i64(user.0);
            bytes.put_u8(match setting {
                PresenceSetting::Auto => 0,
                PresenceSetting::Away => 1,
                PresenceSetting::Dnd => 2,
                PresenceSetting::Invisible => 3,
            });
        }
        Word::Confirmed(node, number) => {
            bytes.put_u8(6);
            bytes.put_u64(*node);
            bytes.put_u64(*number);
        }
        Word::Gone => bytes.put_u8(7),
    }
    seal.close(USAGE, bytes)
}

/// Reads what came; `None` for everything that is not, to the last byte, a word of one of our nodes.
pub fn open(seal: &Seal, sealed: &[u8]) -> Option<(Origin, Word)> {
    let mut bytes = Bytes::copy_from_slice(seal.open(USAGE, sealed)?);
    let bytes = &mut bytes;
    if bytes.try_get_u8().ok()? != VERSION {
        return None;
    }
    let origin = Origin {
        node: bytes.try_get_u64().ok()?,
        number: bytes.try_get_u64().ok()?,
        said_at: bytes.try_get_i64().ok()?,
    };
    let word = match bytes.try_get_u8().ok()? {
        0 => Word::Beat,
        1 => Word::Bye,
        2 => {
            let confirm = get_bool(bytes)?;
            Word::Events(get_list(bytes, 2, get_event)?, confirm)
        }
        3 => Word::Ephemeral(get_topic(bytes)?, get_frame(bytes)?),
        4 => Word::Presence(get_people(bytes)?),
        5 => {
            let user = UserId(bytes.try_get_i64().ok()?);
            let setting = match bytes.try_get_u8().ok()? {
                0 => PresenceSetting::Auto,
                1 => PresenceSetting::Away,
                2 => PresenceSetting::Dnd,
                3 => PresenceSetting::Invisible,
                _ => return None,
            };
            Word::Setting(user, setting)
        }
        6 => Word::Confirmed(bytes.try_get_u64().ok()?, bytes.try_get_u64().ok()?),
        7 => Word::Gone,
        _ => return None,
    };
    bytes.is_empty().then_some((origin, word))
}

/// Everyone on a node, for the lease that it keeps in Redis. `round` tells one list from the next.
pub fn close_lease(seal: &Seal, round: u64, people: &People) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64 + 9 * people.seen.len());
    bytes.put_u8(VERSION);
    bytes.put_u64(round);
    put_people(&mut bytes, people);
    seal.close(LEASE, bytes)
}

/// Reads a lease; `None` for what no node of ours wrote.
pub fn open_lease(seal: &Seal, sealed: &[u8]) -> Option<(u64, People)> {
    let mut bytes = Bytes::copy_from_slice(seal.open(LEASE, sealed)?);
    if bytes.try_get_u8().ok()? != VERSION {
        return None;
    }
    let round = bytes.try_get_u64().ok()?;
    let people = get_people(&mut bytes)?;
    bytes.is_empty().then_some((round, people))
}

fn put_people(bytes: &mut Vec<u8>, people: &People) {
    bytes.put_u64(people.change);
    put_count(bytes, people.seen.len());
    for (user, seen) in &people.seen {
        bytes.put_i64(user.0);
        bytes.put_u8(match seen {
            Presence::Offline => 0,
            Presence::Away => 1,
            Presence::Online => 2,
            Presence::Dnd => 3,
        });
    }
}

fn get_people(bytes: &mut Bytes) -> Option<People> {
    let change = bytes.try_get_u64().ok()?;
    let seen = get_list(bytes, 9, |bytes| {
        let user = UserId(bytes.try_get_i64().ok()?);
        let seen = match bytes.try_get_u8().ok()? {
            0 => Presence::Offline,
            1 => Presence::Away,
            2 => Presence::Online,
            3 => Presence::Dnd,
            _ => return None,
        };
        Some((user, seen))
    })?;
    Some(People { change, seen })
}

fn put_count(bytes: &mut Vec<u8>, count: usize) {
    // Nothing of ours has four thousand million parts.
    bytes.put_u32(u32::try_from(count).unwrap_or(u32::MAX));
}

fn put_event(bytes: &mut Vec<u8>, event: &Event) {
    let mut pair = |kind, one: i64, other: i64| {
        bytes.put_u8(kind);
        bytes.put_i64(one);
        bytes.put_i64(other);
    };
    match event {
        Event::Control(Control::Join(room, user)) => pair(1, room.0, user.0),
        Event::Control(Control::Leave(room, user)) => pair(2, room.0, user.0),
        Event::Control(Control::EndSession(session)) => pair(3, session.0, 0),
        Event::Frame(topic, frame) => {
            bytes.put_u8(0);
            put_topic(bytes, topic);
            put_frame(bytes, frame);
        }
    }
}

fn get_event(bytes: &mut Bytes) -> Option<Event> {
    let kind = bytes.try_get_u8().ok()?;
    if kind == 0 {
        return Some(Event::Frame(get_topic(bytes)?, get_frame(bytes)?));
    }
    let one = bytes.try_get_i64().ok()?;
    let other = bytes.try_get_i64().ok()?;
    Some(Event::Control(match kind {
        1 => Control::Join(RoomId(one), UserId(other)),
        2 => Control::Leave(RoomId(one), UserId(other)),
        3 if other == 0 => Control::EndSession(SessionId(one)),
        _ => return None,
    }))
}

fn put_topic(bytes: &mut Vec<u8>, topic: &Topic) {
    match topic {
        Topic::Room(room) => {
            bytes.put_u8(0);
            bytes.put_i64(room.0);
        }
        Topic::User(user) => {
            bytes.put_u8(1);
            bytes.put_i64(user.0);
        }
        Topic::Peers(user, rooms) => {
            bytes.put_u8(2);
            bytes.put_i64(user.0);
            put_count(bytes, rooms.len());
            rooms.iter().for_each(|room| bytes.put_i64(room.0));
        }
        Topic::Focus(room, by) => {
            bytes.put_u8(3);
            bytes.put_i64(room.0);
            bytes.put_i64(by.0);
        }
    }
}

fn get_topic(bytes: &mut Bytes) -> Option<Topic> {
    let kind = bytes.try_get_u8().ok()?;
    let of = bytes.try_get_i64().ok()?;
    Some(match kind {
        0 => Topic::Room(RoomId(of)),
        1 => Topic::User(UserId(of)),
        2 => {
            let room = |bytes: &mut Bytes| bytes.try_get_i64().ok().map(RoomId);
            Topic::Peers(UserId(of), get_list(bytes, 8, room)?)
        }
        3 => Topic::Focus(RoomId(of), UserId(bytes.try_get_i64().ok()?)),
        _ => return None,
    })
}

fn put_frame(bytes: &mut Vec<u8>, frame: &Frame) {
    bytes.put_u8(frame.head.is_some().into());
    if let Some(head) = frame.head {
        bytes.put_i64(head.room_id.0);
        bytes.put_i64(head.head_rev);
    }
    bytes.put_u8(frame.ephemeral.into());
    put_count(bytes, frame.bytes.len());
    bytes.extend_from_slice(&frame.bytes);
}

fn get_frame(bytes: &mut Bytes) -> Option<Frame> {
    let head = if get_bool(bytes)? {
        Some(Head {
            room_id: RoomId(bytes.try_get_i64().ok()?),
            head_rev: bytes.try_get_i64().ok()?,
        })
    } else {
        None
    };
    let ephemeral = get_bool(bytes)?;
    let length = usize::try_from(bytes.try_get_u32().ok()?).ok()?;
    if length > bytes.len() {
        return None;
    }
    Some(Frame {
        bytes: bytes.split_to(length),
        head,
        ephemeral,
    })
}

fn get_bool(bytes: &mut Bytes) -> Option<bool> {
    match bytes.try_get_u8().ok()? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    }
}

/// A count and so many parts of at least `least` bytes, so that a made-up count reserves nothing.
fn get_list<T>(
    bytes: &mut Bytes,
    least: usize,
    part: impl Fn(&mut Bytes) -> Option<T>,
) -> Option<Vec<T>> {
    let count = usize::try_from(bytes.try_get_u32().ok()?).ok()?;
    if count.checked_mul(least)? > bytes.len() {
        return None;
    }
    (0..count).map(|_| part(bytes)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{auth::token::Tokens, event::encode};
    use proptest::prelude::*;
    use shared::ServerFrame;

    const ORIGIN: Origin = Origin {
        node: 7,
        number: 3,
        said_at: 1_700_000_000_000,
    };

    fn words() -> Vec<Word> {
        let frame = encode(&ServerFrame::MyRoomLeft { room_id: RoomId(4) });
        let topics = [
            Topic::Room(RoomId(1)),
            Topic::User(UserId(2)),
            Topic::Peers(UserId(2), vec![RoomId(1), RoomId(5)]),
            Topic::Focus(RoomId(1), UserId(2)),
        ];
        let mut events: Vec<Event> = topics
            .into_iter()
            .map(|topic| Event::Frame(topic, frame.clone()))
            .collect();
        events.extend([
            Event::Control(Control::Join(RoomId(1), UserId(2))),
            Event::Control(Control::Leave(RoomId(1), UserId(2))),
            Event::Control(Control::EndSession(SessionId(9))),
        ]);
        let pong = Frame {
            head: None,
            ephemeral: true,
            ..frame
        };
        vec![
            Word::Beat,
            Word::Bye,
            Word::Gone,
            Word::Events(events, true),
            Word::Ephemeral(Topic::Focus(RoomId(1), UserId(2)), pong),
            Word::Presence(People {
                change: 5,
                seen: vec![
                    (UserId(1), Presence::Online),
                    (UserId(2), Presence::Offline),
                ],
            }),
            Word::Setting(UserId(1), PresenceSetting::Invisible),
            Word::Confirmed(7, 12),
        ]
    }

    #[test]
    fn every_word_reads_back_as_it_was_said() {
        let seal = Tokens::for_tests().seal();
        for word in words() {
            let (origin, read) = open(&seal, &close(&seal, ORIGIN, &word)).unwrap();
            assert_eq!(origin, ORIGIN);
            assert_eq!(format!("{read:?}"), format!("{word:?}"));
        }
    }

    #[test]
    fn a_lease_reads_back_and_is_no_word() {
        let seal = Tokens::for_tests().seal();
        let people = People {
            change: 9,
            seen: vec![(UserId(1), Presence::Dnd), (UserId(2), Presence::Away)],
        };
        let lease = close_lease(&seal, 3, &people);
        assert_eq!(open_lease(&seal, &lease), Some((3, people)));
        assert!(open(&seal, &lease).is_none());
        let word = close(&seal, ORIGIN, &Word::Beat);
        assert!(open_lease(&seal, &word).is_none());
    }

    #[test]
    fn s_conf_4_a_word_with_more_or_fewer_bytes_is_none_even_when_its_seal_is_good() {
        let seal = Tokens::for_tests().seal();
        for word in words() {
            let sealed = close(&seal, ORIGIN, &word);
            let bytes = seal.open(USAGE, &sealed).unwrap();
            for length in 0..bytes.len() {
                let cut = seal.close(USAGE, bytes[..length].to_vec());
                assert!(open(&seal, &cut).is_none(), "{word:?} cut to {length}");
            }
            let longer = seal.close(USAGE, [bytes, &[0]].concat());
            assert!(open(&seal, &longer).is_none(), "{word:?}");
            let newer = seal.close(USAGE, [&[VERSION + 1], &bytes[1..]].concat());
            assert!(open(&seal, &newer).is_none(), "{word:?}");
        }
    }

    proptest! {
        #[test]
        fn s_conf_4_junk_is_none_and_never_a_panic(junk in proptest::collection::vec(any::<u8>(), 0..300), place in 0_usize..80) {
            let seal = Tokens::for_tests().seal();
            prop_assert!(open(&seal, &junk).is_none());
            // Junk behind a good seal, too: the reader trusts no count.
            for word in words() {
                let sealed = close(&seal, ORIGIN, &word);
                let mut bytes = seal.open(USAGE, &sealed).unwrap().to_vec();
                bytes.truncate(place);
                bytes.extend_from_slice(&junk);
                let _ = open(&seal, &seal.close(USAGE, bytes));
            }
        }
    }
}
