//! What is under way: requests on the socket by their mark, requests over HTTP by theirs, and where answers go.

use crate::{Answer, Effect, Failure, Model, Outcome, Page, ReqId, Request};
use shared::{ErrorCode, MessageId, RoomId, UserId, event::AckResult, rooms::Room};

/// A request on the socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Send { client_id: String },
    Read { room: RoomId },
    Auth,
}

/// A request over HTTP.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Purpose {
    /// A page that takes the place of what is loaded of a room.
    Window(RoomId),
    Before(RoomId),
    After(RoomId),
    Changes {
        room: RoomId,
        after: i64,
    },
    /// A room's facts; `my` counts only if none came meanwhile.
    Room {
        room: RoomId,
        my_epoch: u64,
    },
    /// All rooms, with the pages so far.
    Rooms(Vec<Room>),
    Members(RoomId),
    Users(Vec<UserId>),
    Place {
        room: RoomId,
        message: MessageId,
    },
    Edit(MessageId),
    Delete(MessageId),
}

impl Purpose {
    /// Whether a new socket makes the question anew.
    fn of_sync(&self) -> bool {
        matches!(
            self,
            Self::Changes { .. } | Self::Room { .. } | Self::Rooms(_)
        )
    }
}

impl Model {
    pub(crate) fn fetch(&mut self, out: &mut Outcome, purpose: Purpose, request: Request) -> ReqId {
        self.next_req += 1;
        let id = ReqId(self.next_req);
        self.requests.insert(id, purpose);
        out.run(Effect::Fetch(id, request));
        id
    }

    pub(crate) fn under_way(&self, is: impl Fn(&Purpose) -> bool) -> bool {
        self.requests.values().any(is)
    }

    pub(crate) fn forget_sync_requests(&mut self) {
        self.requests.retain(|_, purpose| !purpose.of_sync());
    }

    pub(crate) fn fetch_page(&mut self, out: &mut Outcome, room: RoomId, page: Page, limit: i64) {
        let purpose = match page {
            Page::Latest | Page::Around(_) => Purpose::Window(room),
            Page::Before(_) => Purpose::Before(room),
            Page::After(_) => Purpose::After(room),
        };
        self.fetch(out, purpose, Request::Messages { room, page, limit });
    }

    pub(crate) fn ack(&mut self, out: &mut Outcome, id: u64, result: AckResult) {
        let asked = self.asked.remove(&id);
        // A marker's new state comes as `my_room`, with the revision that it is of.
        if let (Some(Asked::Send { client_id }), AckResult::Sent(sent)) = (asked, result) {
            self.outbox_acked(out, &client_id, sent);
        }
    }

    pub(crate) fn refused(
        &mut self,
        out: &mut Outcome,
        id: u64,
        code: ErrorCode,
        detail: String,
        retry_after_ms: Option<i64>,
    ) {
        match self.asked.remove(&id) {
            Some(Asked::Send { client_id }) => {
                self.outbox_refused(out, &client_id, code, detail, retry_after_ms);
            }
            Some(Asked::Read { room }) => self.read_refused(room, code, retry_after_ms),
            Some(Asked::Auth) => self.auth_refused(out, code),
            None => {}
        }
    }

    pub(crate) fn reply(&mut self, out: &mut Outcome, id: ReqId, reply: Result<Answer, Failure>) {
        let Some(purpose) = self.requests.remove(&id) else {
            return;
        };
        match (purpose, reply) {
            (Purpose::Window(room), Ok(Answer::Messages(page))) => {
                self.window_came(out, room, page)
            }
            (Purpose::Before(room), Ok(Answer::Messages(page))) => {
                self.before_came(out, room, page)
            }
            (Purpose::After(room), Ok(Answer::Messages(page))) => self.after_came(out, room, page),
            (Purpose::Changes { room, after }, Ok(Answer::Changes(changes))) => {
                self.changes_came(out, room, after, *changes);
            }
            (Purpose::Room { room, my_epoch }, Ok(Answer::Room(fresh))) => {
                self.room_came(out, room, my_epoch, *fresh);
            }
            (Purpose::Rooms(so_far), Ok(Answer::Rooms(page))) => self.rooms_came(out, so_far, page),
            (Purpose::Members(room), Ok(Answer::Members(members))) => {
                self.members_came(out, room, members);
            }
            (Purpose::Users(asked), Ok(Answer::Users(users))) => {
                self.users_came(out, &asked, users.users);
            }
            (Purpose::Place { room, message }, Ok(Answer::Message(found))) => {
                self.place_came(out, room, message, *found);
            }
            (Purpose::Edit(message), Ok(Answer::Message(changed))) => {
                self.edit_came(out, message, *changed);
            }
            (Purpose::Delete(message), Ok(_)) => self.delete_came(out, message),
            (purpose, Err(failure)) => self.failed(out, purpose, &failure),
            // An answer to another question is as good as none.
            (purpose, Ok(_)) => self.failed(out, purpose, &Failure::Offline),
        }
    }

    fn failed(&mut self, out: &mut Outcome, purpose: Purpose, failure: &Failure) {
        match purpose {
            Purpose::Window(room) => self.window_failed(room),
            Purpose::Before(room) => self.before_failed(room),
            Purpose::After(room) => self.after_failed(room),
            Purpose::Changes { room, .. } | Purpose::Room { room, .. } => {
                self.sync_failed(out, room, failure);
            }
            Purpose::Rooms(_) => self.rooms_later(),
            Purpose::Members(room) => self.members_failed(room),
            Purpose::Users(asked) => self.users_failed(&asked, failure),
            Purpose::Place { room, .. } => self.place_failed(out, room, failure),
            Purpose::Edit(message) => self.edit_failed(out, message, failure),
            Purpose::Delete(message) => self.delete_failed(out, message, failure),
        }
    }
}
