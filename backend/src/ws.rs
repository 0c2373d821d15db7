//! The socket's frames: each becomes the same operation that its REST twin calls. Knows features; the
//! queue, the deadlines and the order of writing are `realtime`'s.

mod reading;

use crate::{
    app::App,
    auth::{self, Client, SocketCaller, limits::Verb},
    error::{AppError, Result},
    event::{Frame, Topic, encode},
    features::{messages, reads, rooms, users},
    http::take_over,
    realtime::{
        hub::{HEARTBEAT_MS, Hub},
        session::{Place, Session},
        socket::{Handler, Socket},
    },
};
use actix_web::{
    HttpMessage, HttpRequest, HttpResponse,
    body::{self, BoxBody},
    web,
};
use futures_util::future::LocalBoxFuture;
use shared::{
    ClientFrame, ErrorCode, ServerFrame, UserId,
    event::{AckResult, FrameId, Head, Hello, close},
    limits::{self, Limits},
    messages::{Message, NewMessage, Sent},
};
use std::{cell::Cell, rc::Rc};

/// Refused frames in a row after which a socket is closed.
const STRIKES: u32 = 100;
/// How long typing shows without being heard again, in milliseconds.
const TYPING_MS: i64 = 6_000;
/// RFC 6455, 7.4.1, and its registry: try again later.
const TRY_AGAIN_LATER: u16 = 1013;

/// `GET /ws`: the middleware has proved the caller; this opens the socket.
///
/// # Errors
/// What the handshake refuses, and `overloaded` or `rate_limited` beyond the caps.
pub async fn open(
    request: HttpRequest,
    payload: web::Payload,
    app: web::Data<App>,
) -> Result<HttpResponse, actix_web::Error> {
    let caller = request.extensions().get::<SocketCaller>().cloned();
    let (Some(caller), Some(hub)) = (caller, request.app_data::<Rc<Hub>>().cloned()) else {
        return Err(AppError::internal("the socket route stands without its middleware").into());
    };
    let seat = app
        .seats
        .take(caller.user_id, Client::of(&request).network())
        .map_err(|(error, whose)| {
            if let Some(whose) = whose {
                app.limits.log("Sockets", &whose);
            }
            error
        })?;
    // The gate reads lists as lists; actix is stricter, and answers without a code.
    let (response, _, _) = actix_ws::handle(&request, payload).map_err(|_| {
        AppError::new(
            ErrorCode::UpgradeRequired,
            "Ask for one protocol, websocket, and one version, 13.",
        )
    })?;
    let socket = hub.add(|id| {
        Socket::new(
            id,
            caller.user_id,
            caller.session_id,
            caller.expires_at,
            crate::clock::now(),
        )
    });
    let present = Rc::new(Cell::new(false));
    let on_gone = {
        let (app, present) = (app.clone(), Rc::clone(&present));
        move || {
            drop(seat);
            if present.replace(false) {
                app.presence.disconnect(caller.user_id, crate::clock::now());
            }
        }
    };
    let place = Place::new(Rc::clone(&socket), Rc::clone(&hub), Box::new(on_gone));
    // The session may have ended between the check and this line; from here on the hub is told.
    if app.revoked.contains(caller.session_id) {
        socket.close(close::SESSION_REVOKED, false);
    }
    let taken = take_over(&request, move |connection| {
        let frames = Frames {
            app: app.clone(),
            strikes: Rc::default(),
        };
        let opening = Box::pin(async move {
            match welcome(&app, &hub, &socket, &present).await {
                Ok(hello) => socket.open(hello),
                Err(error) => {
                    // In the place of `hello`, in front of what came meanwhile.
                    socket.open(refusal(None, &error));
                    socket.close(TRY_AGAIN_LATER, true);
                }
            }
        });
        Box::pin(Session::new(connection, place, frames, opening))
    });
    if !taken {
        return Err(AppError::internal("the socket route is served without upgrades").into());
    }
    Ok(response.map_body(|_, _| BoxBody::new(body::None::new())))
}

/// What one's rooms were when they were read, and what was delivered since the socket was added, make `hello`
/// and what follows it: nothing falls between the two.
async fn welcome(
    app: &web::Data<App>,
    hub: &Hub,
    socket: &Rc<Socket>,
    present: &Cell<bool>,
) -> Result<Frame> {
    let user = socket.user;
    let (mut me, rooms) = app
        .db
        .read_patiently(move |conn| Ok((users::me(conn, user)?, rooms::mine(conn, user)?)))
        .await?;
    if !hub.holds(socket) {
        // Gone while we read: nobody would end this presence.
        return Err(AppError::unavailable());
    }
    hub.activate(
        socket,
        rooms.iter().map(|room| Head {
            room_id: room.id,
            head_rev: room.head_rev,
        }),
    );
    if let Some(nodes) = app.bus.nodes() {
        nodes
            .passed
            .learn(rooms.iter().map(|room| (room.id, room.head_rev)));
    }
    let now = crate::clock::now();
    present.set(true);
    app.presence.connect(user, me.presence_setting, now);
    me.user.presence = app.presence.of(user);
    Ok(encode(&ServerFrame::Hello(Box::new(Hello {
        session_id: socket.session,
        user: me,
        server_time: now,
        heartbeat_ms: HEARTBEAT_MS,
        limits: Limits::CURRENT,
        rooms,
    }))))
}

