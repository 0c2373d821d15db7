//! The quick switcher: type a few letters, press Enter, be there. Results come from what this browser knows, within the
//! key press; people whom the server adds go below what stands.

mod fuzzy;
mod index;

pub(crate) use index::visited;

use crate::view::{ev, html, prelude::*};
use crate::{
    dom::scroll,
    features::{
        people::PersonAvatar,
        room_list::{Over, PictureSize, RoomPicture, use_screen},
    },
    place::{direct_path, room_path, settings_path, use_go},
    prefs::{Theme, use_prefs},
    store::{Store, use_store},
    ui::{
        AvatarSize, Dialog, Dot, Glyph, Icon, Kbd, Pill, Question, presence_word, speak,
        use_confirm,
    },
    words as common,
    words_chat::{list, switcher as words},
};
use index::{Deed, Hit, Target};
use leptos::task::spawn_local;
use model::{Attention, Set, Slice};
use shared::{RoomId, UserId};

/// Pages of people that are asked for when the switcher opens.
const PAGES: usize = 10;

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Shown {
    Title(&'static str),
    Hit(usize, Hit),
}

impl Shown {
    /// What makes a line another one: its place, its target and which letters are lit.
    fn key(&self) -> (usize, Option<Target>, Vec<usize>) {
        match self {
            Self::Title(title) => (title.len(), None, Vec::new()),
            Self::Hit(index, hit) => (*index, Some(hit.target), hit.letters.clone()),
        }
    }
}

/// The dialog.
#[component]
pub(crate) fn Switcher(#[prop(into)] on_close: Callback<()>) -> impl IntoView {
    let (store, screen, go, prefs) = (use_store(), use_screen(), use_go(), use_prefs());
    let query = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let entries = RwSignal::new(index::entries(store, None));
    let list = NodeRef::<html::Div>::new();
    // Who stood in the list before the server's people came. They, and rooms, may come while it is open: it can be
    // opened before the connection is there.
    let known = StoredValue::new(Set::new());
    let pages = RwSignal::new(0);
    Effect::new(move |_| {
        store.track(Slice::Rooms);
        if pages.get() == 0 {
            known.set_value(store.read(|model| model.users().map(|user| user.id).collect()));
        }
        known.with_value(|known| entries.set(index::entries(store, Some(known))));
    });
    spawn_local(async move {
        let mut cursor = None::<String>;
        // Without the server, what is known here is what there is.
        for _ in 0..PAGES {
            let Ok(page) = store.find_users("", cursor.as_deref()).await else {
                return;
            };
            cursor = page.next_cursor;
            if pages.try_update(|pages| *pages += 1).is_none() || cursor.is_none() {
                return;
            }
        }
    });

    let found =
        Memo::new(move |_| query.with(|query| entries.with(|entries| index::find(entries, query))));
    let shown = Memo::new(move |_| {
        let (places, deeds) = found.get();
        let heading = query.with(|query| match query.trim() {
            "" => words::RECENT,
            query if query.starts_with('@') => words::PEOPLE,
            _ => words::JUMP,
        });
        let mut shown = Vec::with_capacity(places.len() + deeds.len() + 2);
        let mut index = 0;
        for (title, hits) in [(heading, places), (words::DO, deeds)] {
            if !hits.is_empty() {
                shown.push(Shown::Title(title));
            }
            for hit in hits {
                shown.push(Shown::Hit(index, hit));
                index += 1;
            }
        }
        shown
    });
    let hits = Memo::new(move |_| found.with(|(places, deeds)| places.len() + deeds.len()));
    Effect::new(move |before: Option<usize>| {
        let count = hits.get();
        if before.is_some_and(|before| before != count) {
            speak(words::results(count));
        }
        count
    });

    let confirm = use_confirm();
    let sign_out = move || {
        let leave = move || {
            go.instead("/");
            spawn_local(store.sign_out());
        };
        let waits = |row: model::RoomRow| row.failed || row.draft;
        let unsent = store.read(|model| {
            model
                .rooms()
                .filter_map(|room| model.room_row(room.id))
                .any(waits)
        });
        if !unsent {
            return leave();
        }
        let question = Question {
            title: common::SIGN_OUT_TITLE.to_owned(),
            text: common::SIGN_OUT_TEXT.to_owned(),
            yes: common::SIGN_OUT.to_owned(),
            no: common::SIGN_OUT_NO.to_owned(),
            danger: true,
        };
        confirm.ask(question, leave);
    };
    let open = move |target: Target| {
        on_close.run(());
        match target {
            Target::Room(room) => go.to(&room_path(room)),
            Target::Person(user) => go.to(&direct_path(user)),
            Target::Do(Deed::NewMessage) => screen.show(Over::NewMessage),
            Target::Do(Deed::NewRoom) => screen.show(Over::NewRoom),
            Target::Do(Deed::Browse) => screen.show(Over::Directory),
            Target::Do(Deed::Settings(tab)) => go.to(&settings_path(tab)),
            Target::Do(Deed::Light) => prefs.change(|chosen| chosen.theme = Some(Theme::Light)),
            Target::Do(Deed::Dark) => prefs.change(|chosen| chosen.theme = Some(Theme::Dark)),
            Target::Do(Deed::SignOut) => sign_out(),
        }
    };
    let target_at = move |index: usize| {
        shown.with_untracked(|shown| {
            shown.iter().find_map(|line| match line {
                Shown::Hit(it, hit) if *it == index => Some(hit.target),
                _ => None,
            })
        })
    };
    let on_key = move |event: ev::KeyboardEvent| {
        if crate::features::composer::composing(&event) {
            return;
        }
        let last = hits.get_untracked().saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" => at.update(|at| *at = if *at >= last { 0 } else { *at + 1 }),
            "ArrowUp" => at.update(|at| *at = if *at == 0 { last } else { *at - 1 }),
            "Enter" => {
                if let Some(target) = target_at(at.get_untracked()) {
                    open(target);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    Effect::new(move |_| {
        let id = option_id(at.get());
        if let (Some(list), Some(option)) =
            (list.get_untracked(), document().get_element_by_id(&id))
        {
            scroll::reveal(&list, &option);
        }
    });
    let lines = move |line: Shown| match line {
        Shown::Title(title) => {
            view! { <div class="switcher__title" role="presentation">{title}</div> }
        }
        Shown::Hit(index, hit) => {
            let target = hit.target;
            view! {
                <OptionRow
                    index
                    hit
                    at
                    on:pointerdown=move |event: ev::PointerEvent| event.prevent_default()
                    on:click=move |_| open(target)
                />
            }
        }
    };
    view! {
        <Dialog label=words::LABEL on_close class="switcher">
            <div class="switcher__head">
                <span class="switcher__icon">
                    <Icon glyph=Glyph::Search />
                </span>
                <input
                    class="switcher__field"
                    type="text"
                    role="combobox"
                    aria-label=words::LABEL
                    aria-expanded="true"
                    aria-autocomplete="list"
                    aria-controls="switcher-list"
                    aria-activedescendant=move || (hits.get() > 0).then(|| option_id(at.get()))
                    placeholder=words::FIELD
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    autofocus
                    dir="auto"
                    on:input=move |event| {
                        query.set(event_target_value(&event));
                        at.set(0);
                        if let Some(list) = list.get_untracked() {
                            scroll::set_top(&list, 0.0);
                        }
                    }
                    on:keydown=on_key
                />
                <Kbd keys="esc" />
            </div>
            <div node_ref=list class="switcher__list">
                <div id="switcher-list" role="listbox" aria-label=words::LABEL>
                    <For each=move || shown.get() key=Shown::key children=lines />
                </div>
                {move || {
                    (hits.get() == 0)
                        .then(|| {
                            let says = query.with(|query| words::nothing(query.trim_start_matches(['@', '>']).trim()));
                            view! { <p class="switcher__none">{says}</p> }
                        })
                }}
            </div>
            <div class="switcher__foot" aria-hidden="true">
                <span class="switcher__hint">
                    <Kbd keys="up" />
                    <Kbd keys="down" />
                    {words::MOVE}
                </span>
                <span class="switcher__hint">
                    <Kbd keys="enter" />
                    {words::OPEN}
                </span>
                <span class="switcher__hint switcher__hint--end">
                    <Kbd keys="@" />
                    {words::HINT_PEOPLE}
                </span>
                <span class="switcher__hint switcher__hint--end">
                    <Kbd keys=">" />
                    {words::HINT_ACTIONS}
                </span>
            </div>
        </Dialog>
    }
}

fn option_id(index: usize) -> String {
    format!("switcher-{index}")
}

#[component]
fn OptionRow(index: usize, hit: Hit, at: RwSignal<usize>) -> impl IntoView {
    let lit = Memo::new(move |_| at.get() == index);
    let runs = fuzzy::runs(&hit.name, &hit.letters)
        .into_iter()
        .map(|(run, fits)| {
            if fits {
                view! { <mark>{run}</mark> }
            } else {
                run.into_view()
            }
        })
        .collect_view();
    let picture = match hit.target {
        Target::Room(room) => view! { <RoomPicture room size=PictureSize::Small /> },
        Target::Person(id) => {
            view! { <PersonAvatar id size=AvatarSize::S badge=true /> }
        }
        Target::Do(deed) => view! {
            <span class="switcher__glyph">
                <Icon glyph=glyph_of(deed) small=true />
            </span>
        },
    };
    let note = match hit.target {
        Target::Room(room) => room_note(room).into_view(),
        Target::Person(user) => person_note(user).into_view(),
        Target::Do(_) => View::nothing(),
    };
    let pill = match hit.attention {
        Attention::ForYou(count) => view! {
            <span class="switcher__pill">
                <Pill count=Signal::stored(count) />
                <span class="visually-hidden">{list::for_you(count)}</span>
            </span>
        },
        Attention::New => view! {
            <span class="switcher__pill">
                <Dot />
                <span class="visually-hidden">{list::UNREAD}</span>
            </span>
        },
        Attention::Quiet => View::nothing(),
    };
    view! {
        <div
            id=option_id(index)
            class="switcher__option"
            role="option"
            aria-selected=move || lit.get().to_string()
            on:pointermove=move |_| {
                if at.get_untracked() != index {
                    at.set(index);
                }
            }
        >
            {picture}
            <span class="switcher__name" class:switcher__name--bold=hit.attention != Attention::Quiet>
                <bdi>{runs}</bdi>
            </span>
            {note}
            {pill}
            {move || {
                lit.get()
                    .then(|| {
                        view! {
                            <span class="switcher__enter">
                                <Icon glyph=Glyph::CornerDownLeft small=true />
                            </span>
                        }
                    })
            }}
        </div>
    }
}

const fn glyph_of(deed: Deed) -> Glyph {
    match deed {
        Deed::NewMessage => Glyph::SquarePen,
        Deed::NewRoom => Glyph::Plus,
        Deed::Browse => Glyph::Compass,
        Deed::Settings(_) => Glyph::SlidersHorizontal,
        Deed::Light => Glyph::Sun,
        Deed::Dark => Glyph::Moon,
        Deed::SignOut => Glyph::LogOut,
    }
}

/// How many people are in a room; a conversation's partner by handle and presence.
fn room_note(room: RoomId) -> impl IntoView {
    let store = use_store();
    let facts = store.select(Slice::Room(room), move |model| {
        let row = model.room_row(room)?;
        let count = model.room(room)?.member_count;
        Some((
            row.people,
            row.kind == shared::rooms::RoomKind::Direct,
            count,
        ))
    });
    let note = move || match facts.get() {
        Some((people, true, _)) if people.len() == 1 => person_words(store, people[0]),
        Some((_, true, _)) | None => String::new(),
        Some((_, false, count)) => list::people(count),
    };
    view! { <span class="switcher__note">{note}</span> }
}

fn person_note(user: UserId) -> impl IntoView {
    let store = use_store();
    view! { <span class="switcher__note">{move || person_words(store, user)}</span> }
}

/// "@lale, away"
fn person_words(store: Store, user: UserId) -> String {
    let handle = store
        .get(Slice::User(user), |model| {
            model.user(user).map(|user| format!("@{}", user.username))
        })
        .unwrap_or_default();
    match store.get(Slice::Presence(user), |model| model.presence(user)) {
        Some(presence) => format!("{handle}, {}", presence_word(presence).to_lowercase()),
        None => handle,
    }
}
