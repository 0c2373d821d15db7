//! The client as a pure state machine: inputs in, changed slices and effects out.
//! No view, no browser, no clock, no randomness: time comes with every input, chance as a seed at the start.

mod amends;
mod asked;
mod catchup;
mod composer;
mod connection;
mod effect;
mod history;
mod input;
mod jumps;
mod map;
mod members;
mod outbox;
mod path;
mod people;
mod random;
mod reading;
mod reads;
mod rooms;
mod rows;
mod sending;
mod sent;
mod slice;
mod snapshot;
mod spoken;
mod sync;
mod timeline;
mod typing;
mod view;

pub use effect::{Effect, Notice, Outcome, Page, Request, Save};
pub use input::{
    Action, Answer, Epoch, Failure, Input, Learned, PageEvent, Refusal, ReqId, Restored,
    SocketEvent,
};
pub use map::{Map, Set};
pub use path::id_in_path;
pub use slice::{Key, Slice, Touched};
pub use view::{
    Attention, ComposerView, Connection, Delivery, Edge, MessageView, NewLine, Preview, ReplyView,
    RoomMember, RoomRow, Row, Sections, Session, TimelineView,
};

use shared::{
    MessageId, RoomId, Timestamp,
    accounts::{Me, User},
    limits::Limits,
    messages::{Message, ReplyTo},
    rooms::Room,
};

/// A message that is not known to be in its room yet; what the browser keeps of it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Outgoing {
    /// The UUID that makes every try the same message.
    pub client_id: String,
    /// Where.
    pub room: RoomId,
    /// The text.
    pub body: String,
    /// What it answers.
    pub reply_to: Option<ReplyTo>,
    /// When it was written.
    pub created_at: Timestamp,
    /// Its place among the unsent: they go out in this order.
    pub order: u64,
}

/// The last state on screen, to show before the network answers.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Snapshot {
    /// Whose.
    pub me: Me,
    /// Rooms with their heads.
    pub rooms: Vec<Room>,
    /// People.
    pub users: Vec<User>,
    /// The room that was open.
    pub open: Option<RoomId>,
    /// Its newest messages.
    pub messages: Vec<Message>,
    /// The revision up to which those are right.
    pub messages_rev: i64,
    /// Whether there are older ones.
    pub has_before: bool,
}

shared::readable! {
    Outgoing { client_id, room, body, reply_to, created_at, order }
    Snapshot { me, rooms, users, open, messages, messages_rev, has_before }
}

/// The client's whole state.
#[derive(Clone, Debug, Default)]
pub struct Model {
    now: Timestamp,
    random: random::Random,
    session: Session,
    limits: Option<Limits>,
    wire: connection::Wire,
    next_frame: u64,
    asked: Map<u64, asked::Asked>,
    next_req: u64,
    requests: Map<ReqId, asked::Purpose>,
    rooms: Map<RoomId, rooms::RoomState>,
    rooms_known: bool,
    /// Rooms heard of while the list of all is on its way.
    rooms_meanwhile: Option<Set<RoomId>>,
    rooms_retry: Option<Timestamp>,
    sections: Sections,
    people_order: Vec<RoomId>,
    /// The sum of what each room counts.
    counted: i64,
    attention: i64,
    list_stale: bool,
    open: Option<RoomId>,
    openings: u64,
    focused: bool,
    /// Where each loaded message is.
    places: Map<MessageId, (RoomId, i64)>,
    members_needed: Set<RoomId>,
    /// Timelines to settle, and what they showed last, with the newest own message.
    stale: Set<RoomId>,
    views: Map<RoomId, (TimelineView, Option<Key>)>,
    /// Counts the changes of their rows.
    drawn: u64,
    outbox: outbox::Outbox,
    amends: amends::Amends,
    composers: Map<RoomId, composer::Composer>,
    people: people::People,
    people_retry: Option<Timestamp>,
    watch_stale: bool,
    /// Where and when one last said that one writes.
    typed: Option<(RoomId, Timestamp)>,
    spoken: spoken::Spoken,
    wakes_at: Option<Timestamp>,
}

impl Model {
    /// An empty model. `seed` is any random number: it spreads reconnects of many clients.
    pub fn new(seed: u64) -> Self {
        Self {
            random: random::Random::new(seed),
            focused: true,
            ..Self::default()
        }
    }

