//! Labelled inputs: text, password with its eye, several lines, select. Each carries its hint and its error, tied to
//! the input for those who do not see them.

use super::{Glyph, Icon};
use crate::view::{html, prelude::*};
use crate::words;
use std::sync::atomic::{AtomicU32, Ordering};

/// An id for a label or a description that is unique in the page.
pub(crate) fn unique_id(stem: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("{stem}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Input of one line.
#[component]
pub(crate) fn TextField(
    #[prop(into)] label: Signal<String>,
    /// The field's name in the request, too.
    name: &'static str,
    value: RwSignal<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional, into)] hint: Signal<String>,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(default = "text")] kind: &'static str,
    /// Shown at the start of the box.
    #[prop(optional)]
    glyph: Option<Glyph>,
    #[prop(optional, into)] placeholder: String,
    #[prop(optional)] maxlength: Option<usize>,
    #[prop(optional)] required: bool,
    #[prop(optional)] readonly: bool,
    #[prop(optional)] autofocus: bool,
    /// No capitals and no spelling: names of accounts, codes.
    #[prop(optional)]
    verbatim: bool,
) -> impl IntoView {
    let id = StoredValue::new(unique_id(name));
    let input = NodeRef::<html::Input>::new();
    if autofocus {
        focus_when_mounted(input);
    }
    view! {
        <div class="field">
            <div class="field__head">
                <label class="field__label" for=id.get_value()>
                    {label}
                </label>
            </div>
            <div class="field__box">
                {glyph.map(|glyph| view! { <span class="field__start"><Icon glyph /></span> })}
                <input
                    node_ref=input
                    class="field__input"
                    id=id.get_value()
                    name=name
                    type=kind
                    dir="auto"
                    autocomplete=autocomplete
                    placeholder=(!placeholder.is_empty()).then_some(placeholder)
                    maxlength=maxlength
                    required=required
                    readonly=readonly
                    autofocus=autofocus
                    autocapitalize=verbatim.then_some("none")
                    spellcheck=verbatim.then_some("false")
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    aria-describedby=move || described_by(id, hint, error)
                    prop:value=value
                    on:input=move |event| value.set(event_target_value(&event))
                />
            </div>
            <Notes id hint error />
        </div>
    }
}

/// Input of a password: pasting is welcome, and an eye shows what was typed.
#[component]
pub(crate) fn PasswordField(
    #[prop(into)] label: Signal<String>,
    name: &'static str,
    value: RwSignal<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional, into)] hint: Signal<String>,
    /// `current-password` or `new-password`.
    autocomplete: &'static str,
    #[prop(optional)] autofocus: bool,
) -> impl IntoView {
    let id = StoredValue::new(unique_id(name));
    let shown = RwSignal::new(false);
    let input = NodeRef::<html::Input>::new();
    if autofocus {
        focus_when_mounted(input);
    }
    let deed = move || {
        if shown.get() {
            words::PASSWORD_HIDE
        } else {
            words::PASSWORD_SHOW
        }
    };
    let eye = move || {
        let glyph = if shown.get() {
            Glyph::EyeOff
        } else {
            Glyph::Eye
        };
        view! { <Icon glyph /> }
    };
    view! {
        <div class="field">
            <div class="field__head">
                <label class="field__label" for=id.get_value()>
                    {label}
                </label>
            </div>
            <div class="field__box">
                <input
                    node_ref=input
                    class="field__input field__input--password"
                    id=id.get_value()
                    name=name
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    required=true
                    autofocus=autofocus
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    aria-describedby=move || described_by(id, hint, error)
                    prop:value=value
                    on:input=move |event| value.set(event_target_value(&event))
                />
                <span class="field__end">
                    // The button stays, and with it the focus.
                    <button
                        type="button"
                        class="icon-button"
                        aria-label=deed
                        data-tip=deed
                        on:click=move |_| shown.update(|it| *it = !*it)
                    >
                        {eye}
                    </button>
                </span>
            </div>
            <Notes id hint error />
        </div>
    }
}

