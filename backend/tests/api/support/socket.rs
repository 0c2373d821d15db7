//! One live socket, down to its bytes. Silence is proved by what comes next, never by waiting.

use super::{
    Caller, PATIENCE,
    caller::client_id,
    wire::{RawAnswer, Wire},
    within,
};
use serde_json::{Value, json};
use shared::{
    ErrorCode, RoomId, ServerFrame,
    event::Hello,
    messages::{Changes, Message, Sent},
};
use std::{
    collections::VecDeque,
    fmt::{self, Write as _},
    io::ErrorKind,
    net::SocketAddr,
    time::Duration,
};

pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// What a socket says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    Frame(Value),
    Pong(Vec<u8>),
    /// A close frame with its code; 1005 when it has none.
    Closed(u16),
    /// The connection ended without a close frame.
    Gone,
}

/// A client of the socket.
pub(crate) struct Socket {
    wire: Wire,
    pub(crate) hello: Hello,
    /// Frames that came while something else was waited for.
    kept: VecDeque<Value>,
    next_id: u64,
}

/// A handshake's headers, as a program sends them.
pub(crate) fn handshake(address: SocketAddr, target: &str, headers: &[(&str, &str)]) -> String {
    let mut head = format!("GET {target} HTTP/1.1\r\n");
    let host = address.to_string();
    let own = [
        ("host", host.as_str()),
        ("upgrade", "websocket"),
        ("connection", "Upgrade"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    for (name, value) in own {
        if !headers.iter().any(|(given, _)| *given == name) {
            head += &format!("{name}: {value}\r\n");
        }
    }
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        head += &format!("{name}: {value}\r\n");
    }
    head + "\r\n"
}

/// Tries a handshake; headers given with an empty value are left out.
pub(crate) async fn knock(
    address: SocketAddr,
    target: &str,
    headers: &[(&str, &str)],
) -> RawAnswer {
    let mut wire = Wire::connect(address).await;
    wire.write(handshake(address, target, headers).as_bytes())
        .await;
    within("an answer to the handshake", wire.answer(false))
        .await
        .expect("an answer")
}

/// One frame as a client sends it (RFC 6455, 5.2): masked, `first` is FIN, RSV and opcode.
pub(crate) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x1f, 0x2e, 0x3d, 0x4c];
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..=125 => bytes.push(0x80 | u8::try_from(short).expect("short")),
        middle @ 126..=65_535 => {
            bytes.push(0x80 | 126);
            bytes.extend_from_slice(&u16::try_from(middle).expect("middle").to_be_bytes());
        }
        long => {
            bytes.push(0x80 | 127);
            bytes.extend_from_slice(&u64::try_from(long).expect("long").to_be_bytes());
        }
    }
    bytes.extend_from_slice(&mask);
    bytes.extend(
        payload
            .iter()
            .zip(mask.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    bytes
}

impl Socket {
    /// Opens a socket as the web client does, with a token for one handshake, and reads `hello`.
    pub(crate) async fn open(caller: &Caller) -> Self {
        let token = caller.socket_token().await;
        Self::over(Wire::connect(caller.address).await, caller.address, &token).await
    }

    /// Opens a socket with this very token.
    pub(crate) async fn with_token(address: SocketAddr, token: &str) -> Self {
        Self::over(Wire::connect(address).await, address, token).await
    }

    /// A socket that takes in only a few KiB before it is read.
    pub(crate) async fn open_narrow(caller: &Caller) -> Self {
        let token = caller.socket_token().await;
        Self::narrow_with_token(caller.address, &token).await
    }

    /// The same with this very token.
    pub(crate) async fn narrow_with_token(address: SocketAddr, token: &str) -> Self {
        Self::over(Wire::connect_narrow(address).await, address, token).await
    }

    /// Comes back to a server that is away, trying again for as long as connections are refused, or as it is
    /// told to wait in the place of `hello`. Any other failure is one. Tells how often it was refused.
    pub(crate) async fn come_back(
        address: SocketAddr,
        token: &str,
        pause: Duration,
    ) -> (Self, u32) {
        let mut refused = 0;
        let returning = async {
            loop {
                match Wire::try_connect(address).await {
                    Ok(wire) => match Self::greeted(wire, address, token).await {
                        Ok(socket) => return socket,
                        Err(wait) => tokio::time::sleep(wait).await,
                    },
                    Err(error) => {
                        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
                        refused += 1;
                        tokio::time::sleep(pause).await;
                    }
                }
            }
        };
        let socket = tokio::time::timeout(3 * PATIENCE, returning).await;
        (socket.expect("the server's return"), refused)
    }

    async fn over(wire: Wire, address: SocketAddr, token: &str) -> Self {
        match Self::greeted(wire, address, token).await {
            Ok(socket) => socket,
            Err(wait) => panic!("told to wait for {wait:?} instead of hello"),
        }
    }

    /// Opens a socket and reads `hello`, or how long to wait before the next try.
    async fn greeted(mut wire: Wire, address: SocketAddr, token: &str) -> Result<Self, Duration> {
        let head = handshake(address, &format!("/ws?token={token}"), &[]);
        wire.write(head.as_bytes()).await;
        let answer = within("the handshake", wire.answer(false))
            .await
            .expect("an answer");
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, 101, "{text}");
        // RFC 6455, 1.3: the answer to the sample key.
        let accept = answer.all("sec-websocket-accept").next();
        assert_eq!(accept, Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert_eq!(
            answer.all("set-cookie").next(),
            None,
            "S-WS-3: no cookie on the upgrade"
        );
        let first = match within("hello", read(&mut wire)).await {
            Said::Frame(frame) => frame,
            other => panic!("{other:?} instead of hello"),
        };
        if let Some(wait) = first["retry_after_ms"].as_u64() {
            return Err(Duration::from_millis(wait));
        }
        assert_eq!(
            first["type"], "hello",
            "hello is the first frame, not {first}"
        );
        Ok(Self {
            wire,
            hello: serde_json::from_value(first).expect("hello's shape"),
            kept: VecDeque::new(),
            next_id: 1,
        })
    }

    /// Sends bytes as they are; false when the other side is gone.
    pub(crate) async fn raw(&mut self, bytes: &[u8]) -> bool {
        self.wire.write(bytes).await
    }

    /// Sends a text frame as it is.
    pub(crate) async fn text(&mut self, text: &str) {
        self.raw(&masked(0x80 | TEXT, text.as_bytes())).await;
    }

    /// Sends a frame without waiting for anything.
    pub(crate) async fn tell(&mut self, frame: &Value) {
        self.text(&frame.to_string()).await;
    }

    /// Sends a request under an `id` of its own and gives back its `ack`, or the code of its `error`.
    /// What else comes meanwhile is kept.
    pub(crate) async fn ask(&mut self, mut frame: Value) -> Result<Value, ErrorCode> {
        let id = self.mark();
        frame["id"] = json!(id);
        self.tell(&frame).await;
        self.answer_to(&json!(id)).await
    }

    /// An `id` that no request had yet.
    pub(crate) fn mark(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// Waits for the `ack` or `error` of one request.
    pub(crate) async fn answer_to(&mut self, id: &Value) -> Result<Value, ErrorCode> {
        loop {
            let frame = match self.said().await {
                Said::Frame(frame) => frame,
                Said::Pong(_) => continue,
                other => panic!("{other:?} instead of the answer to {id}"),
            };
            if frame["id"] != *id {
                self.kept.push_back(frame);
            } else if frame["type"] == "ack" {
                return Ok(frame);
            } else {
                assert_eq!(frame["type"], "error", "{frame}");
                assert!(
                    frame["detail"]
                        .as_str()
                        .is_some_and(|detail| !detail.is_empty()),
                    "{frame}"
                );
                return Err(ErrorCode::parse(frame["code"].as_str().expect("a code"))
                    .expect("a known code"));
            }
        }
    }

    /// Sends a message and waits until it is durable.
    pub(crate) async fn say(&mut self, room: RoomId, body: &str) -> Sent {
        self.try_say(room, &client_id(), body)
            .await
            .expect("an ack")
    }

    pub(crate) async fn try_say(
        &mut self,
        room: RoomId,
        client_id: &str,
        body: &str,
    ) -> Result<Sent, ErrorCode> {
        let send = json!({ "type": "send", "room_id": room, "client_id": client_id, "body": body });
        let ack = self.ask(send).await?;
        Ok(serde_json::from_value(ack).expect("the shape of an ack of send"))
    }

    pub(crate) async fn changes(&mut self, room: RoomId, after: i64) -> Result<Changes, ErrorCode> {
        let ask = json!({ "type": "changes", "room_id": room, "after": after });
        let ack = self.ask(ask).await?;
        Ok(serde_json::from_value(ack).expect("the shape of an ack of changes"))
    }

    /// Has the server done with everything sent before this? Answers when it has.
    pub(crate) async fn settle(&mut self) {
        let refused = self
            .ask(json!({ "type": "changes", "room_id": 0, "after": 0 }))
            .await;
        assert_eq!(refused, Err(ErrorCode::NotFound));
    }

    /// Every frame up to the answer that has this mark; `None` when the socket ended before.
    pub(crate) async fn frames_up_to(&mut self, mark: &Value) -> Option<Vec<ServerFrame>> {
        let mut frames = Vec::new();
        loop {
            match self.said().await {
                Said::Frame(frame) if frame["id"] == *mark => return Some(frames),
                Said::Frame(frame) => frames.push(typed(&frame)),
                Said::Pong(_) => {}
                Said::Closed(_) | Said::Gone => return None,
            }
        }
    }

    /// The next frame as JSON, pings left out.
    pub(crate) async fn next_json(&mut self) -> Value {
        if let Some(frame) = self.kept.pop_front() {
            return frame;
        }
        loop {
            match self.said().await {
                Said::Frame(frame) => return frame,
                Said::Pong(_) => {}
                other => panic!("{other:?} instead of a frame"),
            }
        }
    }

    /// The next frame, pings left out.
    pub(crate) async fn next(&mut self) -> ServerFrame {
        let json = self.next_json().await;
        typed(&json)
    }

    /// The next frame, or `None` when the connection ends.
    pub(crate) async fn next_or_end(&mut self) -> Option<ServerFrame> {
        if let Some(frame) = self.kept.pop_front() {
            return Some(typed(&frame));
        }
        match self.said().await {
            Said::Frame(frame) => Some(typed(&frame)),
            _ => None,
        }
    }

    /// Takes in one byte and no more, if one is there.
    pub(crate) fn sip(&mut self) {
        self.wire.sip();
    }

    /// Reads up to a short frame with this text in it, without a look at anything else.
    pub(crate) async fn skim(&mut self, text: &str) {
        loop {
            let frame = within(text, read_frame(&mut self.wire)).await;
            let (_, payload) = frame.expect("more frames");
            if payload.len() < 1024 && String::from_utf8_lossy(&payload).contains(text) {
                return;
            }
        }
    }

    /// The first frame that `wanted` makes something of; what comes before it is passed over.
    pub(crate) async fn until<T>(
        &mut self,
        what: &str,
        mut wanted: impl FnMut(ServerFrame) -> Option<T>,
    ) -> T {
        let mut passed = Vec::new();
        let looking = async {
            loop {
                let frame = self.next().await;
                passed.push(Opening::of(&frame));
                if let Some(found) = wanted(frame) {
                    return found;
                }
            }
        };
        match tokio::time::timeout(PATIENCE, looking).await {
            Ok(found) => found,
            Err(_) => panic!("{what} did not come; what came: {passed:#?}"),
        }
    }

    /// The `message` frame with this body; what comes before it is passed over.
    pub(crate) async fn message(&mut self, body: &str) -> Message {
        self.until(body, |frame| match frame {
            ServerFrame::Message { message, .. } if message.body == body => Some(*message),
            _ => None,
        })
        .await
    }

    /// Everything that comes before the message with this body. What a stranger must not get is looked
    /// for in here.
    pub(crate) async fn before(&mut self, marker: &str) -> Vec<ServerFrame> {
        let mut before = Vec::new();
        loop {
            match within(marker, self.next()).await {
                ServerFrame::Message { message, .. } if message.body == marker => return before,
                frame => before.push(frame),
            }
        }
    }

    /// What comes next, whatever it is; pings are left out, and what one of several nodes says whenever it may
    /// have missed something: `nodes.rs` looks at that.
    pub(crate) async fn said(&mut self) -> Said {
        loop {
            match within("a frame", read(&mut self.wire)).await {
                Said::Frame(frame) if frame["type"] == "ping" => {}
                Said::Frame(frame) if self.wire.is_one_of_several() && is_for_all(&frame) => {}
                said => return said,
            }
        }
    }

    /// Waits for the end and gives its code, whatever is said before.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            match self.said().await {
                Said::Closed(code) => return code,
                Said::Gone => panic!("the connection ended without a close frame"),
                Said::Frame(frame) => self.kept.push_back(frame),
                Said::Pong(_) => {}
            }
        }
    }

    /// Waits for the end and gives what was said before it and the code.
    pub(crate) async fn last_words(&mut self) -> (Vec<Value>, u16) {
        let code = self.closed().await;
        (self.kept.drain(..).collect(), code)
    }

    /// Proves that the socket lives: it answers a request.
    pub(crate) async fn lives(&mut self) {
        self.settle().await;
    }
}

