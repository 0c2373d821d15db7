//! The face of a card: banner, avatar, name, presence, status, words. Shared by the card and by the preview under
//! Settings, Profile; knows nothing of where its facts come from.

use crate::ui::{Avatar, AvatarSize, hue_class, presence_word};
use crate::view::prelude::*;
use crate::words;
use shared::{UserId, accounts::Role, accounts::Status, presence::Presence};

/// What a card shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) id: UserId,
    pub(crate) name: String,
    pub(crate) username: String,
    pub(crate) picture: Option<String>,
    /// Absent while unknown.
    pub(crate) presence: Option<Presence>,
    pub(crate) status: Option<Status>,
    pub(crate) bio: String,
    pub(crate) role: Role,
    /// Their local time, when they share it.
    pub(crate) time: Option<String>,
}

/// The face; children are the buttons.
#[component]
pub(crate) fn CardFace(
    #[prop(into)] facts: Signal<Facts>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let id = facts.with_untracked(|it| it.id);
    let name = Memo::new(move |_| facts.with(|it| it.name.clone()));
    let picture = Memo::new(move |_| facts.with(|it| it.picture.clone()));
    let presence = Memo::new(move |_| facts.with(|it| it.presence));
    let about = move || {
        facts.with(|it| {
            let mut parts = vec![format!("@{}", it.username)];
            parts.extend(match it.role {
                Role::Admin => Some(words::ROLE_ADMIN.to_owned()),
                Role::Bot => Some(words::ROLE_BOT.to_owned()),
                Role::Member => None,
            });
            parts.extend(
                it.presence
                    .map(|presence| presence_word(presence).to_owned()),
            );
            parts.extend(it.time.as_deref().map(words::their_time));
            parts.join(" · ")
        })
    };
    let status = move || {
        facts.with(|it| it.status.clone()).filter(|it| !it.emoji.is_empty() || !it.text.is_empty()).map(|status| {
            view! {
                <p class="card__status">
                    {(!status.emoji.is_empty()).then(|| view! { <span class="card__emoji emoji">{status.emoji}</span> })}
                    <span dir="auto">{status.text}</span>
                </p>
            }
        })
    };
    let bio = move || {
        let bio = facts.with(|it| it.bio.clone());
        (!bio.is_empty()).then(|| view! { <p class="card__bio" dir="auto">{bio}</p> })
    };
    view! {
        <div class=format!("card {}", hue_class(id.0))>
            <div class="card__banner"></div>
            <div class="card__avatar">
                <Avatar id name url=picture presence size=AvatarSize::Xl />
            </div>
            <div class="card__body">
                <h2 class="card__name">
                    <bdi>{name}</bdi>
                </h2>
                <p class="card__about num">
                    <bdi>{about}</bdi>
                </p>
                {status}
                {bio}
                {children.map(|children| view! { <div class="card__foot">{children()}</div> })}
            </div>
        </div>
    }
}
