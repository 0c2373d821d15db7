//! The model on a network that can be told to misbehave, with the server of the tests at its other end.

use crate::server::{ME, Server, me, refusal};
use model::{
    Action, Answer, Delivery, Edge, Effect, Epoch, Failure, Input, Key, Model, Notice, Outcome,
    Outgoing, ReqId, Request, Restored, Save, Slice, SocketEvent, Touched,
};
use shared::{
    ClientFrame, ErrorCode, MessageId, RoomId, ServerFrame, Timestamp, UserId,
    messages::{Message, MessageKind},
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub(crate) struct Client {
    pub(crate) model: Model,
    pub(crate) server: Server,
    pub(crate) now: i64,
    wakes_at: Option<i64>,
    /// The socket that the model wants, and whether the server has accepted it.
    pub(crate) epoch: Option<Epoch>,
    pub(crate) connected: bool,
    pub(crate) down: VecDeque<ServerFrame>,
    pub(crate) up: VecDeque<ClientFrame>,
    pub(crate) requests: Vec<(ReqId, Request)>,
    pub(crate) answers: Vec<(ReqId, Result<Answer, Failure>)>,
    pub(crate) saved: BTreeMap<String, Outgoing>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) renewals: usize,
    pub(crate) sent: u64,
    /// Effects other than timers.
    happened: u64,
    /// Compare all slices before and after each input.
    pub(crate) strict: bool,
}

impl Client {
    /// Signed in and connected.
    pub(crate) fn new() -> Self {
        let mut client = Self::offline();
        client.connect();
        client
    }

    pub(crate) fn offline() -> Self {
        let mut client = Self {
            model: Model::new(7),
            server: Server::new(),
            now: 10_000_000,
            wakes_at: None,
            epoch: None,
            connected: false,
            down: VecDeque::new(),
            up: VecDeque::new(),
            requests: Vec::new(),
            answers: Vec::new(),
            saved: BTreeMap::new(),
            notices: Vec::new(),
            renewals: 0,
            sent: 0,
            happened: 0,
            strict: false,
        };
        client.input(Input::SignedIn(Box::new(me())));
        client
    }

    pub(crate) fn input(&mut self, input: Input) {
        let before = self
            .strict
            .then(|| (project(&self.model), self.revs(), input.clone()));
        let outcome = self.model.apply(Timestamp(self.now), input);
        if let Some((before, revs, input)) = before {
            check_touched(&before, &project(&self.model), &outcome.touched, &input);
            for (id, rev) in self.revs() {
                assert!(
                    revs.get(&id).is_none_or(|&before| before <= rev),
                    "{id} goes back by {input:?}"
                );
            }
        }
        self.run(outcome);
    }

    pub(crate) fn act(&mut self, action: Action) {
        self.input(Input::User(action));
    }

    fn run(&mut self, outcome: Outcome) {
        for effect in outcome.effects {
            self.happened += u64::from(!matches!(effect, Effect::WakeIn(_)));
            match effect {
                Effect::Connect(epoch) => {
                    self.cut();
                    self.epoch = Some(epoch);
                }
                Effect::Disconnect => {
                    self.cut();
                    self.epoch = None;
                }
                Effect::Send(frame) => self.up.push_back(frame),
                Effect::Fetch(id, request) => self.requests.push((id, request)),
                Effect::RenewAuth => self.renewals += 1,
                Effect::Save(Save::Outgoing(outgoing)) => {
                    self.saved.insert(outgoing.client_id.clone(), *outgoing);
                }
                Effect::Save(Save::OutgoingGone { client_id }) => {
                    self.saved.remove(&client_id);
                }
                Effect::Save(Save::Draft { .. }) => {}
                Effect::WakeIn(ms) => self.wakes_at = Some(self.now + ms),
                Effect::Notify(notice) => self.notices.push(notice),
            }
        }
    }

    fn cut(&mut self) {
        self.connected = false;
        self.down.clear();
        self.up.clear();
        self.server.out.clear();
    }

