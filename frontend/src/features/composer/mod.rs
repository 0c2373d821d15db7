//! Where one writes: the text field with its draft, the reply bar, formatting on demand, what is typed by others above
//! it. A key press does its work in here and nowhere else.

mod closed;
mod format;
mod hint;
mod typing;

use crate::view::{ev, html, prelude::*};
use crate::{
    dom::timers::{self, Timer},
    features::{people::name_followed, timeline::Scene},
    prefs::use_prefs,
    store::Store,
    ui::{Glyph, Icon, IconButton, room_label},
    words_chat::composer as words,
};
use closed::{Archived, Outside};
use format::{FormatBar, Mark};
use hint::Hint;
use model::{Action, Delivery, Slice};
use shared::{members::MemberRole, rooms::RoomKind};
use typing::TypingSlot;
use web_sys::{HtmlElement, HtmlTextAreaElement};

/// A draft is kept after so long without a key press.
const DRAFT_MS: i64 = 400;

/// Lets a field be as high as its text; CSS bounds it.
pub(crate) fn fit_height(field: &HtmlTextAreaElement) {
    let style = HtmlElement::style(field);
    // Heights are always understood.
    let _ = style.set_property("block-size", "auto");
    let borders = field.offset_height() - field.client_height();
    let _ = style.set_property(
        "block-size",
        &format!("{}px", field.scroll_height() + borders),
    );
}

/// By how many characters a text is too long to send.
pub(crate) fn over_limit(store: Store, text: &str) -> usize {
    let most = store.read(|model| model.limits().body_chars);
    // Bytes are never fewer than characters: most texts need no counting.
    if text.len() <= most {
        0
    } else {
        text.chars().count().saturating_sub(most)
    }
}

/// Whether a key belongs to an input method that is still composing. (Safari says so by code 229 only.)
pub(crate) fn composing(event: &ev::KeyboardEvent) -> bool {
    event.is_composing() || event.key_code() == 229
}

/// What may be written here.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Access {
    Open,
    Archived { may_open: bool },
    Outside,
}

/// The composer of the room on screen.
#[component]
pub(crate) fn Composer(scene: Scene) -> impl IntoView {
    let room = scene.room;
    let access = scene
        .store
        .select(Slice::Room(room), move |model| match model.room(room) {
            Some(room) if room.my.is_none() && room.kind == RoomKind::Public => Access::Outside,
            Some(room) if room.archived_at.is_some() => Access::Archived {
                may_open: room
                    .my
                    .as_ref()
                    .is_some_and(|my| my.role == MemberRole::Owner),
            },
            _ => Access::Open,
        });
    view! {
        <div class="composer" data-region="composer">
            <TypingSlot scene />
            {move || match access.get() {
                Access::Open => view! { <Field scene /> },
                Access::Archived { may_open } => view! { <Archived scene may_open /> },
                Access::Outside => view! { <Outside scene /> },
            }}
        </div>
    }
}

/// What the field needs to be asked for; copies are the same one.
#[derive(Clone, Copy)]
struct Writing {
    scene: Scene,
    field: NodeRef<html::Textarea>,
    /// The text is looked at only for these.
    filled: RwSignal<bool>,
    over: RwSignal<usize>,
    timer: StoredValue<Option<Timer>>,
}

impl Writing {
    fn text(self) -> String {
        let field = self.field.try_get_untracked();
        field.map(|field| field.value()).unwrap_or_default()
    }

    /// Takes what was typed.
    fn typed(self) {
        let Some(field) = self.field.get_untracked() else {
            return;
        };
        let text = field.value();
        fit_height(&field);
        let (filled, over) = (!text.trim().is_empty(), over_limit(self.scene.store, &text));
        if self.filled.get_untracked() != filled {
            self.filled.set(filled);
        }
        if self.over.get_untracked() != over {
            self.over.set(over);
        }
        self.timer
            .set_value(timers::after(DRAFT_MS, move || self.keep()));
    }

    /// Keeps the draft. Taking the field out of the page brings this about, too; then it has been kept already.
    fn keep(self) {
        let Some(field) = self.field.try_get_untracked() else {
            return;
        };
        let (room, body) = (self.scene.room, field.value());
        self.scene.store.act(Action::Draft { room, body });
    }

    fn set(self, text: &str) {
        if let Some(field) = self.field.get_untracked() {
            field.set_value(text);
            self.typed();
        }
    }

    fn send(self) {
        let text = self.text();
        if text.trim().is_empty() || over_limit(self.scene.store, &text) > 0 {
            return;
        }
        self.scene.store.send(self.scene.room, text);
        self.set("");
        self.timer.set_value(None);
        self.scene.to_latest();
        self.scene.to_composer();
    }

    fn edit_last(self) -> bool {
        let scene = self.scene;
        let Some(key) = scene.store.read(|model| model.last_own(scene.room)) else {
            return false;
        };
        let Some(view) = scene.message(key) else {
            return false;
        };
        if view.delivery != Delivery::Sent {
            return false;
        }
        scene.edit(key, view.message.body.clone());
        true
    }
}

