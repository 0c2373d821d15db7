//! A finger that rests on a row opens its menu, where there is no pointer to show buttons to.

use super::{keys, lines::LineId, scene::Scene};
use crate::view::{ev, prelude::*};
use crate::{
    dom::timers::{self, Timer},
    ui::Anchor,
};
use wasm_bindgen::JsCast;
use web_sys::Element;

/// How long the finger rests.
const LONG_MS: i64 = 500;
/// A finger that moved so far scrolls.
const STILL_PX: f64 = 10.0;

struct Held {
    x: f64,
    y: f64,
    _timer: Option<Timer>,
}

/// The finger on the timeline, if any; copies are the same one.
#[derive(Clone, Copy)]
pub(crate) struct LongPress {
    scene: Scene,
    held: StoredValue<Option<Held>>,
    opened: RwSignal<bool>,
}

impl LongPress {
    pub(crate) fn new(scene: Scene) -> Self {
        Self {
            scene,
            held: StoredValue::new(None),
            opened: RwSignal::new(false),
        }
    }

    /// A finger, or a mouse that is none, came down.
    pub(crate) fn down(self, event: &ev::PointerEvent) {
        self.opened.set(false);
        self.held.set_value(None);
        if event.pointer_type() != "touch" {
            return;
        }
        let Some((LineId::Row(key), line)) = keys::line_at(event.target()) else {
            return;
        };
        let control = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        if control.is_some_and(|it| it.closest("a,button,textarea").ok().flatten().is_some()) {
            return;
        }
        let timer = timers::after(LONG_MS, move || {
            if self.opened.try_set(true).is_none() {
                self.scene.menu.set(Some((key, Anchor::Element(line))));
            }
        });
        self.held.set_value(Some(Held {
            x: f64::from(event.client_x()),
            y: f64::from(event.client_y()),
            _timer: timer,
        }));
    }

    /// It moved: far enough, and it scrolls.
    pub(crate) fn moved(self, event: &ev::PointerEvent) {
        let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
        let far = self.held.try_with_value(|held| {
            held.as_ref()
                .is_some_and(|held| (x - held.x).hypot(y - held.y) > STILL_PX)
        });
        if far == Some(true) {
            self.gone();
        }
    }

    /// It was lifted, or what is under it moves.
    pub(crate) fn gone(self) {
        self.held.try_update_value(|held| *held = None);
    }

    /// The end of a touch: after a long press no click may follow, as it would take the focus out of the menu.
    pub(crate) fn ended(self, event: &ev::TouchEvent) {
        if self.opened.try_get_untracked() == Some(true) {
            event.prevent_default();
        }
        self.gone();
    }

    /// The browser's own answer to a resting finger is not wanted.
    pub(crate) fn context_menu(self, event: &ev::MouseEvent) {
        let held = self.held.try_with_value(Option::is_some) == Some(true);
        if held || self.opened.try_get_untracked() == Some(true) {
            event.prevent_default();
        }
    }
}
