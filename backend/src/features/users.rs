//! People: one's own account, others as one may see them, and finding them by name.
//! Presence and last seen are shown only for those who share a room with the one who asks.

mod search;

pub use search::name;

use crate::{
    app::App,
    auth::{Me as Caller, Verb},
    db::{Conn, Tx, schema},
    error::{AppError, Problems, Result},
    features::{names, rooms},
    http::{Path, Query},
    realtime::presence::Presence,
};
use actix_web::{get, web};
use diesel::{dsl::exists, prelude::*};
use search::Cursor;
use serde::Deserialize;
use shared::{
    Timestamp, UserId,
    accounts::{Me, Role, Status, User, Users},
    presence::{Presence as Shown, PresenceSetting},
};

/// People on one page, and in one list of ids.
const PAGE: i64 = 100;
const DEFAULT_PAGE: i64 = 50;
/// Longest text to look for, in characters.
const QUERY_CHARS: usize = 64;

/// Mounts the routes under `/api/v1`.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(get_users).service(get_user);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(get_users, get_user))]
struct Paths;

/// The OpenAPI description of these routes.
pub fn paths() -> utoipa::openapi::OpenApi {
    <Paths as utoipa::OpenApi>::openapi()
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
struct UsersQuery {
    /// Part of a display name or username, whatever the case.
    q: Option<String>,
    /// These people instead: up to 100 ids, separated by commas.
    ids: Option<String>,
    /// At most this many, 1–100; 50 when absent.
    limit: Option<i64>,
    /// From `next_cursor`.
    cursor: Option<String>,
}

/// People by part of their name, or by id.
#[utoipa::path(tag = "users", params(UsersQuery), responses((status = 200, body = Users), Problems), security(("bearer" = [])))]
#[get("/users")]
async fn get_users(
    app: web::Data<App>,
    me: Caller,
    query: Query<UsersQuery>,
) -> Result<web::Json<Users>> {
    let query = query.0;
    let limit = query.limit.unwrap_or(DEFAULT_PAGE);
    if !(1..=PAGE).contains(&limit) {
        return Err(AppError::field(
            "limit",
            "invalid",
            "Ask for 1 to 100 people.",
        ));
    }
    let db = app.db.clone();
    let users = if let Some(ids) = &query.ids {
        app.limits.check(Verb::List, me.id)?;
        let ids = parse_ids(ids)?;
        db.read(move |conn| {
            Ok(Users {
                users: load(conn, &ids, me.id, &app.presence)?,
                next_cursor: None,
            })
        })
        .await?
    } else {
        app.limits.check(Verb::Search, me.id)?;
        let part = names::search_part(query.q.as_deref().unwrap_or_default());
        if part.chars().count() > QUERY_CHARS {
            return Err(AppError::field(
                "q",
                "too_long",
                "Look for at most 64 characters.",
            ));
        }
        let after = query.cursor.as_deref().map(Cursor::read).transpose()?;
        db.read(move |conn| search::search(conn, &part, after, limit, me.id, &app.presence))
            .await?
    };
    Ok(web::Json(users))
}

/// One person.
#[utoipa::path(tag = "users", params(("id" = UserId, Path)), responses((status = 200, body = User), Problems), security(("bearer" = [])))]
#[get("/users/{id}")]
async fn get_user(app: web::Data<App>, me: Caller, id: Path<UserId>) -> Result<web::Json<User>> {
    app.limits.check(Verb::List, me.id)?;
    let db = app.db.clone();
    let mut users = db
        .read(move |conn| load(conn, &[id.0], me.id, &app.presence))
        .await?;
    users.pop().map(web::Json).ok_or_else(AppError::not_found)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = schema::users)]
struct Row {
    id: i64,
    username: String,
    display_name: String,
    bio: String,
    avatar_key: Option<String>,
    status_emoji: String,
    status_text: String,
    status_expires_at: Option<i64>,
    role: String,
    presence_setting: String,
    last_seen_at: Option<i64>,
    time_zone: Option<String>,
    created_at: i64,
    search_key: String,
}

/// These people as the viewer may see them; ids that name nobody are left out. People who deleted their
/// account stay, without a name, so that what they wrote has an author.
///
/// # Errors
/// Those of the database.
pub fn load(
    conn: &mut Conn,
    ids: &[UserId],
    viewer: UserId,
    presence: &Presence,
) -> Result<Vec<User>> {
    let wanted: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows = schema::users::table
        .filter(schema::users::id.eq_any(wanted))
        .order((schema::users::search_key, schema::users::id))
        .select(Row::as_select())
        .load(conn)?;
    shown(conn, rows, viewer, presence)
}

