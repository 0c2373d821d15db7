//! Who is signed in on a device: tokens, their renewal by cookie, one at a time, and calls that carry them, as in the
//! web client. Only a 401 of the renewal means signed out.

use crate::{
    http::{self, Answer, Ask},
    lab::clock,
};
use model::{Failure, Request};
use serde_json::{Value, json};
use shared::{
    ErrorCode,
    accounts::{self, Me, SocketToken},
    json,
};
use std::{cell::RefCell, net::SocketAddr};
use tokio::sync::Mutex;

const PASSWORD: &str = "lantern-drift-42";
const SPARE_MS: i64 = 30_000;
const SOCKET_SPARE_MS: i64 = 120_000;

/// One device's session.
pub(crate) struct Session {
    to: SocketAddr,
    name: String,
    token: RefCell<Token>,
    turn: Mutex<()>,
}

#[derive(Clone, Default)]
struct Token {
    access: String,
    ends_at: i64,
    refresh: String,
}

impl Session {
    pub(crate) fn new(to: SocketAddr, name: String) -> Self {
        Self {
            to,
            name,
            token: RefCell::default(),
            turn: Mutex::new(()),
        }
    }

    pub(crate) async fn register(&self) -> Result<Me, Failure> {
        let body = json!({ "username": self.name, "password": PASSWORD });
        self.open("/api/v1/auth/register", Some(&body)).await
    }

    pub(crate) async fn sign_in(&self) -> Result<Me, Failure> {
        let _turn = self.turn.lock().await;
        let body = json!({ "login": self.name, "password": PASSWORD });
        self.open("/api/v1/auth/login", Some(&body)).await
    }

    /// Renews by cookie: how a page that was loaded anew finds out who is signed in.
    pub(crate) async fn resume(&self) -> Result<Me, Failure> {
        let _turn = self.turn.lock().await;
        self.open("/api/v1/auth/refresh", None).await
    }

    pub(crate) async fn sign_out(&self) -> Result<(), Failure> {
        self.call("POST", "/auth/logout", None).await.map(drop)
    }

    async fn open(&self, path: &str, body: Option<&Value>) -> Result<Me, Failure> {
        let body = body.map(Value::to_string);
        let cookie = format!("confab_refresh={}", self.token.borrow().refresh);
        let ask = Ask {
            method: "POST",
            path,
            body: body.as_deref(),
            cookie: body.is_none().then_some(&cookie),
            token: None,
        };
        let answer = http::ask(self.to, &ask).await?;
        let session: accounts::Session = read(&answer.body)?;
        *self.token.borrow_mut() = Token {
            access: session.access_token,
            ends_at: clock().0 + session.expires_in.saturating_mul(1_000),
            refresh: refresh_of(&answer).ok_or_else(|| http::refused(ErrorCode::Internal))?,
        };
        Ok(session.user)
    }

    fn usable(&self, spare_ms: i64, not: Option<&str>) -> Option<String> {
        let token = self.token.borrow();
        let good = token.ends_at - clock().0 > spare_ms && Some(token.access.as_str()) != not;
        good.then(|| token.access.clone())
    }

    /// A token for calls, renewed when it ends soon or the server refused it.
    async fn access(&self, spare_ms: i64, not: Option<&str>) -> Result<String, Failure> {
        if let Some(token) = self.usable(spare_ms, not) {
            return Ok(token);
        }
        let _turn = self.turn.lock().await;
        if let Some(token) = self.usable(spare_ms, not) {
            return Ok(token);
        }
        self.open("/api/v1/auth/refresh", None).await?;
        Ok(self.token.borrow().access.clone())
    }

    /// A call below `/api/v1`; gives the text of the answer.
    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Result<String, Failure> {
        let path = format!("/api/v1{path}");
        let body = body.map(Value::to_string);
        let with = async |token: String| {
            let ask = Ask {
                method,
                path: &path,
                token: Some(&token),
                cookie: None,
                body: body.as_deref(),
            };
            let answer = http::ask(self.to, &ask).await;
            (token, answer.map(|answer| answer.body))
        };
        match with(self.access(SPARE_MS, None).await?).await {
            // The server may have ended the token before its time, as when its clock was set.
            (old, Err(failure)) if failure.code() == Some(ErrorCode::Unauthenticated) => {
                with(self.access(SPARE_MS, Some(&old)).await?).await.1
            }
            (_, answer) => answer,
        }
    }

    pub(crate) async fn get<T: json::Read>(&self, path: &str) -> Result<T, Failure> {
        read(&self.call("GET", path, None).await?)
    }

    /// A token for one handshake, or for the live socket.
    pub(crate) async fn socket_token(&self) -> Result<String, Failure> {
        let mut access = self.access(SOCKET_SPARE_MS, None).await?;
        for last in [false, true] {
            let ask = Ask {
                method: "POST",
                path: "/api/v1/auth/socket-token",
                token: Some(&access),
                body: Some("{}"),
                cookie: None,
            };
            match http::ask(self.to, &ask).await {
                Err(failure) if failure.code() == Some(ErrorCode::Unauthenticated) && !last => {
                    access = self.access(SOCKET_SPARE_MS, Some(&access)).await?;
                }
                Err(failure) => return Err(failure),
                Ok(answer) => return read::<SocketToken>(&answer.body).map(|token| token.token),
            }
        }
        Err(http::refused(ErrorCode::Unauthenticated))
    }

    /// Asks what the model wants to know.
    pub(crate) async fn fetch(&self, request: &Request) -> Result<model::Answer, Failure> {
        let mut path = request
            .path()
            .ok_or_else(|| http::refused(ErrorCode::NotFound))?;
        if let Request::Rooms {
            cursor: Some(cursor),
        } = request
        {
            path = format!("{path}?cursor={cursor}");
        }
        let (method, body) = match request {
            Request::Edit { body, .. } => ("PATCH", Some(json!({ "body": body }))),
            Request::Delete(_) => ("DELETE", None),
            _ => ("GET", None),
        };
        let text = self.call(method, &path, body.as_ref()).await?;
        Ok(match request {
            Request::Messages { .. } => model::Answer::Messages(read(&text)?),
            Request::Changes { .. } => model::Answer::Changes(Box::new(read(&text)?)),
            Request::Rooms { .. } => model::Answer::Rooms(read(&text)?),
            Request::Room(_) => model::Answer::Room(Box::new(read(&text)?)),
            Request::Message(_) | Request::Edit { .. } | Request::Delete(_) => {
                model::Answer::Message(Box::new(read(&text)?))
            }
            Request::Users(_) => model::Answer::Users(read(&text)?),
            Request::Members(_) => model::Answer::Members(read(&text)?),
        })
    }
}

/// Reads an answer; one that is not what was agreed counts as a bug of the server.
pub(crate) fn read<T: json::Read>(text: &str) -> Result<T, Failure> {
    json::read(text).map_err(|_| http::refused(ErrorCode::Internal))
}

fn refresh_of(answer: &Answer) -> Option<String> {
    let value = answer
        .cookies
        .iter()
        .find_map(|line| line.strip_prefix("confab_refresh="))?;
    value.split(';').next().map(str::to_owned)
}

/// Whether the session is over, rather than out of reach.
pub(crate) fn signed_out(failure: &Failure) -> bool {
    failure.code().is_some_and(|code| code.status() == 401)
}