struct Frames {
    app: web::Data<App>,
    strikes: Rc<Cell<u32>>,
}

type Reply = LocalBoxFuture<'static, Option<Frame>>;

impl Handler for Frames {
    fn frame(&self, socket: &Rc<Socket>, text: &str) -> Reply {
        if let Err(error) = self.app.limits.check(Verb::Frame, socket.user) {
            return self.strike(socket, close::FLOODING, reading::mark(text), &error);
        }
        let frame = match reading::read(text) {
            Ok(frame) => frame,
            Err(unfit) => {
                let error = AppError::new(unfit.code, unfit.detail);
                return self.strike(socket, close::BAD_FRAME, unfit.id, &error);
            }
        };
        self.strikes.set(0);
        self.carry_out(socket, frame)
    }

    fn binary(&self, socket: &Rc<Socket>, _: &[u8]) -> Option<Frame> {
        let error = AppError::new(ErrorCode::BadFrame, "Frames are JSON text, not binary.");
        self.count_strike(socket, close::BAD_FRAME);
        Some(refusal(None, &error))
    }

    fn watch(&self, socket: &Rc<Socket>, asked: Vec<UserId>) -> LocalBoxFuture<'static, ()> {
        let (app, socket) = (self.app.clone(), Rc::clone(socket));
        Box::pin(async move {
            let viewer = socket.user;
            let read = app
                .db
                .read(move |conn| rooms::sharing(conn, viewer, &asked))
                .await;
            let Ok(allowed) = read else { return };
            let users = app.presence.list(&allowed);
            socket.set_watch(allowed);
            socket.push(encode(&ServerFrame::Presence { users }));
        })
    }
}

impl Frames {
    fn strike(
        &self,
        socket: &Rc<Socket>,
        code: u16,
        id: Option<FrameId>,
        error: &AppError,
    ) -> Reply {
        self.count_strike(socket, code);
        let frame = refusal(id, error);
        Box::pin(std::future::ready(Some(frame)))
    }

    fn count_strike(&self, socket: &Rc<Socket>, code: u16) {
        self.strikes.set(self.strikes.get() + 1);
        if self.strikes.get() >= STRIKES {
            tracing::warn!(target: "audit", event = "socket_closed", code, user = socket.user.0, session = socket.session.0);
            socket.close(code, false);
        }
    }

