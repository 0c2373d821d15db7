//! Names and sentences of people who do not exist, in the proportions in which names occur: few of them often,
//! many of them seldom.

use crate::chance::Chance;
use confab::features::names::{self, Username};

const GIVEN: &[&str] = &[
    "Anna", "Ben", "Clara", "David", "Elena", "Felix", "Greta", "Hugo", "Ines", "Jonas", "Klara",
    "Lukas", "Maria", "Nora", "Oskar", "Paula", "Quentin", "Rosa", "Samir", "Tom", "Ulla",
    "Viktor", "Wanda", "Xenia", "Yusuf", "Zoe", "Élodie", "Søren", "Ayşe", "Łukasz", "Mei",
    "Hiroshi", "Amara", "Kofi", "Priya", "Arjun", "Leila", "Omar", "Ingrid", "Matteo", "Giulia",
    "Tomás", "Lucía", "Ivan", "Olga", "Nikos", "Eleni", "Sven", "Freya", "Bjørn",
];
const FAMILY: &[&str] = &[
    "Andersson",
    "Becker",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fischer",
    "García",
    "Haddad",
    "Ivanova",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quist",
    "Rossi",
    "Schmidt",
    "Tanaka",
    "Ünal",
    "Virtanen",
    "Weber",
    "Xu",
    "Yılmaz",
    "Zimmermann",
    "Novák",
    "O’Brien",
    "Papadopoulos",
    "Sharma",
    "Mensah",
    "Hoffmann",
];
const ENDINGS: &[&str] = &[
    "", "berg", "dahl", "stein", "mann", "feld", "gaard", "holm", "wick", "ton", "ley", "ford",
];
const TEXT: &[&str] = &[
    "the harbour is quiet this morning",
    "I pushed the fix, please have another look",
    "lunch at half past twelve?",
    "can someone take the call with the printers",
    "it works here, which version do you have",
    "moved to Thursday",
    "see the notes from last week",
    "thanks",
    "that was the cable after all",
    "who has the key to the archive",
    "the numbers of March are in the sheet",
    "good night everyone",
    "running ten minutes late",
    "yes",
    "no idea yet",
    "we could ask the people upstairs",
    "the build is green again",
    "please answer the survey until Friday",
];

/// Someone's names, all in the forms in which the server keeps them.
pub(super) struct Person {
    pub(super) username: String,
    pub(super) name_key: String,
    pub(super) display_name: String,
    pub(super) search_key: String,
}

impl Person {
    pub(super) fn named(username: &str, display_name: &str) -> Self {
        let Username { name, key } = Username::of(username);
        Self {
            search_key: names::search_key(display_name, &name),
            display_name: display_name.into(),
            username: name,
            name_key: key,
        }
    }

    /// The person with this number.
    pub(super) fn nth(number: usize, chance: &mut Chance) -> Self {
        let given = often(GIVEN, chance);
        let family = format!("{}{}", often(FAMILY, chance), often(ENDINGS, chance));
        Self::named(
            &format!("{given}.{family}{number}").replace('’', ""),
            &format!("{given} {family}"),
        )
    }
}

/// What somebody says: one to four sentences.
pub(super) fn sentence(chance: &mut Chance) -> String {
    let mut text = String::new();
    for _ in 0..=chance.below(4) {
        if !text.is_empty() {
            text.push_str(". ");
        }
        text.push_str(TEXT[chance.below(TEXT.len())]);
    }
    text
}

/// The first ones more often than the last ones.
fn often<'a>(words: &[&'a str], chance: &mut Chance) -> &'a str {
    let place = chance.fraction() * chance.fraction() * words.len() as f64;
    words[(place as usize).min(words.len() - 1)]
}
