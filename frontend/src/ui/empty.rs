//! A place with nothing in it: what it is, what to do, at most one button.

use crate::view::prelude::*;

/// An empty state; children are the button, if any.
#[component]
pub(crate) fn Empty(
    #[prop(into)] title: Signal<String>,
    #[prop(optional, into)] text: Signal<String>,
    /// The tile or avatar above the words.
    #[prop(optional)]
    picture: Option<ViewFn>,
    /// It is all there is on the page, so its title is the page's.
    #[prop(optional)]
    page: bool,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let title = if page {
        view! { <h1 class="empty__title" dir="auto">{title}</h1> }
    } else {
        view! { <h2 class="empty__title" dir="auto">{title}</h2> }
    };
    view! {
        <div class="empty">
            {picture.map(|picture| picture.run())} {title}
            {move || (!text.get().is_empty()).then(|| view! { <p class="empty__text" dir="auto">{text}</p> })}
            {children.map(|children| children())}
        </div>
    }
}
