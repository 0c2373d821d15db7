//! One row of the list: a link with the room's picture, name and state. It says its state in its accessible name, so
//! that nothing depends on weight or colour.

use super::{Opened, use_screen};
use crate::view::{ev, prelude::*};
use crate::{
    features::{
        people::{PersonAvatar, name_followed},
        timeline::short_time,
    },
    place::room_path,
    prefs::use_prefs,
    store::{Store, use_store},
    ui::{
        Anchor, AvatarSize, Dot, Glyph, Icon, IconButton, Pill, RoomTile, TileSize, presence_word,
        room_label,
    },
    words_chat::list as words,
};
use model::{Attention, Preview, RoomRow, Slice};
use shared::{RoomId, UserId, rooms::RoomKind};
use wasm_bindgen::JsCast;
use web_sys::Element;

/// A row.
#[component]
pub(super) fn Row(
    room: RoomId,
    opened: RwSignal<Option<Opened>>,
    /// Whether Tab reaches it.
    #[prop(into)]
    stop: Signal<bool>,
) -> impl IntoView {
    let (store, screen, prefs) = (use_store(), use_screen(), use_prefs());
    let row = store.select(Slice::Room(room), move |model| model.room_row(room));
    let name = Memo::new(move |_| row.with(|row| row.as_ref().map(shown_name).unwrap_or_default()));
    let bold = Memo::new(move |_| {
        row.with(|row| {
            row.as_ref()
                .is_some_and(|row| row.attention != Attention::Quiet || row.failed)
        })
    });
    // What is written into the row changes far more often than what stands beside it.
    let marks = Memo::new(move |_| {
        row.with(|row| {
            row.as_ref().map(|row| Marks {
                attention: row.attention,
                failed: row.failed,
                draft: row.draft,
                muted: row.muted,
                archived: row.archived,
                private: row.kind == RoomKind::Private,
            })
        })
    });
    let preview = Memo::new(move |_| {
        let row = row.get()?;
        let preview = row.preview.clone()?;
        Some((preview_words(store, &row, &preview), preview.at))
    });
    let spoken = Memo::new(move |_| {
        let row = row.get()?;
        // What stands in the row is said in the order in which it stands there (WCAG 2.5.3).
        let shown = preview.get().filter(|_| screen.narrow.get());
        let shown = shown.map(|(words, at)| [words, short_time(at, store.now(), prefs.clock24())]);
        Some(spoken(store, &row, shown))
    });
    let picture = Signal::derive(move || {
        if screen.narrow.get() {
            PictureSize::Large
        } else {
            PictureSize::Small
        }
    });
    let open_menu = move |anchor: Anchor| opened.set(Some(Opened::Room(room, anchor)));
    let on_context = move |event: ev::MouseEvent| {
        event.prevent_default();
        open_menu(Anchor::Point(
            event.client_x().into(),
            event.client_y().into(),
        ));
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "ContextMenu" || event.key() == "F10" && event.shift_key() {
            event.prevent_default();
            event.stop_propagation();
            if let Some(link) = event
                .current_target()
                .and_then(|it| it.dyn_into::<Element>().ok())
            {
                open_menu(Anchor::Element(link));
            }
        }
    };
    let on_more = move |event: ev::MouseEvent| {
        if let Some(button) = event
            .current_target()
            .and_then(|it| it.dyn_into::<Element>().ok())
        {
            open_menu(Anchor::Element(button));
        }
    };
    view! {
        <li class="room-list__item" on:contextmenu=on_context>
            <a
                class="room-list__row"
                class:room-list__row--bold=bold
                href=room_path(room)
                aria-current=move || screen.here.is(room.0.unsigned_abs()).then_some("page")
                aria-label=spoken
                tabindex=move || if stop.get() { "0" } else { "-1" }
                draggable="false"
                on:keydown=on_key
            >
                <RoomPicture room size=picture />
                <span class="room-list__text">
                    <span class="room-list__name"><bdi>{name}</bdi></span> " "
                    {move || {
                        (screen.narrow.get())
                            .then(|| {
                                preview
                                    .get()
                                    .map(|(words, _)| {
                                        view! {
                                            <span class="room-list__preview" dir="auto">
                                                {words}
                                            </span>
                                        }
                                    })
                            })
                    }}
                </span>
                " "
                <span class="room-list__state" aria-hidden="true">
                    {move || {
                        (screen.narrow.get())
                            .then(|| {
                                preview
                                    .get()
                                    .map(|(_, at)| {
                                        view! {
                                            <span class="room-list__time">
                                                {move || short_time(at, store.now(), prefs.clock24())}
                                            </span>
                                        }
                                    })
                            })
                    }} {move || marks.get().map(state)}
                </span>
            </a>
            <span class="room-list__more">
                <IconButton
                    glyph=Glyph::Ellipsis
                    label=Signal::derive(move || words::more(&name.get()))
                    attr:tabindex="-1"
                    attr:aria-haspopup="menu"
                    on:click=on_more
                />
            </span>
        </li>
    }
}

