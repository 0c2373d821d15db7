//! The marks of the Markdown subset, by button and by key. Each wraps the selection and can be undone by the browser.

use crate::view::{ev, prelude::*};
use crate::{
    dom::{caret, shortcuts::is_apple},
    ui::{Glyph, IconButton},
    words_chat::composer as words,
};
use web_sys::HtmlTextAreaElement;

/// One way to mark text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Bold,
    Italic,
    Strike,
    Code,
    Block,
    Quote,
    List,
    Spoiler,
}

const BAR: [(Mark, Glyph, &str, Option<&str>); 8] = [
    (Mark::Bold, Glyph::Bold, words::BOLD, Some("mod+b")),
    (Mark::Italic, Glyph::Italic, words::ITALIC, Some("mod+i")),
    (
        Mark::Strike,
        Glyph::Strikethrough,
        words::STRIKE,
        Some("mod+shift+x"),
    ),
    (Mark::Code, Glyph::Code, words::CODE, Some("mod+e")),
    (Mark::Block, Glyph::SquareCode, words::BLOCK, None),
    (Mark::Quote, Glyph::TextQuote, words::QUOTE, None),
    (Mark::List, Glyph::List, words::LIST, None),
    (Mark::Spoiler, Glyph::EyeOff, words::SPOILER, None),
];

impl Mark {
    /// The mark of a key press. Letters go by their place, so that they work on every alphabet.
    pub(super) fn of_key(event: &ev::KeyboardEvent) -> Option<Self> {
        let main = if is_apple() {
            event.meta_key()
        } else {
            event.ctrl_key()
        };
        if !main || event.alt_key() {
            return None;
        }
        match (event.code().as_str(), event.shift_key()) {
            ("KeyB", false) => Some(Self::Bold),
            ("KeyI", false) => Some(Self::Italic),
            ("KeyE", false) => Some(Self::Code),
            ("KeyX", true) => Some(Self::Strike),
            _ => None,
        }
    }

    /// Marks the selection.
    pub(super) fn apply(self, field: &HtmlTextAreaElement) {
        match self {
            Self::Bold => caret::wrap(field, "**", "**"),
            Self::Italic => caret::wrap(field, "*", "*"),
            Self::Strike => caret::wrap(field, "~~", "~~"),
            Self::Code => caret::wrap(field, "`", "`"),
            Self::Block => caret::wrap(field, "```\n", "\n```"),
            Self::Quote => caret::prefix(field, "> "),
            Self::List => caret::prefix(field, "- "),
            Self::Spoiler => caret::wrap(field, "||", "||"),
        }
    }
}

/// The formatting bar.
#[component]
pub(super) fn FormatBar(apply: Callback<Mark>) -> impl IntoView {
    let buttons = BAR
        .into_iter()
        .map(|(mark, glyph, label, keys)| {
            // The press must not take the selection away from the field.
            let hold = move |event: ev::PointerEvent| event.prevent_default();
            let press = move |_| apply.run(mark);
            match keys {
                Some(keys) => {
                    view! { <IconButton glyph label keys on:pointerdown=hold on:click=press /> }
                }
                None => view! { <IconButton glyph label on:pointerdown=hold on:click=press /> },
            }
        })
        .collect_view();
    view! {
        <div class="composer__format" role="toolbar" aria-label=words::FORMAT>
            {buttons}
        </div>
    }
}
