//! All one's own data as a zip: profile, devices, picture, and every message one wrote, a file per room.
//! Nobody else's words are in it, nor the name of a private room that one has left.

use crate::{
    app::App,
    auth::{Client, Me, Verb},
    db::{Conn, schema},
    error::{AppError, Problems, Result},
    features::{accounts, sessions, users},
    http::Json,
    outside::{
        avatars::{Avatars, SIDES, blocking},
        scratch,
    },
};
use actix_web::{
    HttpResponse,
    body::SizedStream,
    get,
    http::header,
    post,
    web::{self, Bytes},
};
use diesel::prelude::*;
use futures_util::stream;
use serde::Serialize;
use serde_json::json;
use shared::{ErrorCode, Timestamp, UserId, accounts::ExportMe};
use std::{
    fs::File,
    io::{self, Read, Seek, Write},
};
use tokio::sync::Semaphore;
use zip::{ZipWriter, write::SimpleFileOptions};

/// Exports that are being made now in this process; one more is told to come back.
static EXPORTS: Semaphore = Semaphore::const_new(2);
/// For so long after signing in, the password that was given then is proof enough, in milliseconds.
const FRESH_MS: i64 = 10 * 60 * 1_000;
/// Messages that are read at once.
const PAGE: i64 = 1_000;
/// Bytes of the zip that are read at once.
const CHUNK: usize = 64 * 1024;

/// Mounts the route under `/api/v1`.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(get_export).service(post_export);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(get_export, post_export))]
struct Paths;

/// The OpenAPI description of this route.
pub fn paths() -> utoipa::openapi::OpenApi {
    <Paths as utoipa::OpenApi>::openapi()
}

/// All my data as a zip: `profile.json`, `sessions.json`, `rooms.json`, `messages/{room}.jsonl`, my picture. For ten minutes
/// after signing in; later it takes the password again, as `POST`.
#[utoipa::path(tag = "accounts", responses((status = 200, description = "The archive", body = Vec<u8>, content_type = "application/zip"), Problems), security(("bearer" = [])))]
#[get("/me/export")]
async fn get_export(app: web::Data<App>, me: Me, client: Client) -> Result<HttpResponse> {
    let began = app
        .db
        .read(move |conn| {
            use schema::sessions::dsl;
            Ok(dsl::sessions
                .find(me.session.0)
                .select(dsl::created_at)
                .first::<i64>(conn)?)
        })
        .await?;
    if crate::clock::now().0 - began > FRESH_MS {
        return Err(AppError::new(
            ErrorCode::Forbidden,
            "You signed in a while ago. Ask with POST and your password.",
        ));
    }
    export(&app, me, &client).await
}

/// All my data as a zip, for the password. What is in it stands at `GET`.
#[utoipa::path(tag = "accounts", request_body = ExportMe, responses((status = 200, description = "The archive", body = Vec<u8>, content_type = "application/zip"), Problems), security(("bearer" = [])))]
#[post("/me/export")]
async fn post_export(
    app: web::Data<App>,
    me: Me,
    client: Client,
    proof: Json<ExportMe>,
) -> Result<HttpResponse> {
    app.limits.check_shared(Verb::Password, me.id).await?;
    accounts::prove(&app, me, proof.0.password, &client).await?;
    export(&app, me, &client).await
}

async fn export(app: &App, me: Me, client: &Client) -> Result<HttpResponse> {
    app.limits.check_shared(Verb::Export, me.id).await?;
    let _place = EXPORTS.try_acquire().map_err(|_| AppError::overloaded())?;
    tracing::info!(
        target: "audit", event = "exported", actor = me.id.0, sid = me.session.0, address = %client.address,
    );
    let (file, size) = archive(app, me).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/zip"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"confab-export.zip\"",
        ))
        .body(SizedStream::new(size, chunks(file))))
}

