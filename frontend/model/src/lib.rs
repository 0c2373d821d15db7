//! The client as a pure state machine: inputs in, changed slices and effects out.
//! No view, no browser, no clock, no randomness: time comes with every input, chance as a seed at the start.

mod amends;
mod asked;
mod composer;
mod connection;
mod effect;
mod history;
mod input;
mod outbox;
mod people;
mod random;
mod reads;
mod rooms;
mod slice;
mod snapshot;
mod spoken;
mod sync;
mod timeline;
mod view;

pub use effect::{Effect, Notice, Outcome, Page, Request, Save};
pub use input::{
    Action, Answer, Epoch, Failure, Input, Learned, PageEvent, Refusal, ReqId, Restored,
    SocketEvent,
};
pub use slice::{Key, Slice, Touched};
pub use view::{
    Attention, ComposerView, Connection, Delivery, Edge, MessageView, NewLine, Preview, ReplyView,
    RoomMember, RoomRow, Row, Sections, Session, TimelineView,
};

use shared::{
    MessageId, RoomId, Timestamp, UserId,
    accounts::{Me, User},
    limits::Limits,
    messages::Message,
    presence::Presence,
    rooms::{Room, RoomKind},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A message that is not known to be in its room yet; what the browser keeps of it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Outgoing {
    /// The UUID that makes every try the same message.
    pub client_id: String,
    /// Where.
    pub room: RoomId,
    /// The text.
    pub body: String,
    /// What it answers.
    pub reply_to: Option<shared::messages::ReplyTo>,
    /// When it was written.
    pub created_at: Timestamp,
    /// Its place among the unsent: they go out in this order.
    pub order: u64,
}

/// The last state on screen, to show before the network answers.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
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

/// The client's whole state.
#[derive(Clone, Debug, Default)]
pub struct Model {
    now: Timestamp,
    random: random::Random,
    session: Session,
    limits: Option<Limits>,
    wire: connection::Wire,
    next_frame: u64,
    asked: BTreeMap<u64, asked::Asked>,
    next_req: u64,
    requests: BTreeMap<ReqId, asked::Purpose>,
    rooms: BTreeMap<RoomId, rooms::RoomState>,
    rooms_known: bool,
    /// Rooms heard of while the list of all is on its way.
    rooms_meanwhile: Option<BTreeSet<RoomId>>,
    rooms_retry: Option<Timestamp>,
    sections: Sections,
    people_order: Vec<RoomId>,
    attention: i64,
    list_stale: bool,
    open: Option<RoomId>,
    openings: u64,
    focused: bool,
    /// Where each loaded message is.
    places: BTreeMap<MessageId, (RoomId, i64)>,
    members_needed: BTreeSet<RoomId>,
    /// Timelines to settle, and what they showed last, with the newest own message.
    stale: BTreeSet<RoomId>,
    views: BTreeMap<RoomId, (TimelineView, Option<Key>)>,
    outbox: outbox::Outbox,
    amends: amends::Amends,
    composers: BTreeMap<RoomId, composer::Composer>,
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

    /// Whether somebody is signed in. Slice: `Session`.
    pub fn session(&self) -> Session {
        self.session.clone()
    }

    /// Oneself. Slice: `Session`.
    pub fn me(&self) -> Option<&Arc<Me>> {
        match &self.session {
            Session::SignedIn(me) | Session::Ended(me) => Some(me),
            Session::Starting | Session::Unreachable | Session::SignedOut => None,
        }
    }

    pub(crate) fn my_id(&self) -> Option<UserId> {
        self.me().map(|me| me.user.id)
    }

    /// Whether this is oneself. Slice: `Session`.
    pub fn is_me(&self, user: UserId) -> bool {
        self.my_id() == Some(user)
    }

    /// The server's bounds. Slice: `Session`.
    pub fn limits(&self) -> &Limits {
        self.limits.as_ref().unwrap_or(&Limits::CURRENT)
    }

    /// What the banner says. Slice: `Connection`.
    pub fn connection(&self) -> Connection {
        self.wire.view
    }

    /// The room on screen. Slice: `Open`.
    pub fn open(&self) -> Option<RoomId> {
        self.open
    }

    /// Whether the list of one's rooms is known, from the server or from last time. Slice: `Rooms`.
    pub fn rooms_known(&self) -> bool {
        self.rooms_known
    }

    /// The room list. Slice: `Rooms`.
    pub fn sections(&self) -> Sections {
        self.sections.clone()
    }

    /// How many messages are for oneself in all rooms; 100 means more. Slice: `Attention`.
    pub fn attention(&self) -> i64 {
        self.attention
    }

    /// One row of the room list. Slice: `Room(room)`.
    pub fn room_row(&self, room: RoomId) -> Option<RoomRow> {
        self.rooms.get(&room).map(|state| self.row_of(state))
    }

    /// A room's facts, `my` included. Slice: `Room(room)`.
    pub fn room(&self, room: RoomId) -> Option<&Room> {
        self.rooms.get(&room).map(|state| &state.room)
    }

    /// A room's name; a direct room's is made of its people's names. Slice: `Room(room)`.
    pub fn room_name(&self, room: RoomId) -> String {
        self.rooms
            .get(&room)
            .map(|state| self.name_of(&state.room))
            .unwrap_or_default()
    }

    /// The direct room with exactly this one other person, when there is one. Slice: `Rooms`.
    pub fn direct_with(&self, user: UserId) -> Option<RoomId> {
        self.rooms
            .values()
            .map(|state| &state.room)
            .find(|room| room.kind == RoomKind::Direct && self.others(room).eq([user]))
            .map(|room| room.id)
    }

    /// A room's timeline. Slice: `Timeline(room)`.
    pub fn timeline(&self, room: RoomId) -> TimelineView {
        self.views
            .get(&room)
            .map(|(view, _)| view.clone())
            .unwrap_or_default()
    }

    /// One row of a timeline. Slice: `Message(key)`.
    pub fn message(&self, key: Key) -> Option<MessageView> {
        self.message_view(key)
    }

    /// The row of a message in its timeline, if it is shown. Slice: `Timeline(room)`.
    pub fn key_of(&self, room: RoomId, message: MessageId) -> Option<Key> {
        let (_, seq) = self
            .places
            .get(&message)
            .filter(|(place, _)| *place == room)?;
        let (view, _) = self.views.get(&room)?;
        view.rows
            .iter()
            .find(|row| row.seq == *seq)
            .map(|row| row.key)
    }

    /// One's own newest message that can be edited. Slice: `Timeline(room)`.
    pub fn last_own(&self, room: RoomId) -> Option<Key> {
        self.views.get(&room).and_then(|(_, own)| *own)
    }

    /// Who is in a room, once `Action::NeedMembers` has brought it. Slice: `Members(room)`.
    pub fn members(&self, room: RoomId) -> Option<Arc<Vec<RoomMember>>> {
        self.members_of(room)
    }

    /// Who writes in a room, oneself left out. Slice: `Typing(room)`.
    pub fn typing(&self, room: RoomId) -> Vec<UserId> {
        self.people
            .typing
            .get(&room)
            .map(|writers| writers.keys().copied().collect())
            .unwrap_or_default()
    }

    /// What stands in a room's composer. Slice: `Composer(room)`.
    pub fn composer(&self, room: RoomId) -> ComposerView {
        self.composer_view(room)
    }

    /// Someone's profile; `None` until it is fetched, which showing a message or row of theirs brings about.
    /// Its `presence` says nothing: see `presence`. Slice: `User(id)`.
    pub fn user(&self, id: UserId) -> Option<&Arc<User>> {
        self.people.users.get(&id)
    }

    /// All people known here, for the switcher's and the completion's first answers. Untracked.
    pub fn users(&self) -> impl Iterator<Item = &Arc<User>> {
        self.people.users.values()
    }

    /// All one's rooms, in no order. Untracked.
    pub fn rooms(&self) -> impl Iterator<Item = &Room> {
        self.rooms.values().map(|state| &state.room)
    }

    /// How someone is; `None` while unknown, or while one is offline oneself. Slice: `Presence(id)`.
    pub fn presence(&self, id: UserId) -> Option<Presence> {
        let (presence, _) = self.people.presence.get(&id)?;
        (!self.wire.told()).then_some(*presence)
    }

    /// When someone was last seen. Slice: `Presence(id)`.
    pub fn last_seen(&self, id: UserId) -> Option<Timestamp> {
        self.people.presence.get(&id).and_then(|(_, seen)| *seen)
    }

    /// What to keep for the next start, when somebody is signed in.
    pub fn snapshot(&self) -> Option<Snapshot> {
        self.snapshot_now()
    }
}
