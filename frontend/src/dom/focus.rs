//! Where the focus is, where it goes and where it comes back to. Knows elements, not what they mean.

use super::theme;
use crate::view::ev;
use leptos::prelude::{document, on_cleanup, request_animation_frame};
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement, KeyboardEvent, Node};

const FIELDS: &str = "input:not(:disabled):not([type=hidden]):not([type=file]):not([readonly]),select:not(:disabled),textarea:not(:disabled)";
const TITLES: &str = "h1[tabindex],h2[tabindex]";
const FOCUSABLE: &str = "a[href],button:not(:disabled),input:not(:disabled),select:not(:disabled),textarea:not(:disabled),[tabindex]";

/// The element that has the focus, unless that is the page itself.
pub(crate) fn active() -> Option<Element> {
    document()
        .active_element()
        .filter(|element| element.tag_name() != "BODY")
}

/// Focuses an element; false when it does not take the focus.
pub(crate) fn focus(element: &Element) -> bool {
    element
        .dyn_ref::<HtmlElement>()
        .is_some_and(|element| element.focus().is_ok())
        && active().as_ref() == Some(element)
}

/// Focuses the element with this id.
pub(crate) fn focus_id(id: &str) -> bool {
    document()
        .get_element_by_id(id)
        .is_some_and(|element| focus(&element))
}

/// Focuses the first element below `root` that `selector` finds and that is shown.
pub(crate) fn focus_first(root: &Element, selector: &str) -> bool {
    all(root, selector)
        .iter()
        .find(|element| visible(element))
        .is_some_and(focus)
}

/// The element itself, or the focusable one around or in it.
pub(crate) fn focusable_at(element: &Element) -> Option<Element> {
    if element.matches(FOCUSABLE).unwrap_or(false) {
        return Some(element.clone());
    }
    element
        .closest(FOCUSABLE)
        .ok()
        .flatten()
        .or_else(|| element.query_selector(FOCUSABLE).ok().flatten())
}

/// Focus returns to what has it now once the current owner is gone, unless something else has taken it.
pub(crate) fn give_back_on_cleanup() {
    give_back_to_on_cleanup(active());
}

/// The same for an element named.
pub(crate) fn give_back_to_on_cleanup(opener: Option<Element>) {
    let opener = SendWrapper::new(opener);
    on_cleanup(move || {
        let opener = opener.take();
        request_animation_frame(move || {
            let Some(opener) = opener.filter(|_| active().is_none()) else {
                return;
            };
            if !focus(&opener) {
                // The opener is gone as well: to where people write, else to what they read.
                let _ = focus_id("composer") || focus_id("room-title");
            }
        });
    });
}

/// Focus for a dialog that has opened: what asks for it, else the first field, else the title. Where typing brings a
/// keyboard onto the screen, the title comes before the field.
pub(crate) fn into_dialog(dialog: &HtmlDialogElement) {
    let _ = focus_first(dialog, "[autofocus]")
        || (!theme::matches("(pointer: coarse)") && focus_first(dialog, FIELDS))
        || focus_first(dialog, TITLES)
        || focus_first(dialog, FIELDS);
}

/// Focus for the title of what `root` has come to show, when the element that had it is gone.
pub(crate) fn to_title_if_lost(root: &Element) {
    if active().is_none_or(|active| !visible(&active)) {
        focus_first(root, TITLES);
    }
}

/// Focus for a popover that has opened: its first control, else itself.
pub(crate) fn into_popover(popover: &HtmlElement) {
    let _ = focus_first(popover, "[autofocus]")
        || focus_first(popover, "[role^=menuitem]:not(:disabled)")
        || focus_first(popover, FOCUSABLE)
        || focus(popover);
}

/// The first field that has an error, once the errors are on the page.
pub(crate) fn first_invalid_soon(form: HtmlElement) {
    request_animation_frame(move || {
        focus_first(&form, "[aria-invalid=true]");
    });
}

/// Whether the event is on this very element, not on something in it.
pub(crate) fn target_is(event: &ev::PointerEvent, element: &Element) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .as_ref()
        == Some(element)
}

/// Moves the focus among `items` in `container` for a key: arrows, Home, End, a first letter. False: not such a key.
pub(crate) fn rove(container: &Element, items: &str, key: &str) -> bool {
    let items = all(container, items);
    let Some(last) = items.len().checked_sub(1) else {
        return false;
    };
    let now = active().and_then(|active| items.iter().position(|item| *item == active));
    let to = match key {
        "ArrowDown" => Some(now.map_or(0, |at| if at == last { 0 } else { at + 1 })),
        "ArrowUp" => Some(now.map_or(last, |at| at.checked_sub(1).unwrap_or(last))),
        "Home" => Some(0),
        "End" => Some(last),
        letter if letter.chars().count() == 1 && letter != " " => {
            let after = now.map_or(0, |at| at + 1);
            let begins = |item: &Element| {
                item.text_content().is_some_and(|text| {
                    text.trim()
                        .to_lowercase()
                        .starts_with(&letter.to_lowercase())
                })
            };
            (after..=last)
                .chain(0..after.min(last + 1))
                .find(|&at| items.get(at).is_some_and(begins))
        }
        _ => return false,
    };
    to.and_then(|at| items.get(at)).is_some_and(focus)
}

/// Moves the focus to the next or previous `data-region` of the page, round and round (F6).
pub(crate) fn next_region(forward: bool) {
    let Some(root) = document().document_element() else {
        return;
    };
    let regions: Vec<_> = all(&root, "[data-region]")
        .into_iter()
        .filter(visible)
        .collect();
    if regions.is_empty() {
        return;
    }
    let active = active();
    let holds =
        |region: &Element| region.contains(active.as_ref().map(|it| it.unchecked_ref::<Node>()));
    // The innermost one counts, as the composer lies in the main region.
    let now = active
        .as_ref()
        .and_then(|_| regions.iter().rposition(holds));
    let count = regions.len();
    let mut at = match (now, forward) {
        (Some(at), true) => (at + 1) % count,
        (Some(at), false) => (at + count - 1) % count,
        (None, true) => 0,
        (None, false) => count - 1,
    };
    for _ in 0..count {
        let Some(region) = regions.get(at) else {
            return;
        };
        let own = |element: &Element| {
            element.closest("[data-region]").ok().flatten().as_ref() == Some(region)
        };
        let enter = |selector| {
            let found = all(region, selector);
            found.iter().filter(|it| visible(it) && own(it)).any(focus)
        };
        if enter("[data-region-focus]")
            || enter("[data-region-focus] [tabindex=\"0\"]")
            || enter("[tabindex=\"0\"],a[href],button:not(:disabled),textarea")
            || focus(region)
        {
            return;
        }
        at = if forward {
            (at + 1) % count
        } else {
            (at + count - 1) % count
        };
    }
}

/// Whether the event comes from where people type.
pub(crate) fn is_typing(event: &KeyboardEvent) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .is_some_and(|element| {
            element
                .matches("input,textarea,select,[contenteditable=true]")
                .unwrap_or(false)
        })
}

fn visible(element: &Element) -> bool {
    element.get_client_rects().length() > 0
}

fn all(root: &Element, selector: &str) -> Vec<Element> {
    let Ok(found) = root.query_selector_all(selector) else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|at| found.item(at)?.dyn_into().ok())
        .collect()
}
