//! The two ends of the timeline: the room's beginning, rows that are on their way, and what to do when they are not.

use super::scene::Scene;
use crate::view::prelude::*;
use crate::{
    features::people::PersonAvatar,
    ui::{AvatarSize, RoomTile, SkeletonRows, TileSize},
    words_chat::{list, timeline as words},
};
use model::{Action, Edge, Slice};
use shared::{UserId, rooms::RoomKind};

/// Above the first row.
#[component]
pub(crate) fn Top(scene: Scene) -> impl IntoView {
    let edge = Memo::new(move |_| scene.view.with(|view| view.before));
    let room = scene.room;
    move || match edge.get() {
        Edge::Reached => view! { <Beginning scene /> },
        Edge::More | Edge::Loading => waiting(),
        Edge::Failed => trouble(words::OLDER_FAILED, move || {
            scene.store.act(Action::LoadBefore(room))
        }),
    }
}

/// Below the last row, while that is not the newest.
#[component]
pub(crate) fn Bottom(scene: Scene) -> impl IntoView {
    let edge = Memo::new(move |_| scene.view.with(|view| view.after));
    let room = scene.room;
    move || match edge.get() {
        Edge::Failed => trouble(words::NEWER_FAILED, move || {
            scene.store.act(Action::LoadAfter(room))
        }),
        Edge::Reached | Edge::More | Edge::Loading => waiting(),
    }
}

fn waiting() -> View {
    view! {
        <div class="timeline__more">
            <SkeletonRows rows=3 />
        </div>
    }
}

fn trouble(says: &'static str, again: impl Fn() + 'static) -> View {
    view! {
        <p class="timeline__trouble" role="status">
            <span>{says}</span>
            <button type="button" class="timeline__link" on:click=move |_| again()>
                {words::TRY_AGAIN}
            </button>
        </p>
    }
}

/// The room's title card.
#[component]
pub(crate) fn Beginning(scene: Scene) -> impl IntoView {
    let room = scene.room;
    let name = scene.name();
    let facts = scene.store.select(Slice::Room(room), move |model| {
        model.room(room).map(|room| (room.kind, room.topic.clone()))
    });
    let full_name = scene
        .store
        .select(Slice::Room(room), move |model| model.room_name(room));
    let people: Memo<Vec<UserId>> = scene.store.select(Slice::Room(room), move |model| {
        model
            .room_row(room)
            .map(|row| row.people)
            .unwrap_or_default()
    });
    let empty = Memo::new(move |_| {
        scene.view.track();
        scene
            .store
            .read(|model| model.rows(room).iter().all(|row| row.system))
    });
    let direct = move || {
        facts.with(|facts| {
            facts
                .as_ref()
                .is_some_and(|facts| facts.0 == RoomKind::Direct)
        })
    };
    let picture = move || {
        if direct() {
            let person = people.with(|people| people.first().copied());
            person.map(|id| view! { <PersonAvatar id size=AvatarSize::Xl badge=true /> })
        } else {
            Some(view! { <RoomTile id=room name=full_name size=TileSize::Xl /> })
        }
    };
    let title = move || match (direct(), people.with(Vec::is_empty)) {
        (true, true) => list::JUST_YOU.to_owned(),
        (true, false) => name.get(),
        (false, _) => words::this_is(&name.get()),
    };
    let text = move || match (direct(), people.with(Vec::is_empty)) {
        (true, true) => words::START_ALONE.to_owned(),
        (true, false) => words::start_of_direct(&name.get()),
        (false, _) if empty.get() => words::NOTHING_YET.to_owned(),
        (false, _) => words::start_of_room(&name.get()),
    };
    let topic = move || {
        facts
            .with(|facts| facts.as_ref().map(|facts| facts.1.clone()))
            .filter(|topic| !topic.is_empty())
            .map(|topic| view! { <p class="timeline__start-text" dir="auto">{topic}</p> })
    };
    view! {
        <div class="timeline__start">
            {picture}
            <p class="timeline__start-title" dir="auto">{title}</p>
            {topic}
            <p class="timeline__start-text" dir="auto">{text}</p>
        </div>
    }
}
