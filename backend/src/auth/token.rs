//! JSON Web Tokens: HS256 and nothing else, one audience and one `typ` per use, every claim required and typed.
//! Decides by key, claims and clock alone: whether a session was ended is `revoked`'s to know.

use super::{hs256, seal::Seal, secrets};
use crate::{
    error::{AppError, Result},
    outside::redis::Redis,
};
use deadpool_redis::redis::cmd;
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, errors::ErrorKind,
};
use serde::{Deserialize, Serialize};
use shared::{SessionId, Timestamp, UserId};
use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

/// Access tokens live this long, in seconds.
pub const ACCESS_LIFE_S: i64 = 15 * 60;
/// Socket tokens live this long, in seconds, and work once.
pub const SOCKET_LIFE_S: i64 = 30;
/// The token in the `confab_files` cookie lives this long, in seconds: it reads pictures and nothing else,
/// and a page that slept overnight should not wake up without faces.
pub const FILES_LIFE_S: i64 = 12 * 60 * 60;
/// No token lives longer, in seconds.
pub const LONGEST_LIFE_S: i64 = FILES_LIFE_S;
/// How far two clocks may be apart, in seconds.
const LEEWAY_S: u64 = 5;
/// Longer tokens are refused unread (S-JWT-10); ours have about 350 bytes.
const MAX_BYTES: usize = 4 * 1024;
/// Socket tokens that may be remembered as used; with 35 s each that is 5,700 handshakes a second.
const MAX_USED: usize = 200_000;
const ISSUER: &str = "confab";

/// What a token is good for. One cannot stand in for another (S-JWT-8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// REST, and the handshake of people at a terminal.
    Api,
    /// One handshake.
    Socket,
    /// Reading files by cookie.
    Files,
}

impl Audience {
    const fn claim(self) -> &'static str {
        match self {
            Self::Api => "confab:api",
            Self::Socket => "confab:socket",
            Self::Files => "confab:files",
        }
    }

    /// Explicit typing (RFC 8725, 3.11).
    const fn typ(self) -> &'static str {
        match self {
            Self::Api => "at+jwt",
            Self::Socket => "confab-socket+jwt",
            Self::Files => "confab-files+jwt",
        }
    }

    const fn life_s(self) -> i64 {
        match self {
            Self::Api => ACCESS_LIFE_S,
            Self::Socket => SOCKET_LIFE_S,
            Self::Files => FILES_LIFE_S,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: i64,
    iat: i64,
    exp: i64,
    jti: String,
    /// In socket tokens: when the access that asked for it ends, and with it the socket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    access_exp: Option<i64>,
}

/// What a good token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Who.
    pub user_id: UserId,
    /// On which device.
    pub session_id: SessionId,
    /// Until when the access lasts that this token stands for.
    pub access_ends: Timestamp,
    /// When the token itself ends.
    pub expires_at: Timestamp,
    jti: String,
}

/// Why a token is no good; for the log, never for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Over the size limit; not read.
    TooLarge,
    /// No well-formed token of ours.
    Malformed,
    /// Another algorithm, or a header that ours never have.
    Header,
    /// The signature is not ours.
    Signature,
    /// Expired, or not valid yet.
    Time,
    /// For something else.
    Audience,
    /// A claim is missing or of the wrong type.
    Claims,
    /// A socket token that has been used.
    Used,
    /// Its session was ended.
    Revoked,
}

/// Signs and checks tokens; cheap to clone.
#[derive(Clone)]
pub struct Tokens {
    inner: Arc<Inner>,
}

struct Inner {
    current: Key,
    previous: Option<Key>,
    seal: Seal,
    used: Mutex<HashMap<String, i64>>,
}

pub(super) struct Key {
    encoding: EncodingKey,
    decoding: DecodingKey,
    pub(super) refresh: super::refresh::Key,
}

impl Key {
    fn new(secret: &[u8]) -> Self {
        let (encoding, decoding) = hs256::keys(secret);
        Self {
            encoding,
            decoding,
            refresh: super::refresh::derive_key(super::refresh::PURPOSE, secret),
        }
    }
}

