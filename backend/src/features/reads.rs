//! Read markers: how far one has read a room. Unread is always counted from the marker, never stored.

use crate::{
    app::App,
    auth::{Me, limits::Verb},
    db::{Tx, schema},
    error::{AppError, Problems, Result},
    event::Topic,
    features::rooms::{self, Membership},
    http::{Json, Path},
};
use actix_web::{put, web};
use diesel::prelude::*;
use shared::{
    RoomId, ServerFrame, UserId,
    reads::{PutRead, ReadState},
};

/// Mounts the routes under `/api/v1`.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(put_read);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(put_read))]
struct Paths;

/// The OpenAPI description of these routes.
pub fn paths() -> utoipa::openapi::OpenApi {
    <Paths as utoipa::OpenApi>::openapi()
}

/// Moves my read marker up.
#[utoipa::path(tag = "rooms", params(("id" = RoomId, Path)), request_body = PutRead, responses((status = 200, body = ReadState), Problems), security(("bearer" = [])))]
#[put("/rooms/{id}/read")]
async fn put_read(
    app: web::Data<App>,
    me: Me,
    id: Path<RoomId>,
    read: Json<PutRead>,
) -> Result<web::Json<ReadState>> {
    app.limits.check(Verb::Read, me.id)?;
    let state = app
        .db
        .write(move |tx| mark(tx, me.id, id.0, read.0.seq))
        .await?;
    Ok(web::Json(state))
}

/// Moves the marker up to `seq`, never down, never beyond the last message; tells one's own devices.
///
/// # Errors
/// Those of membership; `validation` for a place that cannot be.
pub fn mark(tx: &mut Tx<'_>, me: UserId, room: RoomId, seq: i64) -> Result<ReadState> {
    if seq < 0 {
        return Err(AppError::field(
            "seq",
            "invalid",
            "seq is the place of a message.",
        ));
    }
    let member = Membership::of(tx.conn, me, room)?;
    let seq = seq.min(member.room.last_seq);
    let moved = seq > member.read_seq;
    if moved {
        diesel::update(schema::members::table.find((room.0, me.0)))
            .set(schema::members::read_seq.eq(seq))
            .execute(tx.conn)?;
    }
    let room = rooms::one(tx.conn, me, room)?;
    let my = room.my.clone().ok_or_else(AppError::not_found)?;
    if moved {
        let room = Box::new(room);
        tx.emit(Topic::User(me), &ServerFrame::MyRoom { room });
    }
    Ok(ReadState {
        read_seq: my.read_seq,
        unread: my.unread,
        mentions: my.mentions,
    })
}
