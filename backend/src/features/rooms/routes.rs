//! The rooms' part of the API.

use super::{create, direct, list, patch_my};
use crate::{
    app::App,
    auth::Me,
    auth::limits::Verb,
    error::{AppError, Problems, Result},
    http::{Json, Path, Query},
};
use actix_web::{HttpResponse, get, patch, post, web};
use serde::Deserialize;
use shared::{
    ErrorCode, RoomId,
    rooms::{NewDirect, NewRoom, PatchMy, PatchRoom, Room, Rooms},
};

/// Mounts the routes under `/api/v1`.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(get_rooms)
        .service(post_room)
        .service(post_direct)
        .service(get_room)
        .service(patch_room)
        .service(patch_settings);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    get_rooms,
    post_room,
    post_direct,
    get_room,
    patch_room,
    patch_settings
))]
struct Paths;

/// The OpenAPI description of these routes.
pub fn paths() -> utoipa::openapi::OpenApi {
    <Paths as utoipa::OpenApi>::openapi()
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
struct ListQuery {
    /// `public` for the directory; mine when absent.
    scope: Option<String>,
    /// Part of a name, in the directory.
    #[serde(default)]
    q: String,
    /// From `next_cursor`.
    cursor: Option<String>,
}

/// My rooms, or the directory of public ones.
#[utoipa::path(tag = "rooms", params(ListQuery), responses((status = 200, body = Rooms), Problems), security(("bearer" = [])))]
#[get("/rooms")]
async fn get_rooms(
    app: web::Data<App>,
    me: Me,
    query: Query<ListQuery>,
) -> Result<web::Json<Rooms>> {
    app.limits.check(Verb::List, me.id)?;
    let query = query.0;
    let rooms = match query.scope.as_deref() {
        None | Some("mine") => {
            app.db
                .read(move |conn| {
                    Ok(Rooms {
                        rooms: list::mine(conn, me.id)?,
                        next_cursor: None,
                    })
                })
                .await?
        }
        Some("public") => {
            app.db
                .read(move |conn| list::directory(conn, me.id, &query.q, query.cursor.as_deref()))
                .await?
        }
        Some(_) => {
            return Err(AppError::new(
                ErrorCode::Malformed,
                "scope is `mine` or `public`.",
            ));
        }
    };
    Ok(web::Json(rooms))
}

/// Makes a room.
#[utoipa::path(tag = "rooms", request_body = NewRoom, responses((status = 201, body = Room), Problems), security(("bearer" = [])))]
#[post("/rooms")]
async fn post_room(app: web::Data<App>, me: Me, new: Json<NewRoom>) -> Result<HttpResponse> {
    app.limits.check(Verb::Room, me.id)?;
    let room = app.db.write(move |tx| create(tx, me.id, new.0)).await?;
    Ok(HttpResponse::Created().json(room))
}

/// The conversation of a set of people: made (201) or found (200).
#[utoipa::path(tag = "rooms", request_body = NewDirect, responses((status = 201, body = Room), (status = 200, body = Room), Problems), security(("bearer" = [])))]
#[post("/rooms/direct")]
async fn post_direct(app: web::Data<App>, me: Me, new: Json<NewDirect>) -> Result<HttpResponse> {
    app.limits.check(Verb::Room, me.id)?;
    let (room, made) = app
        .db
        .write(move |tx| direct(tx, me.id, new.0.user_ids))
        .await?;
    let mut answer = if made {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    Ok(answer.json(room))
}

/// One room: mine, or a public one.
#[utoipa::path(tag = "rooms", params(("id" = RoomId, Path)), responses((status = 200, body = Room), Problems), security(("bearer" = [])))]
#[get("/rooms/{id}")]
async fn get_room(app: web::Data<App>, me: Me, id: Path<RoomId>) -> Result<web::Json<Room>> {
    app.limits.check(Verb::List, me.id)?;
    let room = app
        .db
        .read(move |conn| list::one(conn, me.id, id.0))
        .await?;
    Ok(web::Json(room))
}

/// Changes a room's name, topic or archive state.
#[utoipa::path(tag = "rooms", params(("id" = RoomId, Path)), request_body = PatchRoom, responses((status = 200, body = Room), Problems), security(("bearer" = [])))]
#[patch("/rooms/{id}")]
async fn patch_room(
    app: web::Data<App>,
    me: Me,
    id: Path<RoomId>,
    changes: Json<PatchRoom>,
) -> Result<web::Json<Room>> {
    app.limits.check(Verb::Room, me.id)?;
    let room = app
        .db
        .write(move |tx| super::patch(tx, me.id, id.0, changes.0))
        .await?;
    Ok(web::Json(room))
}

/// Changes what is my own about a room.
#[utoipa::path(tag = "rooms", params(("id" = RoomId, Path)), request_body = PatchMy, responses((status = 200, body = Room), Problems), security(("bearer" = [])))]
#[patch("/rooms/{id}/settings")]
async fn patch_settings(
    app: web::Data<App>,
    me: Me,
    id: Path<RoomId>,
    changes: Json<PatchMy>,
) -> Result<web::Json<Room>> {
    app.limits.check(Verb::Room, me.id)?;
    let room = app
        .db
        .write(move |tx| patch_my(tx, me.id, id.0, &changes.0))
        .await?;
    Ok(web::Json(room))
}
