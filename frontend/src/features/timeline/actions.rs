//! What one can do with a message, for buttons, menu and keys alike.

use super::{lines::LineId, scene::Scene};
use crate::view::prelude::*;
use crate::{
    dom::clipboard,
    features::people::name_now,
    place::{absolute, message_path},
    ui::{Anchor, Glyph, IconButton, Menu, MenuItem, MenuLine, Question, use_confirm, use_toasts},
    words_chat::{list, timeline as words},
};
use model::{Action, Delivery, Key, MessageView};
use shared::{accounts::Role, members::MemberRole, messages::MessageKind};
use wasm_bindgen::JsCast;

/// What may be done with a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct May {
    pub(crate) reply: bool,
    pub(crate) edit: bool,
    pub(crate) delete: bool,
    pub(crate) copy: bool,
    pub(crate) link: bool,
    /// Whether it is one's own.
    pub(crate) own: bool,
}

/// What may be done with it now.
pub(crate) fn may(scene: Scene, view: &MessageView) -> May {
    let message = &view.message;
    if message.kind == MessageKind::System {
        return May {
            link: message.seq > 0,
            ..May::default()
        };
    }
    let (own, boss, open) = scene.store.read(|model| {
        let room = model.room(scene.room);
        let my = room.and_then(|room| room.my.as_ref());
        let admin = model.me().is_some_and(|me| me.user.role == Role::Admin);
        let boss = my.is_some_and(|my| my.role >= MemberRole::Moderator || admin);
        let open = my.is_some() && room.is_some_and(|room| room.archived_at.is_none());
        (model.is_me(message.author_id), boss, open)
    });
    let stands =
        message.deleted_at.is_none() && view.delivery == Delivery::Sent && message.id.0 > 0;
    May {
        reply: stands && open,
        edit: stands && own && open,
        delete: stands && open && (own || boss && !scene.is_direct()),
        copy: message.deleted_at.is_none(),
        link: message.seq > 0,
        own,
    }
}

/// Carries the actions out; made while setting up a component.
#[derive(Clone, Copy)]
pub(crate) struct Do {
    scene: Scene,
    confirm: crate::ui::Confirm,
    toasts: crate::ui::Toasts,
}

impl Do {
    pub(crate) fn new(scene: Scene) -> Self {
        Self {
            scene,
            confirm: use_confirm(),
            toasts: use_toasts(),
        }
    }

    fn view(self, key: Key) -> Option<(MessageView, May)> {
        let view = self.scene.message(key)?;
        let may = may(self.scene, &view);
        Some((view, may))
    }

    pub(crate) fn reply(self, key: Key) {
        if let Some((view, May { reply: true, .. })) = self.view(key) {
            let (room, to) = (self.scene.room, Some(view.message.id));
            self.scene.store.act(Action::Reply { room, to });
            self.scene.to_composer();
        }
    }

    pub(crate) fn edit(self, key: Key) {
        if let Some((view, May { edit: true, .. })) = self.view(key) {
            self.scene.edit(key, view.message.body.clone());
        }
    }

    pub(crate) fn delete(self, key: Key) {
        let Some((
            view,
            May {
                delete: true, own, ..
            },
        )) = self.view(key)
        else {
            return;
        };
        let (scene, message) = (self.scene, view.message.id);
        let delete = move || {
            // The row goes; the focus goes to its neighbour.
            let focused = scene.focused.get_untracked() == Some(LineId::Row(key));
            let neighbour = scene.lines(|lines| {
                lines
                    .beside(LineId::Row(key), true)
                    .or_else(|| lines.beside(LineId::Row(key), false))
            });
            scene.store.act(Action::Delete {
                room: scene.room,
                message,
            });
            if let (true, Some(neighbour)) = (focused, neighbour) {
                scene.engine.focus(neighbour);
            }
        };
        if own {
            return delete();
        }
        let name = name_now(scene.store, view.message.author_id);
        self.confirm.ask(
            Question {
                title: words::delete_other_title(&name),
                text: words::DELETE_OTHER_TEXT.into(),
                yes: words::DELETE_OTHER_YES.into(),
                no: words::DELETE_OTHER_NO.into(),
                danger: true,
            },
            delete,
        );
    }

