//! Anything that can happen, in any order: to the rooms, to the network, at the client.

use crate::{
    client::{Client, room_of},
    server::ME,
};
use model::{Action, Input, PageEvent};
use proptest::prelude::*;
use shared::{
    RoomId, ServerFrame, UserId,
    event::close,
    presence::{Presence, UserPresence},
};

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Say(RoomId, UserId, Option<usize>),
    Amend(RoomId, usize, bool),
    Join(RoomId, UserId),
    Leave(RoomId, UserId),
    Rename(RoomId, u8),
    ReadElsewhere(RoomId, usize),
    Mute(RoomId, bool),
    Ephemeral(RoomId, UserId),

    Collect,
    Deliver,
    DeliverAll,
    Lose,
    Twice,
    Swap,
    Lag(bool),
    Head,
    Close(u16),
    Connect,
    ServeFrame,
    ServeAndLoseAnswer,
    LoseUp,
    ServeRequest(usize),
    FailRequest(usize),
    Answer(usize),
    Pass(i64),
    Restart,
    /// A page is read, then things happen and arrive, then the page arrives.
    Race(Box<Op>, Vec<Op>),

    Open(RoomId),
    CloseRoom,
    Before(RoomId),
    After(RoomId),
    Jump(RoomId, usize),
    JumpToMessage(RoomId, usize),
    Latest(RoomId),
    NeedMembers(RoomId),
    Send(RoomId),
    TryAgain(RoomId),
    EditMine(RoomId),
    DeleteMine(RoomId),
    Reply(RoomId, usize),
    Draft(RoomId, bool),
    Read(RoomId, usize),
    MarkRead(RoomId),
    Page(PageEvent),
}

fn room() -> impl Strategy<Value = RoomId> {
    (1..=3_i64).prop_map(RoomId)
}

fn other() -> impl Strategy<Value = UserId> {
    (2..=4_i64).prop_map(UserId)
}

/// What happens in rooms that stay as they are.
fn talk() -> BoxedStrategy<Op> {
    prop_oneof![
        6 => (room(), other(), prop::option::of(0..12_usize)).prop_map(|(r, u, to)| Op::Say(r, u, to)),
        2 => (room(), 0..12_usize, any::<bool>()).prop_map(|(r, n, edit)| Op::Amend(r, n, edit)),
        1 => (room(), 0..20_usize).prop_map(|(r, n)| Op::ReadElsewhere(r, n)),
        1 => (room(), any::<bool>()).prop_map(|(r, on)| Op::Mute(r, on)),
        1 => (room(), other()).prop_map(|(r, u)| Op::Ephemeral(r, u)),
    ]
    .boxed()
}

fn rooms() -> BoxedStrategy<Op> {
    prop_oneof![
        2 => (room(), (1..=4_i64).prop_map(UserId)).prop_map(|(r, u)| Op::Join(r, u)),
        1 => (room(), (1..=4_i64).prop_map(UserId)).prop_map(|(r, u)| Op::Leave(r, u)),
        1 => ((1..=2_i64).prop_map(RoomId), any::<u8>()).prop_map(|(r, n)| Op::Rename(r, n)),
    ]
    .boxed()
}

fn network() -> BoxedStrategy<Op> {
    prop_oneof![
        4 => Just(Op::Collect),
        6 => Just(Op::Deliver),
        3 => Just(Op::DeliverAll),
        1 => Just(Op::Lose),
        1 => Just(Op::Twice),
        2 => Just(Op::Swap),
        1 => any::<bool>().prop_map(Op::Lag),
        1 => Just(Op::Head),
        1 => prop::sample::select(vec![1006, close::RESTART, close::AUTH_ENDED, close::TOO_SLOW]).prop_map(Op::Close),
        2 => Just(Op::Connect),
        6 => Just(Op::ServeFrame),
        1 => Just(Op::ServeAndLoseAnswer),
        1 => Just(Op::LoseUp),
        6 => (0..4_usize).prop_map(Op::ServeRequest),
        1 => (0..4_usize).prop_map(Op::FailRequest),
        6 => (0..4_usize).prop_map(Op::Answer),
        3 => prop::sample::select(vec![50, 400, 1_100, 7_000, 31_000, 45_000]).prop_map(Op::Pass),
        1 => Just(Op::Restart),
    ]
    .boxed()
}

