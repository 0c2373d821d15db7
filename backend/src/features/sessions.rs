//! Signed-in devices: opening a session, renewing it by the rotating cookie, ending it here or elsewhere.
//! A session's access ends with it: its tokens by `Revoked`, its sockets by `Tx::revoke`.

mod rotation;
mod upkeep;

pub use upkeep::upkeep;

use crate::{
    app::App,
    auth::{
        Client, Me, Verb, caller, cookies, refresh::RefreshToken, socket::require_own_page, token,
    },
    config::Config,
    db::{Conn, Tx, schema},
    error::{AppError, Problems, Result},
    features::users,
    http::Path,
};
use actix_web::{HttpRequest, HttpResponse, delete, get, http::header, post, web};
use diesel::prelude::*;
use rotation::Rotation;
use shared::{
    ErrorCode, SessionId, Timestamp, UserId,
    accounts::{Device, Devices, Me as Profile, Session, SocketToken},
};

const DAY_MS: i64 = 86_400_000;
/// Devices that one person may be signed in on; one more ends the one that was away the longest.
const DEVICES: i64 = 200;

/// Mounts the routes under `/api/v1`.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(post_refresh)
        .service(post_logout)
        .service(get_sessions)
        .service(delete_session)
        .service(post_socket_token);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    post_refresh,
    post_logout,
    get_sessions,
    delete_session,
    post_socket_token
))]
struct Paths;

/// The OpenAPI description of these routes.
pub fn paths() -> utoipa::openapi::OpenApi {
    <Paths as utoipa::OpenApi>::openapi()
}

/// Exchanges the refresh cookie for a new one and a new access token.
#[utoipa::path(tag = "accounts", responses((status = 200, body = Session), Problems))]
#[post("/auth/refresh")]
async fn post_refresh(
    app: web::Data<App>,
    request: HttpRequest,
    client: Client,
) -> Result<HttpResponse> {
    require_own_page(&request, &app)?;
    require_no_form(&request)?;
    let Some(cookie) = request.cookie(cookies::REFRESH) else {
        return Err(AppError::new(ErrorCode::Unauthenticated, "Sign in first."));
    };
    let Some(token) = app.tokens.read_refresh(cookie.value()) else {
        app.limits
            .check_shared(Verb::Refresh, client.network())
            .await?;
        return Ok(signed_out(&app, &request, &expired()));
    };
    app.limits
        .check_shared(Verb::Refresh, token.session_id)
        .await?;
    let session = token.session_id;
    let (lifetimes, tokens) = (Lifetimes::of(&app.config), app.tokens.clone());
    let address = client.address;
    let rotation = app
        .db
        .write(move |tx| rotation::rotate(tx, &tokens, lifetimes, &token, &client))
        .await?;
    match rotation {
        Rotation::Renewed(opened) => {
            let mut response = HttpResponse::Ok();
            answer(&app, &mut response, *opened)
        }
        Rotation::Reused { user } => {
            tracing::warn!(
                target: "audit", event = "refresh_token_reused", actor = user.0, sid = session.0, %address,
            );
            Ok(signed_out(&app, &request, &caller::revoked()))
        }
        Rotation::Ended => Ok(signed_out(&app, &request, &caller::revoked())),
        Rotation::Expired => Ok(signed_out(&app, &request, &expired())),
    }
}

/// Ends this session: its tokens stop working and its sockets close. By Bearer token, or by the cookie.
#[utoipa::path(tag = "accounts", responses((status = 204), Problems), security(("bearer" = [])))]
#[post("/auth/logout")]
async fn post_logout(
    app: web::Data<App>,
    request: HttpRequest,
    client: Client,
) -> Result<HttpResponse> {
    require_own_page(&request, &app)?;
    require_no_form(&request)?;
    let session = if request.headers().contains_key(header::AUTHORIZATION) {
        Some(Me::of(&request)?.session)
    } else {
        request
            .cookie(cookies::REFRESH)
            .and_then(|cookie| app.tokens.read_refresh(cookie.value()))
            .map(|token| token.session_id)
    };
    let Some(session) = session else {
        return Ok(signed_out(&app, &request, &expired()));
    };
    app.db.write(move |tx| revoke(tx, session)).await?;
    tracing::info!(target: "audit", event = "signed_out", sid = session.0, address = %client.address);
    let mut response = HttpResponse::NoContent();
    for cookie in cookies::gone(app.config.is_https()) {
        response.cookie(cookie);
    }
    Ok(response.finish())
}

