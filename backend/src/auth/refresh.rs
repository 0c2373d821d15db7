//! Refresh tokens: 256 random bits with the session's id and a MAC around them. Opaque to clients, no JWT;
//! the database keeps the SHA-256 alone. The MAC tells an old token of ours from junk without a query,
//! so used rows need not be kept to notice that one comes back.

use super::token::Tokens;
use crate::error::{AppError, Result};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256, Sha512};
use shared::SessionId;

const RANDOM: usize = 32;
const MAC: usize = 16;
const BYTES: usize = 8 + RANDOM + MAC;

/// A refresh token that this server gave out, now or once.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// Whose it is.
    pub session_id: SessionId,
    bytes: [u8; BYTES],
}

impl RefreshToken {
    /// What the client keeps.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes)
    }

    /// What the database keeps.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.bytes).to_vec()
    }
}

impl Tokens {
    /// A new token for a session.
    ///
    /// # Errors
    /// `internal` when the system gives no random bytes.
    pub fn new_refresh(&self, session: SessionId) -> Result<RefreshToken> {
        let mut bytes = [0; BYTES];
        bytes[..8].copy_from_slice(&session.0.to_be_bytes());
        getrandom::fill(&mut bytes[8..8 + RANDOM]).map_err(AppError::internal)?;
        let mac = mac(&self.current().refresh, &bytes).finalize().into_bytes();
        bytes[8 + RANDOM..].copy_from_slice(&mac[..MAC]);
        Ok(RefreshToken {
            session_id: session,
            bytes,
        })
    }

    /// Reads a cookie; `None` for what was never given out.
    pub fn read_refresh(&self, text: &str) -> Option<RefreshToken> {
        // The decoder needs room for whole groups of three bytes.
        let mut buffer = [0; BYTES + 3];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut buffer).ok()?;
        let bytes: [u8; BYTES] = buffer.get(..length)?.try_into().ok()?;
        let ours = self.keys().any(|key| {
            mac(&key.refresh, &bytes)
                .verify_truncated_left(&bytes[8 + RANDOM..])
                .is_ok()
        });
        let session = i64::from_be_bytes(bytes[..8].try_into().ok()?);
        ours.then_some(RefreshToken {
            session_id: SessionId(session),
            bytes,
        })
    }
}

/// One whole block of HMAC-SHA-256, so that making the MAC cannot fail.
pub(super) type Key = [u8; 64];

/// Sets the MAC's key apart from the one that signs JWTs.
pub(super) const PURPOSE: &[u8] = b"confab refresh token 1";

pub(super) fn derive_key(purpose: &[u8], secret: &[u8]) -> Key {
    Sha512::new()
        .chain_update(purpose)
        .chain_update(secret)
        .finalize()
        .into()
}

fn mac(key: &Key, bytes: &[u8; BYTES]) -> Hmac<Sha256> {
    <Hmac<Sha256> as KeyInit>::new(key.into()).chain_update(&bytes[..8 + RANDOM])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn s_ses_1_a_token_reads_back_and_only_its_hash_would_be_stored() {
        let tokens = Tokens::for_tests();
        let token = tokens.new_refresh(SessionId(42)).unwrap();
        let read = tokens.read_refresh(&token.text()).unwrap();
        assert_eq!(read.session_id, SessionId(42));
        assert_eq!(read.hash(), token.hash());
        assert_eq!(token.hash().len(), 32);
        assert_ne!(
            tokens.new_refresh(SessionId(42)).unwrap().hash(),
            token.hash()
        );
    }

    #[test]
    fn s_jwt_8_an_access_token_is_no_refresh_token_nor_the_other_way_round() {
        let tokens = Tokens::for_tests();
        let now = crate::clock::now();
        let access = tokens.access(shared::UserId(1), SessionId(1), now).unwrap();
        assert!(tokens.read_refresh(&access).is_none());
        let refresh = tokens.new_refresh(SessionId(1)).unwrap().text();
        assert!(
            tokens
                .verify(&refresh, crate::auth::token::Audience::Api)
                .is_err()
        );
    }

    proptest! {
        #[test]
        fn s_ses_1_a_token_with_any_byte_changed_is_junk(place in 0..BYTES, flip in 1_u8..) {
            let tokens = Tokens::for_tests();
            let mut token = tokens.new_refresh(SessionId(7)).unwrap();
            token.bytes[place] ^= flip;
            prop_assert!(tokens.read_refresh(&token.text()).is_none());
        }

        #[test]
        fn junk_is_none_and_never_a_panic(text in ".{0,200}") {
            prop_assert!(Tokens::for_tests().read_refresh(&text).is_none());
        }
    }
}