    /// Queues what the frame asks for before it returns; the future waits for the outcome.
    fn carry_out(&self, socket: &Rc<Socket>, frame: ClientFrame) -> Reply {
        let app = &self.app;
        let me = socket.user;
        if !matches!(
            frame,
            ClientFrame::Pong | ClientFrame::Changes { .. } | ClientFrame::Auth { .. }
        ) {
            app.presence.active(me, crate::clock::now());
        }
        match frame {
            ClientFrame::Send {
                id,
                room_id,
                client_id,
                body,
                reply_to,
            } => {
                let new = NewMessage {
                    client_id,
                    body,
                    reply_to,
                };
                let draft = app
                    .limits
                    .check(Verb::Send, me)
                    .and_then(|()| messages::Draft::new(room_id, new));
                match draft {
                    Ok(draft) => {
                        let sent = app
                            .db
                            .write(move |tx| messages::send(tx, me, room_id, draft));
                        answer(
                            id,
                            async move { Ok(AckResult::Sent(sent_ack(&sent.await?.0))) },
                        )
                    }
                    Err(error) => refuse(id, &error),
                }
            }
            ClientFrame::Edit {
                id,
                message_id,
                body,
            } => match app.limits.check(Verb::Edit, me) {
                Ok(()) => {
                    let edited = app
                        .db
                        .write(move |tx| messages::edit(tx, me, message_id, &body));
                    answer(
                        id,
                        async move { Ok(AckResult::Sent(sent_ack(&edited.await?))) },
                    )
                }
                Err(error) => refuse(id, &error),
            },
            ClientFrame::Delete { id, message_id } => match app.limits.check(Verb::Edit, me) {
                Ok(()) => {
                    let deleted = app.db.write(move |tx| messages::delete(tx, me, message_id));
                    answer(
                        id,
                        async move { Ok(AckResult::Sent(sent_ack(&deleted.await?))) },
                    )
                }
                Err(error) => refuse(id, &error),
            },
            ClientFrame::Read { id, room_id, seq } => {
                let marked = app
                    .limits
                    .check(Verb::Read, me)
                    .map(|()| app.db.write(move |tx| reads::mark(tx, me, room_id, seq)));
                Box::pin(async move {
                    let outcome = match marked {
                        Ok(marked) => marked.await.map(AckResult::Read),
                        Err(error) => Err(error),
                    };
                    match (id, outcome) {
                        (Some(id), outcome) => Some(reply(id, outcome)),
                        (None, Ok(_)) => None,
                        (None, Err(error)) => Some(refusal(None, &error)),
                    }
                })
            }
            ClientFrame::Typing { room_id } => {
                if socket.in_room(room_id) && app.limits.check(Verb::Typing, me).is_ok() {
                    let frame = encode(&ServerFrame::Typing {
                        room_id,
                        user_id: me,
                        expires_in_ms: TYPING_MS,
                    });
                    app.bus.ephemeral(Topic::Focus(room_id, me), frame);
                }
                nothing()
            }
            ClientFrame::Focus { room_id } => {
                socket
                    .focus
                    .set(room_id.filter(|&room| socket.in_room(room)));
                nothing()
            }
            ClientFrame::Watch { user_ids } => {
                if user_ids.len() > limits::WATCH {
                    let words = format!("Watch at most {} people.", limits::WATCH);
                    let error = AppError::new(ErrorCode::Validation, words);
                    return Box::pin(std::future::ready(Some(refusal(None, &error))));
                }
                socket.ask(user_ids);
                nothing()
            }
            ClientFrame::Changes {
                id,
                room_id,
                after,
                limit,
            } => {
                let limit = app.limits.check(Verb::History, me).and_then(|()| {
                    messages::limit(limit, limits::CHANGES_PAGE, limits::CHANGES_PAGE)
                });
                match limit {
                    Ok(limit) => {
                        let (app, socket) = (app.clone(), Rc::clone(socket));
                        let member = socket.in_room(room_id);
                        answer(id, async move {
                            // Everybody asks when a server returns: so many in flight for each socket, and
                            // nobody is told to come again.
                            let changes = app
                                .db
                                .read_patiently(move |conn| {
                                    messages::changes(conn, me, room_id, after, limit)
                                })
                                .await?;
                            // Removed while this was read: what was read must not follow the removal.
                            if member && !socket.in_room(room_id) {
                                return Err(AppError::not_found());
                            }
                            Ok(AckResult::Changes(Box::new(changes)))
                        })
                    }
                    Err(error) => refuse(id, &error),
                }
            }
            ClientFrame::Auth { id, token } => {
                let (app, socket) = (app.clone(), Rc::clone(socket));
                answer(id, async move {
                    renew(&app, &socket, &token).await?;
                    Ok(AckResult::Done {})
                })
            }
            ClientFrame::Pong => nothing(),
        }
    }
}

/// S-SES-5: a fresh token of the same person on the same device, and no other.
async fn renew(app: &App, socket: &Socket, token: &str) -> Result<()> {
    let refused = || {
        AppError::new(
            ErrorCode::Unauthenticated,
            "This token is not good here. Renew your access and try again.",
        )
    };
    let (verified, single) = auth::socket::verify(app, token).map_err(|_| refused())?;
    let redis = app.redis.as_ref();
    if single && !app.tokens.spend_elsewhere(redis, &verified).await {
        return Err(refused());
    }
    if verified.user_id != socket.user
        || verified.session_id != socket.session
        || app.revoked.contains(socket.session)
    {
        return Err(refused());
    }
    socket.renew(verified.access_ends);
    Ok(())
}

fn sent_ack(message: &Message) -> Sent {
    Sent {
        message_id: message.id,
        seq: message.seq,
        rev: message.rev,
        created_at: message.created_at,
    }
}

fn nothing() -> Reply {
    Box::pin(std::future::ready(None))
}

fn refuse(id: FrameId, error: &AppError) -> Reply {
    Box::pin(std::future::ready(Some(refusal(Some(id), error))))
}

fn answer(id: FrameId, outcome: impl Future<Output = Result<AckResult>> + 'static) -> Reply {
    Box::pin(async move { Some(reply(id, outcome.await)) })
}

fn reply(id: FrameId, outcome: Result<AckResult>) -> Frame {
    match outcome {
        Ok(result) => encode(&ServerFrame::Ack { id, result }),
        Err(error) => refusal(Some(id), &error),
    }
}

fn refusal(id: Option<FrameId>, error: &AppError) -> Frame {
    encode(&ServerFrame::Error {
        id,
        code: error.code,
        detail: error.detail.clone().into_owned(),
        retry_after_ms: error
            .retry_after
            // Never 0: that would read as "at once".
            .map(|wait| i64::try_from(wait.as_millis() + 1).unwrap_or(i64::MAX)),
    })
}
