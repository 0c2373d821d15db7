//! What may be a link: the three schemes, and where a bare address in running text ends.

/// Characters that never end an address that stands in a sentence or between marks.
const TRAILING: &[char] = &[
    '.', ',', ':', ';', '!', '?', '\'', '"', '*', '_', '~', '|', ')', ']', '}', '\\', '…', '”',
    '’', '»', '。', '，',
];

fn invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The address to put into `href`, if its scheme is one of the three once everything invisible is gone (S-XSS-2).
pub(super) fn safe(address: &str) -> Option<String> {
    let clean: String = address.trim().chars().filter(|&c| !invisible(c)).collect();
    let (scheme, rest) = clean.split_once(':')?;
    let rest = match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => {
            let host = rest.strip_prefix("//")?;
            host.chars()
                .next()
                .filter(|c| !matches!(c, '/' | '\\' | '?' | '#') && !c.is_whitespace())?;
            rest
        }
        "mailto" => {
            rest.chars().next()?;
            rest
        }
        _ => return None,
    };
    Some(format!("{}:{rest}", scheme.to_ascii_lowercase()))
}

/// The first bare `http://` or `https://` at or after `from`, with where it ends.
pub(super) fn bare(source: &str, from: usize, to: usize) -> Option<(usize, usize)> {
    let mut at = from;
    while let Some(found) = source[at..to].find("://").map(|offset| at + offset) {
        let scheme = ["https", "http", "HTTPS", "HTTP", "Https", "Http"]
            .into_iter()
            .find(|scheme| source[at..found].ends_with(scheme));
        let next = found + 3;
        let Some(scheme) = scheme else {
            at = next;
            continue;
        };
        let start = found - scheme.len();
        let glued = source[..start]
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric);
        let end = end(source, next);
        if !glued && source[next..end].starts_with(|c: char| c.is_alphanumeric() || c == '[') {
            return Some((start, end));
        }
        at = next;
    }
    None
}

/// Where the address that goes on at `from` ends.
fn end(source: &str, from: usize) -> usize {
    let rest = &source[from..];
    let mut end = rest
        .find(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '`'))
        .unwrap_or(rest.len());
    for mark in ["**", "~~", "||", "]("] {
        end = rest[..end].find(mark).unwrap_or(end);
    }
    loop {
        let address = &rest[..end];
        let Some(last) = address.chars().next_back().filter(|c| TRAILING.contains(c)) else {
            return from + end;
        };
        // A bracket that was opened inside the address belongs to it.
        let opened = match last {
            ')' => Some('('),
            ']' => Some('['),
            '}' => Some('{'),
            _ => None,
        };
        if let Some(open) = opened
            && address.matches(open).count() >= address.matches(last).count()
        {
            return from + end;
        }
        end -= last.len_utf8();
    }
}
