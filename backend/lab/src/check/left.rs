//! Nobody gets anything of a room that they have left. When somebody was out follows from the system lines of the room:
//! the revision of "left" or "removed" begins it, that of "joined" or "added" ends it.

use super::Finding;
use crate::{
    history::{History, Moves, Shown},
    truth::{MessageRow, Rows},
};
use shared::{RoomId, UserId, messages::System};
use std::collections::BTreeMap;

/// From one revision on, and up to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Out {
    from: i64,
    to: i64,
}

/// Who went or came with this line.
fn move_of(row: &MessageRow) -> Option<(UserId, bool)> {
    let author = UserId(row.author_id);
    Some(match shared::json::read(row.system.as_deref()?).ok()? {
        System::Joined => (author, false),
        System::Left => (author, true),
        System::Added { user_id } => (user_id, false),
        System::Removed { user_id } => (user_id, true),
        _ => return None,
    })
}

/// When everybody was out of each room.
fn outs(rows: &Rows) -> BTreeMap<(RoomId, UserId), Vec<Out>> {
    let mut lines: Vec<&MessageRow> = rows
        .messages
        .iter()
        .filter(|row| row.kind == "system")
        .collect();
    lines.sort_unstable_by_key(|row| (row.room_id, row.seq));
    let mut outs: BTreeMap<_, Vec<Out>> = BTreeMap::new();
    for row in lines {
        let Some((user, gone)) = move_of(row) else {
            continue;
        };
        let list = outs.entry((RoomId(row.room_id), user)).or_default();
        if gone {
            list.push(Out {
                from: row.rev,
                to: i64::MAX,
            });
        } else if let Some(last) = list.last_mut().filter(|last| last.to == i64::MAX) {
            last.to = row.rev;
        }
    }
    outs
}

/// Another node may not have heard of a removal when it commits a frame. It has when the removal is answered, unless what
/// nodes share was broken meanwhile, and then when it has looked. That a frame is no older than the answer is known of
/// messages alone. What was committed before they were let in again may reach them after it, from another node
/// (docs/adr/0016): they may read it then.
fn is_excused(frame: &Shown, moves: Option<&Moves>, out: usize, shaken: &[(u64, u64)]) -> bool {
    let Some(moves) = moves.filter(|moves| !moves.blurred) else {
        return true;
    };
    let mut outs = moves.log.iter().enumerate().filter(|(_, one)| one.out);
    let Some((index, word)) = outs.nth(out) else {
        return true;
    };
    let back = moves.log.get(index + 1);
    if frame.since_ms <= word.ended_ms || back.is_some_and(|back| back.began_ms <= frame.at_ms) {
        return true;
    }
    let is_shaken = shaken
        .iter()
        .any(|(from, to)| *from < frame.since_ms && word.began_ms < to + LOOKS_WITHIN_MS);
    is_shaken && frame.since_ms < word.ended_ms + LOOKS_WITHIN_MS
}

/// When each time out was certain, in milliseconds of the run: from the server's word to the next try to let them in.
fn certain(moves: &Moves) -> Vec<(u64, u64)> {
    let mut certain = Vec::new();
    for (index, one) in moves.log.iter().enumerate().filter(|(_, one)| one.out) {
        let next = moves
            .log
            .get(index + 1)
            .map_or(u64::MAX, |next| next.began_ms);
        certain.push((one.ended_ms, next));
    }
    certain
}

/// A node that heard nothing of a removal looks within this time. Twice what it promises: here it has little processor.
const LOOKS_WITHIN_MS: u64 = 20_000;

pub(super) fn left(history: &History, rows: &Rows) -> Finding {
    let mut finding = Finding::new("nobody got anything of a room that they had left");
    let outs = outs(rows);
    for (device, frames) in &history.frames {
        let Some(&user) = history.people.get(*device) else {
            continue;
        };
        for frame in frames {
            let key = (frame.room, user);
            let list = outs.get(&key).map_or(&[][..], Vec::as_slice);
            let out = list
                .iter()
                .position(|out| out.from <= frame.rev && frame.rev < out.to);
            let known = history.moves.get(&key);
            let holds = out.is_none_or(|out| match &history.shaken {
                Some(shaken) => is_excused(frame, known, out, shaken),
                None => false,
            });
            finding.expect(holds, || {
                format!(
                    "device {device} of {user}: {frame:?} while {:?}",
                    out.map(|out| list[out])
                )
            });
        }
    }
    let none = Vec::new();
    for (&(room, user), moves) in &history.moves {
        if moves.blurred {
            continue;
        }
        let out = outs.get(&(room, user)).unwrap_or(&none);
        let certain = certain(moves);
        finding.expect(out.len() == certain.len(), || {
            format!(
                "{user} went {} times from room {room} by the server's word, but {out:?}",
                certain.len()
            )
        });
        for (out, (since, until)) in out.iter().zip(certain) {
            let mine = |device: usize| history.people.get(device) == Some(&user);
            for told in history
                .told
                .iter()
                .filter(|told| told.room == room && mine(told.device))
            {
                let within = since < told.at_ms && told.at_ms < until;
                finding.expect(!within || told.rev < out.from, || {
                    format!("{told:?} while {user} was out: {out:?}, from {since} to {until} ms")
                });
            }
            for listed in history.listed.iter().filter(|listed| mine(listed.device)) {
                let within = since < listed.began_ms && listed.at_ms < until;
                finding.expect(!within || !listed.rooms.contains(&room), || {
                    format!("{listed:?} has room {room} while {user} was out: {out:?}")
                });
            }
        }
    }
    finding
}
