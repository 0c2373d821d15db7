//! The built client: read into memory once, so that no request path ever reaches the disk. Hashed names are
//! cached for ever, pages never; paths that name no file get the page, for the client's own routes.

use crate::{app::App, error::AppError};
use actix_web::{
    HttpRequest, HttpResponse,
    http::{Method, header},
    web::{self, Bytes},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use std::{collections::HashMap, fmt::Write, fs, path::Path};

/// The files of the client by request path.
pub struct Client {
    files: HashMap<String, File>,
    csp: String,
}

struct File {
    mime: &'static str,
    immutable: bool,
    etag: String,
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

impl Client {
    /// Reads a folder that Trunk built; `.br` and `.gz` files beside an asset are its compressed forms.
    ///
    /// # Errors
    /// One line for a person when it cannot be read.
    pub fn load(dir: &Path) -> Result<Self, String> {
        let mut raw = HashMap::new();
        collect(dir, "", &mut raw)
            .map_err(|error| format!("--web-dir {} cannot be read: {error}", dir.display()))?;
        let index = raw
            .get("/index.html")
            .ok_or_else(|| format!("--web-dir {} has no index.html", dir.display()))?;
        let csp = policy(&String::from_utf8_lossy(index));
        let compressed = |path: &str, ending: &str| raw.get(&format!("{path}{ending}")).cloned();
        let files = raw
            .iter()
            .filter_map(|(path, plain)| {
                let mime = mime(path)?;
                let mut etag = String::from("\"");
                for byte in &Sha256::digest(plain)[..12] {
                    // Writing to a string cannot fail.
                    let _ = write!(etag, "{byte:02x}");
                }
                etag.push('"');
                let file = File {
                    mime,
                    immutable: is_hashed(path),
                    etag,
                    plain: plain.clone(),
                    brotli: compressed(path, ".br"),
                    gzip: compressed(path, ".gz"),
                };
                Some((path.clone(), file))
            })
            .collect();
        Ok(Self { files, csp })
    }
}

fn collect(dir: &Path, prefix: &str, into: &mut HashMap<String, Bytes>) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // No dot files, no source maps (S-CONF-2).
        if name.starts_with('.') || name.ends_with(".map") {
            continue;
        }
        let path = format!("{prefix}/{name}");
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &path, into)?;
        } else {
            into.insert(path, fs::read(entry.path())?.into());
        }
    }
    Ok(())
}

fn mime(path: &str) -> Option<&'static str> {
    Some(match path.rsplit_once('.')?.1 {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "webmanifest" => "application/manifest+json",
        "json" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

/// Trunk puts a hash of at least 12 hex digits into the names of what it builds.
fn is_hashed(path: &str) -> bool {
    path.split(['-', '.', '_', '/'])
        .any(|part| part.len() >= 12 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The page's policy (S-HDR-1). Inline scripts of the page itself run by their hash, no other does.
fn policy(html: &str) -> String {
    let mut hashes = String::new();
    let mut rest = html;
    while let Some(start) = rest.find("<script") {
        rest = &rest[start..];
        let Some(open) = rest.find('>') else { break };
        let Some(end) = rest.find("</script>") else {
            break;
        };
        let (tag, body) = (&rest[..open], rest.get(open + 1..end).unwrap_or_default());
        if !tag.contains(" src=") && !body.is_empty() {
            let hash = STANDARD.encode(Sha256::digest(body));
            // Writing to a string cannot fail.
            let _ = write!(hashes, " 'sha256-{hash}'");
        }
        rest = &rest[end..];
    }
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self'; \
         img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; \
         worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
         object-src 'none'; frame-ancestors 'none'"
    )
}

/// Answers with a file of the client, or with its page.
pub async fn serve(request: HttpRequest, app: web::Data<App>) -> HttpResponse {
    let path = request.path();
    let (Some(client), true) = (
        &app.client,
        matches!(*request.method(), Method::GET | Method::HEAD),
    ) else {
        return AppError::not_found().response(&request);
    };
    // Addresses of the API and of files never turn into a page; neither does what looks like a missing asset.
    let ours = ["/api/", "/files/", "/hooks/", "/ws/"];
    let last = path.rsplit('/').next().unwrap_or_default();
    let file = client.files.get(path).or_else(|| {
        let page = !ours.iter().any(|prefix| path.starts_with(prefix)) && !last.contains('.');
        page.then(|| client.files.get("/index.html")).flatten()
    });
    match file {
        Some(file) => send(&request, client, file),
        None => AppError::not_found().response(&request),
    }
}

fn send(request: &HttpRequest, client: &Client, file: &File) -> HttpResponse {
    let header = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let cache = if file.immutable {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CACHE_CONTROL, cache))
        .insert_header((header::ETAG, file.etag.clone()))
        .insert_header((header::VARY, "Accept-Encoding"));
    if file.mime.starts_with("text/html") {
        response.insert_header((header::CONTENT_SECURITY_POLICY, client.csp.clone()));
    }
    if header(header::IF_NONE_MATCH) == file.etag {
        return response
            .status(actix_web::http::StatusCode::NOT_MODIFIED)
            .finish();
    }
    response.insert_header((header::CONTENT_TYPE, file.mime));
    let accepted = header(header::ACCEPT_ENCODING);
    let takes = |name: &str| {
        accepted.split(',').any(|part| {
            let mut part = part.split(';').map(str::trim);
            part.next() == Some(name) && part.next() != Some("q=0")
        })
    };
    match (&file.brotli, &file.gzip) {
        (Some(body), _) if takes("br") => {
            response.insert_header((header::CONTENT_ENCODING, "br"));
            response.body(body.clone())
        }
        (_, Some(body)) if takes("gzip") => {
            response.insert_header((header::CONTENT_ENCODING, "gzip"));
            response.body(body.clone())
        }
        _ => response.body(file.plain.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_hashed, policy};

    #[test]
    fn s_hdr_1_only_the_pages_own_inline_scripts_run() {
        let csp = policy(
            "<script>a()</script><script src=\"/x.js\"></script><script type=\"module\">b()</script>",
        );
        assert_eq!(csp.matches("'sha256-").count(), 2);
        assert!(!csp.contains("unsafe-inline") && !csp.contains("'unsafe-eval'"));
    }

    #[test]
    fn only_names_with_a_hash_are_cached_for_ever() {
        assert!(is_hashed("/frontend-0123456789abcdef_bg.wasm"));
        assert!(!is_hashed("/index.html"));
        assert!(!is_hashed("/assets/inter-latin.woff2"));
    }
}
