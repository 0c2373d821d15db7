//! Reading and setting scroll positions in fractions of a pixel; `web-sys` rounds `scrollTop` to whole ones,
//! which shows as drift. Knows nothing of what is scrolled.

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use web_sys::Element;

fn number(of: &Element, name: &str) -> f64 {
    Reflect::get(of, &JsValue::from_str(name))
        .ok()
        .and_then(|value| value.as_f64())
        .unwrap_or_default()
}

/// How far the box is scrolled, in CSS pixels.
pub(crate) fn top(scroller: &Element) -> f64 {
    number(scroller, "scrollTop")
}

/// Scrolls the box there at once; the browser keeps it within bounds.
pub(crate) fn set_top(scroller: &Element, to: f64) {
    // The property exists on every element, so there is no refusal to handle.
    let _ = Reflect::set(
        scroller,
        &JsValue::from_str("scrollTop"),
        &JsValue::from_f64(to),
    );
}

/// Moves the content by so much at once, when that is more than rounding; by how much it went.
pub(crate) fn shift(scroller: &Element, by: f64) -> f64 {
    if by.abs() <= 0.01 {
        return 0.0;
    }
    let from = top(scroller);
    set_top(scroller, from + by);
    top(scroller) - from
}

/// Height of the whole content.
pub(crate) fn content(scroller: &Element) -> f64 {
    f64::from(scroller.scroll_height())
}

/// Height of the visible part.
pub(crate) fn view(scroller: &Element) -> f64 {
    f64::from(scroller.client_height())
}

/// How much content is below the visible part.
pub(crate) fn below(scroller: &Element) -> f64 {
    (content(scroller) - top(scroller) - view(scroller)).max(0.0)
}

/// Scrolls to the very end.
pub(crate) fn to_end(scroller: &Element) {
    set_top(scroller, content(scroller));
}

/// Brings a list's option into sight with the least movement; for short lists such as menus of results.
pub(crate) fn reveal(scroller: &Element, item: &Element) {
    let (outer, inner) = (
        scroller.get_bounding_client_rect(),
        item.get_bounding_client_rect(),
    );
    const EDGE_PX: f64 = 6.0;
    if inner.top() < outer.top() + EDGE_PX {
        shift(scroller, inner.top() - outer.top() - EDGE_PX);
    } else if inner.bottom() > outer.bottom() - EDGE_PX {
        shift(scroller, inner.bottom() - outer.bottom() + EDGE_PX);
    }
}
