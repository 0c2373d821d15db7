//! The real client's model on the real server, over a network that loses frames, cuts connections and fails
//! requests when it is told to. Time is the test's: nothing here waits for a clock.

use super::{Answer, Caller, Socket};
use model::{
    Action, Answer as Brought, Delivery, Edge, Effect, Epoch, Failure, Input, Model, Outcome,
    Outgoing, Page, Refusal, ReqId, Request, Restored, Save, SocketEvent,
};
use serde::de::DeserializeOwned;
use shared::{
    Problem, RoomId, ServerFrame, Timestamp, accounts::Me, event::close, messages::Message,
};
use std::collections::{BTreeMap, VecDeque};

/// How the network behaves.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    /// No connection can be made.
    pub(crate) down: bool,
    /// Of a hundred frames, so many are lost on their way to the client.
    pub(crate) lost: u64,
    /// Of a hundred, so many come twice.
    pub(crate) twice: u64,
}

/// One person's client.
pub(crate) struct Client {
    pub(crate) caller: Caller,
    pub(crate) model: Model,
    pub(crate) weather: Weather,
    me: Box<Me>,
    now: i64,
    wakes_at: Option<i64>,
    epoch: Option<Epoch>,
    socket: Option<Socket>,
    requests: VecDeque<(ReqId, Request)>,
    saved: BTreeMap<String, Outgoing>,
    luck: u64,
    marks: u64,
}

impl Client {
    /// Signed in; not connected yet.
    pub(crate) async fn new(caller: &Caller, seed: u64) -> Self {
        let me = caller.get("/me").await.expect(200).shape();
        let mut client = Self {
            caller: caller.clone(),
            model: Model::new(seed),
            weather: Weather::default(),
            me,
            now: confab::clock::now().0,
            wakes_at: None,
            epoch: None,
            socket: None,
            requests: VecDeque::new(),
            saved: BTreeMap::new(),
            luck: seed | 1,
            marks: 0,
        };
        let me = client.me.clone();
        client.input(Input::SignedIn(me)).await;
        client
    }

    pub(crate) async fn act(&mut self, action: Action) {
        self.input(Input::User(action)).await;
    }

    pub(crate) async fn send(&mut self, room: RoomId, body: &str) {
        let client_id = super::caller::client_id();
        let body = body.to_owned();
        self.act(Action::Send {
            room,
            client_id,
            body,
        })
        .await;
    }

    /// The page is loaded anew: only what the browser kept is left.
    pub(crate) async fn reload(&mut self) {
        self.socket = None;
        self.epoch = None;
        self.wakes_at = None;
        self.requests.clear();
        self.model = Model::new(self.luck);
        let restored = Restored {
            outgoing: self.saved.values().cloned().collect(),
            ..Restored::default()
        };
        self.input(Input::Restore(Box::new(restored))).await;
        let me = self.me.clone();
        self.input(Input::SignedIn(me)).await;
    }

    /// The network is gone from one moment to the next.
    pub(crate) async fn cut(&mut self) {
        self.socket = None;
        if let Some(epoch) = self.epoch.take() {
            let closed = SocketEvent::Closed { code: 1006 };
            self.input(Input::Socket(epoch, closed)).await;
        }
    }

    /// Takes in what has come, carries out what the model wants, and lets this much time pass.
    pub(crate) async fn live(&mut self, ms: i64) {
        self.receive().await;
        while let Some((id, request)) = self.requests.pop_front() {
            let reply = if self.weather.down {
                Err(Failure::Offline)
            } else {
                self.fetch(&request).await
            };
            self.input(Input::Reply(id, reply)).await;
        }
        let until = self.now + ms;
        while let Some(at) = self.wakes_at.filter(|&at| at <= until) {
            self.now = self.now.max(at);
            self.wakes_at = None;
            self.input(Input::Tick).await;
        }
        self.now = until;
    }

    /// Everything that the server has said up to now.
    async fn receive(&mut self) {
        let Some(socket) = &mut self.socket else {
            return;
        };
        // Nobody can write into this room. The refusal comes behind the answers to everything that was written
        // before, however long its commits take: time is the test's here, and the server's is not.
        self.marks += 1;
        let mark = serde_json::json!(format!("mark {}", self.marks));
        let ask = serde_json::json!({
            "type": "send", "id": mark, "room_id": 0, "client_id": super::caller::client_id(), "body": "mark",
        });
        socket.tell(&ask).await;
        let frames = socket.frames_up_to(&mark).await;
        let ended = frames.is_none();
        for frame in frames.unwrap_or_default() {
            let times = match self.chance() {
                chance if chance < self.weather.lost => 0,
                chance if chance >= 100 - self.weather.twice => 2,
                _ => 1,
            };
            for _ in 0..times {
                if let Some(epoch) = self.epoch {
                    self.input(Input::Socket(
                        epoch,
                        SocketEvent::Frame(Box::new(frame.clone())),
                    ))
                    .await;
                }
            }
        }
        if ended {
            self.socket = None;
            if let Some(epoch) = self.epoch.take() {
                let code = close::RESTART;
                self.input(Input::Socket(epoch, SocketEvent::Closed { code }))
                    .await;
            }
        }
    }

    async fn input(&mut self, input: Input) {
        let mut waiting = VecDeque::from([input]);
        while let Some(input) = waiting.pop_front() {
            let outcome = self.model.apply(Timestamp(self.now), input);
            self.run(outcome, &mut waiting).await;
        }
    }

