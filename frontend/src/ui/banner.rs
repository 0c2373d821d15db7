//! One line across the main area about how things stand.

use super::{Glyph, Icon, Spinner};
use crate::view::prelude::*;

/// How grave it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Good to know.
    #[default]
    Neutral,
    /// Needs a decision.
    Danger,
}

/// A banner; children are its buttons. Without a glyph it shows that something is under way.
#[component]
pub(crate) fn Banner(
    #[prop(optional)] tone: Tone,
    #[prop(optional)] glyph: Option<Glyph>,
    #[prop(into)] lead: Signal<String>,
    #[prop(optional, into)] text: Signal<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="banner" class:banner--danger=tone == Tone::Danger>
            {match glyph {
                Some(glyph) => view! { <Icon glyph /> },
                None => view! { <Spinner /> },
            }}
            <p class="banner__words">
                <span class="banner__lead">{lead}</span>
                " "
                {text}
            </p>
            {children.map(|children| children())}
        </div>
    }
}
