//! The last resort: when the program has broken, says so over whatever is left of it and offers a fresh start. The words
//! and the link stand in `index.html`, as nothing can be built any more.

use leptos::prelude::document;

/// Watches for panics.
pub(crate) fn watch() {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        // Open dialogs and popovers lie over everything in the page, this screen included.
        while let Ok(Some(above)) = document().query_selector("dialog[open],:popover-open") {
            above.remove();
        }
        if let Some(screen) = document().get_element_by_id("crash") {
            // Fails for a malformed attribute name only.
            let _ = screen.remove_attribute("hidden");
        }
    }));
}
