//! Someone as the store knows them: name, picture, presence, each redrawn only when it changes.

use crate::view::prelude::*;
use crate::{
    store::use_store,
    ui::{Avatar, AvatarSize},
    words_chat::timeline::SOMEONE,
};
use model::Slice;
use shared::{UserId, accounts::User, presence::Presence};
use std::sync::Arc;

/// Their profile, once known.
pub(crate) fn person(id: UserId) -> Memo<Option<Arc<User>>> {
    use_store().select(Slice::User(id), move |model| model.user(id).cloned())
}

/// Their name on the screen.
pub(crate) fn name_of(id: UserId) -> Memo<String> {
    use_store().select(Slice::User(id), move |model| {
        model
            .user(id)
            .map_or_else(|| SOMEONE.to_owned(), |user| user.display_name.clone())
    })
}

/// Their presence; `None` while unknown or while one is offline oneself.
pub(crate) fn presence_of(id: UserId) -> Memo<Option<Presence>> {
    use_store().select(Slice::Presence(id), move |model| model.presence(id))
}

/// Status emoji and text on one line, or nothing.
pub(crate) fn status_words(user: &User) -> Option<String> {
    let status = user.status.as_ref()?;
    let words = format!("{} {}", status.text, status.emoji);
    let words = words.trim();
    (!words.is_empty()).then(|| words.to_owned())
}

/// Their picture, with the badge of their presence where it is wanted.
#[component]
pub(crate) fn PersonAvatar(
    id: UserId,
    size: AvatarSize,
    #[prop(optional)] badge: bool,
) -> impl IntoView {
    let (user, name) = (person(id), name_of(id));
    let url = Memo::new(move |_| {
        user.with(|user| user.as_ref().and_then(|user| user.avatar_url.clone()))
    });
    if badge {
        let presence = presence_of(id);
        view! { <Avatar id name url presence size /> }
    } else {
        view! { <Avatar id name url size /> }
    }
}

/// Their name just now, for words that are said once.
pub(crate) fn name_now(store: crate::store::Store, id: UserId) -> String {
    store.read(|model| {
        model
            .user(id)
            .map_or_else(|| SOMEONE.to_owned(), |user| user.display_name.clone())
    })
}

/// Their name, followed by the memo or effect that runs now.
pub(crate) fn name_followed(store: crate::store::Store, id: UserId) -> String {
    store.track(Slice::User(id));
    name_now(store, id)
}
