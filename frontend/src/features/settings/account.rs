//! The tab Account: names to sign in with, password, time zone, one's data, the way out.

use super::delete::DeleteAccount;
use super::export::Export;
use crate::dom::{clock, focus};
use crate::failure;
use crate::features::entry::strength_in_words;
use crate::store::use_store;
use crate::ui::{Button, ButtonKind, FormError, PasswordField, Select, TextField, use_toasts};
use crate::view::{ev, prelude::*};
use crate::words;
use leptos::task::spawn_local;
use model::{Failure, Slice};
use shared::ErrorCode;
use shared::accounts::PatchMe;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// All of it, one part below the other.
#[component]
pub(crate) fn Account() -> impl IntoView {
    let me = use_store().select(Slice::Session, |model| model.me().cloned());
    let username = me.with_untracked(|me| {
        me.as_ref()
            .map_or_else(String::new, |me| me.user.username.clone())
    });
    let email = me.with_untracked(|me| me.as_ref().and_then(|me| me.email.clone()));
    let shown = RwSignal::new(username.clone());
    view! {
        <div class="settings__body scrolls">
            <TextField
                label=words::ACCOUNT_USERNAME
                name="username"
                value=shown
                autocomplete="username"
                readonly=true
                verbatim=true
            />
            {email
                .map(|email| {
                    view! {
                        <TextField
                            label=words::ACCOUNT_EMAIL
                            name="email"
                            value=RwSignal::new(email)
                            readonly=true
                            verbatim=true
                        />
                    }
                })}
            <Zone />
            <Password username=username.clone() />
            <Export />
            <DeleteAccount username />
        </div>
    }
}

#[component]
fn Zone() -> impl IntoView {
    let (store, toasts) = (use_store(), use_toasts());
    let saved = store.select(Slice::Session, |model| {
        model.me().and_then(|me| me.user.time_zone.clone())
    });
    let options = Memo::new(move |_| {
        let mut zones = clock::zones();
        for zone in saved.get().into_iter().chain(clock::own_zone()) {
            if !zones.contains(&zone) {
                zones.insert(0, zone);
            }
        }
        let none = (String::new(), words::TIME_ZONE_NONE.to_owned());
        std::iter::once(none)
            .chain(
                zones
                    .into_iter()
                    .map(|zone| (zone.clone(), zone.replace('_', " "))),
            )
            .collect::<Vec<_>>()
    });
    let change = move |zone: String| {
        let patch = PatchMe {
            time_zone: Some(Some(zone).filter(|it| !it.is_empty())),
            ..PatchMe::default()
        };
        spawn_local(async move {
            match store.patch_me(&patch).await {
                Ok(_) => toasts.say(words::SAVED),
                Err(failure) => toasts.say(failure::in_words(&failure)),
            }
        });
    };
    view! {
        <Select
            label=words::TIME_ZONE
            name="time_zone"
            value=Signal::derive(move || saved.get().unwrap_or_default())
            options
            on_change=change
            hint=words::TIME_ZONE_HINT
        />
    }
}

#[component]
fn Password(username: String) -> impl IntoView {
    let (store, toasts) = (use_store(), use_toasts());
    let (current, new) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let refused = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let form = event
            .target()
            .and_then(|it| it.dyn_into::<HtmlElement>().ok());
        busy.set(true);
        refused.set(None);
        spawn_local(async move {
            match store
                .change_password(current.get_untracked(), new.get_untracked())
                .await
            {
                Ok(()) => {
                    current.try_set(String::new());
                    new.try_set(String::new());
                    toasts.say(words::PASSWORD_CHANGED);
                }
                Err(failure) => {
                    refused.try_set(Some(failure));
                    if let Some(form) = form {
                        focus::first_invalid_soon(form);
                    }
                }
            }
            busy.try_set(false);
        });
    };
    let current_error = Signal::derive(move || {
        refused.with(|it| match it.as_ref() {
            Some(it) if it.code() == Some(ErrorCode::InvalidCredentials) => {
                Some(words::PASSWORD_WRONG.to_owned())
            }
            Some(it) => failure::of_field(it, "current_password"),
            None => None,
        })
    });
    let new_error = Signal::derive(move || {
        refused.with(|it| {
            it.as_ref()
                .and_then(|it| failure::of_field(it, "new_password"))
        })
    });
    let error = Signal::derive(move || {
        refused.with(|it| {
            let it = it
                .as_ref()
                .filter(|it| it.code() != Some(ErrorCode::InvalidCredentials))?;
            failure::of_form(it, &["current_password", "new_password"])
        })
    });
    let strength =
        Signal::derive(move || new.with(|new| strength_in_words(new, &username).to_owned()));
    view! {
        <form class="settings__part" novalidate=true on:submit=submit>
            <h3 class="settings__heading">{words::ACCOUNT_PASSWORD}</h3>
            <FormError text=error />
            <PasswordField
                label=words::PASSWORD_CURRENT
                name="current_password"
                value=current
                error=current_error
                autocomplete="current-password"
            />
            <PasswordField
                label=words::PASSWORD_NEW
                name="new_password"
                value=new
                error=new_error
                hint=strength
                autocomplete="new-password"
            />
            <div class="settings__row">
                <Button
                    kind=ButtonKind::Outline
                    submit=true
                    busy
                    disabled=Signal::derive(move || current.with(String::is_empty) || new.with(String::is_empty))
                >
                    {words::PASSWORD_CHANGE}
                </Button>
                <span class="settings__note">{words::PASSWORD_OTHERS}</span>
            </div>
        </form>
    }
}
