//! Presence as a shape and as a word: filled disc, crescent, disc with a bar, ring.

use crate::view::prelude::*;
use crate::words;
use shared::presence::Presence;

/// The word for a presence.
pub(crate) const fn presence_word(presence: Presence) -> &'static str {
    match presence {
        Presence::Online => words::PRESENCE_ONLINE,
        Presence::Away => words::PRESENCE_AWAY,
        Presence::Dnd => words::PRESENCE_DND,
        Presence::Offline => words::PRESENCE_OFFLINE,
    }
}

/// The shape alone; its word has to stand nearby or in an accessible name.
#[component]
pub(crate) fn PresenceBadge(#[prop(into)] presence: Signal<Presence>) -> impl IntoView {
    move || {
        let (class, shape) = match presence.get() {
            Presence::Online => (
                "presence presence--online",
                view! { <circle cx="6" cy="6" r="6"></circle> },
            ),
            Presence::Away => (
                "presence presence--away",
                view! { <path d="M4.6.3A5.9 5.9 0 1 0 11.7 7.4 4.9 4.9 0 0 1 4.6.3Z"></path> },
            ),
            Presence::Dnd => (
                "presence presence--dnd",
                view! {
                    <circle cx="6" cy="6" r="6"></circle>
                    <rect class="presence__bar" x="2.6" y="4.8" width="6.8" height="2.4" rx="1.2"></rect>
                },
            ),
            Presence::Offline => (
                "presence presence--offline",
                view! { <circle cx="6" cy="6" r="4.7"></circle> },
            ),
        };
        view! {
            <svg class=class viewBox="0 0 12 12" aria-hidden="true" focusable="false">
                {shape}
            </svg>
        }
    }
}
