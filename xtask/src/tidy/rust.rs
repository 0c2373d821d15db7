//! Rules for Rust: the header of a file, which module may name which, and no markup from strings.

use super::Finding;

/// Words that turn a string into markup. The client builds elements instead, so that no message can become one.
const RAW_MARKUP: [&str; 7] = [
    concat!("inner", "_html"),
    concat!("inner", "HTML"),
    concat!("outer", "_html"),
    concat!("outer", "HTML"),
    concat!("insert_adjacent", "_html"),
    concat!("insertAdjacent", "HTML"),
    concat!("document", ".write"),
];

/// Files below the first may name neither these words nor these modules of their crate.
struct Direction {
    below: &'static str,
    words: &'static [&'static str],
    modules: &'static [&'static str],
}

const DIRECTIONS: [Direction; 4] = [
    Direction {
        below: "frontend/model/",
        words: &["leptos", "web_sys", "js_sys"],
        modules: &[],
    },
    Direction {
        below: "backend/src/realtime",
        words: &["diesel"],
        modules: &["features"],
    },
    Direction {
        below: "backend/src/db",
        words: &[],
        modules: &["realtime", "features", "ws", "http"],
    },
    Direction {
        below: "frontend/src/ui",
        words: &[],
        modules: &["features", "pages", "store"],
    },
];

pub(super) fn check(name: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !text.starts_with("//!") {
        findings.push(Finding::new(
            name,
            1,
            "opens without `//!` lines that say what the file owns",
        ));
    }
    let code = without_comments(text);
    for direction in DIRECTIONS
        .iter()
        .filter(|direction| is_below(name, direction.below))
    {
        for (number, line) in code.lines().enumerate() {
            for word in direction.words.iter().filter(|word| has_word(line, word)) {
                findings.push(Finding::new(
                    name,
                    number + 1,
                    format!("{} must not know {word}", direction.below),
                ));
            }
        }
        for (line, module) in own_modules(&code) {
            if direction.modules.contains(&module) {
                findings.push(Finding::new(
                    name,
                    line,
                    format!("{} must not use crate::{module}", direction.below),
                ));
            }
        }
    }
    findings
}

/// For every text of the client.
pub(super) fn raw_markup(name: &str, text: &str) -> Vec<Finding> {
    let code = without_comments(text);
    let lines = code.lines().enumerate();
    lines
        .flat_map(|(number, line)| RAW_MARKUP.iter().map(move |word| (number, line, word)))
        .filter(|(_, line, word)| line.contains(**word))
        .map(|(number, _, word)| {
            Finding::new(
                name,
                number + 1,
                format!("`{word}` makes markup from a string"),
            )
        })
        .collect()
}

/// `backend/src/db` covers `backend/src/db.rs` and all below `backend/src/db/`.
fn is_below(name: &str, dir: &str) -> bool {
    let rest = name.strip_prefix(dir);
    rest.is_some_and(|rest| dir.ends_with('/') || rest.starts_with('/') || rest == ".rs")
}

/// The same lines, emptied from the first `//` that is not part of an address in a string.
fn without_comments(text: &str) -> String {
    let code = |line: &str| {
        let mut from = 0;
        while let Some(at) = line.get(from..).and_then(|rest| rest.find("//")) {
            let start = from + at;
            if !line[..start].ends_with(':') {
                return line[..start].to_owned();
            }
            from = start + 2;
        }
        line.to_owned()
    };
    text.lines().map(code).collect::<Vec<_>>().join("\n")
}

fn has_word(line: &str, word: &str) -> bool {
    let part = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(part) && !line[at + word.len()..].starts_with(part))
}

/// Every `crate::name`, and every name of `crate::{…}`, with its line counted from 1.
fn own_modules(code: &str) -> Vec<(usize, &str)> {
    const PREFIX: &str = "crate::";
    let mut found = Vec::new();
    for (at, _) in code.match_indices(PREFIX) {
        if code[..at]
            .ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == '$')
        {
            continue;
        }
        let start = at + PREFIX.len();
        let rest = &code[start..];
        if rest.starts_with('{') {
            let mut depth = 0;
            let mut name_starts = false;
            for (offset, character) in rest.char_indices() {
                match character {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
                if depth == 1 && (character == '{' || character == ',') {
                    name_starts = true;
                } else if name_starts && !character.is_whitespace() {
                    name_starts = false;
                    found.push((start + offset, identifier(&rest[offset..])));
                }
            }
        } else {
            found.push((start, identifier(rest)));
        }
    }
    found
        .into_iter()
        .map(|(at, name)| (code[..at].matches('\n').count() + 1, name))
        .collect()
}

fn identifier(text: &str) -> &str {
    let end = text.find(|character: char| !character.is_alphanumeric() && character != '_');
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::{check, own_modules, raw_markup};

    fn rules(name: &str, code: &str) -> Vec<String> {
        check(name, &format!("//! Owns it.\n{code}"))
            .into_iter()
            .map(|finding| finding.rule)
            .collect()
    }

    #[test]
    fn a_file_says_what_it_owns() {
        assert!(check("xtask/src/a.rs", "//! Owns it.\n").is_empty());
        assert_eq!(check("xtask/src/a.rs", "use std::io;\n").len(), 1);
    }

    #[test]
    fn the_model_knows_no_browser() {
        assert_eq!(
            rules("frontend/model/src/a.rs", "use leptos::prelude::*;").len(),
            1
        );
        assert_eq!(
            rules(
                "frontend/model/src/a.rs",
                "// unlike leptos\nlet leptosomic = 1;"
            ),
            Vec::<String>::new()
        );
        assert_eq!(
            rules("frontend/src/a.rs", "use leptos::prelude::*;"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn the_database_knows_no_sockets_in_any_form_of_import() {
        for import in [
            "use crate::realtime::Hub;",
            "use crate::{error::Error, ws};",
            "crate::http::routes()",
        ] {
            assert_eq!(rules("backend/src/db/tx.rs", import).len(), 1, "{import}");
        }
        assert_eq!(rules("backend/src/db.rs", "use crate::ws::Frame;").len(), 1);
        assert_eq!(
            rules("backend/src/db/tx.rs", "use crate::error::{http, Error};"),
            Vec::<String>::new()
        );
        assert_eq!(
            rules("backend/src/dbx.rs", "use crate::ws::Frame;"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn realtime_knows_topics_and_frames_only() {
        assert_eq!(
            rules(
                "backend/src/realtime/hub.rs",
                "use diesel::prelude::*;\nuse crate::features::rooms;"
            )
            .len(),
            2
        );
    }

    #[test]
    fn grouped_imports_are_read_at_their_first_level() {
        let found = own_modules(
            "use crate::{\n    db::{ws, http},\n    features::rooms,\n};\nfn a() -> crate::Error",
        );
        assert_eq!(found, [(2, "db"), (3, "features"), (5, "Error")]);
    }

    #[test]
    fn markup_from_strings_is_found_outside_comments() {
        let word = super::RAW_MARKUP[0];
        assert_eq!(
            raw_markup(
                "frontend/src/a.rs",
                &format!("view! {{ <p {word}=text/> }}")
            )
            .len(),
            1
        );
        assert!(raw_markup("frontend/src/a.rs", &format!("// never {word}")).is_empty());
        assert_eq!(
            raw_markup(
                "frontend/src/a.rs",
                &format!("let a = \"https://a\"; b.set_{word}(a)")
            )
            .len(),
            1
        );
    }
}
