//! What the server of the tests says: to frames, to requests, at the start of a socket.

use super::{CHANGES_PAGE, ME, Server, me, refusal, user};
use model::{Answer, Failure, Page, Request};
use shared::{
    ClientFrame, ErrorCode, MessageId, RoomId, ServerFrame, SessionId, Timestamp, UserId,
    accounts::Users,
    event::{AckResult, FrameId, Head, Hello},
    limits::Limits,
    members::{MemberRole, Members},
    messages::{Changes, Message, Messages, Sent},
    reads::ReadState,
    rooms::Rooms,
};

impl Server {
    pub(crate) fn hello(&self) -> ServerFrame {
        ServerFrame::Hello(Box::new(Hello {
            session_id: SessionId(1),
            user: me(),
            server_time: Timestamp(0),
            heartbeat_ms: 25_000,
            limits: Limits::CURRENT,
            rooms: self.mine().into_iter().map(|id| self.view(id)).collect(),
        }))
    }

    pub(crate) fn heads(&self) -> Vec<Head> {
        self.mine()
            .into_iter()
            .map(|room_id| Head {
                room_id,
                head_rev: self.rooms[&room_id].room.head_rev,
            })
            .collect()
    }

    /// Carries a frame of the client out; answers and events go to `out`.
    pub(crate) fn frame(&mut self, frame: ClientFrame) {
        let refuse = |id, code: ErrorCode| ServerFrame::Error {
            id: Some(id),
            code,
            detail: String::new(),
            retry_after_ms: None,
        };
        match frame {
            ClientFrame::Send {
                id,
                room_id,
                client_id,
                body,
                reply_to,
            } => {
                if !self.is_in(room_id, ME) {
                    return self.out.push(refuse(id, ErrorCode::NotFound));
                }
                let known = self.rooms[&room_id]
                    .messages
                    .iter()
                    .find(|message| message.client_id.as_ref() == Some(&client_id))
                    .map(|message| message.seq);
                let seq = known.unwrap_or_else(|| {
                    let seq = self.post(room_id, ME, &body, reply_to);
                    self.message(room_id, seq).client_id = Some(client_id);
                    let room = self.rooms.get_mut(&room_id).unwrap();
                    room.my.read_seq = seq;
                    self.announce(room_id, seq);
                    seq
                });
                let message = self.message(room_id, seq);
                let sent = Sent {
                    message_id: message.id,
                    seq,
                    rev: message.rev,
                    created_at: message.created_at,
                };
                self.out.push(ServerFrame::Ack {
                    id,
                    result: AckResult::Sent(sent),
                });
            }
            ClientFrame::Read { id, room_id, seq } => {
                let id = id.unwrap_or(FrameId::Number(0));
                if !self.is_in(room_id, ME) {
                    return self.out.push(refuse(id, ErrorCode::NotFound));
                }
                self.mark(room_id, seq);
                let my = self.view(room_id).my.unwrap();
                let result = AckResult::Read(ReadState {
                    read_seq: my.read_seq,
                    unread: my.unread,
                    mentions: my.mentions,
                });
                self.out.push(ServerFrame::Ack { id, result });
            }
            _ => {}
        }
    }

    /// Answers a request as of now.
    pub(crate) fn answer(&mut self, request: &Request) -> Result<Answer, Failure> {
        let not_found = || refusal(ErrorCode::NotFound);
        let member =
            |server: &Self, id: RoomId| server.is_in(id, ME).then_some(()).ok_or_else(not_found);
        Ok(match request {
            Request::Messages { room, page, limit } => {
                member(self, *room)?;
                Answer::Messages(self.page(*room, *page, *limit as usize))
            }
            Request::Changes { room, after } => {
                member(self, *room)?;
                Answer::Changes(Box::new(self.changes(*room, *after)))
            }
            Request::Rooms { .. } => Answer::Rooms(Rooms {
                rooms: self.mine().into_iter().map(|id| self.view(id)).collect(),
                next_cursor: None,
            }),
            Request::Room(room) => {
                member(self, *room)?;
                Answer::Room(Box::new(self.view(*room)))
            }
            Request::Message(id) => {
                Answer::Message(Box::new(self.find(*id).ok_or_else(not_found)?))
            }
            Request::Users(ids) => Answer::Users(Users {
                users: ids
                    .iter()
                    .filter_map(|id| Some(user(*id, self.names.get(id)?)))
                    .collect(),
                next_cursor: None,
            }),
            Request::Members(room) => {
                member(self, *room)?;
                let members = self.rooms[room].members.values();
                Answer::Members(Members {
                    members: members
                        .filter(|member| member.role.is_some())
                        .cloned()
                        .collect(),
                })
            }
            Request::Edit { message, body } => {
                let old = self.find(*message).ok_or_else(not_found)?;
                let new = self.amend(old.room_id, old.seq, Some(body));
                Answer::Message(Box::new(new.ok_or_else(|| refusal(ErrorCode::Conflict))?))
            }
            Request::Delete(message) => {
                let old = self.find(*message).ok_or_else(not_found)?;
                self.amend(old.room_id, old.seq, None);
                Answer::Done
            }
        })
    }

    fn find(&self, id: MessageId) -> Option<Message> {
        self.mine()
            .into_iter()
            .flat_map(|room| &self.rooms[&room].messages)
            .find(|message| message.id == id)
            .cloned()
    }

    fn page(&self, id: RoomId, page: Page, limit: usize) -> Messages {
        let all = &self.rooms[&id].messages;
        let end = all.len();
        // Small pages, so that small rooms have edges too.
        let limit = limit.min(5);
        let (from, to) = match page {
            Page::Latest => (end.saturating_sub(limit), end),
            Page::Before(seq) => {
                let to = (seq.max(1) as usize - 1).min(end);
                (to.saturating_sub(limit), to)
            }
            Page::After(seq) => {
                let from = (seq.max(0) as usize).min(end);
                (from, (from + limit).min(end))
            }
            Page::Around(seq) => {
                let middle = (seq.max(1) as usize - 1).min(end);
                (
                    middle.saturating_sub(limit / 2),
                    (middle + limit / 2 + 1).min(end),
                )
            }
        };
        Messages {
            messages: all[from..to].to_vec(),
            has_before: from > 0,
            has_after: to < end,
            head_rev: self.rooms[&id].room.head_rev,
        }
    }

    fn changes(&self, id: RoomId, after: i64) -> Changes {
        let state = &self.rooms[&id];
        let mut revs: Vec<i64> = state.messages.iter().map(|message| message.rev).collect();
        revs.extend(state.members.values().map(|member| member.rev));
        revs.push(state.room.rev);
        revs.retain(|&rev| rev > after);
        revs.sort_unstable();
        let head = state.room.head_rev;
        let rev = revs.get(CHANGES_PAGE - 1).copied().unwrap_or(head);
        let within = |of: i64| of > after && of <= rev;
        let mut messages: Vec<Message> = state
            .messages
            .iter()
            .filter(|m| within(m.rev))
            .cloned()
            .collect();
        messages.sort_by_key(|message| message.rev);
        Changes {
            room: within(state.room.rev).then(|| self.view(id)),
            members: state
                .members
                .values()
                .filter(|m| within(m.rev))
                .cloned()
                .collect(),
            messages,
            rev,
            head_rev: head,
            more: rev < head,
        }
    }

    pub(crate) fn roles(&self, id: RoomId) -> Vec<(UserId, MemberRole)> {
        self.rooms[&id]
            .members
            .values()
            .filter_map(|member| Some((member.user_id, member.role?)))
            .collect()
    }
}
