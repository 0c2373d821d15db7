//! The gate before `GET /ws`: upgrade headers, then the page's origin, then the token in the query,
//! all before any upgrade. Behind it stands a [`SocketCaller`] in the request's extensions.

use super::{
    caller::{Client, refuse},
    origin::Origins,
    token::{Audience, Refused, Verified},
};
use crate::{
    app::App,
    error::{AppError, Result},
};
use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    http::{
        Method, Version,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    web,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::future::LocalBoxFuture;
use shared::{ErrorCode, SessionId, Timestamp, UserId};
use std::{
    future::{Ready, ready},
    net::IpAddr,
    rc::Rc,
};

/// The only version there is (RFC 6455, 4.2.1).
const VERSION: &str = "13";
/// A longer query holds no token of ours.
const QUERY_BYTES: usize = 8 * 1024;

/// Who opened a socket, or renewed its access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketCaller {
    /// Who.
    pub user_id: UserId,
    /// On which device.
    pub session_id: SessionId,
    /// When the access ends with which it was opened, and with it the socket.
    pub expires_at: Timestamp,
}

/// The middleware: refuses with a problem document, or lets the handshake pass with its caller.
#[derive(Clone, Copy, Debug)]
pub struct SocketAuth;

impl<S, B> Transform<S, ServiceRequest> for SocketAuth
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = Gate<S>;
    type InitError = ();
    type Future = Ready<std::result::Result<Gate<S>, ()>>;

    fn new_transform(&self, behind: S) -> Self::Future {
        ready(Ok(Gate {
            behind: Rc::new(behind),
        }))
    }
}

/// [`SocketAuth`] in front of one service.
#[derive(Debug)]
pub struct Gate<S> {
    behind: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for Gate<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, std::result::Result<Self::Response, Error>>;

    forward_ready!(behind);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        match admit(request.request()) {
            Ok((caller, single)) => {
                request.extensions_mut().insert(caller);
                let behind = Rc::clone(&self.behind);
                Box::pin(async move {
                    if let Some(token) = single
                        && let Err(error) = spend(request.request(), &token).await
                    {
                        let response = error.response(request.request());
                        return Ok(request.into_response(response));
                    }
                    Ok(behind.call(request).await?.map_into_boxed_body())
                })
            }
            Err(error) => {
                let mut response = error.response(request.request());
                if error.code == ErrorCode::UpgradeRequired {
                    response.headers_mut().insert(
                        header::SEC_WEBSOCKET_VERSION,
                        HeaderValue::from_static(VERSION),
                    );
                }
                Box::pin(async move { Ok(request.into_response(response)) })
            }
        }
    }
}

/// Checks a token for a socket: a socket token, which is used up by it on this node, or an access token. What
/// comes back beside the caller has to be used up on the other nodes, too.
///
/// # Errors
/// `unauthenticated`, or `session_revoked`.
fn check(app: &App, token: &str, address: IpAddr) -> Result<(SocketCaller, Option<Verified>)> {
    let (token, single) = verify(app, token).map_err(|reason| refuse(reason, address))?;
    let caller = SocketCaller {
        user_id: token.user_id,
        session_id: token.session_id,
        expires_at: token.access_ends,
    };
    Ok((caller, single.then_some(token)))
}

/// What the token says, and whether it works once only; then it is used up on this node.
///
/// # Errors
/// Why it is no good.
pub fn verify(app: &App, token: &str) -> std::result::Result<(Verified, bool), Refused> {
    let (verified, audience) = app
        .tokens
        .verify_any(token, &[Audience::Socket, Audience::Api])?;
    let single = audience == Audience::Socket;
    if app.revoked.contains(verified.session_id) {
        return Err(Refused::Revoked);
    }
    if single && !app.tokens.spend(&verified, crate::clock::now()) {
        return Err(Refused::Used);
    }
    Ok((verified, single))
}

/// The other nodes must not take it again.
async fn spend(request: &HttpRequest, token: &Verified) -> Result<()> {
    let app = request
        .app_data::<web::Data<App>>()
        .ok_or_else(|| AppError::internal("the app is not mounted"))?;
    let first = app.tokens.spend_elsewhere(app.redis.as_ref(), token).await;
    let used = || refuse(Refused::Used, Client::of(request).address);
    first.then_some(()).ok_or_else(used)
}

fn admit(request: &HttpRequest) -> Result<(SocketCaller, Option<Verified>)> {
    if request.method() != Method::GET {
        return Err(AppError::new(
            ErrorCode::MethodNotAllowed,
            "Open the socket with GET.",
        ));
    }
    require_upgrade(request.version(), request.headers())?;
    let app = request
        .app_data::<web::Data<App>>()
        .ok_or_else(|| AppError::internal("the app is not mounted"))?;
    let client = Client::of(request);
    require_origin(request, app, &client)?;
    let Some(token) = only_token(request.query_string()) else {
        return Err(AppError::new(
            ErrorCode::Unauthenticated,
            "Give exactly one token in the query: /ws?token=…",
        ));
    };
    check(app, &token, client.address)
}

/// Only a handshake of RFC 6455, 4.2.1 passes.
fn require_upgrade(version: Version, headers: &HeaderMap) -> Result<()> {
    let required = || {
        AppError::new(
            ErrorCode::UpgradeRequired,
            "This address speaks WebSocket (RFC 6455, version 13) over HTTP/1.1.",
        )
    };
    if version != Version::HTTP_11
        || !lists(headers, header::UPGRADE, "websocket")
        || !lists(headers, header::CONNECTION, "upgrade")
        || !lists(headers, header::SEC_WEBSOCKET_VERSION, VERSION)
    {
        return Err(required());
    }
    let mut keys = headers.get_all(header::SEC_WEBSOCKET_KEY);
    let key = match (keys.next(), keys.next()) {
        (Some(key), None) => STANDARD.decode(key.as_bytes()).unwrap_or_default(),
        _ => Vec::new(),
    };
    if key.len() == 16 {
        Ok(())
    } else {
        Err(AppError::new(
            ErrorCode::Malformed,
            "Sec-WebSocket-Key must be 16 bytes in base64.",
        ))
    }
}

