//! What the scroll engine knows of the page: elements, heights, where every mounted line was when it was last looked
//! at; and the arithmetic that puts the view back. Starts nothing by itself.

use super::{
    engine::{Goal, Piece, Seen, Sight},
    lines::{LineId, Lines},
    window::{self, Heights},
};
use crate::dom::{
    measure::{ChildrenChanged, Resized},
    scroll,
    timers::Timer,
};
use crate::view::prelude::*;
use model::Map;
use std::{
    cell::{Cell, RefCell},
    ops::Range,
    rc::Rc,
};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// As far from the end one still counts as being at it.
const NEAR_END_PX: f64 = 48.0;
thread_local! {
    /// The height that the view of some room had last: taken for that of the next until it is there.
    static VIEW_PX: Cell<f64> = const { Cell::new(900.0) };
}

/// The elements, and what watches them.
pub(super) struct Parts {
    pub(super) scroller: Element,
    pub(super) list: Element,
    pub(super) _resized: Option<Resized>,
    pub(super) _children: Option<ChildrenChanged>,
}

/// What is called after every look at the lines.
pub(super) type OnLook = Rc<dyn Fn(&[Seen], f64)>;
/// What is called when an edge comes near: `true` at the beginning, `false` at the end.
pub(super) type OnEdge = Rc<dyn Fn(bool)>;

/// What an engine knows.
#[derive(Default)]
pub(super) struct State {
    pub(super) parts: RefCell<Option<Parts>>,
    pub(super) lines: RefCell<Lines>,
    /// Heights of lines that are or were mounted.
    pub(super) known: RefCell<Map<LineId, f64>>,
    /// Those of lines that were mounted at the last look: they hold until the column's size says otherwise.
    measured: RefCell<Map<LineId, f64>>,
    pub(super) heights: RefCell<Heights>,
    pub(super) mounted: RefCell<Range<usize>>,
    /// What is in the DOM, or is going to be.
    pub(super) pieces: RefCell<Vec<Piece>>,
    /// How many screens are mounted around what is visible.
    pub(super) ahead: Cell<f64>,
    pub(super) seen: RefCell<Vec<Seen>>,
    pub(super) goal: Cell<Option<Goal>>,
    pub(super) focus: Cell<Option<LineId>>,
    pub(super) keep: Cell<Option<LineId>>,
    pub(super) stuck: Cell<bool>,
    pub(super) last: Cell<Last>,
    /// How far below its place the view's content stands, as browsers scroll by whole pixels.
    pub(super) off: Cell<f64>,
    pub(super) growing: RefCell<Option<Timer>>,
    pub(super) on_look: RefCell<Option<OnLook>>,
    pub(super) on_edge: RefCell<Option<OnEdge>>,
}

/// The scroller at the last look.
#[derive(Clone, Copy, Default)]
pub(super) struct Last {
    width: f64,
    pub(super) content: f64,
    pub(super) view: f64,
    pub(super) top: f64,
    pub(super) edge: f64,
}

impl State {
    /// Height of the view as of the last look: to ask the page has it lay itself out.
    pub(super) fn view(&self) -> f64 {
        let view = self.last.get().view;
        if view > 0.0 { view } else { VIEW_PX.get() }
    }

    /// Whether other lines should be mounted. Rows so small that the limit does not fill a screen change nothing.
    pub(super) fn must_move(&self, top: f64, view: f64) -> bool {
        let mounted = self.mounted.borrow();
        !self.enough(&mounted, top, view) && self.around(top, view) != *mounted
    }

    /// Whether these lines reach far enough beyond what is visible.
    pub(super) fn enough(&self, mounted: &Range<usize>, top: f64, view: f64) -> bool {
        window::enough(&self.heights.borrow(), mounted, top, view, self.ahead.get())
    }

    /// The lines to mount when the view stands there.
    pub(super) fn around(&self, top: f64, view: f64) -> Range<usize> {
        window::around(&self.heights.borrow(), top, view, self.ahead.get())
    }

    /// From the top of the first line to the top of the view, as the DOM stands.
    pub(super) fn view_top(&self) -> f64 {
        self.parts.borrow().as_ref().map_or(0.0, |parts| {
            parts.scroller.get_bounding_client_rect().top()
                - parts.list.get_bounding_client_rect().top()
        })
    }

