//! Words for people who hear the page: a polite region and one that interrupts. The log of messages is not here.

use crate::view::prelude::*;
use std::cell::Cell;

thread_local! {
    static REGIONS: Cell<Option<(RwSignal<String>, RwSignal<String>)>> = const { Cell::new(None) };
}

/// Says it when there is a pause: copied, saved, loaded.
pub(crate) fn speak(words: impl Into<String>) {
    say(REGIONS.get().map(|(polite, _)| polite), words.into());
}

/// Says it at once: not sent, session ended.
pub(crate) fn alert_aloud(words: impl Into<String>) {
    say(REGIONS.get().map(|(_, alert)| alert), words.into());
}

fn say(region: Option<RwSignal<String>>, words: String) {
    let Some(region) = region else { return };
    // Emptied first: the same words twice are news twice.
    region.set(String::new());
    request_animation_frame(move || {
        region.try_set(words);
    });
}

/// The two regions; mounted once.
#[component]
pub(crate) fn LiveRegions() -> impl IntoView {
    let (polite, alert) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    REGIONS.set(Some((polite, alert)));
    on_cleanup(|| REGIONS.set(None));
    view! {
        <div class="visually-hidden" role="status">
            {polite}
        </div>
        <div class="visually-hidden" role="alert">
            {alert}
        </div>
    }
}