fn shown_name(row: &RoomRow) -> String {
    if row.kind == RoomKind::Direct && row.people.is_empty() {
        return words::JUST_YOU.into();
    }
    room_label(&row.name)
}

/// Where a room's picture stands, which decides how large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PictureSize {
    /// In lists.
    Small,
    /// In the head of a room.
    Medium,
    /// In the list on a phone.
    Large,
}

impl PictureSize {
    const fn parts(self) -> (TileSize, AvatarSize, &'static str) {
        match self {
            Self::Small => (TileSize::S, AvatarSize::S, "room-list__stack"),
            Self::Medium => (
                TileSize::M,
                AvatarSize::M,
                "room-list__stack room-list__stack--medium",
            ),
            Self::Large => (
                TileSize::L,
                AvatarSize::L,
                "room-list__stack room-list__stack--large",
            ),
        }
    }
}

/// A room's tile, or the people of a direct one.
#[component]
pub(crate) fn RoomPicture(room: RoomId, #[prop(into)] size: Signal<PictureSize>) -> impl IntoView {
    let store = use_store();
    let who = store.select(Slice::Room(room), move |model| {
        let row = model.room_row(room)?;
        let me = model.me().map(|me| me.user.id)?;
        Some((
            row.kind == RoomKind::Direct,
            if row.people.is_empty() {
                vec![me]
            } else {
                row.people
            },
        ))
    });
    let name = store.select(Slice::Room(room), move |model| model.room_name(room));
    move || {
        let (tile, avatar, stack) = size.get().parts();
        match who.get() {
            Some((true, people)) => people_picture(&people, avatar, stack),
            _ => view! { <RoomTile id=room name size=tile /> },
        }
    }
}

fn people_picture(people: &[UserId], avatar: AvatarSize, stack: &'static str) -> View {
    match people {
        [one, two, ..] => view! {
            <span class=stack>
                <PersonAvatar id=*one size=AvatarSize::Xs />
                <PersonAvatar id=*two size=AvatarSize::Xs />
            </span>
        },
        [one] => view! { <PersonAvatar id=*one size=avatar badge=true /> },
        [] => View::nothing(),
    }
}

/// What stands at the end of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Marks {
    attention: Attention,
    failed: bool,
    draft: bool,
    muted: bool,
    archived: bool,
    private: bool,
}

fn state(row: Marks) -> View {
    let icon = |glyph| view! { <Icon glyph small=true /> };
    let failed = row.failed.then(|| {
        view! {
            <span class="room-list__state-icon--danger">
                <Icon glyph=Glyph::CircleAlert small=true />
            </span>
        }
    });
    let attention = match row.attention {
        Attention::ForYou(count) => Some(view! { <Pill count=Signal::stored(count) /> }),
        Attention::New => Some(view! { <Dot /> }),
        Attention::Quiet => None,
    };
    view! {
        {failed}
        {row.draft.then(|| icon(Glyph::Pencil))}
        {row.muted.then(|| icon(Glyph::BellOff))}
        {row.archived.then(|| icon(Glyph::Archive))}
        {(row.private && !row.muted && !row.archived).then(|| icon(Glyph::Lock))}
        {attention}
    }
}

/// "Launch day, 1 for you, 4 new, muted"; on a phone with what was said last, and when, after the name.
fn spoken(store: Store, row: &RoomRow, shown: Option<[String; 2]>) -> String {
    let mut parts = vec![shown_name(row)];
    parts.extend(shown.into_iter().flatten().filter(|it| !it.is_empty()));
    if let (RoomKind::Direct, [one]) = (row.kind, row.people.as_slice()) {
        let presence = store.get(Slice::Presence(*one), |model| model.presence(*one));
        parts.extend(presence.map(|presence| presence_word(presence).to_owned()));
    }
    if let Attention::ForYou(count) = row.attention {
        parts.push(words::for_you(count));
    }
    if row.unread > 0 && row.attention != Attention::ForYou(row.unread) {
        parts.push(words::new(row.unread));
    }
    let states = [
        (row.failed, words::HAS_FAILED),
        (row.draft, words::HAS_DRAFT),
        (row.muted, words::MUTED),
        (row.kind == RoomKind::Private, words::PRIVATE),
        (row.archived, words::ARCHIVED),
    ];
    parts.extend(
        states
            .into_iter()
            .filter(|(is, _)| *is)
            .map(|(_, word)| word.to_owned()),
    );
    parts.join(", ")
}

/// "Mara: Bring the good speaker"
fn preview_words(store: Store, row: &RoomRow, preview: &Preview) -> String {
    if preview.text.is_empty() {
        return String::new();
    }
    if store.read(|model| model.is_me(preview.author)) {
        return words::you_said(&preview.text);
    }
    if row.kind == RoomKind::Direct && row.people.len() == 1 {
        return preview.text.clone();
    }
    let name = name_followed(store, preview.author);
    let first = name.split_whitespace().next().unwrap_or(&name);
    words::said(first, &preview.text)
}
