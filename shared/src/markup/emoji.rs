//! Which messages are nothing but one to three emoji. Follows the sequences of UTS #51 without its tables: what it
//! takes for an emoji is shown large, and nothing else depends on it.

use std::{iter::Peekable, str::Chars};

const JOINER: char = '\u{200d}';
const EMOJI_STYLE: char = '\u{fe0f}';
const KEYCAP: char = '\u{20e3}';

/// How many emoji a message is made of, if of nothing else and of 1 to 3.
pub fn only_emoji(text: &str) -> Option<usize> {
    // Three of the longest sequences stay well below this.
    if text.len() > 200 {
        return None;
    }
    let mut chars = text.chars().peekable();
    let mut count = 0;
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if chars.peek().is_none() {
            return (1..=3).contains(&count).then_some(count);
        }
        take(&mut chars)?;
        count += 1;
    }
}

/// Takes one emoji with all that belongs to it.
fn take(chars: &mut Peekable<Chars<'_>>) -> Option<()> {
    loop {
        let base = chars.next()?;
        let styled = chars.next_if_eq(&EMOJI_STYLE).is_some();
        if matches!(base, '0'..='9' | '#' | '*') {
            return chars.next_if_eq(&KEYCAP).map(drop);
        }
        if regional(base) {
            return chars.next_if(|&c| regional(c)).map(drop);
        }
        if !(pictured(base) || styled && picturable(base)) {
            return None;
        }
        while chars
            .next_if(|c| matches!(c, '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}'))
            .is_some()
        {}
        if chars.next_if_eq(&JOINER).is_none() {
            return Some(());
        }
        // After a joiner, signs such as ♂ are part of the picture with or without their style.
        if chars.peek().is_some_and(|&c| picturable(c)) {
            chars.next();
            chars.next_if_eq(&EMOJI_STYLE);
            if chars.next_if_eq(&JOINER).is_none() {
                return Some(());
            }
        }
    }
}

fn regional(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

/// Shown as a picture without being asked to.
fn pictured(c: char) -> bool {
    matches!(c,
        '\u{1f004}' | '\u{1f0cf}' | '\u{1f18e}' | '\u{1f191}'..='\u{1f19a}' | '\u{1f201}'
        | '\u{1f21a}' | '\u{1f22f}' | '\u{1f232}'..='\u{1f236}' | '\u{1f238}'..='\u{1f23a}'
        | '\u{1f250}' | '\u{1f251}' | '\u{1f300}'..='\u{1f64f}' | '\u{1f680}'..='\u{1f6ff}'
        | '\u{1f7e0}'..='\u{1f7eb}' | '\u{1f7f0}' | '\u{1f90c}'..='\u{1f9ff}' | '\u{1fa70}'..='\u{1faff}'
        | '⌚' | '⌛' | '⏩'..='⏬' | '⏰' | '⏳' | '◽' | '◾' | '☔' | '☕' | '♈'..='♓' | '♿' | '⚓'
        | '⚡' | '⚪' | '⚫' | '⚽' | '⚾' | '⛄' | '⛅' | '⛎' | '⛔' | '⛪' | '⛲' | '⛳' | '⛵' | '⛺'
        | '⛽' | '✅' | '✊' | '✋' | '✨' | '❌' | '❎' | '❓'..='❕' | '❗' | '➕'..='➗' | '➰' | '➿'
        | '⬛' | '⬜' | '⭐' | '⭕')
}

/// Shown as a picture when asked to.
fn picturable(c: char) -> bool {
    pictured(c)
        || matches!(c,
            '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}'
            | '\u{2194}'..='\u{21aa}' | '\u{2300}'..='\u{23ff}' | '\u{24c2}' | '\u{25aa}'..='\u{25fe}'
            | '\u{2600}'..='\u{27bf}' | '\u{2934}' | '\u{2935}' | '\u{2b05}'..='\u{2b55}' | '\u{3030}'
            | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f170}'..='\u{1f251}')
}
