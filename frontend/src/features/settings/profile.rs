//! The tab Profile: what others see, with a preview. Saved with a button, as it is seen by all.

use super::draft::Draft;
use super::photo::Photo;
use super::status::StatusFields;
use crate::failure;
use crate::features::profile::CardFace;
use crate::store::use_store;
use crate::ui::{
    Button, ButtonKind, Choice, FormError, Glyph, Icon, PresenceBadge, Segmented, TextArea,
    TextField, use_toasts,
};
use crate::view::{ev, prelude::*};
use crate::words;
use leptos::task::spawn_local;
use model::Failure;
use shared::limits::{BIO_CHARS, DISPLAY_NAME_CHARS};
use shared::presence::{Presence, PresenceSetting};

/// The form and the preview.
#[component]
pub(crate) fn Profile(draft: Draft, on_close: Callback<()>) -> impl IntoView {
    let (store, toasts) = (use_store(), use_toasts());
    let busy = RwSignal::new(false);
    let refused = RwSignal::new(None::<Failure>);
    let changed = draft.changed();
    let nameless = move || draft.display_name().trim().is_empty();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() || !changed.get_untracked() || untrack(nameless) {
            return;
        }
        busy.set(true);
        refused.set(None);
        let patch = untrack(|| draft.patch());
        spawn_local(async move {
            match store.patch_me(&patch).await {
                Ok(_) => {
                    draft.reset();
                    toasts.say(words::PROFILE_SAVED);
                }
                Err(failure) => {
                    refused.try_set(Some(failure));
                }
            }
            busy.try_set(false);
        });
    };
    let of_field = move |name: &'static str| {
        Signal::derive(move || {
            refused.with(|it| it.as_ref().and_then(|it| failure::of_field(it, name)))
        })
    };
    let name_error = Signal::derive(move || {
        if nameless() {
            Some(words::NAME_NEEDED.to_owned())
        } else {
            of_field("display_name").get()
        }
    });
    let form_error = Signal::derive(move || {
        refused.with(|it| {
            it.as_ref()
                .and_then(|it| failure::of_form(it, &["display_name", "bio"]))
        })
    });
    let facts = draft.facts();
    let preview = move || {
        facts.get().map(|first| {
            let shown = Signal::derive(move || facts.get().unwrap_or_else(|| first.clone()));
            view! {
                <CardFace facts=shown>
                    <span class="button button--primary button--wide">
                        <Icon glyph=Glyph::MessageCircle small=true />
                        {words::MESSAGE}
                    </span>
                </CardFace>
            }
        })
    };
    let known = Memo::new(move |_| facts.with(Option::is_some));
    view! {
        <form class="settings__form" on:submit=submit>
            <div class="settings__body settings__body--pair scrolls">
                <div class="settings__fields">
                    <FormError text=form_error />
                    <Photo />
                    <NameField draft error=name_error />
                    <BioField draft error=of_field("bio") />
                    <Availability draft />
                    <StatusFields draft />
                </div>
                <div class="settings__preview">
                    <p class="settings__label">{words::PREVIEW}</p>
                    <div class="settings__card" inert=true aria-hidden="true">
                        {move || known.get().then(|| untrack(preview))}
                    </div>
                </div>
            </div>
            <footer class="settings__foot">
                <span class="settings__note" role="status">
                    {move || changed.get().then_some(words::UNSAVED)}
                </span>
                <Button kind=ButtonKind::Quiet on:click=move |_| on_close.run(())>
                    {words::CANCEL}
                </Button>
                <Button submit=true busy disabled=Signal::derive(move || !changed.get() || nameless())>
                    {words::SAVE_PROFILE}
                </Button>
            </footer>
        </form>
    }
}

#[component]
fn NameField(draft: Draft, error: Signal<Option<String>>) -> impl IntoView {
    let value = RwSignal::new(untrack(|| draft.display_name()));
    follow(
        value,
        move || draft.display_name(),
        move |text| draft.set_display_name(text),
    );
    view! {
        <TextField
            label=words::DISPLAY_NAME
            name="display_name"
            value
            error
            autocomplete="name"
            maxlength=DISPLAY_NAME_CHARS
            required=true
        />
    }
}

#[component]
fn BioField(draft: Draft, error: Signal<Option<String>>) -> impl IntoView {
    let value = RwSignal::new(untrack(|| draft.bio()));
    follow(value, move || draft.bio(), move |text| draft.set_bio(text));
    view! { <TextArea label=words::BIO name="bio" value error max=BIO_CHARS rows=2 /> }
}

/// Ties the text of a field to the draft: what is typed goes in, what is reset or saved elsewhere comes out.
fn follow(
    value: RwSignal<String>,
    read: impl Fn() -> String + 'static,
    write: impl Fn(String) + 'static,
) {
    Effect::new(move |_| {
        let text = read();
        if value.with_untracked(|it| *it != text) {
            value.set(text);
        }
    });
    Effect::new(move |first: Option<()>| {
        let text = value.get();
        if first.is_some() {
            write(text);
        }
    });
}

#[component]
fn Availability(draft: Draft) -> impl IntoView {
    let choice = |setting: PresenceSetting, label: &str, presence: Presence| {
        Choice::new(setting.as_str(), label)
            .picture(move || view! { <PresenceBadge presence=Signal::stored(presence) /> })
    };
    let choices = vec![
        choice(
            PresenceSetting::Auto,
            words::PRESENCE_ONLINE,
            Presence::Online,
        ),
        choice(PresenceSetting::Away, words::PRESENCE_AWAY, Presence::Away),
        choice(PresenceSetting::Dnd, words::PRESENCE_DND, Presence::Dnd),
        choice(
            PresenceSetting::Invisible,
            words::PRESENCE_INVISIBLE,
            Presence::Offline,
        ),
    ];
    view! {
        <Segmented
            label=words::AVAILABILITY
            name="presence"
            choices
            value=Signal::derive(move || draft.presence().as_str().to_owned())
            on_change=move |key: String| draft.set_presence(PresenceSetting::parse(&key))
        />
    }
}
