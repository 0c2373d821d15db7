//! The sessions that were ended lately: in memory, so that a bad token costs no database query.
//! An entry outlives every token that the session was ever given.

use super::token::LONGEST_LIFE_S;
use crate::{
    db::{Conn, schema},
    error::Result,
};
use diesel::prelude::*;
use shared::{SessionId, Timestamp};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

/// A token may be signed a moment after its session ended; the margin covers it and the clocks' leeway.
const KEEP_MS: i64 = (LONGEST_LIFE_S + 600) * 1000;

/// The ended sessions; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Revoked {
    until: Arc<RwLock<HashMap<SessionId, Timestamp>>>,
}

impl Revoked {
    /// Fills the set from the database at the start.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn load(&self, conn: &mut Conn, now: Timestamp) -> Result<()> {
        for session in since(conn, now.plus_ms(-KEEP_MS))? {
            self.add(session, now);
        }
        Ok(())
    }

    /// From here on no token of this session is good.
    pub fn add(&self, session: SessionId, now: Timestamp) {
        self.until
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(session, now.plus_ms(KEEP_MS));
    }

    /// Whether the session was ended.
    pub fn contains(&self, session: SessionId) -> bool {
        self.until
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(&session)
    }

    /// Forgets the sessions whose last token has expired.
    pub fn sweep(&self, now: Timestamp) {
        self.until
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|_, until| *until > now);
    }
}

/// The sessions that ended at or after this moment, whoever ended them.
///
/// # Errors
/// When the database cannot be read.
pub fn since(conn: &mut Conn, moment: Timestamp) -> Result<Vec<SessionId>> {
    use schema::sessions::dsl;
    let ids: Vec<i64> = dsl::sessions
        .filter(dsl::revoked_at.ge(moment.0))
        .select(dsl::id)
        .load(conn)?;
    Ok(ids.into_iter().map(SessionId).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_ses_4_an_ended_session_stays_ended_longer_than_any_of_its_tokens() {
        let revoked = Revoked::default();
        let now = Timestamp(1_000_000);
        revoked.add(SessionId(1), now);
        revoked.sweep(now.plus_ms(LONGEST_LIFE_S * 1000));
        assert!(revoked.contains(SessionId(1)));
        assert!(!revoked.contains(SessionId(2)));
        revoked.sweep(now.plus_ms(KEEP_MS));
        assert!(
            !revoked.contains(SessionId(1)),
            "the set does not grow for ever"
        );
    }
}
