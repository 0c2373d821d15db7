//! The two cookies of a session: the refresh token, for the sign-in routes alone, and the one that lets
//! `<img>` read pictures. Scripts see neither, other sites send neither.

use super::token::FILES_LIFE_S;
use actix_web::cookie::{Cookie, SameSite, time::Duration};

/// Holds the refresh token.
pub const REFRESH: &str = "confab_refresh";
/// Holds a token that reads files and nothing else.
pub const FILES: &str = "confab_files";
const REFRESH_PATH: &str = "/api/v1/auth";
const FILES_PATH: &str = "/files";

/// The refresh cookie; `secure` when the public URL is https.
pub fn refresh(token: String, lasts_s: i64, secure: bool) -> Cookie<'static> {
    cookie(REFRESH, token, REFRESH_PATH, lasts_s, secure)
}

/// The files cookie.
pub fn files(token: String, secure: bool) -> Cookie<'static> {
    cookie(FILES, token, FILES_PATH, FILES_LIFE_S, secure)
}

/// What takes both cookies away again.
pub fn gone(secure: bool) -> [Cookie<'static>; 2] {
    [(REFRESH, REFRESH_PATH), (FILES, FILES_PATH)]
        .map(|(name, path)| cookie(name, String::new(), path, 0, secure))
}

fn cookie(
    name: &'static str,
    value: String,
    path: &'static str,
    lasts_s: i64,
    secure: bool,
) -> Cookie<'static> {
    Cookie::build(name, value)
        .path(path)
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(secure)
        .max_age(Duration::seconds(lasts_s.max(0)))
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_hdr_5_scripts_and_other_sites_get_neither_cookie_and_each_has_its_path() {
        let text = refresh("abc".into(), 60, true).to_string();
        for part in [
            "confab_refresh=abc",
            "HttpOnly",
            "SameSite=Strict",
            "Path=/api/v1/auth",
            "Secure",
            "Max-Age=60",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(
            !refresh("abc".into(), 60, false)
                .to_string()
                .contains("Secure")
        );
        assert!(
            files("abc".into(), false)
                .to_string()
                .contains("Path=/files")
        );
        for cookie in gone(true) {
            assert!(cookie.to_string().contains("Max-Age=0"));
        }
    }
}
