//! Names and addresses of people: what may be one, how it is kept, and the key by which two that look
//! alike are the same. Pure: knows no database.

use sha2::{Digest, Sha256};
use shared::{FieldError, limits};
use std::collections::BTreeSet;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_security::{GeneralSecurityProfile, skeleton};

/// A username in its one form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username {
    /// What is shown, mentioned and typed: NFKC, lower case.
    pub name: String,
    /// Equal for names that look alike; unique among accounts.
    pub key: String,
}

/// Words that would pass for the server or for everybody. The person who sets the place up may take one of
/// [`RESERVED_FOR_ADMINS`].
const RESERVED: &[&str] = &[
    "abuse",
    "all",
    "anonymous",
    "api",
    "app",
    "auth",
    "bot",
    "bots",
    "channel",
    "confab",
    "daemon",
    "deleted",
    "deletedperson",
    "everybody",
    "everyone",
    "files",
    "group",
    "guest",
    "health",
    "here",
    "hostmaster",
    "hooks",
    "info",
    "mailer-daemon",
    "me",
    "members",
    "noreply",
    "no-reply",
    "nobody",
    "notification",
    "notifications",
    "null",
    "online",
    "postmaster",
    "room",
    "rooms",
    "server",
    "service",
    "settings",
    "someone",
    "ssl",
    "system",
    "team",
    "undefined",
    "unknown",
    "user",
    "users",
    "webhook",
    "webmaster",
    "ws",
    "www",
    "you",
];
const RESERVED_FOR_ADMINS: &[&str] = &[
    "admin",
    "administrator",
    "help",
    "helpdesk",
    "mod",
    "moderator",
    "official",
    "operator",
    "owner",
    "root",
    "security",
    "staff",
    "superuser",
    "support",
    "sysadmin",
];

/// How the names of deleted accounts begin.
pub const DELETED: &str = "deleted-";

/// Marks that may stand on one letter.
const MARKS: usize = 2;

impl Username {
    /// Reads what someone typed.
    ///
    /// # Errors
    /// What to do instead.
    pub fn parse(typed: &str, for_admin: bool) -> Result<Self, FieldError> {
        let refuse = |code: &str, message: &str| Err(error("username", code, message));
        if typed.is_empty() {
            return refuse("required", "Choose a username.");
        }
        // Normalisation can make a text longer: bound it before and after.
        if typed.chars().take(4 * limits::USERNAME_CHARS.end()).count()
            > 3 * limits::USERNAME_CHARS.end()
        {
            return refuse("too_long", "Use at most 32 characters.");
        }
        let username = Self::of(typed);
        let chars = username.name.chars().count();
        if chars < *limits::USERNAME_CHARS.start() {
            return refuse("too_short", "Use at least 2 characters.");
        }
        if chars > *limits::USERNAME_CHARS.end() {
            return refuse("too_long", "Use at most 32 characters.");
        }
        if !well_formed(&username.name) {
            return refuse(
                "invalid",
                "Use letters, digits and . _ - between them, beginning and ending with a letter or digit.",
            );
        }
        if username.name.starts_with(DELETED)
            || username.is_one_of(RESERVED)
            || !for_admin && username.is_one_of(RESERVED_FOR_ADMINS)
        {
            return refuse(
                "reserved",
                "This name is kept for the server. Choose another.",
            );
        }
        Ok(username)
    }

    /// The form of a name as it is looked up; whether it may be one is not asked.
    pub fn of(typed: &str) -> Self {
        let name: String = lower(&typed.nfkc().collect::<String>());
        Self {
            key: key(&name),
            name,
        }
    }

    fn is_one_of(&self, words: &[&str]) -> bool {
        words.iter().any(|word| key(word) == self.key)
    }

    /// What stands in the key's place when the account is gone: the name stays taken for a while, but is
    /// not kept (S-PRIV-3).
    pub fn tombstone(key: &str) -> String {
        let hash = Sha256::digest(key);
        let hex: String = hash
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("deleted:{hex}")
    }
}

/// Case-folded, with the two letters that plain lower case leaves apart. The NUL, which Postgres stores nowhere, is as
/// good as any other character that no name has.
fn lower(text: &str) -> String {
    text.to_lowercase()
        .replace('\0', "\u{FFFD}")
        .replace('ß', "ss")
        .replace('ς', "σ")
        .nfc()
        .collect()
}