    /// Accepts the socket that the model wants; `hello` is on its way.
    pub(crate) fn connect(&mut self) {
        if self.epoch.is_some() && !self.connected {
            self.connected = true;
            self.server.out.clear();
            self.down.clear();
            self.down.push_back(self.server.hello());
            self.deliver();
        }
    }

    /// Waits until the model wants a socket, and accepts it.
    pub(crate) fn come_back(&mut self) {
        while self.epoch.is_none() {
            self.pass(100);
        }
        self.connect();
    }

    /// Ends the socket from outside.
    pub(crate) fn disconnect(&mut self, code: u16) {
        if let Some(epoch) = self.epoch.take() {
            self.cut();
            self.input(Input::Socket(epoch, SocketEvent::Closed { code }));
        }
    }

    /// What the server said goes onto the wire.
    pub(crate) fn collect(&mut self) {
        let out = std::mem::take(&mut self.server.out);
        if !self.connected {
            return;
        }
        for frame in out {
            if let ServerFrame::MyRoomLeft { room_id } = &frame {
                self.down
                    .retain(|waiting| room_of(waiting) != Some(*room_id));
            }
            self.down.push_back(frame);
        }
    }

    pub(crate) fn deliver(&mut self) {
        if let (Some(epoch), Some(frame)) = (self.epoch, self.down.pop_front()) {
            self.input(Input::Socket(epoch, SocketEvent::Frame(Box::new(frame))));
        }
    }

    pub(crate) fn deliver_all(&mut self) {
        self.collect();
        while !self.down.is_empty() && self.epoch.is_some() {
            self.deliver();
        }
    }

    /// The server takes the client's next frame.
    pub(crate) fn serve_frame(&mut self) {
        if let (true, Some(frame)) = (self.connected, self.up.pop_front()) {
            self.server.frame(frame);
            self.collect();
        }
    }

    /// The server reads what a request asks for; the answer is on its way.
    pub(crate) fn serve_request(&mut self, index: usize) {
        if !self.requests.is_empty() {
            let (id, request) = self.requests.remove(index % self.requests.len());
            let answer = self.server.answer(&request);
            self.collect();
            self.answers.push((id, answer));
        }
    }

    pub(crate) fn fail_request(&mut self, index: usize) {
        if !self.requests.is_empty() {
            let (id, _) = self.requests.remove(index % self.requests.len());
            self.answers.push((id, Err(Failure::Offline)));
        }
    }

    pub(crate) fn refuse_request(&mut self, index: usize, code: ErrorCode) {
        let (id, _) = self.requests.remove(index);
        self.input(Input::Reply(id, Err(refusal(code))));
    }

    pub(crate) fn answer(&mut self, index: usize) {
        if !self.answers.is_empty() {
            let (id, answer) = self.answers.remove(index % self.answers.len());
            self.input(Input::Reply(id, answer));
        }
    }

    /// Time passes; the model wakes where it asked to.
    pub(crate) fn pass(&mut self, ms: i64) {
        let until = self.now + ms;
        let mut wakes = 0;
        while let Some(at) = self.wakes_at.filter(|&at| at <= until) {
            wakes += 1;
            assert!(wakes < 2_000, "the model wakes without end at {at}");
            self.now = self.now.max(at);
            self.wakes_at = None;
            self.input(Input::Tick);
        }
        self.now = until;
    }

    pub(crate) fn send(&mut self, room: RoomId) -> String {
        self.sent += 1;
        let body = format!("mine {}", self.sent);
        let client_id = format!("00000000-0000-4000-8000-{:012}", self.sent);
        self.act(Action::Send {
            room,
            client_id,
            body: body.clone(),
        });
        body
    }

    /// The page is loaded anew: only what was saved is left.
    pub(crate) fn restart(&mut self) {
        self.cut();
        self.epoch = None;
        self.requests.clear();
        self.answers.clear();
        self.wakes_at = None;
        self.model = Model::new(self.sent);
        let restored = Restored {
            outgoing: self.saved.values().cloned().collect(),
            drafts: Vec::new(),
            snapshot: None,
        };
        self.input(Input::Restore(Box::new(restored)));
        self.input(Input::SignedIn(Box::new(me())));
    }

