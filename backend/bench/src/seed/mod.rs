//! A data folder as after years of use: written straight into the tables that the server's own migrations make,
//! within minutes. Indices are built last, each in one go, which is many times faster than row by row.

mod plan;
mod rows;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use plan::{ROOMS_OF_ONE, Size, TEAMS};

use crate::chance::Chance;
use confab::{auth::password::Passwords, features::names};
use diesel::{
    QueryableByName, connection::SimpleConnection, prelude::*, sql_types::Text,
    sqlite::SqliteConnection,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use plan::{Draw, Kind, Plan};
use rows::{MemberRow, MessageRow, PartRow, RoomRow, Rows, UserRow};
use shared::messages::System;
use std::{collections::BTreeMap, path::Path};
use words::Person;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// The first two people, who can sign in: one is in very many rooms, one in all teams.
pub(crate) const LOGINS: [&str; 2] = ["everywhere", "teammate"];
pub(crate) const PASSWORD: &str = "tidal-orange-41";

const YEAR_MS: i64 = 365 * 86_400_000;
/// Messages in one transaction.
const PORTION: usize = 200_000;
/// Of how many messages one is an answer, an edited one, a deleted one, a line of the server.
const ANSWERS: usize = 12;
const EDITED: usize = 60;
const DELETED: usize = 100;
const SYSTEM: usize = 200;

type Outcome<T> = Result<T, String>;

/// Makes the data of a size.
pub(crate) fn seed(data_dir: &Path, size: &Size) -> Outcome<()> {
    let mut chance = Chance::new(1);
    let plans = plan::plan(size, &mut chance);
    write(data_dir, size.people(), &plans, size.messages, &mut chance)
}

/// Makes the data of these rooms.
pub(crate) fn write(
    data_dir: &Path,
    people: usize,
    plans: &[Plan],
    messages: usize,
    chance: &mut Chance,
) -> Outcome<()> {
    confab::app::make_data_dir(data_dir)?;
    let path = data_dir.join("confab.db");
    if path.exists() {
        return Err(format!(
            "{} is there already: name an empty folder",
            path.display()
        ));
    }
    let mut conn =
        SqliteConnection::establish(&path.to_string_lossy()).map_err(|error| error.to_string())?;
    // What a crash leaves is thrown away, so nothing is kept safe on the way. Messages come before the rooms, whose
    // counters they move.
    run(
        &mut conn,
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -400000;",
    )?;
    conn.run_pending_migrations(MIGRATIONS)
        .map_err(|error| error.to_string())?;
    let indices = take_indices(&mut conn)?;
    let password = hash(PASSWORD)?;
    conn.transaction(|conn| write_people(conn, people, &password, chance))
        .map_err(words)?;
    let began = confab::clock::now().0 - 2 * YEAR_MS;
    let mut counts: Vec<Count> = plans
        .iter()
        .map(|plan| Count {
            seq: 0,
            rev: 1 + plan.members.len() as i64,
            newest: [0; 4],
        })
        .collect();
    let draw = Draw::new(plans);
    let mut done = 0;
    while done < messages {
        let portion = PORTION.min(messages - done);
        conn.transaction(|conn| {
            let mut rows = Rows::new(rows::messages);
            for number in done..done + portion {
                // Something is said in every room.
                let place = if number < plans.len() {
                    number
                } else {
                    draw.next(chance)
                };
                let at =
                    began + (number as i128 * 2 * i128::from(YEAR_MS) / messages as i128) as i64;
                let row = message(number, place, &plans[place], &mut counts[place], at, chance);
                rows.add(conn, row)?;
            }
            rows.end(conn)
        })
        .map_err(words)?;
        done += portion;
    }
    conn.transaction(|conn| write_rooms(conn, plans, &counts, began, chance))
        .map_err(words)?;
    for sql in &indices {
        run(&mut conn, sql)?;
    }
    run(&mut conn, "PRAGMA journal_mode = WAL")
}

/// How far a room has come.
struct Count {
    seq: i64,
    rev: i64,
    /// Its newest messages, which are what people answer.
    newest: [i64; 4],
}

fn message(
    number: usize,
    place: usize,
    plan: &Plan,
    count: &mut Count,
    at: i64,
    chance: &mut Chance,
) -> MessageRow {
    let id = number as i64 + 1;
    let one_of = |chance: &mut Chance, many: usize| chance.below(many) == 0;
    count.seq += 1;
    count.rev += 1;
    let author_id = plan.members[chance.below(plan.members.len())] as i64 + 1;
    let mut row = MessageRow {
        id,
        room_id: place as i64 + 1,
        seq: count.seq,
        rev: count.rev,
        kind: "text",
        author_id,
        client_id: Some(chance.uuid()),
        sent_hash: Some((0..4).flat_map(|_| chance.next().to_be_bytes()).collect()),
        body: words::sentence(chance),
        created_at: at,
        edited_at: None,
        deleted_at: None,
        reply_to: None,
        system: None,
    };
    if plan.kind != Kind::Direct && one_of(chance, SYSTEM) {
        row.kind = "system";
        (row.client_id, row.sent_hash) = (None, None);
        row.body.clear();
        row.system = serde_json::to_string(&System::Joined).ok();
        return row;
    }
    let answered = count.newest[chance.below(count.newest.len())];
    if answered > 0 && one_of(chance, ANSWERS) {
        row.reply_to = Some(answered);
    }
    // Changed soon after it was said, before anybody answered.
    if one_of(chance, EDITED) {
        count.rev += 1;
        row.rev = count.rev;
        row.edited_at = Some(at + 60_000);
    } else if one_of(chance, DELETED) {
        count.rev += 1;
        row.rev = count.rev;
        row.deleted_at = Some(at + 60_000);
        row.body.clear();
        return row;
    }
    count.newest[number % 4] = id;
    row
}

fn write_people(
    conn: &mut SqliteConnection,
    people: usize,
    password: &str,
    chance: &mut Chance,
) -> QueryResult<()> {
    let created_at = confab::clock::now().0 - 2 * YEAR_MS;
    let mut rows = Rows::new(rows::users);
    let mut keys = Vec::with_capacity(people);
    for number in 0..people {
        let person = match LOGINS.get(number) {
            Some(login) => Person::named(login, login),
            None => Person::nth(number, chance),
        };
        keys.push((person.search_key.clone(), number as i64 + 1));
        let row = UserRow {
            id: number as i64 + 1,
            username: person.username,
            name_key: person.name_key,
            display_name: person.display_name,
            search_key: person.search_key,
            password_hash: (number < LOGINS.len()).then(|| password.to_owned()),
            role: if number == 0 { "admin" } else { "member" },
            created_at,
        };
        rows.add(conn, row)?;
    }
    rows.end(conn)?;
    keys.sort_unstable();
    write_parts(conn, &keys)
}

/// By what people are found. `keys` are in the order of names.
fn write_parts(conn: &mut SqliteConnection, keys: &[(String, i64)]) -> QueryResult<()> {
    let mut having: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, (key, _)) in keys.iter().enumerate() {
        for part in names::parts(key) {
            having.entry(part).or_default().push(place);
        }
    }
    let mut rows = Rows::new(rows::parts);
    for (part, places) in having {
        for place in places {
            let (search_key, user_id) = &keys[place];
            let row = PartRow {
                part,
                search_key,
                user_id: *user_id,
            };
            rows.add(conn, row)?;
        }
    }
    rows.end(conn)
}

