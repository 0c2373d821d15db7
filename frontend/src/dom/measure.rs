//! Observers of size and of children, which stop when dropped. Their callbacks run after the change and before
//! the browser paints, which is what keeps scroll positions exact.

use crate::view::prelude::{RwSignal, on_cleanup};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, MutationObserver, MutationObserverInit, ResizeObserver};

/// Calls back when an observed element's size changed.
pub(crate) struct Resized {
    observer: ResizeObserver,
    _call: Closure<dyn FnMut()>,
}

impl Resized {
    /// Starts observing; `None` when the browser refuses.
    pub(crate) fn new(elements: &[&Element], call: impl FnMut() + 'static) -> Option<Self> {
        let call = Closure::<dyn FnMut()>::new(call);
        let observer = ResizeObserver::new(call.as_ref().unchecked_ref()).ok()?;
        for element in elements {
            observer.observe(element);
        }
        Some(Self {
            observer,
            _call: call,
        })
    }
}

impl Drop for Resized {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Calls back when children were added to or removed from an element.
pub(crate) struct ChildrenChanged {
    observer: MutationObserver,
    _call: Closure<dyn FnMut()>,
}

impl ChildrenChanged {
    /// Starts observing; `None` when the browser refuses.
    pub(crate) fn new(element: &Element, call: impl FnMut() + 'static) -> Option<Self> {
        let call = Closure::<dyn FnMut()>::new(call);
        let observer = MutationObserver::new(call.as_ref().unchecked_ref()).ok()?;
        let what = MutationObserverInit::new();
        what.set_child_list(true);
        observer.observe_with_options(element, &what).ok()?;
        Some(Self {
            observer,
            _call: call,
        })
    }
}

impl Drop for ChildrenChanged {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Whether a media query holds, followed as it changes for as long as the current owner lives.
pub(crate) fn media(query: &str) -> RwSignal<bool> {
    let list = leptos::prelude::window().match_media(query).ok().flatten();
    let holds = RwSignal::new(list.as_ref().is_some_and(web_sys::MediaQueryList::matches));
    let Some(list) = list else { return holds };
    let changed = {
        let list = list.clone();
        Closure::<dyn FnMut()>::new(move || {
            holds.try_set(list.matches());
        })
    };
    // Every list takes a listener.
    let _ = list.add_event_listener_with_callback("change", changed.as_ref().unchecked_ref());
    let gone = SendWrapper::new((list, changed));
    on_cleanup(move || {
        let (list, changed) = gone.take();
        let _ =
            list.remove_event_listener_with_callback("change", changed.as_ref().unchecked_ref());
    });
    holds
}

/// A length for CSS. The browser writes the number: Rust's way to write fractions is a lot to load.
pub(crate) fn px(length: f64) -> String {
    let digits = js_sys::Number::from(length).to_string_with_radix(10);
    // Ten is a radix.
    digits.map_or_else(
        |_| String::new(),
        |digits| format!("{}px", String::from(digits)),
    )
}

/// A keyboard on screen takes at least so much of the height.
const KEYBOARD_PX: f64 = 120.0;

/// Tells how high the part of the window is that a keyboard on screen leaves, for browsers that do not shrink the page
/// themselves: `--above-keyboard` on the root. Lasts as long as the current owner.
pub(crate) fn follow_keyboard() {
    let Some(view) = web_sys::window().and_then(|window| window.visual_viewport()) else {
        return;
    };
    let changed = {
        let view = view.clone();
        Closure::<dyn FnMut()>::new(move || above_keyboard(&view))
    };
    for event in ["resize", "scroll"] {
        // The view takes every listener.
        let _ = view.add_event_listener_with_callback(event, changed.as_ref().unchecked_ref());
    }
    let gone = SendWrapper::new((view, changed));
    on_cleanup(move || {
        let (view, changed) = gone.take();
        for event in ["resize", "scroll"] {
            let _ =
                view.remove_event_listener_with_callback(event, changed.as_ref().unchecked_ref());
        }
    });
}

fn above_keyboard(view: &web_sys::VisualViewport) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let root = window
        .document()
        .and_then(|document| document.document_element());
    let Some(root) = root.and_then(|root| root.dyn_into::<web_sys::HtmlElement>().ok()) else {
        return;
    };
    let whole = window
        .inner_height()
        .ok()
        .and_then(|height| height.as_f64())
        .unwrap_or_default();
    let style = root.style();
    // Pinched larger, the view is smaller as well, but nothing is covered.
    if (view.scale() - 1.0).abs() < 0.01 && whole - view.height() > KEYBOARD_PX {
        let _ = style.set_property("--above-keyboard", &px(view.height()));
        // The browser has scrolled the page to show the field; the page has made room itself.
        window.scroll_to_with_x_and_y(0.0, 0.0);
    } else {
        let _ = style.remove_property("--above-keyboard");
    }
}
