//! A small server in memory that keeps the rules of PROTOCOL 2 and 3: what the client must end equal to.

mod answers;

use model::{Failure, Refusal};
use shared::{
    ErrorCode, MessageId, RoomId, ServerFrame, Timestamp, UserId,
    accounts::{Me, Role, User},
    members::{Member, MemberRole},
    messages::{Message, MessageKind, ReplyTo, System},
    presence::{Presence, PresenceSetting},
    rooms::{My, Notify, Room, RoomKind},
};
use std::collections::BTreeMap;

pub(crate) const ME: UserId = UserId(1);
pub(crate) const CHANGES_PAGE: usize = 4;

pub(crate) struct SRoom {
    room: Room,
    pub(crate) messages: Vec<Message>,
    members: BTreeMap<UserId, Member>,
    my: My,
}

#[derive(Default)]
pub(crate) struct Server {
    pub(crate) rooms: BTreeMap<RoomId, SRoom>,
    names: BTreeMap<UserId, String>,
    next_message: i64,
    clock: i64,
    /// Frames for the client, in order.
    pub(crate) out: Vec<ServerFrame>,
}

pub(crate) fn user(id: UserId, name: &str) -> User {
    User {
        id,
        username: format!("user{id}"),
        display_name: name.to_owned(),
        bio: String::new(),
        avatar_url: None,
        status: None,
        role: Role::Member,
        presence: Presence::Online,
        last_seen_at: None,
        time_zone: None,
        created_at: Timestamp(1),
    }
}

pub(crate) fn me() -> Me {
    Me {
        user: user(ME, "Inés"),
        email: None,
        presence_setting: PresenceSetting::Auto,
        locale: None,
        totp_enabled: false,
    }
}

pub(crate) fn refusal(code: ErrorCode) -> Failure {
    Failure::Refused(Box::new(Refusal {
        code,
        detail: code.title().to_owned(),
        fields: Vec::new(),
        retry_after_ms: None,
        request_id: String::new(),
    }))
}

impl Server {
    /// Two rooms of the four people, and a direct one.
    pub(crate) fn new() -> Self {
        let mut server = Self::default();
        for id in 1..=4 {
            server.names.insert(UserId(id), format!("Person {id}"));
        }
        for (id, kind) in [
            (1, RoomKind::Public),
            (2, RoomKind::Private),
            (3, RoomKind::Direct),
        ] {
            let people: &[i64] = if kind == RoomKind::Direct {
                &[1, 2]
            } else {
                &[1, 2, 3]
            };
            server.add_room(RoomId(id), kind, people);
        }
        // More than a page of history in one of them.
        for n in 0..9 {
            server.say(RoomId(1), UserId(2), &format!("before {n}"), None);
        }
        server.out.clear();
        server
    }

    fn add_room(&mut self, id: RoomId, kind: RoomKind, people: &[i64]) {
        let room = Room {
            id,
            kind,
            name: if kind == RoomKind::Direct {
                String::new()
            } else {
                format!("Room {id}")
            },
            topic: String::new(),
            member_ids: (kind == RoomKind::Direct)
                .then(|| people.iter().copied().map(UserId).collect()),
            member_count: 0,
            created_by: None,
            created_at: Timestamp(1),
            archived_at: None,
            last_seq: 0,
            head_rev: 1,
            rev: 1,
            last_message: None,
            my: None,
        };
        let my = My {
            role: MemberRole::Member,
            joined_at: Timestamp(1),
            read_seq: 0,
            unread: 0,
            mentions: 0,
            notify: Notify::Mentions,
            muted: false,
            favourite: false,
        };
        let empty = SRoom {
            room,
            messages: Vec::new(),
            members: BTreeMap::new(),
            my,
        };
        self.rooms.insert(id, empty);
        for &person in people {
            self.join(id, UserId(person));
        }
    }

    pub(crate) fn is_in(&self, room: RoomId, user: UserId) -> bool {
        self.rooms
            .get(&room)
            .and_then(|room| room.members.get(&user))
            .is_some_and(|member| member.role.is_some())
    }

