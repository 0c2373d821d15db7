//! Tooltips for every element with `data-tip` (and `data-keys`, its shortcut): half a second under a resting pointer,
//! at once under keyboard focus. Decoration: the element's accessible name says the same.

use super::Kbd;
use super::anchor::{Anchor, Placement, place};
use crate::view::{ev, html, prelude::*};
use std::time::Duration;
use wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget};

const REST: Duration = Duration::from_millis(500);

/// Where tooltips appear; mounted once.
#[component]
pub(crate) fn TooltipLayer() -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let over = RwSignal::new(None::<Element>);
    let shown = RwSignal::new(None::<(Element, String, String)>);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(Some(timer)) = timer.try_update_value(Option::take) {
            timer.clear();
        }
    };
    let hide = move || {
        stop();
        over.set(None);
        if shown.with_untracked(Option::is_some) {
            shown.set(None);
        }
    };
    let show = move |element: Element| {
        stop();
        let tip = element.get_attribute("data-tip").unwrap_or_default();
        if !tip.is_empty() && element.is_connected() {
            let keys = element.get_attribute("data-keys").unwrap_or_default();
            shown.set(Some((element, tip, keys)));
        }
    };
    let listeners = [
        window_event_listener(ev::pointerover, move |event| {
            let element = tipped(event.target());
            if event.pointer_type() != "mouse" || element == over.get_untracked() {
                return;
            }
            hide();
            if let Some(element) = element {
                over.set(Some(element.clone()));
                let later = set_timeout_with_handle(move || show(element), REST);
                timer.set_value(later.ok());
            }
        }),
        window_event_listener(ev::focusin, move |event| {
            hide();
            let visible = |element: &Element| element.matches(":focus-visible").unwrap_or(false);
            if let Some(element) = tipped(event.target()).filter(visible) {
                show(element);
            }
        }),
        window_event_listener(ev::focusout, move |_| hide()),
        window_event_listener(ev::pointerdown, move |_| hide()),
        window_event_listener(ev::keydown, move |event| {
            if event.key() == "Escape" {
                hide();
            }
        }),
        window_event_listener(ev::wheel, move |_| hide()),
    ];
    on_cleanup(move || listeners.into_iter().for_each(Listener::remove));
    Effect::new(move |_| {
        let Some(node) = node.get() else { return };
        let _ = node.hide_popover();
        shown.with(|shown| {
            if let Some((element, ..)) = shown
                && node.show_popover().is_ok()
            {
                place(
                    &node,
                    &Anchor::Element(element.clone()),
                    Placement::AboveCentre,
                );
            }
        });
    });
    view! {
        <div node_ref=node class="tooltip" popover="manual" aria-hidden="true">
            {move || {
                shown
                    .get()
                    .map(|(_, tip, keys)| {
                        view! {
                            <span>{tip}</span>
                            {(!keys.is_empty()).then(|| view! { <Kbd keys /> })}
                        }
                    })
            }}
        </div>
    }
}

fn tipped(target: Option<EventTarget>) -> Option<Element> {
    target?
        .dyn_into::<Element>()
        .ok()?
        .closest("[data-tip]")
        .ok()
        .flatten()
}
