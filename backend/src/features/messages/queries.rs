//! What the database is asked about messages.

use crate::{
    db::{Conn, schema},
    error::{AppError, Result},
    features::{members, rooms, rooms::Membership},
};
use diesel::prelude::*;
use shared::{
    MessageId, RoomId, Timestamp, UserId, limits,
    messages::{Changes, Message, MessageKind, Messages, ReplyTo, System},
};
use std::collections::HashMap;

/// Text bytes after which a page of changes ends, whatever its count: an answer stays small enough for
/// one socket's queue.
const CHANGES_BYTES: usize = 64 * 1024;
/// What a message without text weighs.
const ROW_BYTES: usize = 250;
const EXCERPT_CHARS: usize = 120;

/// A row of `messages`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = schema::messages)]
pub struct MessageRow {
    pub(super) id: i64,
    pub(super) room_id: i64,
    pub(super) seq: i64,
    pub(super) rev: i64,
    pub(super) kind: String,
    pub(super) author_id: i64,
    pub(super) client_id: Option<String>,
    pub(super) body: String,
    pub(super) created_at: i64,
    pub(super) edited_at: Option<i64>,
    pub(super) deleted_at: Option<i64>,
    pub(super) reply_to: Option<i64>,
    pub(super) system: Option<String>,
}

impl MessageRow {
    /// The message as the API shows it.
    pub(super) fn message(self, conn: &mut Conn) -> Result<Message> {
        assemble(conn, vec![self])?
            .pop()
            .ok_or_else(AppError::not_found)
    }
}

/// Which page of a room's messages.
#[derive(Clone, Copy, Debug)]
pub enum Around {
    /// The newest.
    End,
    /// Those right before this place.
    Before(i64),
    /// Those right after this place.
    After(i64),
    /// Half before, half from this place on.
    Middle(i64),
}

pub(super) fn row(conn: &mut Conn, id: i64) -> Result<MessageRow> {
    schema::messages::table
        .find(id)
        .select(MessageRow::as_select())
        .first(conn)
        .optional()?
        .ok_or_else(AppError::not_found)
}

pub(super) fn one(conn: &mut Conn, id: i64) -> Result<Message> {
    row(conn, id)?.message(conn)
}

/// One page of a room, upwards by place.
///
/// # Errors
/// Those of membership and of the database.
pub fn page(
    conn: &mut Conn,
    me: UserId,
    room: RoomId,
    around: Around,
    limit: i64,
) -> Result<Messages> {
    use schema::messages::dsl;
    let member = Membership::of(conn, me, room)?;
    let below = |conn: &mut Conn, seq: i64, limit: i64| -> Result<Vec<MessageRow>> {
        let mut rows: Vec<MessageRow> = dsl::messages
            .filter(dsl::room_id.eq(room.0).and(dsl::seq.lt(seq)))
            .select(MessageRow::as_select())
            .order(dsl::seq.desc())
            .limit(limit)
            .load(conn)?;
        rows.reverse();
        Ok(rows)
    };
    let above = |conn: &mut Conn, seq: i64, limit: i64| -> Result<Vec<MessageRow>> {
        Ok(dsl::messages
            .filter(dsl::room_id.eq(room.0).and(dsl::seq.gt(seq)))
            .select(MessageRow::as_select())
            .order(dsl::seq)
            .limit(limit)
            .load(conn)?)
    };
    let rows = match around {
        Around::End => below(conn, i64::MAX, limit)?,
        Around::Before(seq) => below(conn, seq, limit)?,
        Around::After(seq) => above(conn, seq, limit)?,
        Around::Middle(seq) => {
            let mut rows = below(conn, seq, limit / 2)?;
            let left = limit - i64::try_from(rows.len()).unwrap_or(0);
            rows.extend(above(conn, seq.saturating_sub(1), left)?);
            rows
        }
    };
    // Places have no gaps: the first is 1, the last is `last_seq`.
    let has_before = match (rows.first(), around) {
        (Some(first), _) => first.seq > 1,
        (None, Around::After(seq)) => seq >= 1 && member.room.last_seq >= 1,
        (None, _) => false,
    };
    let has_after = match (rows.last(), around) {
        (Some(last), _) => last.seq < member.room.last_seq,
        (None, Around::Before(seq)) => seq <= member.room.last_seq,
        (None, _) => false,
    };
    Ok(Messages {
        has_before,
        has_after,
        head_rev: member.room.head_rev,
        messages: assemble(conn, rows)?,
    })
}

