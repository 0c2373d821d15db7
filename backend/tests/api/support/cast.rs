//! The people of the tests: Ines runs the place, Tom is a colleague, Zoe is a stranger to their room.

use super::{Caller, Place};
use shared::{RoomId, messages::Message};

/// A server with three people and one private room that Zoe knows nothing of.
pub(crate) struct Cast {
    /// Admin of the place, owner of the room.
    pub(crate) ines: Caller,
    /// A plain member of the room.
    pub(crate) tom: Caller,
    /// Shares General with them, and nothing else.
    pub(crate) zoe: Caller,
    /// The public room that everyone is in.
    pub(crate) general: RoomId,
    /// The private room of Ines and Tom.
    pub(crate) den: RoomId,
    pub(crate) place: Place,
}

impl Cast {
    pub(crate) async fn gather() -> Self {
        Self::at(Place::open()).await
    }

    pub(crate) async fn at(place: Place) -> Self {
        let ines = place.admit("ines").await;
        let tom = place.admit("tom").await;
        let zoe = place.admit("zoe").await;
        let general = ines.general().await.id;
        let den = ines.new_room("private", "Den", &[&tom]).await.id;
        Self {
            ines,
            tom,
            zoe,
            general,
            den,
            place,
        }
    }

    /// Something that Ines said in the room.
    pub(crate) async fn secret(&self) -> Message {
        self.ines.say(self.den, "the harbour is ours").await
    }
}
