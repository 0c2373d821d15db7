//! Where something that opens beside its opener goes: on the wished side, turned over where there is no room, and
//! never outside the window.

use crate::dom::measure::px;
use leptos::prelude::window;
use web_sys::{Element, HtmlElement};

/// What something opens beside.
#[derive(Clone, Debug)]
pub(crate) enum Anchor {
    /// An element.
    Element(Element),
    /// A point in the window, in CSS pixels: where a menu was asked for.
    Point(f64, f64),
}

impl From<Element> for Anchor {
    fn from(element: Element) -> Self {
        Self::Element(element)
    }
}

impl From<HtmlElement> for Anchor {
    fn from(element: HtmlElement) -> Self {
        Self::Element(element.into())
    }
}

/// The wished place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Placement {
    /// Below, start edges in line.
    #[default]
    BelowStart,
    /// Below, end edges in line.
    BelowEnd,
    /// Above, centred: tooltips.
    AboveCentre,
    /// Beside it towards the end, top edges in line.
    EndTop,
}

const GAP: f64 = 6.0;
const EDGE: f64 = 8.0;

/// Moves `floating`, which is shown and fixed, beside `anchor`.
pub(crate) fn place(floating: &HtmlElement, anchor: &Anchor, placement: Placement) {
    let size = floating.get_bounding_client_rect();
    let (x0, y0, x1, y1) = match anchor {
        Anchor::Element(element) => {
            let it = element.get_bounding_client_rect();
            (it.left(), it.top(), it.right(), it.bottom())
        }
        Anchor::Point(x, y) => (*x, *y, *x, *y),
    };
    let room = (
        inner(window().inner_width()),
        inner(window().inner_height()),
    );
    let rtl = leptos::prelude::document()
        .document_element()
        .is_some_and(|root| root.get_attribute("dir").is_some_and(|dir| dir == "rtl"));
    let (left_edge, right_edge) = (x0, x1 - size.width());
    let (start, end) = if rtl {
        (right_edge, left_edge)
    } else {
        (left_edge, right_edge)
    };
    let (below, above) = (y1 + GAP, y0 - GAP - size.height());
    let fits_below = below + size.height() <= room.1 - EDGE;
    let (left, top) = match placement {
        Placement::BelowStart => (
            start,
            if fits_below || above < EDGE {
                below
            } else {
                above
            },
        ),
        Placement::BelowEnd => (
            end,
            if fits_below || above < EDGE {
                below
            } else {
                above
            },
        ),
        Placement::AboveCentre => (
            f64::midpoint(x0, x1) - size.width() / 2.0,
            if above >= EDGE { above } else { below },
        ),
        Placement::EndTop => {
            let after = if rtl {
                x0 - GAP - size.width()
            } else {
                x1 + GAP
            };
            let before = if rtl {
                x1 + GAP
            } else {
                x0 - GAP - size.width()
            };
            let fits = after >= EDGE && after + size.width() <= room.0 - EDGE;
            (if fits { after } else { before }, y0)
        }
    };
    let left = left.min(room.0 - EDGE - size.width()).max(EDGE);
    let top = top.min(room.1 - EDGE - size.height()).max(EDGE);
    let style = floating.style();
    let _ = style.set_property("left", &px(left));
    let _ = style.set_property("top", &px(top));
}

fn inner(value: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>) -> f64 {
    value.ok().and_then(|value| value.as_f64()).unwrap_or(0.0)
}
