//! Answers quote what they answer, so they change with it: each under a revision of its own, as everything
//! that changes. Many answers are renewed in several writes. In between, one that is yet to be renewed has a
//! revision below that of what it answers; by that it is found again after a crash.

use super::{announce, queries};
use crate::{
    db::{Conn, Db, Tx, schema},
    error::Result,
};
use diesel::{prelude::*, sql_types::BigInt};
use shared::RoomId;

/// Answers that are renewed in one write: it takes a few hundredths of a second.
const PART: i64 = 200;
/// Messages whose answers are looked for at once after a start.
const PAGE: i64 = 100;

/// Renews and announces the answers behind this one that are older than what they answer; more than a part
/// of them in further writes. A message that changes again meanwhile begins again at its first answer.
pub(super) fn renew(tx: &mut Tx<'_>, id: i64, after: i64) -> Result<()> {
    use schema::messages::dsl;
    let answered = queries::row(tx.conn, id)?;
    let stale: Vec<i64> = dsl::messages
        .filter(dsl::reply_to.eq(id).and(dsl::id.gt(after)))
        .filter(dsl::rev.lt(answered.rev))
        .select(dsl::id)
        .order(dsl::id)
        .limit(PART)
        .load(tx.conn)?;
    for answer in &stale {
        let rev = tx.bump(RoomId(answered.room_id))?;
        diesel::update(dsl::messages.find(answer))
            .set(dsl::rev.eq(rev))
            .execute(tx.conn)?;
        announce(tx, *answer)?;
    }
    if let Some(last) = stale.get(PART as usize - 1).copied() {
        tx.go_on(id, move |tx| renew(tx, id, last));
    }
    Ok(())
}

/// Renews what a process that ended in between left. Once, after the start. A few answers that are renewed
/// without need, since what they answer took a revision for another reason, do no harm.
pub async fn catch_up(db: Db) {
    if let Err(error) = renew_all(&db).await {
        tracing::warn!(%error, "quotes were not looked after; the next start tries again");
    }
}

async fn renew_all(db: &Db) -> Result<()> {
    let mut after = 0;
    loop {
        let left = db.read(move |conn| left(conn, after)).await?;
        let Some(last) = left.last().copied() else {
            return Ok(());
        };
        // Upwards: an answer that is itself answered comes after what it answers.
        after = last;
        for id in left {
            db.write(move |tx| renew(tx, id, 0)).await?;
        }
    }
}

#[derive(QueryableByName)]
struct Answered {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Messages that changed and have answers older than that, by id.
fn left(conn: &mut Conn, after: i64) -> Result<Vec<i64>> {
    let rows: Vec<Answered> = diesel::sql_query(
        "SELECT DISTINCT a.reply_to AS id FROM messages a JOIN messages t ON t.id = a.reply_to
            WHERE a.reply_to > ? AND a.rev < t.rev AND (t.edited_at IS NOT NULL OR t.deleted_at IS NOT NULL)
            ORDER BY a.reply_to LIMIT ?",
    )
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(PAGE)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
