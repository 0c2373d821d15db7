//! The words that Confab's server and client share: ids, times, errors, requests, answers and frames.
//! No I/O, no clock, no randomness: what is here means the same on both sides of the wire.

pub mod accounts;
pub mod error;
pub mod event;
pub mod id;
pub mod json;
pub mod limits;
pub mod markup;
pub mod members;
pub mod messages;
pub mod presence;
pub mod reads;
pub mod rooms;
pub mod server;
pub mod time;

pub use error::{ErrorCode, FieldError, Problem};
pub use event::{ClientFrame, ServerFrame};
pub use id::{MessageId, RoomId, SessionId, UserId};
pub use time::Timestamp;

/// Tells an absent field (`None`) from one that is `null` (`Some(None)`) in a PATCH body:
/// use with `#[serde(default, with = "shared::patch")]` on an `Option<Option<T>>`.
pub mod patch {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Reads a present field; serde's `default` covers the absent one.
    ///
    /// # Errors
    /// Whatever `T` refuses.
    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::<T>::deserialize(from).map(Some)
    }

    /// Writes the inner option; pair it with `skip_serializing_if = "Option::is_none"`.
    ///
    /// # Errors
    /// Whatever the serializer refuses.
    pub fn serialize<T: Serialize, S: Serializer>(
        value: &Option<Option<T>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(to)
    }
}
