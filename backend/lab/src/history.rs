//! What was written, asked, answered and heard in a run, as seen from the clients' side of the network. What follows
//! from it is `check`'s; only what is wrong whatever comes later is noted at once.

use model::{Answer, Failure, Request};
use shared::{
    ErrorCode, MessageId, RoomId, ServerFrame, UserId,
    messages::{Message, Sent, System},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
};

/// A message that somebody wrote.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) device: usize,
    pub(crate) author: UserId,
    pub(crate) room: RoomId,
    /// Its order among those of its device.
    pub(crate) number: u64,
    pub(crate) body: String,
    pub(crate) at_ms: u64,
    /// The server's word that it is durable.
    pub(crate) acked: Option<Sent>,
    /// The server's word that it will not take it.
    pub(crate) refused: Option<ErrorCode>,
    /// The text is no longer kept on the device: somebody threw it away, having been refused.
    pub(crate) discarded: bool,
}

/// A change of a message that was asked for: a new text, or none for a deletion.
#[derive(Clone, Debug)]
pub(crate) struct Amend {
    pub(crate) message: MessageId,
    pub(crate) body: Option<String>,
    pub(crate) outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// No answer, or one that leaves it open.
    Open,
    /// Done; the message was at this revision then.
    Done(i64),
    Refused,
}

/// Someone was let in or taken out, as far as asked for here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) out: bool,
    pub(crate) began_ms: u64,
    /// When the server's word came.
    pub(crate) ended_ms: u64,
}

/// All such moves of one person in one room, one after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Moves {
    pub(crate) busy: bool,
    /// What happened could not be made out: only revisions tell.
    pub(crate) blurred: bool,
    pub(crate) log: Vec<Move>,
}

/// Something of a room in an answer over HTTP: its newest revision.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) device: usize,
    pub(crate) room: RoomId,
    pub(crate) rev: i64,
    pub(crate) at_ms: u64,
}

/// A list of one's rooms, from a socket's first frame or over HTTP.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    pub(crate) device: usize,
    pub(crate) rooms: Vec<RoomId>,
    pub(crate) began_ms: u64,
    pub(crate) at_ms: u64,
}

/// A frame of a room.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    pub(crate) room: RoomId,
    pub(crate) rev: i64,
    /// When its message was written, so that it cannot be older; 0 where nobody knows.
    pub(crate) since_ms: u64,
    pub(crate) at_ms: u64,
}

/// A message at its place, as first seen anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sight {
    pub(crate) id: MessageId,
    pub(crate) author: UserId,
    pub(crate) client_id: Option<String>,
    pub(crate) system: Option<System>,
}

/// Everything seen in a run.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) written: BTreeMap<String, Written>,
    pub(crate) amends: Vec<Amend>,
    pub(crate) seen: BTreeMap<(RoomId, i64), Sight>,
    /// Frames that have a revision, by device.
    pub(crate) frames: BTreeMap<usize, Vec<Shown>>,
    /// From when to when what several nodes share was broken. `None` is one node, which has everything in order.
    pub(crate) shaken: Option<Vec<(u64, u64)>>,
    pub(crate) told: Vec<Told>,
    pub(crate) listed: Vec<Listed>,
    pub(crate) moves: BTreeMap<(RoomId, UserId), Moves>,
    /// Whose device it is.
    pub(crate) people: Vec<UserId>,
    pub(crate) wrong: Vec<String>,
    states: HashMap<(MessageId, i64), u64>,
}

/// What one socket has said so far.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    left: BTreeSet<RoomId>,
    revs: BTreeMap<RoomId, BTreeSet<i64>>,
    began_ms: u64,
}

impl Heard {
    /// Of a socket that was asked for at this moment.
    pub(crate) fn since(began_ms: u64) -> Self {
        Self {
            began_ms,
            ..Self::default()
        }
    }

    /// Whether this revision is new here, and the highest before it.
    fn next(&mut self, room: RoomId, rev: i64) -> (bool, i64) {
        let revs = self.revs.entry(room).or_default();
        let last = revs.last().copied().unwrap_or(0);
        (revs.insert(rev), last)
    }
}

/// The room that a frame is of, and its revision where it has one.
pub(crate) fn room_of(frame: &ServerFrame) -> Option<(RoomId, Option<i64>)> {
    Some(match frame {
        ServerFrame::Message { room_id, rev, .. }
        | ServerFrame::Room { room_id, rev, .. }
        | ServerFrame::Member { room_id, rev, .. } => (*room_id, Some(*rev)),
        ServerFrame::Head(head) => (head.room_id, None),
        ServerFrame::Typing { room_id, .. } => (*room_id, None),
        _ => return None,
    })
}

impl History {
    /// The server's word about a `send`.
    pub(crate) fn acked(&mut self, client_id: &str, sent: &Sent) {
        let Some(written) = self.written.get_mut(client_id) else {
            return;
        };
        match &written.acked {
            Some(before) if before != sent => {
                let words = format!("{client_id} was acknowledged as {before:?} and as {sent:?}");
                self.wrong.push(words);
            }
            _ => written.acked = Some(*sent),
        }
    }

