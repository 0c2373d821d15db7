//! The People tab of a phone: everyone one may see, a press away from a conversation.

use crate::view::prelude::*;
use crate::{
    features::people::{PersonAvatar, name_of, person, presence_of, status_words},
    place::direct_path,
    store::use_store,
    ui::{AvatarSize, presence_word},
    words_chat::rooms as words,
};
use leptos::task::spawn_local;
use model::{Action, Slice};
use shared::UserId;

#[component]
pub(super) fn Everyone() -> impl IntoView {
    let store = use_store();
    let people = RwSignal::new(known(store));
    spawn_local(async move {
        let mut cursor = None::<String>;
        // What is known already stays on screen when the server cannot be asked.
        while let Ok(page) = store.find_users("", cursor.as_deref()).await {
            if people.try_set(known(store)).is_some() {
                return;
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        // Presence is sent for those on the list.
        store.act(Action::Watch(
            people.try_get_untracked().unwrap_or_default(),
        ));
    });
    on_cleanup(move || store.act(Action::Watch(Vec::new())));
    let empty = Memo::new(move |_| people.with(Vec::is_empty));
    view! {
        <ul class="room-list__rows" role="list" aria-label=crate::words_chat::list::PEOPLE>
            <For each=move || people.get() key=|user| *user let:user>
                <PersonLink user />
            </For>
        </ul>
        {move || empty.get().then(|| view! { <div class="room-list__empty"><p>{words::NOBODY_ELSE}</p></div> })}
    }
}

/// All people known here but oneself, by name.
fn known(store: crate::store::Store) -> Vec<UserId> {
    store.read(|model| {
        let mut users: Vec<(String, UserId)> = model
            .users()
            .filter(|user| !model.is_me(user.id))
            .map(|user| (user.display_name.to_lowercase(), user.id))
            .collect();
        users.sort();
        users.into_iter().map(|(_, user)| user).collect()
    })
}

#[component]
fn PersonLink(user: UserId) -> impl IntoView {
    let store = use_store();
    let (profile, name, presence) = (person(user), name_of(user), presence_of(user));
    let says = move || {
        let status = profile.with(|user| user.as_ref().and_then(|user| status_words(user)));
        status
            .or_else(|| {
                presence
                    .get()
                    .map(|presence| presence_word(presence).to_owned())
            })
            .unwrap_or_default()
    };
    let href = store.select(Slice::Rooms, move |model| {
        model
            .direct_with(user)
            .map_or_else(|| direct_path(user), crate::place::room_path)
    });
    view! {
        <li class="room-list__item">
            <a class="room-list__row" href=href>
                <PersonAvatar id=user size=AvatarSize::L badge=true />
                <span class="room-list__text">
                    <span class="room-list__name"><bdi>{name}</bdi></span>
                    <span class="room-list__preview" dir="auto">{says}</span>
                </span>
            </a>
        </li>
    }
}
