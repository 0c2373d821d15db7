//! Deadlines on request bodies: actix waits for a stalled body for ever, so every body gets a total and an
//! idle limit before any handler sees it.

use crate::error::AppError;
use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    middleware::Next,
    rt::time::{Instant, Sleep, sleep},
    web::Bytes,
};
use futures_util::Stream;
use shared::ErrorCode;
use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

/// How long a body may pause.
const IDLE: Duration = Duration::from_secs(10);
/// How long a JSON body may take in all.
const TOTAL: Duration = Duration::from_secs(30);
/// How long an upload may take in all.
const UPLOAD_TOTAL: Duration = Duration::from_secs(180);

/// Middleware: puts the deadlines around the body, except for the socket, whose "body" is its frames.
pub async fn deadline<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if request.path() != "/ws" {
        let total = if request.path().ends_with("/avatar") {
            UPLOAD_TOTAL
        } else {
            TOTAL
        };
        let inner = request.take_payload();
        if matches!(inner, Payload::None) {
            request.set_payload(inner);
        } else {
            let timed: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> = Box::pin(Timed {
                inner,
                idle: Box::pin(sleep(IDLE)),
                total: Box::pin(sleep(total)),
            });
            request.set_payload(timed.into());
        }
    }
    next.call(request).await
}

struct Timed {
    inner: Payload,
    idle: Pin<Box<Sleep>>,
    total: Pin<Box<Sleep>>,
}

impl Stream for Timed {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let Poll::Ready(chunk) = Pin::new(&mut this.inner).poll_next(cx) {
            this.idle.as_mut().reset(Instant::now() + IDLE);
            return Poll::Ready(chunk);
        }
        if this.idle.as_mut().poll(cx).is_ready() || this.total.as_mut().poll(cx).is_ready() {
            let late = io::Error::from(io::ErrorKind::TimedOut);
            return Poll::Ready(Some(Err(PayloadError::Io(late))));
        }
        Poll::Pending
    }
}

/// What a body that broke off is answered with.
pub(super) fn failure(error: &PayloadError) -> AppError {
    match error {
        PayloadError::Io(error) if error.kind() == io::ErrorKind::TimedOut => AppError::new(
            ErrorCode::Timeout,
            "The body did not arrive in time. Try again.",
        ),
        PayloadError::Overflow => AppError::new(ErrorCode::TooLarge, "The body is too large."),
        _ => AppError::new(ErrorCode::Malformed, "The body broke off."),
    }
}
