//! The app around the pages: contexts, the route table, who is sent where, the tab's title. Knows no feature from inside.

use crate::dom::shortcuts::{self, Action};
use crate::dom::{focus, storage, theme, timers};
use crate::features::entry::{SessionEnded, SignInAgain};
use crate::features::profile::ProfileLayer;
use crate::features::settings::{SettingsLayer, Tab};
use crate::pages::chat::Chat;
use crate::pages::first_run::FirstRun;
use crate::pages::not_found::{NotAPage, Unreachable};
use crate::pages::register::RegisterPage;
use crate::pages::sign_in::SignInPage;
use crate::place::{
    Address, Place, provide_place, settings_path, use_address, use_go, use_path, use_place,
};
use crate::prefs::Prefs;
use crate::server::{ServerInfo, use_server};
use crate::store::{Store, provide_store, use_store};
use crate::ui::{Confirm, ConfirmLayer, LiveRegions, ToastLayer, Toasts, TooltipLayer, room_label};
use crate::view::prelude::*;
use crate::words;
use leptos::task::spawn_local;
use model::{Session, Slice};

/// Set where somebody is signed in on this device, so that the page can paint the right outline next time.
const HERE_KEY: &str = "confab.device.here";
const SETTING_UP_KEY: &str = "confab.setting_up";

/// Whether a fresh server is being set up by the account that was just made. Survives a reload.
#[derive(Clone, Copy)]
pub(crate) struct SettingUp(RwSignal<bool>);

impl SettingUp {
    fn provide() {
        provide_context(Self(RwSignal::new(storage::get(SETTING_UP_KEY).is_some())));
    }

    /// Whether it is so.
    pub(crate) fn get(self) -> bool {
        self.0.get()
    }

    /// Begins or ends it.
    pub(crate) fn set(self, now: bool) {
        if now {
            storage::set(SETTING_UP_KEY, "1");
        } else {
            storage::remove(SETTING_UP_KEY);
        }
        self.0.set(now);
    }
}

/// The whole client.
#[component]
pub(crate) fn App() -> impl IntoView {
    Prefs::provide();
    Toasts::provide();
    Confirm::provide();
    SignInAgain::provide();
    SettingUp::provide();
    let store = provide_store();
    let server = ServerInfo::provide();
    shortcuts::listen();
    store.start();
    spawn_local(learn_place(server, store));
    view! { <Inside /> }
}

/// Asks what place this is until the server says.
async fn learn_place(server: ServerInfo, store: Store) {
    let mut wait_ms = 1_000;
    while server.load(store).await.is_err() {
        timers::sleep(wait_ms).await;
        wait_ms = (wait_ms * 2).min(15_000);
    }
}

/// What fills the window. Rooms and settings are one screen, which stays while people move about in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Screen {
    SignIn,
    Register,
    Welcome,
    Main,
    Nowhere,
}

#[component]
fn Inside() -> impl IntoView {
    provide_place();
    let address = use_address();
    let screen = Memo::new(move |_| match address.get() {
        Address::SignIn => Screen::SignIn,
        Address::Register => Screen::Register,
        Address::Welcome => Screen::Welcome,
        Address::Place(_) | Address::Settings(_) => Screen::Main,
        Address::Nowhere => Screen::Nowhere,
    });
    send_where_they_belong();
    keep_title();
    answer_shortcuts();
    drop_outline();
    view! {
        {move || match screen.get() {
            Screen::SignIn => view! { <SignInPage /> },
            Screen::Register => view! { <RegisterPage /> },
            Screen::Welcome => view! { <FirstRun /> },
            Screen::Main => view! { <Main /> },
            Screen::Nowhere => view! { <NotAPage /> },
        }}
        <SessionEnded />
        <ProfileLayer />
        <ConfirmLayer />
        <ToastLayer />
        <TooltipLayer />
        <LiveRegions />
    }
}

/// Everything for people who are signed in; it stays while they move from room to room.
#[component]
fn Main() -> impl IntoView {
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Phase {
        Wait,
        Unreachable,
        In,
    }
    let phase = use_store().select(Slice::Session, |model| match model.session() {
        Session::Starting | Session::SignedOut => Phase::Wait,
        Session::Unreachable => Phase::Unreachable,
        Session::SignedIn(_) | Session::Ended(_) => Phase::In,
    });
    move || match phase.get() {
        Phase::Wait => View::nothing(),
        Phase::Unreachable => view! { <Unreachable /> },
        Phase::In => view! {
            <Chat />
            <SettingsLayer />
        },
    }
}

/// What decides where somebody belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Unknown,
    Nobody { setup_required: bool },
    Somebody { setting_up: bool },
}

/// Where else somebody has to be, if not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Elsewhere {
    SignIn,
    Welcome,
    /// Where they wanted to go before they were asked to sign in.
    Wanted,
}

fn elsewhere(who: Who, at: &Address) -> Option<Elsewhere> {
    match (who, at) {
        (Who::Unknown, _)
        | (
            Who::Nobody {
                setup_required: true,
            },
            Address::Welcome,
        )
        | (
            Who::Nobody {
                setup_required: false,
            },
            Address::SignIn | Address::Register,
        )
        | (Who::Somebody { setting_up: true }, Address::Welcome)
        | (Who::Somebody { .. }, Address::Place(_) | Address::Settings(_) | Address::Nowhere) => {
            None
        }
        (
            Who::Nobody {
                setup_required: true,
            },
            _,
        ) => Some(Elsewhere::Welcome),
        (
            Who::Nobody {
                setup_required: false,
            },
            _,
        ) => Some(Elsewhere::SignIn),
        (Who::Somebody { .. }, _) => Some(Elsewhere::Wanted),
    }
}

