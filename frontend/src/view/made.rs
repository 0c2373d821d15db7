//! An element in the making.

use super::{
    IntoView, View, ev,
    give::{AttrText, Give, Given},
    live::follow,
    node_ref::NodeRef,
};
use leptos::prelude::document;
use std::{borrow::Cow, cell::RefCell};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement, Node};

const SVG: &str = "http://www.w3.org/2000/svg";

/// An element, or a fragment, that is given its attributes and its children.
pub(crate) struct Made(Node);

thread_local! {
    /// The first of its kind for each place in the markup: a copy costs a fraction of what making one does, as no name and no
    /// text has to be handed to the browser.
    static FIRST: RefCell<Vec<(Kind, Node)>> = const { RefCell::new(Vec::new()) };
}

/// Where name and fixed attributes stand in the module, and how long they are.
type Kind = [usize; 4];

/// An element of HTML with the attributes that stay as they are.
pub(crate) fn element(name: &'static str, fixed: &'static [(&'static str, &'static str)]) -> Made {
    copied(name, fixed, || document().create_element(name))
}

/// An element of SVG.
pub(crate) fn svg(name: &'static str, fixed: &'static [(&'static str, &'static str)]) -> Made {
    copied(name, fixed, || {
        document().create_element_ns(Some(SVG), name)
    })
}

#[expect(
    clippy::expect_used,
    reason = "names stand in the markup; only a malformed one fails"
)]
fn copied(
    name: &'static str,
    fixed: &'static [(&'static str, &'static str)],
    make: impl FnOnce() -> Result<Element, JsValue>,
) -> Made {
    FIRST.with_borrow_mut(|first| {
        let kind = [
            name.as_ptr().addr(),
            name.len(),
            fixed.as_ptr().addr(),
            fixed.len(),
        ];
        let at = match first.binary_search_by_key(&kind, |(kind, _)| *kind) {
            Ok(at) => at,
            Err(at) => {
                let element = make().expect("a name of an element");
                for (name, text) in fixed {
                    let _ = element.set_attribute(name, text);
                }
                first.insert(at, (kind, element.into()));
                at
            }
        };
        Made(first[at].1.clone_node().expect("a copy of an element"))
    })
}

/// Several nodes without a parent of their own.
pub(crate) fn fragment() -> Made {
    Made(document().create_document_fragment().into())
}

/// Text that stays as it is.
pub(crate) fn text(text: &str) -> View {
    View::of(document().create_text_node(text))
}

impl Made {
    /// The element that a component made, to be given more. A component that takes attributes makes one element.
    pub(crate) fn root_of(view: View) -> Self {
        match view.0 {
            Some(node) => Self(node),
            None => fragment(),
        }
    }

    fn element(&self) -> &Element {
        self.0.unchecked_ref()
    }

    /// Done.
    pub(crate) fn view(self) -> View {
        View(Some(self.0))
    }

    /// A child.
    pub(crate) fn child(self, child: impl IntoView) -> Self {
        child.put_into(&self.0);
        self
    }

    /// Text that stays as it is.
    pub(crate) fn text(self, words: &str) -> Self {
        self.child(text(words))
    }

    /// An attribute.
    pub(crate) fn attr(self, name: &'static str, value: impl Give<AttrText>) -> Self {
        self.attr_of(name, value.give())
    }

    fn attr_of(self, name: &'static str, value: Given<AttrText>) -> Self {
        let element = self.element().clone();
        let mut shown = None::<Cow<'static, str>>;
        follow(value, move |text| {
            if text == shown {
                return;
            }
            // Fails for a malformed name only.
            let _ = match &text {
                Some(text) => element.set_attribute(name, text),
                None => element.remove_attribute(name),
            };
            shown = text;
        });
        self
    }

    /// A class that is there while something holds.
    pub(crate) fn class(self, name: &'static str, holds: impl Give<bool>) -> Self {
        self.class_of(name, holds.give())
    }

    fn class_of(self, name: &'static str, holds: Given<bool>) -> Self {
        let element = self.element().clone();
        let mut there = false;
        follow(holds, move |holds| {
            if holds != there {
                let _ = element.class_list().toggle_with_force(name, holds);
                there = holds;
            }
        });
        self
    }

    /// A property of style.
    pub(crate) fn style(self, name: &'static str, value: impl Give<AttrText>) -> Self {
        let style = self.0.unchecked_ref::<HtmlElement>().style();
        follow(value.give(), move |text| {
            let _ = style.set_property(name, text.as_deref().unwrap_or_default());
        });
        self
    }

    /// A property of the object.
    pub(crate) fn prop(self, name: &'static str, value: impl Give<JsValue>) -> Self {
        self.prop_of(name, value.give())
    }

    fn prop_of(self, name: &'static str, value: Given<JsValue>) -> Self {
        let node = self.0.clone();
        let name = JsValue::from_str(name);
        follow(value, move |value| {
            let _ = js_sys::Reflect::set(&node, &name, &value);
        });
        self
    }

    /// A handler.
    pub(crate) fn on<E: JsCast + 'static>(
        self,
        kind: ev::Kind<E>,
        handle: impl Fn(E) + 'static,
    ) -> Self {
        kind.listen(&self.0, handle);
        self
    }

    /// Keeps the element where others find it.
    pub(crate) fn keep<E>(self, node_ref: NodeRef<E>) -> Self {
        node_ref.load(self.element());
        self
    }
}