impl Tokens {
    /// Reads the keys, making them at the first start.
    ///
    /// # Errors
    /// One line for a person: which key or file is no good, and what to do.
    pub fn load(data_dir: &Path) -> std::result::Result<Self, String> {
        let secrets = secrets::load(data_dir)?;
        Ok(Self::new(&secrets.current, secrets.previous.as_deref()))
    }

    fn new(current: &[u8], previous: Option<&[u8]>) -> Self {
        hs256::install();
        Self {
            inner: Arc::new(Inner {
                current: Key::new(current),
                previous: previous.map(Key::new),
                seal: Seal::new(current),
                used: Mutex::new(HashMap::new()),
            }),
        }
    }

    /// A token for REST.
    ///
    /// # Errors
    /// `internal` when the system gives no random bytes.
    pub fn access(&self, user: UserId, session: SessionId, now: Timestamp) -> Result<String> {
        self.sign(Audience::Api, user, session, now, None)
    }

    /// A token for the files cookie.
    ///
    /// # Errors
    /// `internal` when the system gives no random bytes.
    pub fn files(&self, user: UserId, session: SessionId, now: Timestamp) -> Result<String> {
        self.sign(Audience::Files, user, session, now, None)
    }

    /// A token for one handshake; the socket lasts until the access does that asked for it (S-SES-5).
    ///
    /// # Errors
    /// `internal` when the system gives no random bytes.
    pub fn socket(
        &self,
        user: UserId,
        session: SessionId,
        access_ends: Timestamp,
        now: Timestamp,
    ) -> Result<String> {
        self.sign(
            Audience::Socket,
            user,
            session,
            now,
            Some(access_ends.0 / 1000),
        )
    }

    fn sign(
        &self,
        audience: Audience,
        user: UserId,
        session: SessionId,
        now: Timestamp,
        access_exp: Option<i64>,
    ) -> Result<String> {
        let mut id = [0_u8; 16];
        getrandom::fill(&mut id).map_err(AppError::internal)?;
        let iat = now.0 / 1000;
        let claims = Claims {
            iss: ISSUER.into(),
            aud: audience.claim().into(),
            sub: user.to_string(),
            sid: session.0,
            iat,
            exp: iat + audience.life_s(),
            jti: uuid::Uuid::from_bytes(id).simple().to_string(),
            access_exp,
        };
        let header = Header {
            typ: Some(audience.typ().into()),
            ..Header::new(Algorithm::HS256)
        };
        encode(&header, &claims, &self.inner.current.encoding).map_err(AppError::internal)
    }

    /// Checks a token for one use. The signature comes before every claim; the previous key counts too.
    ///
    /// # Errors
    /// Why it is no good.
    pub fn verify(
        &self,
        token: &str,
        audience: Audience,
    ) -> std::result::Result<Verified, Refused> {
        self.verify_any(token, &[audience])
            .map(|(verified, _)| verified)
    }

    /// The same for any of several uses, and which it is.
    ///
    /// # Errors
    /// Why it is no good.
    pub fn verify_any(
        &self,
        token: &str,
        audiences: &[Audience],
    ) -> std::result::Result<(Verified, Audience), Refused> {
        if token.len() > MAX_BYTES {
            return Err(Refused::TooLarge);
        }
        let claims: Vec<&str> = audiences.iter().map(|audience| audience.claim()).collect();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = LEEWAY_S;
        validation.validate_nbf = true;
        validation.set_audience(&claims);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let mut refusal = Refused::Signature;
        for key in self.keys() {
            match decode::<Claims>(token, &key.decoding, &validation) {
                Ok(data) => {
                    let meant = |audience: &&Audience| audience.claim() == data.claims.aud;
                    let audience = *audiences.iter().find(meant).ok_or(Refused::Audience)?;
                    return accept(&data.header, data.claims, audience)
                        .map(|verified| (verified, audience));
                }
                Err(error) => match refused(error.kind()) {
                    Refused::Signature => {}
                    other => {
                        refusal = other;
                        break;
                    }
                },
            }
        }
        Err(refusal)
    }