/// All my signed-in devices.
#[utoipa::path(tag = "accounts", responses((status = 200, body = Devices), Problems), security(("bearer" = [])))]
#[get("/auth/sessions")]
async fn get_sessions(app: web::Data<App>, me: Me) -> Result<web::Json<Devices>> {
    app.limits.check(Verb::List, me.id)?;
    let sessions = app
        .db
        .read(move |conn| devices(conn, me.id, Some(me.session)))
        .await?;
    Ok(web::Json(Devices { sessions }))
}

/// Ends one of my sessions, on this device or another.
#[utoipa::path(tag = "accounts", params(("id" = SessionId, Path)), responses((status = 204), Problems), security(("bearer" = [])))]
#[delete("/auth/sessions/{id}")]
async fn delete_session(
    app: web::Data<App>,
    me: Me,
    id: Path<SessionId>,
    client: Client,
) -> Result<HttpResponse> {
    app.limits.check(Verb::Profile, me.id)?;
    let id = id.0;
    app.db
        .write(move |tx| {
            use schema::sessions::dsl;
            let mine: i64 = dsl::sessions
                .filter(dsl::id.eq(id.0).and(dsl::user_id.eq(me.id.0)))
                .filter(dsl::revoked_at.is_null())
                .count()
                .get_result(tx.conn)?;
            if mine == 0 {
                return Err(AppError::not_found());
            }
            revoke(tx, id)
        })
        .await?;
    tracing::info!(
        target: "audit", event = "session_ended", actor = me.id.0, sid = me.session.0, ended = id.0,
        address = %client.address,
    );
    Ok(HttpResponse::NoContent().finish())
}

/// A token for one handshake of the socket, so that no access token stands in an address.
#[utoipa::path(tag = "accounts", responses((status = 200, body = SocketToken), Problems), security(("bearer" = [])))]
#[post("/auth/socket-token")]
async fn post_socket_token(app: web::Data<App>, me: Me) -> Result<web::Json<SocketToken>> {
    app.limits.check_shared(Verb::SocketToken, me.id).await?;
    let token = app
        .tokens
        .socket(me.id, me.session, me.access_ends, crate::clock::now())?;
    Ok(web::Json(SocketToken {
        token,
        expires_in: token::SOCKET_LIFE_S,
    }))
}

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    idle_ms: i64,
    most_ms: i64,
}

impl Lifetimes {
    /// As configured.
    pub fn of(config: &Config) -> Self {
        Self {
            idle_ms: config.session_idle_days * DAY_MS,
            most_ms: config.session_max_days * DAY_MS,
        }
    }

    /// When a session ends that is used now: the idle limit, but never beyond the absolute one.
    fn end(self, created_at: i64, now: Timestamp) -> i64 {
        (now.0 + self.idle_ms).min(created_at + self.most_ms)
    }
}

/// A session that was just opened or renewed.
pub struct Opened {
    session: SessionId,
    refresh: RefreshToken,
    lasts_s: i64,
    profile: Profile,
    now: Timestamp,
}

impl Opened {
    /// Which session.
    pub fn session(&self) -> SessionId {
        self.session
    }
}

/// Opens a session for someone who has just proved who they are.
///
/// # Errors
/// Those of the database.
pub fn open(
    tx: &mut Tx<'_>,
    tokens: &token::Tokens,
    lifetimes: Lifetimes,
    user: UserId,
    client: &Client,
) -> Result<Opened> {
    use schema::sessions::dsl;
    let expires_at = lifetimes.end(tx.now.0, tx.now);
    let id: i64 = diesel::insert_into(dsl::sessions)
        .values((
            dsl::user_id.eq(user.0),
            dsl::created_at.eq(tx.now.0),
            dsl::last_seen_at.eq(tx.now.0),
            dsl::expires_at.eq(expires_at),
            dsl::user_agent.eq(&client.agent),
            dsl::address.eq(client.address.to_string()),
        ))
        .returning(dsl::id)
        .get_result(tx.conn)?;
    let session = SessionId(id);
    let refresh = tokens.new_refresh(session)?;
    rotation::keep(tx, &refresh)?;
    let crowd: Vec<i64> = dsl::sessions
        .filter(dsl::user_id.eq(user.0).and(dsl::revoked_at.is_null()))
        .filter(dsl::expires_at.gt(tx.now.0))
        .order((dsl::last_seen_at.desc(), dsl::id.desc()))
        .offset(DEVICES)
        .select(dsl::id)
        .load(tx.conn)?;
    for id in crowd {
        revoke(tx, SessionId(id))?;
    }
    Ok(Opened {
        session,
        refresh,
        lasts_s: (expires_at - tx.now.0) / 1000,
        profile: users::me(tx.conn, user)?,
        now: tx.now,
    })
}

