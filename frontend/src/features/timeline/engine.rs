//! The scroll contract: which lines are mounted, and where the view stands. What one reads never moves: after every
//! change, before the browser paints, the first line in sight is put back to where it was; at the end one stays at
//! the end. Knows lines by id and height, not what they say.

use super::{
    lines::{LineId, Lines},
    window,
};
use crate::dom::{
    measure::{ChildrenChanged, Resized},
    scroll,
};
use leptos::prelude::*;
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    ops::Range,
    rc::Rc,
    sync::Arc,
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// As far from the end one still counts as being at it.
const NEAR_END_PX: f64 = 48.0;
/// Taken for the height of the view until it is there.
const UNKNOWN_VIEW_PX: f64 = 900.0;
/// The next page is asked for this many screens before the edge.
const EDGE_SCREENS: f64 = 2.0;

/// What stands in the list's DOM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Piece {
    /// Room for lines that are not mounted; the index of its height.
    Gap(usize),
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
    fn line(self) -> Option<LineId> {
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

struct Parts {
    scroller: Element,
    list: Element,
    _resized: Option<Resized>,
    _children: Option<ChildrenChanged>,
}

/// What is called after every look at the lines.
type OnLook = Rc<dyn Fn(&[Seen], f64)>;
/// What is called when an edge comes near: `true` at the beginning, `false` at the end.
type OnEdge = Rc<dyn Fn(bool)>;

#[derive(Default)]
struct State {
    parts: RefCell<Option<Parts>>,
    lines: RefCell<Arc<Lines>>,
    known: RefCell<HashMap<LineId, f64>>,
    heights: RefCell<Vec<f64>>,
    mounted: RefCell<Range<usize>>,
    seen: RefCell<Vec<Seen>>,
    goal: Cell<Option<Goal>>,
    focus: Cell<Option<LineId>>,
    keep: Cell<Option<LineId>>,
    stuck: Cell<bool>,
    last: Cell<Last>,
    on_look: RefCell<Option<OnLook>>,
    on_edge: RefCell<Option<OnEdge>>,
}

/// The scroller at the last look.
#[derive(Clone, Copy, Default)]
struct Last {
    content: f64,
    view: f64,
    top: f64,
    edge: f64,
}

/// One timeline's scroll engine; copies are the same one.
#[derive(Clone, Copy)]
pub(crate) struct Engine {
    /// What is to be in the DOM.
    pub(crate) pieces: RwSignal<Vec<Piece>>,
    /// Heights of the gaps.
    pub(crate) gaps: RwSignal<Vec<f64>>,
    /// What the pills need to know.
    pub(crate) sight: RwSignal<Sight>,
    state: StoredValue<Rc<State>, LocalStorage>,
}

impl Engine {
    pub(crate) fn new() -> Self {
        let state = State::default();
        state.stuck.set(true);
        Self {
            pieces: RwSignal::new(Vec::new()),
            gaps: RwSignal::new(Vec::new()),
            sight: RwSignal::new(Sight {
                at_end: true,
                new_above: false,
            }),
            state: StoredValue::new_local(Rc::new(state)),
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
        let settle = move || self.settle();
        let parts = Parts {
            scroller: scroller.clone(),
            list: list.clone(),
            _resized: Resized::new(&[scroller, column], settle),
            _children: ChildrenChanged::new(list, settle),
        };
        state.parts.replace(Some(parts));
        self.remount();
    }

    /// Takes the lines of now. `entry` says where to begin when there were none before.
    pub(crate) fn set_lines(self, lines: Arc<Lines>, entry: impl FnOnce() -> Goal) {
        let Some(state) = self.state() else { return };
        let first = state.lines.borrow().list.is_empty();
        if first && !lines.list.is_empty() && state.goal.get().is_none() {
            state.goal.set(Some(entry()));
        }
        let known = state.known.borrow();
        let heights = lines
            .list
            .iter()
            .map(|line| known.get(&line.id).copied().unwrap_or(window::ESTIMATE_PX))
            .collect();
        drop(known);
        state.heights.replace(heights);
        let goal = state.goal.get().and_then(Goal::line);
        if goal.is_some_and(|id| !lines.list.is_empty() && lines.position(id).is_none()) {
            state.goal.set(None);
        }
        state.lines.replace(lines);
        self.remount();
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
        self.look();
    }

    /// Decides anew what is mounted, around where the view is or wants to be.
    fn remount(self) {
        let Some(state) = self.state() else { return };
        let top = state.wanted_top();
        self.mount(&state, top);
    }

    fn mount(self, state: &State, top: f64) {
        let view = state.view();
        let range = window::around(&state.heights.borrow(), top, view);
        let (pieces, gaps) = state.pieces(&range);
        state.mounted.replace(range);
        if self.gaps.with_untracked(|old| *old != gaps) {
            self.gaps.set(gaps);
        }
        if self.pieces.with_untracked(|old| *old != pieces) {
            // The observer of children settles once the DOM follows.
            self.pieces.set(pieces);
        } else {
            self.settle();
        }
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
                }
            } else if state.still_stuck(parts) {
                scroll::to_end(&parts.scroller);
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
        let below = state.heights.borrow().iter().sum::<f64>() - top - view;
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
            self.mount(&state, top);
        }
    }
}

