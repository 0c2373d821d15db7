//! The card of someone, beside what was pressed, or from below on a phone.

use super::face::{CardFace, Facts};
use crate::dom::{clipboard, clock};
use crate::place::{direct_path, settings_path, use_go};
use crate::prefs::use_prefs;
use crate::store::{Store, use_store};
use crate::ui::{
    Button, ButtonKind, Glyph, IconButton, Placement, Popover, SkeletonRows, use_toasts,
};
use crate::view::prelude::*;
use crate::words;
use leptos::task::spawn_local;
use model::Slice;
use shared::UserId;
use std::cell::Cell;
use std::time::Duration;
use web_sys::Element;

/// How often the local time on the card is looked at.
const MINUTE_HAND: Duration = Duration::from_secs(10);

type Open = RwSignal<Option<(UserId, Element)>>;

thread_local! {
    static OPEN: Cell<Option<Open>> = const { Cell::new(None) };
}

/// Opens the card of `user` beside `anchor`; again beside the same person's closes it.
pub(crate) fn open_profile(user: UserId, anchor: Element) {
    let Some(open) = OPEN.get() else { return };
    let same = open.with_untracked(|it| {
        it.as_ref()
            .is_some_and(|(id, at)| *id == user && *at == anchor)
    });
    open.set((!same).then_some((user, anchor)));
}

/// Where the card opens; mounted once.
#[component]
pub(crate) fn ProfileLayer() -> impl IntoView {
    let open: Open = RwSignal::new(None);
    OPEN.set(Some(open));
    on_cleanup(|| OPEN.set(None));
    let close = Callback::new(move |()| open.set(None));
    move || {
        open.get()
            .map(|(user, anchor)| view! { <ProfileCard user anchor on_close=close /> })
    }
}

#[component]
fn ProfileCard(user: UserId, anchor: Element, on_close: Callback<()>) -> impl IntoView {
    let store = use_store();
    let missing = RwSignal::new(false);
    spawn_local(async move {
        // Fresh, as a card is where people look; what is known is shown meanwhile.
        if store.user(user).await.is_err() {
            missing.try_set(true);
        }
    });
    let facts = facts_of(store, user);
    let label = store.read(|model| {
        model
            .user(user)
            .map_or_else(String::new, |it| words::profile_of(&it.display_name))
    });
    let known = Memo::new(move |_| facts.with(Option::is_some));
    let body = move || {
        if known.get() {
            let first = facts.get_untracked();
            first.map(|first| {
                let shown = Signal::derive(move || facts.get().unwrap_or_else(|| first.clone()));
                view! {
                    <CardFace facts=shown>
                        <Buttons user facts=shown on_close />
                    </CardFace>
                }
            })
        } else if missing.get() {
            Some(view! { <p class="card__missing">{words::PROFILE_MISSING}</p> })
        } else {
            Some(view! { <div class="card__missing"><SkeletonRows rows=1 /></div> })
        }
    };
    view! {
        <Popover anchor label on_close placement=Placement::EndTop sheet=true class="card-popover">
            {body}
        </Popover>
    }
}

/// What is known of someone, as it changes.
fn facts_of(store: Store, user: UserId) -> Memo<Option<Facts>> {
    let prefs = use_prefs();
    let tick = RwSignal::new(());
    if let Ok(hand) = set_interval_with_handle(move || tick.set(()), MINUTE_HAND) {
        on_cleanup(move || hand.clear());
    }
    let person = store.select(Slice::User(user), move |model| model.user(user).cloned());
    let presence = store.select(Slice::Presence(user), move |model| model.presence(user));
    Memo::new(move |_| {
        tick.get();
        let person = person.get()?;
        let now = store.now();
        let status = person
            .status
            .clone()
            .filter(|it| it.expires_at.is_none_or(|end| end > now));
        let time = person
            .time_zone
            .as_deref()
            .and_then(|zone| clock::time(now.0, Some(zone), prefs.clock24()));
        Some(Facts {
            id: person.id,
            name: person.display_name.clone(),
            username: person.username.clone(),
            picture: person.avatar_url.clone(),
            presence: presence.get(),
            status,
            bio: person.bio.clone(),
            role: person.role,
            time,
        })
    })
}

#[component]
fn Buttons(user: UserId, facts: Signal<Facts>, on_close: Callback<()>) -> impl IntoView {
    let (store, toasts, go) = (use_store(), use_toasts(), use_go());
    let own = store.read(|model| model.is_me(user));
    let main = move |_| {
        on_close.run(());
        go.to(&if own {
            settings_path("profile")
        } else {
            direct_path(user)
        });
    };
    let copy = move |_| {
        let username = facts.with_untracked(|it| format!("@{}", it.username));
        spawn_local(async move {
            let done = clipboard::copy(&username).await;
            toasts.say(if done {
                words::USERNAME_COPIED
            } else {
                words::NOT_COPIED
            });
        });
    };
    view! {
        {if own {
            view! {
                <Button kind=ButtonKind::Outline wide=true glyph=Glyph::Pencil on:click=main>
                    {words::EDIT_PROFILE}
                </Button>
            }

        } else {
            view! {
                <Button wide=true glyph=Glyph::MessageCircle on:click=main>
                    {words::MESSAGE}
                </Button>
            }

        }}
        <IconButton glyph=Glyph::Copy label=words::COPY_USERNAME on:click=copy />
    }
}
