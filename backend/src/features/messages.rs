//! Messages: sending once and for ever, editing, deleting, and reading pages and changes.

mod queries;
mod quotes;
mod routes;

pub use queries::{Around, MessageRow, assemble, changes, limit, page};
pub use quotes::catch_up;
pub use routes::{paths, routes};

use crate::{
    db::{
        Conn, Tx,
        prepared::{insert, prepared},
        schema,
    },
    error::{AppError, Result},
    event::Topic,
    features::rooms::Membership,
};
use diesel::{
    prelude::*,
    sql_types::{BigInt, Binary, Nullable, Text},
};
use sha2::{Digest, Sha256};
use shared::{
    ErrorCode, MessageId, RoomId, ServerFrame, UserId, limits,
    members::MemberRole,
    messages::{Message, MessageKind, NewMessage},
};

/// A new message's place in its room.
#[derive(Clone, Copy, Debug, Queryable)]
pub struct Place {
    /// Its order among messages.
    pub seq: i64,
    /// Its order among changes.
    pub rev: i64,
}

/// Takes the next place in a room.
///
/// # Errors
/// `not_found` when there is no such room.
pub fn next_place(tx: &mut Tx<'_>, room: RoomId) -> Result<Place> {
    use schema::rooms::dsl;
    let last = dsl::rooms
        .find(room.0)
        .select((dsl::last_seq, dsl::head_rev))
        .first(tx.conn)?;
    place_after(tx, room, last)
}

/// Takes the place after the room's last one, which was read in this write: nobody else writes meanwhile. To have
/// the statement count and answer would take a table of its own for the answer.
fn place_after(tx: &mut Tx<'_>, room: RoomId, last: Place) -> Result<Place> {
    let place = Place {
        seq: last.seq + 1,
        rev: last.rev + 1,
    };
    prepared::<()>(
        "UPDATE rooms SET last_seq = ?, head_rev = ? WHERE id = ?",
        &[
            &place.seq.into_sql::<BigInt>(),
            &place.rev.into_sql::<BigInt>(),
            &room.0.into_sql::<BigInt>(),
        ],
    )
    .execute(tx.conn)?;
    Ok(place)
}

/// Announces a message in its present state to its room, and gives it back.
///
/// # Errors
/// Those of the database.
pub fn announce(tx: &mut Tx<'_>, id: i64) -> Result<Message> {
    let message = queries::one(tx.conn, id)?;
    tell(tx, &message);
    Ok(message)
}

fn tell(tx: &mut Tx<'_>, message: &Message) {
    tx.emit(
        Topic::Room(message.room_id),
        &ServerFrame::Message {
            room_id: message.room_id,
            rev: message.rev,
            message: Box::new(message.clone()),
        },
    );
}

/// A message whose fields were checked, before anything is asked of the database.
#[derive(Clone, Debug)]
pub struct Draft {
    client_id: String,
    body: String,
    reply_to: Option<MessageId>,
    sent_hash: Vec<u8>,
}

impl Draft {
    /// Checks what can be checked without the database.
    ///
    /// # Errors
    /// `validation`.
    pub fn new(room: RoomId, new: NewMessage) -> Result<Self> {
        let Ok(client_id) = uuid::Uuid::try_parse(&new.client_id) else {
            return Err(AppError::field(
                "client_id",
                "invalid",
                "client_id is a UUID.",
            ));
        };
        check_body(&new.body)?;
        let mut hash = Sha256::new();
        hash.update(room.0.to_be_bytes());
        hash.update(new.reply_to.map_or(0, |id| id.0).to_be_bytes());
        hash.update(new.body.as_bytes());
        Ok(Self {
            client_id: client_id.hyphenated().to_string(),
            body: new.body,
            reply_to: new.reply_to,
            sent_hash: hash.finalize().to_vec(),
        })
    }
}

fn check_body(body: &str) -> Result<()> {
    // Counting is linear; a body of more bytes than that many characters can have needs no count.
    if body.len() > limits::BODY_CHARS * 4 || body.chars().count() > limits::BODY_CHARS {
        let words = format!("A message has at most {} characters.", limits::BODY_CHARS);
        return Err(AppError::field("body", "too_long", words));
    }
    if body.trim().is_empty() {
        return Err(AppError::field(
            "body",
            "required",
            "Write something first.",
        ));
    }
    if body.contains('\0') {
        return Err(AppError::field(
            "body",
            "invalid",
            "Leave out the NUL character.",
        ));
    }
    Ok(())
}