    /// One round with everything working.
    pub(crate) fn round(&mut self) {
        self.connect();
        self.deliver_all();
        while !self.requests.is_empty()
            || !self.answers.is_empty()
            || (self.connected && !self.up.is_empty())
        {
            self.serve_frame();
            self.serve_request(0);
            self.answer(0);
            self.deliver_all();
        }
    }

    /// The network works from now on, until nothing happens for longer than anything waits.
    pub(crate) fn settle(&mut self) {
        let mut quiet = 0;
        for _ in 0..60 {
            let before = self.happened;
            self.round();
            self.fill_empty();
            self.try_all_again();
            self.pass(1_000);
            quiet = if self.connected && self.happened == before {
                quiet + 1
            } else {
                0
            };
            if quiet > 7 {
                return;
            }
            // The nodes tell heads from time to time, and ping.
            if self.connected {
                self.server.out.push(ServerFrame::Ping {
                    server_time: Timestamp(0),
                });
                let heads = self.server.heads();
                self.server
                    .out
                    .extend(heads.into_iter().map(ServerFrame::Head));
            }
        }
        panic!("it never comes to rest");
    }

    /// As the timeline does where both edges are in sight: all that is loaded may be deleted.
    fn fill_empty(&mut self) {
        for id in self.server.mine() {
            let view = self.model.timeline(id);
            if !view.loaded || !view.rows.is_empty() {
                continue;
            }
            if view.before == Edge::More {
                self.act(Action::LoadBefore(id));
            }
            if view.after == Edge::More {
                self.act(Action::LoadAfter(id));
            }
        }
    }

    fn try_all_again(&mut self) {
        for key in self.echoes() {
            if matches!(
                self.model.message(key).map(|view| view.delivery),
                Some(Delivery::Failed { code: None, .. } | Delivery::Expired)
            ) {
                self.act(Action::TryAgain(key));
            }
        }
    }

    /// The revisions of the messages that are shown.
    fn revs(&self) -> BTreeMap<MessageId, i64> {
        self.server
            .rooms
            .keys()
            .flat_map(|&room| self.shown(room))
            .filter(|message| message.seq > 0)
            .map(|message| (message.id, message.rev))
            .collect()
    }

    fn echoes(&self) -> Vec<Key> {
        self.server
            .rooms
            .keys()
            .flat_map(|&room| self.model.timeline(room).rows.to_vec())
            .filter(|row| row.seq == 0)
            .map(|row| row.key)
            .collect()
    }

    /// What is shown of a room, as messages.
    pub(crate) fn shown(&self, room: RoomId) -> Vec<Message> {
        let view = self.model.timeline(room);
        view.rows
            .iter()
            .map(|row| {
                (*self
                    .model
                    .message(row.key)
                    .expect("a row has a message")
                    .message)
                    .clone()
            })
            .collect()
    }

    /// The model shows what a fresh load would show.
    pub(crate) fn assert_converged(&self) {
        let mine: BTreeSet<RoomId> = self.server.mine().into_iter().collect();
        let known: BTreeSet<RoomId> = self.model.rooms().map(|room| room.id).collect();
        assert_eq!(known, mine, "rooms");
        for &id in &mine {
            assert_eq!(
                self.model.room(id),
                Some(&self.server.view(id)),
                "facts of room {id}"
            );
            self.assert_timeline(id);
            if let Some(members) = self.model.members(id) {
                let members: Vec<_> = members.iter().map(|m| (m.user, m.role)).collect();
                assert_eq!(members, self.server.roles(id), "members of room {id}");
            }
        }
    }