    /// Marks a socket token as used; false when it was used before, or when too many are remembered.
    pub fn spend(&self, token: &Verified, now: Timestamp) -> bool {
        let mut used = self
            .inner
            .used
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if used.len() >= MAX_USED {
            drop_expired(&mut used, now);
            if used.len() >= MAX_USED {
                return false;
            }
        }
        used.insert(token.jti.clone(), token.expires_at.0).is_none()
    }

    /// Marks a socket token as used on all nodes; false when it was used on another. While Redis is away each
    /// node knows of its own only: whoever steals a token then has 30 seconds to use it once more elsewhere, and
    /// nobody is kept from coming back.
    pub async fn spend_elsewhere(&self, redis: Option<&Arc<Redis>>, token: &Verified) -> bool {
        let Some(redis) = redis else {
            return true;
        };
        let mut mark = cmd("SET");
        mark.arg(redis.key(&format!("used:{}", redis.seal.name("token", &token.jti))))
            .arg(1)
            .arg("NX")
            .arg("EX")
            .arg(SOCKET_LIFE_S + 2 * i64::try_from(LEEWAY_S).unwrap_or_default());
        let marked: Option<Option<String>> = redis.ask(mark).await;
        // No answer: this node's memory has decided.
        marked.is_none_or(|first| first.is_some())
    }

    /// Forgets used socket tokens that have expired by themselves.
    pub fn sweep(&self, now: Timestamp) {
        drop_expired(
            &mut self
                .inner
                .used
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
            now,
        );
    }

    /// What the nodes prove to each other with.
    pub fn seal(&self) -> Seal {
        self.inner.seal.clone()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.inner.current).chain(self.inner.previous.as_ref())
    }

    pub(super) fn current(&self) -> &Key {
        &self.inner.current
    }

    /// Keys out of nowhere, for tests.
    #[cfg(test)]
    pub(crate) fn for_tests() -> Self {
        Self::new(&[7; 32], None)
    }
}

fn drop_expired(used: &mut HashMap<String, i64>, now: Timestamp) {
    let leeway_ms = i64::try_from(LEEWAY_S + 1).unwrap_or_default() * 1000;
    used.retain(|_, expires| expires.saturating_add(leeway_ms) > now.0);
}

fn accept(
    header: &Header,
    claims: Claims,
    audience: Audience,
) -> std::result::Result<Verified, Refused> {
    if header.typ.as_deref() != Some(audience.typ()) || header.crit.is_some() {
        return Err(Refused::Header);
    }
    let user = claims.sub.parse::<i64>().map_err(|_| Refused::Claims)?;
    let in_range = |value: i64| (1..1 << 53).contains(&value);
    if !in_range(user) || !in_range(claims.sid) || !in_range(claims.iat) || !in_range(claims.exp) {
        return Err(Refused::Claims);
    }
    let now_s = crate::clock::now().0 / 1000;
    let leeway_s = i64::try_from(LEEWAY_S).unwrap_or_default();
    if claims.iat > now_s + leeway_s {
        return Err(Refused::Time);
    }
    if claims.exp - claims.iat > audience.life_s() {
        return Err(Refused::Claims);
    }
    let expires_at = Timestamp(claims.exp * 1000);
    let access_ends = match (audience, claims.access_exp) {
        (Audience::Socket, Some(ends)) if in_range(ends) => Timestamp(ends * 1000),
        (Audience::Socket, _) => return Err(Refused::Claims),
        _ => expires_at,
    };
    Ok(Verified {
        user_id: UserId(user),
        session_id: SessionId(claims.sid),
        access_ends,
        expires_at,
        jti: claims.jti,
    })
}

fn refused(kind: &ErrorKind) -> Refused {
    match kind {
        ErrorKind::InvalidSignature => Refused::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName => Refused::Header,
        ErrorKind::ExpiredSignature | ErrorKind::ImmatureSignature => Refused::Time,
        ErrorKind::InvalidAudience => Refused::Audience,
        ErrorKind::MissingRequiredClaim(_)
        | ErrorKind::InvalidClaimFormat(_)
        | ErrorKind::InvalidIssuer
        | ErrorKind::InvalidSubject => Refused::Claims,
        _ => Refused::Malformed,
    }
}

#[cfg(test)]
mod tests;