fn write_rooms(
    conn: &mut SqliteConnection,
    plans: &[Plan],
    counts: &[Count],
    created_at: i64,
    chance: &mut Chance,
) -> QueryResult<()> {
    let mut rooms = Rows::new(rows::rooms);
    let mut members = Rows::new(rows::members);
    for (place, (plan, count)) in plans.iter().zip(counts).enumerate() {
        let mut people: Vec<i64> = plan
            .members
            .iter()
            .map(|&person| person as i64 + 1)
            .collect();
        people.sort_unstable();
        let key = || {
            people
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(",")
        };
        let row = RoomRow {
            id: place as i64 + 1,
            kind: match plan.kind {
                Kind::Public => "public",
                Kind::Private => "private",
                Kind::Direct => "direct",
            },
            name: match (plan.kind, place) {
                (Kind::Direct, _) => String::new(),
                (_, 0) => "General".into(),
                (_, 1..=TEAMS) => format!("Team {place}"),
                _ => format!(
                    "{} {place}",
                    words::sentence(chance).chars().take(24).collect::<String>()
                ),
            },
            direct_key: (plan.kind == Kind::Direct).then(key),
            is_default: place == 0,
            created_by: people[0],
            created_at,
            member_count: people.len() as i64,
            last_seq: count.seq,
            head_rev: count.rev,
            rev: 1,
        };
        rooms.add(conn, row)?;
        for (number, &user_id) in people.iter().enumerate() {
            // Whoever can sign in has read nearly all; of the others some have not looked for long.
            let unread = if user_id as usize <= LOGINS.len() || chance.below(3) > 0 {
                chance.below(6) as i64
            } else {
                chance.below(usize::try_from(count.seq).unwrap_or(0) + 1) as i64
            };
            let row = MemberRow {
                room_id: place as i64 + 1,
                user_id,
                role: if number == 0 && plan.kind != Kind::Direct {
                    "owner"
                } else {
                    "member"
                },
                joined_at: created_at,
                rev: 2 + number as i64,
                read_seq: (count.seq - unread).max(0),
            };
            members.add(conn, row)?;
        }
    }
    rooms.end(conn)?;
    members.end(conn)
}

#[derive(QueryableByName)]
struct Index {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    sql: String,
}

/// Drops every index that a migration made by name, and gives back how to make them.
fn take_indices(conn: &mut SqliteConnection) -> Outcome<Vec<String>> {
    let query = "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL";
    let indices: Vec<Index> = diesel::sql_query(query).load(conn).map_err(words)?;
    let mut made_by = Vec::new();
    for Index { name, sql } in indices {
        run(conn, &format!("DROP INDEX {name}"))?;
        made_by.push(sql);
    }
    Ok(made_by)
}

fn hash(password: &str) -> Outcome<String> {
    let passwords = Passwords::new(confab::auth::password::LEAST_COST, None, 1, 1)?;
    tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| error.to_string())?
        .block_on(passwords.hash(password.into()))
        .map_err(|error| error.to_string())
}

fn run(conn: &mut SqliteConnection, sql: &str) -> Outcome<()> {
    conn.batch_execute(sql).map_err(words)
}

fn words(error: diesel::result::Error) -> String {
    format!("the database refuses: {error}")
}