fn send_where_they_belong() {
    let store = use_store();
    let server = use_server().known();
    let (address, path) = (use_address(), use_path());
    let go = use_go();
    let setting_up: SettingUp = expect_context();
    let wanted = StoredValue::new(None::<String>);
    let session = store.select(Slice::Session, |model| match model.session() {
        Session::Starting | Session::Unreachable => None,
        Session::SignedOut => Some(false),
        Session::SignedIn(_) | Session::Ended(_) => Some(true),
    });
    Effect::new(move |_| {
        let signed_in = session.get();
        match signed_in {
            Some(true) => {
                storage::set(HERE_KEY, "1");
            }
            Some(false) => storage::remove(HERE_KEY),
            None => {}
        }
        let who = match (signed_in, server.get()) {
            (Some(true), _) => Who::Somebody {
                setting_up: setting_up.get(),
            },
            (Some(false), Some(server)) => Who::Nobody {
                setup_required: server.setup_required,
            },
            _ => Who::Unknown,
        };
        match elsewhere(who, &address.get()) {
            None => {}
            Some(Elsewhere::Welcome) => go.instead("/welcome"),
            Some(Elsewhere::SignIn) => {
                // Not the settings: that is where people sign out.
                if matches!(address.get_untracked(), Address::Place(_)) {
                    wanted.set_value(Some(path.get_untracked()));
                }
                go.instead("/sign-in");
            }
            Some(Elsewhere::Wanted) => {
                let path = wanted.try_update_value(Option::take).flatten();
                go.instead(path.as_deref().unwrap_or("/"));
            }
        }
    });
}

/// Title and icon of the tab: `(4) Launch day · Tidewater`.
fn keep_title() {
    let store = use_store();
    let (address, place) = (use_address(), use_place());
    let server = use_server().name();
    let for_you = store.select(Slice::Attention, model::Model::attention);
    let room = Memo::new(move |_| {
        let room = store.get(Slice::Open, model::Model::open)?;
        Some(room_label(
            &store.get(Slice::Room(room), |model| model.room_name(room)),
        ))
    });
    let soon = StoredValue::new(None::<timers::Timer>);
    Effect::new(move |_| {
        let here = match address.get() {
            Address::SignIn => words::SIGN_IN.to_owned(),
            Address::Register => words::SIGN_IN_REGISTER.to_owned(),
            Address::Welcome => words::WELCOME_TITLE.to_owned(),
            Address::Settings(tab) => Tab::parse(&tab).title().to_owned(),
            Address::Place(_) if place.get() == Place::Home => String::new(),
            Address::Nowhere => String::new(),
            Address::Place(_) => room.get().unwrap_or_default(),
        };
        let title = words::title(for_you.get(), &here, &server.get());
        // A title costs the browser as much as a row of messages.
        soon.set_value(timers::after(timers::BEHIND_MS, move || {
            document().set_title(&title);
        }));
    });
    Effect::new(move |_| theme::set_icon(for_you.get() > 0));
}

fn answer_shortcuts() {
    let go = use_go();
    shortcuts::on(Action::Settings, move || {
        go.to(&settings_path(Tab::Profile.as_str()))
    });
    shortcuts::on(Action::KeyMap, move || {
        go.to(&settings_path(Tab::Keyboard.as_str()))
    });
    shortcuts::on(Action::NextRegion, || focus::next_region(true));
    shortcuts::on(Action::PreviousRegion, || focus::next_region(false));
}

/// The outline that `index.html` paints goes when there is something to show instead.
fn drop_outline() {
    let session = use_store().select(Slice::Session, model::Model::session);
    Effect::new(move |_| {
        if session.with(|session| *session != Session::Starting)
            && let Some(outline) = document().get_element_by_id("shell")
        {
            outline.remove();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::{Elsewhere, Who, elsewhere};
    use crate::place::{Address, Place};
    use shared::RoomId;

    const ROOM: Address = Address::Place(Place::Room(RoomId(1)));

    #[test]
    fn nobody_signs_in_first_and_a_fresh_server_is_set_up_first() {
        assert_eq!(
            elsewhere(
                Who::Nobody {
                    setup_required: false
                },
                &ROOM
            ),
            Some(Elsewhere::SignIn)
        );
        assert_eq!(
            elsewhere(
                Who::Nobody {
                    setup_required: false
                },
                &Address::Welcome
            ),
            Some(Elsewhere::SignIn)
        );
        assert_eq!(
            elsewhere(
                Who::Nobody {
                    setup_required: false
                },
                &Address::Register
            ),
            None
        );
        assert_eq!(
            elsewhere(
                Who::Nobody {
                    setup_required: true
                },
                &ROOM
            ),
            Some(Elsewhere::Welcome)
        );
        assert_eq!(
            elsewhere(
                Who::Nobody {
                    setup_required: true
                },
                &Address::SignIn
            ),
            Some(Elsewhere::Welcome)
        );
    }

    #[test]
    fn somebody_goes_on_to_where_they_wanted() {
        let somebody = Who::Somebody { setting_up: false };
        assert_eq!(
            elsewhere(somebody, &Address::SignIn),
            Some(Elsewhere::Wanted)
        );
        assert_eq!(
            elsewhere(somebody, &Address::Welcome),
            Some(Elsewhere::Wanted)
        );
        assert_eq!(elsewhere(somebody, &ROOM), None);
        assert_eq!(
            elsewhere(Who::Somebody { setting_up: true }, &Address::Welcome),
            None
        );
    }

    #[test]
    fn nobody_is_sent_anywhere_before_it_is_known_who_they_are() {
        assert_eq!(elsewhere(Who::Unknown, &ROOM), None);
        assert_eq!(elsewhere(Who::Unknown, &Address::SignIn), None);
    }
}
