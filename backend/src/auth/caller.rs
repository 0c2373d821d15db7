//! The proofs of who is asking, as extractors: `Me` from the Authorization header and nothing else,
//! `Admin` by a look at the role of now, `FileReader` also by its cookie. A bad token costs no query.

use super::{
    address::{self, Network},
    cookies,
    token::{Audience, Refused, Verified},
};
use crate::{
    app::App,
    db::schema,
    error::{AppError, Result},
};
use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{self, HeaderMap},
    web,
};
use diesel::prelude::*;
use futures_util::future::LocalBoxFuture;
use shared::{ErrorCode, SessionId, Timestamp, UserId, accounts::Role};
use std::{
    future::{Ready, ready},
    net::{IpAddr, Ipv4Addr},
};

/// Longest User-Agent that is kept, in characters.
const AGENT_CHARS: usize = 256;

/// Someone signed in asks.
#[derive(Clone, Copy, Debug)]
pub struct Me {
    /// Who.
    pub id: UserId,
    /// On which device.
    pub session: SessionId,
    /// When the access ends.
    pub access_ends: Timestamp,
}

/// Someone who runs the place asks.
#[derive(Clone, Copy, Debug)]
pub struct Admin {
    /// Who.
    pub me: Me,
}

/// Someone signed in wants a file: by Bearer token or by the files cookie.
#[derive(Clone, Copy, Debug)]
pub struct FileReader {
    /// Who.
    pub id: UserId,
}

/// Where a request comes from, signed in or not.
#[derive(Clone, Debug)]
pub struct Client {
    /// The client's address, as the configured proxies tell it.
    pub address: IpAddr,
    /// What it calls itself, cut to a bearable length.
    pub agent: String,
}

impl Client {
    /// The network that budgets count by.
    pub fn network(&self) -> Network {
        Network::of(self.address)
    }

    /// Reads it from a request.
    pub fn of(request: &HttpRequest) -> Self {
        let peer = request
            .peer_addr()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        let forwarded = request
            .headers()
            .get_all("x-forwarded-for")
            .filter_map(|line| line.to_str().ok())
            .collect::<Vec<_>>();
        let proxies = request
            .app_data::<web::Data<App>>()
            .map_or(&[][..], |app| &app.config.trusted_proxies);
        Self {
            address: address::client(peer, forwarded.into_iter(), proxies),
            agent: agent(request.headers()),
        }
    }
}

impl FromRequest for Client {
    type Error = AppError;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

impl FromRequest for Me {
    type Error = AppError;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl FromRequest for Admin {
    type Error = AppError;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let me = Me::of(&request)?;
            let role: String = app(&request)?
                .db
                .read(move |conn| {
                    Ok(schema::users::table
                        .find(me.id.0)
                        .select(schema::users::role)
                        .first(conn)?)
                })
                .await?;
            if Role::parse(&role) == Role::Admin {
                return Ok(Self { me });
            }
            tracing::warn!(
                target: "audit", event = "denied", reason = "not an admin", actor = me.id.0,
                sid = me.session.0, address = %Client::of(&request).address,
            );
            Err(AppError::forbidden(
                "Only those who run this place can do that.",
            ))
        })
    }
}

impl FromRequest for FileReader {
    type Error = AppError;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl Me {
    /// The caller, from exactly one `Authorization: Bearer …`; query and cookies do not count (S-TOK-2).
    ///
    /// # Errors
    /// `unauthenticated`, or `session_revoked`.
    pub fn of(request: &HttpRequest) -> Result<Self> {
        let Some(token) = bearer(request.headers()) else {
            return Err(AppError::new(ErrorCode::Unauthenticated, "Sign in first."));
        };
        let token = check(request, token, Audience::Api)?;
        Ok(Self {
            id: token.user_id,
            session: token.session_id,
            access_ends: token.access_ends,
        })
    }
}

impl FileReader {
    fn of(request: &HttpRequest) -> Result<Self> {
        if request.headers().contains_key(header::AUTHORIZATION) {
            return Me::of(request).map(|me| Self { id: me.id });
        }
        let Some(cookie) = request.cookie(cookies::FILES) else {
            return Err(AppError::new(ErrorCode::Unauthenticated, "Sign in first."));
        };
        let token = check(request, cookie.value(), Audience::Files)?;
        Ok(Self { id: token.user_id })
    }
}

fn check(request: &HttpRequest, token: &str, audience: Audience) -> Result<Verified> {
    let app = app(request)?;
    let verified = app.tokens.verify(token, audience).and_then(|token| {
        if app.revoked.contains(token.session_id) {
            Err(Refused::Revoked)
        } else {
            Ok(token)
        }
    });
    verified.map_err(|reason| refuse(reason, Client::of(request).address))
}

/// The answer to a bad token, which tells nothing of the token; the reason goes to the log.
pub(super) fn refuse(reason: Refused, address: IpAddr) -> AppError {
    // Expiry is everyday life, the rest is worth a look.
    if reason == Refused::Time {
        tracing::debug!(target: "audit", event = "denied", ?reason, %address);
    } else {
        tracing::info!(target: "audit", event = "denied", ?reason, %address);
    }
    match reason {
        Refused::Revoked => revoked(),
        _ => AppError::new(
            ErrorCode::Unauthenticated,
            "This access token is no good, or not any more. Renew it, or sign in.",
        ),
    }
}

/// The answer to whoever comes with a session that was ended.
pub fn revoked() -> AppError {
    AppError::new(
        ErrorCode::SessionRevoked,
        "This session was ended. Sign in again.",
    )
}

fn app(request: &HttpRequest) -> Result<&web::Data<App>> {
    request
        .app_data::<web::Data<App>>()
        .ok_or_else(|| AppError::internal("the app is not mounted"))
}

/// The token of the one Authorization header; `None` when there are more, or it has another scheme.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION);
    let (value, None) = (all.next()?, all.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn agent(headers: &HeaderMap) -> String {
    headers
        .get(header::USER_AGENT)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(AGENT_CHARS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{AUTHORIZATION, HeaderValue};

    fn headers(values: &[&'static str]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for value in values {
            map.append(AUTHORIZATION, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn s_tok_2_a_token_is_taken_from_one_bearer_header_alone() {
        assert_eq!(bearer(&headers(&["Bearer abc"])), Some("abc"));
        assert_eq!(bearer(&headers(&["bearer abc"])), Some("abc"));
        for bad in [
            &["Basic abc"][..],
            &["abc"],
            &["Bearer"],
            &[],
            &["Bearer a", "Bearer b"],
        ] {
            assert_eq!(bearer(&headers(bad)), None, "{bad:?}");
        }
    }

    #[test]
    fn a_long_user_agent_is_cut_and_its_controls_go() {
        let mut map = HeaderMap::new();
        let long = format!("a\tb{}", "x".repeat(5_000));
        map.insert(header::USER_AGENT, HeaderValue::from_str(&long).unwrap());
        let kept = agent(&map);
        assert!(kept.starts_with("abx") && kept.chars().count() == AGENT_CHARS);
    }
}
