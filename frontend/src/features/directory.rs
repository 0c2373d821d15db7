//! The directory: public rooms by name, to look through and join.

use crate::view::{html, prelude::*};
use crate::{
    dom::{
        scroll,
        timers::{self, Timer},
    },
    failure,
    place::{room_path, use_go},
    store::use_store,
    ui::{
        Button, ButtonKind, Dialog, DialogHead, RoomTile, SkeletonList, TileSize, room_label,
        use_toasts,
    },
    words_chat::{list, rooms as words},
};
use leptos::task::spawn_local;
use model::Slice;
use shared::rooms::Room;

/// The server is asked after so long without a key press.
const ASK_MS: i64 = 200;
/// The next page is asked for so far before the end of the list.
const NEAR_END_PX: f64 = 300.0;

/// The dialog.
#[component]
pub(crate) fn Directory(
    #[prop(into)] on_close: Callback<()>,
    /// "New room" was pressed.
    #[prop(into)]
    on_new: Callback<()>,
) -> impl IntoView {
    let store = use_store();
    let query = RwSignal::new(String::new());
    let found = RwSignal::new(None::<Vec<Room>>);
    let cursor = RwSignal::new(None::<String>);
    let (trouble, busy) = (RwSignal::new(false), RwSignal::new(false));
    let timer = StoredValue::new(None::<Timer>);
    let list = NodeRef::<html::Ul>::new();

    let ask = move |from: Option<String>| {
        busy.set(true);
        trouble.set(false);
        let words = query.get_untracked();
        spawn_local(async move {
            let page = store.directory(words.trim(), from.as_deref()).await;
            if query.try_get_untracked().is_none_or(|now| now != words) {
                return;
            }
            busy.set(false);
            match page {
                Ok(page) => {
                    cursor.set(page.next_cursor);
                    found.update(|found| match (found, from) {
                        (Some(found), Some(_)) => found.extend(page.rooms),
                        (found, _) => *found = Some(page.rooms),
                    });
                }
                Err(_) => trouble.set(true),
            }
        });
    };
    ask(None);
    let on_input = move |event| {
        query.set(event_target_value(&event));
        timer.set_value(timers::after(ASK_MS, move || ask(None)));
    };
    let on_scroll = move |_| {
        let near = list
            .get_untracked()
            .is_some_and(|list| scroll::below(&list) < NEAR_END_PX);
        if near && !busy.get_untracked() && cursor.with_untracked(Option::is_some) {
            ask(cursor.get_untracked());
        }
    };
    let body = move || {
        if trouble.get() {
            return view! {
                <div class="directory__none" role="alert">
                    <p>{words::TROUBLE}</p>
                    <Button kind=ButtonKind::Outline small=true on:click=move |_| ask(None)>
                        {words::TRY_AGAIN}
                    </Button>
                </div>
            };
        }
        match found.with(|found| found.as_ref().map(Vec::len)) {
            None => view! { <SkeletonList rows=6 /> },
            Some(0) => {
                let says = query.with(|query| match query.trim() {
                    "" => words::NO_ROOMS.to_owned(),
                    query => words::none_match(query),
                });
                view! { <p class="directory__none">{says}</p> }
            }
            Some(_) => view! {
                <ul node_ref=list class="directory__list" role="list" aria-label=words::BROWSE on:scroll=on_scroll>
                    <For
                        each=move || found.get().unwrap_or_default()
                        key=|room| room.id
                        let:room
                    >
                        <Entry room on_close />
                    </For>
                </ul>
            },
        }
    };
    view! {
        <Dialog label=words::BROWSE on_close class="directory">
            <DialogHead title=words::BROWSE on_close />
            <div class="dialog__body">
                <input
                    class="directory__field"
                    type="search"
                    aria-label=words::SEARCH
                    placeholder=words::SEARCH
                    autocomplete="off"
                    autofocus
                    on:input=on_input
                />
                {body}
            </div>
            <div class="dialog__foot">
                <Button kind=ButtonKind::Outline on:click=move |_| on_new.run(())>
                    {words::NEW_ROOM}
                </Button>
            </div>
        </Dialog>
    }
}

#[component]
fn Entry(room: Room, on_close: Callback<()>) -> impl IntoView {
    let (store, go, toasts) = (use_store(), use_go(), use_toasts());
    let (id, full_name) = (room.id, room.name.clone());
    let name = room_label(&full_name);
    let inside = store.select(Slice::Room(id), move |model| {
        model.room(id).is_some_and(|room| room.my.is_some())
    });
    let busy = RwSignal::new(false);
    let about = match room.topic.as_str() {
        "" => list::people(room.member_count),
        topic => words::about(&list::people(room.member_count), topic),
    };
    let open = move || {
        on_close.try_run(());
        go.to(&room_path(id));
    };
    let join = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match store.join(id).await {
                Ok(_) => open(),
                Err(failure) => toasts.say(failure::in_words(&failure)),
            }
            busy.try_set(false);
        });
    };
    let label = words::join(&name);
    view! {
        <li class="directory__row">
            <RoomTile id name=full_name size=TileSize::L />
            <span class="directory__text">
                <span class="directory__name"><bdi>{name}</bdi></span>
                <span class="directory__about" dir="auto">
                    {about}
                </span>
            </span>
            {move || {
                if inside.get() {
                    view! {
                        <Button kind=ButtonKind::Quiet small=true on:click=move |_| open()>
                            {words::OPEN}
                        </Button>
                    }

                } else {
                    view! {
                        <Button
                            kind=ButtonKind::Outline
                            small=true
                            busy
                            attr:aria-label=label.clone()
                            on:click=move |_| join()
                        >
                            {words::JOIN}
                        </Button>
                    }

                }
            }}
        </li>
    }
}
