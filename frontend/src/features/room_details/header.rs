//! The head of a room: its picture, name and topic, and what opens beside it.

use crate::view::{ev, prelude::*};
use crate::{
    features::{
        people::presence_of,
        profile::open_profile,
        room_list::{Over, PictureSize, RoomPicture, use_screen},
    },
    place::use_go,
    store::use_store,
    ui::{Glyph, Icon, IconButton, RoomTile, TileSize, presence_word, room_label},
    words_chat::{list, people as words},
};
use model::{Action, Slice};
use shared::{RoomId, UserId, presence::Presence, rooms::RoomKind};
use wasm_bindgen::JsCast;

/// What the head shows of a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Facts {
    name: String,
    topic: String,
    direct: bool,
    people: Vec<UserId>,
    count: i64,
    member: bool,
}

#[component]
pub(crate) fn RoomHeader(room: RoomId) -> impl IntoView {
    let (store, screen, go) = (use_store(), use_screen(), use_go());
    let facts = store.select(Slice::Room(room), move |model| {
        let facts = model.room(room)?;
        Some(Facts {
            name: model.room_name(room),
            topic: facts.topic.clone(),
            direct: facts.kind == RoomKind::Direct,
            people: model
                .room_row(room)
                .map(|row| row.people)
                .unwrap_or_default(),
            count: facts.member_count,
            member: facts.my.is_some(),
        })
    });
    let get = move |f: fn(&Facts) -> String| {
        Memo::new(move |_| facts.with(|it| it.as_ref().map(f).unwrap_or_default()))
    };
    let full_name = get(|it| it.name.clone());
    let name = get(|it| {
        if it.direct && it.people.is_empty() {
            list::JUST_YOU.into()
        } else {
            room_label(&it.name)
        }
    });
    let topic = get(|it| it.topic.clone());
    let direct = Memo::new(move |_| facts.with(|it| it.as_ref().map(|it| it.direct)));
    let member = Memo::new(move |_| facts.with(|it| it.as_ref().is_some_and(|it| it.member)));
    let count = Memo::new(move |_| facts.with(|it| it.as_ref().map_or(0, |it| it.count)));
    let partner = Memo::new(move |_| {
        facts.with(|it| match it.as_ref() {
            Some(Facts {
                direct: true,
                people,
                ..
            }) if people.len() == 1 => people.first().copied(),
            _ => None,
        })
    });
    let here = Memo::new(move |_| {
        let members = store.get(Slice::Members(room), |model| model.members(room))?;
        let online = members.iter().filter(|member| {
            store.get(Slice::Presence(member.user), |model| {
                model.presence(member.user)
            }) == Some(Presence::Online)
        });
        i64::try_from(online.count()).ok()
    });
    Effect::new(move |_| {
        if screen.narrow.get() && partner.get().is_none() {
            store.act(Action::NeedMembers(room));
        }
    });
    let sub = move || match partner.get() {
        Some(user) => presence_of(user)
            .get()
            .map(presence_word)
            .unwrap_or_default()
            .to_owned(),
        None => match here.get() {
            Some(here) => list::people_here(count.get(), here),
            None => list::people(count.get()),
        },
    };
    let picture = move || match direct.get() {
        Some(true) => view! { <RoomPicture room size=PictureSize::Medium /> },
        Some(false) => view! { <RoomTile id=room name=full_name size=TileSize::M /> },
        None => View::nothing(),
    };
    let people = move |event: ev::MouseEvent| match partner.get_untracked() {
        Some(user) => {
            if let Some(anchor) = event
                .current_target()
                .and_then(|it| it.dyn_into::<web_sys::Element>().ok())
            {
                open_profile(user, anchor);
            }
        }
        None => screen.people.update(|open| *open = !*open),
    };
    let people_button = move || match partner.get() {
        Some(_) => view! {
            <IconButton glyph=Glyph::User label=words::PROFILE on:click=people />
        },
        None => view! {
            <button
                type="button"
                class="room-header__people"
                aria-expanded=move || screen.people.get().to_string()
                aria-label=move || words::toggle(count.get())
                data-tip=words::TITLE
                on:click=people
            >
                <Icon glyph=Glyph::Users />
                <span class="room-header__people-count">{count}</span>
            </button>
        },
    };
    view! {
        <header class="room-header">
            <span class="room-header__back">
                <IconButton glyph=Glyph::ChevronLeft label=words::BACK on:click=move |_| go.to("/") />
            </span>
            <span class="room-header__list">
                <IconButton
                    glyph=Glyph::PanelLeft
                    label=Signal::derive(move || {
                        if screen.no_list.get() { list::SHOW } else { list::HIDE }.to_owned()
                    })
                    keys="mod+."
                    on:click=move |_| screen.toggle_list()
                />
            </span>
            <div class="room-header__who">
                <span class="room-header__picture">{picture}</span>
                <h1 id="room-title" class="room-header__title" tabindex="-1">
                    <bdi>{name}</bdi>
                </h1>
                {move || {
                    (!topic.get().is_empty())
                        .then(|| {
                            view! {
                                <p class="room-header__topic" dir="auto" title=topic>
                                    {topic}
                                </p>
                            }
                        })
                }}
                <p class="room-header__sub">{sub}</p>
            </div>
            <div class="room-header__tools">
                {move || {
                    member
                        .get()
                        .then(|| {
                            view! {
                                {people_button}
                                <IconButton
                                    glyph=Glyph::Ellipsis
                                    label=words::DETAILS
                                    on:click=move |_| screen.show(Over::Details(room))
                                />
                            }
                        })
                }}
            </div>
        </header>
    }
}
