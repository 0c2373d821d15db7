//! The sign-in form.

use crate::failure;
use crate::server::use_server;
use crate::store::use_store;
use crate::ui::{Button, FormError, PasswordField, TextField};
use crate::view::{ev, prelude::*};
use crate::words;
use leptos::task::spawn_local;
use shared::ErrorCode;
use shared::server::Registration;

/// Username or e-mail, and password. Both stay when they did not match.
#[component]
pub(crate) fn SignIn() -> impl IntoView {
    let store = use_store();
    let server = use_server();
    let (login, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let error = RwSignal::new(None::<String>);
    let busy = RwSignal::new(false);
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let outcome = store
                .login(
                    login.get_untracked().trim().to_owned(),
                    password.get_untracked(),
                )
                .await;
            if let Err(failure) = outcome {
                let words = match failure.code() {
                    Some(ErrorCode::InvalidCredentials) => words::SIGN_IN_NO_MATCH.to_owned(),
                    _ => failure::in_words(&failure),
                };
                error.try_set(Some(words));
            }
            busy.try_set(false);
        });
    };
    let open = move || {
        server.known().with(|server| {
            server
                .as_ref()
                .is_some_and(|it| it.registration == Registration::Open)
        })
    };
    view! {
        <form class="entry__form" on:submit=submit>
            <div>
                <h1 class="entry__title">{words::SIGN_IN_TITLE}</h1>
                <p class="entry__sub">{move || server.name().with(|place| words::sign_in_to(place))}</p>
            </div>
            <FormError text=error />
            <TextField
                label=words::SIGN_IN_LOGIN
                name="login"
                value=login
                autocomplete="username"
                required=true
                autofocus=true
                verbatim=true
            />
            <PasswordField label=words::PASSWORD name="password" value=password autocomplete="current-password" />
            <Button submit=true large=true wide=true busy>
                {words::SIGN_IN}
            </Button>
            <div class="entry__more">
                <p>{words::SIGN_IN_FORGOT}</p>
                {move || {
                    open()
                        .then(|| {
                            view! {
                                <p>
                                    {words::SIGN_IN_NEW} " "
                                    <a class="link" href="/register">
                                        {words::SIGN_IN_REGISTER}
                                    </a>
                                </p>
                            }
                        })
                }}
            </div>
        </form>
    }
}
