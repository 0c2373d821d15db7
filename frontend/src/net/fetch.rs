//! One HTTP exchange with the server: 15 s at most, errors as the one table of codes. Knows no endpoint.

use gloo_net::http::{Method, Request, RequestBuilder, Response};
use js_sys::Reflect;
use model::{Failure, Refusal};
use serde::Serialize;
use shared::{ErrorCode, Problem, json};
use wasm_bindgen::JsValue;
use web_sys::{AbortSignal, RequestCredentials};

/// How long the server may take to answer, body included.
const TIMEOUT_MS: u32 = 15_000;
/// How long an upload or a download may take.
const LONG_MS: u32 = 120_000;

/// What to ask, as far as the exchange itself is concerned.
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) token: Option<&'a str>,
    pub(super) body: Body,
    /// Goes out even when the page is on its way out.
    pub(super) keepalive: bool,
}

/// What to send along.
#[derive(Clone)]
pub(super) enum Body {
    None,
    Json(String),
    Blob(web_sys::Blob),
}

/// The JSON text of a request body.
pub(super) fn json<T: Serialize>(value: &T) -> Body {
    // Our requests are plain structures; one that does not serialize would be refused by the server as empty.
    Body::Json(serde_json::to_string(value).unwrap_or_default())
}

/// Reads an answer; one that is not what was agreed counts as a bug of the server.
pub(super) fn read<T: json::Read>(text: &str) -> Result<T, Failure> {
    json::read(text).map_err(|_| refused(ErrorCode::Internal))
}

/// A refusal that was found here.
pub(super) fn refused(code: ErrorCode) -> Failure {
    Failure::Refused(Box::new(Refusal {
        code,
        detail: code.title().to_owned(),
        fields: Vec::new(),
        retry_after_ms: None,
        request_id: String::new(),
    }))
}

/// Asks, and gives the answer when it is a good one.
pub(super) async fn ask(ask: Ask<'_>) -> Result<Response, Failure> {
    let long = matches!(ask.body, Body::Blob(_));
    let request = build(&ask, if long { LONG_MS } else { TIMEOUT_MS }).ok_or(Failure::Offline)?;
    let response = request.send().await.map_err(|_| Failure::Offline)?;
    if response.ok() {
        return Ok(response);
    }
    Err(refusal(&response).await)
}

/// Asks for a text, with the same deadline for its last byte.
pub(super) async fn text(asked: Ask<'_>) -> Result<String, Failure> {
    ask(asked).await?.text().await.map_err(|_| Failure::Offline)
}

/// Asks for a file.
pub(super) async fn blob(asked: Ask<'_>) -> Result<web_sys::Blob, Failure> {
    let request = build(&asked, LONG_MS).ok_or(Failure::Offline)?;
    let response = request.send().await.map_err(|_| Failure::Offline)?;
    if !response.ok() {
        return Err(refusal(&response).await);
    }
    let response: web_sys::Response = response.into();
    let promise = response.blob().map_err(|_| Failure::Offline)?;
    let blob = wasm_bindgen_futures::JsFuture::from(promise)
        .await
        .map_err(|_| Failure::Offline)?;
    Ok(blob.into())
}

fn build(ask: &Ask<'_>, timeout_ms: u32) -> Option<Request> {
    let mut builder = RequestBuilder::new(ask.path)
        .method(ask.method.clone())
        .credentials(RequestCredentials::SameOrigin)
        .abort_signal(Some(&AbortSignal::timeout_with_u32(timeout_ms)))
        .header("accept", "application/json");
    if let Some(token) = ask.token {
        builder = builder.header("authorization", &format!("Bearer {token}"));
    }
    let request = match &ask.body {
        Body::None => builder.build(),
        Body::Json(text) => builder
            .header("content-type", "application/json")
            .body(text.as_str()),
        Body::Blob(blob) => builder
            .header("content-type", &blob.type_())
            .body(JsValue::from(blob.clone())),
    }
    .ok()?;
    if !ask.keepalive {
        return Some(request);
    }
    let init = web_sys::RequestInit::new();
    // A browser that knows no `keepalive` ignores it.
    let _ = Reflect::set(&init, &"keepalive".into(), &JsValue::TRUE);
    let request: web_sys::Request = request.into();
    web_sys::Request::new_with_request_and_init(&request, &init)
        .ok()
        .map(Request::from)
}

async fn refusal(response: &Response) -> Failure {
    let retry_after_ms = response
        .headers()
        .get("retry-after")
        .and_then(|seconds| seconds.parse::<i64>().ok())
        .map(|seconds| seconds.saturating_mul(1000));
    let problem = match response.text().await {
        Ok(text) => json::read::<Problem>(&text).ok(),
        Err(_) => None,
    };
    match problem {
        Some(problem) => Failure::Refused(Box::new(Refusal {
            code: problem.code,
            detail: problem.detail,
            fields: problem.fields,
            retry_after_ms,
            request_id: problem.request_id,
        })),
        // A proxy in front of a server that is down answers in its own words.
        None if matches!(response.status(), 502..=504) => Failure::Offline,
        None => refused(
            ErrorCode::ALL
                .iter()
                .copied()
                .find(|code| code.status() == response.status())
                .unwrap_or(ErrorCode::Internal),
        ),
    }
}
