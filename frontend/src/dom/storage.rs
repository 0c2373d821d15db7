//! What this browser keeps: localStorage, which may be full, forbidden or absent; then nothing is kept and nothing breaks.
//! Keys that begin with `confab.device.` are the device's own settings and survive a sign-out.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Storage;

const DEVICE: &str = "confab.device.";

fn local() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// What is kept under this key.
pub(crate) fn get(key: &str) -> Option<String> {
    local()?.get_item(key).ok().flatten()
}

/// Keeps something; false when the browser would not.
pub(crate) fn set(key: &str, value: &str) -> bool {
    local().is_some_and(|storage| storage.set_item(key, value).is_ok())
}

/// Forgets something.
pub(crate) fn remove(key: &str) {
    if let Some(storage) = local() {
        // Fails only where storage is forbidden, and then there is nothing to remove.
        let _ = storage.remove_item(key);
    }
}

/// All keys that begin like this.
pub(crate) fn keys(prefix: &str) -> Vec<String> {
    let Some(storage) = local() else {
        return Vec::new();
    };
    (0..storage.length().unwrap_or(0))
        .filter_map(|index| storage.key(index).ok().flatten())
        .filter(|key| key.starts_with(prefix))
        .collect()
}

/// Forgets everything but the device's own settings: localStorage, sessionStorage, IndexedDB, caches.
pub(crate) async fn wipe() {
    for key in keys("") {
        if !key.starts_with(DEVICE) {
            remove(&key);
        }
    }
    let Some(window) = web_sys::window() else {
        return;
    };
    if let Ok(Some(session)) = window.session_storage() {
        // As above.
        let _ = session.clear();
    }
    wipe_databases(&window).await;
    wipe_caches(&window).await;
}

async fn call(on: &JsValue, method: &str, args: &[&JsValue]) -> Option<JsValue> {
    let function: Function = Reflect::get(on, &method.into()).ok()?.dyn_into().ok()?;
    let args: Array = args.iter().copied().collect();
    let result = Reflect::apply(&function, on, &args).ok()?;
    match result.dyn_into::<Promise>() {
        Ok(promise) => JsFuture::from(promise).await.ok(),
        Err(value) => Some(value),
    }
}

async fn wipe_databases(window: &web_sys::Window) {
    let Ok(factory) = Reflect::get(window, &"indexedDB".into()) else {
        return;
    };
    if factory.is_undefined() {
        return;
    }
    let Some(list) = call(&factory, "databases", &[]).await else {
        return;
    };
    for database in Array::from(&list).iter() {
        if let Ok(name) = Reflect::get(&database, &"name".into()) {
            call(&factory, "deleteDatabase", &[&name]).await;
        }
    }
}

async fn wipe_caches(window: &web_sys::Window) {
    let Ok(caches) = Reflect::get(window, &"caches".into()) else {
        return;
    };
    // There are no caches on a page that came over plain http.
    if caches.is_undefined() {
        return;
    }
    let Some(names) = call(&caches, "keys", &[]).await else {
        return;
    };
    for name in Array::from(&names).iter() {
        call(&caches, "delete", &[&name]).await;
    }
}
