//! What a committed write has to say: topics, frames encoded once, and controls, in commit order. The words
//! that the database's writer and live delivery share, so that neither knows the other.

use actix_http::ws::{OpCode, Parser};
use bytes::{Bytes, BytesMut};
use shared::{RoomId, ServerFrame, SessionId, UserId, event::Head};
use tokio::sync::watch;

/// Who gets a frame. Membership is looked up at delivery, on each worker.
#[derive(Clone, Debug)]
pub enum Topic {
    /// Everyone in the room.
    Room(RoomId),
    /// All sockets of one person.
    User(UserId),
    /// One person and everyone who is in one of these rooms.
    Peers(UserId, Vec<RoomId>),
    /// Those who have the room on screen, but for the one who causes it.
    Focus(RoomId, UserId),
}

/// A whole WebSocket frame, encoded once and shared by all who get it.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Header and payload, ready for the wire.
    pub bytes: Bytes,
    /// The room and revision it tells of: what must be asked for when it is dropped.
    pub head: Option<Head>,
    /// May be dropped without anyone missing it for long.
    pub ephemeral: bool,
}

impl Frame {
    /// The answer to a ping (RFC 6455, 5.5.3).
    pub fn pong(payload: &[u8]) -> Self {
        let mut bytes = BytesMut::new();
        Parser::write_message(&mut bytes, payload, OpCode::Pong, true, false);
        Self {
            bytes: bytes.freeze(),
            head: None,
            ephemeral: true,
        }
    }
}

/// A change in who gets what, in order with the frames.
#[derive(Clone, Copy, Debug)]
pub enum Control {
    /// The user's sockets get the room's frames from here on.
    Join(RoomId, UserId),
    /// Nothing of the room reaches the user's sockets from here on.
    Leave(RoomId, UserId),
    /// The session's sockets close.
    EndSession(SessionId),
}

/// What a committed write has to say.
#[derive(Clone, Debug)]
pub enum Event {
    /// A frame for a topic.
    Frame(Topic, Frame),
    /// A change in who gets what.
    Control(Control),
}

/// Takes the events of committed writes, in commit order.
pub trait EventSink: Send + Sync {
    /// Called by the database's writer after each commit. When it returns, controls are in force on this
    /// node; what it gives back tells when they are on the others.
    fn publish(&self, events: Vec<Event>) -> Everywhere;
}

/// Waits until controls are in force on every node, or have been given up on. Whoever holds the other end
/// must drop it in bounded time.
#[derive(Clone, Debug, Default)]
pub struct Everywhere(Option<watch::Receiver<()>>);

impl Everywhere {
    /// Over when the other end is dropped.
    pub fn after(nodes: watch::Receiver<()>) -> Self {
        Self(Some(nodes))
    }

    /// Returns at once where there is one node.
    pub async fn wait(self) {
        if let Some(mut nodes) = self.0 {
            while nodes.changed().await.is_ok() {}
        }
    }
}

/// Encodes a frame as one unmasked text frame (RFC 6455, 5.2).
pub fn encode(frame: &ServerFrame) -> Frame {
    let head = match frame {
        ServerFrame::Message { room_id, rev, .. }
        | ServerFrame::Room { room_id, rev, .. }
        | ServerFrame::Member { room_id, rev, .. } => Some(Head {
            room_id: *room_id,
            head_rev: *rev,
        }),
        ServerFrame::MyRoom { room } => Some(Head {
            room_id: room.id,
            head_rev: room.head_rev,
        }),
        ServerFrame::MyRoomLeft { room_id } => Some(Head {
            room_id: *room_id,
            head_rev: 0,
        }),
        ServerFrame::Head(head) => Some(*head),
        _ => None,
    };
    let ephemeral = matches!(
        frame,
        ServerFrame::Typing { .. } | ServerFrame::Presence { .. }
    );
    // Our own types have string keys and finite numbers only: serialisation cannot fail.
    let text = serde_json::to_vec(frame).unwrap_or_default();
    let mut bytes = BytesMut::with_capacity(text.len() + 10);
    Parser::write_message(&mut bytes, text, OpCode::Text, true, false);
    Frame {
        bytes: bytes.freeze(),
        head,
        ephemeral,
    }
}
