//! Avatars: taking a picture in, showing it, taking it away. The body goes to disk as it comes, the picture is
//! made off the workers' threads, one at a time: the largest takes 160 MiB while it is being decoded.

use crate::{
    app::App,
    auth::{FileReader, Me, Verb},
    db::{Tx, schema},
    error::{AppError, Problems, Result},
    features::{profile, users},
    http::{Path, Query, broke_off},
    outside::{
        avatars::{Avatars, SIDES, Stored, blocking},
        pictures::{self, Refused},
        scratch,
    },
};
use actix_web::{HttpRequest, HttpResponse, delete, get, http::header, put, web};
use diesel::prelude::*;
use futures_util::StreamExt;
use serde::Deserialize;
use shared::{ErrorCode, UserId, accounts::Me as Profile, limits};
use std::{
    fs::File,
    io::{BufReader, Seek, Write},
    time::Duration,
};
use tokio::sync::Semaphore;

/// Uploads under way in this process; one more is told to come back.
static UPLOADS: Semaphore = Semaphore::const_new(24);
/// The picture that is being made now.
static DECODING: Semaphore = Semaphore::const_new(1);
/// How long an upload waits for its turn.
const TURN: Duration = Duration::from_secs(30);
/// Bytes that are gathered before they go to disk.
const CHUNK: usize = 256 * 1024;
/// A key never gets another picture.
const FOR_EVER: &str = "private, max-age=31536000, immutable";

/// Mounts the routes under `/api/v1`.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(put_avatar).service(delete_avatar);
}

/// Mounts what is read by address, outside of `/api/v1`.
pub fn file_routes(cfg: &mut web::ServiceConfig) {
    cfg.service(get_avatar);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(put_avatar, delete_avatar, get_avatar))]
struct Paths;

/// The OpenAPI description of these routes.
pub fn paths() -> utoipa::openapi::OpenApi {
    <Paths as utoipa::OpenApi>::openapi()
}

/// Sets my picture: PNG, JPEG, GIF or WebP, up to 8 MiB and 40 megapixels. Its middle is kept, as a square.
#[utoipa::path(tag = "accounts", request_body(content = Vec<u8>, content_type = "image/*"), responses((status = 200, body = Profile), Problems), security(("bearer" = [])))]
#[put("/me/avatar")]
async fn put_avatar(
    app: web::Data<App>,
    me: Me,
    request: HttpRequest,
    body: web::Payload,
) -> Result<web::Json<Profile>> {
    app.limits.check_shared(Verb::Upload, me.id).await?;
    check_head(&request)?;
    let _place = UPLOADS.try_acquire().map_err(|_| AppError::overloaded())?;
    let avatars = Avatars::of(&app.config);
    let upload = receive(&avatars, body).await?;
    let rendered = {
        let _turn = tokio::time::timeout(TURN, DECODING.acquire())
            .await
            .map_err(|_| AppError::overloaded())?;
        // A panic in a decoder costs this upload only.
        web::block(move || pictures::render(BufReader::new(upload)))
            .await
            .unwrap_or(Err(Refused::Broken))
            .map_err(refused)?
    };
    let key = avatars.store(rendered).await?;
    let changed = change(&app, me.id, Some(key.clone())).await;
    if changed.is_err() {
        avatars.remove(key).await;
    }
    changed.map(web::Json)
}

