//! Changing one's password, and proving it again before something that cannot be undone.

use super::{Credentials, credentials_of};
use crate::{
    app::App,
    auth::{Client, Me, Verb, password},
    db::schema,
    error::{AppError, Problems, Result},
    features::{server, sessions},
    http::Json,
};
use actix_web::{HttpResponse, post, web};
use diesel::prelude::*;
use shared::{ErrorCode, accounts::ChangePassword, limits};

/// Changes my password; all my other sessions end.
#[utoipa::path(tag = "accounts", request_body = ChangePassword, responses((status = 204), Problems), security(("bearer" = [])))]
#[post("/me/password")]
pub(super) async fn post_password(
    app: web::Data<App>,
    me: Me,
    client: Client,
    change: Json<ChangePassword>,
) -> Result<HttpResponse> {
    app.limits.check_shared(Verb::Password, me.id).await?;
    let ChangePassword {
        current_password,
        new_password,
    } = change.0;
    let account = prove(&app, me, "current_password", current_password, &client).await?;
    let (place, _) = app.db.read(server::settings).await?;
    password::check("new_password", &new_password, &account.username, &place)
        .map_err(|field| AppError::fields(vec![field]))?;
    let hash = app.passwords.hash(new_password).await?;
    let ended = app
        .db
        .write(move |tx| {
            use schema::users::dsl;
            // Two changes at once: the second one's old password is no longer the current one.
            let changed = diesel::update(
                dsl::users
                    .find(me.id.0)
                    .filter(dsl::password_hash.eq(&account.password_hash)),
            )
            .set(dsl::password_hash.eq(hash))
            .execute(tx.conn)?;
            if changed == 0 {
                return Err(AppError::new(
                    ErrorCode::Conflict,
                    "The password was changed elsewhere meanwhile. Try again.",
                ));
            }
            sessions::revoke_all(tx, me.id, Some(me.session))
        })
        .await?;
    tracing::info!(
        target: "audit", event = "password_changed", actor = me.id.0, sid = me.session.0, ended,
        address = %client.address,
    );
    Ok(HttpResponse::NoContent().finish())
}

/// Asks for the password again. A wrong one is a wrong field, not an end of the session.
pub(super) async fn prove(
    app: &App,
    me: Me,
    field: &str,
    password: String,
    client: &Client,
) -> Result<Credentials> {
    let account = app.db.read(move |conn| credentials_of(conn, me.id)).await?;
    let readable = password.chars().count() <= *limits::PASSWORD_CHARS.end();
    if readable
        && app
            .passwords
            .verify(password, account.password_hash.clone())
            .await?
            .matches
    {
        return Ok(account);
    }
    tracing::warn!(
        target: "audit", event = "password_refused", actor = me.id.0, sid = me.session.0, address = %client.address,
    );
    Err(AppError::field(
        field,
        "invalid",
        "This isn't your password.",
    ))
}
