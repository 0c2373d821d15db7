//! How a connection leaves HTTP: a handshake is answered by the same routes and middleware as every request, and
//! a handler that upgrades takes the bare connection over. What is spoken on it afterwards is not known here.

use actix_codec::Framed;
use actix_http::{ConnectionType, Request, Response, h1};
use actix_service::{IntoServiceFactory, Service, ServiceFactory};
use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{self, MessageBody},
    dev::{AppConfig, ServiceResponse, fn_factory, fn_service},
    http::StatusCode,
    rt::{net::TcpStream, time::timeout},
};
use bytes::BytesMut;
use futures_util::future::LocalBoxFuture;
use std::{cell::RefCell, rc::Rc, time::Duration};
use tokio::io::AsyncWriteExt;

/// How long the answer to a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Goes on with a connection, and with the bytes that came right behind the handshake.
type Next = Box<dyn FnOnce(TcpStream, BytesMut) -> LocalBoxFuture<'static, ()>>;

/// Lies in the extensions of a request whose connection can be taken over.
#[derive(Clone, Default)]
struct Takeover(Rc<RefCell<Option<Next>>>);

/// Takes the connection of this request over, once its answer, which must be 101, has left. `next` is dropped
/// where that fails. False when the request is none that upgrades.
pub fn take_over(
    request: &HttpRequest,
    next: impl FnOnce(TcpStream, BytesMut) -> LocalBoxFuture<'static, ()> + 'static,
) -> bool {
    match request.extensions().get::<Takeover>() {
        Some(takeover) => takeover.0.replace(Some(Box::new(next))).is_none(),
        None => false,
    }
}

/// What actix hands requests to that ask for an upgrade: this app, which may take their connections over.
pub fn upgrade<F, S, B>(
    app: F,
) -> impl ServiceFactory<
    (Request, Framed<TcpStream, h1::Codec>),
    Config = (),
    Response = (),
    Error = Error,
    InitError = (),
    Future: 'static,
>
where
    F: IntoServiceFactory<S, Request>,
    S: ServiceFactory<
            Request,
            Config = AppConfig,
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    let app = app.into_factory();
    fn_factory(move || {
        let made = app.new_service(AppConfig::default());
        async move {
            let app = Rc::new(made.await?);
            Ok(fn_service(move |(request, connection)| {
                serve(Rc::clone(&app), request, connection)
            }))
        }
    })
}

async fn serve<S, B>(
    app: Rc<S>,
    request: Request,
    connection: Framed<TcpStream, h1::Codec>,
) -> Result<(), Error>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let takeover = Takeover::default();
    request.extensions_mut().insert(takeover.clone());
    let answer = async {
        let response: Response<B> = app.call(request).await?.into();
        let (mut head, body) = response.into_parts();
        let upgraded = head.status() == StatusCode::SWITCHING_PROTOCOLS;
        let connection = if upgraded {
            let response = head.set_body(body::None::new());
            h1::SendResponse::new(connection, response).await?
        } else {
            head.head_mut().set_connection_type(ConnectionType::Close);
            // A refusal, or a page of ours: in memory anyway.
            let body = body::to_bytes(body).await.unwrap_or_default();
            h1::SendResponse::new(connection, head.set_body(body)).await?
        };
        Ok::<_, Error>((upgraded, connection.into_parts()))
    };
    let Ok(answered) = timeout(HANDSHAKE, answer).await else {
        return Ok(());
    };
    let (upgraded, mut parts) = answered?;
    let next = takeover.0.take().filter(|_| upgraded);
    match next {
        Some(next) => next(parts.io, parts.read_buf).await,
        None => {
            let _ = timeout(HANDSHAKE, parts.io.shutdown()).await;
        }
    }
    Ok(())
}
