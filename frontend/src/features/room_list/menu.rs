//! The menus of the list: what one can do with a room, and what one can add.

use super::{Opened, Over, use_screen};
use crate::view::prelude::*;
use crate::{
    dom::clipboard,
    place::{absolute, room_path, use_go},
    store::{Store, use_store},
    ui::{
        Confirm, Glyph, Menu, MenuCheck, MenuItem, MenuLine, MenuTitle, Question, Toasts,
        room_label, use_confirm, use_toasts,
    },
    words_chat::{list as words, rooms},
};
use leptos::task::spawn_local;
use model::Action;
use shared::{
    RoomId,
    rooms::{Notify, PatchMy, RoomKind},
};

/// What one can do with a room.
#[component]
pub(super) fn RoomMenu(opened: RwSignal<Option<Opened>>) -> impl IntoView {
    let (store, toasts, confirm, go) = (use_store(), use_toasts(), use_confirm(), use_go());
    let screen = use_screen();
    let close = Callback::new(move |()| opened.set(None));
    let patch = move |room: RoomId, patch: PatchMy| {
        spawn_local(async move {
            if store.room_settings(room, &patch).await.is_err() {
                toasts.say(rooms::TROUBLE);
            }
        });
    };
    move || {
        let Some(Opened::Room(id, anchor)) = opened.get() else {
            return None;
        };
        let room = store.read(|model| model.room(id).cloned())?;
        let my = room.my.clone()?;
        let name = room_label(&store.read(|model| model.room_name(id)));
        let notify = move |notify: Notify, label: &'static str| {
            let checked = my.notify == notify;
            let on_press = Callback::new(move |()| {
                patch(
                    id,
                    PatchMy {
                        notify: Some(notify),
                        ..PatchMy::default()
                    },
                )
            });
            view! { <MenuCheck label checked radio=true on_press /> }
        };
        let pin = Callback::new(move |()| {
            patch(
                id,
                PatchMy {
                    favourite: Some(!my.favourite),
                    ..PatchMy::default()
                },
            );
        });
        let mute = Callback::new(move |()| {
            patch(
                id,
                PatchMy {
                    muted: Some(!my.muted),
                    ..PatchMy::default()
                },
            )
        });
        let copy = Callback::new(move |()| {
            spawn_local(async move {
                let done = clipboard::copy(&absolute(&room_path(id))).await;
                toasts.say(if done {
                    words::LINK_COPIED
                } else {
                    words::NOT_COPIED
                });
            });
        });
        let leave = Callback::new(move |()| {
            leave_room(store, toasts, confirm, id, move || {
                if screen.room.get_untracked() == Some(id) {
                    go.instead("/");
                }
            });
        });
        let direct = room.kind == RoomKind::Direct;
        Some(view! {
            <Menu anchor label=words::more(&name) on_close=close>
                <MenuItem
                    glyph=Glyph::CheckCheck
                    label=words::MARK_READ
                    disabled=my.unread == 0
                    on_press=Callback::new(move |()| store.act(Action::MarkRead(id)))
                />
                <MenuLine />
                {(!direct)
                    .then(|| {
                        view! {
                            <MenuTitle text=words::NOTIFICATIONS />
                            {notify(Notify::All, words::NOTIFY_ALL)}
                            {notify(Notify::Mentions, words::NOTIFY_MINE)}
                            {notify(Notify::None, words::NOTIFY_NONE)}
                            <MenuLine />
                        }
                    })}
                <MenuCheck label=words::PIN checked=my.favourite on_press=pin />
                <MenuCheck label=words::MUTE checked=my.muted on_press=mute />
                <MenuItem glyph=Glyph::Link label=words::COPY_LINK on_press=copy />
                {(!direct)
                    .then(|| {
                        view! {
                            <MenuLine />
                            <MenuItem glyph=Glyph::LogOut label=words::LEAVE danger=true on_press=leave />
                        }
                    })}
            </Menu>
        })
    }
}

/// Leaves a room. A public one can be joined again at once; a private one is asked about first.
pub(crate) fn leave_room(
    store: Store,
    toasts: Toasts,
    confirm: Confirm,
    id: RoomId,
    gone: impl Fn() + Clone + 'static,
) {
    let Some(kind) = store.read(|model| model.room(id).map(|room| room.kind)) else {
        return;
    };
    let name = room_label(&store.read(|model| model.room_name(id)));
    let public = kind == RoomKind::Public;
    let title = (
        words::leave_title(&name),
        words::leave_private(&name),
        words::leave_yes(&name),
    );
    let leave = move || {
        let (name, gone) = (name.clone(), gone.clone());
        spawn_local(async move {
            match store.leave(id).await {
                Ok(()) => {
                    gone();
                    if public {
                        let back = move || {
                            spawn_local(async move {
                                if store.join(id).await.is_err() {
                                    toasts.say(rooms::TROUBLE);
                                }
                            });
                        };
                        toasts.offer(words::left(&name), crate::words_chat::timeline::UNDO, back);
                    } else {
                        toasts.say(words::left(&name));
                    }
                }
                Err(failure) if failure.detail().is_empty() => toasts.say(words::not_left(&name)),
                Err(failure) => toasts.say(failure.detail().to_owned()),
            }
        });
    };
    if public {
        return leave();
    }
    let (title, text, yes) = title;
    confirm.ask(
        Question {
            title,
            text,
            yes,
            no: words::LEAVE_NO.into(),
            danger: true,
        },
        leave,
    );
}

/// What one can add to the rooms.
#[component]
pub(super) fn ListMenu(opened: RwSignal<Option<Opened>>) -> impl IntoView {
    let screen = use_screen();
    let close = Callback::new(move |()| opened.set(None));
    move || {
        let Some(Opened::Add(anchor)) = opened.get() else {
            return None;
        };
        Some(view! {
            <Menu anchor label=words::ADD_ROOM on_close=close>
                <MenuItem
                    glyph=Glyph::Plus
                    label=words::NEW_ROOM
                    on_press=Callback::new(move |()| screen.show(Over::NewRoom))
                />
                <MenuItem
                    glyph=Glyph::Compass
                    label=words::BROWSE
                    on_press=Callback::new(move |()| screen.show(Over::Directory))
                />
            </Menu>
        })
    }
}
