//! The words beside the send button: too long, how much waits, or which key sends.

use crate::view::prelude::*;
use crate::{features::timeline::Scene, prefs::use_prefs, ui::Kbd, words_chat::composer as words};
use model::{Delivery, Slice};

/// Too long, how much waits, or which key sends.
#[component]
pub(super) fn Hint(
    scene: Scene,
    /// Whether there is something to send.
    filled: RwSignal<bool>,
    /// By how many characters it is too long.
    over: RwSignal<usize>,
) -> impl IntoView {
    let prefs = use_prefs();
    let too_long = Memo::new(move |_| over.get() > 0);
    let waiting = Memo::new(move |_| waiting(scene));
    view! {
        <span
            id="composer-hint"
            class="composer__hint"
            class:composer__hint--over=too_long
            aria-live="polite"
        >
            {move || {
                let (excess, waiting) = (over.get(), waiting.get());
                if excess > 0 {
                    words::over(excess).into_view()
                } else if waiting > 0 {
                    words::waiting(waiting).into_view()
                } else if filled.get() {
                    let keys = Signal::derive(move || if prefs.enter_sends() { "enter" } else { "shift+enter" }.to_owned());
                    view! {
                        <span class="composer__keys">
                            <Kbd keys=keys />
                            " "
                            {words::TO_SEND}
                        </span>
                    }

                } else {
                    View::nothing()
                }
            }}
        </span>
    }
}

/// How many messages of this room wait for the connection.
fn waiting(scene: Scene) -> usize {
    scene.view.track();
    let echoes = scene.store.read(|model| {
        let rows = model.rows(scene.room).iter().rev();
        rows.take_while(|row| row.seq == 0)
            .map(|row| row.key)
            .collect::<Vec<_>>()
    });
    echoes
        .into_iter()
        .filter(|key| {
            scene.store.get(Slice::Message(*key), |model| {
                model
                    .message(*key)
                    .is_some_and(|view| view.delivery == Delivery::Waiting)
            })
        })
        .count()
}
