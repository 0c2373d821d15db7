//! Taking all one's data along, for the password again.

use crate::failure;
use crate::store::use_store;
use crate::ui::{Button, ButtonKind, Dialog, FormError, Glyph, PasswordField, use_toasts};
use crate::view::{ev, prelude::*};
use crate::words;
use leptos::task::spawn_local;
use model::Failure;
use wasm_bindgen::JsCast;
use web_sys::{HtmlAnchorElement, Url};

/// What it is, and the way there.
#[component]
pub(super) fn Export() -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <section class="settings__part">
            <h3 class="settings__heading">{words::EXPORT_TITLE}</h3>
            <p class="settings__text">{words::EXPORT_TEXT}</p>
            <div>
                <Button kind=ButtonKind::Outline glyph=Glyph::Download on:click=move |_| open.set(true)>
                    {words::EXPORT}
                </Button>
            </div>
            <Show when=move || open.get()>
                <Ask open />
            </Show>
        </section>
    }
}

#[component]
fn Ask(open: RwSignal<bool>) -> impl IntoView {
    let (store, toasts) = (use_store(), use_toasts());
    let password = RwSignal::new(String::new());
    let refused = RwSignal::new(None::<Failure>);
    let busy = RwSignal::new(false);
    let close = Callback::new(move |()| open.set(false));
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() || password.with_untracked(String::is_empty) {
            return;
        }
        busy.set(true);
        refused.set(None);
        spawn_local(async move {
            match store.export_me(password.get_untracked()).await {
                Ok(zip) => {
                    let saved = save(&zip, "confab-export.zip").is_some();
                    toasts.say(if saved {
                        words::EXPORT_DONE
                    } else {
                        words::BROKE
                    });
                    close.try_run(());
                }
                Err(failure) => {
                    refused.try_set(Some(failure));
                }
            }
            busy.try_set(false);
        });
    };
    let password_error = Signal::derive(move || {
        refused.with(|it| {
            let field = it.as_ref().and_then(|it| it.field("password"));
            field.map(|_| words::PASSWORD_WRONG.to_owned())
        })
    });
    let error = Signal::derive(move || {
        refused.with(|it| {
            it.as_ref()
                .and_then(|it| failure::of_form(it, &["password"]))
        })
    });
    view! {
        <Dialog label=words::EXPORT on_close=close>
            <div class="dialog__head">
                <h2 class="dialog__title">{words::EXPORT}</h2>
            </div>
            <form on:submit=submit>
                <div class="dialog__body">
                    <p class="dialog__text">{words::EXPORT_ASK}</p>
                    <FormError text=error />
                    <PasswordField
                        label=words::PASSWORD
                        name="password"
                        value=password
                        error=password_error
                        autocomplete="current-password"
                        autofocus=true
                    />
                </div>
                <div class="dialog__foot">
                    <Button kind=ButtonKind::Quiet on:click=move |_| close.run(())>
                        {words::CANCEL}
                    </Button>
                    <Button
                        submit=true
                        busy
                        disabled=Signal::derive(move || password.with(String::is_empty))
                    >
                        {words::EXPORT}
                    </Button>
                </div>
            </form>
        </Dialog>
    }
}

/// Hands a file to the browser's downloads.
fn save(blob: &web_sys::Blob, name: &str) -> Option<()> {
    let url = Url::create_object_url_with_blob(blob).ok()?;
    let link: HtmlAnchorElement = document().create_element("a").ok()?.dyn_into().ok()?;
    link.set_href(&url);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&url).ok()
}
