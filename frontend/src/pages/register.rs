//! `/register`

use crate::features::entry::{EntryFrame, Register};
use crate::view::prelude::*;

/// Making an account.
#[component]
pub(crate) fn RegisterPage() -> impl IntoView {
    view! {
        <EntryFrame>
            <Register />
        </EntryFrame>
    }
}
