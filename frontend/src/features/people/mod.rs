//! Who is in the room, by presence; and how someone is drawn anywhere else.

mod person;
mod picker;

pub(crate) use person::{
    PersonAvatar, name_followed, name_now, name_of, person, presence_of, status_words,
};
pub(crate) use picker::PeoplePicker;

use crate::view::{ev, prelude::*};
use crate::{
    features::profile::open_profile,
    store::use_store,
    ui::{AvatarSize, Glyph, IconButton, SkeletonList, presence_word},
    words_chat::people as words,
};
use model::{Action, RoomMember, Slice};
use shared::{RoomId, UserId, accounts::Role, members::MemberRole, presence::Presence};
use wasm_bindgen::JsCast;

/// The groups of the panel, in order. Whose presence is not known stand under Offline, or under Everyone while one is
/// offline oneself.
const GROUPS: [(Presence, &str); 4] = [
    (Presence::Online, words::HERE),
    (Presence::Away, words::AWAY),
    (Presence::Dnd, words::DND),
    (Presence::Offline, words::OFFLINE),
];

/// One group: its heading and its people by name.
type Group = (&'static str, Vec<RoomMember>);

/// The People panel.
#[component]
pub(crate) fn PeoplePanel(room: RoomId, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let store = use_store();
    store.act(Action::NeedMembers(room));
    let members = store.select(Slice::Members(room), move |model| model.members(room));
    let searching = RwSignal::new(false);
    let query = RwSignal::new(String::new());
    let groups = Memo::new(move |_| {
        let members = members.get()?;
        let needle = query.get().trim().to_lowercase();
        Some(group(store, &members, &needle))
    });
    let known = Memo::new(move |_| groups.with(Option::is_some));
    let close_search = move || {
        searching.set(false);
        query.set(String::new());
    };
    let search_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" {
            event.prevent_default();
            close_search();
        }
    };
    view! {
        <section class="people">
            <div class="people__head">
                <h2 class="people__title">{words::TITLE}</h2>
                <IconButton
                    glyph=Glyph::Search
                    label=words::SEARCH
                    attr:aria-expanded=move || searching.get().to_string()
                    on:click=move |_| if searching.get_untracked() { close_search() } else { searching.set(true) }
                />
                <IconButton glyph=Glyph::X label=words::CLOSE keys="esc" on:click=move |_| on_close.run(()) />
            </div>
            {move || {
                searching
                    .get()
                    .then(|| {
                        view! {
                            <div class="people__search">
                                <input
                                    class="people__field"
                                    type="search"
                                    autofocus
                                    aria-label=words::SEARCH
                                    placeholder=words::SEARCH
                                    autocomplete="off"
                                    prop:value=query
                                    on:input=move |event| query.set(event_target_value(&event))
                                    on:keydown=search_key
                                    node_ref=focused()
                                />
                            </div>
                        }
                    })
            }}
            <div class="people__scroll">
                {move || {
                    if known.get() {
                        view! { <Groups groups /> }
                    } else {
                        view! { <SkeletonList rows=6 /> }
                    }
                }}
            </div>
        </section>
    }
}

/// A field that takes the focus as soon as it is in the page.
fn focused() -> NodeRef<crate::view::html::Input> {
    let field = NodeRef::<crate::view::html::Input>::new();
    field.on_load(|field| {
        request_animation_frame(move || {
            // The field was just put into the page.
            let _ = field.focus();
        });
    });
    field
}

#[component]
fn Groups(groups: Memo<Option<Vec<Group>>>) -> impl IntoView {
    let headings = move || groups.get().unwrap_or_default();
    move || {
        let groups = headings();
        if groups.is_empty() {
            return view! { <p class="people__none">{words::NONE}</p> };
        }
        groups
            .into_iter()
            .map(|(heading, people)| {
                let title = words::group(heading, people.len());
                view! {
                    <section>
                        <h3 class="people__group-title">{title}</h3>
                        <ul class="people__rows">
                            {people
                                .into_iter()
                                .map(|member| view! { <PersonRow user=member.user role=member.role /> })
                                .collect_view()}
                        </ul>
                    </section>
                }
            })
            .collect_view()
    }
}

fn group(store: crate::store::Store, members: &[RoomMember], needle: &str) -> Vec<Group> {
    let mut named: Vec<(String, RoomMember, Option<Presence>)> = members
        .iter()
        .map(|member| {
            let presence = store.get(Slice::Presence(member.user), |model| {
                model.presence(member.user)
            });
            (name_followed(store, member.user), *member, presence)
        })
        .filter(|(name, member, _)| {
            needle.is_empty()
                || name.to_lowercase().contains(needle)
                || store.read(|model| {
                    model
                        .user(member.user)
                        .is_some_and(|user| user.username.contains(needle))
                })
        })
        .collect();
    named.sort_by_cached_key(|(name, member, _)| (name.to_lowercase(), member.user));
    if named.iter().all(|(_, _, presence)| presence.is_none()) {
        let all: Vec<RoomMember> = named.into_iter().map(|(_, member, _)| member).collect();
        return if all.is_empty() {
            Vec::new()
        } else {
            vec![(words::EVERYONE, all)]
        };
    }
    GROUPS
        .into_iter()
        .map(|(wanted, heading)| {
            let people = named
                .iter()
                .filter(|(_, _, presence)| presence.unwrap_or_default() == wanted);
            (
                heading,
                people.map(|(_, member, _)| *member).collect::<Vec<_>>(),
            )
        })
        .filter(|(_, people)| !people.is_empty())
        .collect()
}

/// Someone in the panel.
#[component]
fn PersonRow(user: UserId, role: MemberRole) -> impl IntoView {
    let (profile, name, presence) = (person(user), name_of(user), presence_of(user));
    let status = move || profile.with(|user| user.as_ref().and_then(|user| status_words(user)));
    let label = Memo::new(move |_| role_word(role, profile.get().map(|user| user.role)));
    // What stands in the row is said in the order in which it stands there (WCAG 2.5.3).
    let spoken = move || {
        let mut parts = vec![name.get()];
        parts.extend(status());
        parts.extend(label.get().map(str::to_owned));
        let presence = presence.get();
        parts.extend(presence.map(|presence| presence_word(presence).to_owned()));
        parts.join(", ")
    };
    let press = move |event: ev::MouseEvent| {
        if let Some(anchor) = event
            .current_target()
            .and_then(|it| it.dyn_into::<web_sys::Element>().ok())
        {
            open_profile(user, anchor);
        }
    };
    view! {
        <li>
            <button type="button" class="people__row" aria-label=spoken on:click=press>
                <PersonAvatar id=user size=AvatarSize::M badge=true />
                <span class="people__text">
                    <span class="people__name"><bdi>{name}</bdi></span> " "
                    {move || {
                        status().map(|status| view! { <span class="people__status" dir="auto">{status}</span> })
                    }}
                </span>
                " "
                {move || label.get().map(|label| view! { <span class="people__role">{label}</span> })}
            </button>
        </li>
    }
}

/// What to call someone's part in a room, when it is not a plain member's.
pub(crate) fn role_word(role: MemberRole, on_server: Option<Role>) -> Option<&'static str> {
    match (role, on_server) {
        (MemberRole::Owner, _) => Some(words::OWNER),
        (MemberRole::Moderator, _) => Some(words::MODERATOR),
        (MemberRole::Member, Some(Role::Admin)) => Some(words::ADMIN),
        (MemberRole::Member, Some(Role::Bot)) => Some(words::BOT),
        (MemberRole::Member, _) => None,
    }
}
