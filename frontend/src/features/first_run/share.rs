//! Step 3: the address, to copy and send.

use super::shape::Shape;
use crate::app::SettingUp;
use crate::dom::{clipboard, timers};
use crate::place::{absolute, room_path, use_go};
use crate::store::use_store;
use crate::ui::{Button, ButtonKind, Glyph, speak, use_toasts};
use crate::view::prelude::*;
use crate::words;
use leptos::task::spawn_local;
use shared::server::Registration;

/// How long "Copied" stays on the button, ms.
const COPIED_MS: i64 = 2_000;

/// The last step; it ends in General.
#[component]
pub(crate) fn Share(shape: Shape) -> impl IntoView {
    let (store, toasts, go) = (use_store(), use_toasts(), use_go());
    let setting_up: SettingUp = expect_context();
    let address = absolute("/");
    let shown = address.trim_end_matches('/').to_owned();
    let local = ["//localhost", "//127.0.0.1", "//[::1]"]
        .iter()
        .any(|it| address.contains(it));
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let address = address.clone();
        spawn_local(async move {
            if clipboard::copy(&address).await {
                copied.set(true);
                speak(words::COPIED);
                timers::sleep(COPIED_MS).await;
                copied.try_set(false);
            } else {
                toasts.say(words::NOT_COPIED);
            }
        });
    };
    let finish = move || {
        // Rooms are found by name here only: nobody has renamed General yet.
        let general = store.read(|model| {
            model
                .rooms()
                .find(|room| room.name == words::GENERAL)
                .map(|room| room.id)
        });
        setting_up.set(false);
        go.instead(&general.map_or_else(|| "/".to_owned(), room_path));
    };
    let text = move || match shape.registration.get() {
        Registration::Open => words::WELCOME_SHARE_TEXT,
        _ => words::WELCOME_SHARE_CLOSED,
    };
    view! {
        <div class="first-run__form">
            <div>
                <h1 class="entry__title" tabindex="-1">
                    {words::WELCOME_SHARE}
                </h1>
                <p class="entry__sub">{text}</p>
            </div>
            <div class="field">
                <p class="field__label">{words::WELCOME_ADDRESS}</p>
                <div class="first-run__address">
                    <code>{shown}</code>
                    <Button kind=ButtonKind::Outline glyph=Glyph::Copy on:click=copy>
                        {move || if copied.get() { words::COPIED } else { words::COPY }}
                    </Button>
                </div>
                {local.then(|| view! { <p class="field__hint">{words::WELCOME_LOCAL}</p> })}
            </div>
            <div class="first-run__foot">
                <Button kind=ButtonKind::Quiet on:click=move |_| finish()>
                    {words::WELCOME_SKIP}
                </Button>
                <span class="spacer"></span>
                <Button large=true on:click=move |_| finish()>
                    {words::WELCOME_OPEN}
                </Button>
            </div>
        </div>
    }
}
