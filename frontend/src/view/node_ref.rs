//! A signal that holds an element once it is made.

use super::state::{Effect, RwSignal};
use leptos::prelude::untrack;
use std::marker::PhantomData;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// An element that is made later, as its type.
pub(crate) struct NodeRef<E>(RwSignal<Option<Element>>, PhantomData<fn(E)>);

impl<E> Clone for NodeRef<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for NodeRef<E> {}

impl<E> NodeRef<E> {
    /// Without an element yet.
    pub(crate) fn new() -> Self {
        Self(RwSignal::new(None), PhantomData)
    }

    pub(super) fn load(self, element: &Element) {
        self.0.set(Some(element.clone()));
    }
}

impl<E: JsCast + 'static> NodeRef<E> {
    /// The element, followed.
    pub(crate) fn get(self) -> Option<E> {
        typed(self.0.get())
    }

    /// The element as of now.
    pub(crate) fn get_untracked(self) -> Option<E> {
        typed(self.0.get_untracked())
    }

    /// The element as of now; none, too, when whatever held it is gone.
    pub(crate) fn try_get_untracked(self) -> Option<E> {
        self.0.try_get_untracked().and_then(typed)
    }

    /// Runs once the element is there.
    pub(crate) fn on_load(self, run: impl FnOnce(E) + 'static) {
        let mut run = Some(run);
        Effect::new(move |_| {
            if let Some(element) = self.get()
                && let Some(run) = run.take()
            {
                untrack(move || run(element));
            }
        });
    }
}

fn typed<E: JsCast>(element: Option<Element>) -> Option<E> {
    element.map(JsCast::unchecked_into)
}
