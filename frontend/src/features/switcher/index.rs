//! What the switcher finds: rooms, people, things to do, each with the names it goes by.

use super::fuzzy::{Fit, Folded, fit};
use crate::{
    features::settings::Tab,
    store::Store,
    ui::room_label,
    words_chat::{list, rooms, switcher as words},
};
use js_sys::JsString;
use model::{Attention, Set};
use shared::{RoomId, UserId, rooms::RoomKind};
use std::cell::RefCell;

/// Where an entry leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Target {
    Room(RoomId),
    Person(UserId),
    Do(Deed),
}

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Deed {
    NewMessage,
    NewRoom,
    Browse,
    /// The tab's word in the address.
    Settings(&'static str),
    Light,
    Dark,
    SignOut,
}

/// Something that can be found.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) target: Target,
    pub(super) name: String,
    pub(super) attention: Attention,
    folded: Folded,
    also: Vec<Folded>,
    /// When it was last used, for the order of what fits equally well.
    used: i64,
    /// It came from the server after the first results stood: it goes below them.
    late: bool,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) target: Target,
    pub(super) name: String,
    /// Which letters of the name fit.
    pub(super) letters: Vec<usize>,
    pub(super) attention: Attention,
}

const TABS: [Tab; 6] = [
    Tab::Profile,
    Tab::Account,
    Tab::Devices,
    Tab::Appearance,
    Tab::Keyboard,
    Tab::About,
];
/// Most results of a kind.
const MOST: usize = 40;
/// So many places are offered before anything is typed.
const RECENT: usize = 8;

thread_local! {
    // Rooms in the order of the last visit, the latest last.
    static VISITED: RefCell<Vec<RoomId>> = const { RefCell::new(Vec::new()) };
}

/// Notes that a room was opened.
pub(crate) fn visited(room: RoomId) {
    VISITED.with_borrow_mut(|visited| {
        visited.retain(|it| *it != room);
        visited.push(room);
    });
}

/// Folds with the browser's own table of letters and marks.
pub(super) fn fold(text: &str) -> Folded {
    Folded::new(text, |letter| {
        JsString::from(letter.to_string().as_str())
            .normalize("NFD")
            .as_string()
            .unwrap_or_default()
    })
}

/// All that can be found now. `known` are people who stood in the list before.
pub(super) fn entries(store: Store, known: Option<&Set<UserId>>) -> Vec<Entry> {
    let mut entries = rooms_of(store);
    entries.extend(people_of(store, known));
    entries.extend(deeds());
    entries
}

fn rooms_of(store: Store) -> Vec<Entry> {
    let order = VISITED.with_borrow(Clone::clone);
    store.read(|model| {
        model
            .rooms()
            .filter_map(|room| model.room_row(room.id))
            .map(|row| {
                let full = if row.kind == RoomKind::Direct && row.people.is_empty() {
                    list::JUST_YOU.to_owned()
                } else {
                    row.name.clone()
                };
                let name = room_label(&full);
                let also = row
                    .people
                    .iter()
                    .filter_map(|user| model.user(*user))
                    .map(|user| fold(&user.username))
                    .collect();
                let visit = order
                    .iter()
                    .position(|it| *it == row.id)
                    .and_then(|at| i64::try_from(at).ok());
                let used = match visit {
                    Some(at) => i64::MAX / 2 + at,
                    None => row.preview.as_ref().map_or(0, |preview| preview.at.0),
                };
                Entry {
                    target: Target::Room(row.id),
                    folded: fold(&name),
                    also,
                    attention: row.attention,
                    used,
                    late: false,
                    name,
                }
            })
            .collect()
    })
}

fn people_of(store: Store, known: Option<&Set<UserId>>) -> Vec<Entry> {
    store.read(|model| {
        model
            .users()
            // Whoever one talks with already stands there as a conversation.
            .filter(|user| !model.is_me(user.id) && model.direct_with(user.id).is_none())
            .map(|user| Entry {
                target: Target::Person(user.id),
                folded: fold(&user.display_name),
                also: vec![fold(&user.username)],
                attention: Attention::Quiet,
                used: 0,
                late: known.is_some_and(|known| !known.contains(&user.id)),
                name: user.display_name.clone(),
            })
            .collect()
    })
}

