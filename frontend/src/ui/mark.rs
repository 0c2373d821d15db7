//! The logo mark.

use crate::view::prelude::*;

/// A bubble with a bite that holds a dot.
#[component]
pub(crate) fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="1 0 30 30" aria-hidden="true" focusable="false">
            <path
                class="mark__bubble"
                d="M15 2.6A12.4 12.4 0 0 1 25.329 8.138A6.9 6.9 0 1 0 25.329 21.862A12.4 12.4 0 0 1 15 27.4H6.2A3.6 3.6 0 0 1 2.6 23.8V15A12.4 12.4 0 0 1 15 2.6Z"
            ></path>
            <circle class="mark__dot" cx="24.6" cy="15" r="4.6"></circle>
        </svg>
    }
}
