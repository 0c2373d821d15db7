//! Settings: a dialog over the app on a wide screen, pages on a phone. Each tab is an address.

mod about;
mod account;
mod appearance;
mod delete;
mod devices;
mod draft;
mod export;
mod keyboard;
mod layer;
mod photo;
mod profile;
mod status;

pub(crate) use layer::SettingsLayer;

use crate::ui::Glyph;
use crate::words;

/// A tab of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    Profile,
    Account,
    Devices,
    Appearance,
    Keyboard,
    About,
}

impl Tab {
    const ALL: [Self; 6] = [
        Self::Profile,
        Self::Account,
        Self::Devices,
        Self::Appearance,
        Self::Keyboard,
        Self::About,
    ];

    /// The tab of an address; anything unknown is the first.
    pub(crate) fn parse(text: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|tab| tab.as_str() == text)
            .unwrap_or(Self::Profile)
    }

    /// Its word in the address.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Account => "account",
            Self::Devices => "devices",
            Self::Appearance => "appearance",
            Self::Keyboard => "keyboard",
            Self::About => "about",
        }
    }

    /// Its name.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Profile => words::TAB_PROFILE,
            Self::Account => words::TAB_ACCOUNT,
            Self::Devices => words::TAB_DEVICES,
            Self::Appearance => words::TAB_APPEARANCE,
            Self::Keyboard => words::TAB_KEYBOARD,
            Self::About => words::TAB_ABOUT,
        }
    }

    const fn glyph(self) -> Glyph {
        match self {
            Self::Profile => Glyph::User,
            Self::Account => Glyph::Mail,
            Self::Devices => Glyph::Laptop,
            Self::Appearance => Glyph::Sun,
            Self::Keyboard => Glyph::Keyboard,
            Self::About => Glyph::Info,
        }
    }
}
