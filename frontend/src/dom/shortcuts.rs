//! The keyboard map: one table that both answers key presses and is shown under Settings, Keyboard. Whoever can carry
//! an action out registers for it; the latest one answers.

use crate::dom::focus::is_typing;
use crate::view::{ev, prelude::*};
use crate::words;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::OnceLock;
use wasm_bindgen::JsCast;
use web_sys::{HtmlTextAreaElement, KeyboardEvent};

/// What a shortcut does that works anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Switcher,
    PreviousRoom,
    NextRoom,
    PreviousUnread,
    NextUnread,
    KeyMap,
    Settings,
    NextRegion,
    PreviousRegion,
    Close,
    MarkAllRead,
    ToggleList,
}

/// Where a key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Anywhere,
    Timeline,
    Composer,
}

impl Section {
    /// All of them in the order of the map.
    pub(crate) const ALL: [Self; 3] = [Self::Anywhere, Self::Timeline, Self::Composer];

    /// Its heading.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Anywhere => words::KEYS_ANYWHERE,
            Self::Timeline => words::KEYS_TIMELINE,
            Self::Composer => words::KEYS_COMPOSER,
        }
    }
}

/// One line of the map.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Where it works.
    pub(crate) section: Section,
    /// Alternatives, as `Kbd` takes them, separated by blanks.
    pub(crate) keys: &'static str,
    /// What it does.
    pub(crate) words: &'static str,
    /// Whom it asks; `None`: the region answers by itself.
    action: Option<Action>,
}

const fn anywhere(keys: &'static str, words: &'static str, action: Action) -> Entry {
    Entry {
        section: Section::Anywhere,
        keys,
        words,
        action: Some(action),
    }
}

const fn timeline(keys: &'static str, words: &'static str) -> Entry {
    Entry {
        section: Section::Timeline,
        keys,
        words,
        action: None,
    }
}

const fn composer(keys: &'static str, words: &'static str) -> Entry {
    Entry {
        section: Section::Composer,
        keys,
        words,
        action: None,
    }
}

/// The whole map.
pub(crate) const MAP: &[Entry] = &[
    anywhere("mod+k", words::KEY_SWITCHER, Action::Switcher),
    anywhere("alt+up", words::KEY_PREVIOUS_ROOM, Action::PreviousRoom),
    anywhere("alt+down", words::KEY_NEXT_ROOM, Action::NextRoom),
    anywhere(
        "alt+shift+up",
        words::KEY_PREVIOUS_UNREAD,
        Action::PreviousUnread,
    ),
    anywhere("alt+shift+down", words::KEY_NEXT_UNREAD, Action::NextUnread),
    anywhere("mod+/", words::KEY_MAP, Action::KeyMap),
    anywhere("mod+,", words::KEY_SETTINGS, Action::Settings),
    anywhere("f6", words::KEY_NEXT_REGION, Action::NextRegion),
    anywhere(
        "shift+f6",
        words::KEY_PREVIOUS_REGION,
        Action::PreviousRegion,
    ),
    anywhere("esc", words::KEY_CLOSE, Action::Close),
    anywhere("shift+esc", words::KEY_MARK_ALL_READ, Action::MarkAllRead),
    anywhere("mod+.", words::KEY_TOGGLE_LIST, Action::ToggleList),
    timeline("up k", words::KEY_PREVIOUS_MESSAGE),
    timeline("down j", words::KEY_NEXT_MESSAGE),
    timeline("pgup pgdn", words::KEY_BY_SCREEN),
    timeline("home", words::KEY_OLDEST),
    timeline("end", words::KEY_LATEST),
    timeline("enter", words::KEY_INTO_ROW),
    timeline("r", words::KEY_REPLY),
    timeline("e", words::KEY_EDIT),
    timeline("del", words::KEY_DELETE),
    timeline("c", words::KEY_COPY_TEXT),
    timeline("l", words::KEY_COPY_LINK),
    timeline("shift+f10", words::KEY_ROW_MENU),
    composer("enter", words::KEY_SEND),
    composer("shift+enter", words::KEY_NEW_LINE),
    composer("up", words::KEY_EDIT_LAST),
    composer("shift+tab", words::KEY_TO_LATEST),
    composer("mod+b", words::KEY_BOLD),
    composer("mod+i", words::KEY_ITALIC),
    composer("mod+e", words::KEY_CODE),
    composer("mod+shift+x", words::KEY_STRIKE),
];

/// Whether this is a Mac, an iPhone or an iPad, where ⌘ does what Ctrl does elsewhere.
pub(crate) fn is_apple() -> bool {
    static APPLE: OnceLock<bool> = OnceLock::new();
    *APPLE.get_or_init(|| {
        let platform = window().navigator().platform().unwrap_or_default();
        platform.starts_with("Mac") || platform.starts_with("iP")
    })
}

