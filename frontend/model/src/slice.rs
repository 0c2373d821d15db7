//! The parts of the model that a view can depend on, and the set of those that an input changed.
//! Every read accessor of `Model` names the one slice that announces its changes.

use shared::{RoomId, UserId};

/// A row of a timeline, the same from echo to confirmation and for as long as the page lives.
/// A message that came from the server has its id here; an echo has a number above 2^60.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u64);

/// One part of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slice {
    /// Whether somebody is signed in, and who.
    Session,
    /// What the banner says, and whether the socket lives.
    Connection,
    /// Which rooms stand in which section of the list, in which order.
    Rooms,
    /// How many messages are for oneself in all rooms.
    Attention,
    /// Which room is on screen.
    Open,
    /// One room: its facts, its row in the list, one's own settings and marker.
    Room(RoomId),
    /// The rows of a room's timeline, what can still be loaded, the New line.
    Timeline(RoomId),
    /// One row of a timeline.
    Message(Key),
    /// Who is in a room.
    Members(RoomId),
    /// Who writes in a room.
    Typing(RoomId),
    /// Draft and reply target of a room.
    Composer(RoomId),
    /// Someone's profile.
    User(UserId),
    /// Someone's presence.
    Presence(UserId),
}

/// The slices that an input changed, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched(Vec<Slice>);

impl Touched {
    pub(crate) fn add(&mut self, slice: Slice) {
        if self.0.last() != Some(&slice) {
            self.0.push(slice);
        }
    }

    pub(crate) fn settle(&mut self) {
        self.0.sort_unstable();
        self.0.dedup();
    }

    /// Whether this slice is among them.
    pub fn contains(&self, slice: Slice) -> bool {
        self.0.contains(&slice)
    }

    /// The slices, in order.
    pub fn iter(&self) -> impl Iterator<Item = Slice> + '_ {
        self.0.iter().copied()
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
