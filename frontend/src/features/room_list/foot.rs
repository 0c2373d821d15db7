//! Oneself: at the foot of the list, and on a phone at its head.

use crate::view::{ev, prelude::*};
use crate::{
    features::{
        people::{PersonAvatar, status_words},
        profile::open_profile,
    },
    place::{settings_path, use_go},
    store::use_store,
    ui::{AvatarSize, Glyph, IconButton, presence_word},
    words_chat::list as words,
};
use model::Slice;
use shared::{UserId, presence::Presence};
use wasm_bindgen::JsCast;

fn profile(me: UserId, event: &ev::MouseEvent) {
    if let Some(anchor) = event
        .current_target()
        .and_then(|it| it.dyn_into::<web_sys::Element>().ok())
    {
        open_profile(me, anchor);
    }
}

/// Name, status and the way to the settings.
#[component]
pub(super) fn Foot() -> impl IntoView {
    let (store, go) = (use_store(), use_go());
    let me = store.select(Slice::Session, |model| model.me().cloned());
    let id = Memo::new(move |_| me.with(|me| me.as_ref().map(|me| me.user.id)));
    let name = Memo::new(move |_| {
        me.get()
            .map(|me| me.user.display_name.clone())
            .unwrap_or_default()
    });
    let presence = Memo::new(move |_| {
        let id = id.get()?;
        Some(
            store
                .get(Slice::Presence(id), |model| model.presence(id))
                .unwrap_or(Presence::Offline),
        )
    });
    let status = Memo::new(move |_| {
        let status = me.with(|me| me.as_ref().and_then(|me| status_words(&me.user)));
        let offline = presence.get() == Some(Presence::Offline);
        match status {
            Some(status) if !offline => status,
            _ => presence
                .get()
                .map(presence_word)
                .unwrap_or_default()
                .to_owned(),
        }
    });
    view! {
        <div class="room-list__foot">
            {move || {
                id.get()
                    .map(|id| {
                        view! {
                            <button
                                type="button"
                                class="room-list__me"
                                aria-label=move || words::your_profile_and(&name.get(), &status.get())
                                on:click=move |event| profile(id, &event)
                            >
                                <PersonAvatar id size=AvatarSize::M badge=true />
                                <span class="room-list__me-text">
                                    <span class="room-list__me-name"><bdi>{name}</bdi></span>
                                    " "
                                    <span class="room-list__me-status" dir="auto">
                                        {status}
                                    </span>
                                </span>
                            </button>
                        }
                    })
            }}
            <IconButton
                glyph=Glyph::SlidersHorizontal
                label=words::SETTINGS
                keys="mod+,"
                on:click=move |_| go.to(&settings_path("profile"))
            />
        </div>
    }
}

/// One's picture, for a phone.
#[component]
pub(super) fn MeTop() -> impl IntoView {
    let store = use_store();
    let me = store.select(Slice::Session, |model| {
        model
            .me()
            .map(|me| (me.user.id, me.user.display_name.clone()))
    });
    move || {
        me.get().map(|(id, name)| {
            view! {
                <button
                    type="button"
                    class="room-list__me-top"
                    aria-label=words::your_profile(&name)
                    on:click=move |event| profile(id, &event)
                >
                    <PersonAvatar id size=AvatarSize::M badge=true />
                </button>
            }
        })
    }
}