    async fn run(&mut self, outcome: Outcome, waiting: &mut VecDeque<Input>) {
        for effect in outcome.effects {
            match effect {
                Effect::Connect(epoch) => {
                    self.socket = None;
                    self.epoch = Some(epoch);
                    let event = if self.weather.down {
                        self.epoch = None;
                        SocketEvent::Closed { code: 1006 }
                    } else {
                        let socket = Socket::open(&self.caller).await;
                        let hello = ServerFrame::Hello(Box::new(socket.hello.clone()));
                        self.socket = Some(socket);
                        SocketEvent::Frame(Box::new(hello))
                    };
                    waiting.push_back(Input::Socket(epoch, event));
                }
                Effect::Disconnect => {
                    self.socket = None;
                    self.epoch = None;
                }
                Effect::Send(frame) => {
                    if let Some(socket) = &mut self.socket {
                        socket
                            .tell(&serde_json::to_value(frame).expect("JSON"))
                            .await;
                    }
                }
                Effect::Fetch(id, request) => self.requests.push_back((id, request)),
                Effect::RenewAuth => {
                    waiting.push_back(Input::AuthToken(self.caller.socket_token().await))
                }
                Effect::Save(Save::Outgoing(outgoing)) => {
                    self.saved.insert(outgoing.client_id.clone(), *outgoing);
                }
                Effect::Save(Save::OutgoingGone { client_id }) => {
                    self.saved.remove(&client_id);
                }
                Effect::WakeIn(ms) => self.wakes_at = Some(self.now + ms),
                Effect::Save(Save::Draft { .. }) | Effect::Notify(_) => {}
            }
        }
    }

    async fn fetch(&self, request: &Request) -> Result<Brought, Failure> {
        let get = |path: String| async move { self.caller.get(&path).await };
        match request {
            Request::Messages { room, page, limit } => {
                let place = match page {
                    Page::Latest => String::new(),
                    Page::Before(seq) => format!("&before={seq}"),
                    Page::After(seq) => format!("&after={seq}"),
                    Page::Around(seq) => format!("&around={seq}"),
                };
                let answer = get(format!("/rooms/{room}/messages?limit={limit}{place}")).await;
                read(&answer).map(Brought::Messages)
            }
            Request::Changes { room, after } => {
                let answer = get(format!("/rooms/{room}/changes?after={after}")).await;
                read(&answer).map(|changes| Brought::Changes(Box::new(changes)))
            }
            Request::Rooms { cursor } => {
                let cursor = cursor
                    .as_ref()
                    .map_or_else(String::new, |cursor| format!("?cursor={cursor}"));
                read(&get(format!("/rooms{cursor}")).await).map(Brought::Rooms)
            }
            Request::Room(room) => {
                read(&get(format!("/rooms/{room}")).await).map(|room| Brought::Room(Box::new(room)))
            }
            Request::Message(id) => read(&get(format!("/messages/{id}")).await)
                .map(|message| Brought::Message(Box::new(message))),
            Request::Users(ids) => {
                let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                read(&get(format!("/users?ids={}", ids.join(","))).await).map(Brought::Users)
            }
            Request::Members(room) => {
                read(&get(format!("/rooms/{room}/members")).await).map(Brought::Members)
            }
            Request::Edit { message, body } => {
                let body = serde_json::json!({ "body": body });
                let answer = self
                    .caller
                    .patch(&format!("/messages/{message}"), &body)
                    .await;
                read(&answer).map(|message| Brought::Message(Box::new(message)))
            }
            Request::Delete(message) => {
                let answer = self.caller.delete(&format!("/messages/{message}")).await;
                read(&answer).map(|message| Brought::Message(Box::new(message)))
            }
        }
    }

    /// The messages that the client shows of a room, as it shows them, oldest first.
    pub(crate) fn shown(&self, room: RoomId) -> Vec<Message> {
        let view = self.model.timeline(room);
        let rows = view.rows.iter().filter(|row| row.seq > 0);
        rows.filter_map(|row| {
            self.model
                .message(row.key)
                .map(|view| (*view.message).clone())
        })
        .collect()
    }

    /// Scrolls on towards both ends of a room.
    pub(crate) async fn load_all(&mut self, room: RoomId) {
        let view = self.model.timeline(room);
        if matches!(view.before, Edge::More | Edge::Failed) {
            self.act(Action::LoadBefore(room)).await;
        }
        if matches!(view.after, Edge::More | Edge::Failed) {
            self.act(Action::LoadAfter(room)).await;
        }
    }

    /// How many of one's own messages are not known to be sent. Those that gave up are tried again.
    pub(crate) async fn unsent(&mut self, room: RoomId) -> usize {
        let view = self.model.timeline(room);
        let echoes: Vec<_> = view
            .rows
            .iter()
            .filter(|row| row.seq == 0)
            .map(|row| row.key)
            .collect();
        for &key in &echoes {
            let delivery = self.model.message(key).map(|view| view.delivery);
            if let Some(Delivery::Failed { .. } | Delivery::Expired) = delivery {
                self.act(Action::TryAgain(key)).await;
            }
        }
        echoes.len()
    }

    /// The next number of a plain sequence, 0 to 99: chance that can be repeated.
    pub(crate) fn chance(&mut self) -> u64 {
        self.luck = self
            .luck
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.luck >> 33) % 100
    }
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, Failure> {
    if answer.status < 400 {
        return Ok(answer.shape());
    }
    let problem: Problem = answer.problem();
    Err(Failure::Refused(Box::new(Refusal {
        code: problem.code,
        detail: problem.detail,
        fields: problem.fields,
        retry_after_ms: None,
        request_id: problem.request_id,
    })))
}
