//! Who is in the room and as what; adding, removing, handing roles round, as far as one's own role goes.

use super::Standing;
use crate::view::prelude::*;
use crate::{
    failure,
    features::people::{PeoplePicker, PersonAvatar, name_now, name_of},
    store::use_store,
    ui::{
        AvatarSize, Button, ButtonKind, Glyph, IconButton, Question, SkeletonList, room_label,
        use_confirm, use_toasts,
    },
    words_chat::{details as words, people},
};
use leptos::task::spawn_local;
use model::{Action, RoomMember, Slice};
use shared::{RoomId, UserId, members::MemberRole, rooms::RoomKind};

const ROLES: [(MemberRole, &str); 3] = [
    (MemberRole::Member, words::ROLE_MEMBER),
    (MemberRole::Moderator, words::ROLE_MODERATOR),
    (MemberRole::Owner, words::ROLE_OWNER),
];

#[component]
pub(super) fn People(room: RoomId, standing: Standing) -> impl IntoView {
    let store = use_store();
    let members = store.select(Slice::Members(room), move |model| model.members(room));
    let may_add = standing.kind != RoomKind::Direct && !standing.archived;
    let adding = RwSignal::new(false);
    let inside = Signal::derive(move || {
        members
            .get()
            .map(|members| members.iter().map(|member| member.user).collect())
            .unwrap_or_default()
    });
    let ordered = Memo::new(move |_| {
        let members = members.get()?;
        let mut ordered: Vec<RoomMember> = members.to_vec();
        ordered.sort_by_cached_key(|member| {
            (
                std::cmp::Reverse(member.role),
                name_now(store, member.user).to_lowercase(),
                member.user,
            )
        });
        Some(ordered)
    });
    view! {
        <section class="room-details__section">
            <h3 class="room-details__title">
                {words::PEOPLE} <span class="spacer"></span>
                {may_add
                    .then(|| {
                        view! {
                            <Button
                                kind=ButtonKind::Outline
                                small=true
                                glyph=Glyph::UserPlus
                                on:click=move |_| adding.update(|adding| *adding = !*adding)
                            >
                                {words::ADD}
                            </Button>
                        }
                    })}
            </h3>
            {move || adding.get().then(|| view! { <Adding room inside adding /> })}
            {move || match ordered.get() {
                None => view! { <SkeletonList rows=4 /> },
                Some(members) => {
                    view! {
                        <ul class="room-details__people" role="list">
                            {members
                                .into_iter()
                                .map(|member| view! { <Person room standing member /> })
                                .collect_view()}
                        </ul>
                    }

                }
            }}
        </section>
    }
}

#[component]
fn Adding(room: RoomId, inside: Signal<Vec<UserId>>, adding: RwSignal<bool>) -> impl IntoView {
    let (store, toasts) = (use_store(), use_toasts());
    let chosen = RwSignal::new(Vec::<UserId>::new());
    let busy = RwSignal::new(false);
    let add = move || {
        let users = chosen.get_untracked();
        if users.is_empty() || busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            for user in users {
                match store.put_member(room, user, MemberRole::Member).await {
                    Ok(()) => {
                        chosen.try_update(|chosen| chosen.retain(|it| *it != user));
                    }
                    Err(failure) => toasts.say(failure::in_words(&failure)),
                }
            }
            store.act(Action::NeedMembers(room));
            busy.try_set(false);
            if chosen.try_with_untracked(Vec::is_empty) == Some(true) {
                adding.try_set(false);
            }
        });
    };
    view! {
        <PeoplePicker
            label=words::ADD
            chosen
            without=inside
            autofocus=true
            on_done=Callback::new(move |()| add())
        />
        <div class="room-details__acts">
            <Button busy disabled=Signal::derive(move || chosen.with(Vec::is_empty)) on:click=move |_| add()>
                {words::ADD_GO}
            </Button>
        </div>
    }
}

#[component]
fn Person(room: RoomId, standing: Standing, member: RoomMember) -> impl IntoView {
    let (store, toasts, confirm) = (use_store(), use_toasts(), use_confirm());
    let RoomMember { user, role } = member;
    let name = name_of(user);
    let me = store.read(|model| model.is_me(user));
    let fixed = standing.kind == RoomKind::Direct || standing.archived;
    let may_rank = !fixed && standing.role == MemberRole::Owner;
    let may_remove =
        !fixed && !me && standing.role >= MemberRole::Moderator && standing.role > role
            || !fixed && !me && standing.role == MemberRole::Owner;
    let rank = move |event: crate::view::ev::Event| {
        let wanted = MemberRole::parse(&event_target_value(&event));
        spawn_local(async move {
            if let Err(failure) = store.put_member(room, user, wanted).await {
                toasts.say(failure::in_words(&failure));
            }
            // The list says how it is now, whichever way it went.
            store.act(Action::NeedMembers(room));
        });
    };
    let remove = move |_| {
        let room_name = room_label(&store.read(|model| model.room_name(room)));
        let name = name.get_untracked();
        let question = Question {
            title: words::remove_title(&name, &room_name),
            text: words::REMOVE_TEXT.into(),
            yes: words::remove(&name),
            no: words::KEEP.into(),
            danger: true,
        };
        confirm.ask(question, move || {
            spawn_local(async move {
                if let Err(failure) = store.remove_member(room, user).await {
                    toasts.say(failure::in_words(&failure));
                }
                store.act(Action::NeedMembers(room));
            });
        });
    };
    let role_words = ROLES
        .iter()
        .find(|(it, _)| *it == role)
        .map_or("", |(_, words)| *words);
    let part = if may_rank {
        view! {
            <select
                class="room-details__role"
                aria-label=move || words::role_of(&name.get())
                prop:value=role.as_str()
                on:change=rank
            >
                {ROLES
                    .map(|(it, words)| view! { <option value=it.as_str() selected=it == role>{words}</option> })
                    .collect_view()}
            </select>
        }
    } else if role == MemberRole::Member {
        View::nothing()
    } else {
        view! { <span class="room-details__role">{role_words}</span> }
    };
    view! {
        <li class="room-details__person">
            <PersonAvatar id=user size=AvatarSize::M badge=true />
            <span class="room-details__name">
                <bdi>{name}</bdi>
                {me.then(|| view! { <span class="room-details__you">" " {people::YOU}</span> })}
            </span>
            {part}
            {may_remove
                .then(|| {
                    view! {
                        <IconButton
                            glyph=Glyph::UserMinus
                            label=Signal::derive(move || words::remove(&name.get()))
                            on:click=remove
                        />
                    }
                })}
        </li>
    }
}
