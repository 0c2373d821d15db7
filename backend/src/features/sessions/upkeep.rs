//! What has to be looked at now and then: sessions that another process ended, and the rows of sessions that
//! ended long ago.

use crate::{app::App, auth::revoked, db::schema, error::Result};
use diesel::prelude::*;
use shared::SessionId;

/// How far back ended sessions are looked for; the command line may have ended some.
const LOOK_BACK_MS: i64 = 5 * 60_000;
/// How long the row of an ended session stays.
const KEEP_MS: i64 = 30 * 86_400_000;
/// Rows that one round removes.
const BATCH: i64 = 200;

/// One round; to be called at least once a minute (S-SES-4).
///
/// # Errors
/// When the database cannot be read or written; the next round makes up for it.
pub async fn upkeep(app: &App) -> Result<()> {
    end_revoked_elsewhere(app).await?;
    forget_old(app).await
}

/// `confab user set-password` works on the database of a running server: its word must reach the sockets.
async fn end_revoked_elsewhere(app: &App) -> Result<()> {
    let since = crate::clock::now().plus_ms(-LOOK_BACK_MS);
    let ended = app.db.read(move |conn| revoked::since(conn, since)).await?;
    let news: Vec<SessionId> = ended
        .into_iter()
        .filter(|&session| !app.revoked.contains(session))
        .collect();
    if news.is_empty() {
        return Ok(());
    }
    app.db
        .write(move |tx| {
            for session in news {
                tx.revoke(session);
            }
            Ok(())
        })
        .await
}

async fn forget_old(app: &App) -> Result<()> {
    use schema::sessions::dsl;
    let before = crate::clock::now().0 - KEEP_MS;
    let old: Vec<i64> = app
        .db
        .read(move |conn| {
            let expired = dsl::sessions
                .filter(dsl::expires_at.lt(before))
                .select(dsl::id)
                .limit(BATCH)
                .load::<i64>(conn)?;
            let ended = dsl::sessions
                .filter(dsl::revoked_at.lt(before))
                .select(dsl::id)
                .limit(BATCH)
                .load::<i64>(conn)?;
            Ok(expired.into_iter().chain(ended).collect())
        })
        .await?;
    if old.is_empty() {
        return Ok(());
    }
    app.db
        .write(move |tx| {
            diesel::delete(dsl::sessions.filter(dsl::id.eq_any(old))).execute(tx.conn)?;
            Ok(())
        })
        .await
}
