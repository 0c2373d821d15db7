//! What passed this node: how far the rooms are that are served here, and who left while somebody looks at the
//! database. With it, a look tells what this node was not told.

use super::lock;
use crate::event::{Control, Event, Topic};
use shared::{RoomId, UserId};
use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
};

/// What passed.
#[derive(Debug, Default)]
pub struct Passed {
    /// The newest revision that passed here, of rooms that are served here or had news since the last look.
    heads: Mutex<HashMap<RoomId, i64>>,
    /// Who left which room while somebody looks.
    left: Mutex<Option<HashSet<(RoomId, UserId)>>>,
}

impl Passed {
    /// Notes events on their way to the workers.
    pub(super) fn note(&self, events: &[Event]) {
        let mut heads = lock(&self.heads);
        for event in events {
            match event {
                Event::Frame(Topic::Room(_), frame) => {
                    if let Some(head) = frame.head {
                        let known = heads.entry(head.room_id).or_insert(head.head_rev);
                        *known = head.head_rev.max(*known);
                    }
                }
                Event::Control(Control::Leave(room, user)) => {
                    if let Some(left) = &mut *lock(&self.left) {
                        left.insert((*room, *user));
                    }
                }
                _ => {}
            }
        }
    }

    /// These did not reach the workers: the next look must tell their rooms.
    pub(super) fn did_not(&self, events: &[Event]) {
        let mut heads = lock(&self.heads);
        for event in events {
            if let Event::Frame(Topic::Room(room), _) = event {
                heads.remove(room);
            }
        }
    }

    /// Someone was just told how far these rooms are: news after that will be missed when it does not come.
    pub fn learn(&self, rooms: impl Iterator<Item = (RoomId, i64)>) {
        let mut heads = lock(&self.heads);
        for (room, head) in rooms {
            heads.entry(room).or_insert(head);
        }
    }

    /// Those of these rooms that are further than what passed here; from here on they count as known.
    pub fn behind(&self, rooms: &[(RoomId, i64)]) -> Vec<(RoomId, i64)> {
        let mut heads = lock(&self.heads);
        let mut is_news = |room, head| {
            let known = heads.entry(room).or_insert(i64::MIN);
            let news = *known < head;
            *known = head.max(*known);
            news
        };
        let news = rooms.iter().filter(|(room, head)| is_news(*room, *head));
        news.copied().collect()
    }

    /// Forgets rooms that nobody here is in.
    pub fn keep(&self, served: &HashSet<RoomId>) {
        lock(&self.heads).retain(|room, _| served.contains(room));
    }

    /// Somebody is about to read from the database who is in which room.
    pub fn begin_look(&self) {
        *lock(&self.left) = Some(HashSet::new());
    }

    /// Those of these who left since somebody began to look.
    pub fn left_meanwhile(&self, pairs: &[(RoomId, UserId)]) -> Vec<(RoomId, UserId)> {
        let left = lock(&self.left);
        let has_left =
            |pair: &&(RoomId, UserId)| left.as_ref().is_some_and(|left| left.contains(pair));
        pairs.iter().filter(has_left).copied().collect()
    }

    /// The look is over.
    pub fn end_look(&self) {
        *lock(&self.left) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::encode;
    use shared::{ServerFrame, event::Head};

    const ROOM: RoomId = RoomId(1);
    const TOM: UserId = UserId(2);

    fn news(head_rev: i64) -> Event {
        let head = ServerFrame::Head(Head {
            room_id: ROOM,
            head_rev,
        });
        Event::Frame(Topic::Room(ROOM), encode(&head))
    }

    #[test]
    fn a_room_is_behind_when_more_was_committed_than_passed_and_says_so_once() {
        let passed = Passed::default();
        passed.note(&[news(4), news(3)]);
        assert_eq!(passed.behind(&[(ROOM, 4)]), []);
        assert_eq!(passed.behind(&[(ROOM, 6)]), [(ROOM, 6)]);
        assert_eq!(passed.behind(&[(ROOM, 6)]), []);
        // Read before the last event, judged after it.
        passed.note(&[news(9)]);
        assert_eq!(passed.behind(&[(ROOM, 8)]), []);
        assert_eq!(passed.behind(&[(ROOM, 9)]), []);
    }

    #[test]
    fn what_a_hello_told_is_known_and_takes_back_no_loss() {
        let passed = Passed::default();
        passed.learn([(ROOM, 5)].into_iter());
        assert_eq!(passed.behind(&[(ROOM, 5)]), []);
        // Somebody else here still lacks what a later hello tells its reader.
        passed.learn([(ROOM, 7)].into_iter());
        assert_eq!(passed.behind(&[(ROOM, 7)]), [(ROOM, 7)]);
    }

    #[test]
    fn what_did_not_reach_the_workers_is_told_by_the_next_look() {
        let passed = Passed::default();
        let lost = [news(5)];
        passed.note(&lost);
        passed.did_not(&lost);
        assert_eq!(passed.behind(&[(ROOM, 5)]), [(ROOM, 5)]);
    }

    #[test]
    fn s_az_8_whoever_leaves_during_a_look_is_noted() {
        let passed = Passed::default();
        let leave = [Event::Control(Control::Leave(ROOM, TOM))];
        passed.note(&leave);
        passed.begin_look();
        assert_eq!(passed.left_meanwhile(&[(ROOM, TOM)]), []);
        passed.note(&leave);
        let joins = [(ROOM, TOM), (ROOM, UserId(3)), (RoomId(9), TOM)];
        assert_eq!(passed.left_meanwhile(&joins), [(ROOM, TOM)]);
        passed.end_look();
        assert_eq!(passed.left_meanwhile(&joins), []);
    }
}