/// Whether a comma-separated header names this, whatever the case.
fn lists(headers: &HeaderMap, name: HeaderName, word: &str) -> bool {
    headers
        .get_all(name)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| part.trim().eq_ignore_ascii_case(word))
}

/// A page must be of an allowed origin. Programs send none, which is fine: they hold no cookie that
/// somebody else's page could borrow (S-WS-2).
fn require_origin(request: &HttpRequest, app: &App, client: &Client) -> Result<()> {
    let mut origins = request.headers().get_all(header::ORIGIN);
    let allowed = match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => origin
            .to_str()
            .is_ok_and(|origin| Origins::of(&app.config).allow(origin, host(request))),
        (Some(_), Some(_)) => false,
    };
    if allowed {
        return Ok(());
    }
    tracing::warn!(target: "audit", event = "origin_refused", place = "socket", address = %client.address);
    Err(not_allowed())
}

/// Guards the routes that set or read the refresh cookie (S-HDR-6): a browser's request must come from an
/// allowed page. Programs send neither header.
///
/// # Errors
/// `origin_not_allowed`.
pub fn require_own_page(request: &HttpRequest, app: &App) -> Result<()> {
    let headers = request.headers();
    let mut origins = headers.get_all(header::ORIGIN);
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let allowed = match (origins.next(), origins.next()) {
        (Some(origin), None) => origin
            .to_str()
            .is_ok_and(|origin| Origins::of(&app.config).allow(origin, host(request))),
        (None, _) => matches!(site, None | Some(b"same-origin" | b"none")),
        (Some(_), Some(_)) => false,
    };
    if allowed {
        return Ok(());
    }
    let address = Client::of(request).address;
    tracing::warn!(target: "audit", event = "origin_refused", place = "sign-in", %address);
    Err(not_allowed())
}

fn not_allowed() -> AppError {
    AppError::new(
        ErrorCode::OriginNotAllowed,
        "This page may not do that here. Whoever runs the server can allow it with --allowed-origin.",
    )
}

fn host(request: &HttpRequest) -> Option<&str> {
    request.headers().get(header::HOST)?.to_str().ok()
}

/// The one `token` parameter; `None` when there is none, more than one, or the query does not parse.
fn only_token(query: &str) -> Option<String> {
    if query.len() > QUERY_BYTES {
        return None;
    }
    let pairs = web::Query::<Vec<(String, String)>>::from_query(query)
        .ok()?
        .into_inner();
    let mut tokens = pairs.into_iter().filter(|(name, _)| name == "token");
    let (_, token) = tokens.next()?;
    tokens.next().is_none().then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handshake(changes: &[(&'static str, Option<&'static str>)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in [
            ("upgrade", "websocket"),
            ("connection", "keep-alive, Upgrade"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ] {
            map.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        for (name, value) in changes {
            match value {
                Some(value) => {
                    map.insert(
                        HeaderName::from_static(name),
                        HeaderValue::from_static(value),
                    );
                }
                None => {
                    map.remove(*name);
                }
            }
        }
        map
    }

    #[test]
    fn s_ws_3_only_a_whole_handshake_passes() {
        let code = |version, changes: &[_]| {
            require_upgrade(version, &handshake(changes))
                .err()
                .map(|error| error.code)
        };
        assert_eq!(code(Version::HTTP_11, &[]), None);
        assert_eq!(
            code(Version::HTTP_11, &[("upgrade", Some("WebSocket"))]),
            None
        );
        let upgrade = Some(ErrorCode::UpgradeRequired);
        assert_eq!(code(Version::HTTP_10, &[]), upgrade);
        assert_eq!(code(Version::HTTP_11, &[("upgrade", None)]), upgrade);
        assert_eq!(code(Version::HTTP_11, &[("upgrade", Some("h2c"))]), upgrade);
        assert_eq!(
            code(Version::HTTP_11, &[("connection", Some("close"))]),
            upgrade
        );
        assert_eq!(
            code(Version::HTTP_11, &[("sec-websocket-version", Some("8"))]),
            upgrade
        );
        assert_eq!(
            code(Version::HTTP_11, &[("sec-websocket-version", None)]),
            upgrade
        );
        let malformed = Some(ErrorCode::Malformed);
        assert_eq!(
            code(Version::HTTP_11, &[("sec-websocket-key", None)]),
            malformed
        );
        assert_eq!(
            code(Version::HTTP_11, &[("sec-websocket-key", Some("short"))]),
            malformed
        );
    }

    #[test]
    fn s_tok_3_exactly_one_token_parameter_counts() {
        assert_eq!(only_token("token=abc").as_deref(), Some("abc"));
        assert_eq!(only_token("x=1&token=a%2Eb").as_deref(), Some("a.b"));
        for bad in [
            "",
            "token",
            "tokens=abc",
            "Token=abc",
            "token=a&token=b",
            "token=a&token=a",
            "x=token",
        ] {
            let token = only_token(bad);
            assert!(token.as_deref().is_none_or(str::is_empty), "{bad}");
        }
        assert_eq!(only_token(&format!("token={}", "a".repeat(9_000))), None);
    }

    #[test]
    fn s_tok_3_a_respelled_name_is_the_same_parameter() {
        assert_eq!(only_token("token=a&%74oken=b"), None);
    }
}