#[derive(Serialize)]
struct RoomLine {
    id: i64,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

#[derive(Queryable)]
struct MessageRow {
    id: i64,
    seq: i64,
    body: String,
    created_at: i64,
    edited_at: Option<i64>,
    reply_to: Option<i64>,
}

/// Written to disk as it is read, in bounded portions.
async fn archive(app: &App, me: Me) -> Result<(File, u64)> {
    let folder = app.config.data.data_dir.clone();
    let zip = blocking(move || scratch::file(&folder).map(ZipWriter::new)).await?;
    let (profile, devices, rooms) = app
        .db
        .read(move |conn| {
            Ok((
                users::me(conn, me.id)?,
                sessions::devices(conn, me.id, Some(me.session))?,
                rooms_written_in(conn, me.id)?,
            ))
        })
        .await?;
    let avatar = profile.user.avatar_url.clone();
    let zip = add(zip, "profile.json", pretty(&profile)?).await?;
    let zip = add(zip, "sessions.json", pretty(&devices)?).await?;
    let mut zip = add(zip, "rooms.json", pretty(&rooms)?).await?;
    for room in rooms {
        let mut after = 0;
        zip = add(zip, &format!("messages/{}.jsonl", room.id), Vec::new()).await?;
        loop {
            let page = app
                .db
                .read(move |conn| messages(conn, me.id, room.id, after))
                .await?;
            let Some(last) = page.last() else { break };
            after = last.seq;
            let full = page.len() as i64 == PAGE;
            zip = append(zip, lines(room.id, &page)?).await?;
            if !full {
                break;
            }
        }
    }
    if let Some(key) = avatar.as_deref().and_then(|url| url.rsplit('/').next())
        && let Some(picture) = Avatars::of(&app.config).read(key, SIDES[1]).await?
    {
        let end = key.rsplit('.').next().unwrap_or_default();
        zip = add(zip, &format!("avatar.{end}"), picture.bytes).await?;
    }
    blocking(move || {
        let mut file = zip.finish().map_err(io::Error::other)?;
        let size = file.stream_position()?;
        file.rewind()?;
        Ok((file, size))
    })
    .await
}

/// Rooms one wrote in. The name only where one may know it today.
fn rooms_written_in(conn: &mut Conn, me: UserId) -> Result<Vec<RoomLine>> {
    use schema::{members, messages, rooms};
    let ids: Vec<i64> = messages::table
        .filter(
            messages::author_id
                .eq(me.0)
                .and(messages::client_id.is_not_null()),
        )
        .select(messages::room_id)
        .distinct()
        .load(conn)?;
    let mine: Vec<i64> = members::table
        .filter(members::user_id.eq(me.0).and(members::left_at.is_null()))
        .select(members::room_id)
        .load(conn)?;
    let rows: Vec<(i64, String, String)> = rooms::table
        .filter(rooms::id.eq_any(ids))
        .order(rooms::id)
        .select((rooms::id, rooms::kind, rooms::name))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, kind, name)| RoomLine {
            id,
            name: (kind == "public" || mine.contains(&id)).then_some(name),
            kind,
        })
        .collect())
}

fn messages(conn: &mut Conn, me: UserId, room: i64, after: i64) -> Result<Vec<MessageRow>> {
    use schema::messages::dsl;
    Ok(dsl::messages
        .filter(dsl::room_id.eq(room).and(dsl::author_id.eq(me.0)))
        .filter(dsl::kind.eq("text").and(dsl::deleted_at.is_null()))
        .filter(dsl::seq.gt(after))
        .order(dsl::seq)
        .limit(PAGE)
        .select((
            dsl::id,
            dsl::seq,
            dsl::body,
            dsl::created_at,
            dsl::edited_at,
            dsl::reply_to,
        ))
        .load(conn)?)
}

fn lines(room: i64, page: &[MessageRow]) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for message in page {
        let line = json!({
            "id": message.id,
            "room_id": room,
            "seq": message.seq,
            "body": message.body,
            "created_at": Timestamp(message.created_at),
            "edited_at": message.edited_at.map(Timestamp),
            "reply_to": message.reply_to,
        });
        serde_json::to_writer(&mut lines, &line).map_err(AppError::internal)?;
        lines.push(b'\n');
    }
    Ok(lines)
}

fn pretty(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec_pretty(value).map_err(AppError::internal)
}

/// Begins a file in the archive.
async fn add(mut zip: ZipWriter<File>, name: &str, bytes: Vec<u8>) -> Result<ZipWriter<File>> {
    let name = name.to_owned();
    blocking(move || {
        // Sizes beyond 4 GiB need the long form from the start.
        let options = SimpleFileOptions::default().large_file(true);
        zip.start_file(name, options).map_err(io::Error::other)?;
        zip.write_all(&bytes)?;
        Ok(zip)
    })
    .await
}

/// Goes on with the file that was begun last.
async fn append(mut zip: ZipWriter<File>, bytes: Vec<u8>) -> Result<ZipWriter<File>> {
    blocking(move || {
        zip.write_all(&bytes)?;
        Ok(zip)
    })
    .await
}

fn chunks(file: File) -> impl futures_util::Stream<Item = Result<Bytes>> {
    stream::try_unfold(file, |mut file| async move {
        let (file, bytes) = blocking(move || {
            let mut bytes = Vec::with_capacity(CHUNK);
            Read::by_ref(&mut file)
                .take(CHUNK as u64)
                .read_to_end(&mut bytes)?;
            Ok((file, bytes))
        })
        .await?;
        Ok((!bytes.is_empty()).then(|| (Bytes::from(bytes), file)))
    })
}