fn deeds() -> Vec<Entry> {
    let mut deeds = vec![
        (Deed::NewMessage, rooms::NEW_MESSAGE.to_owned()),
        (Deed::NewRoom, rooms::NEW_ROOM.to_owned()),
        (Deed::Browse, rooms::BROWSE.to_owned()),
    ];
    deeds.extend(TABS.map(|tab| (Deed::Settings(tab.as_str()), words::settings(tab.title()))));
    deeds.push((Deed::Light, words::LIGHT.to_owned()));
    deeds.push((Deed::Dark, words::DARK.to_owned()));
    deeds.push((Deed::SignOut, words::SIGN_OUT.to_owned()));
    deeds
        .into_iter()
        .map(|(deed, name)| Entry {
            target: Target::Do(deed),
            folded: fold(&name),
            also: Vec::new(),
            attention: Attention::Quiet,
            used: 0,
            late: false,
            name,
        })
        .collect()
}

/// What a query finds: places and people first, then things to do.
pub(super) fn find(entries: &[Entry], query: &str) -> (Vec<Hit>, Vec<Hit>) {
    let query = query.trim();
    let (only_people, only_deeds) = (query.starts_with('@'), query.starts_with('>'));
    let words = query.trim_start_matches(['@', '>']).trim();
    if query.is_empty() {
        return (recent(entries), Vec::new());
    }
    let needle = fold(words);
    let pick = |wanted: &dyn Fn(&Entry) -> bool| {
        let mut found: Vec<(bool, i32, i64, Hit)> = entries
            .iter()
            .filter(|entry| wanted(entry))
            .filter_map(|entry| {
                let fit = best(&needle, entry)?;
                let hit = Hit {
                    target: entry.target,
                    name: entry.name.clone(),
                    letters: fit.letters,
                    attention: entry.attention,
                };
                Some((entry.late, -fit.score, -entry.used, hit))
            })
            .collect();
        found.sort_by(|one, other| {
            (one.0, one.1, one.2, &one.3.name).cmp(&(other.0, other.1, other.2, &other.3.name))
        });
        found
            .into_iter()
            .map(|(.., hit)| hit)
            .take(MOST)
            .collect::<Vec<_>>()
    };
    let is_deed = |entry: &Entry| matches!(entry.target, Target::Do(_));
    let places = if only_deeds {
        Vec::new()
    } else if only_people {
        pick(&|entry| {
            !is_deed(entry) && !matches!(entry.target, Target::Room(_) if entry.also.is_empty())
        })
    } else {
        pick(&|entry| !is_deed(entry))
    };
    let deeds = if only_people {
        Vec::new()
    } else {
        pick(&is_deed)
    };
    (places, deeds)
}

/// How well an entry fits: by its name, or a little less by another of its names.
fn best(needle: &Folded, entry: &Entry) -> Option<Fit> {
    let by_name = fit(needle, &entry.folded);
    let by_other = entry
        .also
        .iter()
        .filter_map(|also| fit(needle, also))
        .map(|fit| Fit {
            score: fit.score - 500,
            letters: Vec::new(),
        })
        .max_by_key(|fit| fit.score);
    match (by_name, by_other) {
        (Some(name), Some(other)) => Some(if name.score >= other.score {
            name
        } else {
            other
        }),
        (name, other) => name.or(other),
    }
}

/// The last places, unread first; the one on screen is no place to jump to.
fn recent(entries: &[Entry]) -> Vec<Hit> {
    let here = VISITED.with_borrow(|visited| visited.last().copied());
    let mut rooms: Vec<&Entry> = entries
        .iter()
        .filter(|entry| matches!(entry.target, Target::Room(room) if Some(room) != here))
        .collect();
    rooms.sort_by_key(|entry| {
        let loud = match entry.attention {
            Attention::ForYou(_) => 0,
            Attention::New => 1,
            Attention::Quiet => 2,
        };
        (loud, -entry.used)
    });
    rooms
        .into_iter()
        .take(RECENT)
        .map(|entry| Hit {
            target: entry.target,
            name: entry.name.clone(),
            letters: Vec::new(),
            attention: entry.attention,
        })
        .collect()
}