impl State {
    fn view(&self) -> f64 {
        let parts = self.parts.borrow();
        let view = parts
            .as_ref()
            .map(|parts| scroll::view(&parts.scroller))
            .unwrap_or_default();
        if view > 0.0 { view } else { UNKNOWN_VIEW_PX }
    }

    /// Whether other lines should be mounted. Rows so small that the limit does not fill a screen change nothing.
    fn must_move(&self, top: f64, view: f64) -> bool {
        let (heights, mounted) = (self.heights.borrow(), self.mounted.borrow());
        !window::enough(&heights, &mounted, top, view)
            && window::around(&heights, top, view) != *mounted
    }

    /// From the top of the first line to the top of the view, as the DOM stands.
    fn view_top(&self) -> f64 {
        self.parts.borrow().as_ref().map_or(0.0, |parts| {
            parts.scroller.get_bounding_client_rect().top()
                - parts.list.get_bounding_client_rect().top()
        })
    }

    /// The same for where the view wants to be, in the heights of now.
    fn wanted_top(&self) -> f64 {
        let (lines, heights, view) = (self.lines.borrow(), self.heights.borrow(), self.view());
        let end = heights.iter().sum::<f64>() - view;
        let at = |id: LineId| lines.position(id).map(|at| window::offset(&heights, at));
        let top = match self.goal.get() {
            Some(Goal::End) => Some(end),
            Some(Goal::Centre(id)) => at(id).map(|top| top - view / 2.0),
            Some(Goal::Upper(id)) => at(id).map(|top| top - view / 4.0),
            Some(Goal::At(id, below)) => at(id).map(|top| top - below),
            Some(Goal::Nearest(id)) => {
                let mounted = self.mounted.borrow();
                match lines.position(id) {
                    Some(index) if !mounted.contains(&index) => at(id).map(|top| top - view / 2.0),
                    _ => None,
                }
            }
            None if self.stuck.get() => Some(end),
            None => None,
        };
        let top = top.or_else(|| {
            let seen = self.seen.borrow();
            seen.iter()
                .filter(|seen| anchors(seen))
                .find_map(|seen| Some(at(seen.id)? - seen.top))
        });
        top.unwrap_or_else(|| self.view_top())
            .clamp(0.0, end.max(0.0))
    }

    /// The mounted lines and the gaps between them.
    fn pieces(&self, range: &Range<usize>) -> (Vec<Piece>, Vec<f64>) {
        let (lines, heights) = (self.lines.borrow(), self.heights.borrow());
        let mut kept: Vec<usize> = [
            self.keep.get(),
            self.focus.get(),
            chosen(true),
            chosen(false),
        ]
        .into_iter()
        .flatten()
        .filter_map(|id| lines.position(id))
        .filter(|at| !range.contains(at))
        .collect();
        kept.sort_unstable();
        kept.dedup();
        let before = kept.iter().copied().filter(|at| *at < range.start);
        let after = kept.iter().copied().filter(|at| *at >= range.end);
        let (mut pieces, mut gaps, mut from) = (Vec::with_capacity(range.len() + 4), Vec::new(), 0);
        for at in before.chain(range.clone()).chain(after) {
            if at > from {
                pieces.push(Piece::Gap(gaps.len()));
                gaps.push(heights[from..at].iter().sum());
            }
            pieces.push(Piece::Line(lines.list[at].id));
            from = at + 1;
        }
        if from < heights.len() {
            pieces.push(Piece::Gap(gaps.len()));
            gaps.push(heights[from..].iter().sum());
        }
        (pieces, gaps)
    }

