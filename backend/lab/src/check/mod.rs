//! The verdict: pure comparisons of what was seen with what is so. Every one of them has a planted fault in `tests`.

mod equal;
mod left;
#[cfg(test)]
mod tests;

pub(crate) use equal::{equal, recounted};

use crate::{
    history::{Amend, History, Outcome, Written},
    truth::{MessageRow, Rows},
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What one check looked at and what it found.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) check: &'static str,
    pub(crate) looked_at: usize,
    pub(crate) differences: Vec<String>,
}

impl Finding {
    pub(crate) fn new(check: &'static str) -> Self {
        Self {
            check,
            looked_at: 0,
            differences: Vec::new(),
        }
    }

    fn expect(&mut self, holds: bool, words: impl FnOnce() -> String) {
        self.looked_at += 1;
        if !holds {
            self.differences.push(words());
        }
    }
}

/// Everything that follows from the history and the rows.
pub(crate) fn all(history: &History, rows: &Rows) -> Vec<Finding> {
    let by_client: HashMap<&str, &MessageRow> = rows
        .messages
        .iter()
        .filter_map(|row| Some((row.client_id.as_deref()?, row)))
        .collect();
    let mut at_once = Finding::new("nothing was wrong on the way");
    at_once.looked_at = history.seen.len();
    at_once.differences.clone_from(&history.wrong);
    let mut sound = Finding::new("the database is sound");
    sound.looked_at = rows.messages.len();
    sound.differences.clone_from(&rows.damage);
    vec![
        at_once,
        acknowledged(history, &by_client),
        once(history, rows),
        kept(history, &by_client),
        content(history, &by_client),
        in_order(history, &by_client),
        places(rows),
        announced(history, rows),
        left::left(history, rows),
        sound,
    ]
}

/// Every acknowledged message is in the database, as it was acknowledged.
fn acknowledged(history: &History, by_client: &HashMap<&str, &MessageRow>) -> Finding {
    let mut finding = Finding::new("acknowledged messages are there as acknowledged");
    for (client_id, written) in &history.written {
        let Some(sent) = &written.acked else { continue };
        let row = by_client.get(client_id.as_str());
        let same = row.is_some_and(|row| {
            (row.id, row.seq) == (sent.message_id.0, sent.seq)
                && (row.room_id, row.author_id) == (written.room.0, written.author.0)
                && row.rev >= sent.rev
        });
        finding.expect(same, || format!("{client_id}: {written:?}, but {row:?}"));
    }
    finding
}

/// No message is there twice, and none that nobody wrote.
fn once(history: &History, rows: &Rows) -> Finding {
    let mut finding = Finding::new("no message is there twice or made up");
    let mut ids = BTreeSet::new();
    let mut texts = BTreeSet::new();
    for row in rows.messages.iter().filter(|row| row.kind == "text") {
        let client_id = row.client_id.as_deref().unwrap_or_default();
        let written = history.written.get(client_id);
        let own = written.is_some_and(|written| {
            (written.room.0, written.author.0) == (row.room_id, row.author_id)
        });
        finding.expect(own && ids.insert(client_id), || format!("{row:?}"));
        if row.deleted_at.is_none() {
            let start = row.body.split(':').next().unwrap_or_default();
            finding.expect(texts.insert(start), || format!("said twice: {row:?}"));
        }
    }
    finding
}

/// What was written and not refused is there: the outbox loses nothing.
fn kept(history: &History, by_client: &HashMap<&str, &MessageRow>) -> Finding {
    let mut finding = Finding::new("everything written arrived or was refused");
    for (client_id, written) in &history.written {
        let there = by_client.contains_key(client_id.as_str());
        finding.expect(there || written.refused.is_some(), || {
            format!("{client_id} is lost: {written:?}")
        });
    }
    finding
}

/// Texts and deletions are those that were asked for, the last certain one at the least.
fn content(history: &History, by_client: &HashMap<&str, &MessageRow>) -> Finding {
    let mut finding = Finding::new("texts, edits and deletions are as they were made");
    let mut amends: BTreeMap<i64, Vec<&Amend>> = BTreeMap::new();
    for amend in &history.amends {
        amends.entry(amend.message.0).or_default().push(amend);
    }
    for (client_id, written) in &history.written {
        let Some(row) = by_client.get(client_id.as_str()) else {
            continue;
        };
        let amends = amends.get(&row.id).map_or(&[][..], Vec::as_slice);
        finding.expect(is_possible(written, amends, row), || {
            format!("{written:?} with {amends:?} is {row:?}")
        });
    }
    finding
}

