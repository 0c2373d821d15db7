//! The settings dialog: open while the address says so, its tabs, its way out.

use super::Tab;
use super::about::About;
use super::account::Account;
use super::appearance::Appearance;
use super::devices::Devices;
use super::draft::Draft;
use super::keyboard::Keyboard;
use super::profile::Profile;
use crate::dom::focus;
use crate::place::{Address, settings_path, use_address, use_go, use_place};
use crate::store::use_store;
use crate::ui::{Dialog, Glyph, Icon, IconButton, Question, use_confirm};
use crate::view::{html, prelude::*};
use crate::words;
use leptos::task::spawn_local;

/// Settings, while the address asks for them; mounted once.
#[component]
pub(crate) fn SettingsLayer() -> impl IntoView {
    let address = use_address();
    let place = use_place();
    let (go, confirm) = (use_go(), use_confirm());
    // Kept here, so that a profile that was begun survives a look at another tab or at a room.
    let draft = Draft::new();
    let open = Memo::new(move |_| matches!(address.get(), Address::Settings(_)));
    let close = Callback::new(move |()| {
        let leave = move || {
            draft.reset();
            go.to(&place.get_untracked().path());
        };
        if draft.changed().get_untracked() {
            let question = Question {
                title: words::LEAVE_TITLE.to_owned(),
                text: words::LEAVE_TEXT.to_owned(),
                yes: words::LEAVE_YES.to_owned(),
                no: words::LEAVE_NO.to_owned(),
                danger: false,
            };
            confirm.ask(question, leave);
        } else {
            leave();
        }
    });
    view! {
        <Show when=move || open.get()>
            <Dialog label=words::SETTINGS on_close=close class="settings">
                <Body draft on_close=close />
            </Dialog>
        </Show>
    }
}

#[component]
fn Body(draft: Draft, on_close: Callback<()>) -> impl IntoView {
    let address = use_address();
    // On a phone `/settings` is the list of tabs; on a wide screen the list stands beside the first tab.
    let named = Memo::new(move |_| match address.get() {
        Address::Settings(tab) if !tab.is_empty() => Some(Tab::parse(&tab)),
        _ => None,
    });
    let tab = Memo::new(move |_| named.get().unwrap_or(Tab::Profile));
    let frame = NodeRef::<html::Div>::new();
    Effect::new(move |first: Option<()>| {
        named.track();
        if first.is_some() {
            request_animation_frame(move || {
                if let Some(frame) = frame.try_get_untracked() {
                    focus::to_title_if_lost(&frame);
                }
            });
        }
    });
    view! {
        <div class="settings__frame" node_ref=frame class:settings__frame--list=move || named.get().is_none()>
            <nav class="settings__nav" aria-label=words::SETTINGS>
                <div class="settings__nav-head">
                    <h2 class="settings__name" tabindex="-1">{words::SETTINGS}</h2>
                    <span class="settings__nav-close">
                        <IconButton glyph=Glyph::X label=words::CLOSE on:click=move |_| on_close.run(()) />
                    </span>
                </div>
                <ul class="settings__tabs">
                    {Tab::ALL
                        .into_iter()
                        .map(|it| {
                            view! {
                                <li>
                                    <a
                                        class="settings__tab"
                                        href=settings_path(it.as_str())
                                        aria-current=move || (tab.get() == it).then_some("page")
                                    >
                                        <Icon glyph=it.glyph() />
                                        {it.title()}
                                    </a>
                                </li>
                            }
                        })
                        .collect_view()}
                </ul>
                <SignOut />
            </nav>
            <section class="settings__main" aria-labelledby="settings-title">
                <header class="settings__head">
                    <a class="settings__back icon-button" href="/settings" aria-label=words::BACK data-tip=words::BACK>
                        <Icon glyph=Glyph::ArrowLeft />
                    </a>
                    <h2 class="settings__title" id="settings-title" tabindex="-1">
                        {move || tab.get().title()}
                    </h2>
                    <IconButton
                        glyph=Glyph::X
                        label=words::CLOSE
                        keys="esc"
                        on:click=move |_| on_close.run(())
                    />
                </header>
                {move || match tab.get() {
                    Tab::Profile => view! { <Profile draft on_close /> },
                    Tab::Account => view! { <Account /> },
                    Tab::Devices => view! { <Devices /> },
                    Tab::Appearance => view! { <Appearance /> },
                    Tab::Keyboard => view! { <Keyboard /> },
                    Tab::About => view! { <About /> },
                }}
            </section>
        </div>
    }
}

#[component]
fn SignOut() -> impl IntoView {
    let (store, confirm) = (use_store(), use_confirm());
    let leave = move || spawn_local(store.sign_out());
    let press = move |_| {
        let unsent = store.read(|model| {
            let waits = |room: &shared::rooms::Room| {
                model
                    .room_row(room.id)
                    .is_some_and(|row| row.failed || row.draft)
            };
            model.rooms().any(waits)
        });
        if unsent {
            let question = Question {
                title: words::SIGN_OUT_TITLE.to_owned(),
                text: words::SIGN_OUT_TEXT.to_owned(),
                yes: words::SIGN_OUT.to_owned(),
                no: words::SIGN_OUT_NO.to_owned(),
                danger: true,
            };
            confirm.ask(question, leave);
        } else {
            leave();
        }
    };
    view! {
        <button type="button" class="settings__tab" on:click=press>
            <Icon glyph=Glyph::LogOut />
            {words::SIGN_OUT}
        </button>
    }
}
