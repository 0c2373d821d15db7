//! What surrounds the forms of coming in: the place's name, the foot, and on wide screens the marigold side.

use crate::server::use_server;
use crate::ui::{Avatar, AvatarSize, Mark};
use crate::view::prelude::*;
use crate::words;
use shared::UserId;

/// A page of coming in; children are the form.
#[component]
pub(crate) fn EntryFrame(children: Children) -> impl IntoView {
    let place = use_server().name();
    view! {
        <div class="entry">
            <div class="entry__side">
                <header class="entry__head">
                    <Mark />
                    <span class="entry__place" dir="auto">
                        {place}
                    </span>
                </header>
                <main class="entry__main">{children()}</main>
                <footer class="entry__foot">{move || place.with(|place| words::runs_on(place))}</footer>
            </div>
            <Brand />
        </div>
    }
}

/// The mark, large and cut off, behind what stands on marigold.
#[component]
pub(crate) fn BrandShape() -> impl IntoView {
    view! {
        <svg class="brand-shape" viewBox="0 0 30 30" aria-hidden="true" focusable="false">
            <path
                class="brand-shape__bubble"
                d="M15 2.6A12.4 12.4 0 0 1 25.329 8.138A6.9 6.9 0 1 0 25.329 21.862A12.4 12.4 0 0 1 15 27.4H6.2A3.6 3.6 0 0 1 2.6 23.8V15A12.4 12.4 0 0 1 15 2.6Z"
            ></path>
            <circle class="brand-shape__dot" cx="24.6" cy="15" r="4.6"></circle>
        </svg>
    }
}

/// A sample of a conversation: decoration, so it is not read out.
#[component]
fn Brand() -> impl IntoView {
    let said = words::SAMPLE_CHAT
        .into_iter()
        .zip([2, 5, 3, 6])
        .enumerate()
        .map(|(at, ((name, text), id))| {
            view! {
                <div class="brand__said" class:brand__said--own=at == 2>
                    <Avatar id=UserId(id) name size=AvatarSize::L />
                    <p class="brand__bubble">{text}</p>
                </div>
            }
        })
        .collect_view();
    view! {
        <div class="brand" aria-hidden="true">
            <BrandShape />
            <div class="brand__chat">{said}</div>
        </div>
    }
}
