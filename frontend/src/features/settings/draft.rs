//! A profile that is being edited: what differs from the saved one, and how it would look.

use super::status::Until;
use crate::dom::clock;
use crate::features::profile::Facts;
use crate::prefs::use_prefs;
use crate::store::{Store, use_store};
use crate::view::prelude::*;
use model::Slice;
use shared::accounts::{Me, PatchMe, Status};
use shared::presence::{Presence, PresenceSetting};
use std::sync::Arc;

/// The edited profile. A field that nobody has touched follows the saved one, so a change on another device shows.
#[derive(Clone, Copy)]
pub(crate) struct Draft {
    store: Store,
    saved: Memo<Option<Arc<Me>>>,
    display_name: RwSignal<Option<String>>,
    bio: RwSignal<Option<String>>,
    presence: RwSignal<Option<PresenceSetting>>,
    status: RwSignal<Option<(String, String, Until)>>,
}

impl Draft {
    /// Nothing edited.
    pub(crate) fn new() -> Self {
        let store = use_store();
        Self {
            store,
            saved: store.select(Slice::Session, |model| model.me().cloned()),
            display_name: RwSignal::new(None),
            bio: RwSignal::new(None),
            presence: RwSignal::new(None),
            status: RwSignal::new(None),
        }
    }

    /// Throws the changes away.
    pub(crate) fn reset(self) {
        self.display_name.set(None);
        self.bio.set(None);
        self.presence.set(None);
        self.status.set(None);
    }

    fn of_saved<T>(self, read: impl Fn(&Me) -> T) -> Option<T> {
        self.saved.with(|me| me.as_ref().map(|me| read(me)))
    }

    /// The name on the screen.
    pub(crate) fn display_name(self) -> String {
        self.display_name
            .get()
            .or_else(|| self.of_saved(|me| me.user.display_name.clone()))
            .unwrap_or_default()
    }

    pub(crate) fn set_display_name(self, text: String) {
        self.display_name.set(Some(text));
    }

    /// A few words about oneself.
    pub(crate) fn bio(self) -> String {
        self.bio
            .get()
            .or_else(|| self.of_saved(|me| me.user.bio.clone()))
            .unwrap_or_default()
    }

    pub(crate) fn set_bio(self, text: String) {
        self.bio.set(Some(text));
    }

    /// How one wants to be seen.
    pub(crate) fn presence(self) -> PresenceSetting {
        self.presence
            .get()
            .or_else(|| self.of_saved(|me| me.presence_setting))
            .unwrap_or_default()
    }

    pub(crate) fn set_presence(self, setting: PresenceSetting) {
        self.presence.set(Some(setting));
    }

    /// Emoji, text and end of the status.
    pub(crate) fn status(self) -> (String, String, Until) {
        self.status.get().unwrap_or_else(|| self.saved_status())
    }

    fn saved_status(self) -> (String, String, Until) {
        let status = self
            .of_saved(|me| me.user.status.clone())
            .flatten()
            .unwrap_or_default();
        let until = status.expires_at.map_or(Until::Never, Until::At);
        (status.emoji, status.text, until)
    }

    pub(crate) fn change_status(self, how: impl FnOnce(&mut (String, String, Until))) {
        let mut status = untrack(|| self.status());
        how(&mut status);
        self.status.set(Some(status));
    }

    /// What would be saved: only what differs.
    pub(crate) fn patch(self) -> PatchMe {
        let name = self.display_name().trim().to_owned();
        let bio = self.bio().trim().to_owned();
        let status = self
            .status
            .get()
            .filter(|status| *status != self.saved_status())
            .map(|(emoji, text, until)| {
                let (emoji, text) = (emoji.trim().to_owned(), text.trim().to_owned());
                let empty = emoji.is_empty() && text.is_empty();
                (!empty).then(|| Status {
                    emoji,
                    text,
                    expires_at: until.moment(self.store.now()),
                })
            });
        let differs = |now: &String, saved: Option<String>| saved.as_ref() != Some(now);
        PatchMe {
            display_name: Some(name)
                .filter(|it| differs(it, self.of_saved(|me| me.user.display_name.clone()))),
            bio: Some(bio).filter(|it| differs(it, self.of_saved(|me| me.user.bio.clone()))),
            status,
            presence_setting: Some(self.presence())
                .filter(|it| self.of_saved(|me| me.presence_setting) != Some(*it)),
            ..PatchMe::default()
        }
    }

    /// Whether there is something to save.
    pub(crate) fn changed(self) -> Signal<bool> {
        Signal::derive(move || self.patch() != PatchMe::default())
    }

    /// The card as others would see it.
    pub(crate) fn facts(self) -> Signal<Option<Facts>> {
        let (store, prefs) = (self.store, use_prefs());
        Signal::derive(move || {
            let me = self.saved.get()?;
            let (emoji, text, _) = self.status();
            let time = me.user.time_zone.as_deref();
            Some(Facts {
                id: me.user.id,
                name: self.display_name(),
                username: me.user.username.clone(),
                picture: me.user.avatar_url.clone(),
                presence: Some(match self.presence() {
                    PresenceSetting::Auto => Presence::Online,
                    PresenceSetting::Away => Presence::Away,
                    PresenceSetting::Dnd => Presence::Dnd,
                    PresenceSetting::Invisible => Presence::Offline,
                }),
                status: Some(Status {
                    emoji,
                    text,
                    expires_at: None,
                }),
                bio: self.bio(),
                role: me.user.role,
                time: time.and_then(|zone| clock::time(store.now().0, Some(zone), prefs.clock24())),
            })
        })
    }
}