/// Keys as `aria-keyshortcuts` wants them.
pub(crate) fn aria_keys(keys: &'static str) -> String {
    let parts: Vec<String> = keys
        .split('+')
        .map(|key| match key {
            "mod" if is_apple() => "Meta".to_owned(),
            "mod" => "Control".to_owned(),
            "alt" => "Alt".to_owned(),
            "shift" => "Shift".to_owned(),
            "esc" => "Escape".to_owned(),
            "up" => "ArrowUp".to_owned(),
            "down" => "ArrowDown".to_owned(),
            "enter" => "Enter".to_owned(),
            "del" => "Delete".to_owned(),
            other => other.to_uppercase(),
        })
        .collect();
    parts.join("+")
}

type Handler = Rc<dyn Fn()>;
/// The last number given out, and who answers under which number.
type Handlers = (u64, Vec<(u64, Action, Handler)>);

thread_local! {
    static HANDLERS: RefCell<Handlers> = const { RefCell::new((0, Vec::new())) };
}

/// Carries the action out for as long as the current owner lives.
pub(crate) fn on(action: Action, run: impl Fn() + 'static) {
    let id = HANDLERS.with_borrow_mut(|(next, handlers)| {
        *next += 1;
        handlers.push((*next, action, Rc::new(run)));
        *next
    });
    on_cleanup(move || {
        HANDLERS.with_borrow_mut(|(_, handlers)| handlers.retain(|(it, ..)| *it != id))
    });
}

/// Carries the action out, if anyone can.
pub(crate) fn run(action: Action) -> bool {
    let handler = HANDLERS.with_borrow(|(_, handlers)| {
        handlers
            .iter()
            .rev()
            .find(|(_, it, _)| *it == action)
            .map(|(.., run)| Rc::clone(run))
    });
    handler.is_some_and(|run| {
        run();
        true
    })
}

/// Listens on the window for as long as the current owner lives.
pub(crate) fn listen() {
    let listener = window_event_listener(ev::keydown, |event| {
        if event.default_prevented()
            || event.is_composing()
            || event.repeat() && event.key() == "Escape"
        {
            return;
        }
        let Some(action) = action_of(&event) else {
            return;
        };
        // A dialog is a place of its own: only what leads to another dialog works from there.
        if in_dialog() && !matches!(action, Action::KeyMap | Action::Settings)
            || yields_to_text(&event, action)
        {
            return;
        }
        if run(action) {
            event.prevent_default();
        }
    });
    on_cleanup(move || listener.remove());
}

fn action_of(event: &KeyboardEvent) -> Option<Action> {
    MAP.iter()
        .find(|entry| entry.action.is_some() && pressed(event, entry.keys))
        .and_then(|entry| entry.action)
}

/// Whether exactly these keys are down. Letters go by their place, so that they work on every alphabet.
fn pressed(event: &KeyboardEvent, keys: &str) -> bool {
    let (mut main, mut shift, mut alt) = (false, false, false);
    let mut key = "";
    for part in keys.split('+') {
        match part {
            "mod" => main = true,
            "shift" => shift = true,
            "alt" => alt = true,
            other => key = other,
        }
    }
    let main_down = if is_apple() {
        event.meta_key()
    } else {
        event.ctrl_key()
    };
    let other_down = if is_apple() {
        event.ctrl_key()
    } else {
        event.meta_key()
    };
    if main_down != main || other_down || event.alt_key() != alt {
        return false;
    }
    // Shift may be what it takes to type a sign.
    let sign = matches!(key, "/" | "," | ".");
    if !sign && event.shift_key() != shift {
        return false;
    }
    match key {
        "up" => event.key() == "ArrowUp",
        "down" => event.key() == "ArrowDown",
        "esc" => event.key() == "Escape",
        "f6" => event.key() == "F6",
        sign @ ("/" | "," | ".") => event.key() == sign,
        letter => event
            .code()
            .strip_prefix("Key")
            .is_some_and(|code| code.eq_ignore_ascii_case(letter)),
    }
}

/// Alt and arrows move by paragraph in a text of several lines.
fn yields_to_text(event: &KeyboardEvent, action: Action) -> bool {
    let moves = matches!(
        action,
        Action::PreviousRoom | Action::NextRoom | Action::PreviousUnread | Action::NextUnread
    );
    moves
        && is_typing(event)
        && event
            .target()
            .and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok())
            .is_some_and(|text| text.value().contains('\n'))
}

fn in_dialog() -> bool {
    document()
        .query_selector("dialog[open]")
        .ok()
        .flatten()
        .is_some()
}