/// Takes my picture away.
#[utoipa::path(tag = "accounts", responses((status = 200, body = Profile), Problems), security(("bearer" = [])))]
#[delete("/me/avatar")]
async fn delete_avatar(app: web::Data<App>, me: Me) -> Result<web::Json<Profile>> {
    app.limits.check(Verb::Profile, me.id)?;
    change(&app, me.id, None).await.map(web::Json)
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
struct SizeQuery {
    /// 64 or 256 pixels; 256 when absent.
    size: Option<u32>,
}

/// A picture. Read by Bearer token, or by the cookie that comes with signing in.
#[utoipa::path(tag = "files", params(("key" = String, Path), SizeQuery), responses((status = 200, description = "The picture", body = Vec<u8>, content_type = "image/*"), Problems), security(("bearer" = [])))]
#[get("/files/avatars/{key}")]
async fn get_avatar(
    app: web::Data<App>,
    _reader: FileReader,
    key: Path<String>,
    query: Query<SizeQuery>,
) -> Result<HttpResponse> {
    let side = query.0.size.unwrap_or(SIDES[1]);
    let picture = Avatars::of(&app.config).read(&key.0, side).await?;
    let Stored { bytes, mime } = picture.ok_or_else(AppError::not_found)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, mime))
        .insert_header((header::CACHE_CONTROL, FOR_EVER))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox",
        ))
        .insert_header(("cross-origin-resource-policy", "same-origin"))
        .insert_header((header::CONTENT_DISPOSITION, "inline"))
        .body(bytes))
}

async fn change(app: &web::Data<App>, id: UserId, key: Option<String>) -> Result<Profile> {
    let presence = app.presence.clone();
    let (old, profile) = app
        .db
        .write(move |tx| {
            let old = replace(tx, id, key.as_deref())?;
            profile::tell_peers(tx, id, &presence)?;
            Ok((old, users::me(tx.conn, id)?))
        })
        .await?;
    if let Some(old) = old {
        Avatars::of(&app.config).remove(old).await;
    }
    Ok(profile)
}

fn replace(tx: &mut Tx<'_>, id: UserId, key: Option<&str>) -> Result<Option<String>> {
    use schema::users::dsl;
    let user = dsl::users.find(id.0).filter(dsl::deleted_at.is_null());
    let old: Option<String> = user.select(dsl::avatar_key).first(tx.conn)?;
    diesel::update(user)
        .set(dsl::avatar_key.eq(key))
        .execute(tx.conn)?;
    Ok(old)
}

fn check_head(request: &HttpRequest) -> Result<()> {
    let text = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let kind = text(header::CONTENT_TYPE)
        .and_then(|kind| kind.split(';').next())
        .map_or("", str::trim);
    let listed = ["image/png", "image/jpeg", "image/gif", "image/webp"];
    if !listed
        .iter()
        .any(|listed| kind.eq_ignore_ascii_case(listed))
    {
        return Err(refused(Refused::Type));
    }
    let declared = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limits::AVATAR_BYTES) {
        return Err(too_many_bytes());
    }
    Ok(())
}

/// Writes the body to a file without a name, counting as it comes: nothing of it stays, however it ends.
async fn receive(avatars: &Avatars, mut body: web::Payload) -> Result<File> {
    let folder = avatars.folder().to_owned();
    let mut file = blocking(move || scratch::file(&folder)).await?;
    let mut total = 0;
    let mut gathered = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| broke_off(&error))?;
        total += chunk.len();
        if total > limits::AVATAR_BYTES {
            return Err(too_many_bytes());
        }
        gathered.extend_from_slice(&chunk);
        if gathered.len() >= CHUNK {
            file = append(file, std::mem::take(&mut gathered)).await?;
        }
    }
    file = append(file, gathered).await?;
    blocking(move || {
        file.rewind()?;
        Ok(file)
    })
    .await
}

async fn append(mut file: File, bytes: Vec<u8>) -> Result<File> {
    blocking(move || {
        file.write_all(&bytes)?;
        Ok(file)
    })
    .await
}

fn too_many_bytes() -> AppError {
    AppError::new(
        ErrorCode::TooLarge,
        "A picture has at most 8 MiB here. Choose a smaller one.",
    )
}

fn refused(reason: Refused) -> AppError {
    match reason {
        Refused::Type => AppError::new(
            ErrorCode::UnsupportedType,
            "Choose a PNG, JPEG, GIF or WebP picture.",
        ),
        Refused::TooLarge => AppError::new(
            ErrorCode::TooLarge,
            "This picture has too many pixels. Choose one of at most 40 megapixels.",
        ),
        Refused::Broken => AppError::field(
            "avatar",
            "invalid",
            "This picture can't be read. Choose another.",
        ),
    }
}
