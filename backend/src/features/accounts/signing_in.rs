//! Registering and signing in. An unknown name and a wrong password get the same answer in the same time.

use super::{NewAccount, find, insert, name_is_free};
use crate::{
    app::App,
    auth::{Client, Verb, limits::Key, password, socket::require_own_page},
    db::schema,
    error::{AppError, Problems, Result},
    features::{
        names::{self, Username},
        rooms, server,
        sessions::{self, Lifetimes},
        users,
    },
    http::Json,
};
use actix_web::{HttpRequest, HttpResponse, post, web};
use diesel::prelude::*;
use sha2::{Digest, Sha256};
use shared::{
    ErrorCode, FieldError,
    accounts::{Login, Register, Role, Session},
    limits,
    server::Registration,
};

/// Longest login that is looked up, in characters.
const LOGIN_CHARS: usize = limits::EMAIL_CHARS;

/// Makes an account and signs in. The first account of a fresh server runs the place.
#[utoipa::path(tag = "accounts", request_body = Register, responses((status = 201, body = Session), Problems))]
#[post("/auth/register")]
pub(super) async fn post_register(
    app: web::Data<App>,
    request: HttpRequest,
    client: Client,
    register: Json<Register>,
) -> Result<HttpResponse> {
    require_own_page(&request, &app)?;
    app.limits
        .check_shared(Verb::Register, client.network())
        .await?;
    let register = register.0;
    let (fresh, place, registration) = app
        .db
        .read(|conn| {
            let (place, registration) = server::settings(conn)?;
            Ok((!users::any(conn)?, place, registration))
        })
        .await?;
    if let Err(error) = may_register(
        fresh,
        registration,
        app.setup_code.as_deref(),
        register.setup_code.as_deref(),
    ) {
        tracing::info!(
            target: "audit", event = "registration_refused", reason = error.code.as_str(), address = %client.address,
        );
        return Err(error);
    }
    let checked = Checked::of(&register, fresh, &place)?;
    let key = checked.username.key.clone();
    let free = app
        .db
        .read(move |conn| name_is_free(conn, &key, crate::clock::now().0))
        .await?;
    if !free {
        return Err(taken());
    }
    let password_hash = app.passwords.hash(register.password).await?;
    let mut new = NewAccount {
        username: checked.username,
        display_name: checked.display_name,
        email: checked.email,
        password_hash,
        role: Role::Member,
    };
    let (tokens, lifetimes) = (app.tokens.clone(), Lifetimes::of(&app.config));
    let address = client.address;
    let (user, opened) = app
        .db
        .write(move |tx| {
            // Whoever is first when it counts runs the place, however many tried at once.
            if fresh && !users::any(tx.conn)? {
                new.role = Role::Admin;
            }
            if !name_is_free(tx.conn, &new.username.key, tx.now.0)? {
                return Err(taken());
            }
            let user = insert(tx, &new)?;
            rooms::join_defaults(tx, user)?;
            Ok((user, sessions::open(tx, &tokens, lifetimes, user, &client)?))
        })
        .await?;
    tracing::info!(
        target: "audit", event = "registered", actor = user.0, sid = opened.session().0, %address, admin = fresh,
    );
    sessions::answer(&app, &mut HttpResponse::Created(), opened)
}

/// Signs in by username or e-mail address.
#[utoipa::path(tag = "accounts", request_body = Login, responses((status = 200, body = Session), Problems))]
#[post("/auth/login")]
pub(super) async fn post_login(
    app: web::Data<App>,
    request: HttpRequest,
    client: Client,
    login: Json<Login>,
) -> Result<HttpResponse> {
    require_own_page(&request, &app)?;
    let Login { login, password } = login.0;
    let too_long = login.chars().count() > LOGIN_CHARS
        || password.chars().count() > *limits::PASSWORD_CHARS.end();
    app.limits
        .check_shared(Verb::LoginNetwork, client.network())
        .await?;
    if too_long {
        return Err(refused(None, &client));
    }
    let budget = Key::Account(Username::of(login.trim()).key, client.network());
    app.limits
        .check_shared(Verb::LoginAccount, budget.clone())
        .await?;
    let found = app.db.read(move |conn| find(conn, &login)).await?;
    let (id, stored) = match found {
        Some(account) => (Some(account.id), account.password_hash),
        None => (None, None),
    };
    let verified = app.passwords.verify(password, stored.clone()).await?;
    let (Some(id), Some(stored), true) = (id, stored, verified.matches) else {
        return Err(refused(id.map(|id| id.0), &client));
    };
    let (tokens, lifetimes) = (app.tokens.clone(), Lifetimes::of(&app.config));
    let visitor = client.clone();
    let opened = app
        .db
        .write(move |tx| {
            use schema::users::dsl;
            let unchanged = dsl::users.find(id.0).filter(
                dsl::password_hash
                    .eq(&stored)
                    .and(dsl::deleted_at.is_null()),
            );
            if let Some(rehash) = &verified.rehash {
                diesel::update(unchanged)
                    .set(dsl::password_hash.eq(rehash))
                    .execute(tx.conn)?;
            } else {
                let same: i64 = unchanged.count().get_result(tx.conn)?;
                if same == 0 {
                    return Ok(None);
                }
            }
            sessions::open(tx, &tokens, lifetimes, id, &visitor).map(Some)
        })
        .await?;
    // The password was changed, or the account deleted, while it was being compared.
    let Some(opened) = opened else {
        return Err(refused(Some(id.0), &client));
    };
    app.limits.forgive_shared(Verb::LoginAccount, budget).await;
    tracing::info!(
        target: "audit", event = "signed_in", actor = id.0, sid = opened.session().0, address = %client.address,
    );
    sessions::answer(&app, &mut HttpResponse::Ok(), opened)
}

