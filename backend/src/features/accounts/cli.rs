//! `confab user …`: accounts from the command line, on the database of a stopped or running server.
//! Passwords come from standard input, never from the command's arguments, which every process can read.

use super::{Credentials, NewAccount, find, insert, name_is_free};
use crate::{
    auth::password::{self, Passwords},
    db::{Db, schema},
    error::AppError,
    features::{names::Username, rooms, server, sessions, users},
};
use diesel::prelude::*;
use shared::{Timestamp, accounts::Role};
use std::io::{BufRead, IsTerminal, Write};

/// What the command prints, or one line that says what went wrong.
type Answer = Result<String, String>;

/// Asks for a password on the terminal, or reads the first line of what is piped in.
fn read_password() -> Answer {
    let input = std::io::stdin();
    if input.is_terminal() {
        let mut out = std::io::stderr();
        let _ = write!(out, "Password (it shows while you type): ");
        let _ = out.flush();
    }
    let mut line = String::new();
    input
        .lock()
        .read_line(&mut line)
        .map_err(|error| format!("No password could be read: {error}"))?;
    let password = line.strip_suffix('\n').unwrap_or(&line);
    let password = password.strip_suffix('\r').unwrap_or(password);
    if password.is_empty() {
        return Err("Give the password on standard input, in one line.".into());
    }
    Ok(password.to_owned())
}

/// All accounts, one line each: id, username, role, when it was made, display name.
///
/// # Errors
/// One line for a person.
pub async fn list(db: &Db) -> Answer {
    db.read(|conn| {
        use schema::users::dsl;
        let rows: Vec<(i64, String, String, i64, String)> = dsl::users
            .filter(dsl::deleted_at.is_null())
            .order(dsl::id)
            .select((
                dsl::id,
                dsl::username,
                dsl::role,
                dsl::created_at,
                dsl::display_name,
            ))
            .load(conn)?;
        let lines: Vec<String> = rows
            .into_iter()
            .map(|(id, username, role, created_at, display_name)| {
                let made = Timestamp(created_at).to_rfc3339();
                format!("{id}\t{username}\t{role}\t{made}\t{display_name}")
            })
            .collect();
        Ok(lines.join("\n"))
    })
    .await
    .map_err(words)
}

/// Makes an account, also where registration is closed; the first one runs the place.
///
/// # Errors
/// One line for a person.
pub async fn create(db: &Db, passwords: &Passwords, username: &str) -> Answer {
    let username = Username::parse(username, true).map_err(|field| field.message)?;
    let password_hash = new_hash(db, passwords, &username.name).await?;
    let name = username.name.clone();
    let role = db
        .write(move |tx| {
            if !name_is_free(tx.conn, &username.key, tx.now.0)? {
                return Err(AppError::field(
                    "username",
                    "taken",
                    "Somebody has this name, or one that looks like it.",
                ));
            }
            let role = if users::any(tx.conn)? {
                Role::Member
            } else {
                Role::Admin
            };
            let new = NewAccount {
                display_name: username.name.clone(),
                username,
                email: None,
                password_hash,
                role,
            };
            let user = insert(tx, &new)?;
            rooms::join_defaults(tx, user)?;
            Ok(role)
        })
        .await
        .map_err(words)?;
    Ok(format!("{name} can sign in now, as {}.", role.as_str()))
}

/// Sets someone's password and ends all their sessions; a running server follows within a minute.
///
/// # Errors
/// One line for a person.
pub async fn set_password(db: &Db, passwords: &Passwords, username: &str) -> Answer {
    let account = named(db, username).await?;
    let hash = new_hash(db, passwords, &account.username).await?;
    db.write(move |tx| {
        diesel::update(schema::users::table.find(account.id.0))
            .set(schema::users::password_hash.eq(hash))
            .execute(tx.conn)?;
        sessions::revoke_all(tx, account.id, None)
    })
    .await
    .map_err(words)?;
    Ok(format!(
        "{} has a new password and is signed out everywhere.",
        account.username
    ))
}

/// Makes someone run the place.
///
/// # Errors
/// One line for a person.
pub async fn make_admin(db: &Db, username: &str) -> Answer {
    let account = named(db, username).await?;
    db.write(move |tx| {
        diesel::update(schema::users::table.find(account.id.0))
            .set(schema::users::role.eq(Role::Admin.as_str()))
            .execute(tx.conn)?;
        Ok(())
    })
    .await
    .map_err(words)?;
    Ok(format!("{} is an admin now.", account.username))
}

async fn named(db: &Db, username: &str) -> Result<Credentials, String> {
    let login = username.to_owned();
    let account = db
        .read(move |conn| find(conn, &login))
        .await
        .map_err(words)?;
    account.ok_or_else(|| format!("Nobody here is called {username}."))
}

async fn new_hash(db: &Db, passwords: &Passwords, username: &str) -> Answer {
    let password = read_password()?;
    let (place, _) = db.read(server::settings).await.map_err(words)?;
    password::check("password", &password, username, &place).map_err(|field| field.message)?;
    passwords.hash(password).await.map_err(words)
}

fn words(error: AppError) -> String {
    error.detail.into_owned()
}