    fn emit(&mut self, room: RoomId, frame: ServerFrame) {
        if self.is_in(room, ME) {
            self.out.push(frame);
        }
    }

    fn bump(&mut self, room: RoomId) -> i64 {
        let room = self.rooms.get_mut(&room).unwrap();
        room.room.head_rev += 1;
        room.room.head_rev
    }

    /// The room as I see it.
    pub(crate) fn view(&self, id: RoomId) -> Room {
        let state = &self.rooms[&id];
        let mut room = state.room.clone();
        room.last_seq = state.messages.len() as i64;
        room.last_message = state
            .messages
            .iter()
            .rev()
            .find(|message| message.deleted_at.is_none())
            .map(|message| Box::new(message.clone()));
        let mut my = state.my.clone();
        my.role = state.members[&ME].role.unwrap_or(MemberRole::Member);
        my.unread = state
            .messages
            .iter()
            .filter(|m| m.seq > my.read_seq && m.author_id != ME)
            .filter(|m| m.kind == MessageKind::Text && m.deleted_at.is_none())
            .count()
            .min(100) as i64;
        room.my = Some(my);
        room
    }

    fn bare(&self, id: RoomId) -> Room {
        let mut room = self.view(id);
        room.my = None;
        room.last_message = None;
        room
    }

    fn tell_my_room(&mut self, id: RoomId) {
        let room = Box::new(self.view(id));
        self.out.push(ServerFrame::MyRoom { room });
    }

    fn touch(&mut self, id: RoomId) {
        let rev = self.bump(id);
        self.rooms.get_mut(&id).unwrap().room.rev = rev;
        let room = Box::new(self.bare(id));
        self.emit(
            id,
            ServerFrame::Room {
                room_id: id,
                rev,
                room,
            },
        );
    }

    fn announce(&mut self, id: RoomId, seq: i64) {
        let message = self.rooms[&id].messages[seq as usize - 1].clone();
        self.emit(
            id,
            ServerFrame::Message {
                room_id: id,
                rev: message.rev,
                message: Box::new(message),
            },
        );
    }

    fn append(
        &mut self,
        id: RoomId,
        author: UserId,
        kind: MessageKind,
        system: Option<System>,
    ) -> i64 {
        let rev = self.bump(id);
        self.next_message += 1;
        self.clock += 1_000;
        let room = self.rooms.get_mut(&id).unwrap();
        let seq = room.messages.len() as i64 + 1;
        room.messages.push(Message {
            id: MessageId(self.next_message),
            room_id: id,
            seq,
            rev,
            kind,
            author_id: author,
            client_id: None,
            body: String::new(),
            created_at: Timestamp(1_000_000 + self.clock),
            edited_at: None,
            deleted_at: None,
            reply_to: None,
            reactions: Vec::new(),
            mentions: Vec::new(),
            system,
        });
        seq
    }

    fn message(&mut self, id: RoomId, seq: i64) -> &mut Message {
        &mut self.rooms.get_mut(&id).unwrap().messages[seq as usize - 1]
    }

    fn system(&mut self, id: RoomId, author: UserId, system: System) {
        let seq = self.append(id, author, MessageKind::System, Some(system));
        self.announce(id, seq);
    }

    pub(crate) fn post(
        &mut self,
        id: RoomId,
        author: UserId,
        body: &str,
        reply_to: Option<MessageId>,
    ) -> i64 {
        let reply_to = reply_to.and_then(|to| self.quote(id, to));
        let seq = self.append(id, author, MessageKind::Text, None);
        let message = self.message(id, seq);
        body.clone_into(&mut message.body);
        message.reply_to = reply_to;
        seq
    }

    pub(crate) fn say(
        &mut self,
        id: RoomId,
        author: UserId,
        body: &str,
        reply_to: Option<MessageId>,
    ) {
        if self.is_in(id, author) {
            let seq = self.post(id, author, body, reply_to);
            self.announce(id, seq);
        }
    }

