//! `/register`

use crate::features::entry::{EntryFrame, Register};
use leptos::prelude::*;

/// Making an account.
#[component]
pub(crate) fn RegisterPage() -> impl IntoView {
    view! {
        <EntryFrame>
            <Register />
        </EntryFrame>
    }
}
