//! Time in the browser: a clock that never runs backwards, and timers that end with their handle.

use js_sys::Promise;
use std::cell::Cell;
use wasm_bindgen::{JsCast, prelude::Closure};
use wasm_bindgen_futures::JsFuture;

/// So long after a change comes what nobody waits for: behind the picture that shows the change.
pub(crate) const BEHIND_MS: i64 = 100;

thread_local! {
    static LAST: Cell<(f64, f64)> = const { Cell::new((0.0, 0.0)) };
}

/// Unix milliseconds. When the device's clock is set back, this goes on from where it was; sleep counts as time.
pub(crate) fn now_ms() -> i64 {
    let wall = js_sys::Date::now();
    let now = LAST.with(|last| {
        let (seen, told) = last.get();
        let now = if told == 0.0 {
            wall
        } else {
            told + (wall - seen).max(0.0)
        };
        last.set((wall, now));
        now
    });
    #[expect(
        clippy::cast_possible_truncation,
        reason = "milliseconds fit for 285,000 years"
    )]
    {
        now as i64
    }
}

/// A function that will run once; dropping this prevents it.
pub(crate) struct Timer {
    id: i32,
    _run: Closure<dyn FnMut()>,
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            window.clear_timeout_with_handle(self.id);
        }
    }
}

/// Runs `f` after `ms` milliseconds, unless the timer is dropped before.
pub(crate) fn after(ms: i64, f: impl FnOnce() + 'static) -> Option<Timer> {
    let run = Closure::once(f);
    let id = web_sys::window()?
        .set_timeout_with_callback_and_timeout_and_arguments_0(
            run.as_ref().unchecked_ref(),
            // Browsers take 32 bits; a longer wait just comes back earlier.
            i32::try_from(ms.max(0)).unwrap_or(i32::MAX),
        )
        .ok()?;
    Some(Timer { id, _run: run })
}

/// Waits.
pub(crate) async fn sleep(ms: i64) {
    let wait = Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            // Fails only without a window, and then nobody waits.
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(
                &resolve,
                i32::try_from(ms.max(0)).unwrap_or(i32::MAX),
            );
        }
    });
    // A timer's promise is never rejected.
    let _ = JsFuture::from(wait).await;
}
