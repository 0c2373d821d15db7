//! Buttons: with words, and with a glyph only. They know how they look and what they are called, not what they do:
//! the caller adds `on:click`.

use super::{Glyph, Icon, Spinner};
use crate::dom::shortcuts::aria_keys;
use crate::view::prelude::*;

/// How much a button asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ButtonKind {
    /// The one thing to do here.
    #[default]
    Primary,
    /// Something else one may do.
    Outline,
    /// Leave it be.
    Quiet,
    /// Takes something away for good.
    Danger,
}

impl ButtonKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button--primary",
            Self::Outline => "button button--outline",
            Self::Quiet => "button button--quiet",
            Self::Danger => "button button--danger",
        }
    }
}

/// A button with words. While `busy` it shows that it works; the handler has to ignore presses meanwhile.
#[component]
pub(crate) fn Button(
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// Sends the form it stands in.
    #[prop(optional)]
    submit: bool,
    #[prop(optional)] small: bool,
    #[prop(optional)] large: bool,
    #[prop(optional)] wide: bool,
    #[prop(optional)] glyph: Option<Glyph>,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=kind.class()
            class:button--small=small
            class:button--large=large
            class:button--wide=wide
            disabled=disabled
            aria-busy=move || busy.get().then_some("true")
        >
            {move || {
                if busy.get() {
                    Some(view! { <Spinner /> })
                } else {
                    glyph.map(|glyph| view! { <Icon glyph small=true /> })
                }
            }} {children()}
        </button>
    }
}

/// A button with a glyph only; its label is its accessible name and, with the shortcut, its tooltip.
#[component]
pub(crate) fn IconButton(
    glyph: Glyph,
    #[prop(into)] label: Signal<String>,
    /// The shortcut that does the same, as `Kbd` takes it.
    #[prop(optional)]
    keys: Option<&'static str>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="icon-button"
            aria-label=label
            aria-keyshortcuts=keys.map(aria_keys)
            data-tip=label
            data-keys=keys
        >
            <Icon glyph />
        </button>
    }
}
