//! Every way in which an operation fails, as a value with a code from the shared table, and its HTTP form.
//! Knows no feature. What a person reads is in `detail`; causes go to the log, never to the answer.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use shared::{ErrorCode, FieldError, Problem};
use std::{borrow::Cow, fmt, panic::Location, time::Duration};

/// What every operation returns.
pub type Result<T, E = AppError> = std::result::Result<T, E>;

/// A refusal or a failure.
#[derive(Clone, Debug)]
pub struct AppError {
    /// For programs.
    pub code: ErrorCode,
    /// For people: what to do.
    pub detail: Cow<'static, str>,
    /// Which fields broke a rule.
    pub fields: Vec<FieldError>,
    /// When to try again.
    pub retry_after: Option<Duration>,
}

impl AppError {
    /// A failure with this code and words.
    pub fn new(code: ErrorCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            detail: detail.into(),
            fields: Vec::new(),
            retry_after: None,
        }
    }

    /// Not there, or not yours to see: the two look the same.
    pub fn not_found() -> Self {
        Self::new(ErrorCode::NotFound, "It isn't here, or you can't see it.")
    }

    /// Allowed to know of it, not to do this to it.
    pub fn forbidden(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::Forbidden, detail)
    }

    /// One field broke a rule.
    pub fn field(name: &str, code: &str, message: impl Into<String>) -> Self {
        Self::fields(vec![FieldError {
            name: name.into(),
            code: code.into(),
            message: message.into(),
        }])
    }

    /// Several fields broke rules.
    pub fn fields(fields: Vec<FieldError>) -> Self {
        let detail = fields
            .first()
            .map_or_else(|| "Check the fields.".into(), |field| field.message.clone());
        Self {
            fields,
            ..Self::new(ErrorCode::Validation, detail)
        }
    }

    /// A bug or a broken machine. The cause and the place go to the log, the caller learns nothing of them.
    #[track_caller]
    pub fn internal(cause: impl fmt::Display) -> Self {
        let place = Location::caller();
        tracing::error!(%cause, file = place.file(), line = place.line(), "internal error");
        Self::new(
            ErrorCode::Internal,
            "Something broke on our side. Nothing was changed; try again in a moment.",
        )
    }

    /// A queue is full: nothing was done.
    pub fn overloaded() -> Self {
        Self::new(
            ErrorCode::Overloaded,
            "The server is busy. Try again in a moment.",
        )
        .retry_after(Duration::from_secs(1))
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The problem document of this failure (RFC 9457).
    pub fn problem(&self, request_id: &str) -> Problem {
        Problem {
            kind: "about:blank".into(),
            title: self.code.title().into(),
            status: self.code.status(),
            code: self.code,
            detail: self.detail.clone().into_owned(),
            fields: self.fields.clone(),
            request_id: request_id.into(),
        }
    }

    /// The HTTP answer of this failure to this request.
    pub fn response(&self, request: &HttpRequest) -> HttpResponse {
        self.respond(&crate::http::request_id(request))
    }

    fn respond(&self, request_id: &str) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response
            .insert_header((header::CONTENT_TYPE, "application/problem+json"))
            .insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_millis().div_ceil(1000).max(1);
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        if self.code == ErrorCode::Unauthenticated {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        if self.code == ErrorCode::UpgradeRequired {
            response.insert_header((header::UPGRADE, "websocket"));
        }
        response.json(self.problem(request_id))
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl std::error::Error for AppError {}

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        // The request is not at hand here; `http::finish` puts its id in on the way out.
        self.respond(crate::http::REQUEST_ID_PLACE)
    }
}

impl From<diesel::result::Error> for AppError {
    #[track_caller]
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind, Error};
        match &error {
            Error::NotFound => Self::not_found(),
            Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Self::new(
                ErrorCode::Conflict,
                "Somebody was faster. Look again and retry.",
            ),
            Error::DatabaseError(_, info) if disk_full(info.message()) => {
                tracing::error!(cause = info.message(), "the database cannot be written");
                Self::storage_full()
            }
            Error::DatabaseError(
                DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::ReadOnlyTransaction,
                info,
            ) => {
                tracing::warn!(cause = info.message(), "the database is away");
                Self::unavailable()
            }
            Error::DatabaseError(_, info) if storage_trouble(info.message()) => {
                tracing::error!(cause = info.message(), "the database cannot be used");
                Self::unavailable()
            }
            _ => Self::internal(error),
        }
    }
}

impl AppError {
    /// The database cannot be reached or is locked: nothing was done.
    pub fn unavailable() -> Self {
        Self::new(
            ErrorCode::Unavailable,
            "The server can't store anything just now. Nothing was changed; try again in a moment.",
        )
        .retry_after(Duration::from_secs(2))
    }

    /// The disk is full: nothing was done.
    pub fn storage_full() -> Self {
        Self::new(
            ErrorCode::StorageFull,
            "The server's disk is full. Nothing was changed; try again once whoever runs it has made room.",
        )
        .retry_after(Duration::from_secs(30))
    }
}

/// SQLite's words for it (sqlite3ErrStr), and Postgres's, which come from the system.
fn disk_full(message: &str) -> bool {
    ["database or disk is full", "No space left on device"]
        .iter()
        .any(|words| message.contains(words))
}

/// SQLite's words for a disk or lock that is in the way (sqlite3ErrStr), and Postgres's for what took too long or for a
/// server on its way down or up; diesel passes no SQLSTATE on for these.
fn storage_trouble(message: &str) -> bool {
    [
        "database is locked",
        "disk I/O error",
        "readonly database",
        "unable to open database",
        "canceling statement due to",
        "terminating connection due to",
        "the database system is",
        "server closed the connection",
    ]
    .iter()
    .any(|words| message.contains(words))
}

/// Any refusal or failure, for the OpenAPI document.
#[derive(utoipa::IntoResponses)]
#[response(
    status = "default",
    description = "A refusal or failure (RFC 9457)",
    content_type = "application/problem+json"
)]
#[expect(dead_code, reason = "describes the shape of every error answer")]
pub struct Problems(Problem);
