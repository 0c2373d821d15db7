//! The server has ended the session: sign in again over the app, drafts and unsent messages kept. Closing the dialog
//! leaves the app readable; the banner under the header opens it again.

use crate::failure;
use crate::place::use_go;
use crate::store::use_store;
use crate::ui::{
    Button, ButtonKind, Dialog, DialogHead, FormError, PasswordField, Question, TextField,
    alert_aloud, use_confirm,
};
use crate::view::{ev, prelude::*};
use crate::words;
use leptos::task::spawn_local;
use model::{Session, Slice};
use shared::ErrorCode;

/// Opens and closes the dialog.
#[derive(Clone, Copy)]
pub(crate) struct SignInAgain(RwSignal<bool>);

impl SignInAgain {
    /// Puts it into the context for everything below.
    pub(crate) fn provide() {
        provide_context(Self(RwSignal::new(false)));
    }

    /// Asks for the password again.
    pub(crate) fn open(self) {
        self.0.set(true);
    }
}

/// The dialog, while it is open; mounted once.
#[component]
pub(crate) fn SessionEnded() -> impl IntoView {
    let SignInAgain(open) = expect_context();
    let store = use_store();
    let ended = store.select(Slice::Session, |model| match model.session() {
        Session::Ended(me) => Some(me.user.username.clone()),
        _ => None,
    });
    Effect::new(move |_| {
        let is_ended = ended.with(Option::is_some);
        open.set(is_ended);
        if is_ended {
            alert_aloud(words::ENDED_TITLE);
        }
    });
    move || {
        let username = ended.get().filter(|_| open.get())?;
        Some(view! { <Again username /> })
    }
}

#[component]
fn Again(username: String) -> impl IntoView {
    let SignInAgain(open) = expect_context();
    let (store, confirm, go) = (use_store(), use_confirm(), use_go());
    let (name, password) = (RwSignal::new(username), RwSignal::new(String::new()));
    let error = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let close = Callback::new(move |()| open.set(false));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            if let Err(failure) = store
                .login(name.get_untracked(), password.get_untracked())
                .await
            {
                error.try_set(Some(match failure.code() {
                    Some(ErrorCode::InvalidCredentials) => words::PASSWORD_WRONG.to_owned(),
                    _ => failure::in_words(&failure),
                }));
            }
            busy.try_set(false);
        });
    };
    let someone_else = move |_| {
        let question = Question {
            title: words::ENDED_OTHER_TITLE.to_owned(),
            text: words::ENDED_OTHER_TEXT.to_owned(),
            yes: words::ENDED_OTHER_YES.to_owned(),
            no: words::ENDED_OTHER_NO.to_owned(),
            danger: true,
        };
        confirm.ask(question, move || {
            go.instead("/");
            spawn_local(store.sign_out());
        });
    };
    view! {
        <Dialog label=words::ENDED_TITLE on_close=close>
            <DialogHead title=words::ENDED_TITLE on_close=close />
            <form on:submit=submit>
                <div class="dialog__body">
                    <p class="dialog__text">{words::ENDED_TEXT}</p>
                    <FormError text=error />
                    <TextField
                        label=words::REGISTER_USERNAME
                        name="username"
                        value=name
                        autocomplete="username"
                        readonly=true
                        verbatim=true
                    />
                    <PasswordField
                        label=words::PASSWORD
                        name="password"
                        value=password
                        autocomplete="current-password"
                        autofocus=true
                    />
                </div>
                <div class="dialog__foot">
                    <Button kind=ButtonKind::Quiet on:click=someone_else>
                        {words::ENDED_OTHER}
                    </Button>
                    <Button submit=true busy>
                        {words::SIGN_IN}
                    </Button>
                </div>
            </form>
        </Dialog>
    }
}
