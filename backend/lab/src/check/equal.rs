//! A client against a fresh load, and the numbers of a fresh load against the rows.

use super::Finding;
use crate::truth::{RoomState, Rows};
use shared::{RoomId, UserId, messages::Message};
use std::collections::{BTreeMap, BTreeSet};

/// What keeps a client from being equal to a fresh load.
pub(crate) fn equal(device: usize, shown: &[RoomState], fresh: &[RoomState]) -> Vec<String> {
    let by_id = |list: &'_ [RoomState]| -> BTreeMap<RoomId, RoomState> {
        list.iter().map(|it| (it.room.id, it.clone())).collect()
    };
    let (shown, fresh) = (by_id(shown), by_id(fresh));
    let mut found = Vec::new();
    for id in shown.keys().filter(|id| !fresh.contains_key(id)) {
        found.push(format!(
            "device {device} holds room {id}, which is not its person's"
        ));
    }
    for (id, fresh) in &fresh {
        let Some(shown) = shown.get(id) else {
            found.push(format!("device {device} lacks room {id}"));
            continue;
        };
        if shown.room != fresh.room {
            found.push(format!(
                "device {device} has {:?} instead of {:?}",
                shown.room, fresh.room
            ));
        }
        if shown.members != fresh.members {
            found.push(format!(
                "device {device}, room {id}: members {:?} instead of {:?}",
                shown.members, fresh.members
            ));
        }
        found.extend(
            messages(&shown.messages, &fresh.messages)
                .into_iter()
                .map(|words| format!("device {device}, room {id}: {words}")),
        );
    }
    found
}

/// Of deleted messages only those show that another, which shows, answers.
fn messages(shown: &[Message], fresh: &[Message]) -> Vec<String> {
    let mut found = Vec::new();
    let mut answered = BTreeSet::new();
    let mut expected: Vec<&Message> = Vec::new();
    for message in fresh.iter().rev() {
        if message.deleted_at.is_some() && !answered.contains(&message.id) {
            continue;
        }
        answered.extend(message.reply_to.iter().map(|reply| reply.id));
        expected.push(message);
    }
    expected.reverse();
    let by_id = |list: &[&'_ Message]| -> BTreeMap<_, _> {
        list.iter()
            .map(|&message| (message.id, message.clone()))
            .collect()
    };
    let (is, should) = (by_id(&shown.iter().collect::<Vec<_>>()), by_id(&expected));
    for (id, message) in &should {
        let instead = is.get(id);
        if instead != Some(message) {
            found.push(format!("{instead:?} is shown instead of {message:?}"));
        }
    }
    for (id, message) in &is {
        if !should.contains_key(id) {
            found.push(format!("{message:?} is shown, but not there"));
        }
    }
    if found.is_empty() && !shown.iter().eq(expected.iter().copied()) {
        let places: Vec<i64> = shown.iter().map(|message| message.seq).collect();
        found.push(format!("in another order: {places:?}"));
    }
    found
}

/// Unread and mentions of a fresh load are what the rows give when they are counted. Nothing is a mention yet.
pub(crate) fn recounted(finding: &mut Finding, user: UserId, fresh: &[RoomState], rows: &Rows) {
    for state in fresh {
        let room = state.room.id;
        let read_seq = rows
            .members
            .iter()
            .find(|row| (row.room_id, row.user_id) == (room.0, user.0) && row.left_at.is_none())
            .map(|row| row.read_seq);
        let counts = |seq: i64| {
            let unread = rows.messages.iter().filter(|row| {
                (row.room_id, row.kind.as_str()) == (room.0, "text")
                    && row.author_id != user.0
                    && row.deleted_at.is_none()
                    && row.seq > seq
            });
            i64::try_from(unread.count()).unwrap_or(0).min(100)
        };
        let expected = read_seq.map(|seq| (seq, counts(seq), 0));
        let my = state.room.my.as_ref();
        let told = my.map(|my| (my.read_seq, my.unread, my.mentions));
        finding.expect(told == expected, || {
            format!(
                "{user} in room {room}: (read, unread, mentions) {told:?} instead of {expected:?}"
            )
        });
    }
}
