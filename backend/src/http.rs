//! The HTTP side of everything: the route table, what every request and answer goes through, and the
//! extractors that turn bad input into a clear refusal. Knows no feature beyond its `routes`.

mod body;
mod extract;
mod finish;
mod listener;
mod upgrade;

pub use body::{broke_off, deadline};
pub use extract::{Json, Path, Query};
pub use finish::{REQUEST_ID_PLACE, finish, request_id};
pub use listener::{listen_at, tune};
pub use upgrade::{Taken, take_over, upgrade};

use crate::{
    app::App,
    auth, docs,
    error::AppError,
    features::{
        accounts, avatars, export, members, messages, profile, reads, rooms, server, sessions,
        users,
    },
    static_files, ws,
};
use actix_web::{HttpRequest, HttpResponse, dev::HttpServiceFactory, web};
use shared::ErrorCode;

/// Mounts everything.
pub fn routes(cfg: &mut web::ServiceConfig, app: &web::Data<App>) {
    cfg.service(web::resource("/healthz").route(web::get().to(healthz)))
        .service(web::resource("/readyz").route(web::get().to(readyz)))
        .service(api())
        .service(
            web::resource("/ws")
                .wrap(auth::socket::SocketAuth)
                .route(web::get().to(ws::open))
                .default_service(web::to(method_not_allowed)),
        )
        .configure(docs::routes)
        .configure(avatars::file_routes);
    #[cfg(feature = "conformance")]
    cfg.configure(crate::conformance::routes);
    match &app.client {
        Some(_) => cfg.default_service(web::to(static_files::serve)),
        None => cfg.default_service(web::to(not_found)),
    };
}

fn api() -> impl HttpServiceFactory {
    web::scope("/api/v1")
        .configure(server::routes)
        .configure(accounts::routes)
        .configure(sessions::routes)
        .configure(profile::routes)
        .configure(avatars::routes)
        .configure(export::routes)
        .configure(users::routes)
        .configure(rooms::routes)
        .configure(members::routes)
        .configure(messages::routes)
        .configure(reads::routes)
        .default_service(web::to(not_found))
}

/// Answers what no route takes: another address, or another method than the address has.
async fn not_found(request: HttpRequest) -> HttpResponse {
    let error = if *request.method() == actix_web::http::Method::TRACE {
        AppError::new(ErrorCode::MethodNotAllowed, "TRACE is not answered.")
    } else {
        AppError::not_found()
    };
    error.response(&request)
}

async fn method_not_allowed(request: HttpRequest) -> HttpResponse {
    AppError::new(ErrorCode::MethodNotAllowed, "This address takes GET only.").response(&request)
}

/// The process lives.
async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "ok" }))
}

/// The process can serve: the database answers and the last commit went through.
async fn readyz(app: web::Data<App>) -> HttpResponse {
    let answers = app
        .db
        .read(|conn| {
            use diesel::RunQueryDsl;
            diesel::sql_query("SELECT 1").execute(conn)?;
            Ok(())
        })
        .await
        .is_ok();
    if answers && app.db.probe().await.is_ok() && !app.stopping() {
        // It serves all the same; a proxy that took it away would take all nodes away.
        let status = if app.degraded() { "degraded" } else { "ready" };
        HttpResponse::Ok().json(serde_json::json!({ "status": status }))
    } else {
        HttpResponse::ServiceUnavailable().json(serde_json::json!({ "status": "not_ready" }))
    }
}