fn person() -> BoxedStrategy<Op> {
    use PageEvent::{Active, Blurred, Focused, Leaving, NetworkDown, NetworkUp};
    prop_oneof![
        3 => room().prop_map(Op::Open),
        1 => Just(Op::CloseRoom),
        2 => room().prop_map(Op::Before),
        1 => room().prop_map(Op::After),
        1 => (room(), 0..20_usize).prop_map(|(r, n)| Op::Jump(r, n)),
        1 => (room(), 0..20_usize).prop_map(|(r, n)| Op::JumpToMessage(r, n)),
        1 => room().prop_map(Op::Latest),
        1 => room().prop_map(Op::NeedMembers),
        4 => room().prop_map(Op::Send),
        1 => room().prop_map(Op::TryAgain),
        1 => room().prop_map(Op::EditMine),
        1 => room().prop_map(Op::DeleteMine),
        1 => (room(), 0..12_usize).prop_map(|(r, n)| Op::Reply(r, n)),
        1 => (room(), any::<bool>()).prop_map(|(r, some)| Op::Draft(r, some)),
        2 => (room(), 0..20_usize).prop_map(|(r, n)| Op::Read(r, n)),
        1 => room().prop_map(Op::MarkRead),
        1 => prop::sample::select(vec![Focused, Blurred, Active, Leaving, NetworkUp, NetworkDown]).prop_map(Op::Page),
    ]
    .boxed()
}

fn race() -> BoxedStrategy<Op> {
    let load = prop_oneof![
        room().prop_map(Op::Before),
        room().prop_map(Op::After),
        (room(), 0..20_usize).prop_map(|(r, n)| Op::Jump(r, n)),
        room().prop_map(Op::Latest),
        room().prop_map(Op::Open),
        room().prop_map(Op::NeedMembers),
        Just(Op::Lag(false)),
    ];
    let happens = prop_oneof![2 => talk(), 1 => rooms()];
    (load, prop::collection::vec(happens, 1..6))
        .prop_map(|(load, happens)| Op::Race(Box::new(load), happens))
        .boxed()
}

/// All of it.
pub(crate) fn any_ops(most: usize) -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![4 => talk(), 1 => rooms(), 5 => network(), 4 => person(), 2 => race()];
    prop::collection::vec(op, 0..most)
}

/// Messages of mine over a network that fails; nobody comes or goes.
pub(crate) fn sending_ops(most: usize) -> impl Strategy<Value = Vec<Op>> {
    let op = prop_oneof![
        1 => talk(),
        6 => network(),
        4 => room().prop_map(Op::Send),
        1 => room().prop_map(Op::Open),
        1 => room().prop_map(Op::TryAgain),
    ];
    prop::collection::vec(op, 0..most)
}

impl Client {
    fn nth_message(&self, room: RoomId, n: usize) -> Option<i64> {
        let count = self.server.rooms[&room].messages.len();
        (count > 0).then(|| (count - n % count) as i64)
    }

    pub(crate) fn perform(&mut self, op: Op) {
        match op {
            Op::Say(room, by, to) => {
                let to = to
                    .and_then(|n| self.nth_message(room, n))
                    .map(|seq| self.server.rooms[&room].messages[seq as usize - 1].id);
                let body = format!("said {}", self.server.rooms[&room].messages.len());
                self.server.say(room, by, &body, to);
            }
            Op::Amend(room, n, edit) => {
                if let Some(seq) = self.nth_message(room, n) {
                    self.server.amend(room, seq, edit.then_some("edited"));
                }
            }
            Op::Join(room, user) => self.server.join(room, user),
            Op::Leave(room, user) => self.server.leave(room, user),
            Op::Rename(room, n) => self.server.rename(room, &format!("Name {n}")),
            Op::ReadElsewhere(room, n) => {
                if self.server.is_in(room, ME)
                    && let Some(seq) = self.nth_message(room, n)
                {
                    self.server.mark(room, seq);
                }
            }
            Op::Mute(room, on) => {
                if self.server.is_in(room, ME) {
                    self.server.mute(room, on);
                }
            }
            Op::Ephemeral(room_id, user_id) => {
                let presence = Presence::Away;
                let users = vec![UserPresence {
                    id: user_id,
                    presence,
                    last_seen_at: None,
                }];
                self.server.out.push(ServerFrame::Presence { users });
                self.server.out.push(ServerFrame::Typing {
                    room_id,
                    user_id,
                    expires_in_ms: 6_000,
                });
            }
            network => self.misbehave(network),
        }
    }

