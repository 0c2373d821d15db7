//! Signals, memos, effects and stored values by their types, over Leptos's own with one type for all of them. Leptos
//! compiles its graph anew for each type of value, which was the greatest part of the client; here a type costs a cast.
//! The names and the meaning are Leptos's. All of it lives on the page's one thread.

use leptos::prelude as graph;
use leptos::prelude::{Get as _, GetUntracked as _, GetValue as _, Notify as _, Track as _};
use send_wrapper::SendWrapper;
use std::{any::Any, cell::RefCell, marker::PhantomData, rc::Rc};

/// A value of any type, shared.
type Held = SendWrapper<Rc<dyn Any>>;

fn held(value: impl Any) -> Held {
    SendWrapper::new(Rc::new(value))
}

#[expect(clippy::expect_used, reason = "only its own type is ever put in")]
fn typed<T: 'static>(held: &Held) -> &T {
    held.downcast_ref().expect("a value of its own type")
}

macro_rules! copied {
    ($($name:ident),*) => {$(
        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $name<T> {}
    )*};
}
copied!(Memo, RwSignal, Signal, StoredValue);

/// A value that others follow.
pub(crate) struct RwSignal<T>(graph::RwSignal<Held>, PhantomData<fn(T)>);

impl<T: 'static> RwSignal<T> {
    /// Owned by whatever runs now.
    pub(crate) fn new(value: T) -> Self {
        Self(graph::RwSignal::new(held(RefCell::new(value))), PhantomData)
    }

    fn cell(held: &Held) -> &RefCell<T> {
        typed(held)
    }

    /// Reads in place, and follows.
    pub(crate) fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(&Self::cell(&self.0.get()).borrow())
    }

    /// Reads in place.
    pub(crate) fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(&Self::cell(&self.0.get_untracked()).borrow())
    }

    /// Reads in place; nothing when the owner is gone.
    pub(crate) fn try_with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> Option<R> {
        let held = self.0.try_get_untracked()?;
        let result = read(&Self::cell(&held).borrow());
        Some(result)
    }

    /// Sets it.
    pub(crate) fn set(self, value: T) {
        let _ = self.try_set(value);
    }

    /// Sets it; gives the value back when the owner is gone.
    pub(crate) fn try_set(self, value: T) -> Option<T> {
        let Some(held) = self.0.try_get_untracked() else {
            return Some(value);
        };
        // The old value is dropped when nothing is borrowed any more.
        let _old = Self::cell(&held).replace(value);
        self.0.notify();
        None
    }

    /// Changes it in place.
    pub(crate) fn update(self, change: impl FnOnce(&mut T)) {
        let _ = self.try_update(change);
    }

    /// Changes it in place; nothing when the owner is gone.
    pub(crate) fn try_update<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let held = self.0.try_get_untracked()?;
        let result = change(&mut Self::cell(&held).borrow_mut());
        self.0.notify();
        Some(result)
    }
}

impl<T: Clone + 'static> RwSignal<T> {
    /// The value, followed.
    pub(crate) fn get(self) -> T {
        self.with(T::clone)
    }

    /// The value as of now.
    pub(crate) fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }

    /// The value as of now; none when the owner is gone.
    pub(crate) fn try_get_untracked(self) -> Option<T> {
        self.try_with_untracked(T::clone)
    }
}

/// A value of any type that can be compared.
#[derive(Clone)]
struct Compared(Held, fn(&Held, &Held) -> bool);

impl PartialEq for Compared {
    fn eq(&self, other: &Self) -> bool {
        (self.1)(&self.0, &other.0)
    }
}

/// A value made of others, made anew when they change and passed on when it is another.
pub(crate) struct Memo<T>(graph::Memo<Compared>, PhantomData<fn(T)>);

impl<T: PartialEq + 'static> Memo<T> {
    /// Owned by whatever runs now.
    pub(crate) fn new(make: impl Fn(Option<&T>) -> T + 'static) -> Self {
        let memo = compared(Box::new(move |old| {
            Compared(held(make(old.map(|old| typed(&old.0)))), |one, other| {
                typed::<T>(one) == typed(other)
            })
        }));
        Self(memo, PhantomData)
    }
}

/// The one memo that is compiled.
fn compared(make: MakeCompared) -> graph::Memo<Compared> {
    let make = SendWrapper::new(make);
    #[expect(
        clippy::redundant_closure,
        reason = "the wrapper is no function itself"
    )]
    graph::Memo::new(move |old| make(old))
}

type MakeCompared = Box<dyn Fn(Option<&Compared>) -> Compared>;

impl<T: 'static> Memo<T> {
    /// Follows it without reading it.
    pub(crate) fn track(self) {
        self.0.track();
    }

    /// Reads in place, and follows.
    pub(crate) fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(typed(&self.0.get().0))
    }

    /// Reads in place.
    pub(crate) fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(typed(&self.0.get_untracked().0))
    }
}