/// Sends a message, or finds the one that this `client_id` made before. Tells whether it is new.
///
/// # Errors
/// `not_found`/`forbidden` for those not in the room, `client_id_reused`, `archived`, `validation`.
pub fn send(tx: &mut Tx<'_>, me: UserId, room: RoomId, draft: Draft) -> Result<(Message, bool)> {
    use schema::messages::dsl;
    let member = Membership::of(tx.conn, me, room)?;
    let before: Option<(i64, Option<Vec<u8>>)> = dsl::messages
        .filter(
            dsl::author_id
                .eq(me.0)
                .and(dsl::client_id.eq(&draft.client_id)),
        )
        .select((dsl::id, dsl::sent_hash))
        .first(tx.conn)
        .optional()?;
    if let Some((id, sent_hash)) = before {
        if sent_hash.as_deref() != Some(&draft.sent_hash) {
            return Err(AppError::new(
                ErrorCode::ClientIdReused,
                "This client_id already made another message.",
            ));
        }
        return Ok((queries::one(tx.conn, id)?, false));
    }
    member.writable()?;
    let reply_to = match draft.reply_to {
        Some(reply_to) => Some(queries::quote(tx.conn, room, reply_to)?.ok_or_else(|| {
            let words = "The message you answer isn't in this room.";
            AppError::field("reply_to", "invalid", words)
        })?),
        None => None,
    };
    let last = Place {
        seq: member.room.last_seq,
        rev: member.room.head_rev,
    };
    let place = place_after(tx, room, last)?;
    let id = insert(
        tx.conn,
        "INSERT INTO messages (room_id, seq, rev, kind, author_id, client_id, sent_hash, body, created_at, reply_to)
            VALUES (?, ?, ?, 'text', ?, ?, ?, ?, ?, ?)",
        &[
            &room.0.into_sql::<BigInt>(),
            &place.seq.into_sql::<BigInt>(),
            &place.rev.into_sql::<BigInt>(),
            &me.0.into_sql::<BigInt>(),
            &draft.client_id.as_str().into_sql::<Text>(),
            &draft.sent_hash.as_slice().into_sql::<Binary>(),
            &draft.body.as_str().into_sql::<Text>(),
            &tx.now.0.into_sql::<BigInt>(),
            &draft
                .reply_to
                .map(|id| id.0)
                .into_sql::<Nullable<BigInt>>(),
        ],
    )?;
    // What one writes one has read: up to here, like everything before it.
    prepared::<()>(
        "UPDATE members SET read_seq = ? WHERE room_id = ? AND user_id = ?",
        &[
            &place.seq.into_sql::<BigInt>(),
            &room.0.into_sql::<BigInt>(),
            &me.0.into_sql::<BigInt>(),
        ],
    )
    .execute(tx.conn)?;
    // What was just written need not be read again: this is the road that everything takes.
    let message = Message {
        id: MessageId(id),
        room_id: room,
        seq: place.seq,
        rev: place.rev,
        kind: MessageKind::Text,
        author_id: me,
        client_id: Some(draft.client_id),
        body: draft.body,
        created_at: tx.now,
        edited_at: None,
        deleted_at: None,
        reply_to,
        reactions: Vec::new(),
        mentions: Vec::new(),
        system: None,
    };
    tell(tx, &message);
    Ok((message, true))
}

/// Changes the text of one's own message.
///
/// # Errors
/// `not_found`/`forbidden`, `archived`, `conflict` for a deleted one, `validation`.
pub fn edit(tx: &mut Tx<'_>, me: UserId, id: MessageId, body: &str) -> Result<Message> {
    check_body(body)?;
    let (member, row) = reachable(tx.conn, me, id)?;
    if row.author_id != me.0 || row.kind != "text" {
        return Err(AppError::forbidden(
            "Only the one who wrote a message can edit it.",
        ));
    }
    if row.deleted_at.is_some() {
        return Err(AppError::new(
            ErrorCode::Conflict,
            "This message was deleted.",
        ));
    }
    member.writable()?;
    if row.body == body {
        return queries::one(tx.conn, id.0);
    }
    change(tx, &member, id.0, Some(body))
}

/// Deletes one's own message, or as a moderator another's; what stays is a tombstone without text.
///
/// # Errors
/// `not_found`/`forbidden`, `archived`.
pub fn delete(tx: &mut Tx<'_>, me: UserId, id: MessageId) -> Result<Message> {
    let (member, row) = reachable(tx.conn, me, id)?;
    if row.kind != "text" {
        return Err(AppError::forbidden(
            "What the server tells can't be deleted.",
        ));
    }
    if row.author_id != me.0 {
        member.at_least(MemberRole::Moderator)?;
    }
    if row.deleted_at.is_some() {
        return queries::one(tx.conn, id.0);
    }
    member.writable()?;
    change(tx, &member, id.0, None)
}

/// Writes the new text, or takes the old one away, under a new revision. Answers quote what they answer,
/// so they change with it.
fn change(tx: &mut Tx<'_>, member: &Membership, id: i64, body: Option<&str>) -> Result<Message> {
    use schema::messages::dsl;
    let rev = tx.bump(member.room_id())?;
    let row = dsl::messages.find(id);
    match body {
        Some(body) => diesel::update(row)
            .set((
                dsl::body.eq(body),
                dsl::edited_at.eq(tx.now.0),
                dsl::rev.eq(rev),
            ))
            .execute(tx.conn)?,
        None => diesel::update(row)
            .set((
                dsl::body.eq(""),
                dsl::deleted_at.eq(tx.now.0),
                dsl::rev.eq(rev),
            ))
            .execute(tx.conn)?,
    };
    let message = announce(tx, id)?;
    quotes::renew(tx, id, 0)?;
    Ok(message)
}

/// A message, looked up through a member of its room.
fn reachable(conn: &mut Conn, me: UserId, id: MessageId) -> Result<(Membership, MessageRow)> {
    let row = queries::row(conn, id.0)?;
    // A stranger must not learn that the id is taken: in a public room too.
    let member =
        Membership::of(conn, me, RoomId(row.room_id)).map_err(|error| match error.code {
            ErrorCode::Forbidden => AppError::not_found(),
            _ => error,
        })?;
    Ok((member, row))
}