/// What changed in a room after a revision, at most `limit` changes of all kinds together.
///
/// # Errors
/// Those of membership and of the database.
pub fn changes(
    conn: &mut Conn,
    me: UserId,
    room: RoomId,
    after: i64,
    limit: i64,
) -> Result<Changes> {
    use schema::messages::dsl;
    let member = Membership::of(conn, me, room)?;
    let head_rev = member.room.head_rev;
    let mut rows: Vec<MessageRow> = dsl::messages
        .filter(dsl::room_id.eq(room.0).and(dsl::rev.gt(after)))
        .select(MessageRow::as_select())
        .order(dsl::rev)
        .limit(limit)
        .load(conn)?;
    let mut moved = members::changed(conn, room, after, limit)?;
    let room_rev = Some(member.room.rev).filter(|&rev| rev > after);

    // Every change has a revision of its own: the page ends at the `limit`th of all of them, or where it
    // grows too heavy.
    let mut revs: Vec<i64> = rows.iter().map(|row| row.rev).collect();
    revs.extend(moved.iter().map(|member| member.rev));
    revs.extend(room_rev);
    revs.sort_unstable();
    let count = usize::try_from(limit).unwrap_or(1).max(1);
    let by_count = (revs.len() >= count).then(|| revs[count - 1]);
    let mut bytes = 0;
    let by_weight = rows
        .iter()
        .find(|row| {
            bytes += row.body.len() + ROW_BYTES;
            bytes > CHANGES_BYTES
        })
        .map(|row| row.rev);
    let rev = by_count
        .into_iter()
        .chain(by_weight)
        .min()
        .unwrap_or(head_rev)
        .max(after.min(head_rev));
    rows.retain(|row| row.rev <= rev);
    moved.retain(|member| member.rev <= rev);
    let room = match room_rev.filter(|&room_rev| room_rev <= rev) {
        Some(_) => Some(rooms::one(conn, me, room)?),
        None => None,
    };
    Ok(Changes {
        room,
        members: moved,
        messages: assemble(conn, rows)?,
        rev,
        head_rev,
        more: rev < head_rev,
    })
}

/// The messages of these rows, in the same order, with what they answer.
///
/// # Errors
/// Those of the database.
pub fn assemble(conn: &mut Conn, rows: Vec<MessageRow>) -> Result<Vec<Message>> {
    use schema::messages::dsl;
    let mut answered: Vec<i64> = rows.iter().filter_map(|row| row.reply_to).collect();
    answered.sort_unstable();
    answered.dedup();
    let mut quotes: HashMap<i64, ReplyTo> = HashMap::new();
    if !answered.is_empty() {
        let found: Vec<Quoted> = dsl::messages
            .filter(dsl::id.eq_any(&answered))
            .select((dsl::id, dsl::seq, dsl::author_id, dsl::body))
            .load(conn)?;
        quotes.extend(found.into_iter().map(|row| (row.0, quoted(row))));
    }
    Ok(rows
        .into_iter()
        .map(|row| Message {
            id: MessageId(row.id),
            room_id: RoomId(row.room_id),
            seq: row.seq,
            rev: row.rev,
            kind: match row.kind.as_str() {
                "system" => MessageKind::System,
                _ => MessageKind::Text,
            },
            author_id: UserId(row.author_id),
            client_id: row.client_id,
            body: row.body,
            created_at: Timestamp(row.created_at),
            edited_at: row.edited_at.map(Timestamp),
            deleted_at: row.deleted_at.map(Timestamp),
            reply_to: row.reply_to.and_then(|id| quotes.get(&id).cloned()),
            reactions: Vec::new(),
            mentions: Vec::new(),
            system: row
                .system
                .map(|told| serde_json::from_str(&told).unwrap_or(System::Unknown)),
        })
        .collect())
}

/// Id, place, author and text of a message that is answered.
type Quoted = (i64, i64, i64, String);

fn quoted((id, seq, author_id, body): Quoted) -> ReplyTo {
    ReplyTo {
        id: MessageId(id),
        seq,
        author_id: UserId(author_id),
        excerpt: body.chars().take(EXCERPT_CHARS).collect(),
    }
}

/// How a message of this room that someone wrote is quoted.
pub(super) fn quote(conn: &mut Conn, room: RoomId, id: MessageId) -> Result<Option<ReplyTo>> {
    use schema::messages::dsl;
    let found: Option<Quoted> = dsl::messages
        .find(id.0)
        .filter(dsl::room_id.eq(room.0).and(dsl::kind.eq("text")))
        .select((dsl::id, dsl::seq, dsl::author_id, dsl::body))
        .first(conn)
        .optional()?;
    Ok(found.map(quoted))
}

/// The page length that a request asked for, or the default; 422 outside the range.
///
/// # Errors
/// `validation`.
pub fn limit(asked: Option<i64>, default: i64, most: i64) -> Result<i64> {
    let limit = asked.unwrap_or(default);
    if (1..=most).contains(&limit) {
        return Ok(limit);
    }
    let words = format!("limit is between 1 and {most}.");
    Err(AppError::field("limit", "invalid", words))
}

/// [`limit`] for pages of messages.
pub(super) fn page_limit(asked: Option<i64>) -> Result<i64> {
    limit(asked, 50, limits::PAGE)
}
