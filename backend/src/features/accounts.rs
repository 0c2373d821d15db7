//! Accounts: making one, signing in, changing the password, deleting it; and the same from the command line.
//! Hashing happens before or after the write, never inside it.

pub mod cli;
mod credentials;
mod removal;
mod signing_in;

use crate::{
    app::App,
    auth::{Client, Me},
    db::{Conn, Tx, schema},
    error::{AppError, Result},
    features::{
        names::{self, Username},
        users,
    },
};
use actix_web::web;
use diesel::prelude::*;
use shared::{UserId, accounts::Role};

/// How long the name of a deleted account stays taken.
const NAME_REST_MS: i64 = 90 * 86_400_000;

/// Mounts the routes under `/api/v1`.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(signing_in::post_register)
        .service(signing_in::post_login)
        .service(credentials::post_password)
        .service(removal::delete_me);
}

#[derive(utoipa::OpenApi)]
#[openapi(paths(
    signing_in::post_register,
    signing_in::post_login,
    credentials::post_password,
    removal::delete_me
))]
struct Paths;

/// The OpenAPI description of these routes.
pub fn paths() -> utoipa::openapi::OpenApi {
    <Paths as utoipa::OpenApi>::openapi()
}

/// The code that the first account of a public server needs (S-PW-5): 60 random bits that can be read aloud.
///
/// # Errors
/// `internal` when the system gives no random bytes.
pub fn new_setup_code() -> Result<String> {
    // No 0, 1, I or O: 32 signs, five bits each.
    const SIGNS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut random = [0_u8; 12];
    getrandom::fill(&mut random).map_err(AppError::internal)?;
    let signs: Vec<char> = random
        .iter()
        .map(|byte| char::from(SIGNS[usize::from(byte % 32)]))
        .collect();
    let groups: Vec<String> = signs
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    Ok(groups.join("-"))
}

/// An account to be made; everything in it has been checked.
struct NewAccount {
    username: Username,
    display_name: String,
    /// As typed, and as looked up.
    email: Option<(String, String)>,
    password_hash: String,
    role: Role,
}

/// Whether nobody has the name, or one that looks like it, and nobody gave it up lately.
fn name_is_free(conn: &mut Conn, key: &str, now: i64) -> Result<bool> {
    use schema::users::dsl;
    let taken: i64 = dsl::users
        .filter(dsl::name_key.eq(key))
        .count()
        .get_result(conn)?;
    let resting: i64 = dsl::users
        .filter(dsl::name_key.eq(Username::tombstone(key)))
        .filter(dsl::deleted_at.gt(now - NAME_REST_MS))
        .count()
        .get_result(conn)?;
    Ok(taken + resting == 0)
}

/// Makes the account. An address that somebody has already is kept on the profile, but signs nobody else in:
/// to refuse it would tell that it has an account (S-ENUM-3).
fn insert(tx: &mut Tx<'_>, new: &NewAccount) -> Result<UserId> {
    use schema::users::dsl;
    let (email, email_key) = match &new.email {
        Some((email, key)) => {
            let known: i64 = dsl::users
                .filter(dsl::email_key.eq(key))
                .count()
                .get_result(tx.conn)?;
            (Some(email), (known == 0).then_some(key))
        }
        None => (None, None),
    };
    let id: i64 = diesel::insert_into(dsl::users)
        .values((
            dsl::username.eq(&new.username.name),
            dsl::name_key.eq(&new.username.key),
            dsl::display_name.eq(&new.display_name),
            dsl::email.eq(email),
            dsl::email_key.eq(email_key),
            dsl::password_hash.eq(&new.password_hash),
            dsl::role.eq(new.role.as_str()),
            dsl::created_at.eq(tx.now.0),
        ))
        .returning(dsl::id)
        .get_result(tx.conn)?;
    let key = names::search_key(&new.display_name, &new.username.name);
    users::name(tx, UserId(id), &key)?;
    Ok(UserId(id))
}

/// An account as far as its password goes.
struct Credentials {
    id: UserId,
    username: String,
    password_hash: Option<String>,
}

/// Finds an account by username or e-mail address.
fn find(conn: &mut Conn, login: &str) -> Result<Option<Credentials>> {
    use schema::users::dsl;
    let mut query = dsl::users
        .filter(dsl::deleted_at.is_null())
        .select((dsl::id, dsl::username, dsl::password_hash))
        .into_boxed();
    if login.contains('@') {
        query = query.filter(dsl::email_key.eq(names::email_key(login)));
    } else {
        // The key is indexed; the name itself must be the same, too: looking alike is not enough.
        let username = Username::of(login.trim());
        query = query
            .filter(dsl::name_key.eq(username.key))
            .filter(dsl::username.eq(username.name));
    }
    let row: Option<(i64, String, Option<String>)> = query.first(conn).optional()?;
    Ok(row.map(|(id, username, password_hash)| Credentials {
        id: UserId(id),
        username,
        password_hash,
    }))
}

/// Whether this is the caller's password; one that is not is an error in `password`.
pub(super) async fn prove(app: &App, me: Me, password: String, client: &Client) -> Result<()> {
    credentials::prove(app, me, "password", password, client)
        .await
        .map(drop)
}

fn credentials_of(conn: &mut Conn, id: UserId) -> Result<Credentials> {
    use schema::users::dsl;
    let (username, password_hash) = dsl::users
        .find(id.0)
        .filter(dsl::deleted_at.is_null())
        .select((dsl::username, dsl::password_hash))
        .first(conn)?;
    Ok(Credentials {
        id,
        username,
        password_hash,
    })
}