/// Ends a session: no token of it works once the write is answered, and its sockets are closing.
///
/// # Errors
/// Those of the database.
pub fn revoke(tx: &mut Tx<'_>, session: SessionId) -> Result<()> {
    use schema::sessions::dsl;
    diesel::update(
        dsl::sessions
            .find(session.0)
            .filter(dsl::revoked_at.is_null()),
    )
    .set(dsl::revoked_at.eq(tx.now.0))
    .execute(tx.conn)?;
    diesel::delete(
        schema::refresh_tokens::table.filter(schema::refresh_tokens::session_id.eq(session.0)),
    )
    .execute(tx.conn)?;
    tx.revoke(session);
    Ok(())
}

/// Ends all sessions of someone, but perhaps one.
///
/// # Errors
/// Those of the database.
pub fn revoke_all(tx: &mut Tx<'_>, user: UserId, but: Option<SessionId>) -> Result<usize> {
    use schema::sessions::dsl;
    let ids: Vec<i64> = dsl::sessions
        .filter(dsl::user_id.eq(user.0).and(dsl::revoked_at.is_null()))
        .select(dsl::id)
        .load(tx.conn)?;
    let others = ids.into_iter().map(SessionId).filter(|&id| Some(id) != but);
    let mut ended = 0;
    for session in others {
        revoke(tx, session)?;
        ended += 1;
    }
    Ok(ended)
}

/// Someone's live sessions, the newest first.
///
/// # Errors
/// Those of the database.
pub fn devices(conn: &mut Conn, user: UserId, current: Option<SessionId>) -> Result<Vec<Device>> {
    use schema::sessions::dsl;
    let rows: Vec<(i64, i64, i64, String, String)> = dsl::sessions
        .filter(dsl::user_id.eq(user.0).and(dsl::revoked_at.is_null()))
        .filter(dsl::expires_at.gt(crate::clock::now().0))
        .order(dsl::id.desc())
        .limit(DEVICES)
        .select((
            dsl::id,
            dsl::created_at,
            dsl::last_seen_at,
            dsl::user_agent,
            dsl::address,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(
            |(id, created_at, last_seen_at, user_agent, address)| Device {
                id: SessionId(id),
                created_at: Timestamp(created_at),
                last_seen_at: Timestamp(last_seen_at),
                user_agent,
                address,
                current: current == Some(SessionId(id)),
            },
        )
        .collect())
}

/// The answer to whoever signed in: the session in the body, its cookies beside it.
///
/// # Errors
/// `internal` when no token can be signed.
pub fn answer(
    app: &App,
    response: &mut actix_web::HttpResponseBuilder,
    opened: Opened,
) -> Result<HttpResponse> {
    let secure = app.config.is_https();
    let user = opened.profile.user.id;
    let files = app.tokens.files(user, opened.session, opened.now)?;
    let body = Session {
        access_token: app.tokens.access(user, opened.session, opened.now)?,
        token_type: "Bearer".into(),
        expires_in: token::ACCESS_LIFE_S,
        user: opened.profile,
    };
    Ok(response
        .cookie(cookies::refresh(
            opened.refresh.text(),
            opened.lasts_s,
            secure,
        ))
        .cookie(cookies::files(files, secure))
        .json(body))
}

/// A refusal that also takes the cookies away: they lead nowhere any more.
fn signed_out(app: &App, request: &HttpRequest, error: &AppError) -> HttpResponse {
    let mut response = error.response(request);
    for cookie in cookies::gone(app.config.is_https()) {
        // Fails only for values that are no header text; ours are constants.
        let _ = response.add_cookie(&cookie);
    }
    response
}

fn expired() -> AppError {
    AppError::new(
        ErrorCode::Unauthenticated,
        "Your session is over. Sign in again.",
    )
}

/// These routes take no body; a form, which pages elsewhere could send, is refused (S-HDR-6).
fn require_no_form(request: &HttpRequest) -> Result<()> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind.as_bytes().starts_with(b"application/json")) {
        return Ok(());
    }
    Err(AppError::new(
        ErrorCode::UnsupportedType,
        "Send nothing, or JSON with Content-Type: application/json.",
    ))
}
