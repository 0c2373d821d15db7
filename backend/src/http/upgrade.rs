//! How a connection leaves HTTP: a handshake is answered by the same routes and middleware as every request, and
//! a handler that upgrades takes the bare connection over. What is spoken on it afterwards is not known here.

use actix_codec::Framed;
use actix_http::{ConnectionType, Request, Response, body::BodySize, h1};
use actix_service::{IntoServiceFactory, Service, ServiceFactory};
use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::{self, MessageBody},
    dev::{AppConfig, ServiceResponse, fn_factory, fn_service},
    http::StatusCode,
    rt::{net::TcpStream, time::timeout},
};
use bytes::{Bytes, BytesMut};
use futures_util::future::LocalBoxFuture;
use std::{cell::RefCell, pin::Pin, rc::Rc, time::Duration};
use tokio::io::AsyncWriteExt;

/// How long the answer to a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// A connection that has left HTTP.
pub struct Taken {
    /// Nothing was written to it yet.
    pub io: TcpStream,
    /// The answer to the handshake, to be written before anything else: it may leave in one write with it.
    pub answer: Bytes,
    /// What came right behind the handshake.
    pub rest: BytesMut,
}

/// Goes on with a connection.
type Next = Box<dyn FnOnce(Taken) -> LocalBoxFuture<'static, ()>>;

/// Lies in the extensions of a request whose connection can be taken over.
#[derive(Clone, Default)]
struct Takeover(Rc<RefCell<Option<Next>>>);

/// Takes the connection of this request over if its answer is 101; `next` is dropped if it is not. False when the
/// request is none that upgrades.
pub fn take_over(
    request: &HttpRequest,
    next: impl FnOnce(Taken) -> LocalBoxFuture<'static, ()> + 'static,
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
    let Ok(response) = timeout(HANDSHAKE, app.call(request)).await else {
        return Ok(());
    };
    let response: Response<B> = response?.into();
    let (head, body) = response.into_parts();
    let upgraded = head.status() == StatusCode::SWITCHING_PROTOCOLS;
    match takeover.0.take().filter(|_| upgraded) {
        Some(next) => next(leave(head, connection)?).await,
        None => refuse(head, body, connection).await?,
    }
    Ok(())
}

fn leave(head: Response<()>, mut connection: Framed<TcpStream, h1::Codec>) -> Result<Taken, Error> {
    let head = h1::Message::Item((head, BodySize::None));
    Pin::new(&mut connection).write(head)?;
    let parts = connection.into_parts();
    Ok(Taken {
        io: parts.io,
        // Copied: the buffer is much larger than the answer.
        answer: Bytes::copy_from_slice(&parts.write_buf),
        rest: parts.read_buf,
    })
}

/// Answers without an upgrade, and ends the connection.
async fn refuse<B: MessageBody>(
    mut head: Response<()>,
    body: B,
    connection: Framed<TcpStream, h1::Codec>,
) -> Result<(), Error> {
    head.head_mut().set_connection_type(ConnectionType::Close);
    // A refusal, or a page of ours: in memory anyway.
    let body = body::to_bytes(body).await.unwrap_or_default();
    let answer = h1::SendResponse::new(connection, head.set_body(body));
    let Ok(answered) = timeout(HANDSHAKE, answer).await else {
        return Ok(());
    };
    let mut io = answered?.into_parts().io;
    let _ = timeout(HANDSHAKE, io.shutdown()).await;
    Ok(())
}
