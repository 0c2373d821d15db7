//! Making an account: the fields, shared with the set-up of a fresh server, and the register form.

use super::strength_in_words;
use crate::dom::focus;
use crate::failure;
use crate::server::use_server;
use crate::store::{Store, use_store};
use crate::ui::{Button, FormError, PasswordField, TextField};
use crate::view::{ev, prelude::*};
use crate::words;
use leptos::task::spawn_local;
use model::Failure;
use shared::ErrorCode;
use shared::accounts;
use shared::limits::DISPLAY_NAME_CHARS;
use shared::server::Registration;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

const FIELDS: [&str; 5] = [
    "display_name",
    "username",
    "email",
    "password",
    "setup_code",
];

/// What is typed for a new account, and what the server said about it.
#[derive(Clone, Copy)]
pub(crate) struct Account {
    store: Store,
    pub(crate) display_name: RwSignal<String>,
    pub(crate) username: RwSignal<String>,
    email: RwSignal<String>,
    password: RwSignal<String>,
    setup_code: RwSignal<String>,
    refused: RwSignal<Option<Failure>>,
    busy: RwSignal<bool>,
}

impl Account {
    /// Nothing typed yet.
    pub(crate) fn new() -> Self {
        let text = || RwSignal::new(String::new());
        Self {
            store: use_store(),
            display_name: text(),
            username: text(),
            email: text(),
            password: text(),
            setup_code: text(),
            refused: RwSignal::new(None),
            busy: RwSignal::new(false),
        }
    }

    fn request(self) -> accounts::Register {
        let filled = |field: RwSignal<String>| {
            Some(field.get_untracked().trim().to_owned()).filter(|it| !it.is_empty())
        };
        accounts::Register {
            username: self.username.get_untracked().trim().to_owned(),
            password: self.password.get_untracked(),
            display_name: filled(self.display_name),
            email: filled(self.email),
            invite: None,
            setup_code: filled(self.setup_code),
        }
    }

    /// Whether the server is being asked.
    pub(crate) fn busy(self) -> Signal<bool> {
        self.busy.into()
    }

    /// What is wrong with the whole, not with one field.
    pub(crate) fn error(self) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.refused
                .with(|it| it.as_ref().and_then(|it| failure::of_form(it, &FIELDS)))
        })
    }

    fn field_error(self, name: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.refused.with(|it| {
                let failure = it.as_ref()?;
                if name == "setup_code" && failure.code() == Some(ErrorCode::SetupCodeRequired) {
                    return Some(failure.detail().to_owned());
                }
                failure::of_field(failure, name)
            })
        })
    }

    /// Makes the account. `before` runs first, then `refused` or `done`.
    pub(crate) fn submit(
        self,
        event: &ev::SubmitEvent,
        before: impl Fn() + 'static,
        refused: impl Fn() + 'static,
        done: impl Fn() + 'static,
    ) {
        event.prevent_default();
        if self.busy.get_untracked() {
            return;
        }
        let form = event
            .target()
            .and_then(|it| it.dyn_into::<HtmlElement>().ok());
        self.busy.set(true);
        self.refused.set(None);
        before();
        let request = self.request();
        spawn_local(async move {
            let outcome = self.store.register(&request).await;
            self.busy.try_set(false);
            match outcome {
                Ok(()) => done(),
                Err(failure) => {
                    refused();
                    self.refused.try_set(Some(failure));
                    if let Some(form) = form {
                        focus::first_invalid_soon(form);
                    }
                }
            }
        });
    }
}

/// The fields of a new account.
#[component]
pub(crate) fn AccountFields(
    account: Account,
    /// Whether the server wants the code that it printed.
    #[prop(into)]
    setup_code: Signal<bool>,
) -> impl IntoView {
    let strength = Signal::derive(move || {
        account.password.with(|password| {
            account
                .username
                .with(|username| strength_in_words(password, username).to_owned())
        })
    });
    view! {
        {move || {
            setup_code
                .get()
                .then(|| {
                    view! {
                        <TextField
                            label=words::SETUP_CODE
                            name="setup_code"
                            value=account.setup_code
                            error=account.field_error("setup_code")
                            hint=words::SETUP_CODE_HINT
                            required=true
                            verbatim=true
                        />
                    }
                })
        }}
        <TextField
            label=words::REGISTER_NAME
            name="display_name"
            value=account.display_name
            error=account.field_error("display_name")
            autocomplete="name"
            maxlength=DISPLAY_NAME_CHARS
            autofocus=true
        />
        <TextField
            label=words::REGISTER_USERNAME
            name="username"
            value=account.username
            error=account.field_error("username")
            hint=words::REGISTER_USERNAME_HINT
            autocomplete="username"
            required=true
            verbatim=true
        />
        <TextField
            label=words::REGISTER_EMAIL
            name="email"
            kind="email"
            value=account.email
            error=account.field_error("email")
            autocomplete="email"
            verbatim=true
        />
        <PasswordField
            label=words::PASSWORD
            name="password"
            value=account.password
            error=account.field_error("password")
            hint=strength
            autocomplete="new-password"
        />
    }
}

/// The register form, or why there is none.
#[component]
pub(crate) fn Register() -> impl IntoView {
    let server = use_server();
    let account = Account::new();
    let registration = Memo::new(move |_| {
        server
            .known()
            .with(|it| it.as_ref().map(|it| it.registration))
    });
    let join = move || server.name().with(|place| words::join(place));
    let form = move || match registration.get() {
        None => View::nothing(),
        Some(Registration::Open) => view! {
            <FormError text=account.error() />
            <AccountFields account setup_code=false />
            <Button submit=true large=true wide=true busy=account.busy()>
                {join}
            </Button>
        },
        Some(Registration::Invite) => {
            view! { <p class="entry__closed">{move || server.name().with(|it| words::invite_only(it))}</p> }
        }
        Some(Registration::Closed) => {
            view! { <p class="entry__closed">{move || server.name().with(|it| words::closed(it))}</p> }
        }
    };
    view! {
        <form class="entry__form" novalidate=true on:submit=move |event| account.submit(&event, || {}, || {}, || {})>
            <h1 class="entry__title">{move || format!("{}.", join())}</h1>
            {form}
            <div class="entry__more">
                <p>
                    {words::REGISTER_HAVE} " "
                    <a class="link" href="/sign-in">
                        {words::SIGN_IN}
                    </a>
                </p>
            </div>
        </form>
    }
}
