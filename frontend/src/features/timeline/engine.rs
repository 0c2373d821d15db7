//! The scroll contract: which lines are mounted, and where the view stands. What one reads never moves: after every
//! change, before the browser paints, the first line in sight is put back to where it was; at the end one stays at
//! the end. Knows lines by id and height, not what they say.

use super::{
    lines::{Line, LineId, Lines},
    state::{Parts, State, anchors, focus_target},
    window,
};
use crate::dom::{
    measure::{ChildrenChanged, Resized},
    scroll, timers,
};
use crate::view::prelude::*;
use model::{Key, Map};
use std::{ops::Range, rc::Rc};
use web_sys::Element;

/// How long the page is left to itself between two steps in which a room that was just entered mounts more rows.
const BREATH_MS: i64 = 90;
/// The next page is asked for this many screens before the edge.
const EDGE_SCREENS: f64 = 2.0;

/// What stands in the list's DOM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Room for lines that are not mounted: its place among the pieces, and its height in pixels. Another height is another gap,
    /// so that the DOM has it when the view is settled.
    Gap(usize, u32),
    /// A line.
    Line(LineId),
}

/// Where to go, once the line is mounted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Goal {
    /// The end.
    End,
    /// This line, in the middle.
    Centre(LineId),
    /// This line, a little below the top.
    Upper(LineId),
    /// This line, its top so far below the top of the view.
    At(LineId, f64),
    /// This line, with the least movement.
    Nearest(LineId),
}

impl Goal {
    pub(super) fn line(self) -> Option<LineId> {
        match self {
            Self::End => None,
            Self::Centre(id) | Self::Upper(id) | Self::At(id, _) | Self::Nearest(id) => Some(id),
        }
    }
}

/// A mounted line as it was last seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// Which.
    pub(crate) id: LineId,
    /// From the top of the view to its top.
    pub(crate) top: f64,
    /// From the top of the view to its bottom.
    pub(crate) bottom: f64,
}

/// What the pills need to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sight {
    /// Whether one is at the end of what is loaded.
    pub(crate) at_end: bool,
    /// Whether the New line is above what is visible.
    pub(crate) new_above: bool,
}

/// One timeline's scroll engine; copies are the same one.
#[derive(Clone, Copy)]
pub(crate) struct Engine {
    /// What is to be in the DOM.
    pub(crate) pieces: RwSignal<Vec<Piece>>,
    /// What the pills need to know.
    pub(crate) sight: RwSignal<Sight>,
    state: StoredValue<Rc<State>>,
}

impl Engine {
    pub(crate) fn new() -> Self {
        let state = State::default();
        state.stuck.set(true);
        state.ahead.set(window::STEP_SCREENS);
        Self {
            pieces: RwSignal::new(Vec::new()),
            sight: RwSignal::new(Sight {
                at_end: true,
                new_above: false,
            }),
            state: StoredValue::new(Rc::new(state)),
        }
    }

    fn state(self) -> Option<Rc<State>> {
        self.state.try_get_value()
    }

    /// Sets what is called when lines were looked at, with the height of the view.
    pub(crate) fn listen(self, on_look: impl Fn(&[Seen], f64) + 'static) {
        if let Some(state) = self.state() {
            state.on_look.replace(Some(Rc::new(on_look)));
        }
    }

    /// Sets what is called when an edge comes near: `true` for the beginning, `false` for the end.
    pub(crate) fn listen_edges(self, on_edge: impl Fn(bool) + 'static) {
        if let Some(state) = self.state() {
            state.on_edge.replace(Some(Rc::new(on_edge)));
        }
    }

    /// Takes the elements over, once they are in the page.
    pub(crate) fn attach(self, scroller: &Element, column: &Element, list: &Element) {
        let Some(state) = self.state() else { return };
        let parts = Parts {
            scroller: scroller.clone(),
            list: list.clone(),
            _resized: Resized::new(&[scroller, column], move || {
                self.resized();
            }),
            _children: ChildrenChanged::new(list, move || self.settle()),
        };
        state.last.set(parts.sight());
        state.parts.replace(Some(parts));
        self.remount();
        self.grow_later();
    }