/// The first characters of what something looks like, without the work for the rest.
struct Opening(String);

impl Opening {
    const BYTES: usize = 160;

    fn of(frame: &ServerFrame) -> String {
        let mut opening = Self(String::new());
        // Refuses what is beyond the opening.
        let _ = write!(opening, "{frame:?}");
        opening.0
    }
}

impl fmt::Write for Opening {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push_str(text);
        if self.0.len() < Self::BYTES {
            Ok(())
        } else {
            Err(fmt::Error)
        }
    }
}

fn typed(json: &Value) -> ServerFrame {
    let frame = ServerFrame::read(&json.to_string()).expect("a frame of ours");
    assert_ne!(frame, ServerFrame::Unknown, "{json}");
    frame
}

/// The first byte of a frame and what it carries; `None` when the connection ends.
async fn read_frame(wire: &mut Wire) -> Option<(u8, Vec<u8>)> {
    let head = wire.take(2).await?;
    assert_eq!(head[0] & 0x70, 0, "no reserved bit is ours (S-WS-7)");
    assert_eq!(head[1] & 0x80, 0, "a server masks nothing (RFC 6455, 5.1)");
    let length = match head[1] {
        126 => u64::from(u16::from_be_bytes(
            wire.take(2).await?.try_into().expect("two"),
        )),
        127 => u64::from_be_bytes(wire.take(8).await?.try_into().expect("eight")),
        short => u64::from(short),
    };
    let payload = wire
        .take(usize::try_from(length).expect("a length"))
        .await?;
    Some((head[0], payload))
}

/// Whether it sends everyone to ask for their rooms again.
fn is_for_all(frame: &Value) -> bool {
    frame["type"] == "lagged" && frame["rooms"].as_array().is_some_and(Vec::is_empty)
}

async fn read(wire: &mut Wire) -> Said {
    let Some((first, payload)) = read_frame(wire).await else {
        return Said::Gone;
    };
    match first {
        0x81 => Said::Frame(serde_json::from_slice(&payload).expect("JSON")),
        0x88 if payload.len() >= 2 => Said::Closed(u16::from_be_bytes([payload[0], payload[1]])),
        0x88 => Said::Closed(1005),
        0x8a => Said::Pong(payload),
        other => panic!("a frame that starts with {other:#x}"),
    }
}
