//! One room on screen: head, banner, messages, composer. Made anew for every room.

use super::{Scene, Timeline};
use crate::view::prelude::*;
use crate::{
    dom::shortcuts::{self, Action as Key},
    features::{
        composer::Composer,
        connection::Connection,
        room_details::RoomHeader,
        room_list::{focus_room, use_screen},
    },
};
use model::Action;
use shared::RoomId;

/// The room.
#[component]
pub(crate) fn Room(room: RoomId) -> impl IntoView {
    let screen = use_screen();
    let scene = Scene::new(room);
    // Esc closes what is on top or has the focus; then there is the New line, and the way down.
    shortcuts::on(Key::Close, move || {
        let in_panel = document()
            .active_element()
            .is_some_and(|element| element.closest("aside").ok().flatten().is_some());
        if screen.people.get_untracked() && (in_panel || !screen.wide.get_untracked()) {
            screen.people.set(false);
            return scene.to_composer();
        }
        scene.store.act(Action::ClearNewLine(room));
        scene.to_latest();
        if !screen.narrow.get_untracked() {
            scene.to_composer();
        }
    });
    Effect::new(move |_| {
        let Some((message, body)) = screen.refused.get() else {
            return;
        };
        if let Some(key) = scene.store.read(|model| model.key_of(room, message)) {
            screen.refused.set(None);
            scene.edit(key, body);
        }
    });
    focus_room(screen);
    view! {
        <RoomHeader room />
        <Connection />
        <Timeline scene />
        <Composer scene />
    }
}