    pub(crate) fn refused(&mut self, client_id: &str, code: ErrorCode) {
        let final_word = !code.retryable() && code != ErrorCode::Unauthenticated;
        if let Some(written) = self.written.get_mut(client_id).filter(|_| final_word) {
            written.refused = Some(code);
        }
    }

    /// A frame on its way into a device's model.
    pub(crate) fn frame(
        &mut self,
        device: usize,
        heard: &mut Heard,
        frame: &ServerFrame,
        at_ms: u64,
    ) {
        match frame {
            ServerFrame::Hello(hello) => self.listed.push(Listed {
                device,
                rooms: hello.rooms.iter().map(|room| room.id).collect(),
                began_ms: heard.began_ms,
                at_ms,
            }),
            ServerFrame::MyRoomLeft { room_id } => {
                heard.left.insert(*room_id);
            }
            ServerFrame::MyRoom { room } => {
                heard.left.remove(&room.id);
            }
            ServerFrame::Message { message, .. } => self.sight(message),
            _ => {}
        }
        let Some((room, rev)) = room_of(frame) else {
            return;
        };
        if heard.left.contains(&room) {
            let words = format!("device {device} got {frame:?} behind its `my_room_left`");
            self.wrong.push(words);
        }
        let Some(rev) = rev else { return };
        let since_ms = self.written_at(frame);
        let shown = Shown {
            room,
            rev,
            since_ms,
            at_ms,
        };
        self.frames.entry(device).or_default().push(shown);
        // What was committed on two nodes may come in the other order (docs/adr/0016), and still once.
        let (new, last) = heard.next(room, rev);
        let in_order = rev > last || self.shaken.is_some();
        if !new || !in_order {
            let words = format!("device {device}: room {room}, revision {rev} came behind {last}");
            self.wrong.push(words);
        }
    }

    fn written_at(&self, frame: &ServerFrame) -> u64 {
        let ServerFrame::Message { message, .. } = frame else {
            return 0;
        };
        let client_id = message.client_id.as_ref();
        let written = client_id.and_then(|client_id| self.written.get(client_id));
        written.map_or(0, |written| written.at_ms)
    }

    /// A message in some state. Its place is its own for ever, and a revision has one state.
    pub(crate) fn sight(&mut self, message: &Message) {
        let sight = Sight {
            id: message.id,
            author: message.author_id,
            client_id: message.client_id.clone(),
            system: message.system.clone(),
        };
        let place = (message.room_id, message.seq);
        let known = self.seen.entry(place).or_insert_with(|| sight.clone());
        if *known != sight {
            let words = format!("{place:?} was {known:?} and is {sight:?}");
            self.wrong.push(words);
        }
        let mut hasher = DefaultHasher::new();
        format!("{message:?}").hash(&mut hasher);
        let state = hasher.finish();
        let known = *self
            .states
            .entry((message.id, message.rev))
            .or_insert(state);
        if known != state {
            let words = format!("another state at the same revision: {message:?}");
            self.wrong.push(words);
        }
    }

    /// Something is asked over HTTP; gives the mark for its answer.
    pub(crate) fn asks(&mut self, request: &Request) -> Option<usize> {
        let (message, body) = match request {
            Request::Edit { message, body } => (*message, Some(body.clone())),
            Request::Delete(message) => (*message, None),
            _ => return None,
        };
        self.amends.push(Amend {
            message,
            body,
            outcome: Outcome::Open,
        });
        Some(self.amends.len() - 1)
    }

    pub(crate) fn answered(
        &mut self,
        device: usize,
        mark: Option<usize>,
        began_ms: u64,
        at_ms: u64,
        reply: &Result<Answer, Failure>,
    ) {
        match reply {
            Ok(Answer::Messages(page)) => self.tell(device, &page.messages, 0, at_ms),
            Ok(Answer::Changes(changes)) => {
                let members = changes.members.iter().map(|member| member.rev).max();
                self.tell(device, &changes.messages, members.unwrap_or(0), at_ms);
            }
            Ok(Answer::Message(message)) => {
                self.tell(device, std::slice::from_ref(message), 0, at_ms);
                if let Some(amend) = mark.and_then(|mark| self.amends.get_mut(mark)) {
                    amend.outcome = Outcome::Done(message.rev);
                }
            }
            Ok(Answer::Rooms(page)) => self.listed.push(Listed {
                device,
                rooms: page.rooms.iter().map(|room| room.id).collect(),
                began_ms,
                at_ms,
            }),
            Err(failure) if !failure.retryable() => {
                if let Some(amend) = mark.and_then(|mark| self.amends.get_mut(mark)) {
                    amend.outcome = Outcome::Refused;
                }
            }
            _ => {}
        }
    }

    fn tell(&mut self, device: usize, messages: &[Message], least: i64, at_ms: u64) {
        for message in messages {
            self.sight(message);
        }
        let Some(room) = messages.first().map(|message| message.room_id) else {
            return;
        };
        let newest = messages.iter().map(|message| message.rev).max();
        self.told.push(Told {
            device,
            room,
            rev: newest.unwrap_or(0).max(least),
            at_ms,
        });
    }
}