    /// Mounts more rows around what is visible, step by step, once there is time.
    fn grow_later(self) {
        let grow = move || {
            let Some(state) = self.state() else { return };
            let ahead = state.ahead.get() + window::STEP_SCREENS;
            state.ahead.set(ahead.min(window::AHEAD_SCREENS));
            self.remount();
            if ahead < window::AHEAD_SCREENS {
                self.grow_later();
            }
        };
        if let Some(state) = self.state() {
            let spent = state.growing.replace(timers::after(BREATH_MS, grow));
            // The timer must not drop itself while it runs.
            queue_microtask(move || drop(spent));
        }
    }

    /// Reads the lines.
    pub(crate) fn lines<T>(self, read: impl FnOnce(&Lines) -> T) -> Option<T> {
        let state = self.state()?;
        let lines = state.lines.borrow();
        Some(read(&lines))
    }

    /// Changes the lines; those before the one returned are as they were. `entry` says where to begin when there were none
    /// before. Returns the rest of what the change returned.
    pub(crate) fn change_lines<T>(
        self,
        change: impl FnOnce(&mut Lines) -> (usize, T),
        entry: impl FnOnce() -> Goal,
    ) -> Option<T> {
        let state = self.state()?;
        let mut lines = state.lines.borrow_mut();
        let first = lines.list.is_empty();
        let (from, rest) = change(&mut lines);
        {
            let (known, mut heights) = (state.known.borrow(), state.heights.borrow_mut());
            heights.truncate(from);
            for line in lines.list.iter().skip(from) {
                heights.push(known.get(&line.id).copied().unwrap_or(window::ESTIMATE_PX));
            }
        }
        if first && !lines.list.is_empty() && state.goal.get().is_none() {
            state.goal.set(Some(entry()));
        }
        let goal = state.goal.get().and_then(Goal::line);
        if goal.is_some_and(|id| !lines.list.is_empty() && lines.position(id).is_none()) {
            state.goal.set(None);
        }
        drop(lines);
        let (top, view) = (state.wanted_top(), state.view());
        let mut range = state.around(top, view);
        let mounted = state.mounted.borrow().clone();
        // At the end, what is mounted stays as long as it may, so that a message that comes is one row more, and nothing else.
        let longer = mounted.start..range.end;
        if mounted.start < from
            && range.end == state.heights.borrow().len()
            && longer.len() <= window::MOUNTED
            && state.enough(&longer, top, view)
        {
            range = longer;
        }
        self.mount(&state, range);
        Some(rest)
    }

    /// A line as it is now, and from then on a word when it is another, for the memo or effect that runs now.
    pub(crate) fn follow_line<T>(self, key: Key, read: impl FnOnce(Option<&Line>) -> T) -> T {
        match self.state() {
            Some(state) => read(state.lines.borrow_mut().follow(key)),
            None => read(None),
        }
    }

    /// The line that must stay mounted wherever the view is: it has the focus or is being edited.
    pub(crate) fn keep(self, line: Option<LineId>) {
        if let Some(state) = self.state() {
            state.keep.set(line);
        }
    }

    /// Goes there before the next paint.
    pub(crate) fn go(self, goal: Goal) {
        let Some(state) = self.state() else { return };
        state.goal.set(Some(goal));
        state.stuck.set(goal == Goal::End);
        self.remount();
    }

    /// Puts the focus on a line and brings it into sight.
    pub(crate) fn focus(self, id: LineId) {
        let Some(state) = self.state() else { return };
        state.focus.set(Some(id));
        self.go(Goal::Nearest(id));
    }

    /// Takes over what was measured when the room was on screen before.
    pub(crate) fn remember(self, heights: Map<LineId, f64>) {
        if let Some(state) = self.state() {
            state.known.replace(heights);
        }
    }

