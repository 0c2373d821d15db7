//! Someone who calls the REST API: their tokens and cookies, requests, and answers that are checked on sight.

use super::{
    wire::{RawAnswer, Wire},
    within,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::{
    ErrorCode, MessageId, Problem, RoomId, SessionId, UserId, messages::Message, rooms::Room,
};
use std::{collections::BTreeSet, net::SocketAddr};

/// Someone on one device, signed in or not.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) address: SocketAddr,
    pub(crate) id: UserId,
    pub(crate) session: SessionId,
    /// The access token; empty: none is sent.
    pub(crate) token: String,
    /// The refresh cookie's value.
    pub(crate) refresh: String,
    /// The files cookie's value.
    pub(crate) files: String,
}

impl Caller {
    pub(crate) fn anonymous(address: SocketAddr) -> Self {
        Self {
            address,
            id: UserId(0),
            session: SessionId(0),
            token: String::new(),
            refresh: String::new(),
            files: String::new(),
        }
    }

    pub(crate) async fn register(address: SocketAddr, name: &str, password: &str) -> Self {
        let body = json!({ "username": name, "password": password });
        let anyone = Self::anonymous(address);
        let answer = anyone.post("/auth/register", &body).await;
        anyone.signed_in(&answer.expect(201))
    }

    pub(crate) async fn sign_in(address: SocketAddr, login: &str, password: &str) -> Self {
        let body = json!({ "login": login, "password": password });
        let anyone = Self::anonymous(address);
        let answer = anyone.post("/auth/login", &body).await;
        anyone.signed_in(&answer.expect(200))
    }

    /// The caller that an answer of register, login or refresh makes of this one.
    pub(crate) fn signed_in(&self, answer: &Answer) -> Self {
        let session = answer.json();
        let token = session["access_token"]
            .as_str()
            .expect("a token")
            .to_owned();
        Self {
            address: self.address,
            id: UserId(session["user"]["id"].as_i64().expect("an id")),
            session: SessionId(claims(&token)["sid"].as_i64().expect("a session")),
            refresh: answer.cookie("confab_refresh").expect("a refresh cookie"),
            files: answer.cookie("confab_files").expect("a files cookie"),
            token,
        }
    }

    /// The same person with another access token, or none.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self {
            token: token.to_owned(),
            ..self.clone()
        }
    }

    /// The same person, asking another node.
    pub(crate) fn at(&self, address: SocketAddr) -> Self {
        Self {
            address,
            ..self.clone()
        }
    }

    /// A request under `/api/v1`, with the access token.
    pub(crate) fn ask(&self, method: &str, path: &str) -> Request {
        self.plain(method, &format!("/api/v1{path}"))
    }

    /// A request to any address, with the access token.
    pub(crate) fn plain(&self, method: &str, path: &str) -> Request {
        let request = Request {
            address: self.address,
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
        };
        if self.token.is_empty() {
            request
        } else {
            request.header("authorization", &format!("Bearer {}", self.token))
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path).send().await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask("POST", path).json(body).send().await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.ask("PUT", path).json(body).send().await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.ask("PATCH", path).json(body).send().await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.ask("DELETE", path).send().await
    }

    /// Renews the access with the refresh cookie.
    pub(crate) async fn renew(&self) -> Answer {
        let cookie = format!("confab_refresh={}", self.refresh);
        self.with_token("")
            .ask("POST", "/auth/refresh")
            .header("cookie", &cookie)
            .send()
            .await
    }

    pub(crate) async fn socket_token(&self) -> String {
        let answer = self
            .post("/auth/socket-token", &json!({}))
            .await
            .expect(200);
        answer.json()["token"].as_str().expect("a token").to_owned()
    }

    pub(crate) async fn new_room(&self, kind: &str, name: &str, members: &[&Self]) -> Room {
        let ids: Vec<i64> = members.iter().map(|member| member.id.0).collect();
        let body = json!({ "kind": kind, "name": name, "member_ids": ids });
        self.post("/rooms", &body).await.expect(201).shape()
    }

    pub(crate) async fn direct(&self, others: &[&Self]) -> Room {
        let ids: Vec<i64> = others.iter().map(|other| other.id.0).collect();
        let answer = self
            .post("/rooms/direct", &json!({ "user_ids": ids }))
            .await;
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        answer.shape()
    }

    /// General, which everyone is in.
    pub(crate) async fn general(&self) -> Room {
        let rooms: Vec<Room> = self.rooms().await;
        rooms
            .into_iter()
            .find(|room| room.name == "General")
            .expect("General")
    }

    pub(crate) async fn rooms(&self) -> Vec<Room> {
        let answer = self.get("/rooms").await.expect(200);
        answer.shape::<shared::rooms::Rooms>().rooms
    }

    pub(crate) async fn room(&self, id: RoomId) -> Room {
        self.get(&format!("/rooms/{id}")).await.expect(200).shape()
    }

    pub(crate) async fn try_say(&self, room: RoomId, client_id: &str, body: &str) -> Answer {
        let new = json!({ "client_id": client_id, "body": body });
        self.post(&format!("/rooms/{room}/messages"), &new).await
    }

    pub(crate) async fn say(&self, room: RoomId, body: &str) -> Message {
        self.try_say(room, &client_id(), body)
            .await
            .expect(201)
            .shape()
    }

    pub(crate) async fn reply(&self, room: RoomId, to: MessageId, body: &str) -> Message {
        let new = json!({ "client_id": client_id(), "body": body, "reply_to": to });
        let answer = self.post(&format!("/rooms/{room}/messages"), &new).await;
        answer.expect(201).shape()
    }

    pub(crate) async fn message(&self, id: MessageId) -> Message {
        self.get(&format!("/messages/{id}"))
            .await
            .expect(200)
            .shape()
    }

    pub(crate) async fn edit(&self, id: MessageId, body: &str) -> Message {
        let answer = self
            .patch(&format!("/messages/{id}"), &json!({ "body": body }))
            .await;
        answer.expect(200).shape()
    }

    pub(crate) async fn remove_message(&self, id: MessageId) -> Message {
        self.delete(&format!("/messages/{id}"))
            .await
            .expect(200)
            .shape()
    }

    /// Removes someone from a room.
    pub(crate) async fn remove(&self, room: RoomId, member: &Self) {
        self.delete(&format!("/rooms/{room}/members/{}", member.id))
            .await
            .expect(204);
    }

    /// Adds someone to a room, or changes their role.
    pub(crate) async fn put_member(&self, room: RoomId, member: &Self, role: &str) -> Answer {
        let path = format!("/rooms/{room}/members/{}", member.id);
        self.put(&path, &json!({ "role": role })).await
    }
}