impl<T: Clone + 'static> Memo<T> {
    /// The value, followed.
    pub(crate) fn get(self) -> T {
        self.with(T::clone)
    }

    /// The value as of now.
    pub(crate) fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }
}

/// A value that somebody else keeps: of a signal or a memo, made whenever it is read, or always the same.
pub(crate) struct Signal<T>(Source, PhantomData<fn(T)>);

#[derive(Clone, Copy)]
enum Source {
    Signal(graph::RwSignal<Held>),
    Memo(graph::Memo<Compared>),
    Made(graph::StoredValue<Held>),
}

impl<T: 'static> Signal<T> {
    /// Made whenever it is read.
    pub(crate) fn derive(make: impl Fn() -> T + 'static) -> Self {
        let make: Box<dyn Fn() -> T> = Box::new(make);
        Self(
            Source::Made(graph::StoredValue::new(held(make))),
            PhantomData,
        )
    }

    /// Reads in place, and follows.
    pub(crate) fn with<R>(self, read: impl FnOnce(&T) -> R) -> R {
        match self.0 {
            Source::Signal(signal) => RwSignal(signal, PhantomData).with(read),
            Source::Memo(memo) => Memo(memo, PhantomData).with(read),
            Source::Made(made) => read(&typed::<Box<dyn Fn() -> T>>(&made.get_value())()),
        }
    }

    /// Reads in place.
    pub(crate) fn with_untracked<R>(self, read: impl FnOnce(&T) -> R) -> R {
        graph::untrack(|| self.with(read))
    }
}

impl<T: Clone + 'static> Signal<T> {
    /// Always the same.
    pub(crate) fn stored(value: T) -> Self {
        Self::derive(move || value.clone())
    }

    /// The value, followed.
    pub(crate) fn get(self) -> T {
        self.with(T::clone)
    }

    /// The value as of now.
    pub(crate) fn get_untracked(self) -> T {
        self.with_untracked(T::clone)
    }
}

impl<T: Default + 'static> Default for Signal<T> {
    fn default() -> Self {
        Self::derive(T::default)
    }
}

impl<T> From<RwSignal<T>> for Signal<T> {
    fn from(signal: RwSignal<T>) -> Self {
        Self(Source::Signal(signal.0), PhantomData)
    }
}

impl<T> From<Memo<T>> for Signal<T> {
    fn from(memo: Memo<T>) -> Self {
        Self(Source::Memo(memo.0), PhantomData)
    }
}

impl<T: Clone + 'static> From<T> for Signal<T> {
    fn from(value: T) -> Self {
        Self::stored(value)
    }
}

impl From<&'static str> for Signal<String> {
    fn from(value: &'static str) -> Self {
        Self::derive(move || value.to_owned())
    }
}

/// A value that lives as long as its owner and that nobody follows.
pub(crate) struct StoredValue<T>(graph::StoredValue<Held>, PhantomData<fn(T)>);

impl<T: 'static> StoredValue<T> {
    /// Owned by whatever runs now.
    pub(crate) fn new(value: T) -> Self {
        let value = held(RefCell::new(value));
        Self(graph::StoredValue::new(value), PhantomData)
    }

    fn cell(held: &Held) -> &RefCell<T> {
        typed(held)
    }

    /// Reads in place.
    pub(crate) fn with_value<R>(self, read: impl FnOnce(&T) -> R) -> R {
        read(&Self::cell(&self.0.get_value()).borrow())
    }

    /// Reads in place; nothing when the owner is gone.
    pub(crate) fn try_with_value<R>(self, read: impl FnOnce(&T) -> R) -> Option<R> {
        let held = self.0.try_get_value()?;
        let result = read(&Self::cell(&held).borrow());
        Some(result)
    }

    /// Sets it, if the owner is still there.
    pub(crate) fn set_value(self, value: T) {
        if let Some(held) = self.0.try_get_value() {
            let _old = Self::cell(&held).replace(value);
        }
    }

    /// Changes it in place; nothing when the owner is gone.
    pub(crate) fn try_update_value<R>(self, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let held = self.0.try_get_value()?;
        let result = change(&mut Self::cell(&held).borrow_mut());
        Some(result)
    }
}

impl<T: Clone + 'static> StoredValue<T> {
    /// The value.
    pub(crate) fn get_value(self) -> T {
        self.with_value(T::clone)
    }

    /// The value; none when the owner is gone.
    pub(crate) fn try_get_value(self) -> Option<T> {
        self.try_with_value(T::clone)
    }
}

/// What is done when signals change.
pub(crate) struct Effect;

impl Effect {
    /// Runs with the next task, and again whenever a signal that it read changes, for as long as the owner of now lives.
    /// It is given what it gave the last time.
    #[expect(clippy::new_ret_no_self, reason = "as in Leptos")]
    pub(crate) fn new<T: 'static>(mut run: impl FnMut(Option<T>) -> T + 'static) {
        let mut last = None;
        super::effect::soon(Box::new(move || last = Some(run(last.take()))));
    }
}