    pub(crate) fn copy_text(self, key: Key) {
        if let Some((view, May { copy: true, .. })) = self.view(key) {
            self.copy(view.message.body.clone(), words::COPIED);
        }
    }

    pub(crate) fn copy_link(self, key: Key) {
        if let Some((view, May { link: true, .. })) = self.view(key) {
            let path = message_path(self.scene.room, view.message.seq);
            self.copy(absolute(&path), words::LINK_COPIED);
        }
    }

    fn copy(self, text: String, done: &'static str) {
        leptos::task::spawn_local(async move {
            let words = if clipboard::copy(&text).await {
                done
            } else {
                list::NOT_COPIED
            };
            self.toasts.say(words);
        });
    }
}

/// The buttons in the gutter of the row under the pointer or the focus.
#[component]
pub(crate) fn RowActions(scene: Scene, key: Key) -> impl IntoView {
    let does = Do::new(scene);
    let may = scene
        .message(key)
        .map(|view| may(scene, &view))
        .unwrap_or_default();
    let more = move |event: crate::view::ev::MouseEvent| {
        if let Some(button) = event
            .current_target()
            .and_then(|it| it.dyn_into::<web_sys::Element>().ok())
        {
            scene.menu.set(Some((key, Anchor::Element(button))));
        }
    };
    let reply = may.reply.then(|| {
        view! {
            <span class="message__actions-reply">
                <IconButton
                    glyph=Glyph::Reply
                    label=words::REPLY
                    keys="r"
                    attr:tabindex="-1"
                    on:click=move |_| does.reply(key)
                />
            </span>
        }
    });
    view! {
        <div class="message__actions" role="toolbar" aria-label=words::ACTIONS>
            {reply}
            <IconButton
                glyph=Glyph::Ellipsis
                label=words::MORE
                keys="shift+f10"
                attr:tabindex="-1"
                attr:aria-haspopup="menu"
                on:click=more
            />
        </div>
    }
}

/// All actions of the row whose menu is open.
#[component]
pub(crate) fn RowMenu(scene: Scene) -> impl IntoView {
    let does = Do::new(scene);
    move || {
        let (key, anchor) = scene.menu.get()?;
        let view = scene.message(key)?;
        let may = may(scene, &view);
        let close = Callback::new(move |()| scene.menu.set(None));
        let item = move |glyph, label: &'static str, keys, danger, on_press: Callback<()>| {
            view! { <MenuItem glyph label keys danger on_press /> }
        };
        Some(view! {
            <Menu anchor label=words::ACTIONS on_close=close placement=crate::ui::Placement::BelowEnd>
                {may
                    .reply
                    .then(|| item(Glyph::Reply, words::REPLY, "r", false, Callback::new(move |()| does.reply(key))))}
                {may
                    .edit
                    .then(|| item(Glyph::Pencil, words::EDIT, "e", false, Callback::new(move |()| does.edit(key))))}
                {may
                    .copy
                    .then(|| {
                        item(Glyph::Copy, words::COPY_TEXT, "c", false, Callback::new(move |()| does.copy_text(key)))
                    })}
                {may
                    .link
                    .then(|| {
                        item(Glyph::Link, words::COPY_LINK, "l", false, Callback::new(move |()| does.copy_link(key)))
                    })}
                {may
                    .delete
                    .then(|| {
                        view! {
                            <MenuLine />
                            {item(
                                Glyph::Trash2,
                                words::DELETE,
                                "del",
                                true,
                                Callback::new(move |()| does.delete(key)),
                            )}
                        }
                    })}
            </Menu>
        })
    }
}
