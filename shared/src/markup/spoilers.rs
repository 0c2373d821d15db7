//! `||spoilers||`: pairs of bars among the parts of one run of text, whatever stands between them.

use super::Inline;

/// Stands for a bar that was escaped; the parser lets no NUL through.
pub(super) const ESCAPED_BAR: char = '\0';

enum Token {
    Part(Inline),
    Bars { opens: bool, closes: bool },
}

/// Puts what stands between bars into spoilers, joins texts, gives escaped bars back.
pub(super) fn wrap(parts: Vec<Inline>) -> Vec<Inline> {
    let has_bars = parts
        .iter()
        .any(|part| matches!(part, Inline::Text(text) if text.contains("||")));
    if !has_bars {
        return join(parts);
    }
    let tokens = tokens(parts);
    // Where the next closing bars stand, seen from each token.
    let mut closer = vec![None; tokens.len() + 1];
    for (index, token) in tokens.iter().enumerate().rev() {
        closer[index] = match token {
            Token::Bars { closes: true, .. } => Some(index),
            _ => closer[index + 1],
        };
    }
    let mut out = Vec::new();
    let mut hidden: Option<(usize, Vec<Inline>)> = None;
    for (index, token) in tokens.into_iter().enumerate() {
        match (&mut hidden, token) {
            (None, Token::Bars { opens: true, .. })
                if closer.get(index + 2).copied().flatten().is_some() =>
            {
                // At `index + 1` bars would hide nothing, so the pair ends at `index + 2` or later.
                let end = closer.get(index + 2).copied().flatten().unwrap_or(index);
                hidden = Some((end, Vec::new()));
            }
            (Some((end, _)), Token::Bars { .. }) if *end == index => {
                if let Some((_, content)) = hidden.take() {
                    out.push(Inline::Spoiler(join(content)));
                }
            }
            (Some((_, content)), token) => content.push(part(token)),
            (None, token) => out.push(part(token)),
        }
    }
    join(out)
}

fn part(token: Token) -> Inline {
    match token {
        Token::Part(part) => part,
        Token::Bars { .. } => Inline::Text("||".to_owned()),
    }
}

fn tokens(parts: Vec<Inline>) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut parts = parts.into_iter().peekable();
    let mut before_is_open = false;
    while let Some(part) = parts.next() {
        let Inline::Text(text) = part else {
            before_is_open = !matches!(part, Inline::Break);
            tokens.push(Token::Part(part));
            continue;
        };
        let after_is_open = !matches!(parts.peek(), None | Some(Inline::Break));
        let mut rest = text.as_str();
        let mut before = before_is_open;
        while let Some((left, right)) = rest.split_once("||") {
            let closes = left
                .chars()
                .next_back()
                .map_or(before, |c| !c.is_whitespace());
            let opens = right
                .chars()
                .next()
                .map_or(after_is_open, |c| !c.is_whitespace());
            if !left.is_empty() {
                tokens.push(Token::Part(Inline::Text(left.to_owned())));
            }
            tokens.push(Token::Bars { opens, closes });
            before = false;
            rest = right;
        }
        before_is_open = rest.chars().next_back().is_some_and(|c| !c.is_whitespace());
        if !rest.is_empty() {
            tokens.push(Token::Part(Inline::Text(rest.to_owned())));
        }
    }
    tokens
}

fn join(parts: Vec<Inline>) -> Vec<Inline> {
    let mut out: Vec<Inline> = Vec::with_capacity(parts.len());
    for part in parts {
        match (out.last_mut(), part) {
            (_, Inline::Text(text)) if text.is_empty() => {}
            (Some(Inline::Text(last)), Inline::Text(text)) => {
                last.push_str(&text.replace(ESCAPED_BAR, "|"));
            }
            (_, Inline::Text(text)) => out.push(Inline::Text(text.replace(ESCAPED_BAR, "|"))),
            (_, part) => out.push(part),
        }
    }
    out
}
