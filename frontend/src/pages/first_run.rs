//! `/welcome`: setting up a fresh server.

use crate::features::first_run::Steps;
use crate::view::prelude::*;

/// The three steps.
#[component]
pub(crate) fn FirstRun() -> impl IntoView {
    view! {
        <main class="first-run">
            <Steps />
        </main>
    }
}
