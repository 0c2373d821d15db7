//! What every request and answer goes through: an id, one log line without a query, and the headers that
//! keep browsers from doing harm.

use crate::app::App;
use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{self, HeaderName, HeaderValue},
    middleware::Next,
    web,
};
use std::time::Instant;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Stands for the id in problem documents that are made where the request is not at hand.
pub const REQUEST_ID_PLACE: &str = "00000000-0000-0000-0000-000000000000";

#[derive(Clone)]
struct RequestId(String);

/// The id of this request, as the log names it.
pub fn request_id(request: &HttpRequest) -> String {
    request
        .extensions()
        .get::<RequestId>()
        .map_or_else(|| REQUEST_ID_PLACE.to_owned(), |id| id.0.clone())
}

/// Middleware: names the request, answers it, logs it, and sets the headers.
pub async fn finish(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let id = uuid::Uuid::now_v7().to_string();
    request.extensions_mut().insert(RequestId(id.clone()));
    let app = request.app_data::<web::Data<App>>().cloned();
    let method = request.method().clone();
    // An upgraded connection answers late; everything else within its deadlines.
    let response = next.call(request).await?;
    let response = put_id(response, &id).await?;
    let route = response
        .request()
        .match_pattern()
        .unwrap_or_else(|| "(none)".into());
    let status = response.status().as_u16();
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    if status >= 500 {
        tracing::error!(request_id = id, %method, route, status, ms, "request");
    } else {
        tracing::info!(request_id = id, %method, route, status, ms, "request");
    }
    let mut response = response;
    let https = app.is_some_and(|app| app.config.is_https());
    set_headers(&mut response, &id, https);
    Ok(response)
}

/// Problem documents of refusals inside extractors do not know the request: their id is put in here.
async fn put_id(
    response: ServiceResponse<impl MessageBody + 'static>,
    id: &str,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes() == b"application/problem+json");
    if !is_problem {
        return Ok(response.map_into_boxed_body());
    }
    let (request, response) = response.into_parts();
    let (response, body) = response.into_parts();
    let body = actix_web::body::to_bytes(body).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&body).replacen(REQUEST_ID_PLACE, id, 1);
    Ok(ServiceResponse::new(request, response.set_body(text)).map_into_boxed_body())
}

fn set_headers(response: &mut ServiceResponse<BoxBody>, id: &str, https: bool) {
    let api = response.request().path().starts_with("/api/");
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()",
    );
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    set(
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
    if api {
        set(header::CACHE_CONTROL, "no-store");
    }
    if https {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(X_REQUEST_ID, value);
    }
}
