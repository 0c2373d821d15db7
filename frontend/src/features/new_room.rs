//! Making a room: its name, who can find it, what it is about, who is in it from the start.

use crate::view::{ev, prelude::*};
use crate::{
    failure,
    features::people::PeoplePicker,
    place::{room_path, use_go},
    store::use_store,
    ui::{Button, ButtonKind, Dialog, DialogHead, FormError, TextField},
    words_chat::rooms as words,
};
use leptos::task::spawn_local;
use shared::{
    UserId,
    limits::{ROOM_NAME_CHARS, TOPIC_CHARS},
    rooms::{NewRoom as Wanted, RoomKind},
};

const KINDS: [(RoomKind, &str, &str); 2] = [
    (RoomKind::Public, words::PUBLIC, words::PUBLIC_ABOUT),
    (RoomKind::Private, words::PRIVATE, words::PRIVATE_ABOUT),
];

/// The dialog.
#[component]
pub(crate) fn NewRoom(#[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let (store, go) = (use_store(), use_go());
    let (name, topic) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let kind = RwSignal::new(RoomKind::Public);
    let people = RwSignal::new(Vec::<UserId>::new());
    let (name_error, topic_error) = (RwSignal::new(None::<String>), RwSignal::new(None::<String>));
    let error = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);

    let make = move || {
        if busy.get_untracked() {
            return;
        }
        for error in [name_error, topic_error, error] {
            error.set(None);
        }
        let wanted = Wanted {
            kind: kind.get_untracked(),
            name: name.get_untracked().trim().to_owned(),
            topic: Some(topic.get_untracked().trim().to_owned()).filter(|topic| !topic.is_empty()),
            member_ids: Some(people.get_untracked()).filter(|people| !people.is_empty()),
        };
        if wanted.name.is_empty() {
            return name_error.set(Some(words::NAME_MISSING.into()));
        }
        busy.set(true);
        spawn_local(async move {
            match store.create_room(&wanted).await {
                Ok(room) => {
                    on_close.try_run(());
                    go.to(&room_path(room.id));
                }
                Err(failure) => {
                    name_error.try_set(failure::of_field(&failure, "name"));
                    topic_error.try_set(failure::of_field(&failure, "topic"));
                    error.try_set(failure::of_form(&failure, &["name", "topic"]));
                }
            }
            busy.try_set(false);
        });
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        make();
    };
    let kinds = KINDS
        .map(|(value, label, about)| {
            view! {
                <label class="new-room__kind">
                    <input
                        type="radio"
                        name="kind"
                        value=value.as_str()
                        prop:checked=move || kind.get() == value
                        on:change=move |_| kind.set(value)
                    />
                    <span>
                        <span class="new-room__kind-name">{label}</span>
                        <span class="new-room__kind-about">{about}</span>
                    </span>
                </label>
            }
        })
        .collect_view();
    view! {
        <Dialog label=words::NEW_ROOM on_close>
            <DialogHead title=words::NEW_ROOM on_close />
            <form class="new-room__form" on:submit=submit novalidate>
                <div class="dialog__body new-room">
                    <FormError text=error />
                    <TextField
                        label=words::NAME
                        name="name"
                        value=name
                        error=name_error
                        hint=words::NAME_HINT
                        maxlength=ROOM_NAME_CHARS
                        required=true
                        autofocus=true
                    />
                    <fieldset class="new-room__kinds">
                        <legend>{words::WHO_FINDS}</legend>
                        {kinds}
                    </fieldset>
                    <TextField
                        label=words::TOPIC
                        name="topic"
                        value=topic
                        error=topic_error
                        hint=words::TOPIC_HINT
                        maxlength=TOPIC_CHARS
                    />
                    <PeoplePicker
                        label=words::PEOPLE
                        chosen=people
                        on_done=Callback::new(move |()| make())
                    />
                </div>
                <div class="dialog__foot">
                    <Button kind=ButtonKind::Quiet on:click=move |_| on_close.run(())>
                        {words::CANCEL}
                    </Button>
                    <Button submit=true busy>
                        {words::MAKE}
                    </Button>
                </div>
            </form>
        </Dialog>
    }
}
