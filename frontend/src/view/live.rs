//! The parts of the page that follow signals.

use super::{
    IntoView, View, effect,
    give::Given,
    put,
    state::{Memo, RwSignal, Signal},
};
use leptos::prelude::document;
use std::borrow::Cow;
use web_sys::{Comment, Node};

/// Applies a value, and again whenever it changes.
pub(super) fn follow<T: 'static>(given: Given<T>, mut apply: impl FnMut(T) + 'static) {
    match given {
        Given::Once(value) => apply(value),
        Given::Live(make) => effect::now(Box::new(move || apply(make()))),
    }
}

/// Two marks in the page, and what is between them.
pub(super) struct Between {
    start: Comment,
    end: Comment,
}

impl Between {
    /// Two marks in a fragment.
    pub(super) fn new() -> (Self, View) {
        let marks = Self {
            start: document().create_comment(""),
            end: document().create_comment(""),
        };
        let fragment = Node::from(document().create_document_fragment());
        put(&fragment, &marks.start, None);
        put(&fragment, &marks.end, None);
        (marks, View::of(fragment))
    }

    pub(super) fn end(&self) -> &Node {
        &self.end
    }

    /// Empty them.
    fn clear(&self) {
        while let Some(node) = self.start.next_sibling() {
            if node.is_same_node(Some(&self.end)) {
                return;
            }
            remove(&node);
        }
    }

    /// Puts a view between them, at the end.
    pub(super) fn push(&self, view: &View) {
        if let (Some(node), Some(parent)) = (&view.0, self.end.parent_node()) {
            put(&parent, node, Some(&self.end));
        }
    }
}

/// Takes a node out of the page.
pub(super) fn remove(node: &Node) {
    if let Some(parent) = node.parent_node() {
        let _ = parent.remove_child(node);
    }
}

/// A place that is filled anew when signals change.
pub(super) fn place(make: Box<dyn Fn() -> View>) -> View {
    let (between, view) = Between::new();
    effect::now(Box::new(move || {
        let content = make();
        between.clear();
        between.push(&content);
    }));
    view
}

/// Text that follows signals.
fn text(make: Box<dyn Fn() -> Cow<'static, str>>) -> View {
    let node = document().create_text_node("");
    let view = View::of(node.clone());
    effect::now(Box::new(move || {
        let text = make();
        if node.data() != *text {
            node.set_data(&text);
        }
    }));
    view
}

macro_rules! texts {
    ($($text:ty: $as_text:expr;)*) => {$(
        impl IntoView for $text {
            fn into_view(self) -> View {
                super::text(&$as_text(self))
            }

            fn follow(make: Box<dyn Fn() -> Self>) -> View {
                text(Box::new(move || $as_text(make()).into()))
            }
        }
    )*};
}
texts! {
    String: Cow::<'static, str>::Owned;
    i64: number;
    &'static str: Cow::<'static, str>::Borrowed;
    Cow<'static, str>: std::convert::identity::<Self>;
}

/// A number as it is written for machines and in these words.
fn number(it: i64) -> Cow<'static, str> {
    Cow::Owned(it.to_string())
}

macro_rules! signals {
    ($($signal:ident),*) => {$(
        impl<V> IntoView for $signal<V>
        where
            V: IntoView + Clone,
        {
            fn into_view(self) -> View {
                V::follow(Box::new(move || self.get()))
            }
        }
    )*};
}
signals!(Memo, RwSignal, Signal);

/// A place that is filled while something holds.
pub(crate) fn show<V: IntoView>(
    when: impl Fn() -> bool + 'static,
    make: impl Fn() -> V + 'static,
) -> View {
    let holds = Memo::new(move |_| when());
    place(Box::new(move || {
        if holds.get() {
            make().into_view()
        } else {
            View::nothing()
        }
    }))
}
