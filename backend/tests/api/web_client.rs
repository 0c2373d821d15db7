//! The built client, served from a folder: its policy, its caching, compression, and pages for its own routes.

use crate::support::{Answer, Place, app::Folder};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use shared::ErrorCode;
use std::fs;

const HASHED: &str = "/frontend-0123456789abcdef_bg.wasm";
const SCRIPT: &str = "import init from '/frontend-0123456789abcdef.js'; init();";

/// A folder as Trunk builds it.
fn build() -> Folder {
    let folder = Folder::new();
    let write = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    };
    let page = format!(
        "<!doctype html><title>Confab</title><script type=\"module\">{SCRIPT}</script><p>the page"
    );
    write("index.html", page.as_bytes());
    write(&HASHED[1..], b"\0asm plain");
    write(&format!("{}.br", &HASHED[1..]), b"brotli of wasm");
    write(&format!("{}.gz", &HASHED[1..]), b"gzip of wasm");
    write("style.css", b"body{}");
    write("assets/icon.svg", b"<svg/>");
    write("frontend.js.map", b"{\"sources\":[]}");
    write(".env", b"SECRET=1");
    write(".git/config", b"[core]");
    write("notes.exe", b"MZ");
    folder
}

struct Served {
    place: Place,
    _folder: Folder,
}

impl Served {
    fn new() -> Self {
        let folder = build();
        let dir = folder.path().to_owned();
        Self {
            place: Place::with(|config| config.web_dir = Some(dir)),
            _folder: folder,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.place.anyone().plain("GET", path).send().await
    }

    async fn get_as(&self, path: &str, accepted: &str) -> Answer {
        let request = self
            .place
            .anyone()
            .plain("GET", path)
            .header("accept-encoding", accepted);
        request.send().await.expect(200)
    }
}

#[tokio::test]
async fn s_hdr_1_the_page_runs_its_own_scripts_and_no_others() {
    let served = Served::new();
    let page = served.get("/").await.expect(200);
    assert!(page.text().contains("the page"));
    let csp = page.header("content-security-policy").expect("a policy");
    let hash = STANDARD.encode(Sha256::digest(SCRIPT));
    for directive in [
        "default-src 'none'",
        &format!("script-src 'self' 'wasm-unsafe-eval' 'sha256-{hash}'"),
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(
            csp.split(';').any(|part| part.trim() == directive),
            "{directive} in {csp}"
        );
    }
    assert!(!csp.contains("unsafe-inline") && !csp.contains("'unsafe-eval'"));
}

#[tokio::test]
async fn the_clients_own_routes_get_its_page_and_a_missing_asset_does_not() {
    let served = Served::new();
    for path in [
        "/",
        "/index.html",
        "/rooms/5",
        "/settings/profile",
        "/rooms/5?at=9",
        "/login",
    ] {
        let page = served.get(path).await.expect(200);
        assert!(page.text().contains("the page"), "{path}");
        assert_eq!(
            page.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert_eq!(page.header("cache-control"), Some("no-cache"));
    }
    for path in [
        "/api/v1/nowhere",
        "/api/v1/rooms/5/x",
        "/api/nowhere",
        "/files/x",
        "/hooks/x",
        "/ws/x",
        "/missing.js",
        "/frontend-ffffffffffffffff_bg.wasm",
        "/rooms/x.png",
    ] {
        served.get(path).await.refused(ErrorCode::NotFound);
    }
    for method in ["POST", "PUT", "DELETE"] {
        let answer = served.place.anyone().plain(method, "/rooms/5").send().await;
        answer.problem();
    }
}

#[tokio::test]
async fn s_conf_2_dot_files_source_maps_and_unknown_types_are_not_served() {
    let served = Served::new();
    for path in [
        "/.env",
        "/.git/config",
        "/%2eenv",
        "/frontend.js.map",
        "/notes.exe",
        &format!("{HASHED}.br"),
        &format!("{HASHED}.gz"),
        "/../secrets.json",
        "/%2e%2e/secrets.json",
        "/..%2fsecrets.json",
        "/assets/../../secrets.json",
        "/assets/..%5c..%5csecrets.json",
    ] {
        let answer = served.get(path).await;
        assert!(
            answer.status >= 400 || answer.text().contains("the page"),
            "{path}: {}",
            answer.text()
        );
        assert!(!answer.text().contains("current"), "{path}");
    }
    // Folders are not listed.
    assert!(served.get("/assets/").await.text().contains("the page"));
}

#[tokio::test]
async fn hashed_names_are_cached_for_ever_and_others_are_asked_about() {
    let served = Served::new();
    let hashed = served.get(HASHED).await.expect(200);
    assert_eq!(
        hashed.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    assert_eq!(hashed.header("content-type"), Some("application/wasm"));
    let style = served.get("/style.css").await.expect(200);
    assert_eq!(style.header("cache-control"), Some("no-cache"));
    assert_eq!(
        style.header("content-type"),
        Some("text/css; charset=utf-8")
    );
    let etag = style.header("etag").expect("an etag").to_owned();
    let again = served
        .place
        .anyone()
        .plain("GET", "/style.css")
        .header("if-none-match", &etag)
        .send()
        .await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let changed = served
        .place
        .anyone()
        .plain("GET", "/style.css")
        .header("if-none-match", "\"x\"")
        .send()
        .await;
    changed.expect(200);
}

#[tokio::test]
async fn a_compressed_form_is_sent_to_those_who_take_it() {
    let served = Served::new();
    for (accepted, encoding, body) in [
        ("gzip, deflate, br", Some("br"), "brotli of wasm"),
        ("br;q=1.0, gzip;q=0.8", Some("br"), "brotli of wasm"),
        ("gzip", Some("gzip"), "gzip of wasm"),
        ("br;q=0, gzip", Some("gzip"), "gzip of wasm"),
        ("identity", None, "\0asm plain"),
        ("", None, "\0asm plain"),
    ] {
        let answer = served.get_as(HASHED, accepted).await;
        assert_eq!(answer.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(answer.text(), body, "{accepted}");
        assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
        assert_eq!(answer.header("content-type"), Some("application/wasm"));
    }
    assert_eq!(
        served
            .get_as("/style.css", "br")
            .await
            .header("content-encoding"),
        None
    );
    let head = served
        .place
        .anyone()
        .plain("HEAD", "/")
        .send()
        .await
        .expect(200);
    assert!(head.body.is_empty());
}

#[tokio::test]
async fn s_up_1_pictures_of_the_client_run_no_scripts() {
    let served = Served::new();
    let svg = served.get("/assets/icon.svg").await.expect(200);
    assert_eq!(svg.header("content-type"), Some("image/svg+xml"));
    let csp = svg.header("content-security-policy").expect("a policy");
    assert!(csp.contains("default-src 'none'"));
}

#[tokio::test]
async fn without_a_folder_the_api_stands_alone() {
    let place = Place::open();
    place
        .anyone()
        .plain("GET", "/")
        .send()
        .await
        .refused(ErrorCode::NotFound);
    place.anyone().get("/server").await.expect(200);
}
