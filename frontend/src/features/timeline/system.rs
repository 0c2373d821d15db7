//! What the server tells between messages: who came and went, names, topics. Runs of joins are one line.

use super::{clock, scene::Scene};
use crate::view::prelude::*;
use crate::{
    features::people::name_followed,
    ui::{Glyph, Icon},
    words_chat::{names, timeline as words},
};
use model::Key;
use shared::{UserId, messages::System};

/// So many names of a run are said; the others are counted.
const NAMED: usize = 2;

/// A system line.
#[component]
pub(crate) fn SystemRow(scene: Scene, key: Key) -> impl IntoView {
    let keys = Memo::new(move |_| {
        scene.line(key, |line| {
            line.map(|line| line.system.clone()).unwrap_or_default()
        })
    });
    let at = Memo::new(move |_| scene.line(key, |line| line.map(|line| line.at)));
    let sentence = Memo::new(move |_| sentence(scene, &keys.get()));
    let time = move || {
        at.get()
            .map(|at| clock::time(at, scene.clock24.get()))
            .unwrap_or_default()
    };
    let spoken = move || {
        let words: String = sentence
            .get()
            .1
            .chars()
            .filter(|sign| !matches!(*sign, words::MARK_START | words::MARK_END))
            .collect();
        format!("{words}. {}.", time())
    };
    view! {
        <div
            class="timeline__system"
            role="article"
            data-row=""
            tabindex=move || super::tab_index(scene, key)
            aria-roledescription=words::MESSAGE
            aria-label=spoken
        >
            <span class="timeline__system-icon">{move || view! { <Icon glyph=sentence.get().0 small=true /> }}</span>
            <span dir="auto">
                {move || runs(&sentence.get().1)} " "
                <span class="timeline__system-time">"· " {time}</span>
            </span>
        </div>
    }
}

/// The sentence with its marked names in bold.
fn runs(sentence: &str) -> Vec<View> {
    let mut parts = Vec::new();
    for (index, piece) in sentence.split(words::MARK_START).enumerate() {
        match piece.split_once(words::MARK_END) {
            Some((name, rest)) if index > 0 => {
                parts.push(view! { <b><bdi>{name.to_owned()}</bdi></b> });
                parts.push(rest.to_owned().into_view());
            }
            _ => parts.push(piece.to_owned().into_view()),
        }
    }
    parts
}

fn sentence(scene: Scene, keys: &[Key]) -> (Glyph, String) {
    let name = |user: UserId| {
        let name = name_followed(scene.store, user);
        words::marked(&name)
    };
    let authors: Vec<UserId> = keys
        .iter()
        .filter_map(|key| scene.message(*key))
        .map(|view| view.message.author_id)
        .collect();
    if authors.len() > 1 {
        let named = if authors.len() == NAMED + 1 {
            authors.len()
        } else {
            NAMED
        };
        let said: Vec<String> = authors.iter().take(named).map(|user| name(*user)).collect();
        let more = i64::try_from(authors.len() - said.len()).unwrap_or_default();
        return (Glyph::Users, words::joined(&names(&said, more)));
    }
    let Some(view) = keys.first().and_then(|key| scene.message(*key)) else {
        return (Glyph::Info, String::new());
    };
    let who = name(view.message.author_id);
    match view.message.system.as_ref() {
        Some(System::Created) => (Glyph::Users, words::created(&who)),
        Some(System::Joined) => (Glyph::Users, words::joined(&who)),
        Some(System::Left) => (Glyph::LogOut, words::left(&who)),
        Some(System::Added { user_id }) => (Glyph::UserPlus, words::added(&who, &name(*user_id))),
        Some(System::Removed { user_id }) => {
            (Glyph::UserMinus, words::removed(&who, &name(*user_id)))
        }
        Some(System::Renamed { name }) => (Glyph::Pencil, words::renamed(&who, name)),
        Some(System::Topic { topic }) if topic.is_empty() => (Glyph::Pencil, words::no_topic(&who)),
        Some(System::Topic { topic }) => (Glyph::Pencil, words::topic(&who, topic)),
        Some(System::Archived) => (Glyph::Archive, words::archived(&who)),
        Some(System::Unarchived) => (Glyph::ArchiveRestore, words::unarchived(&who)),
        Some(System::Unknown) | None => (Glyph::Info, words::unknown(&who)),
    }
}
