//! Answers quote what they answer, so they change with it: each under a revision of its own, as everything
//! that changes. Many answers are renewed in several writes; until the last one is done, what they answer stands
//! in `stale_quotes`, where a start after a crash finds it.

use super::{announce, queries};
use crate::{
    db::{Db, Tx, schema},
    error::Result,
};
use diesel::{dsl::exists, prelude::*};
use shared::RoomId;
use std::time::Duration;

/// From one try to find what was left to the next.
const PAUSE: Duration = Duration::from_secs(30);
/// Answers that are renewed in one write: it takes a few hundredths of a second.
const PART: i64 = 200;

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
    let unfinished = schema::stale_quotes::table.find(id);
    match stale.get(PART as usize - 1).copied() {
        Some(last) => {
            if !diesel::select(exists(unfinished)).get_result::<bool>(tx.conn)? {
                diesel::insert_into(schema::stale_quotes::table)
                    .values(schema::stale_quotes::message_id.eq(id))
                    .execute(tx.conn)?;
            }
            tx.go_on(id, move |tx| renew(tx, id, last));
        }
        None => {
            diesel::delete(unfinished).execute(tx.conn)?;
        }
    }
    Ok(())
}

/// Renews what a process that ended in between left. Once, after the start; where the database is away then, as
/// soon as it is back.
pub async fn catch_up(db: Db) {
    while let Err(error) = renew_all(&db).await {
        tracing::warn!(%error, "quotes are not looked after yet");
        actix_web::rt::time::sleep(PAUSE).await;
    }
}

async fn renew_all(db: &Db) -> Result<()> {
    use schema::stale_quotes::dsl;
    let left: Vec<i64> = db
        .read(|conn| {
            Ok(dsl::stale_quotes
                .select(dsl::message_id)
                .order(dsl::message_id)
                .load(conn)?)
        })
        .await?;
    for id in left {
        db.write(move |tx| renew(tx, id, 0)).await?;
    }
    Ok(())
}
