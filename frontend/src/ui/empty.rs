//! A place with nothing in it: what it is, what to do, at most one button.

use leptos::prelude::*;

/// An empty state; children are the button, if any.
#[component]
pub(crate) fn Empty(
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] text: Signal<String>,
    /// The tile or avatar above the words.
    #[prop(optional)]
    picture: Option<ViewFn>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            {picture.map(|picture| picture.run())} <h2 class="empty__title" dir="auto">{title}</h2>
            {move || text.get().ne("").then(|| view! { <p class="empty__text" dir="auto">{text}</p> })}
            {children.map(|children| children())}
        </div>
    }
}
