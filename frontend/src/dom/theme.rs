//! The attributes on `<html>` that styles look at, the `theme-color` of the browser's own frame, the tab's title and
//! icon. `index.html` sets the same attributes before the first paint.

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{HtmlLinkElement, HtmlMetaElement};

/// Whether a media query holds just now.
pub(crate) fn matches(query: &str) -> bool {
    window()
        .match_media(query)
        .ok()
        .flatten()
        .is_some_and(|list| list.matches())
}

/// Sets `data-{name}` on the root, or takes it away.
pub(crate) fn set(name: &str, value: Option<&str>) {
    let Some(root) = document().document_element() else {
        return;
    };
    let attribute = format!("data-{name}");
    // Setting an attribute of a valid name does not fail.
    let _ = match value {
        Some(value) => root.set_attribute(&attribute, value),
        None => root.remove_attribute(&attribute),
    };
}

/// Lets the browser's frame follow the theme: both metas say the same unless the system decides.
pub(crate) fn frame_follows(theme: Option<&str>) {
    for name in ["light", "dark"] {
        let meta = meta_for(name);
        let wanted = theme.unwrap_or(name);
        let colour = meta_for(wanted).and_then(|meta| meta.get_attribute("data-own"));
        if let (Some(meta), Some(colour)) = (meta, colour) {
            meta.set_content(&colour);
        }
    }
}

fn meta_for(theme: &str) -> Option<HtmlMetaElement> {
    document()
        .query_selector(&format!("meta[name=theme-color][media*={theme}]"))
        .ok()
        .flatten()?
        .dyn_into()
        .ok()
}

/// The tab's icon: with the marigold dot when something is for you, with a hollow ring when not.
pub(crate) fn set_icon(for_you: bool) {
    let Some(link) = document()
        .get_element_by_id("icon")
        .and_then(|it| it.dyn_into::<HtmlLinkElement>().ok())
    else {
        return;
    };
    let key = if for_you {
        "data-for-you"
    } else {
        "data-quiet"
    };
    if let Some(href) = link.get_attribute(key) {
        link.set_href(&href);
    }
}