/// Whether anyone ever made an account here.
///
/// # Errors
/// Those of the database.
pub fn any(conn: &mut Conn) -> Result<bool> {
    Ok(diesel::select(exists(schema::users::table.select(schema::users::id))).get_result(conn)?)
}

/// Keeps when people were last connected.
///
/// # Errors
/// Those of the database.
pub fn seen(tx: &mut Tx<'_>, people: &[(UserId, Timestamp)]) -> Result<()> {
    use schema::users::dsl;
    for (id, at) in people {
        diesel::update(dsl::users.find(id.0).filter(dsl::deleted_at.is_null()))
            .set(dsl::last_seen_at.eq(at.0))
            .execute(tx.conn)?;
    }
    Ok(())
}

/// Oneself. Whoever asks is here, so the presence is what the chosen setting makes of that.
///
/// # Errors
/// `not_found` when there is no such account.
pub fn me(conn: &mut Conn, id: UserId) -> Result<Me> {
    use schema::users::dsl;
    let (row, email, locale): (Row, Option<String>, Option<String>) = dsl::users
        .find(id.0)
        .filter(dsl::deleted_at.is_null())
        .select((Row::as_select(), dsl::email, dsl::locale))
        .first(conn)?;
    let presence_setting = PresenceSetting::parse(&row.presence_setting);
    let mut user = row.user();
    user.presence = match presence_setting {
        PresenceSetting::Auto => Shown::Online,
        PresenceSetting::Away => Shown::Away,
        PresenceSetting::Dnd => Shown::Dnd,
        PresenceSetting::Invisible => Shown::Offline,
    };
    Ok(Me {
        user,
        email,
        presence_setting,
        locale,
        totp_enabled: false,
    })
}

fn shown(
    conn: &mut Conn,
    rows: Vec<Row>,
    viewer: UserId,
    presence: &Presence,
) -> Result<Vec<User>> {
    let ids: Vec<UserId> = rows.iter().map(|row| UserId(row.id)).collect();
    let near = rooms::sharing(conn, viewer, &ids)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let id = UserId(row.id);
            let visible = row.presence_setting != PresenceSetting::Invisible.as_str();
            let last_seen_at = row.last_seen_at.filter(|_| visible).map(Timestamp);
            let mut user = row.user();
            if near.contains(&id) {
                user.presence = presence.of(id);
                user.last_seen_at = last_seen_at;
            }
            user
        })
        .collect())
}

impl Row {
    /// What everyone signed in may see: no presence yet.
    fn user(self) -> User {
        let now = crate::clock::now().0;
        let lasts = self.status_expires_at.is_none_or(|ends| ends > now);
        let says = !self.status_emoji.is_empty() || !self.status_text.is_empty();
        User {
            id: UserId(self.id),
            username: self.username,
            display_name: self.display_name,
            bio: self.bio,
            avatar_url: self.avatar_key.map(|key| format!("/files/avatars/{key}")),
            status: (says && lasts).then_some(Status {
                emoji: self.status_emoji,
                text: self.status_text,
                expires_at: self.status_expires_at.map(Timestamp),
            }),
            role: Role::parse(&self.role),
            presence: Shown::Offline,
            last_seen_at: None,
            time_zone: self.time_zone,
            created_at: Timestamp(self.created_at),
        }
    }
}

fn parse_ids(text: &str) -> Result<Vec<UserId>> {
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let ids: Option<Vec<UserId>> = text
        .split(',')
        .take(most + 1)
        .map(|id| id.trim().parse().ok())
        .collect();
    ids.filter(|ids| ids.len() <= most).ok_or_else(|| {
        AppError::field(
            "ids",
            "invalid",
            "Give at most 100 ids, separated by commas.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_bounded_and_all_of_them_numbers() {
        assert_eq!(parse_ids("1, 2,3").unwrap().len(), 3);
        assert!(parse_ids("1,x").is_err());
        assert!(parse_ids("").is_err());
        assert!(parse_ids(&vec!["1"; 101].join(",")).is_err());
        assert!(parse_ids("99999999999999999999").is_err());
    }
}
