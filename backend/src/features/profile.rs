//! One's own profile: reading it, changing it, and telling everyone who sees it.

use crate::{
    app::App,
    auth::{Me, Verb},
    db::{Tx, schema},
    error::{AppError, Problems, Result},
    features::{names, rooms, users},
    http::Json,
    realtime::{bus::words::Word, presence::Presence},
};
use actix_web::{get, patch, web};
use diesel::prelude::*;
use shared::{
    FieldError, ServerFrame, Timestamp, UserId,
    accounts::{Me as Profile, PatchMe, Status},
    limits,
};

/// Longest IANA time zone name, in characters; the longest today has 32.
const TIME_ZONE_CHARS: usize = 64;
/// Longest language tag (RFC 5646, 4.4.1), in characters.
const LOCALE_CHARS: usize = 35;
/// Longest emoji, in characters: families and flags are joined of several.
const EMOJI_CHARS: usize = 16;
/// Statuses that one round clears.
const EXPIRED_BATCH: i64 = 100;

/// Mounts the routes under `/api/v1`.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(get_me).service(patch_me);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(get_me, patch_me))]
struct Paths;

/// The OpenAPI description of these routes.
pub fn paths() -> utoipa::openapi::OpenApi {
    <Paths as utoipa::OpenApi>::openapi()
}

/// Who I am.
#[utoipa::path(tag = "accounts", responses((status = 200, body = Profile), Problems), security(("bearer" = [])))]
#[get("/me")]
async fn get_me(app: web::Data<App>, me: Me) -> Result<web::Json<Profile>> {
    app.limits.check(Verb::List, me.id)?;
    let profile = app.db.read(move |conn| users::me(conn, me.id)).await?;
    Ok(web::Json(profile))
}

/// Changes my profile; everyone who shares a room with me sees it at once.
#[utoipa::path(tag = "accounts", request_body = PatchMe, responses((status = 200, body = Profile), Problems), security(("bearer" = [])))]
#[patch("/me")]
async fn patch_me(app: web::Data<App>, me: Me, patch: Json<PatchMe>) -> Result<web::Json<Profile>> {
    app.limits.check(Verb::Profile, me.id)?;
    let changes = Changes::check(patch.0, crate::clock::now())?;
    let setting = changes.presence_setting;
    let shared = app.clone();
    let profile = app
        .db
        .write(move |tx| {
            changes.apply(tx, me.id)?;
            tell_peers(tx, me.id, &shared.presence)?;
            users::me(tx.conn, me.id)
        })
        .await?;
    // Only what is stored is shown; the next tick tells those who watch.
    if let Some(setting) = setting {
        app.presence.set(me.id, setting);
        if let Some(nodes) = app.bus.nodes() {
            nodes.say(Word::Setting(me.id, setting));
        }
    }
    Ok(web::Json(profile))
}

/// Tells someone's own devices and all who share a room with them how they look now.
///
/// # Errors
/// Those of the database.
pub fn tell_peers(tx: &mut Tx<'_>, id: UserId, presence: &Presence) -> Result<()> {
    let Some(user) = users::load(tx.conn, &[id], id, presence)?.pop() else {
        return Ok(());
    };
    let topic = rooms::peers_topic(tx.conn, id)?;
    tx.emit(
        topic,
        &ServerFrame::User {
            user: Box::new(user),
        },
    );
    Ok(())
}

/// Clears statuses that ran out, and tells everyone who sees them. Between two rounds they are not shown anyway.
///
/// # Errors
/// Those of the database.
pub async fn expire_statuses(app: &App) -> Result<()> {
    use schema::users::dsl;
    let now = crate::clock::now().0;
    let expired: Vec<i64> = app
        .db
        .read(move |conn| {
            Ok(dsl::users
                .filter(dsl::status_expires_at.le(now))
                .select(dsl::id)
                .limit(EXPIRED_BATCH)
                .load(conn)?)
        })
        .await?;
    for id in expired {
        let presence = app.presence.clone();
        app.db
            .write(move |tx| {
                // It may have been set anew since.
                let cleared =
                    diesel::update(dsl::users.find(id).filter(dsl::status_expires_at.le(now)))
                        .set((
                            dsl::status_emoji.eq(""),
                            dsl::status_text.eq(""),
                            dsl::status_expires_at.eq(None::<i64>),
                        ))
                        .execute(tx.conn)?;
                if cleared == 0 {
                    return Ok(());
                }
                tell_peers(tx, UserId(id), &presence)
            })
            .await?;
    }
    Ok(())
}

/// A patch that has been checked.
#[derive(Debug)]
struct Changes {
    display_name: Option<String>,
    bio: Option<String>,
    status: Option<Status>,
    presence_setting: Option<shared::presence::PresenceSetting>,
    time_zone: Option<Option<String>>,
    locale: Option<Option<String>>,
}

impl Changes {
    fn check(patch: PatchMe, now: Timestamp) -> Result<Self> {
        let mut fields: Vec<FieldError> = Vec::new();
        let display_name = patch.display_name.as_deref().map(names::display_name);
        let bio = patch.bio.as_deref().map(bio);
        let status = patch.status.map(|status| check_status(status, now));
        let time_zone = patch.time_zone.map(|zone| zone.map(time_zone).transpose());
        let locale = patch.locale.map(|tag| tag.map(locale).transpose());
        let mut keep = |field| fields.push(field);
        let checked = Self {
            display_name: display_name.transpose().map_err(&mut keep).ok().flatten(),
            bio: bio.transpose().map_err(&mut keep).ok().flatten(),
            status: status.transpose().map_err(&mut keep).ok().flatten(),
            presence_setting: patch.presence_setting,
            time_zone: time_zone.transpose().map_err(&mut keep).ok().flatten(),
            locale: locale.transpose().map_err(&mut keep).ok().flatten(),
        };
        if fields.is_empty() {
            Ok(checked)
        } else {
            Err(AppError::fields(fields))
        }
    }

