//! What happens to the page as a whole: focus, hiding, leaving, the browser's word on the network, signs of life.

use crate::dom::timers;
use model::PageEvent;
use std::{cell::Cell, rc::Rc};
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::EventTarget;

/// Signs of life are passed on once in this time.
const ACTIVE_MS: i64 = 30_000;

fn listen(target: &EventTarget, event: &str, f: impl Fn() + 'static) {
    let run = Closure::<dyn Fn()>::new(f);
    // Refused for no event name; the listeners live as long as the page.
    let _ = target.add_event_listener_with_callback(event, run.as_ref().unchecked_ref());
    run.forget();
}

/// Whether the page is on screen and has the focus.
pub(crate) fn focused() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .is_some_and(|document| !document.hidden() && document.has_focus().unwrap_or(true))
}

/// Whether the page is hidden.
pub(crate) fn hidden() -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .is_some_and(|document| document.hidden())
}

/// Reports what happens to the page, for as long as it lives. To be called once.
pub(crate) fn watch(report: impl Fn(PageEvent) + 'static) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let Some(document) = window.document() else {
        return;
    };
    let report: Rc<dyn Fn(PageEvent)> = Rc::new(report);
    let focus = |target: &EventTarget, event: &str| {
        let report = Rc::clone(&report);
        listen(target, event, move || {
            report(if focused() {
                PageEvent::Focused
            } else {
                PageEvent::Blurred
            });
        });
    };
    focus(&window, "focus");
    focus(&window, "blur");
    focus(&document, "visibilitychange");
    for (event, means) in [
        ("online", PageEvent::NetworkUp),
        ("offline", PageEvent::NetworkDown),
        ("pagehide", PageEvent::Leaving),
    ] {
        let report = Rc::clone(&report);
        listen(&window, event, move || report(means));
    }
    let last = Rc::new(Cell::new(0_i64));
    for event in ["pointerdown", "keydown", "wheel", "touchstart"] {
        let (report, last) = (Rc::clone(&report), Rc::clone(&last));
        listen(&window, event, move || {
            let now = timers::now_ms();
            if now - last.get() >= ACTIVE_MS {
                last.set(now);
                report(PageEvent::Active);
            }
        });
    }
}
