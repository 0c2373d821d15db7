//! Deleting one's account: by name and password, in a dialog of its own.

use crate::failure;
use crate::store::use_store;
use crate::ui::{Button, ButtonKind, Dialog, FormError, Glyph, PasswordField, TextField};
use crate::view::{ev, prelude::*};
use crate::words;
use leptos::task::spawn_local;
use model::Failure;
use shared::ErrorCode;

/// What it means, and the way there.
#[component]
pub(crate) fn DeleteAccount(username: String) -> impl IntoView {
    let open = RwSignal::new(false);
    let username = StoredValue::new(username);
    view! {
        <section class="settings__part">
            <h3 class="settings__heading">{words::DELETE_TITLE}</h3>
            <p class="settings__text">{words::DELETE_TEXT}</p>
            <div>
                <Button kind=ButtonKind::Outline glyph=Glyph::Trash2 on:click=move |_| open.set(true)>
                    {words::DELETE_OPEN}
                </Button>
            </div>
            <Show when=move || open.get()>
                <Ask username=username.get_value() open />
            </Show>
        </section>
    }
}

#[component]
fn Ask(username: String, open: RwSignal<bool>) -> impl IntoView {
    let store = use_store();
    let (typed, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let refused = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    let close = Callback::new(move |()| open.set(false));
    let matches = {
        let username = username.clone();
        Memo::new(move |_| {
            typed.with(|typed| {
                typed
                    .trim()
                    .trim_start_matches('@')
                    .eq_ignore_ascii_case(&username)
            })
        })
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() || !matches.get_untracked() {
            return;
        }
        busy.set(true);
        refused.set(None);
        spawn_local(async move {
            // Done: nobody is signed in any more, and the sign-in page is next.
            if let Err(failure) = store.delete_me(password.get_untracked()).await {
                refused.try_set(Some(failure));
            }
            busy.try_set(false);
        });
    };
    let wrong = |it: &Failure| {
        it.code() == Some(ErrorCode::InvalidCredentials) || it.field("password").is_some()
    };
    let password_error = Signal::derive(move || {
        refused.with(|it| {
            it.as_ref()
                .filter(|it| wrong(it))
                .map(|_| words::PASSWORD_WRONG.to_owned())
        })
    });
    let error = Signal::derive(move || {
        refused.with(|it| it.as_ref().filter(|it| !wrong(it)).map(failure::in_words))
    });
    let mismatch = Signal::derive(move || {
        (typed.with(|typed| !typed.is_empty()) && !matches.get())
            .then(|| words::DELETE_MISMATCH.to_owned())
    });
    let button = words::delete_account(&username);
    view! {
        <Dialog label=words::DELETE_TITLE on_close=close>
            <div class="dialog__head">
                <h2 class="dialog__title">{words::DELETE_TITLE}</h2>
            </div>
            <form on:submit=submit>
                <div class="dialog__body">
                    <p class="dialog__text">{words::DELETE_TEXT}</p>
                    <FormError text=error />
                    <TextField
                        label=words::type_to_confirm(&username)
                        name="confirm"
                        value=typed
                        error=mismatch
                        verbatim=true
                    />
                    <PasswordField
                        label=words::PASSWORD
                        name="password"
                        value=password
                        error=password_error
                        autocomplete="current-password"
                    />
                </div>
                <div class="dialog__foot">
                    <Button kind=ButtonKind::Quiet on:click=move |_| close.run(())>
                        {words::DELETE_NO}
                    </Button>
                    <Button
                        kind=ButtonKind::Danger
                        submit=true
                        busy
                        disabled=Signal::derive(move || !matches.get() || password.with(String::is_empty))
                    >
                        {button}
                    </Button>
                </div>
            </form>
        </Dialog>
    }
}