    fn apply(&self, tx: &mut Tx<'_>, id: UserId) -> Result<()> {
        use schema::users::dsl;
        let user = dsl::users.find(id.0).filter(dsl::deleted_at.is_null());
        if let Some(name) = &self.display_name {
            let username: String = user.select(dsl::username).first(tx.conn)?;
            diesel::update(user)
                .set(dsl::display_name.eq(name))
                .execute(tx.conn)?;
            users::name(tx, id, &names::search_key(name, &username))?;
        }
        if let Some(bio) = &self.bio {
            diesel::update(user)
                .set(dsl::bio.eq(bio))
                .execute(tx.conn)?;
        }
        if let Some(status) = &self.status {
            diesel::update(user)
                .set((
                    dsl::status_emoji.eq(&status.emoji),
                    dsl::status_text.eq(&status.text),
                    dsl::status_expires_at.eq(status.expires_at.map(|at| at.0)),
                ))
                .execute(tx.conn)?;
        }
        if let Some(setting) = self.presence_setting {
            diesel::update(user)
                .set(dsl::presence_setting.eq(setting.as_str()))
                .execute(tx.conn)?;
        }
        if let Some(zone) = &self.time_zone {
            diesel::update(user)
                .set(dsl::time_zone.eq(zone))
                .execute(tx.conn)?;
        }
        if let Some(tag) = &self.locale {
            diesel::update(user)
                .set(dsl::locale.eq(tag))
                .execute(tx.conn)?;
        }
        Ok(())
    }
}

fn bio(typed: &str) -> std::result::Result<String, FieldError> {
    let text = typed.trim().replace("\r\n", "\n");
    if text.chars().count() > limits::BIO_CHARS {
        return Err(field("bio", "too_long", "Use at most 160 characters."));
    }
    if text
        .chars()
        .any(|c| c != '\n' && (c.is_control() || names::hides(c)))
    {
        return Err(field(
            "bio",
            "invalid",
            "Leave out control and invisible characters.",
        ));
    }
    Ok(text)
}

/// `None` clears: an empty status is none.
fn check_status(status: Option<Status>, now: Timestamp) -> std::result::Result<Status, FieldError> {
    let Some(status) = status else {
        return Ok(Status::default());
    };
    let emoji = status.emoji.trim().to_owned();
    if !emoji.is_empty() && !is_emoji(&emoji) {
        return Err(field("status", "invalid", "Choose one emoji, or none."));
    }
    let text = names::line("status", &status.text, limits::STATUS_CHARS)?;
    if status.expires_at.is_some_and(|at| at <= now) {
        return Err(field(
            "status",
            "invalid",
            "Choose a time that is still to come.",
        ));
    }
    let says = !emoji.is_empty() || !text.is_empty();
    Ok(Status {
        emoji,
        text,
        expires_at: status.expires_at.filter(|_| says),
    })
}

/// Looks like one emoji: no letters, no spaces, at least one symbol outside ASCII. Fonts decide the rest.
fn is_emoji(text: &str) -> bool {
    let joins = |c: char| {
        matches!(
            c,
            '\u{200D}' | '\u{FE0F}' | '\u{20E3}' | '\u{E0020}'..='\u{E007F}'
        )
    };
    let symbol = |c: char| {
        matches!(c, '\u{A9}' | '\u{AE}' | '\u{203C}'..='\u{3299}' | '\u{1F000}'..='\u{1FAFF}')
            && !c.is_alphabetic()
            || matches!(c, '\u{2139}' | '\u{24C2}' | '\u{1F170}'..='\u{1F251}')
    };
    let keycap = |c: char| matches!(c, '0'..='9' | '#' | '*');
    text.chars().count() <= EMOJI_CHARS
        && text.chars().all(|c| joins(c) || symbol(c) || keycap(c))
        && (text.chars().any(symbol) || text.ends_with('\u{20E3}'))
}

fn time_zone(typed: String) -> std::result::Result<String, FieldError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+');
    if typed.len() <= TIME_ZONE_CHARS
        && typed.starts_with(|c: char| c.is_ascii_alphabetic())
        && typed.chars().all(plain)
        && !typed.contains("//")
        && !typed.ends_with('/')
    {
        return Ok(typed);
    }
    Err(field(
        "time_zone",
        "invalid",
        "Give an IANA name such as Europe/Lisbon.",
    ))
}

fn locale(typed: String) -> std::result::Result<String, FieldError> {
    let mut parts = typed.split('-');
    let language = parts.next().is_some_and(|part| {
        (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphabetic())
    });
    let rest = parts.all(|part| {
        (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
    });
    if typed.len() <= LOCALE_CHARS && language && rest {
        return Ok(typed);
    }
    Err(field(
        "locale",
        "invalid",
        "Give a language tag such as pt-PT.",
    ))
}

fn field(name: &str, code: &str, message: &str) -> FieldError {
    FieldError {
        name: name.into(),
        code: code.into(),
        message: message.into(),
    }
}

#[cfg(test)]
mod tests;
