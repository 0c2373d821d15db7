//! What stands in the timeline, line by line: messages, runs of joins, day separators, the New line, the two ends.
//! What comes to the end is laid out behind what stands there; only a change further up lays all of it out anew. A line
//! keeps its id, so only what changed is drawn again.

use super::clock::{Day, LocalDay};
use crate::view::prelude::*;
use model::{Edge, Key, Map, Model, Row, TimelineView};
use shared::{RoomId, Timestamp, messages::System};

/// Which line; the same for as long as the line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LineId {
    /// Above everything: the room's beginning, or what is still to be loaded.
    Top,
    /// A day begins.
    Day(Day),
    /// New from here on.
    New,
    /// A message, or a run of system lines by its first row.
    Row(Key),
    /// Below everything, while the end of the room is not loaded.
    Bottom,
}

impl LineId {
    /// The `id` of its element.
    pub(crate) fn dom(self) -> String {
        match self {
            Self::Top => "line-top".into(),
            Self::Day(day) => format!("line-d{}", day.0),
            Self::New => "line-new".into(),
            Self::Row(key) => format!("line-m{}", key.0),
            Self::Bottom => "line-bottom".into(),
        }
    }

    /// The line of an element's `id`.
    pub(crate) fn of_dom(id: &str) -> Option<Self> {
        Some(match id.strip_prefix("line-")? {
            "top" => Self::Top,
            "new" => Self::New,
            "bottom" => Self::Bottom,
            rest => match rest.split_at_checked(1)? {
                ("d", day) => Self::Day(Day(day.parse().ok()?)),
                ("m", key) => Self::Row(Key(key.parse().ok()?)),
                _ => return None,
            },
        })
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// Which.
    pub(crate) id: LineId,
    /// Its place in the room; 0 for what has none.
    pub(crate) seq: i64,
    /// When.
    pub(crate) at: Timestamp,
    /// Whether avatar and name are shown.
    pub(crate) first: bool,
    /// The rows of a system line, one or a run; empty for a message.
    pub(crate) system: Vec<Key>,
}

/// All lines, in order.
#[derive(Default)]
pub(crate) struct Lines {
    /// The lines.
    pub(crate) list: Vec<Line>,
    /// Where the messages and system lines stand.
    rows: Map<Key, usize>,
    /// Where the others stand.
    marks: Vec<(LineId, usize)>,
    /// What of it stays when something comes to the end.
    done: Done,
    epoch: u64,
    new_above: Option<Key>,
    /// Those who drew a line and want to hear when it is another.
    heard: Map<Key, ArcTrigger>,
}

/// Up to where nothing changes by what comes behind it: so many rows and lines, in this day.
#[derive(Clone, Copy, Default)]
struct Done {
    rows: usize,
    lines: usize,
    day: Option<LocalDay>,
}

impl Lines {
    /// Where a line stands.
    pub(crate) fn position(&self, id: LineId) -> Option<usize> {
        match id {
            LineId::Row(key) => self.rows.get(&key).copied(),
            mark => {
                let found = self.marks.iter().find(|(it, _)| *it == mark);
                found.map(|(_, at)| *at)
            }
        }
    }

    /// A line.
    pub(crate) fn get(&self, id: LineId) -> Option<&Line> {
        self.position(id).map(|at| &self.list[at])
    }

    /// Whether focus can stand on this line.
    pub(crate) fn focusable(id: LineId) -> bool {
        matches!(id, LineId::Row(_))
    }

    /// The newest line that focus can stand on.
    pub(crate) fn latest(&self) -> Option<LineId> {
        self.list
            .iter()
            .rev()
            .map(|line| line.id)
            .find(|id| Self::focusable(*id))
    }

    /// The next line in this direction that focus can stand on.
    pub(crate) fn beside(&self, id: LineId, down: bool) -> Option<LineId> {
        let at = self.position(id)?;
        let found = |line: &&Line| Self::focusable(line.id);
        if down {
            self.list[at + 1..].iter().find(found).map(|line| line.id)
        } else {
            self.list[..at].iter().rev().find(found).map(|line| line.id)
        }
    }

    /// A line as it is now, and from then on a word when it is another, for the memo or effect that runs now.
    pub(crate) fn follow(&mut self, key: Key) -> Option<&Line> {
        self.heard.get_or_insert_with(key, ArcTrigger::new).track();
        self.get(LineId::Row(key))
    }

    fn push(&mut self, line: Line) {
        let at = self.list.len();
        match line.id {
            LineId::Row(key) => {
                self.rows.insert(key, at);
            }
            mark => self.marks.push((mark, at)),
        }
        self.list.push(line);
    }

