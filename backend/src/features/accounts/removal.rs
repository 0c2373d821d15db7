//! Deleting one's account: what tells who it was goes, what was said stays, under "Deleted person".

use super::credentials::prove;
use crate::{
    app::App,
    auth::{Client, Me, Verb, cookies},
    db::{Tx, schema},
    error::{Problems, Result},
    features::{
        members,
        names::{DELETED, Username},
        profile, sessions, users,
    },
    http::Json,
    outside::avatars::Avatars,
};
use actix_web::{HttpResponse, delete, web};
use diesel::prelude::*;
use shared::{UserId, accounts::DeleteMe};

/// What others see from then on.
const NOBODY: &str = "Deleted person";

/// Deletes my account. My messages stay, without my name; my name stays taken for 90 days.
#[utoipa::path(tag = "accounts", request_body = DeleteMe, responses((status = 204), Problems), security(("bearer" = [])))]
#[delete("/me")]
pub(super) async fn delete_me(
    app: web::Data<App>,
    me: Me,
    client: Client,
    proof: Json<DeleteMe>,
) -> Result<HttpResponse> {
    app.limits.check_shared(Verb::Password, me.id).await?;
    prove(&app, me, "password", proof.0.password, &client).await?;
    let avatar = {
        let app = app.clone();
        app.db
            .clone()
            .write(move |tx| {
                let avatar = remove(tx, me.id)?;
                profile::tell_peers(tx, me.id, &app.presence)?;
                members::leave_all(tx, me.id)?;
                sessions::revoke_all(tx, me.id, None)?;
                Ok(avatar)
            })
            .await?
    };
    if let Some(key) = avatar {
        Avatars::of(&app.config).remove(key).await;
    }
    tracing::info!(
        target: "audit", event = "account_deleted", actor = me.id.0, sid = me.session.0, address = %client.address,
    );
    let mut response = HttpResponse::NoContent();
    for cookie in cookies::gone(app.config.is_https()) {
        response.cookie(cookie);
    }
    Ok(response.finish())
}

/// Replaces everything personal; tells which picture is to go.
fn remove(tx: &mut Tx<'_>, id: UserId) -> Result<Option<String>> {
    use schema::users::dsl;
    let (key, avatar): (String, Option<String>) = dsl::users
        .find(id.0)
        .filter(dsl::deleted_at.is_null())
        .select((dsl::name_key, dsl::avatar_key))
        .first(tx.conn)?;
    let tombstone = Username::tombstone(&key);
    // Whoever had the name before gave it up more than 90 days ago.
    diesel::update(dsl::users.filter(dsl::name_key.eq(&tombstone)))
        .set(dsl::name_key.eq(dsl::username))
        .execute(tx.conn)?;
    // Such names are reserved: nobody can have chosen one.
    let username = format!("{DELETED}{id}");
    diesel::update(dsl::users.find(id.0))
        .set((
            dsl::username.eq(&username),
            dsl::name_key.eq(&tombstone),
            dsl::display_name.eq(NOBODY),
            dsl::email.eq(None::<String>),
            dsl::email_key.eq(None::<String>),
            dsl::password_hash.eq(None::<String>),
            dsl::role.eq("member"),
            dsl::bio.eq(""),
            dsl::status_emoji.eq(""),
            dsl::status_text.eq(""),
            dsl::status_expires_at.eq(None::<i64>),
            dsl::presence_setting.eq("invisible"),
            dsl::deleted_at.eq(tx.now.0),
        ))
        .execute(tx.conn)?;
    users::name(tx, id, "")?;
    // In two parts: one tuple takes no more columns.
    diesel::update(dsl::users.find(id.0))
        .set((
            dsl::time_zone.eq(None::<String>),
            dsl::locale.eq(None::<String>),
            dsl::avatar_key.eq(None::<String>),
            dsl::last_seen_at.eq(None::<i64>),
        ))
        .execute(tx.conn)?;
    // Where and with what they signed in tells who they were as well.
    diesel::update(schema::sessions::table.filter(schema::sessions::user_id.eq(id.0)))
        .set((
            schema::sessions::user_agent.eq(""),
            schema::sessions::address.eq(""),
        ))
        .execute(tx.conn)?;
    Ok(avatar)
}
