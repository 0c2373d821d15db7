//! `/sign-in`

use crate::features::entry::{EntryFrame, SignIn};
use crate::view::prelude::*;

/// Signing in.
#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    view! {
        <EntryFrame>
            <SignIn />
        </EntryFrame>
    }
}