/// Whether a new account may be made now.
fn may_register(
    fresh: bool,
    registration: Registration,
    setup_code: Option<&str>,
    given: Option<&str>,
) -> Result<()> {
    if fresh {
        // Hashes have one length: how much of the code was right cannot be timed.
        let same = |code: &str| digest(code) == digest(given.unwrap_or_default());
        return match setup_code {
            Some(code) if !same(code) => Err(AppError::new(
                ErrorCode::SetupCodeRequired,
                "Give the set-up code that the server printed when it started.",
            )),
            _ => Ok(()),
        };
    }
    let words = match registration {
        Registration::Open => return Ok(()),
        Registration::Invite => {
            "This place takes new people by invitation. Ask whoever runs it for an account."
        }
        Registration::Closed => {
            "This place takes no new people just now. Ask whoever runs it for an account."
        }
    };
    Err(AppError::new(ErrorCode::RegistrationClosed, words))
}

/// Of the code without its hyphens, spaces and case: people type it from another screen.
fn digest(code: &str) -> impl PartialEq {
    let signs: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    Sha256::digest(signs.to_ascii_uppercase())
}

struct Checked {
    username: Username,
    display_name: String,
    email: Option<(String, String)>,
}

impl Checked {
    /// Checks all fields, so that a form can show everything at once.
    fn of(register: &Register, for_admin: bool, place: &str) -> Result<Self> {
        let mut fields: Vec<FieldError> = Vec::new();
        let mut keep = |field| fields.push(field);
        let username = Username::parse(&register.username, for_admin)
            .map_err(&mut keep)
            .ok();
        let typed = register
            .display_name
            .as_deref()
            .filter(|name| !name.trim().is_empty());
        let display_name = names::display_name(typed.unwrap_or(&register.username));
        // Without a display name the username is shown; what is wrong with it was said above.
        let display_name = match display_name {
            Err(field) if typed.is_some() => {
                keep(field);
                None
            }
            other => other.ok(),
        };
        let typed = register
            .email
            .as_deref()
            .filter(|email| !email.trim().is_empty());
        let email = typed
            .map(names::email)
            .transpose()
            .map_err(&mut keep)
            .ok()
            .flatten();
        let name = username.as_ref().map_or("", |username| &username.name);
        let _ = password::check("password", &register.password, name, place).map_err(&mut keep);
        match (username, display_name) {
            (Some(username), Some(display_name)) if fields.is_empty() => Ok(Self {
                username,
                display_name,
                email,
            }),
            _ => Err(AppError::fields(fields)),
        }
    }
}

fn taken() -> AppError {
    AppError::field(
        "username",
        "taken",
        "Somebody has this name, or one that looks like it. Choose another.",
    )
}

fn refused(account: Option<i64>, client: &Client) -> AppError {
    tracing::warn!(target: "audit", event = "sign_in_refused", ?account, address = %client.address);
    AppError::new(
        ErrorCode::InvalidCredentials,
        "The name or the password isn't right.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_pw_5_the_first_account_of_a_public_server_needs_the_code() {
        let code = |fresh, setup, given| {
            may_register(fresh, Registration::Open, setup, given)
                .err()
                .map(|error| error.code)
        };
        let required = Some(ErrorCode::SetupCodeRequired);
        assert_eq!(code(true, Some("AB12"), None), required);
        assert_eq!(code(true, Some("AB12"), Some("")), required);
        assert_eq!(code(true, Some("AB12"), Some("AB1")), required);
        assert_eq!(code(true, Some("AB12-CD34"), Some(" ab12cd34 ")), None);
        assert_eq!(code(true, None, None), None);
        assert_eq!(code(false, Some("AB12"), None), None, "only the first one");
    }

    #[test]
    fn a_closed_place_says_so_but_its_first_account_can_be_made() {
        for registration in [Registration::Invite, Registration::Closed] {
            let error = may_register(false, registration, None, None).unwrap_err();
            assert_eq!(error.code, ErrorCode::RegistrationClosed);
            assert!(may_register(true, registration, None, None).is_ok());
        }
    }

    fn register(username: &str, password: &str) -> Register {
        Register {
            username: username.into(),
            password: password.into(),
            ..Register::default()
        }
    }

    #[test]
    fn every_field_that_breaks_a_rule_is_named_at_once() {
        let bad = Register {
            display_name: Some("a\nb".into()),
            email: Some("nowhere".into()),
            ..register("x", "short")
        };
        let error = Checked::of(&bad, false, "Harbour").err().unwrap();
        let names: Vec<&str> = error
            .fields
            .iter()
            .map(|field| field.name.as_str())
            .collect();
        assert_eq!(names, ["username", "display_name", "email", "password"]);
    }

    #[test]
    fn without_a_display_name_the_username_is_shown_as_it_was_typed() {
        let checked = Checked::of(&register("Mira", "tidal-orange-41"), false, "Harbour")
            .ok()
            .unwrap();
        assert_eq!(
            (
                checked.display_name.as_str(),
                checked.username.name.as_str()
            ),
            ("Mira", "mira")
        );
    }

    #[test]
    fn s_pw_2_the_password_must_not_hold_the_name_that_is_being_chosen() {
        assert!(Checked::of(&register("mira", "mira-tidal-41"), false, "Harbour").is_err());
        assert!(Checked::of(&register("mira", "at the Harbour wall"), false, "Harbour").is_err());
    }
}