    fn assert_timeline(&self, id: RoomId) {
        let view = self.model.timeline(id);
        if !view.loaded {
            return;
        }
        let shown: Vec<Message> = self.shown(id).into_iter().filter(|m| m.seq > 0).collect();
        let all = &self.server.rooms[&id].messages;
        let from = match (view.before, shown.first()) {
            (Edge::Reached, _) | (_, None) => 1,
            (_, Some(first)) => first.seq,
        };
        let to = match (view.after, shown.last()) {
            (Edge::Reached, _) | (_, None) => all.len() as i64,
            (_, Some(last)) => last.seq,
        };
        let expected: Vec<Message> = all
            .iter()
            .filter(|m| (from..=to).contains(&m.seq))
            .filter(|m| m.deleted_at.is_none() || shown.iter().any(|shown| shown.id == m.id))
            .cloned()
            .collect();
        assert_eq!(shown, expected, "messages of room {id}");
        for tomb in shown.iter().filter(|m| m.deleted_at.is_some()) {
            let answered =
                |m: &Message| m.reply_to.as_ref().is_some_and(|reply| reply.id == tomb.id);
            assert!(
                shown.iter().any(answered),
                "a tombstone without an answer is shown"
            );
        }
    }

    /// The texts I sent to a room, as the server has them.
    pub(crate) fn mine_in(&self, room: RoomId) -> Vec<String> {
        self.server.rooms[&room]
            .messages
            .iter()
            .filter(|m| m.author_id == ME && m.kind == MessageKind::Text)
            .map(|m| m.body.clone())
            .collect()
    }
}

pub(crate) fn room_of(frame: &ServerFrame) -> Option<RoomId> {
    match frame {
        ServerFrame::Message { room_id, .. }
        | ServerFrame::Room { room_id, .. }
        | ServerFrame::Member { room_id, .. } => Some(*room_id),
        ServerFrame::Head(head) => Some(head.room_id),
        _ => None,
    }
}

/// Everything that views can read, by the slice that announces it.
fn project(model: &Model) -> BTreeMap<Slice, String> {
    let mut all = BTreeMap::new();
    let mut put = |slice, value: String| all.insert(slice, value);
    put(
        Slice::Session,
        format!("{:?} {:?}", model.session(), model.limits()),
    );
    put(Slice::Connection, format!("{:?}", model.connection()));
    put(Slice::Open, format!("{:?}", model.open()));
    put(Slice::Attention, format!("{}", model.attention()));
    let direct: Vec<_> = (1..=4).map(|id| model.direct_with(UserId(id))).collect();
    put(
        Slice::Rooms,
        format!("{:?} {} {direct:?}", model.sections(), model.rooms_known()),
    );
    for id in (1..=4).map(RoomId) {
        put(
            Slice::Room(id),
            format!(
                "{:?} {:?} {}",
                model.room_row(id),
                model.room(id),
                model.room_name(id)
            ),
        );
        let view = model.timeline(id);
        put(
            Slice::Timeline(id),
            format!("{view:?} {:?}", model.last_own(id)),
        );
        put(Slice::Members(id), format!("{:?}", model.members(id)));
        put(Slice::Typing(id), format!("{:?}", model.typing(id)));
        put(Slice::Composer(id), format!("{:?}", model.composer(id)));
        for row in view.rows.iter() {
            put(
                Slice::Message(row.key),
                format!("{:?}", model.message(row.key)),
            );
        }
    }
    for id in (1..=4).map(UserId) {
        put(Slice::User(id), format!("{:?}", model.user(id)));
        put(
            Slice::Presence(id),
            format!("{:?} {:?}", model.presence(id), model.last_seen(id)),
        );
    }
    all
}

fn check_touched(
    before: &BTreeMap<Slice, String>,
    after: &BTreeMap<Slice, String>,
    touched: &Touched,
    input: &Input,
) {
    for (slice, value) in after {
        // A row that was not shown is read for the first time when it is.
        let new_row = matches!(slice, Slice::Message(_)) && !before.contains_key(slice);
        if before.get(slice) != Some(value) && !new_row {
            assert!(
                touched.contains(*slice),
                "{slice:?} changed untold by {input:?}\nfrom {:?}\nto   {value}",
                before.get(slice)
            );
        }
    }
}
