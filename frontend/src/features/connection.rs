//! What the banner says of the connection. It stands between header and timeline, which gives way without moving what
//! one reads; writing goes on whatever it says.

use crate::view::prelude::*;
use crate::{
    dom::timers::{self, Timer},
    features::entry::SignInAgain,
    store::use_store,
    ui::{Banner, Button, ButtonKind, Glyph, Tone, speak},
    words_chat::connection as words,
};
use model::{Action, Connection as State, Model, Slice};
use shared::Timestamp;

const SECOND_MS: i64 = 1_000;

/// Which banner, without the numbers in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    None,
    Reconnecting,
    Offline,
    CatchingUp,
    Ended,
}

/// The banner.
#[component]
pub(crate) fn Connection() -> impl IntoView {
    let store = use_store();
    let again = expect_context::<SignInAgain>();
    let state = store.select(Slice::Connection, Model::connection);
    let kind = Memo::new(move |_| match state.get() {
        State::Idle | State::Connecting | State::Online => Kind::None,
        State::Reconnecting => Kind::Reconnecting,
        State::Offline { .. } => Kind::Offline,
        State::CatchingUp { .. } => Kind::CatchingUp,
        State::SessionEnded => Kind::Ended,
    });
    Effect::new(move |_| match kind.get() {
        Kind::None | Kind::Ended => {}
        Kind::Reconnecting => speak(words::RECONNECTING),
        Kind::Offline => speak(words::OFFLINE),
        Kind::CatchingUp => speak(words::BACK),
    });
    let catching_up = move || match state.get() {
        State::CatchingUp { messages } if messages > 0 => words::catching_up(messages),
        _ => words::CAUGHT_UP.to_owned(),
    };
    view! {
        <div class="connection">
            {move || match kind.get() {
                Kind::None => View::nothing(),
                Kind::Reconnecting => {
                    view! { <Banner lead=words::RECONNECTING text=words::RECONNECTING_TEXT /> }
                }
                Kind::Offline => view! { <Offline state /> },
                Kind::CatchingUp => {
                    view! { <Banner glyph=Glyph::RefreshCw lead=words::BACK text=Signal::derive(catching_up) /> }

                }
                Kind::Ended => {
                    view! {
                        <Banner
                            tone=Tone::Danger
                            glyph=Glyph::CircleAlert
                            lead=words::ENDED
                            text=words::ENDED_TEXT
                        >
                            <Button small=true on:click=move |_| again.open()>
                                {words::SIGN_IN}
                            </Button>
                        </Banner>
                    }

                }
            }}
        </div>
    }
}

#[component]
fn Offline(state: Memo<State>) -> impl IntoView {
    let store = use_store();
    let now = RwSignal::new(store.now());
    let timer = StoredValue::new(None::<Timer>);
    tick(now, timer);
    let seconds = move || match state.get() {
        State::Offline { retry_at } => {
            let left = retry_at.0 - now.get().0;
            (left > 0).then(|| words::trying_in((left + SECOND_MS - 1) / SECOND_MS))
        }
        _ => None,
    };
    view! {
        <Banner glyph=Glyph::WifiOff lead=words::OFFLINE text=words::OFFLINE_TEXT>
            <span class="connection__count num" aria-hidden="true">
                {seconds}
            </span>
            <Button
                kind=ButtonKind::Outline
                small=true
                on:click=move |_| store.act(Action::Reconnect)
            >
                {words::TRY_NOW}
            </Button>
        </Banner>
    }
}

/// Moves the countdown on, second by second, for as long as the banner stands.
fn tick(now: RwSignal<Timestamp>, timer: StoredValue<Option<Timer>>) {
    let next = timers::after(SECOND_MS, move || {
        if now.try_set(Timestamp(timers::now_ms())).is_none() {
            // The timer that runs now must not be dropped by its own call.
            queue_microtask(move || tick(now, timer));
        }
    });
    timer.try_update_value(|timer| *timer = next);
}
