//! On or off, and one of a few. Native controls underneath, so that keys and words come from the browser.

use super::field::unique_id;
use crate::view::prelude::*;

/// On or off, at once.
#[component]
pub(crate) fn Switch(
    #[prop(into)] label: Signal<String>,
    #[prop(optional, into)] hint: Signal<String>,
    #[prop(into)] checked: Signal<bool>,
    #[prop(into)] on_change: Callback<bool>,
) -> impl IntoView {
    view! {
        <label class="switch">
            <span class="switch__words">
                <span class="switch__label">{label}</span>
                <span class="switch__hint">{hint}</span>
            </span>
            <input
                class="switch__control"
                type="checkbox"
                role="switch"
                prop:checked=checked
                on:change=move |event| on_change.run(event_target_checked(&event))
            />
        </label>
    }
}

/// One choice of a [`Segmented`].
#[derive(Clone)]
pub(crate) struct Choice {
    value: String,
    label: String,
    picture: Option<ViewFn>,
}

impl Choice {
    /// A choice that `value` stands for and `label` names.
    pub(crate) fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            picture: None,
        }
    }

    /// The same with a picture before its words.
    pub(crate) fn picture(mut self, picture: impl Into<ViewFn>) -> Self {
        self.picture = Some(picture.into());
        self
    }
}

/// One of a few, side by side.
#[component]
pub(crate) fn Segmented(
    #[prop(into)] label: Signal<String>,
    name: &'static str,
    choices: Vec<Choice>,
    #[prop(into)] value: Signal<String>,
    #[prop(into)] on_change: Callback<String>,
) -> impl IntoView {
    let group = unique_id(name);
    let four = choices.len() == 4;
    let choices = choices
        .into_iter()
        .map(|choice| {
            let own = choice.value.clone();
            view! {
                <label class="segmented__choice">
                    <input
                        type="radio"
                        name=group.clone()
                        value=choice.value
                        prop:checked=move || value.with(|value| *value == own)
                        on:change=move |event| on_change.run(event_target_value(&event))
                    />
                    <span class="segmented__face">
                        {choice.picture.map(|picture| picture.run())} {choice.label}
                    </span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="segmented">
            <legend class="segmented__label">{label}</legend>
            <div class="segmented__row" class:segmented__row--four=four>
                {choices}
            </div>
        </fieldset>
    }
}
