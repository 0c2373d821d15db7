//! What this device looks and types like: theme, text size, density, clock, motion, the Enter key. Kept in this browser
//! under one key that `index.html` reads before the first paint; survives a sign-out.

use crate::dom::{storage, theme};
use crate::view::prelude::*;
use serde::Serialize;
use shared::{
    json::{self, Json, Read},
    readable_words,
};
use wasm_bindgen::JsValue;

const KEY: &str = "confab.device.prefs";
/// The sizes there are, in pixels of ordinary text.
pub(crate) const TEXT_SIZES: [u8; 5] = [14, 15, 16, 18, 20];

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Theme {
    Light,
    Dark,
}

impl Theme {
    /// The word in `data-theme`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What was chosen; absent means the system, the language or the kind of device decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Chosen {
    /// Absent: as the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) theme: Option<Theme>,
    /// One of [`TEXT_SIZES`].
    pub(crate) text: u8,
    /// Rows closer together.
    pub(crate) compact: bool,
    /// Absent: as the language does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clock24: Option<bool>,
    /// No movement even where the system allows it.
    pub(crate) still: bool,
    /// Absent: Enter sends where there is a keyboard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) enter_sends: Option<bool>,
}

impl Default for Chosen {
    fn default() -> Self {
        Self {
            theme: None,
            text: 16,
            compact: false,
            clock24: None,
            still: false,
            enter_sends: None,
        }
    }
}

readable_words! {
    Theme { Light = "light", Dark = "dark" }
}

impl Read for Chosen {
    fn read(json: &Json<'_>) -> Option<Self> {
        let usual = Self::default();
        Some(Self {
            theme: json.field("theme")?,
            text: json.field::<Option<u8>>("text")?.unwrap_or(usual.text),
            compact: json.field_or_default("compact")?,
            clock24: json.field("clock24")?,
            still: json.field_or_default("still")?,
            enter_sends: json.field("enter_sends")?,
        })
    }
}

/// The device's settings; from [`use_prefs`]. The questions are reactive.
#[derive(Clone, Copy)]
pub(crate) struct Prefs(RwSignal<Chosen>);

impl Prefs {
    /// Reads them, keeps the page in step with them, and puts them into the context for everything below.
    pub(crate) fn provide() -> Self {
        let chosen = storage::get(KEY)
            .and_then(|text| json::read(&text).ok())
            .unwrap_or_default();
        let prefs = Self(RwSignal::new(chosen));
        Effect::new(move |_| prefs.0.with(show));
        provide_context(prefs);
        prefs
    }

    /// What was chosen.
    pub(crate) fn chosen(self) -> Chosen {
        self.0.get()
    }

    /// Changes something, at once and for good.
    pub(crate) fn change(self, how: impl FnOnce(&mut Chosen)) {
        self.0.update(how);
        if let Ok(text) = self.0.with_untracked(serde_json::to_string) {
            storage::set(KEY, &text);
        }
    }

    /// Whether Enter sends; Shift Enter then makes a new line, and the other way round.
    pub(crate) fn enter_sends(self) -> bool {
        self.0
            .with(|it| it.enter_sends)
            .unwrap_or_else(|| !theme::matches("(pointer: coarse)"))
    }

    /// Whether times are written 17:05 and not 5:05 pm.
    pub(crate) fn clock24(self) -> bool {
        self.0
            .with(|it| it.clock24)
            .unwrap_or_else(language_uses_24h)
    }

    /// Whether rows stand closer together.
    pub(crate) fn compact(self) -> bool {
        self.0.with(|it| it.compact)
    }
}

/// The device's settings.
pub(crate) fn use_prefs() -> Prefs {
    expect_context()
}

fn show(chosen: &Chosen) {
    let wanted = chosen.theme.map(Theme::as_str);
    theme::set("theme", wanted);
    theme::frame_follows(wanted);
    theme::set("text", Some(&chosen.text.to_string()));
    theme::set("density", chosen.compact.then_some("compact"));
    theme::set("motion", chosen.still.then_some("still"));
}

fn language_uses_24h() -> bool {
    let options = js_sys::Object::new();
    // Setting a property of a fresh object does not fail.
    let _ = js_sys::Reflect::set(
        &options,
        &JsValue::from_str("hour"),
        &JsValue::from_str("numeric"),
    );
    let format = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &options);
    let resolved = format.resolved_options();
    let hour12 = js_sys::Reflect::get(&resolved, &JsValue::from_str("hour12")).ok();
    hour12
        .and_then(|it| it.as_bool())
        .is_none_or(|hour12| !hour12)
}
