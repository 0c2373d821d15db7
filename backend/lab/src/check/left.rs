//! Nobody gets anything of a room that they have left. When somebody was out follows from the system lines of the room:
//! the revision of "left" or "removed" begins it, that of "joined" or "added" ends it.

use super::Finding;
use crate::{
    history::{History, Moves},
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

pub(super) fn left(history: &History, rows: &Rows) -> Finding {
    let mut finding = Finding::new("nobody got anything of a room that they had left");
    let outs = outs(rows);
    for (device, frames) in &history.frames {
        let Some(&user) = history.people.get(*device) else {
            continue;
        };
        for &(room, rev) in frames {
            let list = outs.get(&(room, user)).map_or(&[][..], Vec::as_slice);
            let out = list.iter().find(|out| out.from <= rev && rev < out.to);
            finding.expect(out.is_none(), || {
                format!("device {device} of {user}: room {room}, a frame of revision {rev} while {out:?}")
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