fn is_possible(written: &Written, amends: &[&Amend], row: &MessageRow) -> bool {
    let certain = amends
        .iter()
        .filter_map(|amend| match amend.outcome {
            Outcome::Done(rev) => Some((rev, &amend.body)),
            Outcome::Open | Outcome::Refused => None,
        })
        .max_by_key(|(rev, body)| (*rev, body.is_none()));
    let open = |body: &Option<String>| {
        amends
            .iter()
            .any(|amend| amend.outcome == Outcome::Open && amend.body == *body)
    };
    // A revision may have moved on since: answers quote what they answer.
    if certain.is_some_and(|(rev, _)| row.rev < rev) {
        return false;
    }
    let is = row.deleted_at.is_none().then(|| row.body.clone());
    if is.is_none() && !row.body.is_empty() {
        return false;
    }
    match certain {
        Some((_, None)) => is.is_none(),
        Some((_, body)) => is == *body || open(&is),
        None => is.as_ref() == Some(&written.body) || open(&is),
    }
}

/// Of one device and room, what was written first stands first, but for what was refused in between.
fn in_order(history: &History, by_client: &HashMap<&str, &MessageRow>) -> Finding {
    let mut finding = Finding::new("each device's messages stand in the order of writing");
    let mut by_device: BTreeMap<_, Vec<(u64, i64)>> = BTreeMap::new();
    for (client_id, written) in &history.written {
        if let Some(row) = by_client.get(client_id.as_str())
            && written.refused.is_none()
        {
            let place = (written.device, written.room);
            by_device
                .entry(place)
                .or_default()
                .push((written.number, row.seq));
        }
    }
    for (place, mut list) in by_device {
        list.sort_unstable();
        finding.expect(list.is_sorted_by_key(|(_, seq)| *seq), || {
            format!("(device, room) {place:?}: (number, seq) {list:?}")
        });
    }
    finding
}

/// Places have no gaps, revisions are each used once, counters agree with the rows.
fn places(rows: &Rows) -> Finding {
    let mut finding = Finding::new("places without gaps, revisions used once, counters right");
    for room in &rows.rooms {
        let messages = || rows.messages.iter().filter(|row| row.room_id == room.id);
        let members = || rows.members.iter().filter(|row| row.room_id == room.id);
        let mut seqs: Vec<i64> = messages().map(|row| row.seq).collect();
        seqs.sort_unstable();
        finding.expect(seqs.iter().copied().eq(1..=room.last_seq), || {
            format!("{room:?} has the places {seqs:?}")
        });
        let mut revs: Vec<i64> = messages().map(|row| row.rev).collect();
        revs.extend(members().map(|row| row.rev));
        revs.push(room.rev);
        revs.sort_unstable();
        let once = revs.windows(2).all(|two| two[0] < two[1]);
        let below = revs.last().is_none_or(|last| *last <= room.head_rev);
        finding.expect(once && below, || {
            format!("{room:?} has the revisions {revs:?}")
        });
        let there = members().filter(|row| row.left_at.is_none()).count();
        finding.expect(i64::try_from(there) == Ok(room.member_count), || {
            format!("{room:?} has {there} members")
        });
    }
    finding
}

/// What anybody was shown at a place is there: nothing was announced that was not committed.
fn announced(history: &History, rows: &Rows) -> Finding {
    let mut finding = Finding::new("everything ever shown is there, at its place");
    let by_place: HashMap<(i64, i64), &MessageRow> = rows
        .messages
        .iter()
        .map(|row| ((row.room_id, row.seq), row))
        .collect();
    for ((room, seq), sight) in &history.seen {
        let row = by_place.get(&(room.0, *seq));
        let same = row.is_some_and(|row| {
            (row.id, row.author_id) == (sight.id.0, sight.author.0)
                && row.client_id == sight.client_id
        });
        finding.expect(same, || format!("{room} {seq}: {sight:?}, but {row:?}"));
    }
    finding
}