/// Input of several lines with a count of what is left.
#[component]
pub(crate) fn TextArea(
    #[prop(into)] label: Signal<String>,
    name: &'static str,
    value: RwSignal<String>,
    /// Most characters the server takes.
    max: usize,
    #[prop(default = 3)] rows: u32,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional, into)] hint: Signal<String>,
) -> impl IntoView {
    let id = StoredValue::new(unique_id(name));
    let length = Memo::new(move |_| value.with(|value| value.chars().count()));
    view! {
        <div class="field">
            <div class="field__head">
                <label class="field__label" for=id.get_value()>
                    {label}
                </label>
                <span class="field__aside" class:field__aside--over=move || { length.get() > max }>
                    <bdi>{move || words::count_of(length.get(), max)}</bdi>
                </span>
            </div>
            <textarea
                class="field__input field__input--area"
                id=id.get_value()
                name=name
                rows=rows
                dir="auto"
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=move || described_by(id, hint, error)
                prop:value=value
                on:input=move |event| value.set(event_target_value(&event))
            ></textarea>
            <Notes id hint error />
        </div>
    }
}

/// One of many, chosen from the system's own list.
#[component]
pub(crate) fn Select(
    #[prop(into)] label: Signal<String>,
    name: &'static str,
    #[prop(into)] value: Signal<String>,
    /// Value and words of each choice.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    #[prop(into)] on_change: Callback<String>,
    #[prop(optional, into)] hint: Signal<String>,
) -> impl IntoView {
    let id = StoredValue::new(unique_id(name));
    let none = Signal::stored(None::<String>);
    view! {
        <div class="field">
            <div class="field__head">
                <label class="field__label" for=id.get_value()>
                    {label}
                </label>
            </div>
            <div class="field__box">
                <select
                    class="field__input field__input--select"
                    id=id.get_value()
                    name=name
                    aria-describedby=move || described_by(id, hint, none)
                    on:change=move |event| on_change.run(event_target_value(&event))
                >
                    {move || {
                        options
                            .get()
                            .into_iter()
                            .map(|(key, words)| {
                                let own = key.clone();
                                view! {
                                    <option value=key prop:selected=move || value.with(|value| *value == own)>
                                        {words}
                                    </option>
                                }
                            })
                            .collect_view()
                    }}
                </select>
                <span class="field__chevron">
                    <Icon glyph=Glyph::ChevronDown />
                </span>
            </div>
            <Notes id hint error=none />
        </div>
    }
}

/// What went wrong with a whole form, above its fields. Focus moves to it when it appears.
#[component]
pub(crate) fn FormError(#[prop(into)] text: Signal<Option<String>>) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if text.get().is_some() {
            request_animation_frame(move || {
                if let Some(node) = node.try_get_untracked() {
                    let _ = node.focus();
                }
            });
        }
    });
    move || {
        text.get().map(|text| {
            view! {
                <div class="form-error" role="alert" tabindex="-1" node_ref=node>
                    <Icon glyph=Glyph::CircleAlert />
                    <p>{text}</p>
                </div>
            }
        })
    }
}

#[component]
fn Notes(
    id: StoredValue<String>,
    hint: Signal<String>,
    error: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        {move || {
            let hint = hint.get();
            (!hint.is_empty())
                .then(|| view! { <p class="field__hint" id=format!("{}-hint", id.get_value())>{hint}</p> })
        }}
        {move || {
            error
                .get()
                .map(|error| {
                    view! {
                        <p class="field__error" id=format!("{}-error", id.get_value())>
                            <Icon glyph=Glyph::CircleAlert />
                            <span>{error}</span>
                        </p>
                    }
                })
        }}
    }
}

fn described_by(
    id: StoredValue<String>,
    hint: Signal<String>,
    error: Signal<Option<String>>,
) -> Option<String> {
    let id = id.get_value();
    match (error.with(Option::is_some), hint.with(String::is_empty)) {
        (true, false) => Some(format!("{id}-error {id}-hint")),
        (true, true) => Some(format!("{id}-error")),
        (false, false) => Some(format!("{id}-hint")),
        (false, true) => None,
    }
}

fn focus_when_mounted(input: NodeRef<html::Input>) {
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            request_animation_frame(move || {
                let _ = input.focus();
            });
        }
    });
}