/// A fresh UUID for a message.
pub(crate) fn client_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// The claims of a token, unchecked.
pub(crate) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("three parts");
    let payload = URL_SAFE_NO_PAD.decode(payload).expect("base64");
    serde_json::from_slice(&payload).expect("JSON")
}

/// A request in the making. Each one has a connection of its own.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    address: SocketAddr,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub(crate) fn body(mut self, mime: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header("content-type", mime)
    }

    /// Sends it and waits for the answer.
    pub(crate) async fn send(self) -> Answer {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        if !self.headers.iter().any(|(name, _)| name == "host") {
            head += &format!("host: {}\r\n", self.address);
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let bare = matches!(self.method.as_str(), "GET" | "HEAD" | "TRACE" | "OPTIONS");
        if self.body.is_some() || !bare {
            head += &format!(
                "content-length: {}\r\n",
                self.body.as_ref().map_or(0, Vec::len)
            );
        }
        head += "connection: close\r\n\r\n";
        let mut wire = Wire::connect(self.address).await;
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(self.body.as_deref().unwrap_or_default());
        // A refusal may come before the whole body is out; the answer counts either way.
        wire.write(&bytes).await;
        let asked = format!("{} {}", self.method, self.path);
        let raw = within(&asked, wire.answer(self.method == "HEAD")).await;
        Answer::of(
            &asked,
            raw.unwrap_or_else(|| panic!("{asked} got no answer")),
        )
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    asked: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn of(asked: &str, raw: RawAnswer) -> Self {
        Self {
            asked: asked.to_owned(),
            status: raw.status,
            headers: raw.headers,
            body: raw.body,
        }
    }

    /// Asserts the status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text());
        self
    }

    /// Asserts a refusal with this code, in the one form that refusals have (S-CONF-1).
    #[track_caller]
    pub(crate) fn refused(&self, code: ErrorCode) -> Problem {
        let problem = self.problem();
        assert_eq!(problem.code, code, "{}: {}", self.asked, self.text());
        assert_eq!(
            self.status,
            code.status(),
            "{}: {}",
            self.asked,
            self.text()
        );
        problem
    }

    /// Asserts a validation refusal that names this field with this code.
    #[track_caller]
    pub(crate) fn invalid(&self, field: &str, code: &str) {
        let problem = self.refused(ErrorCode::Validation);
        let named = problem
            .fields
            .iter()
            .any(|error| error.name == field && error.code == code);
        assert!(
            named,
            "{}: no {field}/{code} in {}",
            self.asked,
            self.text()
        );
    }

    /// The problem document of a refusal of any kind.
    #[track_caller]
    pub(crate) fn problem(&self) -> Problem {
        let asked = &self.asked;
        assert!(
            self.status >= 400,
            "{asked}: {} {}",
            self.status,
            self.text()
        );
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{asked}: {}",
            self.text()
        );
        let problem: Problem = self.shape();
        assert_eq!(problem.status, self.status, "{asked}");
        assert_eq!(problem.kind, "about:blank", "{asked}");
        assert!(!problem.detail.is_empty(), "{asked}");
        assert_eq!(
            Some(problem.request_id.as_str()),
            self.header("x-request-id"),
            "{asked}"
        );
        assert_eq!(self.header("cache-control"), Some("no-store"), "{asked}");
        problem
    }

    /// One header's value; the first, when there are several.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All values of one header.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The headers, but for those that differ from one answer to the next whatever was asked.
    pub(crate) fn steady_headers(&self) -> BTreeSet<(String, String)> {
        let mut headers: BTreeSet<_> = self.headers.iter().cloned().collect();
        headers.retain(|(name, _)| !matches!(name.as_str(), "x-request-id" | "date"));
        headers
    }

    /// The value of a cookie that this answer sets.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.all("set-cookie").find_map(|cookie| {
            let (found, value) = cookie.split(';').next()?.split_once('=')?;
            (found == name).then(|| value.to_owned())
        })
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        self.shape()
    }

    #[track_caller]
    pub(crate) fn shape<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{}: {error} in {}", self.asked, self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}
