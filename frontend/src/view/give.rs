//! What an attribute, a property or a class is given: a value, or something that follows signals.

use super::state::{Memo, RwSignal, Signal};
use std::borrow::Cow;
use wasm_bindgen::JsValue;

/// The text of an attribute; none when the attribute is not there.
pub(crate) type AttrText = Option<Cow<'static, str>>;

/// A value of one of the types that the page takes: `AttrText`, `JsValue` or `bool`.
pub(crate) trait Value<T> {
    /// As the page takes it.
    fn value(self) -> T;
}

/// A value now, or what makes one whenever signals change.
pub(crate) enum Given<T> {
    Once(T),
    Live(Box<dyn Fn() -> T>),
}

/// What `Given` can be made of.
pub(crate) trait Give<T> {
    /// As one of the two.
    fn give(self) -> Given<T>;
}

impl<T, V, F> Give<T> for F
where
    F: Fn() -> V + 'static,
    V: Value<T>,
{
    fn give(self) -> Given<T> {
        Given::Live(Box::new(move || self().value()))
    }
}

macro_rules! signals {
    ($($signal:ident),*) => {$(
        impl<T, V> Give<T> for $signal<V>
        where
            V: Value<T> + Clone + 'static,
        {
            fn give(self) -> Given<T> {
                Given::Live(Box::new(move || self.get().value()))
            }
        }
    )*};
}
signals!(Memo, RwSignal, Signal);

macro_rules! values {
    ($($value:ty),*) => {$(
        impl<T> Give<T> for $value
        where
            Self: Value<T>,
        {
            fn give(self) -> Given<T> {
                Given::Once(self.value())
            }
        }
    )*};
}
values!(&'static str, String, bool, i64, u32, usize);

impl<T, V> Give<T> for Option<V>
where
    Self: Value<T>,
{
    fn give(self) -> Given<T> {
        Given::Once(self.value())
    }
}

impl Value<AttrText> for &'static str {
    fn value(self) -> AttrText {
        Some(self.into())
    }
}

impl Value<AttrText> for String {
    fn value(self) -> AttrText {
        Some(self.into())
    }
}

/// A flag is there or not.
impl Value<AttrText> for bool {
    fn value(self) -> AttrText {
        self.then_some(Cow::Borrowed(""))
    }
}

impl Value<AttrText> for i64 {
    fn value(self) -> AttrText {
        Some(self.to_string().into())
    }
}

impl Value<AttrText> for u32 {
    fn value(self) -> AttrText {
        i64::from(self).value()
    }
}

impl Value<AttrText> for usize {
    fn value(self) -> AttrText {
        Some(self.to_string().into())
    }
}

impl<V: Value<AttrText>> Value<AttrText> for Option<V> {
    fn value(self) -> AttrText {
        self.and_then(V::value)
    }
}

impl Value<Self> for bool {
    fn value(self) -> Self {
        self
    }
}

impl Value<JsValue> for bool {
    fn value(self) -> JsValue {
        self.into()
    }
}

impl Value<JsValue> for &'static str {
    fn value(self) -> JsValue {
        self.into()
    }
}

impl Value<JsValue> for String {
    fn value(self) -> JsValue {
        self.into()
    }
}
