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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        db::{Db, Location},
        features::sessions::{self, DAY_MS},
        realtime::bus::Bus,
    };
    use shared::Timestamp;
    use std::{net::Ipv4Addr, sync::Arc};

    const LIFETIMES: Lifetimes = Lifetimes {
        idle_ms: 30 * DAY_MS,
        most_ms: 90 * DAY_MS,
    };
    const START: Timestamp = Timestamp(1_700_000_000_000);

    /// One person with one session, and a clock that the test moves.
    struct Place {
        db: Db,
        tokens: Tokens,
        folder: std::path::PathBuf,
        first: RefreshToken,
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }

    fn client() -> Client {
        Client {
            address: Ipv4Addr::LOCALHOST.into(),
            agent: "a browser".into(),
        }
    }

    impl Place {
        async fn new() -> Self {
            let folder =
                std::env::temp_dir().join(format!("confab-rotation-{}", uuid::Uuid::now_v7()));
            std::fs::create_dir(&folder).unwrap();
            let at = Location::Sqlite(folder.join("confab.db"));
            let db = Db::open(&at, Arc::new(Bus::default())).unwrap();
            let tokens = Tokens::for_tests();
            let signer = tokens.clone();
            let first = db
                .write(move |tx| {
                    tx.now = START;
                    use schema::users::dsl;
                    let id: i64 = diesel::insert_into(dsl::users)
                        .values((
                            dsl::username.eq("mira"),
                            dsl::name_key.eq("mira"),
                            dsl::display_name.eq("Mira"),
                            dsl::role.eq("member"),
                            dsl::created_at.eq(0),
                        ))
                        .returning(dsl::id)
                        .get_result(tx.conn)?;
                    Ok(sessions::open(tx, &signer, LIFETIMES, UserId(id), &client())?.refresh)
                })
                .await
                .unwrap();
            Self {
                db,
                tokens,
                folder,
                first,
            }
        }

        /// Presents a token so many milliseconds after the sign-in.
        async fn present(
            &self,
            token: &RefreshToken,
            at: i64,
        ) -> Result<RefreshToken, &'static str> {
            let (tokens, token) = (self.tokens.clone(), token.clone());
            let rotation = self
                .db
                .write(move |tx| {
                    tx.now = START.plus_ms(at);
                    rotate(tx, &tokens, LIFETIMES, &token, &client())
                })
                .await
                .unwrap();
            match rotation {
                Rotation::Renewed(opened) => Ok(opened.refresh),
                Rotation::Reused { .. } => Err("reused"),
                Rotation::Ended => Err("ended"),
                Rotation::Expired => Err("expired"),
            }
        }

        async fn rows(&self) -> (i64, i64) {
            use schema::refresh_tokens::dsl;
            self.db
                .read(|conn| {
                    let all = dsl::refresh_tokens.count().get_result(conn)?;
                    let live = dsl::refresh_tokens
                        .filter(dsl::used_at.is_null())
                        .count()
                        .get_result(conn)?;
                    Ok((all, live))
                })
                .await
                .unwrap()
        }
    }

    #[actix_web::test]
    async fn s_ses_2_each_token_works_once_and_its_successor_after_it() {
        let place = Place::new().await;
        let mut token = place.first.clone();
        for round in 1..=20 {
            token = place.present(&token, round * 900_000).await.unwrap();
        }
        let (all, live) = place.rows().await;
        assert_eq!(live, 1);
        assert!(all <= 2, "used rows do not pile up: {all}");
    }

    #[actix_web::test]
    async fn s_ses_2_a_used_token_ends_the_session_for_everyone_who_holds_one() {
        let place = Place::new().await;
        let second = place.present(&place.first, 60_000).await.unwrap();
        assert_eq!(
            place
                .present(&place.first, 60_000 + GRACE_MS + 1)
                .await
                .err(),
            Some("reused")
        );
        assert_eq!(place.present(&second, 80_000).await.err(), Some("ended"));
        assert_eq!(place.rows().await, (0, 0));
    }

    #[actix_web::test]
    async fn s_ses_2_a_token_used_long_ago_is_known_by_its_mac_when_its_row_is_gone() {
        let place = Place::new().await;
        let second = place.present(&place.first, 60_000).await.unwrap();
        let third = place.present(&second, 960_000).await.unwrap();
        assert_eq!(place.rows().await.0, 2, "the first one's row is gone");
        assert_eq!(
            place.present(&place.first, 970_000).await.err(),
            Some("reused")
        );
        assert_eq!(place.present(&third, 980_000).await.err(), Some("ended"));
    }

    #[actix_web::test]
    async fn s_ses_2_a_lost_answer_may_be_asked_for_again_and_the_unused_successor_dies() {
        let place = Place::new().await;
        let lost = place.present(&place.first, 60_000).await.unwrap();
        let again = place
            .present(&place.first, 60_000 + GRACE_MS)
            .await
            .unwrap();
        assert_eq!(place.rows().await.1, 1);
        let next = place.present(&again, 900_000).await.unwrap();
        assert_eq!(place.present(&lost, 900_001).await.err(), Some("reused"));
        assert_eq!(place.present(&next, 900_002).await.err(), Some("ended"));
    }

    #[actix_web::test]
    async fn s_ses_2_the_grace_is_over_once_the_successor_was_used() {
        let place = Place::new().await;
        let second = place.present(&place.first, 60_000).await.unwrap();
        place.present(&second, 61_000).await.unwrap();
        assert_eq!(
            place.present(&place.first, 62_000).await.err(),
            Some("reused")
        );
    }

    #[actix_web::test]
    async fn s_ses_2_eight_at_once_leave_one_token_that_works() {
        let place = Place::new().await;
        let all =
            futures_util::future::join_all((0..8).map(|_| place.present(&place.first, 60_000)))
                .await;
        assert_eq!(place.rows().await.1, 1);
        let last = all.last().unwrap().as_ref().ok().unwrap().clone();
        assert!(place.present(&last, 900_000).await.is_ok());
    }

    #[actix_web::test]
    async fn s_ses_3_a_session_ends_by_disuse_and_by_age() {
        let place = Place::new().await;
        assert_eq!(
            place.present(&place.first, 30 * DAY_MS).await.err(),
            Some("expired")
        );
        let place = Place::new().await;
        let mut token = place.first.clone();
        for day in [29, 58, 87] {
            token = place.present(&token, day * DAY_MS).await.unwrap();
        }
        assert_eq!(
            place.present(&token, 90 * DAY_MS).await.err(),
            Some("expired")
        );
    }
}
