//! One tab at a time: the browser's lock manager (Web Locks), or a lease in localStorage on pages that came over plain
//! http, where browsers offer none.

use crate::dom::{storage, timers};
use js_sys::{Array, Function, Promise, Reflect};
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::{JsCast, JsValue, prelude::Closure};
use wasm_bindgen_futures::JsFuture;

/// A lease nobody renewed for so long belongs to a tab that is gone.
const LEASE_MS: i64 = 20_000;
/// Two tabs that write a lease at once see within this time who wrote last.
const SETTLE_MS: i64 = 40;

/// Holds the lock until it is dropped.
pub(super) struct Guard(Held);

enum Held {
    Lock(Function),
    Lease { key: String, mine: String },
}

impl Drop for Guard {
    fn drop(&mut self) {
        match &self.0 {
            Held::Lock(release) => {
                // Resolving a promise cannot fail.
                let _ = release.call0(&JsValue::UNDEFINED);
            }
            Held::Lease { key, mine } => {
                if storage::get(key).as_deref() == Some(mine) {
                    storage::remove(key);
                }
            }
        }
    }
}

fn manager() -> Option<JsValue> {
    let navigator = web_sys::window()?.navigator();
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    (!locks.is_undefined() && !locks.is_null()).then_some(locks)
}

fn method(on: &JsValue, name: &str) -> Option<Function> {
    Reflect::get(on, &name.into()).ok()?.dyn_into().ok()
}

/// Waits for the lock of this name.
pub(super) async fn acquire(name: &str) -> Guard {
    if let Some(locks) = manager()
        && let Some(guard) = request(&locks, name).await
    {
        return guard;
    }
    lease(name).await
}

async fn request(locks: &JsValue, name: &str) -> Option<Guard> {
    let request = method(locks, "request")?;
    let release = Rc::new(RefCell::new(None::<Function>));
    let held_until = {
        let release = Rc::clone(&release);
        Promise::new(&mut move |resolve, _| {
            release.borrow_mut().replace(resolve);
        })
    };
    let granted = Promise::new(&mut |resolve, reject| {
        let held_until = held_until.clone();
        let granted = Closure::once_into_js(move |_lock: JsValue| -> JsValue {
            // Resolving a promise cannot fail.
            let _ = resolve.call0(&JsValue::UNDEFINED);
            held_until.into()
        });
        if request.call2(locks, &name.into(), &granted).is_err() {
            // As above.
            let _ = reject.call0(&JsValue::UNDEFINED);
        }
    });
    JsFuture::from(granted).await.ok()?;
    let release = release.borrow_mut().take()?;
    Some(Guard(Held::Lock(release)))
}

async fn lease(name: &str) -> Guard {
    let key = format!("confab.lease.{name}");
    loop {
        let now = timers::now_ms();
        let taken = storage::get(&key)
            .and_then(|lease| lease.split('.').next()?.parse::<i64>().ok())
            .is_some_and(|until| until > now && until <= now + LEASE_MS);
        if !taken {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it lies between 0 and 10^15"
            )]
            let dice = (js_sys::Math::random() * 1e15) as u64;
            let mine = format!("{}.{dice}", now + LEASE_MS);
            let kept = storage::set(&key, &mine);
            timers::sleep(SETTLE_MS).await;
            // Without storage there is no other tab to agree with.
            if !kept || storage::get(&key).as_deref() == Some(&mine) {
                return Guard(Held::Lease { key, mine });
            }
        }
        timers::sleep(SETTLE_MS * 2).await;
    }
}

/// Takes a lock of this name and keeps it as long as the page lives.
pub(crate) fn hold_for_life(name: &str) {
    let name = name.to_owned();
    wasm_bindgen_futures::spawn_local(async move {
        if let Some(locks) = manager()
            && let Some(guard) = request(&locks, &name).await
        {
            std::mem::forget(guard);
        }
    });
}

/// Whether some tab holds each of these locks now; all false where the browser cannot say.
pub(crate) async fn is_held(names: &[String]) -> Vec<bool> {
    let held = held_names().await.unwrap_or_default();
    names.iter().map(|name| held.contains(name)).collect()
}

async fn held_names() -> Option<Vec<String>> {
    let locks = manager()?;
    let answer = method(&locks, "query")?.call0(&locks).ok()?;
    let state = JsFuture::from(answer.dyn_into::<Promise>().ok()?)
        .await
        .ok()?;
    let held = Reflect::get(&state, &"held".into()).ok()?;
    Some(
        Array::from(&held)
            .iter()
            .filter_map(|lock| Reflect::get(&lock, &"name".into()).ok()?.as_string())
            .collect(),
    )
}
