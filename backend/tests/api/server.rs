//! The place itself: what everyone may know of it, and what its admins may change.

use crate::support::{Cast, Place};
use serde_json::json;
use shared::{ErrorCode, limits::Limits, server::Server};

#[tokio::test]
async fn everyone_may_know_the_place_before_signing_in() {
    let place = Place::open();
    let answer = place.anyone().get("/server").await.expect(200);
    let server: Server = answer.shape();
    assert_eq!(
        (server.name.as_str(), server.version.as_str()),
        ("Confab", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(server.limits, Limits::CURRENT);
    assert_eq!(answer.json()["registration"], "open");
}

#[tokio::test]
async fn an_admin_names_the_place_and_nobody_else_does() {
    let cast = Cast::gather().await;
    let rename = json!({ "name": "  Harbour " });
    cast.tom
        .patch("/server", &rename)
        .await
        .refused(ErrorCode::Forbidden);
    let server = cast.ines.patch("/server", &rename).await.expect(200).json();
    assert_eq!(
        (server["name"].as_str(), server["registration"].as_str()),
        (Some("Harbour"), Some("open"))
    );
    assert_eq!(
        cast.place.anyone().get("/server").await.expect(200).json(),
        server
    );
    for (name, code) in [
        ("", "required"),
        (" ", "required"),
        (&*"n".repeat(49), "too_long"),
        ("a\nb", "invalid"),
    ] {
        cast.ines
            .patch("/server", &json!({ "name": name }))
            .await
            .invalid("name", code);
    }
    for body in [
        json!({ "registration": "maybe" }),
        json!({ "version": "9" }),
        json!({ "setup_required": true }),
    ] {
        cast.ines
            .patch("/server", &body)
            .await
            .refused(ErrorCode::Validation);
    }
    assert_eq!(
        cast.place.anyone().get("/server").await.expect(200).json(),
        server
    );
}

#[tokio::test]
async fn s_conf_3_health_is_one_word_and_measurements_are_nowhere() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    for caller in [&place.anyone(), &ines] {
        for (path, body) in [
            ("/healthz", json!({ "status": "ok" })),
            ("/readyz", json!({ "status": "ready" })),
            ("/readyz?verbose=1", json!({ "status": "ready" })),
        ] {
            let answer = caller.plain("GET", path).send().await.expect(200);
            assert_eq!(answer.json(), body, "{path}");
            for telling in ["server", "x-powered-by", "via"] {
                assert_eq!(answer.header(telling), None, "{path}");
            }
        }
        for path in [
            "/metrics",
            "/readyz/details",
            "/debug/pprof",
            "/status",
            "/api/v1/metrics",
        ] {
            let answer = caller.plain("GET", path).send().await;
            answer.refused(ErrorCode::NotFound);
        }
    }
}

/// The line with which these settings are refused.
async fn refused(change: impl FnOnce(&mut confab::config::Config)) -> String {
    let line = match Place::try_with(change) {
        Ok(_) => panic!("it starts"),
        Err(line) => line,
    };
    assert!(!line.contains('\n') && line.len() > 20, "{line}");
    line
}

#[tokio::test]
async fn s_ws_8_settings_that_are_wrong_or_unsafe_are_refused_with_one_line() {
    for (flag, line) in [
        (
            "--public-url",
            refused(|c| c.public_url = Some("http://chat.example.org".into())).await,
        ),
        (
            "--public-url",
            refused(|c| c.public_url = Some("chat.example.org".into())).await,
        ),
        (
            "--public-url",
            refused(|c| c.public_url = Some("https://chat.example.org/path".into())).await,
        ),
        (
            "--allowed-origin",
            refused(|c| c.allowed_origins = vec!["*".into()]).await,
        ),
        (
            "--allowed-origin",
            refused(|c| c.allowed_origins = vec!["https://a.org/x".into()]).await,
        ),
        (
            "--listen",
            refused(|c| c.listen = ([0, 0, 0, 0], 0).into()).await,
        ),
        (
            "--database-url",
            refused(|c| c.data.database_url = Some("mysql://root:hunter2@db".into())).await,
        ),
        (
            "--web-dir",
            refused(|c| c.web_dir = Some("/nowhere".into())).await,
        ),
        (
            "--session-idle-days",
            refused(|c| {
                c.session_idle_days = 91;
            })
            .await,
        ),
    ] {
        assert!(line.contains(flag), "{flag}: {line}");
        assert!(!line.contains("hunter2"), "{line}");
    }
    let place = Place::open();
    let line = refused(|c| c.listen = place.address).await;
    assert!(line.contains("--listen"), "{line}");
}
