//! What opens beside its opener and lies over everything: popovers and, on a phone, sheets. Esc, a press elsewhere,
//! leaving it with Tab and a resized window close it; focus goes back to the opener.

use super::anchor::{Anchor, Placement, place};
use crate::dom::focus;
use crate::view::{ev, html, prelude::*};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, Node};

/// A popover. Mounted means open; `on_close` has to unmount it.
#[component]
pub(crate) fn Popover(
    #[prop(into)] anchor: Anchor,
    #[prop(into)] label: String,
    #[prop(into)] on_close: Callback<()>,
    #[prop(optional)] placement: Placement,
    /// Comes from below on a phone.
    #[prop(optional)]
    sheet: bool,
    /// `dialog` unless said otherwise.
    #[prop(default = "dialog")]
    role: &'static str,
    /// The component's own class beside `popover`.
    #[prop(optional)]
    class: &'static str,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let as_sheet = sheet && is_narrow();
    let opener: Option<Element> = match &anchor {
        Anchor::Element(element) => focus::focusable_at(element),
        Anchor::Point(..) => focus::active(),
    };
    let opener = Rc::new(opener);
    focus::give_back_to_on_cleanup(opener.as_ref().clone());
    {
        let anchor = anchor.clone();
        node.on_load(move |node| {
            request_animation_frame(move || {
                if !node.is_connected() || node.show_popover().is_err() {
                    return;
                }
                if !as_sheet {
                    place(&node, &anchor, placement);
                }
                focus::into_popover(&node);
            });
        });
    }
    let close = move || {
        on_close.try_run(());
    };
    let inside = move |target: Option<web_sys::EventTarget>| {
        let target = target.and_then(|target| target.dyn_into::<Node>().ok());
        node.get_untracked()
            .is_some_and(|node| node.contains(target.as_ref()))
    };
    let pressed = window_event_listener(ev::pointerdown, move |event| {
        let on_anchor = match &anchor {
            Anchor::Element(element) => event
                .target()
                .and_then(|target| target.dyn_into::<Node>().ok())
                .is_some_and(|target| element.contains(Some(&target))),
            Anchor::Point(..) => false,
        };
        // A press on the opener is the opener's to answer.
        if !on_anchor && !inside(event.target()) {
            close();
        }
    });
    let resized = window_event_listener(ev::resize, move |_| {
        // A keyboard that slides in on a phone resizes the window, too.
        if !as_sheet {
            close();
        }
    });
    on_cleanup(move || {
        pressed.remove();
        resized.remove();
    });
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && !event.default_prevented() {
            event.prevent_default();
            event.stop_propagation();
            close();
        }
    };
    let on_focusout = move |event: ev::FocusEvent| {
        if event.related_target().is_some() && !inside(event.related_target()) {
            close();
        }
    };
    view! {
        <div
            node_ref=node
            class=format!("popover {class}")
            class:popover--sheet=as_sheet
            popover="manual"
            role=role
            aria-label=label
            tabindex="-1"
            on:keydown=on_key
            on:focusout=on_focusout
        >
            {children()}
        </div>
    }
}

/// Whether this is the phone layout.
fn is_narrow() -> bool {
    crate::dom::theme::matches("(width < 640px)")
}
