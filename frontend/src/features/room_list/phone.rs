//! The list on a phone: everything by recency with previews, filters above, tabs below.

use super::{Opened, row::Row, screen::Tab, use_screen};
use crate::view::prelude::*;
use crate::{
    place::settings_path,
    store::use_store,
    ui::{Glyph, Icon, Pill},
    words_chat::list as words,
};
use model::{Attention, Model, Sections, Slice};
use shared::{RoomId, rooms::RoomKind};

/// What the list is narrowed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Filter {
    #[default]
    All,
    Unread,
    Rooms,
    People,
}

/// The chips.
#[component]
pub(super) fn Filters(filter: RwSignal<Filter>) -> impl IntoView {
    let (store, screen) = (use_store(), use_screen());
    let for_you = store.select(Slice::Attention, Model::attention);
    let chip = move |value: Filter, label: &'static str| {
        view! {
            <button
                type="button"
                class="room-list__filter"
                aria-pressed=move || (filter.get() == value).to_string()
                on:click=move |_| filter.set(value)
            >
                {label}
                {(value == Filter::Unread).then(|| view! { <Pill count=for_you /> })}
            </button>
        }
    };
    move || {
        (screen.narrow.get() && screen.tab.get() == Tab::Chats).then(|| {
            view! {
                <div class="room-list__filters" role="group" aria-label=words::FILTER>
                    {chip(Filter::All, words::ALL)}
                    {chip(Filter::Unread, words::UNREAD)}
                    {chip(Filter::Rooms, words::ROOMS)}
                    {chip(Filter::People, words::PEOPLE)}
                </div>
            }
        })
    }
}

/// All rooms, the latest first.
#[component]
pub(super) fn Recent(
    sections: Memo<Sections>,
    opened: RwSignal<Option<Opened>>,
    filter: RwSignal<Filter>,
) -> impl IntoView {
    let store = use_store();
    let rooms = Memo::new(move |_| {
        let all = sections.get();
        let filter = filter.get();
        let ids = all.pinned.into_iter().chain(all.rooms).chain(all.people);
        let mut rooms: Vec<(i64, RoomId)> = ids
            .filter_map(|id| {
                store.get(Slice::Room(id), |model| {
                    let room = model.room(id)?;
                    let direct = room.kind == RoomKind::Direct;
                    let fits = match filter {
                        Filter::All => true,
                        Filter::Unread => model.room_attention(id) != Attention::Quiet,
                        Filter::Rooms => !direct,
                        Filter::People => direct,
                    };
                    let last = room.last_message.as_ref();
                    fits.then(|| (last.map_or(0, |last| last.created_at.0), id))
                })
            })
            .collect();
        rooms.sort_by_key(|(at, id)| (std::cmp::Reverse(*at), *id));
        rooms.into_iter().map(|(_, id)| id).collect::<Vec<_>>()
    });
    let empty = Memo::new(move |_| rooms.with(Vec::is_empty));
    view! {
        <ul class="room-list__rows" role="list" aria-label=words::CHATS>
            <For each=move || rooms.get() key=|room| *room let:room>
                <Row room opened stop=Signal::stored(true) />
            </For>
        </ul>
        {move || {
            empty
                .get()
                .then(|| {
                    let says = match filter.get() {
                        Filter::Unread => words::NOTHING_UNREAD,
                        Filter::People => words::NO_PEOPLE,
                        Filter::All | Filter::Rooms => words::EMPTY,
                    };
                    view! { <div class="room-list__empty"><p>{says}</p></div> }
                })
        }}
    }
}

/// The tabs at the bottom.
#[component]
pub(super) fn Tabs() -> impl IntoView {
    let screen = use_screen();
    let tab = move |value: Tab, glyph: Glyph, label: &'static str| {
        view! {
            <button
                type="button"
                class="room-list__tab"
                aria-current=move || (screen.tab.get() == value).then_some("page")
                on:click=move |_| screen.tab.set(value)
            >
                <Icon glyph />
                {label}
            </button>
        }
    };
    move || {
        screen.narrow.get().then(|| {
            view! {
                <div class="room-list__tabs" role="group" aria-label=words::TABS>
                    {tab(Tab::Chats, Glyph::MessageCircle, words::CHATS)}
                    {tab(Tab::People, Glyph::Users, words::PEOPLE)}
                    <a class="room-list__tab" href=settings_path("profile")>
                        <Icon glyph=Glyph::SlidersHorizontal />
                        {words::SETTINGS}
                    </a>
                </div>
            }
        })
    }
}