#[component]
fn Field(scene: Scene) -> impl IntoView {
    let room = scene.room;
    let prefs = use_prefs();
    let field = scene.composer;
    let writing = Writing {
        scene,
        field,
        filled: RwSignal::new(false),
        over: RwSignal::new(0),
        timer: StoredValue::new(None),
    };
    let formatting = RwSignal::new(false);
    let draft = scene.store.read(|model| model.composer(room).draft);
    let reply = scene.store.select(Slice::Composer(room), move |model| {
        model.composer(room).reply
    });
    let name = scene.store.select(Slice::Room(room), move |model| {
        room_label(&model.room_name(room))
    });
    let reply_name = Memo::new(move |_| {
        reply
            .get()
            .map(|reply| name_followed(scene.store, reply.author))
    });
    let label = Memo::new(move |_| match reply_name.get() {
        Some(name) => words::reply(&name),
        None => words::message(&name.get()),
    });

    field.on_load(move |field| {
        if !draft.is_empty() {
            field.set_value(&draft);
        }
        request_animation_frame(move || {
            if field.is_connected() {
                fit_height(&field);
            }
        });
        writing.filled.set(!draft.trim().is_empty());
        writing.over.set(over_limit(scene.store, &draft));
    });
    // Other people's fonts and window widths change where lines break.
    let resized = window_event_listener(ev::resize, move |_| {
        if let Some(field) = field.get_untracked() {
            fit_height(&field);
        }
    });
    let leaving = window_event_listener(ev::pagehide, move |_| writing.keep());
    on_cleanup(move || {
        resized.remove();
        leaving.remove();
        if writing
            .timer
            .try_with_value(Option::is_some)
            .unwrap_or(false)
        {
            writing.keep();
        }
    });
    Effect::new(move |_| {
        let Some(text) = scene.put.get() else { return };
        let before = writing.text();
        let text = if before.trim().is_empty() {
            text
        } else {
            format!("{text}\n{before}")
        };
        writing.set(&text);
        scene.put.set(None);
    });

    let on_key = move |event: ev::KeyboardEvent| {
        if composing(&event) || event.default_prevented() {
            return;
        }
        let plain = !event.ctrl_key() && !event.meta_key() && !event.alt_key();
        let key = event.key();
        if key == "Enter" {
            let sends = untrack(|| prefs.enter_sends());
            if event.ctrl_key() || event.meta_key() || plain && event.shift_key() != sends {
                event.prevent_default();
                writing.send();
            }
        } else if key == "ArrowUp" && plain && !event.shift_key() && writing.text().is_empty() {
            if writing.edit_last() {
                event.prevent_default();
            }
        } else if key == "Escape" && reply.with_untracked(Option::is_some) {
            event.prevent_default();
            scene.store.act(Action::Reply { room, to: None });
        } else if let Some(mark) = Mark::of_key(&event)
            && let Some(field) = field.get_untracked()
        {
            event.prevent_default();
            mark.apply(&field);
            writing.typed();
        }
    };
    let on_input = move |_| {
        writing.typed();
        if writing.filled.get_untracked() {
            scene.store.act(Action::Typing(room));
        }
    };
    let apply = Callback::new(move |mark: Mark| {
        if let Some(field) = field.get_untracked() {
            // The field is on screen, so it takes the focus.
            let _ = field.focus();
            mark.apply(&field);
            writing.typed();
        }
    });
    view! {
        <div class="composer__box">
            {move || {
                let reply = reply.get()?;
                let name = reply_name.get().unwrap_or_default();
                Some(
                    view! {
                        <div class="composer__bar">
                            <Icon glyph=Glyph::Reply small=true />
                            <span class="composer__bar-words" dir="auto">
                                <b>{words::replying(&name)}</b>
                                " "
                                {reply.excerpt}
                            </span>
                            <IconButton
                                glyph=Glyph::X
                                label=words::CANCEL_REPLY
                                keys="esc"
                                on:click=move |_| {
                                    scene.store.act(Action::Reply { room, to: None });
                                    scene.to_composer();
                                }
                            />
                        </div>
                    },
                )
            }}
            <div class="composer__row" class:composer__row--format=formatting>
                <textarea
                    node_ref=field
                    id="composer"
                    class="composer__field"
                    rows="1"
                    dir="auto"
                    placeholder=label
                    aria-label=label
                    aria-invalid=move || (writing.over.get() > 0).then_some("true")
                    aria-describedby="composer-hint"
                    enterkeyhint=move || if prefs.enter_sends() { "send" } else { "enter" }
                    data-region-focus=""
                    on:keydown=on_key
                    on:input=on_input
                    on:blur=move |_| writing.keep()
                ></textarea>
                <div class="composer__tools">
                    <IconButton
                        glyph=Glyph::ALargeSmall
                        label=words::FORMAT
                        attr:aria-expanded=move || formatting.get().to_string()
                        on:click=move |_| {
                            formatting.update(|it| *it = !*it);
                            scene.to_composer();
                        }
                    />
                    {move || formatting.get().then(|| view! { <FormatBar apply /> })}
                    <Hint scene filled=writing.filled over=writing.over />
                    <button
                        type="button"
                        class="composer__send"
                        class:composer__send--ready=move || writing.filled.get() && writing.over.get() == 0
                        aria-label=words::SEND
                        data-tip=words::SEND
                        on:pointerdown=move |event| event.prevent_default()
                        on:click=move |_| writing.send()
                    >
                        <Icon glyph=Glyph::ArrowUp />
                    </button>
                </div>
            </div>
        </div>
    }
}
