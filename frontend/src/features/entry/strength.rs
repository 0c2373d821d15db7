//! How hard a password is to guess, in words: a hint while typing. The server decides.

use crate::words;
use model::Set;
use shared::limits::PASSWORD_CHARS;

/// What to say about `password` for the account `username`.
pub(crate) fn strength_in_words(password: &str, username: &str) -> &'static str {
    let length = password.chars().count();
    let lower = password.to_lowercase();
    let name = username.trim().to_lowercase();
    if length == 0 {
        words::STRENGTH_NONE
    } else if length < *PASSWORD_CHARS.start() {
        words::STRENGTH_SHORT
    } else if length > *PASSWORD_CHARS.end() {
        words::STRENGTH_LONG
    } else if name.chars().count() >= 3 && lower.contains(&name) {
        words::STRENGTH_NAME
    } else {
        match bits(password) {
            0..=34 => words::STRENGTH_WEAK,
            35..=49 => words::STRENGTH_FAIR,
            50..=69 => words::STRENGTH_GOOD,
            _ => words::STRENGTH_STRONG,
        }
    }
}

/// Roughly how many bits a guesser has to find: what each character adds, runs and repeats adding little.
fn bits(password: &str) -> u32 {
    let mut seen = Set::new();
    let mut last = None::<char>;
    let mut sum = 0;
    for it in password.chars() {
        let near = last.is_some_and(|last| u32::from(last).abs_diff(u32::from(it)) <= 1);
        sum += match (near, seen.insert(it)) {
            (true, _) => 1,
            (false, false) => 2,
            (false, true) if it.is_ascii_lowercase() || it.is_ascii_digit() => 4,
            (false, true) => 5,
        };
        last = Some(it);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::strength_in_words;
    use crate::words;

    #[test]
    fn length_counts_more_than_signs_and_runs_count_little() {
        assert_eq!(strength_in_words("", "ines"), words::STRENGTH_NONE);
        assert_eq!(strength_in_words("short", "ines"), words::STRENGTH_SHORT);
        assert_eq!(strength_in_words("12345678", "ines"), words::STRENGTH_WEAK);
        assert_eq!(
            strength_in_words("aaaaaaaaaaaa", "ines"),
            words::STRENGTH_WEAK
        );
        assert_eq!(
            strength_in_words("hello-ines-hello", "Ines"),
            words::STRENGTH_NAME
        );
        assert_eq!(
            strength_in_words("varnish dries on saturday morning", "ines"),
            words::STRENGTH_STRONG
        );
        assert_eq!(
            strength_in_words(&"x".repeat(129), "ines"),
            words::STRENGTH_LONG
        );
    }
}
