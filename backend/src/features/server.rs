//! The place itself: its name, who may join, and whether anyone has set it up yet.

use crate::{
    app::App,
    auth::{Admin, Verb},
    db::{Conn, schema},
    error::{AppError, Problems, Result},
    features::{names, users},
    http::Json,
};
use actix_web::{get, patch, web};
use diesel::prelude::*;
use shared::{
    limits::{self, Limits},
    server::{PatchServer, Registration, Server},
};

/// Mounts the routes under `/api/v1`.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(get_server).service(patch_server);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(get_server, patch_server))]
struct Paths;

/// The OpenAPI description of these routes.
pub fn paths() -> utoipa::openapi::OpenApi {
    <Paths as utoipa::OpenApi>::openapi()
}

/// What everyone may know before signing in.
#[utoipa::path(tag = "server", responses((status = 200, body = Server), Problems))]
#[get("/server")]
async fn get_server(app: web::Data<App>) -> Result<web::Json<Server>> {
    let has_code = app.setup_code.is_some();
    let server = app.db.read(move |conn| public(conn, has_code)).await?;
    Ok(web::Json(server))
}

/// Changes the place's name, or who may make an account.
#[utoipa::path(tag = "server", request_body = PatchServer, responses((status = 200, body = Server), Problems), security(("bearer" = [])))]
#[patch("/server")]
async fn patch_server(
    app: web::Data<App>,
    admin: Admin,
    patch: Json<PatchServer>,
) -> Result<web::Json<Server>> {
    app.limits.check(Verb::Profile, admin.me.id)?;
    let PatchServer { name, registration } = patch.0;
    let name = name.as_deref().map(clean_name).transpose()?;
    let has_code = app.setup_code.is_some();
    let server = app
        .db
        .write(move |tx| {
            use schema::server::dsl;
            if let Some(name) = &name {
                diesel::update(dsl::server)
                    .set(dsl::name.eq(name))
                    .execute(tx.conn)?;
            }
            if let Some(registration) = registration {
                diesel::update(dsl::server)
                    .set(dsl::registration.eq(registration.as_str()))
                    .execute(tx.conn)?;
            }
            public(tx.conn, has_code)
        })
        .await?;
    tracing::info!(
        target: "audit", event = "server_changed", actor = admin.me.id.0, sid = admin.me.session.0,
        registration = server.registration.as_str(),
    );
    Ok(web::Json(server))
}

/// The place's name and who may make an account.
///
/// # Errors
/// Those of the database.
pub fn settings(conn: &mut Conn) -> Result<(String, Registration)> {
    use schema::server::dsl;
    let (name, registration): (String, String) = dsl::server
        .select((dsl::name, dsl::registration))
        .first(conn)?;
    Ok((name, Registration::parse(&registration)))
}

fn public(conn: &mut Conn, has_code: bool) -> Result<Server> {
    let (name, registration) = settings(conn)?;
    let setup_required = !users::any(conn)?;
    Ok(Server {
        name,
        version: env!("CARGO_PKG_VERSION").into(),
        registration,
        setup_required,
        setup_code_required: setup_required && has_code,
        limits: Limits::CURRENT,
    })
}

fn clean_name(typed: &str) -> Result<String> {
    let name = names::line("name", typed, limits::SERVER_NAME_CHARS)
        .map_err(|field| AppError::fields(vec![field]))?;
    if name.is_empty() {
        return Err(AppError::field(
            "name",
            "required",
            "Give the place a name.",
        ));
    }
    Ok(name)
}
