//! Finding people by part of a name, in the order of names: what is read for a page does not grow with the number
//! of people. Every part of up to three characters leads to those who have it, in order (`user_parts`); of a
//! longer text the rarest part leads, and the whole text decides.

use super::{Row, shown};
use crate::{
    db::{Conn, Tx, schema},
    error::{AppError, Result},
    features::names::{self, PART_CHARS},
    realtime::presence::Presence,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use diesel::prelude::*;
use shared::{UserId, accounts::Users};

/// People up to whom it is counted how rare a part is: among parts that all lead to more, any will do.
const COUNTED: i64 = 200;

/// Gives someone the key that they are found and ordered by; an empty one for people who are gone.
///
/// # Errors
/// Those of the database.
pub fn name(tx: &mut Tx<'_>, id: UserId, search_key: &str) -> Result<()> {
    use schema::{user_parts, users};
    let user = users::table.find(id.0);
    let before: String = user.select(users::search_key).first(tx.conn)?;
    for part in names::parts(&before) {
        diesel::delete(user_parts::table.find((part, &before, id.0))).execute(tx.conn)?;
    }
    diesel::update(user)
        .set(users::search_key.eq(search_key))
        .execute(tx.conn)?;
    for part in names::parts(search_key) {
        diesel::insert_into(user_parts::table)
            .values((
                user_parts::part.eq(part),
                user_parts::search_key.eq(search_key),
                user_parts::user_id.eq(id.0),
            ))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// A page of the people who have this text in one of their names; of all people when it is empty.
pub(super) fn search(
    conn: &mut Conn,
    text: &str,
    after: Option<Cursor>,
    limit: i64,
    viewer: UserId,
    presence: &Presence,
) -> Result<Users> {
    let mut rows = if text.is_empty() {
        everyone(conn, after, limit + 1)?
    } else {
        having(conn, text, after, limit + 1)?
    };
    let page = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > page;
    rows.truncate(page);
    let next_cursor = rows.last().filter(|_| more).map(|row| {
        Cursor {
            key: row.search_key.clone(),
            id: row.id,
        }
        .write()
    });
    Ok(Users {
        users: shown(conn, rows, viewer, presence)?,
        next_cursor,
    })
}

fn everyone(conn: &mut Conn, after: Option<Cursor>, limit: i64) -> Result<Vec<Row>> {
    use schema::users::dsl;
    let mut query = dsl::users
        .filter(dsl::deleted_at.is_null())
        .order((dsl::search_key, dsl::id))
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if let Some(Cursor { key, id }) = after {
        // The first condition is where the index is entered; the second leaves out what was on the page.
        let later = dsl::search_key.gt(key.clone()).or(dsl::id.gt(id));
        query = query.filter(dsl::search_key.ge(key)).filter(later);
    }
    Ok(query.load(conn)?)
}

fn having(conn: &mut Conn, text: &str, after: Option<Cursor>, limit: i64) -> Result<Vec<Row>> {
    use schema::{user_parts::dsl, users};
    let part = leading(conn, text)?.to_owned();
    let mut query = dsl::user_parts
        .inner_join(users::table.on(users::id.eq(dsl::user_id)))
        .order((dsl::search_key, dsl::user_id))
        .limit(limit)
        .select(Row::as_select())
        .into_boxed();
    if part != text {
        query = query.filter(dsl::search_key.like(contains(text)).escape('\\'));
    }
    query = query.filter(dsl::part.eq(part));
    if let Some(Cursor { key, id }) = after {
        let later = dsl::search_key.gt(key.clone()).or(dsl::user_id.gt(id));
        query = query.filter(dsl::search_key.ge(key)).filter(later);
    }
    Ok(query.load(conn)?)
}

/// The part of the text that the fewest people have; all of it, where it is short enough.
fn leading<'a>(conn: &mut Conn, text: &'a str) -> Result<&'a str> {
    use schema::user_parts::dsl;
    if text.chars().count() <= PART_CHARS {
        return Ok(text);
    }
    let mut rarest = text;
    let mut least = COUNTED;
    for part in names::windows(text, PART_CHARS) {
        let people: Vec<i64> = dsl::user_parts
            .filter(dsl::part.eq(part))
            .select(dsl::user_id)
            .limit(least)
            .load(conn)?;
        let people = i64::try_from(people.len()).unwrap_or(COUNTED);
        if rarest == text || people < least {
            (rarest, least) = (part, people);
        }
        if least == 0 {
            break;
        }
    }
    Ok(rarest)
}

/// A LIKE pattern in which nothing but the ends is a wildcard.
fn contains(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Where a page ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    key: String,
    id: i64,
}

impl Cursor {
    fn write(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}\n{}", self.id, self.key))
    }

    pub(super) fn read(text: &str) -> Result<Self> {
        URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .filter(|text| !text.contains('\0'))
            .and_then(|text| {
                let (id, key) = text.split_once('\n')?;
                Some(Self {
                    id: id.parse().ok()?,
                    key: key.into(),
                })
            })
            .ok_or_else(|| {
                AppError::field("cursor", "invalid", "Give back next_cursor as it came.")
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_junk_is_refused() {
        let cursor = Cursor {
            key: "élodie\nelo".into(),
            id: 7,
        };
        assert_eq!(Cursor::read(&cursor.write()).unwrap(), cursor);
        for junk in ["", "!", "YWJj", "////"] {
            assert!(Cursor::read(junk).is_err(), "{junk}");
        }
    }

    #[test]
    fn wildcards_in_what_is_looked_for_are_plain_characters() {
        assert_eq!(contains("a%b_c\\d"), "%a\\%b\\_c\\\\d%");
    }
}
