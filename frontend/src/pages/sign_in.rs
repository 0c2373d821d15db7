//! `/sign-in`

use crate::features::entry::{EntryFrame, SignIn};
use leptos::prelude::*;

/// Signing in.
#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    view! {
        <EntryFrame>
            <SignIn />
        </EntryFrame>
    }
}
