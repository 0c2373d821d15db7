//! What is so: the rows of the database as they lie there, and what a fresh load over REST gives each person.

use crate::{device::Device, session::Session};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_types::Text};
use model::Failure;
use serde::Deserialize;
use shared::{
    RoomId,
    members::{Member, Members},
    messages::{Message, Messages},
    rooms::{Room, Rooms},
};
use std::{path::Path, time::Duration};
use tokio::time::sleep;

/// A row of `messages`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct MessageRow {
    pub(crate) id: i64,
    pub(crate) room_id: i64,
    pub(crate) seq: i64,
    pub(crate) rev: i64,
    pub(crate) kind: String,
    pub(crate) author_id: i64,
    pub(crate) client_id: Option<String>,
    pub(crate) body: String,
    pub(crate) deleted_at: Option<i64>,
    /// What a system line tells, as JSON.
    pub(crate) system: Option<String>,
}

/// A row of `rooms`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RoomRow {
    pub(crate) id: i64,
    pub(crate) member_count: i64,
    pub(crate) last_seq: i64,
    pub(crate) head_rev: i64,
    pub(crate) rev: i64,
}

/// A row of `members`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct MemberRow {
    pub(crate) room_id: i64,
    pub(crate) user_id: i64,
    pub(crate) left_at: Option<i64>,
    pub(crate) rev: i64,
    pub(crate) read_seq: i64,
}

/// The whole database, as far as it is looked at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pub(crate) messages: Vec<MessageRow>,
    pub(crate) rooms: Vec<RoomRow>,
    pub(crate) members: Vec<MemberRow>,
    /// What the database finds wrong with itself.
    pub(crate) damage: Vec<String>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

const MESSAGES: [&str; 10] = [
    "id",
    "room_id",
    "seq",
    "rev",
    "kind",
    "author_id",
    "client_id",
    "body",
    "deleted_at",
    "system",
];
const ROOMS: [&str; 5] = ["id", "member_count", "last_seq", "head_rev", "rev"];
const MEMBERS: [&str; 5] = ["room_id", "user_id", "left_at", "rev", "read_seq"];

/// One JSON object for each row.
fn select(table: &str, columns: &[&str], object: &str) -> String {
    let pairs: Vec<String> = columns
        .iter()
        .map(|name| format!("'{name}', {name}"))
        .collect();
    format!("SELECT {object}({}) AS line FROM {table}", pairs.join(", "))
}

fn parse<T: for<'de> Deserialize<'de>>(lines: &[String]) -> Result<Vec<T>, String> {
    let read =
        |line: &String| serde_json::from_str(line).map_err(|error| format!("{line}: {error}"));
    lines.iter().map(read).collect()
}

/// Reads the file of a server that has stopped.
pub(crate) fn of_sqlite(path: &Path) -> Result<Rows, String> {
    let words = |error: &dyn std::fmt::Display| format!("cannot read {}: {error}", path.display());
    let mut db = SqliteConnection::establish(&path.to_string_lossy()).map_err(|it| words(&it))?;
    let mut lines = |sql: &str| -> Result<Vec<String>, String> {
        let lines: Vec<Line> = diesel::sql_query(sql)
            .load(&mut db)
            .map_err(|it| words(&it))?;
        Ok(lines.into_iter().map(|line| line.line).collect())
    };
    let mut damage = lines("SELECT integrity_check AS line FROM pragma_integrity_check")?;
    damage.retain(|line| line != "ok");
    Ok(Rows {
        messages: parse(&lines(&select("messages", &MESSAGES, "json_object"))?)?,
        rooms: parse(&lines(&select("rooms", &ROOMS, "json_object"))?)?,
        members: parse(&lines(&select("members", &MEMBERS, "json_object"))?)?,
        damage,
    })
}

/// One room as a client shows it or a fresh load gives it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RoomState {
    pub(crate) room: Room,
    pub(crate) members: Vec<(i64, String)>,
    /// From some place on to the end of the room.
    pub(crate) messages: Vec<Message>,
}

/// Asks until there is an answer.
async fn get<T: shared::json::Read>(session: &Session, path: &str) -> Result<T, String> {
    let mut last = None;
    for _ in 0..40 {
        match session.get(path).await {
            Ok(found) => return Ok(found),
            Err(failure) if failure.retryable() => {
                let wait = failure.retry_after_ms().unwrap_or(200);
                sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(200))).await;
                last = Some(failure);
            }
            Err(failure) => return Err(words(path, &failure)),
        }
    }
    Err(last.map_or_else(String::new, |failure| words(path, &failure)))
}

fn words(path: &str, failure: &Failure) -> String {
    format!("{path}: {failure:?}")
}

/// One's rooms, afresh.
pub(crate) async fn rooms(device: &Device) -> Result<Vec<Room>, String> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    loop {
        let page: Rooms = get(&device.session, &format!("/rooms{cursor}")).await?;
        all.extend(page.rooms);
        match page.next_cursor {
            Some(next) => cursor = format!("?cursor={next}"),
            None => return Ok(all),
        }
    }
}

/// A room's members and its messages above a place, afresh.
pub(crate) async fn room(device: &Device, room: Room, above: i64) -> Result<RoomState, String> {
    let id: RoomId = room.id;
    let members: Members = get(&device.session, &format!("/rooms/{id}/members")).await?;
    let mut messages: Vec<Message> = Vec::new();
    loop {
        let after = messages.last().map_or(above, |message| message.seq);
        let path = format!("/rooms/{id}/messages?after={after}&limit=100");
        let page: Messages = get(&device.session, &path).await?;
        messages.extend(page.messages);
        if !page.has_after {
            break;
        }
    }
    Ok(RoomState {
        room,
        members: sorted(&members.members),
        messages,
    })
}

fn sorted(members: &[Member]) -> Vec<(i64, String)> {
    let mut list: Vec<_> = members
        .iter()
        .filter_map(|member| Some((member.user_id.0, member.role?.as_str().to_owned())))
        .collect();
    list.sort_unstable();
    list
}