    /// Scrolls to the goal, if it is mounted.
    fn reach(&self, parts: &Parts, goal: Goal) -> bool {
        let line = |id: LineId| document().get_element_by_id(&id.dom());
        let place = |id: LineId, below: f64| {
            let Some(line) = line(id) else { return false };
            let top = line.get_bounding_client_rect().top()
                - parts.scroller.get_bounding_client_rect().top();
            scroll::shift(&parts.scroller, top - below);
            true
        };
        let view = scroll::view(&parts.scroller);
        match goal {
            Goal::End => {
                scroll::to_end(&parts.scroller);
                true
            }
            Goal::At(id, below) => place(id, below),
            Goal::Upper(id) => place(id, view / 4.0),
            Goal::Centre(id) => {
                let height = line(id).map_or(0.0, |line| line.get_bounding_client_rect().height());
                place(id, ((view - height) / 2.0).max(view / 8.0))
            }
            Goal::Nearest(id) => match line(id) {
                Some(line) => {
                    scroll::reveal(&parts.scroller, &line);
                    true
                }
                None => false,
            },
        }
    }

    /// Whether one was at the end and has not scrolled away since the last look.
    fn still_stuck(&self, parts: &Parts) -> bool {
        let last = self.last.get();
        let shrunk = scroll::content(&parts.scroller) < last.content;
        self.stuck.get()
            && (shrunk || last.content - scroll::top(&parts.scroller) - last.view <= NEAR_END_PX)
    }

    /// Puts the first line that was in sight and still stands back to where it was.
    fn restore(&self, parts: &Parts) {
        let last = self.last.get();
        let edge = parts.scroller.get_bounding_client_rect().top();
        let scrolled = scroll::top(&parts.scroller) - last.top;
        let seen = self.seen.borrow();
        for seen in seen.iter().filter(|seen| anchors(seen)) {
            let Some(line) = document().get_element_by_id(&seen.id.dom()) else {
                continue;
            };
            // What the person scrolled meanwhile is theirs; all else is made good.
            let should = seen.top - scrolled - (edge - last.edge);
            let is = line.get_bounding_client_rect().top() - edge;
            scroll::shift(&parts.scroller, is - should);
            return;
        }
    }

    /// Measures the mounted lines and the scroller.
    fn note(&self) -> Option<Sight> {
        let parts = self.parts.borrow();
        let parts = parts.as_ref()?;
        let edge = parts.scroller.get_bounding_client_rect().top();
        let (lines, mut known) = (self.lines.borrow(), self.known.borrow_mut());
        let (mut heights, mut seen) = (self.heights.borrow_mut(), self.seen.borrow_mut());
        seen.clear();
        let children = parts.list.children();
        for child in (0..children.length()).filter_map(|at| children.item(at)) {
            let Some(id) = LineId::of_dom(&child.id()) else {
                continue;
            };
            let Some(at) = lines.position(id) else {
                continue;
            };
            let rect = child.get_bounding_client_rect();
            known.insert(id, rect.height());
            heights[at] = rect.height();
            seen.push(Seen {
                id,
                top: rect.top() - edge,
                bottom: rect.bottom() - edge,
            });
        }
        let last = Last {
            content: scroll::content(&parts.scroller),
            view: scroll::view(&parts.scroller),
            top: scroll::top(&parts.scroller),
            edge,
        };
        self.last.set(last);
        self.stuck
            .set(last.content - last.top - last.view <= NEAR_END_PX);
        let first = seen
            .iter()
            .find(|seen| seen.bottom > 0.0)
            .and_then(|seen| lines.position(seen.id));
        let new = lines.position(LineId::New);
        Some(Sight {
            at_end: self.stuck.get(),
            new_above: matches!((first, new), (Some(first), Some(new)) if new < first),
        })
    }
}

/// Whether a line can hold the view: it reaches into it, and is not an end of the list that changes its shape.
fn anchors(seen: &Seen) -> bool {
    seen.bottom > 0.0 && !matches!(seen.id, LineId::Top | LineId::Bottom)
}

/// The element of a line that takes the focus.
fn focus_target(id: LineId) -> Option<HtmlElement> {
    let line = document().get_element_by_id(&id.dom())?;
    line.query_selector("[data-row]")
        .ok()
        .flatten()?
        .dyn_into()
        .ok()
}

/// The line in which the selected text begins or ends.
fn chosen(begins: bool) -> Option<LineId> {
    let selection = window().get_selection().ok().flatten()?;
    if selection.is_collapsed() {
        return None;
    }
    let node = if begins {
        selection.anchor_node()
    } else {
        selection.focus_node()
    }?;
    let element = node
        .dyn_ref::<Element>()
        .cloned()
        .or_else(|| node.parent_element())?;
    LineId::of_dom(&element.closest(".timeline__row").ok().flatten()?.id())
}
