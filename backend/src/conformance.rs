//! A socket that gives back what it gets, for tools that try the WebSocket protocol (RFC 6455) on a server. The
//! handshake, the limits, the loop and the queue are those of `/ws`; only the meaning of frames is another.
//! There in builds with the feature `conformance` alone, since it asks nobody who they are.

use crate::{
    error::AppError,
    event::Frame,
    http::take_over,
    realtime::{
        hub::Hub,
        session::{Place, Session},
        socket::{Handler, Socket},
    },
};
use actix_http::ws::{OpCode, Parser};
use actix_web::{
    HttpRequest, HttpResponse,
    body::{self, BoxBody},
    web,
};
use bytes::BytesMut;
use futures_util::future::LocalBoxFuture;
use shared::{SessionId, Timestamp, UserId};
use std::rc::Rc;

/// Mounts `/conformance`.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/conformance", web::get().to(open));
}

async fn open(
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let (response, _, _) = actix_ws::handle(&request, payload)?;
    let Some(hub) = request.app_data::<Rc<Hub>>().cloned() else {
        return Err(AppError::internal("this worker has no hub").into());
    };
    let now = crate::clock::now();
    // Nobody's, and it does not end by itself.
    let socket = hub.add(|id| Socket::new(id, UserId(0), SessionId(0), Timestamp(i64::MAX), now));
    let place = Place::new(Rc::clone(&socket), hub, Box::new(|| ()));
    socket.open_without_hello();
    let opened = Box::pin(std::future::ready(()));
    take_over(&request, move |taken| {
        Box::pin(Session::new(taken, place, Echo, opened))
    });
    Ok(response.map_body(|_, _| BoxBody::new(body::None::new())))
}

struct Echo;

impl Handler for Echo {
    fn frame(&self, _: &Rc<Socket>, text: &str) -> LocalBoxFuture<'static, Option<Frame>> {
        let frame = back(OpCode::Text, text.as_bytes());
        Box::pin(std::future::ready(Some(frame)))
    }

    fn binary(&self, _: &Rc<Socket>, bytes: &[u8]) -> Option<Frame> {
        Some(back(OpCode::Binary, bytes))
    }

    fn watch(&self, _: &Rc<Socket>, _: Vec<UserId>) -> LocalBoxFuture<'static, ()> {
        Box::pin(std::future::ready(()))
    }
}

fn back(kind: OpCode, payload: &[u8]) -> Frame {
    let mut bytes = BytesMut::with_capacity(payload.len() + 10);
    Parser::write_message(&mut bytes, payload, kind, true, false);
    Frame {
        bytes: bytes.freeze(),
        head: None,
        ephemeral: false,
    }
}
