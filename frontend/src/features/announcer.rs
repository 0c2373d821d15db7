//! Tells what happens to people who hear the page, from the model's notices and not from the page, so that nothing is
//! read twice; and shows the toasts that go with them.

use crate::view::prelude::*;
use crate::{
    dom::timers::{self, Timer},
    features::{people::name_now, room_list::use_screen},
    store::{Store, use_store},
    ui::{Toasts, alert_aloud, room_label, speak, use_toasts},
    words_chat::{announcer as words, timeline},
};
use model::{Action, Notice};
use shared::MessageId;

/// So many lines of the log stay in the page.
const KEPT: usize = 20;

/// The log. To be mounted once.
#[component]
pub(crate) fn Announcer() -> impl IntoView {
    let screen = use_screen();
    let (store, toasts) = (use_store(), use_toasts());
    let log = RwSignal::new(Vec::<(u64, String)>::new());
    // For the browser a line is one layout more.
    let waiting = StoredValue::new(Vec::<String>::new());
    let soon = StoredValue::new(None::<Timer>);
    let write = move || {
        let lines = waiting.try_update_value(std::mem::take).unwrap_or_default();
        log.try_update(|log| {
            for line in lines {
                let next = log.last().map_or(0, |(id, _)| id + 1);
                log.push((next, line));
            }
            let over = log.len().saturating_sub(KEPT);
            log.drain(..over);
        });
    };
    let say = move |line: String| {
        let count = waiting.try_update_value(|lines| {
            lines.push(line);
            lines.len()
        });
        if count == Some(1) {
            soon.set_value(timers::after(timers::BEHIND_MS, write));
        }
    };
    store.on_notice(move |notice| match notice {
        Notice::Said { author, text } => say(words::message(&name_now(store, author), &text)),
        Notice::SaidMany(count) => say(words::several(count)),
        Notice::Opened { room, new } => {
            let name = store.read(|model| model.room_name(room));
            say(words::room(&room_label(&name), new));
        }
        Notice::LoadedEarlier(count) => speak(timeline::loaded(count)),
        Notice::SentAfterRetry => speak(words::SENT),
        Notice::NotSent { .. } => alert_aloud(words::NOT_SENT),
        Notice::Deleting { message } => deleting(store, toasts, message),
        Notice::DeleteRefused { .. } => toasts.say(words::DELETE_REFUSED),
        Notice::EditRefused { message, body, .. } => {
            toasts.say(words::EDIT_REFUSED);
            screen.refused.try_set(Some((message, body)));
        }
        Notice::NoSuchMessage { .. } => toasts.say(timeline::NO_MESSAGE),
    });
    view! {
        <div class="visually-hidden" role="log" aria-label=words::CONVERSATION>
            <For each=move || log.get() key=|line| line.0 let:line>
                <p>{line.1}</p>
            </For>
        </div>
    }
}

/// The toast does not delete anything by itself: the model does, when its time is over.
fn deleting(store: Store, toasts: Toasts, message: MessageId) {
    toasts.offer(timeline::DELETED, timeline::UNDO, move || {
        store.act(Action::UndoDelete(message));
    });
}
