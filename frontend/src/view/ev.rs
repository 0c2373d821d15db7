//! The events that the client listens to, each with its type.

use js_sys::Function;
use send_wrapper::SendWrapper;
use std::marker::PhantomData;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::EventTarget;
pub(crate) use web_sys::{
    ClipboardEvent, DragEvent, Event, FocusEvent, KeyboardEvent, MouseEvent, PointerEvent,
    PopStateEvent, SubmitEvent, TouchEvent,
};

/// The name of an event and what a handler is given.
pub(crate) struct Kind<E>(&'static str, PhantomData<fn(E)>);

impl<E: JsCast + 'static> Kind<E> {
    const fn new(name: &'static str) -> Self {
        Self(name, PhantomData)
    }

    /// Listens for as long as there is the target.
    pub(super) fn listen(self, target: &EventTarget, handle: impl Fn(E) + 'static) -> Listener {
        listen(
            target,
            self.0,
            Box::new(move |event| handle(event.unchecked_into())),
        )
    }
}

/// The browser keeps the handler for as long as it is needed.
fn listen(target: &EventTarget, name: &'static str, handle: Box<dyn Fn(Event)>) -> Listener {
    let handle = Closure::wrap(handle).into_js_value().unchecked_into();
    // Fails for no name of an event.
    let _ = target.add_event_listener_with_callback(name, &handle);
    Listener(name, SendWrapper::new((target.clone(), handle)))
}

/// A handler that can be taken away. Left alone, it stays.
pub(crate) struct Listener(&'static str, SendWrapper<(EventTarget, Function)>);

impl Listener {
    /// Stops listening.
    pub(crate) fn remove(self) {
        let (target, handle) = self.1.take();
        let _ = target.remove_event_listener_with_callback(self.0, &handle);
    }
}

/// Listens on the window until the handle is told to stop.
pub(crate) fn window_event_listener<E: JsCast + 'static>(
    kind: Kind<E>,
    handle: impl Fn(E) + 'static,
) -> Listener {
    kind.listen(&leptos::prelude::window(), handle)
}

macro_rules! events {
    ($($name:ident: $event:ty;)*) => {
        $(#[expect(non_upper_case_globals, reason = "they are written as in markup")]
        pub(crate) const $name: Kind<$event> = Kind::new(stringify!($name));)*
    };
}

events! {
    blur: FocusEvent;
    cancel: Event;
    change: Event;
    click: MouseEvent;
    contextmenu: MouseEvent;
    dragleave: DragEvent;
    dragover: DragEvent;
    drop: DragEvent;
    error: Event;
    focus: FocusEvent;
    focusin: FocusEvent;
    focusout: FocusEvent;
    input: Event;
    keydown: KeyboardEvent;
    pagehide: Event;
    paste: ClipboardEvent;
    pointercancel: PointerEvent;
    pointerdown: PointerEvent;
    pointerenter: PointerEvent;
    pointerleave: PointerEvent;
    pointermove: PointerEvent;
    pointerover: PointerEvent;
    pointerup: PointerEvent;
    popstate: PopStateEvent;
    resize: Event;
    scroll: Event;
    submit: SubmitEvent;
    touchend: TouchEvent;
    wheel: Event;
}
