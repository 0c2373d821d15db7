//! One's picture: from a file, dropped or pasted; the server cuts it square. Saved at once, not with the form.

use crate::failure;
use crate::server::use_server;
use crate::store::{Store, use_store};
use crate::ui::{
    Avatar, AvatarSize, Button, ButtonKind, Glyph, Spinner, Toasts, speak, use_toasts,
};
use crate::view::{ev, html, prelude::*};
use crate::words;
use leptos::task::spawn_local;
use model::Slice;
use shared::limits::AVATAR_BYTES;
use web_sys::{DataTransfer, File};

const TYPES: [&str; 4] = ["image/png", "image/jpeg", "image/webp", "image/gif"];

/// Takes pictures and sends them.
#[derive(Clone, Copy)]
struct Photos {
    store: Store,
    toasts: Toasts,
    busy: RwSignal<bool>,
    error: RwSignal<Option<String>>,
    limit: Signal<usize>,
}

impl Photos {
    fn take(self, file: File) {
        if self.busy.get_untracked() {
            return;
        }
        let limit = self.limit.get_untracked();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "sizes are whole numbers of bytes"
        )]
        let bytes = file.size() as u64;
        if !TYPES.contains(&file.type_().as_str()) {
            self.error.set(Some(words::PHOTO_TYPE.to_owned()));
        } else if bytes > limit as u64 {
            self.error.set(Some(words::photo_too_large(bytes, limit)));
        } else {
            self.busy.set(true);
            self.error.set(None);
            spawn_local(async move {
                match self.store.put_avatar(&file).await {
                    Ok(_) => self.toasts.say(words::PHOTO_SAVED),
                    Err(failure) => self.refused(&failure),
                }
                self.busy.try_set(false);
            });
        }
    }

    fn remove(self) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.error.set(None);
        spawn_local(async move {
            match self.store.delete_avatar().await {
                Ok(_) => self.toasts.say(words::PHOTO_REMOVED),
                Err(failure) => self.refused(&failure),
            }
            self.busy.try_set(false);
        });
    }

    fn refused(self, failure: &model::Failure) {
        let words = failure::in_words(failure);
        speak(words.clone());
        self.error.try_set(Some(words));
    }
}

/// The picture with what changes it.
#[component]
pub(crate) fn Photo() -> impl IntoView {
    let store = use_store();
    let server = use_server().known();
    let photos = Photos {
        store,
        toasts: use_toasts(),
        busy: RwSignal::new(false),
        error: RwSignal::new(None),
        limit: Signal::derive(move || {
            server.with(|it| {
                it.as_ref()
                    .map_or(AVATAR_BYTES, |it| it.limits.avatar_bytes)
            })
        }),
    };
    let me = store.select(Slice::Session, |model| model.me().map(|me| me.user.clone()));
    let id = me.with_untracked(|me| me.as_ref().map(|me| me.id));
    let name = Signal::derive(move || {
        me.with(|me| {
            me.as_ref()
                .map_or_else(String::new, |me| me.display_name.clone())
        })
    });
    let url = Memo::new(move |_| me.with(|me| me.as_ref().and_then(|me| me.avatar_url.clone())));
    let input = NodeRef::<html::Input>::new();
    let over = RwSignal::new(false);
    let pasted = window_event_listener(ev::paste, move |event| {
        if let Some(file) = event.clipboard_data().as_ref().and_then(picture_in) {
            event.prevent_default();
            photos.take(file);
        }
    });
    on_cleanup(move || pasted.remove());
    let chosen = move |_| {
        let Some(input) = input.get_untracked() else {
            return;
        };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            photos.take(file);
        }
        // The same file again is a change again.
        input.set_value("");
    };
    let drop = move |event: ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        if let Some(file) = event.data_transfer().as_ref().and_then(picture_in) {
            photos.take(file);
        }
    };
    let pick = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    view! {
        <div
            class="photo"
            class:photo--over=over
            on:dragover=move |event: ev::DragEvent| {
                event.prevent_default();
                over.set(true);
            }
            on:dragleave=move |_| over.set(false)
            on:drop=drop
        >
            <div class="photo__face">
                {id.map(|id| view! { <Avatar id name url size=AvatarSize::Xl /> })}
                {move || photos.busy.get().then(|| view! { <span class="photo__busy"><Spinner /></span> })}
            </div>
            <div class="photo__side">
                <div class="photo__buttons">
                    <Button kind=ButtonKind::Outline glyph=Glyph::Camera on:click=pick>
                        {words::PHOTO_CHANGE}
                    </Button>
                    {move || {
                        url.get()
                            .map(|_| {
                                view! {
                                    <Button kind=ButtonKind::Quiet on:click=move |_| photos.remove()>
                                        {words::PHOTO_REMOVE}
                                    </Button>
                                }
                            })
                    }}
                </div>
                <input
                    node_ref=input
                    type="file"
                    class="visually-hidden"
                    tabindex="-1"
                    aria-hidden="true"
                    accept=TYPES.join(",")
                    on:change=chosen
                />
                {move || match photos.error.get() {
                    Some(error) => view! { <p class="field__error" role="alert">{error}</p> },
                    None => view! { <p class="field__hint">{words::PHOTO_HINT}</p> },
                }}
            </div>
        </div>
    }
}

fn picture_in(data: &DataTransfer) -> Option<File> {
    let files = data.files()?;
    (0..files.length())
        .filter_map(|at| files.get(at))
        .find(|file| file.type_().starts_with("image/"))
}