    fn mark(&mut self, id: LineId, at: Timestamp) {
        self.push(Line {
            id,
            seq: 0,
            at,
            first: false,
            system: Vec::new(),
        });
    }

    /// Takes out the lines from this one on.
    fn cut(&mut self, from: usize) -> Vec<Line> {
        let cut = self.list.split_off(from);
        for line in &cut {
            if let LineId::Row(key) = line.id {
                self.rows.remove(&key);
            }
        }
        self.marks.retain(|(_, at)| *at < from);
        cut
    }

    /// Lays a room's rows out. The lines before the one returned are as they were; the triggers are those of lines that
    /// are not.
    pub(crate) fn lay_out(
        &mut self,
        model: &Model,
        room: RoomId,
        view: &TimelineView,
    ) -> (usize, Vec<ArcTrigger>) {
        let new_above = view.new_line.and_then(|line| line.above);
        let goes_on = view.loaded
            && view.epoch == self.epoch
            && self.done.rows <= view.settled
            && !self.list.is_empty();
        let mut old = self.cut(if goes_on { self.done.lines } else { 0 });
        // The New line may come with what comes, not above what is there.
        if new_above != self.new_above
            && (self.new_above.is_some()
                || new_above.is_some_and(|key| self.rows.contains_key(&key)))
        {
            let mut upper = self.cut(0);
            upper.append(&mut old);
            old = upper;
        }
        (self.epoch, self.new_above) = (view.epoch, new_above);
        let from = self.list.len();
        if from == 0 {
            self.done = Done::default();
            self.rows.clear();
        }
        if view.loaded {
            self.add(model, model.rows(room), view);
        }
        (from, self.other(from, &old))
    }

    /// Adds the lines of the rows that have none.
    fn add(&mut self, model: &Model, rows: &[Row], view: &TimelineView) {
        if self.list.is_empty() {
            let first_at = rows.first().map(|row| row.at).unwrap_or_default();
            self.mark(LineId::Top, first_at);
            self.done.lines = 1;
        }
        let Done { rows: done, .. } = self.done;
        let mut today = self.done.day;
        let mut run: Vec<&Row> = Vec::new();
        for (index, row) in rows.iter().enumerate().skip(done) {
            let same_day = today.is_some_and(|day| day.holds(row.at));
            let is_new = self.new_above == Some(row.key);
            let joins = row.system && is_join(model, row.key);
            if !run.is_empty() && (!same_day || is_new || !joins) {
                self.close_run(&mut run);
            }
            if run.is_empty() && index <= view.settled {
                self.done = Done {
                    rows: index,
                    lines: self.list.len(),
                    day: today,
                };
            }
            if !same_day {
                let day = LocalDay::of(row.at);
                today = Some(day);
                self.mark(LineId::Day(day.day), row.at);
            }
            if is_new {
                self.mark(LineId::New, row.at);
            }
            if joins {
                run.push(row);
            } else {
                self.push(Line {
                    id: LineId::Row(row.key),
                    seq: row.seq,
                    at: row.at,
                    first: row.starts_group || !same_day || is_new,
                    system: if row.system {
                        vec![row.key]
                    } else {
                        Vec::new()
                    },
                });
            }
        }
        if run.is_empty() && rows.len() == view.settled {
            self.done = Done {
                rows: rows.len(),
                lines: self.list.len(),
                day: today,
            };
        }
        self.close_run(&mut run);
        if view.after != Edge::Reached {
            self.mark(LineId::Bottom, Timestamp::default());
        }
    }

    fn close_run(&mut self, run: &mut Vec<&Row>) {
        if let (Some(first), Some(last)) = (run.first(), run.last()) {
            self.push(Line {
                id: LineId::Row(first.key),
                seq: last.seq,
                at: last.at,
                first: false,
                system: run.iter().map(|row| row.key).collect(),
            });
        }
        run.clear();
    }

    /// Who is to hear that a line is another than among the old ones, which stood from there on.
    fn other(&mut self, from: usize, old: &[Line]) -> Vec<ArcTrigger> {
        if old.is_empty() || self.heard.is_empty() {
            return Vec::new();
        }
        let changed: Vec<Key> = old
            .iter()
            .enumerate()
            .filter_map(|(at, old)| {
                let LineId::Row(key) = old.id else {
                    return None;
                };
                // Most stand where they stood.
                let now = self.list.get(from + at).filter(|now| now.id == old.id);
                (now.or_else(|| self.get(old.id)) != Some(old)).then_some(key)
            })
            .collect();
        changed
            .iter()
            .filter_map(|key| self.heard.remove(key))
            .collect()
    }
}

fn is_join(model: &Model, key: Key) -> bool {
    model
        .message(key)
        .is_some_and(|view| matches!(view.message.system, Some(System::Joined)))
}