    /// The same for where the view wants to be, in the heights of now.
    pub(super) fn wanted_top(&self) -> f64 {
        let (lines, heights, view) = (self.lines.borrow(), self.heights.borrow(), self.view());
        let end = heights.total() - view;
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
    pub(super) fn pieces(&self, range: &Range<usize>) -> Vec<Piece> {
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
        let gap = |index: usize, lines: Range<usize>| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "heights are positive, and browsers stop at 33 million pixels"
            )]
            let height = heights.sum(lines).round() as u32;
            Piece::Gap(index, height)
        };
        let (mut pieces, mut from) = (Vec::with_capacity(range.len() + 4), 0);
        for at in before.chain(range.clone()).chain(after) {
            if at > from {
                pieces.push(gap(pieces.len(), from..at));
            }
            pieces.push(Piece::Line(lines.list[at].id));
            from = at + 1;
        }
        if from < heights.len() {
            pieces.push(gap(pieces.len(), from..heights.len()));
        }
        pieces
    }

    /// Scrolls to the goal, if it is mounted.
    pub(super) fn reach(&self, parts: &Parts, goal: Goal) -> bool {
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
    pub(super) fn still_stuck(&self, parts: &Parts) -> bool {
        let last = self.last.get();
        let shrunk = scroll::content(&parts.scroller) < last.content;
        self.stuck.get()
            && (shrunk || last.content - scroll::top(&parts.scroller) - last.view <= NEAR_END_PX)
    }

    /// Puts the first line that was in sight and still stands back to where it was.
    pub(super) fn restore(&self, parts: &Parts) {
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
            let moved = line.get_bounding_client_rect().top() - edge - should;
            if moved.abs() > 0.01 {
                let by = moved + self.off.get();
                let left = by - scroll::shift(&parts.scroller, by);
                // More than rounding is left where the content ends.
                self.off.set(if left.abs() < 1.0 { left } else { 0.0 });
            }
            return;
        }
    }

    /// Whether the scroller and what is in it have another size than at the last look.
    pub(super) fn resized(&self) -> bool {
        let parts = self.parts.borrow();
        let Some(parts) = parts.as_ref() else {
            return false;
        };
        let (last, now) = (self.last.get(), parts.sight());
        (now.width, now.content, now.view, now.edge)
            != (last.width, last.content, last.view, last.edge)
    }

    /// Nothing that was measured holds any more.
    pub(super) fn forget_measures(&self) {
        self.measured.borrow_mut().clear();
    }

    /// Notes where the mounted lines and the scroller are.
    pub(super) fn note(&self) -> Option<Sight> {
        let parts = self.parts.borrow();
        let parts = parts.as_ref()?;
        let edge = parts.scroller.get_bounding_client_rect().top();
        if !self.measure(edge) {
            self.forget_measures();
            self.measure(edge);
        }
        let last = parts.sight();
        self.last.set(last);
        if last.view > 0.0 {
            VIEW_PX.set(last.view);
        }
        self.stuck
            .set(last.content - last.top - last.view <= NEAR_END_PX);
        let (lines, seen) = (self.lines.borrow(), self.seen.borrow());
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

    /// Measures the mounted lines: those that were not there at the last look, the first of each stretch, and the last.
    /// The others stand below the one above as their heights say. False when they do not.
    fn measure(&self, edge: f64) -> bool {
        let (lines, pieces) = (self.lines.borrow(), self.pieces.borrow());
        let (mut known, mut heights) = (self.known.borrow_mut(), self.heights.borrow_mut());
        let (old, mut new, mut seen) = (self.measured.take(), Map::new(), Vec::new());
        let mut above = None::<f64>;
        let mut holds = true;
        for (index, piece) in pieces.iter().enumerate() {
            let found = match piece {
                Piece::Line(id) => lines.position(*id).map(|at| (*id, at)),
                Piece::Gap(..) => None,
            };
            let Some((id, at)) = found else {
                above = None;
                continue;
            };
            let last = !matches!(pieces.get(index + 1), Some(Piece::Line(_)));
            let (top, height) = match (above, old.get(&id)) {
                (Some(above), Some(height)) if !last => (above, *height),
                _ => {
                    let Some(line) = document().get_element_by_id(&id.dom()) else {
                        above = None;
                        continue;
                    };
                    let rect = line.get_bounding_client_rect();
                    let top = rect.top() - edge;
                    holds &= above.is_none_or(|above| (above - top).abs() < 0.5);
                    (top, rect.height())
                }
            };
            if old.get(&id) != Some(&height) {
                known.insert(id, height);
                heights.set(at, height);
            }
            new.insert(id, height);
            above = Some(top + height);
            seen.push(Seen {
                id,
                top,
                bottom: top + height,
            });
        }
        self.measured.replace(new);
        self.seen.replace(seen);
        holds || old.is_empty()
    }
}

impl Parts {
    /// The scroller as it is now.
    pub(super) fn sight(&self) -> Last {
        Last {
            width: f64::from(self.list.client_width()),
            content: scroll::content(&self.scroller),
            view: scroll::view(&self.scroller),
            top: scroll::top(&self.scroller),
            edge: self.scroller.get_bounding_client_rect().top(),
        }
    }
}

/// Whether a line can hold the view: it reaches into it, and is not an end of the list that changes its shape.
pub(super) fn anchors(seen: &Seen) -> bool {
    seen.bottom > 0.0 && matches!(seen.id, LineId::Row(_) | LineId::New)
}

/// The element of a line that takes the focus.
pub(super) fn focus_target(id: LineId) -> Option<HtmlElement> {
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
    let (anchor, focus) = (selection.anchor_node(), selection.focus_node());
    // To ask whether it is collapsed has the page lay itself out.
    if anchor == focus && selection.anchor_offset() == selection.focus_offset() {
        return None;
    }
    let node = if begins { anchor } else { focus }?;
    let element = node
        .dyn_ref::<Element>()
        .cloned()
        .or_else(|| node.parent_element())?;
    LineId::of_dom(&element.closest(".timeline__row").ok().flatten()?.id())
}
