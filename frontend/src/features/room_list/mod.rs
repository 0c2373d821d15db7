//! The room list: place, search box, sections of rows, oneself at the foot; on a phone filters, previews and tabs.

mod everyone;
mod foot;
mod menu;
mod phone;
mod row;
mod screen;
mod section;
mod way;

pub(crate) use menu::leave_room;
pub(crate) use row::{PictureSize, RoomPicture};
pub(crate) use screen::{Over, Screen, at_list, use_screen};
pub(crate) use way::{Stage, answer_keys, focus_room, follow_place};

use crate::view::prelude::*;
use crate::{
    dom::timers::{self, Timer},
    server::use_server,
    store::use_store,
    ui::{Button, ButtonKind, Glyph, Icon, IconButton, Kbd, Mark, SkeletonList},
    words_chat::list as words,
};
use foot::{Foot, MeTop};
use menu::{ListMenu, RoomMenu};
use model::{Action, Model, Sections, Slice};
use phone::{Filter, Filters, Recent, Tabs};
use screen::Tab;
use section::{Section, Which};
use shared::RoomId;

/// People are sorted anew when the pointer has been out of the list for so long.
const RESORT_MS: i64 = 10_000;

/// Which menu of the list is open, and where.
#[derive(Clone)]
pub(crate) enum Opened {
    Room(RoomId, crate::ui::Anchor),
    Add(crate::ui::Anchor),
}

/// The list.
#[component]
pub(crate) fn RoomList() -> impl IntoView {
    let store = use_store();
    let screen = use_screen();
    let place_name = use_server().name();
    let known = store.select(Slice::Rooms, Model::rooms_known);
    let sections = store.select(Slice::Rooms, Model::sections);
    let opened = RwSignal::new(None::<Opened>);
    let filter = RwSignal::new(Filter::All);
    let resort = StoredValue::new(None::<Timer>);
    let body = move || {
        if !known.get() {
            return view! { <SkeletonList rows=8 /> };
        }
        if screen.narrow.get() {
            return match screen.tab.get() {
                Tab::Chats => view! { <Recent sections opened filter /> },
                Tab::People => view! { <everyone::Everyone /> },
            };
        }
        view! { <Desk sections opened /> }
    };
    view! {
        <div
            class="room-list chat__side"
            // On a phone the list is a page of its own.
            role=move || if screen.narrow.get() { "main" } else { "navigation" }
            aria-label=words::REGION
            data-region="rooms"
            on:pointerleave=move |_| {
                resort.set_value(timers::after(RESORT_MS, move || store.act(Action::ResortPeople)));
            }
            on:pointerenter=move |_| resort.set_value(None)
        >
            <div class="room-list__head">
                <Mark />
                {move || {
                    let name = view! { <bdi>{place_name}</bdi> };
                    if screen.narrow.get() {
                        view! { <h1 class="room-list__place">{name}</h1> }
                    } else {
                        view! { <p class="room-list__place">{name}</p> }
                    }
                }}
                <IconButton
                    glyph=Glyph::SquarePen
                    label=words::NEW_MESSAGE
                    on:click=move |_| screen.show(Over::NewMessage)
                />
                <MeTop />
            </div>
            <button
                type="button"
                class="room-list__search"
                aria-keyshortcuts="Control+K Meta+K"
                on:click=move |_| screen.show(Over::Switcher)
            >
                <Icon glyph=Glyph::Search small=true />
                <span class="room-list__search-words">{words::SEARCH}</span>
                <span class="room-list__search-keys" aria-hidden="true">
                    <Kbd keys="mod+k" />
                </span>
            </button>
            <Filters filter />
            <div class="room-list__scroll">{body}</div>
            <Foot />
            <Tabs />
            <RoomMenu opened />
            <ListMenu opened />
        </div>
    }
}

/// The sections, where there is room for more than one pane.
#[component]
fn Desk(sections: Memo<Sections>, opened: RwSignal<Option<Opened>>) -> impl IntoView {
    let screen = use_screen();
    let pinned = Memo::new(move |_| sections.with(|all| all.pinned.clone()));
    let rooms = Memo::new(move |_| sections.with(|all| all.rooms.clone()));
    let people = Memo::new(move |_| sections.with(|all| all.people.clone()));
    let no_rooms = Memo::new(move |_| rooms.with(Vec::is_empty) && pinned.with(Vec::is_empty));
    let no_people = Memo::new(move |_| people.with(Vec::is_empty));
    view! {
        {move || {
            (!pinned.with(Vec::is_empty)).then(|| view! { <Section which=Which::Pinned rooms=pinned opened /> })
        }}
        <Section which=Which::Rooms rooms opened />
        {move || {
            no_rooms
                .get()
                .then(|| {
                    view! {
                        <div class="room-list__empty">
                            <p>{words::EMPTY}</p>
                            <Button
                                kind=ButtonKind::Outline
                                small=true
                                on:click=move |_| screen.show(Over::NewRoom)
                            >
                                {words::NEW_ROOM}
                            </Button>
                        </div>
                    }
                })
        }}
        <Section which=Which::People rooms=people opened />
        {move || {
            no_people.get().then(|| view! { <div class="room-list__empty"><p>{words::NO_PEOPLE}</p></div> })
        }}
    }
}
