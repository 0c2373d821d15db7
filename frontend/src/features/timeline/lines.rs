//! What stands in the timeline, line by line: messages, runs of joins, day separators, the New line, the two ends.
//! Made anew from the model's rows at every change; a line keeps its id, so only what changed is drawn again.

use super::clock::{self, Day};
use model::{Edge, Key, Map, Model, Row, TimelineView};
use shared::{Timestamp, messages::System};
use std::sync::Arc;

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
    pub(crate) system: Arc<[Key]>,
}

/// All lines, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lines {
    /// The lines.
    pub(crate) list: Vec<Line>,
    index: Map<LineId, usize>,
}

impl Lines {
    /// Where a line stands.
    pub(crate) fn position(&self, id: LineId) -> Option<usize> {
        self.index.get(&id).copied()
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

    fn push(&mut self, line: Line) {
        self.index.insert(line.id, self.list.len());
        self.list.push(line);
    }

    fn mark(&mut self, id: LineId, at: Timestamp) {
        self.push(Line {
            id,
            seq: 0,
            at,
            first: false,
            system: Arc::from([]),
        });
    }
}

/// Lays the rows out.
pub(crate) fn lay_out(model: &Model, view: &TimelineView) -> Lines {
    let mut lines = Lines {
        list: Vec::with_capacity(view.rows.len() + 8),
        index: Map::new(),
    };
    if !view.loaded {
        return lines;
    }
    let new_above = view.new_line.and_then(|line| line.above);
    let first_at = view.rows.first().map(|row| row.at).unwrap_or_default();
    lines.mark(LineId::Top, first_at);
    let mut today = None;
    let mut run: Vec<&Row> = Vec::new();
    for row in view.rows.iter() {
        let day = clock::day(row.at);
        let (new_day, is_new) = (today != Some(day), new_above == Some(row.key));
        let joins = row.system && is_join(model, row.key);
        if !run.is_empty() && (new_day || is_new || !joins) {
            close_run(&mut lines, &mut run);
        }
        if new_day {
            today = Some(day);
            lines.mark(LineId::Day(day), row.at);
        }
        if is_new {
            lines.mark(LineId::New, row.at);
        }
        if joins {
            run.push(row);
        } else {
            lines.push(Line {
                id: LineId::Row(row.key),
                seq: row.seq,
                at: row.at,
                first: row.starts_group || new_day || is_new,
                system: if row.system {
                    Arc::from([row.key])
                } else {
                    Arc::from([])
                },
            });
        }
    }
    close_run(&mut lines, &mut run);
    if view.after != Edge::Reached {
        lines.mark(LineId::Bottom, Timestamp::default());
    }
    lines
}

fn is_join(model: &Model, key: Key) -> bool {
    model
        .message(key)
        .is_some_and(|view| matches!(view.message.system, Some(System::Joined)))
}

fn close_run(lines: &mut Lines, run: &mut Vec<&Row>) {
    if let (Some(first), Some(last)) = (run.first(), run.last()) {
        lines.push(Line {
            id: LineId::Row(first.key),
            seq: last.seq,
            at: last.at,
            first: false,
            system: run.iter().map(|row| row.key).collect(),
        });
    }
    run.clear();
}