    /// Takes one thing that happened at `now`. A `now` before the last one counts as the last one.
    pub fn apply(&mut self, now: Timestamp, input: Input) -> Outcome {
        self.now = self.now.max(now);
        let mut out = Outcome::default();
        let ticked = matches!(input, Input::Tick);
        self.take(&mut out, input);
        self.due(&mut out);
        self.settle(&mut out);
        self.wake(&mut out, ticked);
        out.touched.settle();
        out
    }

    fn take(&mut self, out: &mut Outcome, input: Input) {
        match input {
            Input::Restore(restored) => self.restore(out, *restored),
            Input::SignedIn(me) => self.signed_in(out, *me),
            Input::SignedOut => self.signed_out(out),
            Input::SessionEnded => self.session_ended(out),
            Input::Unreachable => self.unreachable(out),
            Input::Socket(epoch, event) => self.socket(out, epoch, event),
            Input::Reply(id, reply) => self.reply(out, id, reply),
            Input::Learned(learned) => self.learned(out, learned),
            Input::AuthToken(token) => self.auth_token(out, token),
            Input::User(action) => self.act(out, action),
            Input::Page(event) => self.page(out, event),
            Input::Tick => {}
        }
    }

    fn act(&mut self, out: &mut Outcome, action: Action) {
        match action {
            Action::Open(room) => self.open_room(out, room),
            Action::Close => {
                self.close_room(out);
                self.focus(out);
            }
            Action::LoadBefore(room) => self.load_before(out, room),
            Action::LoadAfter(room) => self.load_after(out, room),
            Action::JumpToSeq { room, seq } => self.jump_to_seq(out, room, seq),
            Action::JumpToMessage { room, message } => self.jump_to_message(out, room, message),
            Action::Jumped(room) => self.jumped(room),
            Action::JumpToLatest(room) => self.jump_to_latest(out, room),
            Action::Send {
                room,
                client_id,
                body,
            } => self.send_message(out, room, client_id, body),
            Action::TryAgain(key) => self.try_again(out, key),
            Action::Discard(key) => self.discard(out, key),
            Action::Edit {
                room,
                message,
                body,
            } => self.edit_message(out, room, message, body),
            Action::Delete { room, message } => self.delete_message(out, room, message),
            Action::UndoDelete(message) => self.undo_delete(message),
            Action::Reply { room, to } => self.set_reply(out, room, to),
            Action::Draft { room, body } => self.set_draft(out, room, body),
            Action::Typing(room) => self.type_in(out, room),
            Action::Read { room, seq } => self.read_up_to(out, room, seq),
            Action::MarkRead(room) => self.read_up_to(out, room, i64::MAX),
            Action::ClearNewLine(room) => self.clear_new_line(room),
            Action::NeedMembers(room) => self.need_members(out, room),
            Action::NeedUsers(users) => self.want_users(users),
            Action::Watch(users) => self.also_watch(users),
            Action::ResortPeople => self.resort_people(),
            Action::Reconnect => self.connect_now(out),
        }
    }

    fn page(&mut self, out: &mut Outcome, event: PageEvent) {
        match event {
            PageEvent::Focused => {
                self.focused = true;
                self.focus(out);
                self.connect_now(out);
            }
            PageEvent::Blurred => self.focused = false,
            PageEvent::Active => self.focus(out),
            PageEvent::Leaving => self.deletions_due(out, true),
            PageEvent::NetworkUp => self.connect_now(out),
            PageEvent::NetworkDown => self.network_down(out),
        }
    }

    /// Does what it is time for.
    fn due(&mut self, out: &mut Outcome) {
        self.wire_due(out);
        self.sync_due(out);
        self.rooms_due(out);
        self.outbox_due(out);
        self.reads_due(out);
        self.amends_due(out);
        self.people_due(out);
        self.spoken_due(out);
    }

    /// Brings in line what follows from the rest.
    fn settle(&mut self, out: &mut Outcome) {
        self.settle_outbox(out);
        self.settle_amends(out);
        self.settle_banner(out);
        self.settle_timelines(out);
        self.settle_list(out);
        self.settle_people(out);
        self.settle_watch(out);
    }

    /// Asks to be woken when something is due next.
    fn wake(&mut self, out: &mut Outcome, ticked: bool) {
        let next = [
            self.wire_deadline(),
            self.sync_deadline(),
            self.outbox_deadline(),
            self.reads_deadline(),
            self.amends_deadline(),
            self.people_deadline(),
            self.spoken_deadline(),
        ]
        .into_iter()
        .flatten()
        .min();
        if ticked || next != self.wakes_at {
            self.wakes_at = next;
            if let Some(at) = next {
                out.run(Effect::WakeIn((at.0 - self.now.0).max(0)));
            }
        }
    }
}
