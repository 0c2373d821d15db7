//! Extractors: JSON bodies, path parts and queries, each with a clear refusal for what does not fit.

use crate::error::{AppError, Result};
use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web};
use futures_util::{StreamExt, future::LocalBoxFuture};
use serde::de::DeserializeOwned;
use shared::{ErrorCode, limits};
use std::future::{Ready, ready};

/// A JSON body: 415 for other types, 413 when too large, 400 when it is no JSON, 422 when it is of another shape.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = AppError;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let declared = check_head(request);
        let mut payload = payload.take();
        Box::pin(async move {
            declared?;
            let mut body = web::BytesMut::new();
            while let Some(chunk) = payload.next().await {
                let chunk = chunk.map_err(|error| super::body::broke_off(&error))?;
                if body.len() + chunk.len() > limits::JSON_BYTES {
                    return Err(too_large());
                }
                body.extend_from_slice(&chunk);
            }
            parse(&body).map(Self)
        })
    }
}

fn check_head(request: &HttpRequest) -> Result<()> {
    let header = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let essence = header(header::CONTENT_TYPE)
        .and_then(|value| value.split(';').next())
        .map_or("", str::trim);
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(AppError::new(
            ErrorCode::UnsupportedType,
            "Send JSON, with Content-Type: application/json.",
        ));
    }
    let declared = header(header::CONTENT_LENGTH).and_then(|value| value.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limits::JSON_BYTES) {
        return Err(too_large());
    }
    Ok(())
}

fn too_large() -> AppError {
    let words = format!(
        "A JSON body has at most {} KiB here.",
        limits::JSON_BYTES / 1024
    );
    AppError::new(ErrorCode::TooLarge, words)
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    // serde reads the fields of a shape from an array as well; the contract knows objects only.
    let is_object = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    match serde_json::from_slice(body) {
        Ok(value) if is_object => Ok(value),
        Ok(_) => Err(AppError::new(
            ErrorCode::Validation,
            "The body is a JSON object.",
        )),
        Err(error) if error.is_data() => {
            // Names fields and expected types; cut, since it can quote what was sent.
            let words: String = error.to_string().chars().take(200).collect();
            Err(AppError::new(ErrorCode::Validation, words))
        }
        Err(_) => Err(AppError::new(
            ErrorCode::Malformed,
            "The body is not valid JSON.",
        )),
    }
}

/// Parts of the path. What does not parse names nothing: 404.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Path<T> {
    type Error = AppError;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parsed = web::Path::<T>::from_request(request, payload).into_inner();
        ready(
            parsed
                .map(|path| Self(path.into_inner()))
                .map_err(|_| AppError::not_found()),
        )
    }
}

/// The query. What does not parse is malformed: 400.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = AppError;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(
            web::Query::<T>::from_query(request.query_string())
                .map(|query| Self(query.into_inner()))
                .map_err(|_| {
                    AppError::new(
                        ErrorCode::Malformed,
                        "The query has a part that does not fit.",
                    )
                }),
        )
    }
}
