//! The client's style sheet: joins `frontend/styles/*.css` into `target/styles/app.css`, one file and so one request, in the
//! order of the cascade layers. Repeats every rule that begins with `:root[data-theme=dark]` for systems that are dark.
//! Trunk calls it before each build (`Trunk.toml`, pre_build).

use crate::Result;
use crate::workspace::{files_below, read, root, write};
use std::fmt::Write as _;
use std::path::Path;

/// The layers and the files that are theirs; every other file is a component.
const LAYERS: [&str; 5] = ["reset", "tokens", "base", "components", "utilities"];
const DARK: &str = ":root[data-theme=dark]";
const DARK_BY_SYSTEM: &str = ":root:not([data-theme])";

/// Writes the style sheet if it is not there or differs, so that nothing rebuilds for an unchanged one.
pub(crate) fn write_sheet() -> Result<()> {
    let sources = files_below(&root().join("frontend/styles"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|it| it == "css"))
        .map(|path| Ok((stem(&path), read(&path)?)))
        .collect::<Result<Vec<_>>>()?;
    let sheet = join(&sources)?;
    let file = root().join("target/styles/app.css");
    if std::fs::read_to_string(&file).is_ok_and(|last| last == sheet) {
        return Ok(());
    }
    write(&file, sheet.as_bytes())
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn join(sources: &[(String, String)]) -> Result<String> {
    let mut sheet = format!("@layer {};\n", LAYERS.join(","));
    for layer in LAYERS {
        let mut files: Vec<_> = sources
            .iter()
            .filter(|(name, _)| layer_of(name) == layer)
            .collect();
        files.sort();
        let _ = writeln!(sheet, "@layer {layer}{{");
        for (name, css) in files {
            let css = repeat_dark(&compact(css))
                .map_err(|problem| format!("frontend/styles/{name}.css: {problem}"))?;
            sheet.push_str(&css);
        }
        sheet.push_str("}\n");
    }
    Ok(sheet)
}

fn layer_of(name: &str) -> &str {
    LAYERS
        .into_iter()
        .find(|layer| *layer == name && name != "components")
        .unwrap_or("components")
}

/// The sheet without comments and with each run of white space as one space; strings stay as they are.
fn compact(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(next) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, after)| after);
        } else if next == '"' || next == '\'' {
            let end = string_end(rest, next);
            out.push_str(&rest[..end]);
            rest = &rest[end..];
        } else if next.is_whitespace() {
            rest = rest.trim_start();
            let useless =
                |it: Option<char>| it.is_none_or(|it| matches!(it, '{' | '}' | ';' | ',' | ' '));
            if !useless(out.chars().next_back()) && !useless(rest.chars().next()) {
                out.push(' ');
            }
        } else {
            out.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    out
}

/// Where the string that `text` begins with ends, its closing quote included.
fn string_end(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, it) in text.char_indices().skip(1) {
        if it == quote && !escaped {
            return at + 1;
        }
        escaped = it == '\\' && !escaped;
    }
    text.len()
}

/// Puts behind each dark rule its twin for people who leave the theme to their system.
fn repeat_dark(css: &str) -> std::result::Result<String, String> {
    let mut out = String::with_capacity(css.len() + css.len() / 4);
    let mut rest = css;
    while let Some(start) = rest.find(DARK) {
        let open = rest[start..].find('{').ok_or("a dark rule has no body")? + start;
        let close = rest[open..].find('}').ok_or("a dark rule has no end")? + open + 1;
        let rule = &rest[start..close];
        if rest[open + 1..close - 1].contains('{') {
            return Err("a dark rule holds no other rule".to_owned());
        }
        out.push_str(&rest[..close]);
        let _ = write!(
            out,
            "@media (prefers-color-scheme:dark){{{}}}",
            rule.replace(DARK, DARK_BY_SYSTEM)
        );
        rest = &rest[close..];
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::{compact, join, repeat_dark};

    #[test]
    fn files_come_in_the_order_of_their_layers_and_components_by_name() {
        let sources = ["utilities", "button", "base", "avatar", "tokens", "reset"]
            .map(|name| (name.to_owned(), format!(".{name}{{}}")));
        let sheet = join(&sources).unwrap();
        let places: Vec<_> = [
            ".reset",
            ".tokens",
            ".base",
            ".avatar",
            ".button",
            ".utilities",
        ]
        .map(|name| sheet.find(name).unwrap())
        .to_vec();
        assert!(places.is_sorted(), "{sheet}");
    }

    #[test]
    fn comments_and_blanks_go_while_strings_and_descendants_stay() {
        assert_eq!(
            compact("/* a */ .a  .b ,\n .c { content : \"  /* \\\" */ \"; }\n"),
            ".a .b,.c{content : \"  /* \\\" */ \";}"
        );
    }

    #[test]
    fn a_dark_rule_gets_its_twin_for_dark_systems() {
        assert_eq!(
            repeat_dark(".a{b:c}:root[data-theme=dark] .a{b:d}.e{}").unwrap(),
            ".a{b:c}:root[data-theme=dark] .a{b:d}\
             @media (prefers-color-scheme:dark){:root:not([data-theme]) .a{b:d}}.e{}"
        );
    }

    #[test]
    fn a_dark_rule_without_an_end_is_refused() {
        assert!(repeat_dark(":root[data-theme=dark]{a:b").is_err());
    }
}
