//! The signed-in main area: room list, room, side panel, and the one dialog that may lie over them.

use crate::view::{ev, prelude::*};
use crate::{
    dom::{focus, measure},
    features::{
        announcer::Announcer,
        connection::Connection,
        directory::Directory,
        new_message::NewMessage,
        new_room::NewRoom,
        people::PeoplePanel,
        room_details::RoomDetails,
        room_list::{Over, RoomList, Screen, Stage, answer_keys, at_list, follow_place},
        switcher::Switcher,
        timeline::Room,
    },
    pages::not_found::NotHere,
    ui::{Empty, SkeletonRows},
    words_chat::{page as words, people},
};

#[component]
pub(crate) fn Chat() -> impl IntoView {
    let screen = Screen::provide();
    let stage = follow_place(screen);
    answer_keys(screen);
    measure::follow_keyboard();
    let at_list = at_list();
    let panel = Memo::new(move |_| match stage.get() {
        Stage::Room(room) if screen.people.get() => Some(room),
        _ => None,
    });
    let close = Callback::new(move |()| screen.people.set(false));
    view! {
        <div
            class="chat"
            class:chat--panel=move || panel.get().is_some()
            class:chat--no-side=move || screen.no_list.get() && !screen.narrow.get()
            class:chat--at-list=at_list
            class:chat--at-room=move || !at_list.get()
        >
            <SkipLinks />
            <RoomList />
            <main class="chat__main" data-region="main">
                {move || stage_view(stage.get())}
            </main>
            {move || {
                panel
                    .get()
                    .map(|room| {
                        view! {
                            <button
                                type="button"
                                class="chat__scrim"
                                tabindex="-1"
                                aria-label=words::CLOSE_PANEL
                                on:click=move |_| close.run(())
                            ></button>
                            <aside class="chat__panel" aria-label=people::TITLE data-region="side">
                                <PeoplePanel room on_close=close />
                            </aside>
                        }
                    })
            }}
            <Announcer />
        </div>
        {move || screen.over.get().map(|over| dialog(screen, over))}
    }
}

fn stage_view(stage: Stage) -> View {
    match stage {
        Stage::Room(room) => view! { <Room room /> },
        Stage::Nothing => view! {
            <Connection />
            <Empty title=words::NOTHING_CHOSEN text=words::NOTHING_CHOSEN_TEXT />
        },
        Stage::NotHere => view! {
            <Connection />
            <NotHere />
        },
        Stage::Wait => view! { <div class="chat__wait"><SkeletonRows rows=6 /></div> },
    }
}

fn dialog(screen: Screen, over: Over) -> View {
    let on_close = screen.closer();
    match over {
        Over::Switcher => view! { <Switcher on_close /> },
        Over::Directory => {
            let on_new = Callback::new(move |()| screen.show(Over::NewRoom));
            view! { <Directory on_close on_new /> }
        }
        Over::NewRoom => view! { <NewRoom on_close /> },
        Over::NewMessage => view! { <NewMessage on_close /> },
        Over::Details(room) => view! { <RoomDetails room on_close /> },
    }
}

#[component]
fn SkipLinks() -> impl IntoView {
    let to_messages = |event: ev::MouseEvent| {
        event.prevent_default();
        if let Some(messages) = document().get_element_by_id("messages") {
            focus::focus_first(&messages, "[data-row][tabindex='0']");
        }
    };
    let to_composer = |event: ev::MouseEvent| {
        event.prevent_default();
        focus::focus_id("composer");
    };
    view! {
        <nav class="chat__skip" aria-label=words::SKIP>
            <a class="chat__skip-link" href="#messages" on:click=to_messages>
                {words::SKIP_MESSAGES}
            </a>
            <a class="chat__skip-link" href="#composer" on:click=to_composer>
                {words::SKIP_COMPOSER}
            </a>
        </nav>
    }
}
