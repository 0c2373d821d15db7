//! Keys as they stand on this person's keyboard. Written as `mod+shift+f`: `mod` is ⌘ on a Mac and Ctrl elsewhere.

use crate::dom::shortcuts::is_apple;
use crate::view::prelude::*;

/// The keys of `keys`, one cap each.
#[component]
pub(crate) fn Kbd(#[prop(into)] keys: Signal<String>) -> impl IntoView {
    view! {
        <span class="kbd-group">
            {move || {
                keys.with(|keys| {
                    caps(keys).into_iter().map(|cap| view! { <kbd class="kbd">{cap}</kbd> }).collect_view()
                })
            }}
        </span>
    }
}

fn caps(keys: &str) -> Vec<String> {
    keys.split('+')
        .map(|key| {
            if key.is_empty() {
                "+".to_owned()
            } else {
                cap(key, is_apple())
            }
        })
        .collect()
}

fn cap(key: &str, apple: bool) -> String {
    let known = match (key, apple) {
        ("mod", true) => "⌘",
        ("mod", false) => "Ctrl",
        ("alt", true) => "⌥",
        ("alt", false) => "Alt",
        ("shift", true) => "⇧",
        ("shift", false) => "Shift",
        ("enter", _) => "Enter",
        ("esc", _) => "Esc",
        ("space", _) => "Space",
        ("tab", _) => "Tab",
        ("up", _) => "↑",
        ("down", _) => "↓",
        ("pgup", _) => "PgUp",
        ("pgdn", _) => "PgDn",
        ("home", _) => "Home",
        ("end", _) => "End",
        ("del", true) => "⌫",
        ("del", false) => "Delete",
        ("plus", _) => "+",
        _ => return key.to_uppercase(),
    };
    known.to_owned()
}
