//! What a room is and who is in it: its head above the timeline, and the dialog where those who may change it.

mod about;
mod header;
mod people;

pub(crate) use header::RoomHeader;

use crate::view::prelude::*;
use crate::{
    features::room_list::leave_room,
    place::use_go,
    store::use_store,
    ui::{
        Button, ButtonKind, Dialog, DialogHead, Glyph, Question, room_label, use_confirm,
        use_toasts,
    },
    words_chat::{details as words, list},
};
use about::About;
use leptos::task::spawn_local;
use model::{Action, Slice};
use people::People;
use shared::{
    RoomId,
    members::MemberRole,
    rooms::{PatchRoom, RoomKind},
};

/// What one may do in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    kind: RoomKind,
    role: MemberRole,
    archived: bool,
}

/// The dialog.
#[component]
pub(crate) fn RoomDetails(room: RoomId, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let store = use_store();
    store.act(Action::NeedMembers(room));
    let standing = store.select(Slice::Room(room), move |model| {
        let facts = model.room(room)?;
        let my = facts.my.as_ref()?;
        Some(Standing {
            kind: facts.kind,
            role: my.role,
            archived: facts.archived_at.is_some(),
        })
    });
    let name = store.select(Slice::Room(room), move |model| {
        room_label(&model.room_name(room))
    });
    // Whoever is no longer in the room has nothing to see here.
    Effect::new(move |_| {
        if standing.with(Option::is_none) {
            on_close.run(());
        }
    });
    view! {
        <Dialog label=words::TITLE on_close class="room-details">
            <DialogHead title=name on_close />
            <div class="dialog__body">
                {move || {
                    standing
                        .get()
                        .map(|standing| {
                            view! {
                                <div class="room-details__parts">
                                    <About room standing />
                                    <People room standing />
                                    {(standing.kind != RoomKind::Direct)
                                        .then(|| view! { <Edge room standing on_close /> })}
                                </div>
                            }
                        })
                }}
            </div>
        </Dialog>
    }
}

/// What cannot be done lightly.
#[component]
fn Edge(room: RoomId, standing: Standing, on_close: Callback<()>) -> impl IntoView {
    let (store, toasts, confirm, go) = (use_store(), use_toasts(), use_confirm(), use_go());
    let set_archived = move |archived: bool| {
        spawn_local(async move {
            let patch = PatchRoom {
                archived: Some(archived),
                ..PatchRoom::default()
            };
            if let Err(failure) = store.patch_room(room, &patch).await {
                toasts.say(crate::failure::in_words(&failure));
            }
        });
    };
    let archive = move |_| {
        let name = room_label(&store.read(|model| model.room_name(room)));
        let question = Question {
            title: words::archive_title(&name),
            text: words::ARCHIVE_ABOUT.into(),
            yes: words::archive_yes(&name),
            no: words::KEEP.into(),
            danger: true,
        };
        confirm.ask(question, move || set_archived(true));
    };
    let leave = move |_| {
        leave_room(store, toasts, confirm, room, move || {
            on_close.try_run(());
            go.instead("/");
        });
    };
    let archiving = (standing.role == MemberRole::Owner).then(|| {
        if standing.archived {
            view! {
                <Button
                    kind=ButtonKind::Outline
                    glyph=Glyph::ArchiveRestore
                    on:click=move |_| set_archived(false)
                >
                    {words::UNARCHIVE}
                </Button>
            }
        } else {
            view! {
                <Button kind=ButtonKind::Outline glyph=Glyph::Archive on:click=archive>
                    {words::ARCHIVE}
                </Button>
            }
        }
    });
    view! {
        <div class="room-details__acts room-details__edge">
            {archiving}
            <Button kind=ButtonKind::Outline glyph=Glyph::LogOut on:click=leave>
                {list::LEAVE}
            </Button>
        </div>
    }
}
