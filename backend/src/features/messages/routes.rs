//! The messages' part of the API.

use super::{Around, Draft, changes, edit, page, queries, send};
use crate::{
    app::App,
    auth::{Me, limits::Verb},
    error::{AppError, Problems, Result},
    http::{Json, Path, Query},
};
use actix_web::{HttpResponse, delete, get, patch, post, web};
use serde::Deserialize;
use shared::{
    ErrorCode, MessageId, RoomId, limits,
    messages::{Changes, Message, Messages, NewMessage, PatchMessage},
};

/// Mounts the routes under `/api/v1`.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(get_messages)
        .service(post_message)
        .service(get_changes)
        .service(get_message)
        .service(patch_message)
        .service(delete_message);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    get_messages,
    post_message,
    get_changes,
    get_message,
    patch_message,
    delete_message
))]
struct Paths;

/// The OpenAPI description of these routes.
pub fn paths() -> utoipa::openapi::OpenApi {
    <Paths as utoipa::OpenApi>::openapi()
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
struct PageQuery {
    /// Messages right before this `seq`.
    before: Option<i64>,
    /// Messages right after this `seq`.
    after: Option<i64>,
    /// Half before, half from this `seq` on.
    around: Option<i64>,
    /// 1–100, 50 when absent.
    limit: Option<i64>,
}

/// A page of a room's messages; the newest when no place is given.
#[utoipa::path(tag = "messages", params(("id" = RoomId, Path), PageQuery), responses((status = 200, body = Messages), Problems), security(("bearer" = [])))]
#[get("/rooms/{id}/messages")]
async fn get_messages(
    app: web::Data<App>,
    me: Me,
    id: Path<RoomId>,
    query: Query<PageQuery>,
) -> Result<web::Json<Messages>> {
    app.limits.check(Verb::History, me.id)?;
    let around = match (query.0.before, query.0.after, query.0.around) {
        (None, None, None) => Around::End,
        (Some(seq), None, None) => Around::Before(seq),
        (None, Some(seq), None) => Around::After(seq),
        (None, None, Some(seq)) => Around::Middle(seq),
        _ => {
            return Err(AppError::new(
                ErrorCode::Malformed,
                "Give one of before, after and around.",
            ));
        }
    };
    let limit = queries::page_limit(query.0.limit)?;
    let page = app
        .db
        .read(move |conn| page(conn, me.id, id.0, around, limit))
        .await?;
    Ok(web::Json(page))
}

/// Sends a message (201), or finds the one this `client_id` made before (200).
#[utoipa::path(tag = "messages", params(("id" = RoomId, Path)), request_body = NewMessage, responses((status = 201, body = Message), (status = 200, body = Message), Problems), security(("bearer" = [])))]
#[post("/rooms/{id}/messages")]
async fn post_message(
    app: web::Data<App>,
    me: Me,
    id: Path<RoomId>,
    new: Json<NewMessage>,
) -> Result<HttpResponse> {
    app.limits.check(Verb::Send, me.id)?;
    let draft = Draft::new(id.0, new.0)?;
    let (message, is_new) = app.db.write(move |tx| send(tx, me.id, id.0, draft)).await?;
    let mut answer = if is_new {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    Ok(answer.json(message))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
struct ChangesQuery {
    /// The revision one has; 0 for everything.
    after: i64,
    /// 1–500, 500 when absent.
    limit: Option<i64>,
}

/// What changed in a room after a revision.
#[utoipa::path(tag = "messages", params(("id" = RoomId, Path), ChangesQuery), responses((status = 200, body = Changes), Problems), security(("bearer" = [])))]
#[get("/rooms/{id}/changes")]
async fn get_changes(
    app: web::Data<App>,
    me: Me,
    id: Path<RoomId>,
    query: Query<ChangesQuery>,
) -> Result<web::Json<Changes>> {
    app.limits.check(Verb::History, me.id)?;
    let limit = queries::limit(query.0.limit, limits::CHANGES_PAGE, limits::CHANGES_PAGE)?;
    let changes = app
        .db
        .read(move |conn| changes(conn, me.id, id.0, query.0.after, limit))
        .await?;
    Ok(web::Json(changes))
}

/// One message.
#[utoipa::path(tag = "messages", params(("id" = MessageId, Path)), responses((status = 200, body = Message), Problems), security(("bearer" = [])))]
#[get("/messages/{id}")]
async fn get_message(
    app: web::Data<App>,
    me: Me,
    id: Path<MessageId>,
) -> Result<web::Json<Message>> {
    app.limits.check(Verb::History, me.id)?;
    let message = app
        .db
        .read(move |conn| super::reachable(conn, me.id, id.0)?.1.message(conn))
        .await?;
    Ok(web::Json(message))
}

/// Changes the text of my message.
#[utoipa::path(tag = "messages", params(("id" = MessageId, Path)), request_body = PatchMessage, responses((status = 200, body = Message), Problems), security(("bearer" = [])))]
#[patch("/messages/{id}")]
async fn patch_message(
    app: web::Data<App>,
    me: Me,
    id: Path<MessageId>,
    change: Json<PatchMessage>,
) -> Result<web::Json<Message>> {
    app.limits.check(Verb::Edit, me.id)?;
    let message = app
        .db
        .write(move |tx| edit(tx, me.id, id.0, &change.0.body))
        .await?;
    Ok(web::Json(message))
}

/// Deletes a message; what stays is a tombstone.
#[utoipa::path(tag = "messages", params(("id" = MessageId, Path)), responses((status = 200, body = Message), Problems), security(("bearer" = [])))]
#[delete("/messages/{id}")]
async fn delete_message(
    app: web::Data<App>,
    me: Me,
    id: Path<MessageId>,
) -> Result<web::Json<Message>> {
    app.limits.check(Verb::Edit, me.id)?;
    let message = app
        .db
        .write(move |tx| super::delete(tx, me.id, id.0))
        .await?;
    Ok(web::Json(message))
}
