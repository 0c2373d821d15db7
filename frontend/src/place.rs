//! Where one is: the address bar as a value, and going elsewhere. The only file that knows how addresses are written.

use crate::view::ev;
use crate::view::prelude::*;
use shared::{RoomId, UserId};
use wasm_bindgen::{JsCast, JsValue};

/// A place in the signed-in app. Settings open over a place and do not change it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// `/`
    #[default]
    Home,
    /// `/r/{room}`
    Room(RoomId),
    /// `/r/{room}/{seq}`: a message by its place in the room.
    Message(RoomId, i64),
    /// `/dm/{user}`: the conversation with one person, made when there is none.
    Direct(UserId),
    /// An address inside the app that leads nowhere.
    Unknown,
}

impl Place {
    /// Its address.
    pub(crate) fn path(self) -> String {
        match self {
            Self::Home | Self::Unknown => "/".to_owned(),
            Self::Room(room) => room_path(room),
            Self::Message(room, seq) => message_path(room, seq),
            Self::Direct(user) => direct_path(user),
        }
    }
}

/// What an address asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// A place in the app.
    Place(Place),
    /// A tab of the settings, over the place of before.
    Settings(String),
    /// `/sign-in`
    SignIn,
    /// `/register`
    Register,
    /// `/welcome`: setting up a fresh server.
    Welcome,
    /// No page of this client.
    Nowhere,
}

impl Address {
    /// Reads a path.
    pub(crate) fn parse(path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let place = match parts.as_slice() {
            [] => Place::Home,
            ["r", room] => room.parse().map_or(Place::Unknown, Place::Room),
            ["r", room, seq] => match (room.parse(), seq.parse()) {
                (Ok(room), Ok(seq)) => Place::Message(room, seq),
                _ => Place::Unknown,
            },
            ["dm", user] => user.parse().map_or(Place::Unknown, Place::Direct),
            ["settings"] => return Self::Settings(String::new()),
            ["settings", tab] => return Self::Settings((*tab).to_owned()),
            ["sign-in"] => return Self::SignIn,
            ["register"] => return Self::Register,
            ["welcome"] => return Self::Welcome,
            ["r" | "dm", ..] => Place::Unknown,
            _ => return Self::Nowhere,
        };
        Self::Place(place)
    }
}

/// The path of a room.
pub(crate) fn room_path(room: RoomId) -> String {
    format!("/r/{room}")
}

/// The path of a message.
pub(crate) fn message_path(room: RoomId, seq: i64) -> String {
    format!("/r/{room}/{seq}")
}

/// The path of the conversation with someone.
pub(crate) fn direct_path(user: UserId) -> String {
    format!("/dm/{user}")
}

/// The path of a tab of the settings.
pub(crate) fn settings_path(tab: &str) -> String {
    format!("/settings/{tab}")
}

/// A path with this server's origin, for copying.
pub(crate) fn absolute(path: &str) -> String {
    format!("{}{path}", window().location().origin().unwrap_or_default())
}

/// Where one is; set up once at the root.
#[derive(Clone, Copy)]
struct Here {
    path: RwSignal<String>,
    address: Memo<Address>,
    place: Memo<Place>,
}

impl Here {
    /// Goes to a path; `replace`: in place of the present one.
    fn navigate(self, path: &str, replace: bool) {
        let Ok(history) = window().history() else {
            return;
        };
        let moved = if replace {
            history.replace_state_with_url(&JsValue::NULL, "", Some(path))
        } else {
            history.push_state_with_url(&JsValue::NULL, "", Some(path))
        };
        if moved.is_ok() {
            self.path.set(own_path());
        }
    }
}

fn own_path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// Puts it into the context for everything below, and follows Back, Forward and the links of the page.
pub(crate) fn provide_place() {
    let path = RwSignal::new(own_path());
    let address = Memo::new(move |_| path.with(|path| Address::parse(path)));
    let place = Memo::new(move |last: Option<&Place>| match address.get() {
        Address::Place(place) => place,
        _ => last.copied().unwrap_or_default(),
    });
    let here = Here {
        path,
        address,
        place,
    };
    window_event_listener(ev::popstate, move |_| path.set(own_path()));
    window_event_listener(ev::click, move |event| {
        if let Some(path) = followed(&event) {
            event.prevent_default();
            here.navigate(&path, false);
        }
    });
    provide_context(here);
}

/// The path of the link that was pressed, when it leads to another page of this client in this tab.
fn followed(event: &web_sys::MouseEvent) -> Option<String> {
    let plain = event.button() == 0
        && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key());
    if !plain || event.default_prevented() {
        return None;
    }
    let pressed: web_sys::Element = event.target()?.dyn_into().ok()?;
    let link = pressed.closest("a[href]").ok()??;
    let elsewhere = ["target", "download"]
        .iter()
        .any(|name| link.has_attribute(name))
        || link
            .get_attribute("rel")
            .is_some_and(|rel| rel.contains("external"));
    let path = link.get_attribute("href")?;
    (!elsewhere && path.starts_with('/') && !path.starts_with("//")).then_some(path)
}

/// The path in the address bar.
pub(crate) fn use_path() -> RwSignal<String> {
    expect_context::<Here>().path
}

/// The address.
pub(crate) fn use_address() -> Memo<Address> {
    expect_context::<Here>().address
}

/// The place, also while settings are open over it.
pub(crate) fn use_place() -> Memo<Place> {
    expect_context::<Here>().place
}

/// Goes places; [`use_go`] gives it to event handlers.
#[derive(Clone, Copy)]
pub(crate) struct Go(Here);

impl Go {
    /// Goes to a path.
    pub(crate) fn to(self, path: &str) {
        self.0.navigate(path, false);
    }

    /// Goes to a path in place of the present one: Back does not lead here again.
    pub(crate) fn instead(self, path: &str) {
        self.0.navigate(path, true);
    }
}

/// The way to other places; call it while setting up a component.
pub(crate) fn use_go() -> Go {
    Go(expect_context())
}

#[cfg(test)]
mod tests {
    use super::{Address, Place};
    use shared::{RoomId, UserId};

    #[test]
    fn addresses_are_read_and_what_is_no_address_leads_nowhere() {
        let place = |path| match Address::parse(path) {
            Address::Place(place) => place,
            other => panic!("{other:?}"),
        };
        assert_eq!(place("/"), Place::Home);
        assert_eq!(place("/r/7"), Place::Room(RoomId(7)));
        assert_eq!(place("/r/7/"), Place::Room(RoomId(7)));
        assert_eq!(place("/r/7/12"), Place::Message(RoomId(7), 12));
        assert_eq!(place("/dm/3"), Place::Direct(UserId(3)));
        assert_eq!(place("/r/x"), Place::Unknown);
        assert_eq!(place("/r/7/x"), Place::Unknown);
        assert_eq!(place("/r/99999999999999999999"), Place::Unknown);
        assert_eq!(Address::parse("/elsewhere"), Address::Nowhere);
        assert_eq!(
            Address::parse("/settings/profile"),
            Address::Settings("profile".to_owned())
        );
        assert_eq!(Address::parse("/sign-in"), Address::SignIn);
    }
}
