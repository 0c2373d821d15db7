//! Reading answers, frames and what a browser kept: the text once into a tree of values, the tree into types. serde's own
//! readers, which the server uses for requests, are code for every type and every way to fail; a page that has to load
//! them before anyone can read pays for each. Writing is serde's on both sides. Unknown fields are ignored.

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use std::{borrow::Cow, fmt};

/// A value of JSON (RFC 8259).
#[derive(Debug)]
pub enum Json<'a> {
    /// `null`, and what is not there.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// A text.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Json<'a>>),
    /// Fields in the order of the text.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
    /// A number that no type here has: broken, or larger than 64 bits.
    Strange,
}

/// The text is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the JSON that was expected")
    }
}

impl std::error::Error for Unreadable {}

/// A type that can be read.
pub trait Read: Sized {
    /// From a value, if it is one of these.
    fn read(json: &Json<'_>) -> Option<Self>;
}

/// Reads a text.
///
/// # Errors
/// It is no JSON, or not of this type.
pub fn read<T: Read>(text: &str) -> Result<T, Unreadable> {
    T::read(&parse(text)?).ok_or(Unreadable)
}

fn parse(text: &str) -> Result<Json<'_>, Unreadable> {
    serde_json::from_str(text).map_err(|_| Unreadable)
}

impl Json<'_> {
    /// A field; of what is no object, or has no such field, `Null`.
    pub fn get(&self, name: &str) -> &Self {
        match self {
            Self::Object(fields) => fields
                .iter()
                .find(|(it, _)| it == name)
                .map_or(&Self::Null, |(_, value)| value),
            _ => &Self::Null,
        }
    }

    /// A field as its type. Types that may be absent read from `Null`.
    pub fn field<T: Read>(&self, name: &str) -> Option<T> {
        T::read(self.get(name))
    }

    /// A field as its type; absent is the type's default.
    pub fn field_or_default<T: Read + Default>(&self, name: &str) -> Option<T> {
        match self.get(name) {
            Json::Null => Some(T::default()),
            value => T::read(value),
        }
    }

    /// A text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(i64::try_from(value).map_or(Json::Strange, Json::Number))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Json<'de>, E> {
        Ok(Json::Strange)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json<'de>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some((Name(name), value)) = object.next_entry()? {
            fields.push((name, value));
        }
        Ok(Json::Object(fields))
    }
}

/// The name of a field; borrowed where nothing in it is escaped.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl Read for bool {
    fn read(json: &Json<'_>) -> Option<Self> {
        match json {
            Json::Bool(value) => Some(*value),
            _ => None,
        }
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Read for $number {
            fn read(json: &Json<'_>) -> Option<Self> {
                match json {
                    Json::Number(value) => (*value).try_into().ok(),
                    _ => None,
                }
            }
        }
    )*};
}
numbers!(i64, u64, usize, u16, u8);

impl Read for String {
    fn read(json: &Json<'_>) -> Option<Self> {
        json.text().map(str::to_owned)
    }
}

impl<T: Read> Read for Option<T> {
    fn read(json: &Json<'_>) -> Option<Self> {
        match json {
            Json::Null => Some(None),
            value => T::read(value).map(Some),
        }
    }
}

impl<T: Read> Read for Box<T> {
    fn read(json: &Json<'_>) -> Option<Self> {
        T::read(json).map(Self::new)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(json: &Json<'_>) -> Option<Self> {
        match json {
            Json::List(values) => values.iter().map(T::read).collect(),
            _ => None,
        }
    }
}

/// Makes structures readable, field by field: `Room { id, topic: default }`. A field that is left out does not compile.
#[macro_export]
macro_rules! readable {
    ($($name:ident { $($field:ident $(: $how:ident)?),* $(,)? })+) => {$(
        impl $crate::json::Read for $name {
            fn read(json: &$crate::json::Json<'_>) -> Option<Self> {
                Some(Self { $($field: $crate::readable!(@ json $field $($how)?)),* })
            }
        }
    )+};
    (@ $json:ident $field:ident) => { $json.field(stringify!($field))? };
    (@ $json:ident $field:ident default) => { $json.field_or_default(stringify!($field))? };
}

/// Makes enums readable that are one word: `Theme { Light = "light" }`. A variant that is left out does not compile.
#[macro_export]
macro_rules! readable_words {
    ($($name:ident { $($variant:ident = $word:literal),* $(,)? })+) => {$(
        impl $crate::json::Read for $name {
            fn read(json: &$crate::json::Json<'_>) -> Option<Self> {
                const _: fn($name) = |it| match it { $($name::$variant => (),)* };
                match json.text()? { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    )+};
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
