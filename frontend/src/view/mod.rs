//! From signals to the page: what can stand in it (`View`), how an element is made (`Made`), and which parts follow
//! signals (`live`). Signals, effects, contexts and components are Leptos's; this is the part between them and the DOM.
//! Nodes are made once, by code that all of them share; a place whose content follows signals keeps a mark in the page and
//! fills what is before it anew. Knows nothing of chat.

mod each;
mod effect;
pub(crate) mod ev;
mod give;
pub(crate) mod html;
mod live;
mod made;
mod node_ref;
mod picked;
pub(crate) mod prelude;
mod state;

pub(crate) use each::each;
pub(crate) use leptos::component::{component_props_builder, component_view};
pub(crate) use live::show;
pub(crate) use made::{Made, element, fragment, svg, text};
pub(crate) use node_ref::NodeRef;
pub(crate) use picked::Picked;

use leptos::prelude::Owner;
use std::sync::Arc;
use wasm_bindgen::JsCast;
use web_sys::Node;

/// A piece of the page: a node, several (in a document fragment until they are placed), or nothing.
#[derive(Clone, Debug)]
pub(crate) struct View(Option<Node>);

impl View {
    /// Nothing.
    pub(crate) const fn nothing() -> Self {
        Self(None)
    }

    fn of(node: impl Into<Node>) -> Self {
        Self(Some(node.into()))
    }
}

/// What is between the tags of a component.
pub(crate) type Children = Box<dyn FnOnce() -> View>;

/// A piece of the page that a component makes when it wants one.
#[derive(Clone)]
pub(crate) struct ViewFn(Arc<dyn Fn() -> View + Send + Sync>);

impl ViewFn {
    /// Makes it.
    pub(crate) fn run(&self) -> View {
        (self.0)()
    }
}

impl<F, V> From<F> for ViewFn
where
    F: Fn() -> V + Send + Sync + 'static,
    V: IntoView,
{
    fn from(make: F) -> Self {
        Self(Arc::new(move || make().into_view()))
    }
}

/// What can stand in the page.
pub(crate) trait IntoView: Sized + 'static {
    /// As a piece of it.
    fn into_view(self) -> View;

    /// At the end of a parent.
    fn put_into(self, parent: &Node) {
        if let Some(node) = self.into_view().0 {
            put(parent, &node, None);
        }
    }

    /// As a piece that follows the signals that `make` reads: at the end of a parent, or as the view.
    fn follow(make: Box<dyn Fn() -> Self>, parent: Option<&Node>) -> View {
        live::place(Box::new(move || make().into_view()), parent)
    }
}

impl IntoView for View {
    fn into_view(self) -> View {
        self
    }

    fn follow(make: Box<dyn Fn() -> Self>, parent: Option<&Node>) -> View {
        live::place(make, parent)
    }
}

impl IntoView for () {
    fn into_view(self) -> View {
        View::nothing()
    }
}

impl<V: IntoView> IntoView for Option<V> {
    fn into_view(self) -> View {
        self.map_or(View::nothing(), V::into_view)
    }

    fn put_into(self, parent: &Node) {
        if let Some(view) = self {
            view.put_into(parent);
        }
    }
}

impl<V: IntoView> IntoView for Vec<V> {
    fn into_view(self) -> View {
        self.into_iter().collect_view()
    }
}

impl<F, V> IntoView for F
where
    F: Fn() -> V + 'static,
    V: IntoView,
{
    fn into_view(self) -> View {
        V::follow(Box::new(self), None)
    }

    fn put_into(self, parent: &Node) {
        V::follow(Box::new(self), Some(parent));
    }
}

/// One view of many.
pub(crate) trait CollectView {
    /// All of them, one after the other.
    fn collect_view(self) -> View;
}

impl<I: IntoIterator<Item: IntoView>> CollectView for I {
    fn collect_view(self) -> View {
        let mut all = fragment();
        for view in self {
            all = all.child(view);
        }
        all.view()
    }
}

/// Puts a component at the end of the body, for as long as the page lives.
pub(crate) fn mount<V: IntoView>(make: impl FnOnce() -> V) {
    // Fails only when there is one already.
    let _ = any_spawner::Executor::init_wasm_bindgen();
    let owner = Owner::new();
    let view = owner.with(|| make().into_view());
    if let (Some(body), Some(node)) = (leptos::prelude::document().body(), view.0) {
        put(body.unchecked_ref(), &node, None);
    }
    std::mem::forget(owner);
}

/// Puts a node into a parent, before another or at the end. It cannot fail: no node here is put into itself.
fn put(parent: &Node, node: &Node, before: Option<&Node>) {
    let _ = parent.insert_before(node, before);
}
