//! Copying text, also where the clipboard API is missing (plain http on a local network).

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// Puts the text on the clipboard; tells whether it worked.
pub(crate) async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    if window.is_secure_context() {
        let write = window.navigator().clipboard().write_text(text);
        if JsFuture::from(write).await.is_ok() {
            return true;
        }
    }
    copy_by_selection(text).unwrap_or(false)
}

fn copy_by_selection(text: &str) -> Option<bool> {
    let document = web_sys::window()?
        .document()?
        .dyn_into::<web_sys::HtmlDocument>()
        .ok()?;
    let before = document
        .active_element()
        .and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    let field = document
        .create_element("textarea")
        .ok()?
        .dyn_into::<web_sys::HtmlTextAreaElement>()
        .ok()?;
    field.set_class_name("visually-hidden");
    field.set_value(text);
    // An open dialog makes everything outside it inert, so the field goes where the focus is.
    let host = before
        .as_ref()
        .and_then(|element| element.closest("dialog").ok().flatten())
        .or_else(|| document.body().map(Into::into))?;
    host.append_child(&field).ok()?;
    field.select();
    let done = document.exec_command("copy").unwrap_or(false);
    field.remove();
    if let Some(before) = before {
        // Focus is a courtesy here; there is nothing to do when the element is gone.
        let _ = before.focus();
    }
    Some(done)
}
