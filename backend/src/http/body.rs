//! Deadlines on request bodies: actix waits for a stalled body for ever, so every body gets a total and an
//! idle limit before any handler sees it, and what no handler reads closes the connection.

use crate::error::AppError;
use actix_web::{
    Error, HttpMessage,
    body::{BodySize, BoxBody, MessageBody},
    dev::{Payload, ServiceRequest, ServiceResponse},
    error::PayloadError,
    middleware::Next,
    rt::time::{Instant, Sleep, sleep},
    web::Bytes,
};
use futures_util::Stream;
use shared::ErrorCode;
use std::{
    cell::RefCell,
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

/// How long a body may pause.
const IDLE: Duration = Duration::from_secs(10);
/// How long a JSON body may take in all.
const TOTAL: Duration = Duration::from_secs(30);
/// How long an upload may take in all.
const UPLOAD_TOTAL: Duration = Duration::from_secs(180);

/// Middleware: puts the deadlines around the body.
pub async fn deadline(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let rest = Rest::default();
    let inner = request.take_payload();
    if matches!(inner, Payload::None) {
        request.set_payload(inner);
    } else {
        let total = if request.path().ends_with("/avatar") {
            UPLOAD_TOTAL
        } else {
            TOTAL
        };
        let timed: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> = Box::pin(Timed {
            inner,
            deadlines: [IDLE, total].map(|wait| Box::pin(sleep(wait))),
            rest: Rc::clone(&rest),
        });
        request.set_payload(timed.into());
    }
    let response = next.call(request).await?.map_into_boxed_body();
    Ok(match rest.take() {
        Some(rest) => response.map_body(|_, inner| Unread { inner, _rest: rest }.boxed()),
        None => response,
    })
}

/// What is left of a body that nobody wants.
type Rest = Rc<RefCell<Option<Payload>>>;

struct Timed {
    inner: Payload,
    /// Idle and total.
    deadlines: [Pin<Box<Sleep>>; 2],
    rest: Rest,
}

impl Stream for Timed {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if let Poll::Ready(chunk) = Pin::new(&mut this.inner).poll_next(cx) {
            match &mut this.deadlines {
                _ if chunk.is_none() => this.inner = Payload::None,
                [idle, _] => idle.as_mut().reset(Instant::now() + IDLE),
            }
            return Poll::Ready(chunk);
        }
        if this
            .deadlines
            .iter_mut()
            .any(|deadline| deadline.as_mut().poll(cx).is_ready())
        {
            let late = io::Error::from(io::ErrorKind::TimedOut);
            return Poll::Ready(Some(Err(PayloadError::Io(late))));
        }
        Poll::Pending
    }
}

impl Drop for Timed {
    fn drop(&mut self) {
        let inner = std::mem::replace(&mut self.inner, Payload::None);
        if !matches!(inner, Payload::None) {
            *self.rest.borrow_mut() = Some(inner);
        }
    }
}

/// An answer to a request whose body was not read. actix drains chunks that were given up, and waits for the
/// last of them for ever; those that are still held when the answer ends it takes for a reason to close.
struct Unread {
    inner: BoxBody,
    _rest: Payload,
}

impl MessageBody for Unread {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.inner.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.inner).poll_next(cx)
    }
}

/// What a body that broke off is answered with.
pub fn broke_off(error: &PayloadError) -> AppError {
    match error {
        PayloadError::Io(error) if error.kind() == io::ErrorKind::TimedOut => AppError::new(
            ErrorCode::Timeout,
            "The body did not arrive in time. Try again.",
        ),
        PayloadError::Overflow => AppError::new(ErrorCode::TooLarge, "The body is too large."),
        _ => AppError::new(ErrorCode::Malformed, "The body broke off."),
    }
}
