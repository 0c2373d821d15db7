//! Rotating refresh tokens: each works once, and an old one that comes back ends its session. One exception:
//! the answer to a refresh may get lost, so for ten seconds the old token may replace a successor that nobody
//! has used. There is never more than one token that works.

use super::{Lifetimes, Opened, revoke};
use crate::{
    auth::{Client, refresh::RefreshToken, token::Tokens},
    db::{Tx, schema},
    error::Result,
    features::users,
};
use diesel::prelude::*;
use shared::{SessionId, UserId};

/// How long a lost answer may be asked for again, in milliseconds (S-SES-2).
const GRACE_MS: i64 = 10_000;
/// Used rows are dropped after this, in milliseconds; the grace must be over by then.
const KEEP_USED_MS: i64 = 60_000;

/// What became of a presented token.
pub(super) enum Rotation {
    /// Exchanged.
    Renewed(Box<Opened>),
    /// It had been used: its session is now ended.
    Reused {
        /// Whose it was.
        user: UserId,
    },
    /// Its session was ended before.
    Ended,
    /// Its session is over by age, or not known.
    Expired,
}

pub(super) fn rotate(
    tx: &mut Tx<'_>,
    tokens: &Tokens,
    lifetimes: Lifetimes,
    presented: &RefreshToken,
    client: &Client,
) -> Result<Rotation> {
    use schema::sessions::dsl;
    let session = presented.session_id;
    let row: Option<(i64, i64, i64, Option<i64>)> = dsl::sessions
        .find(session.0)
        .select((
            dsl::user_id,
            dsl::created_at,
            dsl::expires_at,
            dsl::revoked_at,
        ))
        .first(tx.conn)
        .optional()?;
    let Some((user, created_at, expires_at, revoked_at)) = row else {
        return Ok(Rotation::Expired);
    };
    let user = UserId(user);
    if revoked_at.is_some() {
        return Ok(Rotation::Ended);
    }
    if tx.now.0 >= expires_at.min(lifetimes.end(created_at, tx.now)) {
        return Ok(Rotation::Expired);
    }
    if !take(tx, presented)? {
        revoke(tx, session)?;
        return Ok(Rotation::Reused { user });
    }
    let refresh = tokens.new_refresh(session)?;
    succeed(tx, presented, &refresh)?;
    let expires_at = lifetimes.end(created_at, tx.now);
    diesel::update(dsl::sessions.find(session.0))
        .set((
            dsl::last_seen_at.eq(tx.now.0),
            dsl::expires_at.eq(expires_at),
            dsl::user_agent.eq(&client.agent),
            dsl::address.eq(client.address.to_string()),
        ))
        .execute(tx.conn)?;
    forget_used(tx, session)?;
    Ok(Rotation::Renewed(Box::new(Opened {
        session,
        refresh,
        lasts_s: (expires_at - tx.now.0) / 1000,
        profile: users::me(tx.conn, user)?,
        now: tx.now,
    })))
}

/// Stores a token that works.
pub(super) fn keep(tx: &mut Tx<'_>, token: &RefreshToken) -> Result<()> {
    use schema::refresh_tokens::dsl;
    diesel::insert_into(dsl::refresh_tokens)
        .values((
            dsl::hash.eq(token.hash()),
            dsl::session_id.eq(token.session_id.0),
            dsl::created_at.eq(tx.now.0),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Uses a token up; false when it was used before and the grace does not help.
fn take(tx: &mut Tx<'_>, token: &RefreshToken) -> Result<bool> {
    if use_up(tx, &token.hash())? {
        return Ok(true);
    }
    use schema::refresh_tokens::dsl;
    let row: Option<(Option<i64>, Option<Vec<u8>>)> = dsl::refresh_tokens
        .find(token.hash())
        .select((dsl::used_at, dsl::successor))
        .first(tx.conn)
        .optional()?;
    // No row: it was good once, as its MAC tells, and used too long ago to be kept.
    let Some((Some(used_at), Some(successor))) = row else {
        return Ok(false);
    };
    if tx.now.0 - used_at > GRACE_MS {
        return Ok(false);
    }
    use_up(tx, &successor)
}

/// One statement decides: only one of many at once uses a token up.
fn use_up(tx: &mut Tx<'_>, hash: &[u8]) -> Result<bool> {
    use schema::refresh_tokens::dsl;
    let used = diesel::update(
        dsl::refresh_tokens
            .find(hash)
            .filter(dsl::used_at.is_null()),
    )
    .set(dsl::used_at.eq(tx.now.0))
    .execute(tx.conn)?;
    Ok(used == 1)
}

/// Stores the new token as the successor of the presented one, and of the one that this replaces unused:
/// whichever of the two the client kept, it may ask once more within the grace.
fn succeed(tx: &mut Tx<'_>, presented: &RefreshToken, new: &RefreshToken) -> Result<()> {
    use schema::refresh_tokens::dsl;
    let before: Option<Vec<u8>> = dsl::refresh_tokens
        .find(presented.hash())
        .select(dsl::successor)
        .first(tx.conn)?;
    for hash in before.into_iter().chain([presented.hash()]) {
        diesel::update(dsl::refresh_tokens.find(hash))
            .set(dsl::successor.eq(new.hash()))
            .execute(tx.conn)?;
    }
    keep(tx, new)
}

fn forget_used(tx: &mut Tx<'_>, session: SessionId) -> Result<()> {
    use schema::refresh_tokens::dsl;
    diesel::delete(
        dsl::refresh_tokens
            .filter(dsl::session_id.eq(session.0))
            .filter(dsl::used_at.lt(tx.now.0 - KEEP_USED_MS)),
    )
    .execute(tx.conn)?;
    Ok(())
}