    /// All heights that were ever measured; the engine is at its end.
    pub(crate) fn measured(self) -> Map<LineId, f64> {
        self.state()
            .map(|state| state.known.take())
            .unwrap_or_default()
    }

    /// The line that stands at the top of the view, and how far its top is from it; `None` at the end.
    pub(crate) fn place(self) -> Option<(LineId, f64)> {
        let state = self.state()?;
        if state.stuck.get() {
            return None;
        }
        let seen = state.seen.borrow();
        seen.iter()
            .find(|seen| anchors(seen))
            .map(|seen| (seen.id, seen.top))
    }

    /// The focusable line about a screen away.
    pub(crate) fn screen_away(self, from: LineId, down: bool) -> Option<LineId> {
        let state = self.state()?;
        let (lines, heights) = (state.lines.borrow(), state.heights.borrow());
        let here = window::offset(&heights, lines.position(from)?);
        let far = if down {
            here + state.last.get().view
        } else {
            here - state.last.get().view
        };
        let at = window::span(&heights, far, far + 1.0).start;
        let id = lines.list.get(at)?.id;
        let id = if Lines::focusable(id) {
            Some(id)
        } else {
            lines.beside(id, down)
        };
        id.or_else(|| lines.beside(from, down))
    }

    /// The view was scrolled, by whomever.
    pub(crate) fn scrolled(self) {
        // The word of an earlier scroll may come after a change of size that nobody has looked at yet.
        if !self.resized() {
            self.look();
        }
    }

    /// Decides anew what is mounted, around where the view is or wants to be.
    fn remount(self) {
        let Some(state) = self.state() else { return };
        let range = state.around(state.wanted_top(), state.view());
        self.mount(&state, range);
    }

    fn mount(self, state: &State, range: Range<usize>) {
        let pieces = state.pieces(&range);
        state.mounted.replace(range);
        let before = state.pieces.replace(pieces.clone());
        if before != pieces {
            // The observer of children settles once the DOM follows.
            self.pieces.set(pieces);
        } else {
            self.settle();
        }
    }

    /// Settles if the scroller or what is in it has another size; whether it had.
    fn resized(self) -> bool {
        let Some(state) = self.state().filter(|state| state.resized()) else {
            return false;
        };
        state.forget_measures();
        self.settle();
        true
    }

    /// Puts the view where it belongs after the DOM changed, before it is painted.
    fn settle(self) {
        let Some(state) = self.state() else { return };
        {
            let parts = state.parts.borrow();
            let Some(parts) = parts.as_ref() else { return };
            if let Some(goal) = state.goal.get() {
                if state.reach(parts, goal) {
                    state.goal.set(None);
                    state.off.set(0.0);
                }
            } else if state.still_stuck(parts) {
                scroll::to_end(&parts.scroller);
                state.off.set(0.0);
            } else {
                state.restore(parts);
            }
        }
        if let Some(id) = state.focus.get()
            && let Some(row) = focus_target(id)
        {
            state.focus.set(None);
            let how = web_sys::FocusOptions::new();
            how.set_prevent_scroll(true);
            // A row can always take the focus.
            let _ = row.focus_with_options(&how);
        }
        self.look();
    }

    /// Notes where everything is, and acts on it.
    fn look(self) {
        let Some(state) = self.state() else { return };
        let Some(sight) = state.note() else { return };
        if self.sight.get_untracked() != sight {
            self.sight.set(sight);
        }
        let (view, top) = (state.last.get().view, state.view_top());
        let on_look = state.on_look.borrow().clone();
        if let Some(on_look) = on_look {
            on_look(&state.seen.borrow(), view);
        }
        let near = EDGE_SCREENS * view;
        let below = state.heights.borrow().total() - top - view;
        let on_edge = state.on_edge.borrow().clone();
        if let Some(on_edge) = on_edge
            && !state.lines.borrow().list.is_empty()
        {
            if top < near {
                on_edge(true);
            }
            if below < near {
                on_edge(false);
            }
        }
        if state.goal.get().is_none() && state.must_move(top, view) {
            self.mount(&state, state.around(top, view));
        }
    }
}