/// The confusable skeleton (UTS 39, 4), taken again of its lower case, since a skeleton can hold capitals:
/// that of the digit 0 is the letter O.
fn key(name: &str) -> String {
    let once: String = skeleton(name).collect();
    skeleton(&once.to_lowercase()).collect()
}

fn well_formed(name: &str) -> bool {
    let letter = |c: char| c.is_alphanumeric() && c.identifier_allowed();
    let mark = |c: char| is_combining_mark(c) && c.identifier_allowed();
    let mut marks = 0;
    for c in name.chars() {
        marks = if mark(c) { marks + 1 } else { 0 };
        if marks > MARKS || !(letter(c) || mark(c) || matches!(c, '.' | '_' | '-')) {
            return false;
        }
    }
    name.chars().next().is_some_and(letter)
        && name.chars().last().is_some_and(|c| letter(c) || mark(c))
}

/// A display name: one line that cannot dress up as another.
///
/// # Errors
/// What to do instead.
pub fn display_name(typed: &str) -> Result<String, FieldError> {
    let name = line("display_name", typed, limits::DISPLAY_NAME_CHARS)?;
    if name.chars().any(char::is_alphanumeric) {
        Ok(name)
    } else {
        Err(error(
            "display_name",
            "required",
            "Give a name that people can read.",
        ))
    }
}

/// One line of text, trimmed; without controls, bidi overrides and invisible characters.
///
/// # Errors
/// What to do instead.
pub fn line(field: &str, typed: &str, most: usize) -> Result<String, FieldError> {
    let text: String = typed.trim().nfc().collect();
    if text.chars().count() > most {
        return Err(error(
            field,
            "too_long",
            &format!("Use at most {most} characters."),
        ));
    }
    if text.chars().any(|c| c.is_control() || hides(c)) {
        return Err(error(
            field,
            "invalid",
            "Leave out line breaks and invisible characters.",
        ));
    }
    Ok(text)
}

/// Characters that reorder or hide text. The zero-width joiners stay: emoji and some scripts need them.
pub fn hides(c: char) -> bool {
    matches!(c,
        '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{00AD}' | '\u{034F}' | '\u{3164}' | '\u{FFA0}'
        | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}')
}

/// An e-mail address as typed, and the form in which two are the same. Whether it can be written to, only a
/// letter would tell.
///
/// # Errors
/// What to do instead.
pub fn email(typed: &str) -> Result<(String, String), FieldError> {
    let text = line("email", typed, limits::EMAIL_CHARS)?;
    let whole = text.rsplit_once('@').filter(|(local, domain)| {
        (1..=64).contains(&local.len())
            && !domain.is_empty()
            && !domain.starts_with(['.', '-'])
            && !domain.ends_with(['.', '-'])
            && !domain.contains("..")
            && domain
                .chars()
                .all(|c| c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '.' | '-'))
            && !local.contains('@')
            && !text.chars().any(char::is_whitespace)
    });
    match whole {
        Some(_) => Ok((text.clone(), email_key(&text))),
        None => Err(error(
            "email",
            "invalid",
            "Write an address like name@example.org.",
        )),
    }
}

/// The form in which an address is looked up.
pub fn email_key(typed: &str) -> String {
    lower(&typed.trim().nfkc().collect::<String>())
}

/// What people are found and ordered by.
pub fn search_key(display_name: &str, username: &str) -> String {
    format!(
        "{}\n{username}",
        lower(&display_name.nfkc().collect::<String>())
    )
}

/// The most characters of a part by which people are looked up.
pub const PART_CHARS: usize = 3;

/// Every part of up to [`PART_CHARS`] characters of either name in a search key, each once.
pub fn parts(search_key: &str) -> BTreeSet<&str> {
    let names = search_key.split('\n');
    names
        .flat_map(|name| (1..=PART_CHARS).flat_map(move |chars| windows(name, chars)))
        .collect()
}

/// Every part of so many characters.
pub fn windows(text: &str, chars: usize) -> impl Iterator<Item = &str> {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    text.char_indices()
        .zip(ends.skip(chars - 1))
        .map(|((from, _), to)| &text[from..to])
}

/// The form in which a part of a name is looked for.
pub fn search_part(typed: &str) -> String {
    lower(
        &typed
            .trim()
            .trim_start_matches('@')
            .nfkc()
            .collect::<String>(),
    )
}

fn error(field: &str, code: &str, message: &str) -> FieldError {
    FieldError {
        name: field.into(),
        code: code.into(),
        message: message.into(),
    }
}

#[cfg(test)]
mod tests;
