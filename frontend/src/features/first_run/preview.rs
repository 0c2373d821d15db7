//! How the room list will look: decoration that follows what is typed.

use super::shape::Shape;
use crate::features::entry::Account;
use crate::ui::{Avatar, Mark, RoomTile, room_label};
use crate::view::prelude::*;
use crate::words;
use shared::{RoomId, UserId, presence::Presence};

/// The room list of the place to be.
#[component]
pub(crate) fn Preview(shape: Shape, account: Account) -> impl IntoView {
    let place = move || {
        let name = shape.name.get();
        if name.trim().is_empty() {
            words::PLACE_FALLBACK.to_owned()
        } else {
            name
        }
    };
    let person = Signal::derive(move || {
        let name = account.display_name.get();
        if name.trim().is_empty() {
            account.username.get()
        } else {
            name
        }
    });
    let rooms = move || {
        let made = shape.made.get().into_iter().zip(2..);
        let wanted = shape.rooms.get().into_iter().zip(20..);
        made.chain(wanted)
            .map(|(name, at)| view! { <PreviewRoom name at /> })
            .collect_view()
    };
    view! {
        <div class="preview" aria-hidden="true">
            <div class="preview__head">
                <Mark />
                <span class="truncate">{place}</span>
            </div>
            <p class="preview__label">{words::ROOMS}</p>
            <div class="preview__row preview__row--current">
                <RoomTile id=RoomId(1) name=words::GENERAL />
                {words::GENERAL}
            </div>
            {rooms}
            <p class="preview__label">{words::PEOPLE}</p>
            <div class="preview__row">
                <Avatar
                    id=UserId(1)
                    name=person
                    size=crate::ui::AvatarSize::S
                    presence=Signal::stored(Some(Presence::Online))
                />
                <span class="truncate">{person}</span>
                <span class="spacer"></span>
                <span class="preview__you">{words::YOU}</span>
            </div>
        </div>
    }
}

#[component]
fn PreviewRoom(name: String, at: i64) -> impl IntoView {
    let label = room_label(&name);
    view! {
        <div class="preview__row">
            <RoomTile id=RoomId(at) name />
            <span class="truncate">{label}</span>
        </div>
    }
}
