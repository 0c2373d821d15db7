//! Rules for styles: only logical directions, so that right-to-left scripts come for nothing, and colours by name only.

use super::Finding;

/// The one file that may write a colour as a number.
const TOKENS: &str = "frontend/styles/tokens.css";
const LOGICAL_VALUE: [&str; 4] = ["text-align", "float", "clear", "caption-side"];

/// One `property: value` and its line, counted from 1.
#[derive(Debug, PartialEq, Eq)]
struct Declaration<'a> {
    line: usize,
    property: &'a str,
    value: &'a str,
}

pub(super) fn check(name: &str, text: &str) -> Vec<Finding> {
    let text = without_comments(text);
    let mut findings = Vec::new();
    for Declaration {
        line,
        property,
        value,
    } in declarations(&text)
    {
        let side = |word: &str| word == "left" || word == "right";
        if !property.starts_with("--") && property.split('-').any(side) {
            findings.push(Finding::new(
                name,
                line,
                format!("`{property}` is physical; use inline-start or inline-end"),
            ));
        }
        if LOGICAL_VALUE.contains(&property) && value.split_whitespace().any(side) {
            findings.push(Finding::new(
                name,
                line,
                format!("`{property}: {value}` is physical; use start or end"),
            ));
        }
        if name != TOKENS && has_hex_colour(value) {
            findings.push(Finding::new(
                name,
                line,
                format!("`{value}`: raw colours belong into {TOKENS}"),
            ));
        }
    }
    findings
}

/// The same text with blanks for comments; every line stays where it was.
fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        let (comment, after) = after.split_once("*/").unwrap_or((after, ""));
        kept.push_str(before);
        kept.extend(comment.chars().filter(|character| *character == '\n'));
        rest = after;
    }
    kept + rest
}

/// Everything that ends with `;` or `}`; what ends with `{` is a selector. Neither counts inside brackets or quotes.
fn declarations(text: &str) -> Vec<Declaration<'_>> {
    let mut found = Vec::new();
    let (mut start, mut depth, mut quote) = (0, 0_usize, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) => quote = (character != open).then_some(open),
            (None, '"' | '\'') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, '{' | '}' | ';') if depth == 0 => {
                if character != '{' {
                    found.extend(declaration(text, start, at));
                }
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

fn declaration(text: &str, start: usize, end: usize) -> Option<Declaration<'_>> {
    let (property, value) = text[start..end].split_once(':')?;
    let leading = property.len() - property.trim_start().len();
    let line = text[..start + leading].matches('\n').count() + 1;
    Some(Declaration {
        line,
        property: property.trim(),
        value: value.trim(),
    })
}

fn has_hex_colour(value: &str) -> bool {
    value.match_indices('#').any(|(at, _)| {
        let digits = value[at + 1..]
            .chars()
            .take_while(|character| character.is_alphanumeric() || *character == '-');
        let digits: String = digits.collect();
        // `url(#a)` points at an element.
        !value[..at].ends_with("url(")
            && [3, 4, 6, 8].contains(&digits.len())
            && digits.chars().all(|digit| digit.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::{check, declarations};

    fn rules(css: &str) -> usize {
        check("frontend/styles/room.css", css).len()
    }

    #[test]
    fn physical_sides_are_found() {
        let wrong = [
            "a{margin-left:1px}",
            "a{padding-right:0;}",
            "a{left:0}",
            "a { right: 0 }",
            "a{border-top-left-radius:1px}",
            "a{text-align: left}",
            "a{float:right}",
            "@media (width > 1px) { a { scroll-margin-left: 1px } }",
        ];
        for css in wrong {
            assert_eq!(rules(css), 1, "{css}");
        }
        let right = [
            "a{margin-inline-start:1px;inset-inline-end:0;text-align:start}",
            ".left:hover{top:0}",
            "a{--left:0}",
            "/* left: 0; */ a{color:red}",
            "a{background:url(data:a;left:0)}",
            "a{content:\"; left: 0;\"}",
            "a{transform-origin:left}",
        ];
        for css in right {
            assert_eq!(rules(css), 0, "{css}");
        }
    }

    #[test]
    fn raw_colours_stay_with_the_tokens() {
        assert_eq!(rules("a{color:#fff}"), 1);
        assert_eq!(rules("a{border:1px solid #A0B1C2D3}"), 1);
        assert_eq!(rules("#feed{color:var(--text)}"), 0);
        assert_eq!(rules("a{fill:url(#feed)}"), 0);
        assert!(check(super::TOKENS, ":root{--text:#123456}").is_empty());
    }

    #[test]
    fn a_declaration_knows_its_line() {
        let lines: Vec<usize> = declarations("a {\n  b: c;\n\n  d: e\n}\n")
            .iter()
            .map(|it| it.line)
            .collect();
        assert_eq!(lines, [2, 4]);
    }
}