    fn misbehave(&mut self, op: Op) {
        match op {
            Op::Collect => self.collect(),
            Op::Deliver => self.deliver(),
            Op::DeliverAll => self.deliver_all(),
            // Only what carries a revision can be missed on a live socket without `lagged`.
            Op::Lose => {
                if let Some(at) = self.down.iter().position(|frame| room_of(frame).is_some()) {
                    self.down.remove(at);
                }
            }
            Op::Twice => {
                if let Some(frame) = self
                    .down
                    .iter()
                    .find(|frame| room_of(frame).is_some())
                    .cloned()
                {
                    self.down.push_front(frame);
                }
            }
            Op::Swap => {
                let both = |at: usize| {
                    (at..at + 2).all(|at| self.down.get(at).and_then(room_of).is_some())
                };
                if let Some(at) = (0..self.down.len()).find(|&at| both(at)) {
                    self.down.swap(at, at + 1);
                }
            }
            Op::Lag(named) => {
                self.collect();
                if self.connected && !matches!(self.down.front(), Some(ServerFrame::Hello(_))) {
                    self.down.clear();
                    let rooms = if named {
                        self.server.heads()
                    } else {
                        Vec::new()
                    };
                    self.down.push_back(ServerFrame::Lagged { rooms });
                }
            }
            Op::Head => {
                let heads = self.server.heads();
                self.server
                    .out
                    .extend(heads.into_iter().map(ServerFrame::Head));
            }
            Op::Close(code) => self.disconnect(code),
            Op::Connect => self.connect(),
            Op::ServeFrame => self.serve_frame(),
            // The socket breaks after the commit, before the answer.
            Op::ServeAndLoseAnswer => {
                self.serve_frame();
                self.disconnect(1006);
            }
            Op::LoseUp => self.disconnect(1006),
            Op::ServeRequest(n) => self.serve_request(n),
            Op::FailRequest(n) => self.fail_request(n),
            Op::Answer(n) => self.answer(n),
            Op::Pass(ms) => self.pass(ms),
            Op::Restart => self.restart(),
            Op::Race(load, happens) => {
                self.perform(*load);
                self.deliver_all();
                while !self.requests.is_empty() {
                    self.serve_request(0);
                }
                for op in happens {
                    self.perform(op);
                }
                self.deliver_all();
                while !self.answers.is_empty() {
                    self.answer(0);
                }
            }
            person => self.want(person),
        }
    }

    fn want(&mut self, op: Op) {
        match op {
            Op::Open(room) => self.act(Action::Open(room)),
            Op::CloseRoom => self.act(Action::Close),
            Op::Before(room) => self.act(Action::LoadBefore(room)),
            Op::After(room) => self.act(Action::LoadAfter(room)),
            Op::Jump(room, n) => {
                if let Some(seq) = self.nth_message(room, n) {
                    self.act(Action::JumpToSeq { room, seq });
                }
            }
            Op::JumpToMessage(room, n) => {
                if let Some(seq) = self.nth_message(room, n) {
                    let message = self.server.rooms[&room].messages[seq as usize - 1].id;
                    self.act(Action::JumpToMessage { room, message });
                }
            }
            Op::Latest(room) => self.act(Action::JumpToLatest(room)),
            Op::NeedMembers(room) => self.act(Action::NeedMembers(room)),
            Op::Send(room) => {
                self.send(room);
            }
            Op::TryAgain(room) => {
                let last = self.model.timeline(room).rows.last().copied();
                if let Some(row) = last.filter(|row| row.seq == 0) {
                    self.act(Action::TryAgain(row.key));
                }
            }
            Op::EditMine(room) => self.amend_mine(room, true),
            Op::DeleteMine(room) => self.amend_mine(room, false),
            Op::Reply(room, n) => {
                let to = self
                    .nth_message(room, n)
                    .map(|seq| self.server.rooms[&room].messages[seq as usize - 1].id);
                self.act(Action::Reply { room, to });
            }
            Op::Draft(room, some) => {
                let body = if some {
                    "half a thought".to_owned()
                } else {
                    String::new()
                };
                self.act(Action::Draft { room, body });
            }
            Op::Read(room, n) => {
                if let Some(seq) = self.nth_message(room, n) {
                    self.act(Action::Read { room, seq });
                }
            }
            Op::MarkRead(room) => self.act(Action::MarkRead(room)),
            Op::Page(event) => self.input(Input::Page(event)),
            other => unreachable!("{other:?} is handled before"),
        }
    }

    fn amend_mine(&mut self, room: RoomId, edit: bool) {
        let own = self
            .model
            .last_own(room)
            .and_then(|key| self.model.message(key));
        if let Some(view) = own {
            let message = view.message.id;
            self.act(if edit {
                let body = format!("better at {}", self.now);
                Action::Edit {
                    room,
                    message,
                    body,
                }
            } else {
                Action::Delete { room, message }
            });
        }
    }
}
