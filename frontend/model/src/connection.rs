//! The connection: when to open a socket, when to give one up, and what the banner says meanwhile.

use crate::{
    Connection, Effect, Epoch, Model, Outcome, Session, Slice, SocketEvent, asked::Asked,
    random::Random,
};
use shared::{
    ClientFrame, ErrorCode, ServerFrame, Timestamp,
    event::{FrameId, close},
};

/// Nothing heard for so long: the socket is dead (PROTOCOL 3; the server says `ping` every 25 s).
const SILENCE_MS: i64 = 40_000;
/// Token, handshake and `hello` take no longer than this.
const CONNECT_MS: i64 = 20_000;
/// Trouble shorter than this is not worth a banner.
const GRACE_MS: i64 = 2_000;
/// How long "Back online" stays at least.
const BACK_MS: i64 = 1_500;
/// A socket that lived so long was a good one: the next failure counts as the first.
const GOOD_MS: i64 = 10_000;
/// Waits shorter than this are called reconnecting, not offline.
const SHORT_MS: i64 = 1_500;
/// Another version of the server will not understand us any sooner.
const OTHER_VERSION_MS: i64 = 60_000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Link {
    #[default]
    Idle,
    /// The server cannot even say who is signed in.
    Unreachable,
    Waiting {
        retry_at: Timestamp,
        since: Timestamp,
    },
    Connecting {
        since: Timestamp,
    },
    Live {
        since: Timestamp,
        heard_at: Timestamp,
    },
    Ended,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Wire {
    pub(crate) link: Link,
    pub(crate) view: Connection,
    epoch: Epoch,
    tries: u32,
    trouble_since: Option<Timestamp>,
    was_live: bool,
    bye_ms: Option<i64>,
    /// Messages that came meanwhile, and since when that is shown.
    back: Option<(i64, Timestamp)>,
}

impl Wire {
    pub(crate) fn live(&self) -> bool {
        matches!(self.link, Link::Live { .. })
    }

    pub(crate) fn busy(&self) -> bool {
        matches!(self.link, Link::Live { .. } | Link::Connecting { .. })
    }

    /// Whether the trouble has been told to the person.
    pub(crate) fn told(&self) -> bool {
        !matches!(
            self.view,
            Connection::Online | Connection::CatchingUp { .. } | Connection::Connecting
        )
    }

    fn wait_ms(&mut self, code: u16, random: &mut Random) -> i64 {
        if let Some(ms) = self.bye_ms.take() {
            return ms.clamp(0, 60_000);
        }
        match code {
            close::PROTOCOL_VERSION => OTHER_VERSION_MS,
            // The access ran out, and a fresh one waits; only if that fails at once is something wrong.
            close::AUTH_ENDED if self.tries == 0 => 0,
            _ => random.backoff_ms(self.tries),
        }
    }
}

impl Model {
    /// The next number for a request on the socket.
    pub(crate) fn ask(&mut self, asked: Asked) -> FrameId {
        self.next_frame += 1;
        self.asked.insert(self.next_frame, asked);
        FrameId::Number(self.next_frame)
    }

    pub(crate) fn connect(&mut self, out: &mut Outcome) {
        let now = self.now;
        self.wire.trouble_since.get_or_insert(now);
        self.wire.epoch.0 += 1;
        self.wire.link = Link::Connecting { since: now };
        out.run(Effect::Connect(self.wire.epoch));
    }

    pub(crate) fn disconnect(&mut self, out: &mut Outcome, link: Link) {
        // The old socket's last words carry an old epoch.
        self.wire.epoch.0 += 1;
        self.wire.link = link;
        self.wire.back = None;
        out.run(Effect::Disconnect);
        self.offline(out);
    }

    /// Tries now, if it is waiting to.
    pub(crate) fn connect_now(&mut self, out: &mut Outcome) {
        if matches!(self.wire.link, Link::Waiting { .. }) {
            self.wire.tries = 0;
            self.connect(out);
        }
    }

    pub(crate) fn network_down(&mut self, out: &mut Outcome) {
        if matches!(self.wire.link, Link::Live { .. } | Link::Connecting { .. }) {
            out.run(Effect::Disconnect);
            self.lost(out, 1006);
        }
    }

    fn lost(&mut self, out: &mut Outcome, code: u16) {
        let now = self.now;
        if let Link::Live { since, .. } = self.wire.link
            && now.0 - since.0 >= GOOD_MS
        {
            self.wire.tries = 0;
        }
        self.wire.trouble_since.get_or_insert(now);
        self.wire.back = None;
        self.wire.epoch.0 += 1;
        if matches!(code, close::SESSION_REVOKED | close::FORBIDDEN) {
            self.session_ended(out);
            return;
        }
        let wait = self.wire.wait_ms(code, &mut self.random);
        self.wire.tries = self.wire.tries.saturating_add(1);
        self.wire.link = Link::Waiting {
            retry_at: now.plus_ms(wait),
            since: now,
        };
        self.offline(out);
    }

    pub(crate) fn session_ended(&mut self, out: &mut Outcome) {
        let me = match std::mem::take(&mut self.session) {
            Session::SignedIn(me) | Session::Ended(me) => me,
            other => {
                self.session = other;
                return;
            }
        };
        self.session = Session::Ended(me);
        out.touch(Slice::Session);
        self.disconnect(out, Link::Ended);
    }

    /// What holds only while a socket lives.
    fn offline(&mut self, out: &mut Outcome) {
        self.asked.clear();
        self.outbox_offline(out);
        self.typing_offline(out);
    }

    pub(crate) fn socket(&mut self, out: &mut Outcome, epoch: Epoch, event: SocketEvent) {
        if epoch != self.wire.epoch {
            return;
        }
        match event {
            SocketEvent::Closed { code } => self.lost(out, code),
            SocketEvent::Frame(frame) => {
                if let Link::Live { heard_at, .. } = &mut self.wire.link {
                    *heard_at = self.now;
                }
                self.frame(out, *frame);
            }
        }
    }

    fn frame(&mut self, out: &mut Outcome, frame: ServerFrame) {
        if let ServerFrame::Hello(hello) = frame {
            let told = self.wire.told() && self.wire.was_live;
            let missed = self.hello(out, *hello);
            if !self.wire.live() {
                return;
            }
            self.wire.was_live = true;
            self.wire.trouble_since = None;
            self.wire.bye_ms = None;
            self.wire.back = told.then_some((missed, self.now));
            return;
        }
        // Nothing comes before `hello`; what does is not for us.
        if !self.wire.live() {
            return;
        }
        match frame {
            ServerFrame::Message {
                room_id,
                rev,
                message,
            } => {
                self.message_frame(out, room_id, rev, *message);
            }
            ServerFrame::Room { room_id, rev, room } => self.room_frame(out, room_id, rev, room),
            ServerFrame::Member {
                room_id,
                rev,
                user_id,
                role,
            } => {
                self.member_frame(out, room_id, rev, user_id, role);
            }
            ServerFrame::Head(head) => self.head(out, head),
            ServerFrame::Lagged { rooms } => self.lagged(out, &rooms),
            ServerFrame::MyRoom { room } => self.my_room(out, *room),
            ServerFrame::MyRoomLeft { room_id } => self.left(out, room_id),
            ServerFrame::Presence { users } => self.presence_frame(out, users),
            ServerFrame::User { user } => self.user_frame(out, *user),
            ServerFrame::Typing {
                room_id,
                user_id,
                expires_in_ms,
            } => {
                self.typing_frame(out, room_id, user_id, expires_in_ms);
            }
            ServerFrame::Ack {
                id: FrameId::Number(id),
                result,
            } => self.ack(out, id, result),
            ServerFrame::Error {
                id: Some(FrameId::Number(id)),
                code,
                detail,
                retry_after_ms,
            } => {
                self.refused(out, id, code, detail, retry_after_ms);
            }
            ServerFrame::Bye {
                reconnect_in_ms, ..
            } => self.wire.bye_ms = Some(reconnect_in_ms),
            ServerFrame::AuthNeeded { .. } => out.run(Effect::RenewAuth),
            // Marks that are not ours, and what needs no answer from the model.
            ServerFrame::Hello(_)
            | ServerFrame::Ack { .. }
            | ServerFrame::Error { .. }
            | ServerFrame::Ping { .. }
            | ServerFrame::Unknown => {}
        }
    }

    pub(crate) fn went_live(&mut self) {
        self.wire.link = Link::Live {
            since: self.now,
            heard_at: self.now,
        };
        self.asked.clear();
    }

    pub(crate) fn auth_token(&mut self, out: &mut Outcome, token: String) {
        if self.wire.live() {
            let id = self.ask(Asked::Auth);
            out.send(ClientFrame::Auth { id, token });
        }
    }

    /// The token was refused: a new socket gets a new one.
    pub(crate) fn auth_refused(&mut self, out: &mut Outcome, code: ErrorCode) {
        if !code.retryable() {
            out.run(Effect::Disconnect);
            self.lost(out, close::AUTH_ENDED);
        }
    }

    pub(crate) fn wire_due(&mut self, out: &mut Outcome) {
        let now = self.now;
        match self.wire.link {
            Link::Waiting { retry_at, .. } if retry_at <= now => self.connect(out),
            Link::Connecting { since } if since.plus_ms(CONNECT_MS) <= now => {
                out.run(Effect::Disconnect);
                self.lost(out, 1006);
            }
            Link::Live { heard_at, .. } if heard_at.plus_ms(SILENCE_MS) <= now => {
                out.run(Effect::Disconnect);
                self.lost(out, 1006);
            }
            _ => {}
        }
        if let Some((_, since)) = self.wire.back
            && since.plus_ms(BACK_MS) <= now
            && !self.catching_up()
        {
            self.wire.back = None;
        }
    }

    pub(crate) fn wire_deadline(&self) -> Option<Timestamp> {
        let link = match self.wire.link {
            Link::Waiting { retry_at, .. } => Some(retry_at),
            Link::Connecting { since } => Some(since.plus_ms(CONNECT_MS)),
            Link::Live { heard_at, .. } => Some(heard_at.plus_ms(SILENCE_MS)),
            Link::Idle | Link::Unreachable | Link::Ended => None,
        };
        let banner = self
            .wire
            .trouble_since
            .map(|since| since.plus_ms(GRACE_MS))
            .filter(|&at| at > self.now);
        let back = self
            .wire
            .back
            .map(|(_, since)| since.plus_ms(BACK_MS))
            .filter(|&at| at > self.now);
        [link, banner, back].into_iter().flatten().min()
    }

    pub(crate) fn unreachable(&mut self, out: &mut Outcome) {
        if matches!(self.session, Session::Starting) {
            self.session = Session::Unreachable;
            out.touch(Slice::Session);
        }
        if self.wire.link == Link::Idle {
            self.wire.link = Link::Unreachable;
            let now = self.now;
            self.wire.trouble_since.get_or_insert(now);
        }
    }

    /// What the banner says now.
    fn banner(&self) -> Connection {
        let in_grace = self
            .wire
            .trouble_since
            .is_some_and(|since| self.now < since.plus_ms(GRACE_MS));
        let calm = if self.wire.was_live {
            Connection::Online
        } else {
            Connection::Connecting
        };
        match self.wire.link {
            Link::Idle => Connection::Idle,
            Link::Ended => Connection::SessionEnded,
            Link::Live { .. } => match self.wire.back {
                Some((messages, _)) => Connection::CatchingUp { messages },
                None => Connection::Online,
            },
            _ if in_grace
                && !matches!(
                    self.wire.view,
                    Connection::Reconnecting | Connection::Offline { .. }
                ) =>
            {
                calm
            }
            Link::Waiting { retry_at, since } => {
                let short = retry_at.0 - since.0 < SHORT_MS;
                if short {
                    Connection::Reconnecting
                } else {
                    Connection::Offline { retry_at }
                }
            }
            Link::Connecting { .. } | Link::Unreachable => Connection::Reconnecting,
        }
    }

    /// Settles what the banner says; what depends on it goes along.
    pub(crate) fn settle_banner(&mut self, out: &mut Outcome) {
        let view = self.banner();
        if view == self.wire.view {
            return;
        }
        let told = self.wire.told();
        self.wire.view = view;
        out.touch(Slice::Connection);
        if self.wire.told() != told {
            self.outbox_touch_all(out);
            self.presence_touch_all(out);
        }
    }
}

impl Wire {
    /// As new, but for the numbers of sockets.
    pub(crate) fn forgotten(self) -> Self {
        Self {
            epoch: Epoch(self.epoch.0 + 1),
            ..Self::default()
        }
    }
}
