//! Moments: unix milliseconds inside, RFC 3339 UTC with milliseconds on the wire (`2026-06-14T08:51:00.000Z`).

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::time::{Duration, UNIX_EPOCH};

/// Milliseconds since 1970-01-01T00:00:00Z; never before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = DateTime))]
pub struct Timestamp(pub i64);

/// 9999-12-31T23:59:59.999Z, the last moment RFC 3339 can write.
const LAST_MS: i64 = 253_402_300_799_999;

impl Timestamp {
    /// The RFC 3339 text of this moment; out-of-range values are written as the nearest moment in range.
    pub fn to_rfc3339(self) -> String {
        self.written().to_string()
    }

    fn written(self) -> impl std::fmt::Display {
        let ms = self.0.clamp(0, LAST_MS).unsigned_abs();
        humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_millis(ms))
    }

    /// Reads RFC 3339 UTC (`Z`); `None` for anything else, and for moments before 1970.
    pub fn parse(text: &str) -> Option<Self> {
        let at = humantime::parse_rfc3339(text).ok()?;
        let ms = at.duration_since(UNIX_EPOCH).ok()?.as_millis();
        i64::try_from(ms).ok().map(Self)
    }

    /// This moment moved by `ms` milliseconds.
    pub fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.written())
    }
}

impl crate::json::Read for Timestamp {
    fn read(json: &crate::json::Json<'_>) -> Option<Self> {
        Self::parse(json.text()?)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| {
            D::Error::custom("not an RFC 3339 UTC time like 2026-06-14T08:51:00.000Z")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{LAST_MS, Timestamp};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_moment_survives_the_wire(ms in 0..=LAST_MS) {
            let text = Timestamp(ms).to_rfc3339();
            prop_assert_eq!(text.len(), 24);
            prop_assert_eq!(Timestamp::parse(&text), Some(Timestamp(ms)));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,40}") {
            let _ = Timestamp::parse(&text);
        }
    }
}
