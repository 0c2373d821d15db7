//! One section of the list: a heading that folds it, a button that adds to it, its rows.

use super::{Opened, Over, row::Row, use_screen};
use crate::view::{ev, prelude::*};
use crate::{
    dom::{focus, storage},
    store::use_store,
    ui::{Anchor, Glyph, Icon, IconButton},
    words_chat::list as words,
};
use model::{Attention, Slice};
use shared::RoomId;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// The sections there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Pinned,
    Rooms,
    People,
}

impl Which {
    const fn title(self) -> &'static str {
        match self {
            Self::Pinned => words::PINNED,
            Self::Rooms => words::ROOMS,
            Self::People => words::PEOPLE,
        }
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Pinned => "confab.device.fold.pinned",
            Self::Rooms => "confab.device.fold.rooms",
            Self::People => "confab.device.fold.people",
        }
    }
}

#[component]
pub(super) fn Section(
    which: Which,
    rooms: Memo<Vec<RoomId>>,
    opened: RwSignal<Option<Opened>>,
) -> impl IntoView {
    let (store, screen) = (use_store(), use_screen());
    let folded = RwSignal::new(storage::get(which.key()).is_some());
    let title_id = StoredValue::new(crate::ui::unique_id("section"));
    // Folded, what is for you and where you are stays in sight.
    let shown = Memo::new(move |_| {
        let rooms = rooms.get();
        if !folded.get() {
            return rooms;
        }
        let here = screen.room.get();
        let for_you = |room: &RoomId| {
            let attention = store.get(Slice::Room(*room), |model| model.room_attention(*room));
            Some(*room) == here || matches!(attention, Attention::ForYou(_))
        };
        rooms.into_iter().filter(for_you).collect()
    });
    let stop = Memo::new(move |_| {
        shown.with(|shown| {
            let here = screen.room.get().filter(|here| shown.contains(here));
            here.or_else(|| shown.first().copied())
        })
    });
    let stops = Picked::new(move || stop.get().map(|room| room.0.unsigned_abs()));
    let fold = move |_| {
        folded.update(|folded| *folded = !*folded);
        if folded.get_untracked() {
            storage::set(which.key(), "1");
        } else {
            storage::remove(which.key());
        }
    };
    let add = move |event: ev::MouseEvent| match which {
        Which::People => screen.show(Over::NewMessage),
        Which::Pinned | Which::Rooms => {
            if let Some(button) = event
                .current_target()
                .and_then(|it| it.dyn_into::<Element>().ok())
            {
                opened.set(Some(Opened::Add(Anchor::Element(button))));
            }
        }
    };
    let add_label = if which == Which::People {
        words::NEW_MESSAGE
    } else {
        words::ADD_ROOM
    };
    let on_key = move |event: ev::KeyboardEvent| {
        let plain = !event.alt_key() && !event.ctrl_key() && !event.meta_key();
        let list = event
            .current_target()
            .and_then(|it| it.dyn_into::<Element>().ok());
        if let Some(list) = list
            && plain
            && event.key() != "Enter"
            && focus::rove(&list, ".room-list__row", &event.key())
        {
            event.prevent_default();
        }
    };
    view! {
        <section class="room-list__section" aria-labelledby=title_id.get_value()>
            <div class="room-list__section-head">
                <div class="room-list__section-title">
                    <button
                        type="button"
                        id=title_id.get_value()
                        class="room-list__fold"
                        aria-expanded=move || (!folded.get()).to_string()
                        on:click=fold
                    >
                        {which.title()}
                        <span class="room-list__fold-icon">
                            <Icon glyph=Glyph::ChevronDown small=true />
                        </span>
                    </button>
                </div>
                {(which != Which::Pinned)
                    .then(|| view! { <IconButton glyph=Glyph::Plus label=add_label on:click=add /> })}
            </div>
            <ul class="room-list__rows" role="list" aria-label=which.title() on:keydown=on_key>
                <For each=move || shown.get() key=|room| *room let:room>
                    <Row room opened stop=Signal::derive(move || stops.is(room.0.unsigned_abs())) />
                </For>
            </ul>
        </section>
    }
}