    fn quote(&self, id: RoomId, to: MessageId) -> Option<ReplyTo> {
        let message = self.rooms[&id]
            .messages
            .iter()
            .find(|message| message.id == to)?;
        Some(ReplyTo {
            id: to,
            seq: message.seq,
            author_id: message.author_id,
            excerpt: message.body.clone(),
        })
    }

    /// Edits (`Some`) or deletes (`None`); what answers it changes along.
    pub(crate) fn amend(&mut self, id: RoomId, seq: i64, body: Option<&str>) -> Option<Message> {
        let old = self
            .rooms
            .get(&id)?
            .messages
            .get(usize::try_from(seq - 1).ok()?)?
            .clone();
        if old.kind != MessageKind::Text || old.deleted_at.is_some() {
            return None;
        }
        let rev = self.bump(id);
        let message = self.message(id, seq);
        message.rev = rev;
        match body {
            Some(body) => {
                body.clone_into(&mut message.body);
                message.edited_at = Some(Timestamp(2_000_000));
            }
            None => {
                message.body.clear();
                message.deleted_at = Some(Timestamp(2_000_000));
            }
        }
        self.announce(id, seq);
        let answers: Vec<i64> = self.rooms[&id]
            .messages
            .iter()
            .filter(|m| m.reply_to.as_ref().is_some_and(|reply| reply.id == old.id))
            .map(|m| m.seq)
            .collect();
        for answer in answers {
            let rev = self.bump(id);
            let quote = self.quote(id, old.id);
            let message = self.message(id, answer);
            message.rev = rev;
            message.reply_to = quote;
            self.announce(id, answer);
        }
        Some(self.message(id, seq).clone())
    }

    pub(crate) fn join(&mut self, id: RoomId, user: UserId) {
        if self.is_in(id, user) {
            return;
        }
        let rev = self.bump(id);
        let room = self.rooms.get_mut(&id).unwrap();
        let role = Some(MemberRole::Member);
        room.members.insert(
            user,
            Member {
                user_id: user,
                role,
                joined_at: Timestamp(1),
                rev,
            },
        );
        room.room.member_count += 1;
        self.emit(
            id,
            ServerFrame::Member {
                room_id: id,
                rev,
                user_id: user,
                role,
            },
        );
        self.touch(id);
        self.system(id, user, System::Joined);
        if user == ME {
            let room = self.rooms.get_mut(&id).unwrap();
            room.my.read_seq = room.messages.len() as i64;
            self.tell_my_room(id);
        }
    }

    pub(crate) fn leave(&mut self, id: RoomId, user: UserId) {
        if !self.is_in(id, user) || self.rooms[&id].room.kind == RoomKind::Direct {
            return;
        }
        let rev = self.bump(id);
        let room = self.rooms.get_mut(&id).unwrap();
        let member = room.members.get_mut(&user).unwrap();
        (member.role, member.rev) = (None, rev);
        room.room.member_count -= 1;
        if user == ME {
            self.out.push(ServerFrame::MyRoomLeft { room_id: id });
        }
        self.emit(
            id,
            ServerFrame::Member {
                room_id: id,
                rev,
                user_id: user,
                role: None,
            },
        );
        self.touch(id);
        self.system(id, user, System::Left);
    }

    pub(crate) fn rename(&mut self, id: RoomId, name: &str) {
        name.clone_into(&mut self.rooms.get_mut(&id).unwrap().room.name);
        self.touch(id);
        self.system(
            id,
            UserId(2),
            System::Renamed {
                name: name.to_owned(),
            },
        );
    }

    pub(crate) fn mark(&mut self, id: RoomId, seq: i64) {
        let room = self.rooms.get_mut(&id).unwrap();
        let seq = seq.min(room.messages.len() as i64);
        if seq > room.my.read_seq {
            room.my.read_seq = seq;
            self.tell_my_room(id);
        }
    }

    pub(crate) fn mute(&mut self, id: RoomId, muted: bool) {
        self.rooms.get_mut(&id).unwrap().my.muted = muted;
        self.tell_my_room(id);
    }

    pub(crate) fn mine(&self) -> Vec<RoomId> {
        self.rooms
            .keys()
            .copied()
            .filter(|&id| self.is_in(id, ME))
            .collect()
    }
}
