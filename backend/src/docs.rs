//! `/openapi.json`, generated from the handlers, and `/docs`, a page that shows it without any script.

use crate::{
    app::App,
    features::{
        accounts, avatars, export, members, messages, profile, reads, rooms, server, sessions,
        users,
    },
};
use actix_web::{HttpResponse, http::header, web};
use shared::Problem;
use std::{fmt::Write, sync::LazyLock};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, InfoBuilder, OpenApi, OpenApiBuilder, RefOr, Required,
        path::{Operation, PathItem},
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(document);
static PAGE: LazyLock<String> = LazyLock::new(|| page(&DOCUMENT));
static STYLE: &str = include_str!("docs.css");

/// Mounts both.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/openapi.json").route(web::get().to(openapi)))
        .service(web::resource("/docs").route(web::get().to(docs)))
        .service(web::resource("/docs/style.css").route(web::get().to(style)));
}

async fn openapi(_: web::Data<App>) -> HttpResponse {
    HttpResponse::Ok().json(&*DOCUMENT)
}

async fn docs() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ))
        .body(PAGE.as_str())
}

async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/css; charset=utf-8"))
        .body(STYLE)
}

/// The whole API.
pub fn document() -> OpenApi {
    let mut all = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Confab")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "The REST side of Confab. Live events come over GET /ws; docs/protocol.md tells of both.",
                ))
                .build(),
        )
        .build();
    let slices = [
        server::paths(),
        accounts::paths(),
        sessions::paths(),
        profile::paths(),
        avatars::paths(),
        export::paths(),
        users::paths(),
        rooms::paths(),
        members::paths(),
        messages::paths(),
        reads::paths(),
    ];
    for slice in slices {
        for (path, item) in slice.paths.paths {
            let path = if path.starts_with("/files") {
                path
            } else {
                format!("/api/v1{path}")
            };
            match all.paths.paths.get_mut(&path) {
                Some(there) => there.merge_operations(item),
                None => {
                    all.paths.paths.insert(path, item);
                }
            }
        }
        if let Some(components) = slice.components {
            all.components
                .get_or_insert_with(Components::new)
                .schemas
                .extend(components.schemas);
        }
    }
    let components = all.components.get_or_insert_with(Components::new);
    // Every route refers to it, and none of them lists it.
    let mut refusals = vec![(Problem::name().into_owned(), Problem::schema())];
    Problem::schemas(&mut refusals);
    components.schemas.extend(refusals);
    components.add_security_scheme(
        "bearer",
        SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .bearer_format("JWT")
                .build(),
        ),
    );
    all
}

fn operations(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    [
        ("GET", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.as_ref().map(|operation| (method, operation)))
}

/// Every route and method of the document, for the test that holds it against the route policy.
pub fn listed() -> Vec<(String, String)> {
    DOCUMENT
        .paths
        .paths
        .iter()
        .flat_map(|(path, item)| {
            operations(item).map(|(method, _)| (method.to_owned(), path.clone()))
        })
        .collect()
}

fn page(document: &OpenApi) -> String {
    let mut html = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Confab API</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"stylesheet\" href=\"/docs/style.css\">\
         <main><h1>Confab API</h1><p>Send <code>Authorization: Bearer …</code> with a token from \
         <code>POST /api/v1/auth/login</code>. The document itself: <a href=\"/openapi.json\">openapi.json</a>.</p>",
    );
    for (path, item) in &document.paths.paths {
        for (method, operation) in operations(item) {
            let summary = operation.summary.as_deref().unwrap_or_default();
            // Writing to a string cannot fail, here and below.
            let _ = write!(
                html,
                "<details><summary><b>{method}</b> <code>{}</code> <span>{}</span></summary>",
                escape(path),
                escape(summary)
            );
            describe(&mut html, operation);
            html.push_str("</details>");
        }
    }
    html.push_str("<h2>Shapes</h2>");
    for (name, schema) in document.components.iter().flat_map(|all| &all.schemas) {
        let json = serde_json::to_string_pretty(schema).unwrap_or_default();
        let _ = write!(
            html,
            "<details id=\"{0}\"><summary><code>{0}</code></summary><pre tabindex=\"0\">{1}</pre></details>",
            escape(name),
            escape(&json)
        );
    }
    html.push_str("</main></html>");
    html
}

fn describe(html: &mut String, operation: &Operation) {
    if let Some(parameters) = &operation.parameters {
        html.push_str("<ul>");
        for parameter in parameters {
            let RefOr::T(parameter) = parameter else {
                continue;
            };
            let required = matches!(parameter.required, Required::True);
            let _ = write!(
                html,
                "<li><code>{}</code>{} {}",
                escape(&parameter.name),
                if required { ", required." } else { "." },
                escape(parameter.description.as_deref().unwrap_or_default())
            );
        }
        html.push_str("</ul>");
    }
    if let Some(RefOr::T(body)) = &operation.request_body {
        for (mime, content) in &body.content {
            let shape = serde_json::to_string(content).unwrap_or_default();
            let _ = write!(html, "<p>Takes {} {}", escape(mime), link(&shape));
        }
    }
    for (status, response) in &operation.responses.responses {
        let RefOr::T(response) = response else {
            continue;
        };
        let shape = serde_json::to_string(&response.content).unwrap_or_default();
        let _ = write!(
            html,
            "<p><b>{}</b> {} {}",
            escape(status),
            escape(&response.description),
            link(&shape)
        );
    }
}

/// A link to the shape that a piece of schema refers to, if it refers to one.
fn link(schema: &str) -> String {
    let name = schema
        .split_once("#/components/schemas/")
        .and_then(|(_, rest)| rest.split('"').next())
        .map(escape);
    name.map_or_else(String::new, |name| {
        format!("<a href=\"#{name}\">{name}</a>")
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
