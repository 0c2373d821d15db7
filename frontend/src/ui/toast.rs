//! Toasts: one short notice at a time with at most one action. It stays while hovered or focused.

use super::live::speak;
use crate::view::{html, prelude::*};
use std::rc::Rc;
use std::time::Duration;

const SAY: Duration = Duration::from_secs(5);
const OFFER: Duration = Duration::from_secs(6);

#[derive(Clone)]
struct Offer {
    label: String,
    taken: Rc<dyn Fn()>,
}

#[derive(Clone)]
struct Toast {
    text: String,
    offer: Option<Offer>,
}

/// Shows toasts; from [`use_toasts`].
#[derive(Clone, Copy)]
pub(crate) struct Toasts {
    shown: RwSignal<Option<Toast>>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Toasts {
    /// Puts it into the context for everything below.
    pub(crate) fn provide() {
        provide_context(Self {
            shown: RwSignal::new(None),
            timer: StoredValue::new(None),
        });
    }

    /// Says that something was done.
    pub(crate) fn say(self, text: impl Into<String>) {
        self.show(Toast {
            text: text.into(),
            offer: None,
        });
    }

    /// Says that something was done, and offers for a while to take it back.
    pub(crate) fn offer(
        self,
        text: impl Into<String>,
        label: impl Into<String>,
        taken: impl Fn() + 'static,
    ) {
        let offer = Offer {
            label: label.into(),
            taken: Rc::new(taken),
        };
        self.show(Toast {
            text: text.into(),
            offer: Some(offer),
        });
    }

    fn show(self, toast: Toast) {
        speak(toast.text.clone());
        self.shown.set(Some(toast));
        self.wait();
    }

    /// Starts the time after which it goes.
    fn wait(self) {
        self.stay();
        let shown = self
            .shown
            .with_untracked(|it| it.as_ref().map(|it| it.offer.is_some()));
        let Some(offer) = shown else { return };
        let gone = move || {
            self.shown.try_set(None);
        };
        let timer = set_timeout_with_handle(gone, if offer { OFFER } else { SAY });
        self.timer.set_value(timer.ok());
    }

    fn stay(self) {
        if let Some(Some(timer)) = self.timer.try_update_value(Option::take) {
            timer.clear();
        }
    }

    fn take(self) {
        self.stay();
        if let Some(Some(Toast {
            offer: Some(offer), ..
        })) = self.shown.try_update(Option::take)
        {
            (offer.taken)();
        }
    }
}

/// The one who shows toasts.
pub(crate) fn use_toasts() -> Toasts {
    expect_context()
}

/// Where toasts appear; mounted once.
#[component]
pub(crate) fn ToastLayer() -> impl IntoView {
    let toasts = use_toasts();
    let node = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        let shown = toasts.shown.with(Option::is_some);
        let Some(node) = node.get() else { return };
        // Hidden first: shown again, it lies above whatever has opened meanwhile.
        let _ = node.hide_popover();
        if shown {
            let _ = node.show_popover();
        }
    });
    view! {
        <div
            node_ref=node
            class="toast"
            popover="manual"
            on:pointerenter=move |_| toasts.stay()
            on:pointerleave=move |_| toasts.wait()
            on:focusin=move |_| toasts.stay()
            on:focusout=move |_| toasts.wait()
        >
            {move || {
                toasts
                    .shown
                    .get()
                    .map(|toast| {
                        view! {
                            <span dir="auto">{toast.text}</span>
                            {toast
                                .offer
                                .map(|offer| {
                                    view! {
                                        <button type="button" class="toast__action" on:click=move |_| toasts.take()>
                                            {offer.label}
                                        </button>
                                    }
                                })}
                        }
                    })
            }}
        </div>
    }
}
