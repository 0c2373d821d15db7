//! Writing to people: choose them, and the conversation with exactly them opens, made if there is none.

use crate::view::prelude::*;
use crate::{
    failure,
    features::people::PeoplePicker,
    place::{room_path, use_go},
    store::use_store,
    ui::{Button, ButtonKind, Dialog, DialogHead, FormError},
    words_chat::rooms as words,
};
use leptos::task::spawn_local;
use shared::{UserId, limits::DIRECT_MEMBERS};

/// The dialog.
#[component]
pub(crate) fn NewMessage(#[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let (store, go) = (use_store(), use_go());
    let people = RwSignal::new(Vec::<UserId>::new());
    let error = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let open = move || {
        let users = people.get_untracked();
        if users.is_empty() || busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            match store.direct(users).await {
                Ok(room) => {
                    on_close.try_run(());
                    go.to(&room_path(room.id));
                }
                Err(failure) => {
                    error.try_set(Some(failure::in_words(&failure)));
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <Dialog label=words::NEW_MESSAGE on_close>
            <DialogHead title=words::NEW_MESSAGE on_close />
            <div class="dialog__body">
                <FormError text=error />
                <PeoplePicker
                    label=words::TO
                    chosen=people
                    most=DIRECT_MEMBERS - 1
                    autofocus=true
                    on_done=Callback::new(move |()| open())
                />
            </div>
            <div class="dialog__foot">
                <Button kind=ButtonKind::Quiet on:click=move |_| on_close.run(())>
                    {words::CANCEL}
                </Button>
                <Button
                    busy
                    disabled=Signal::derive(move || people.with(Vec::is_empty))
                    on:click=move |_| open()
                >
                    {words::GO}
                </Button>
            </div>
        </Dialog>
    }
}
