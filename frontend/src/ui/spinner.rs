//! Stand-ins while something is under way: the spinner and the skeleton rows.

use crate::view::prelude::*;

/// A small turning ring; the words beside it say what is under way.
#[component]
pub(crate) fn Spinner() -> impl IntoView {
    view! { <span class="spinner" aria-hidden="true"></span> }
}

/// Rows in the shape of messages, shown after a moment only.
#[component]
pub(crate) fn SkeletonRows(#[prop(default = 6)] rows: usize) -> impl IntoView {
    view! {
        <div class="skeleton" aria-hidden="true">
            {(0..rows)
                .map(|_| {
                    view! {
                        <div class="skeleton__row">
                            <div class="skeleton__disc"></div>
                            <div class="skeleton__lines">
                                <div class="skeleton__line skeleton__line--short"></div>
                                <div class="skeleton__line"></div>
                            </div>
                        </div>
                    }
                })
                .collect_view()}
        </div>
    }
}

/// Rows in the shape of the room list, shown after a moment only.
#[component]
pub(crate) fn SkeletonList(#[prop(default = 8)] rows: usize) -> impl IntoView {
    view! {
        <div class="skeleton skeleton--list" aria-hidden="true">
            {(0..rows)
                .map(|_| {
                    view! {
                        <div class="skeleton__row">
                            <div class="skeleton__disc"></div>
                            <div class="skeleton__line"></div>
                        </div>
                    }
                })
                .collect_view()}
        </div>
    }
}
