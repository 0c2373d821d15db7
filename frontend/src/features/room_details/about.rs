//! Name and topic, to read or to change.

use super::Standing;
use crate::view::{ev, prelude::*};
use crate::{
    failure,
    store::use_store,
    ui::{Button, FormError, TextArea, TextField, use_toasts},
    words_chat::{details as words, rooms},
};
use leptos::task::spawn_local;
use model::Slice;
use shared::{
    RoomId,
    limits::{ROOM_NAME_CHARS, TOPIC_CHARS},
    members::MemberRole,
    rooms::{PatchRoom, RoomKind},
};

#[component]
pub(super) fn About(room: RoomId, standing: Standing) -> impl IntoView {
    let may = standing.kind != RoomKind::Direct
        && standing.role >= MemberRole::Moderator
        && !standing.archived;
    let kind = match standing.kind {
        RoomKind::Public => words::PUBLIC,
        RoomKind::Private => words::PRIVATE,
        RoomKind::Direct => words::DIRECT,
    };
    view! {
        <section class="room-details__section">
            {if may {
                view! { <Change room /> }
            } else if standing.kind == RoomKind::Direct {
                View::nothing()
            } else {
                view! { <Topic room /> }
            }}
            <p class="room-details__about">{kind}</p>
        </section>
    }
}

#[component]
fn Topic(room: RoomId) -> impl IntoView {
    let topic = use_store().select(Slice::Room(room), move |model| {
        let topic = model
            .room(room)
            .map(|room| room.topic.clone())
            .unwrap_or_default();
        if topic.is_empty() {
            words::NO_TOPIC.to_owned()
        } else {
            topic
        }
    });
    view! {
        <p class="room-details__about" dir="auto">
            {topic}
        </p>
    }
}

#[component]
fn Change(room: RoomId) -> impl IntoView {
    let (store, toasts) = (use_store(), use_toasts());
    let (name, topic) = store.read(|model| {
        model
            .room(room)
            .map(|room| (room.name.clone(), room.topic.clone()))
            .unwrap_or_default()
    });
    let (name, topic) = (RwSignal::new(name), RwSignal::new(topic));
    let (name_error, error) = (RwSignal::new(None::<String>), RwSignal::new(None::<String>));
    let busy = RwSignal::new(false);
    let saved = store.select(Slice::Room(room), move |model| {
        model
            .room(room)
            .map(|room| (room.name.clone(), room.topic.clone()))
            .unwrap_or_default()
    });
    let changed = Memo::new(move |_| {
        saved.with(|saved| {
            name.with(|name| name.trim() != saved.0) || topic.with(|topic| topic.trim() != saved.1)
        })
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        name_error.set(None);
        error.set(None);
        let patch = PatchRoom {
            name: Some(name.get_untracked().trim().to_owned()),
            topic: Some(topic.get_untracked().trim().to_owned()),
            archived: None,
        };
        if patch.name.as_deref() == Some("") {
            return name_error.set(Some(rooms::NAME_MISSING.into()));
        }
        busy.set(true);
        spawn_local(async move {
            match store.patch_room(room, &patch).await {
                Ok(_) => toasts.say(words::SAVED),
                Err(failure) => match failure.field("name") {
                    Some(field) => {
                        name_error.try_set(Some(field.message.clone()));
                    }
                    None => {
                        error.try_set(Some(failure::in_words(&failure)));
                    }
                },
            }
            busy.try_set(false);
        });
    };
    view! {
        <form class="room-details__section" on:submit=submit novalidate>
            <FormError text=error />
            <TextField
                label=rooms::NAME
                name="name"
                value=name
                error=name_error
                hint=rooms::NAME_HINT
                maxlength=ROOM_NAME_CHARS
            />
            <TextArea label=rooms::TOPIC name="topic" value=topic max=TOPIC_CHARS rows=2 />
            <div class="room-details__acts">
                <Button submit=true busy disabled=Signal::derive(move || !changed.get())>
                    {words::SAVE}
                </Button>
            </div>
        </form>
    }
}
