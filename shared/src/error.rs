//! The one table of error codes, with the status that each has over HTTP, and RFC 9457 problem details.

use crate::{
    json::{Json, Read},
    readable,
};
use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:literal, $title:literal;)+) => {
        /// What went wrong, for a program to act on. `snake_case` on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $variant,)+ }

        impl ErrorCode {
            /// Every code there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as it stands on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)+ }
            }

            /// A short title that does not change from one occurrence to the next (RFC 9457, 3.1.4).
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }

            /// The code of this wire text.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

codes! {
    /// The body or frame is not JSON, or the address does not parse.
    Malformed = "malformed", 400, "Malformed request";
    /// No valid access token.
    Unauthenticated = "unauthenticated", 401, "Not signed in";
    /// The name or the password does not match.
    InvalidCredentials = "invalid_credentials", 401, "Sign-in failed";
    /// The session was ended, here or elsewhere.
    SessionRevoked = "session_revoked", 401, "Session ended";
    /// Signed in, but not allowed to do this to a thing one may know of.
    Forbidden = "forbidden", 403, "Not allowed";
    /// The browser page at this origin may not connect.
    OriginNotAllowed = "origin_not_allowed", 403, "Origin not allowed";
    /// New accounts are not open to everyone.
    RegistrationClosed = "registration_closed", 403, "Registration is closed";
    /// The first account of a public server needs the code that the server printed.
    SetupCodeRequired = "setup_code_required", 403, "Set-up code required";
    /// Not there, or not yours to see.
    NotFound = "not_found", 404, "Not found";
    /// The address is right, the method is not.
    MethodNotAllowed = "method_not_allowed", 405, "Method not allowed";
    /// The body did not arrive in time.
    Timeout = "timeout", 408, "Request took too long";
    /// The state of things forbids it now.
    Conflict = "conflict", 409, "Conflict";
    /// This `client_id` was used before with other content.
    ClientIdReused = "client_id_reused", 409, "client_id was used before";
    /// A room needs an owner; hand it over first.
    LastOwner = "last_owner", 409, "The last owner cannot go";
    /// The room is archived and takes no change.
    Archived = "archived", 409, "Room is archived";
    /// Larger than the limit.
    TooLarge = "too_large", 413, "Too large";
    /// The body is of a type that this address does not take.
    UnsupportedType = "unsupported_type", 415, "Unsupported type";
    /// Understood, but a field breaks a rule; `fields` says which.
    Validation = "validation", 422, "Check the fields";
    /// The handshake asked for no upgrade.
    UpgradeRequired = "upgrade_required", 426, "WebSocket upgrade required";
    /// Too many requests; try again after `Retry-After`.
    RateLimited = "rate_limited", 429, "Too many requests";
    /// A bug or a broken disk; the request id leads to the log.
    Internal = "internal", 500, "Something broke on our side";
    /// A queue is full; nothing was done, try again.
    Overloaded = "overloaded", 503, "Busy, try again";
    /// The database cannot be reached or is full; nothing was done.
    Unavailable = "unavailable", 503, "Not available now";
    /// The server's disk is full: nothing was done, and nothing can be until there is room.
    StorageFull = "storage_full", 507, "The server is full";
    /// A frame that is no JSON text object with a `type`.
    BadFrame = "bad_frame", 400, "Bad frame";
    /// A frame of a type that this server does not know.
    UnknownType = "unknown_type", 400, "Unknown frame type";
}

impl ErrorCode {
    /// Whether the very same request may succeed later without anyone changing anything.
    pub const fn retryable(self) -> bool {
        matches!(
            self,
            Self::Timeout
                | Self::RateLimited
                | Self::Internal
                | Self::Overloaded
                | Self::Unavailable
                | Self::StorageFull
        )
    }
}

impl Serialize for ErrorCode {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ErrorCode {
    /// An unknown code (from a newer server) reads as `internal`.
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        Ok(Self::parse(&text).unwrap_or(Self::Internal))
    }
}

/// A code that is not known here reads as `internal`.
impl Read for ErrorCode {
    fn read(json: &Json<'_>) -> Option<Self> {
        Some(Self::parse(json.text()?).unwrap_or(Self::Internal))
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for ErrorCode {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .enum_values(Some(Self::ALL.iter().map(|code| code.as_str())))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for ErrorCode {}

/// One field that broke a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The field's name in the request.
    pub name: String,
    /// `required`, `too_short`, `too_long`, `taken`, `reserved`, `common`, `invalid`.
    pub code: String,
    /// What to do, for a person.
    pub message: String,
}

/// An error answer: `application/problem+json` (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Always `about:blank`: `code` tells the kinds apart.
    #[serde(rename = "type")]
    pub kind: String,
    /// The code's title.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What a program acts on.
    pub code: ErrorCode,
    /// What a person should do.
    pub detail: String,
    /// Which fields broke a rule, with `validation`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
    /// Leads to this request in the server's log.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub request_id: String,
}

readable! {
    FieldError { name, code, message }
}

impl Read for Problem {
    fn read(json: &Json<'_>) -> Option<Self> {
        Some(Self {
            kind: json.field("type")?,
            title: json.field("title")?,
            status: json.field("status")?,
            code: json.field("code")?,
            detail: json.field("detail")?,
            fields: json.field_or_default("fields")?,
            request_id: json.field_or_default("request_id")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ErrorCode;

    #[test]
    fn every_code_reads_back_as_itself_and_has_an_error_status() {
        for &code in ErrorCode::ALL {
            assert_eq!(ErrorCode::parse(code.as_str()), Some(code));
            assert!((400..600).contains(&code.status()), "{}", code.as_str());
        }
    }
}
