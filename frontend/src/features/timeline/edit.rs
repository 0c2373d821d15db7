//! Editing one's own message where it stands.

use super::scene::Scene;
use crate::view::{ev, html, prelude::*};
use crate::{
    dom::caret,
    features::composer::{fit_height, over_limit},
    prefs::use_prefs,
    ui::Kbd,
    words_chat::{composer, timeline as words},
};
use model::{Action, Key};

/// The field in the row.
#[component]
pub(crate) fn EditField(scene: Scene, key: Key, body: String) -> impl IntoView {
    let prefs = use_prefs();
    let field = NodeRef::<html::Textarea>::new();
    let text = RwSignal::new(body.clone());
    let over = Memo::new(move |_| text.with(|text| over_limit(scene.store, text)));
    let before = StoredValue::new(body.clone());

    field.on_load(|field| {
        request_animation_frame(move || {
            fit_height(&field);
            // The row was just made, so the field is there.
            let _ = field.focus();
            caret::to_end(&field);
        });
    });

    let save = move || {
        if over.get_untracked() > 0 {
            return;
        }
        let body = text.get_untracked();
        let Some(message) = scene.id(key) else { return };
        scene.end_edit();
        if body.trim().is_empty() {
            scene.store.act(Action::Delete {
                room: scene.room,
                message,
            });
        } else if before.with_value(|before| *before != body) {
            scene.store.act(Action::Edit {
                room: scene.room,
                message,
                body,
            });
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        event.stop_propagation();
        if event.is_composing() {
            return;
        }
        match event.key().as_str() {
            "Escape" => {
                event.prevent_default();
                scene.end_edit();
            }
            "Enter"
                if event.shift_key() != untrack(|| prefs.enter_sends())
                    || event.ctrl_key()
                    || event.meta_key() =>
            {
                event.prevent_default();
                save();
            }
            _ => {}
        }
    };
    let on_input = move |event: ev::Event| {
        text.set(event_target_value(&event));
        if let Some(field) = field.get_untracked() {
            fit_height(&field);
        }
    };
    view! {
        <div class="message__edit">
            <textarea
                node_ref=field
                class="message__edit-field"
                aria-label=words::EDIT_FIELD
                rows="1"
                dir="auto"
                prop:value=body
                on:keydown=on_key
                on:input=on_input
            ></textarea>
            <div class="message__edit-foot">
                <span class="message__edit-hint">
                    <Kbd keys="esc" />
                    <button type="button" class="message__act" on:click=move |_| scene.end_edit()>
                        {words::CANCEL}
                    </button>
                </span>
                <span class="message__edit-hint">
                    <Kbd keys=Signal::derive(move || if prefs.enter_sends() { "enter" } else { "shift+enter" }.to_owned()) />
                    <button type="button" class="message__act" on:click=move |_| save()>
                        {words::SAVE}
                    </button>
                </span>
                {move || {
                    (over.get() > 0)
                        .then(|| {
                            view! {
                                <span class="message__edit-trouble" role="status">
                                    {composer::over(over.get())}
                                </span>
                            }
                        })
                }}
            </div>
        </div>
    }
}
