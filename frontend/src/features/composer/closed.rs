//! What stands in the composer's place where one cannot write.

use crate::view::prelude::*;
use crate::{
    features::timeline::Scene,
    place::{room_path, use_go},
    ui::{Button, ButtonKind, use_toasts},
    words_chat::{composer as words, rooms},
};
use leptos::task::spawn_local;
use shared::rooms::PatchRoom;

#[component]
pub(super) fn Archived(scene: Scene, may_open: bool) -> impl IntoView {
    let (store, room, toasts) = (scene.store, scene.room, use_toasts());
    let open = move |_| {
        spawn_local(async move {
            let patch = PatchRoom {
                archived: Some(false),
                ..PatchRoom::default()
            };
            if store.patch_room(room, &patch).await.is_err() {
                toasts.say(rooms::TROUBLE);
            }
        });
    };
    view! {
        <div class="composer__closed">
            <p class="composer__closed-words">{words::ARCHIVED}</p>
            {may_open
                .then(|| {
                    view! {
                        <Button kind=ButtonKind::Outline small=true on:click=open>
                            {words::OPEN_AGAIN}
                        </Button>
                    }
                })}
        </div>
    }
}

#[component]
pub(super) fn Outside(scene: Scene) -> impl IntoView {
    let (store, room, go, toasts) = (scene.store, scene.room, use_go(), use_toasts());
    let join = move |_| {
        spawn_local(async move {
            match store.join(room).await {
                Ok(room) => go.instead(&room_path(room.id)),
                Err(_) => toasts.say(rooms::TROUBLE),
            }
        });
    };
    view! {
        <div class="composer__closed">
            <p class="composer__closed-words">{words::NOT_A_MEMBER}</p>
            <Button small=true on:click=join>
                {words::JOIN}
            </Button>
        </div>
    }
}
