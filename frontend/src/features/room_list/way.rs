//! From the address to the room on screen, and from room to room by key.

use super::{Over, Screen};
use crate::view::prelude::*;
use crate::{
    dom::{
        focus,
        shortcuts::{self, Action as Key},
        storage, timers,
    },
    features::switcher::visited,
    place::{Address, Place, room_path, use_address, use_go, use_place},
    store::{Store, use_store},
    ui::use_toasts,
    words_chat::list as words,
};
use leptos::task::spawn_local;
use model::{Action, Attention, Model, Slice};
use shared::RoomId;

const LAST_KEY: &str = "confab.last-room";

/// What stands in the main area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nothing is chosen.
    Nothing,
    /// Not known yet.
    Wait,
    /// This room.
    Room(RoomId),
    /// No such room, or not for these eyes.
    NotHere,
}

/// Follows the address: opens rooms, makes conversations, and says what stands in the main area.
pub(crate) fn follow_place(screen: Screen) -> Memo<Stage> {
    let (store, place, go) = (use_store(), use_place(), use_go());
    let address = use_address();
    let lost = RwSignal::new(None::<Place>);
    Effect::new(move |_| {
        let place = place.get();
        lost.set(None);
        match place {
            Place::Room(room) => enter(store, screen, room),
            Place::Message(room, seq) => {
                enter(store, screen, room);
                store.act(Action::JumpToSeq { room, seq });
            }
            Place::Direct(user) => match store.read(|model| model.direct_with(user)) {
                Some(room) => go.instead(&room_path(room)),
                None => spawn_local(async move {
                    match store.direct(vec![user]).await {
                        Ok(room) => go.instead(&room_path(room.id)),
                        Err(_) => {
                            lost.try_set(Some(place));
                        }
                    }
                }),
            },
            Place::Home | Place::Unknown => {
                screen.room.set(None);
                store.act(Action::Close);
            }
        }
    });
    // Where there is room for a room beside the list, there is one: the last, else the first.
    let first = store.select(Slice::Rooms, |model| {
        let sections = model.sections();
        let last = storage::get(LAST_KEY)
            .and_then(|id| id.parse().ok())
            .map(RoomId);
        let all = || {
            sections
                .pinned
                .iter()
                .chain(&sections.rooms)
                .chain(&sections.people)
                .copied()
        };
        last.filter(|last| all().any(|room| room == *last))
            .or_else(|| all().next())
    });
    Effect::new(move |_| {
        // Not while something else, such as the settings, lies over the list.
        if address.get() == Address::Place(Place::Home)
            && !screen.narrow.get()
            && let Some(room) = first.get()
        {
            go.instead(&room_path(room));
        }
    });
    let known = store.select(Slice::Rooms, Model::rooms_known);
    Memo::new(move |_| {
        let here = place.get();
        if lost.get() == Some(here) {
            return Stage::NotHere;
        }
        match here {
            Place::Room(room) | Place::Message(room, _) => {
                if store.get(Slice::Room(room), |model| model.room(room).is_some()) {
                    Stage::Room(room)
                } else if known.get() {
                    Stage::NotHere
                } else {
                    Stage::Wait
                }
            }
            Place::Direct(_) => Stage::Wait,
            Place::Home => Stage::Nothing,
            Place::Unknown => Stage::NotHere,
        }
    })
}

fn enter(store: Store, screen: Screen, room: RoomId) {
    screen.room.set(Some(room));
    store.act(Action::Open(room));
    visited(room);
    spawn_local(async move {
        timers::sleep(timers::BEHIND_MS).await;
        // On the way out nothing is kept any more (S-SES-8).
        let signed_in = store.read(|model| model.me().is_some());
        if signed_in && screen.room.try_get_untracked().flatten() == Some(room) {
            storage::set(LAST_KEY, &room.0.to_string());
        }
    });
}

/// Puts the focus where one goes on after a change of room: into the composer, on a phone on the room's name.
pub(crate) fn focus_room(screen: Screen) {
    request_animation_frame(move || {
        let busy = screen.over.try_get_untracked().flatten().is_some()
            || document()
                .query_selector("dialog[open]")
                .ok()
                .flatten()
                .is_some();
        if busy {
            return;
        }
        if screen.narrow.try_get_untracked().unwrap_or_default() || !focus::focus_id("composer") {
            focus::focus_id("room-title");
        }
    });
}

/// All rooms in the order of the list.
fn in_order(store: Store) -> Vec<RoomId> {
    let sections = store.read(Model::sections);
    sections
        .pinned
        .into_iter()
        .chain(sections.rooms)
        .chain(sections.people)
        .collect()
}

/// Carries out the keys that lead elsewhere.
pub(crate) fn answer_keys(screen: Screen) {
    let (store, go, toasts) = (use_store(), use_go(), use_toasts());
    let step = move |down: bool, unread: bool| {
        let rooms = in_order(store);
        let wanted = |room: &RoomId| {
            !unread || store.read(|model| model.room_attention(*room) != Attention::Quiet)
        };
        let here = screen.room.get_untracked();
        let at = here.and_then(|here| rooms.iter().position(|room| *room == here));
        let next = match (at, down) {
            (Some(at), true) => rooms[at + 1..]
                .iter()
                .chain(&rooms[..at])
                .copied()
                .find(wanted),
            (Some(at), false) => rooms[..at]
                .iter()
                .rev()
                .chain(rooms[at + 1..].iter().rev())
                .copied()
                .find(wanted),
            (None, true) => rooms.iter().copied().find(wanted),
            (None, false) => rooms.iter().rev().copied().find(wanted),
        };
        if let Some(room) = next {
            go.to(&room_path(room));
        }
    };
    shortcuts::on(Key::Switcher, move || screen.show(Over::Switcher));
    shortcuts::on(Key::PreviousRoom, move || step(false, false));
    shortcuts::on(Key::NextRoom, move || step(true, false));
    shortcuts::on(Key::PreviousUnread, move || step(false, true));
    shortcuts::on(Key::NextUnread, move || step(true, true));
    shortcuts::on(Key::ToggleList, move || screen.toggle_list());
    shortcuts::on(Key::MarkAllRead, move || {
        for room in in_order(store) {
            if store.read(|model| model.room_row(room).is_some_and(|row| row.unread > 0)) {
                store.act(Action::MarkRead(room));
            }
        }
        toasts.say(words::ALL_READ);
    });
}
