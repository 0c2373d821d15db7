//! The parts of the page that follow signals.

use super::{
    IntoView, View, effect,
    give::Given,
    put,
    state::{Memo, RwSignal, Signal},
};
use leptos::prelude::document;
use std::borrow::Cow;
use web_sys::{Comment, Node, Text};

/// Applies a value, and again whenever it changes.
pub(super) fn follow<T: 'static>(given: Given<T>, mut apply: impl FnMut(T) + 'static) {
    match given {
        Given::Once(value) => apply(value),
        Given::Live(make) => effect::now(Box::new(move || apply(make()))),
    }
}

/// A mark in the page, and what was put before it.
pub(super) struct Mark(Comment);

/// What stands before a mark.
enum Content {
    Nothing,
    One(Node),
    /// What is from this mark on may change by itself.
    From(Node),
}

impl Mark {
    /// A mark at the end of a parent; without one, in a fragment, which is the view.
    pub(super) fn new(parent: Option<&Node>) -> (Self, View) {
        let mark = Self(comment());
        let Some(parent) = parent else {
            let fragment = Node::from(document().create_document_fragment());
            put(&fragment, &mark.0, None);
            return (mark, View::of(fragment));
        };
        put(parent, &mark.0, None);
        (mark, View::nothing())
    }

    pub(super) fn node(&self) -> &Node {
        &self.0
    }

    /// Puts a view in the place of what stands before the mark.
    fn fill(&self, view: View, content: &mut Content) {
        match std::mem::replace(content, Content::Nothing) {
            Content::Nothing => {}
            Content::One(node) => remove(&node),
            Content::From(first) => {
                let mut node = Some(first);
                while let Some(now) = node.filter(|it| !it.is_same_node(Some(&self.0))) {
                    node = now.next_sibling();
                    remove(&now);
                }
            }
        }
        let (Some(node), Some(parent)) = (view.0, self.0.parent_node()) else {
            return;
        };
        *content = if node.node_type() == Node::DOCUMENT_FRAGMENT_NODE {
            let first = Node::from(comment());
            put(&parent, &first, Some(&self.0));
            Content::From(first)
        } else {
            Content::One(node.clone())
        };
        put(&parent, &node, Some(&self.0));
    }
}

#[expect(clippy::expect_used, reason = "every page can make a comment")]
pub(super) fn comment() -> Comment {
    Comment::new().expect("a comment")
}

/// Takes a node out of the page.
pub(super) fn remove(node: &Node) {
    if let Some(parent) = node.parent_node() {
        let _ = parent.remove_child(node);
    }
}

/// A place that is filled anew when signals change: at the end of a parent, or in a fragment, which is the view.
pub(super) fn place(make: Box<dyn Fn() -> View>, parent: Option<&Node>) -> View {
    let (mark, view) = Mark::new(parent);
    let mut content = Content::Nothing;
    effect::now(Box::new(move || mark.fill(make(), &mut content)));
    view
}

/// Text that follows signals: at the end of a parent, or as the view.
fn text(make: Box<dyn Fn() -> Cow<'static, str>>, parent: Option<&Node>) -> View {
    #[expect(clippy::expect_used, reason = "every page can make a text")]
    let node = Text::new().expect("a text");
    let view = match parent {
        Some(parent) => {
            put(parent, &node, None);
            View::nothing()
        }
        None => View::of(node.clone()),
    };
    let mut shown = Cow::Borrowed("");
    effect::now(Box::new(move || {
        let text = make();
        if text != shown {
            node.set_data(&text);
            shown = text;
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

            fn follow(make: Box<dyn Fn() -> Self>, parent: Option<&Node>) -> View {
                text(Box::new(move || $as_text(make()).into()), parent)
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
                V::follow(Box::new(move || self.get()), None)
            }

            fn put_into(self, parent: &Node) {
                V::follow(Box::new(move || self.get()), Some(parent));
            }
        }
    )*};
}
signals!(Memo, RwSignal, Signal);

/// What is made while something holds.
pub(crate) fn show<V: IntoView>(
    when: impl Fn() -> bool + 'static,
    make: impl Fn() -> V + 'static,
) -> impl IntoView {
    let holds = Memo::new(move |_| when());
    move || {
        if holds.get() {
            make().into_view()
        } else {
            View::nothing()
        }
    }
}
