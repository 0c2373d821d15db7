//! What is for you, as a number, and what is new, as a dot. Decoration, drawn by the stylesheet: the row's accessible name
//! says both in words.

use crate::view::prelude::*;

/// The marigold number, `99+` above 99, nothing at 0.
#[component]
pub(crate) fn Pill(#[prop(into)] count: Signal<i64>) -> impl IntoView {
    move || {
        let count = count.get();
        (count > 0).then(|| {
            let text = if count > 99 {
                "99+".to_owned()
            } else {
                count.to_string()
            };
            view! { <span class="pill" aria-hidden="true" data-count=text></span> }
        })
    }
}

/// The ink dot.
#[component]
pub(crate) fn Dot() -> impl IntoView {
    view! { <span class="dot" aria-hidden="true"></span> }
}
