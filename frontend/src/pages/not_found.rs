//! What is shown instead of a page: nothing at this address, a room that is not yours to see, no server.

use crate::ui::{Empty, Spinner};
use crate::view::prelude::*;
use crate::words;

/// No such address.
#[component]
pub(crate) fn NotAPage() -> impl IntoView {
    view! {
        <main class="page">
            <Empty title=words::NOT_A_PAGE page=true>
                <a class="button button--outline" href="/">
                    {words::HOME}
                </a>
            </Empty>
        </main>
    }
}

/// In the main area: no such room, or not for these eyes.
#[component]
pub(crate) fn NotHere() -> impl IntoView {
    view! {
        <Empty title=words::NOT_HERE text=words::NOT_HERE_TEXT page=true>
            <a class="button button--outline" href="/">
                {words::HOME}
            </a>
        </Empty>
    }
}

/// The server does not answer, and nothing of last time is kept.
#[component]
pub(crate) fn Unreachable() -> impl IntoView {
    view! {
        <main class="page">
            <Empty
                title=words::UNREACHABLE_TITLE
                text=words::UNREACHABLE_TEXT
                page=true
                picture=ViewFn::from(|| view! { <Spinner /> })
            />
        </main>
    }
}
