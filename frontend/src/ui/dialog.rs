//! The native modal dialog. Mounted means open: show it with `<Show>`. Focus goes to what asks for it, else the first
//! field, else the title; closing gives it back to the opener.

use super::Glyph;
use super::IconButton;
use crate::dom::{focus, theme};
use crate::view::{ev, html, prelude::*};
use crate::words;

/// A modal dialog. `on_close` is asked, not told: Esc, the scrim and Back only run it.
#[component]
pub(crate) fn Dialog(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] on_close: Callback<()>,
    /// The component's own class beside `dialog`.
    #[prop(optional)]
    class: &'static str,
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    focus::give_back_on_cleanup();
    dialog.on_load(|dialog| {
        // Not in the page yet when this runs: the next frame is early enough.
        request_animation_frame(move || {
            if dialog.is_connected() && !dialog.open() && dialog.show_modal().is_ok() {
                focus::into_dialog(&dialog);
                tell_styles();
            }
        });
    });
    on_cleanup(|| request_animation_frame(tell_styles));
    let on_key = move |event: ev::KeyboardEvent| {
        if event.key() == "Escape" && !event.default_prevented() && !event.is_composing() {
            event.prevent_default();
            event.stop_propagation();
            on_close.run(());
        }
    };
    let on_press = move |event: ev::PointerEvent| {
        let outside = dialog.get_untracked().is_some_and(|dialog| {
            let it = dialog.get_bounding_client_rect();
            let (x, y) = (f64::from(event.client_x()), f64::from(event.client_y()));
            let within =
                (it.left()..=it.right()).contains(&x) && (it.top()..=it.bottom()).contains(&y);
            !within && focus::target_is(&event, &dialog)
        });
        if outside {
            event.prevent_default();
            on_close.run(());
        }
    };
    let on_cancel = move |event: ev::Event| {
        event.prevent_default();
        on_close.run(());
    };
    view! {
        <dialog
            node_ref=dialog
            class=format!("dialog {class}")
            aria-label=label
            on:keydown=on_key
            on:pointerdown=on_press
            on:cancel=on_cancel
        >
            {children()}
        </dialog>
    }
}

/// Says on the root whether a dialog is open. A selector that finds out by itself (`:root:has(dialog[open])`) has the
/// browser look through the whole page for each element that comes.
fn tell_styles() {
    let open = document().query_selector("dialog[open]").ok().flatten();
    theme::set("dialog", open.map(|_| ""));
}

/// A dialog's title and its way out.
#[component]
pub(crate) fn DialogHead(
    #[prop(into)] title: Signal<String>,
    #[prop(into)] on_close: Callback<()>,
) -> impl IntoView {
    view! {
        <div class="dialog__head">
            <h2 class="dialog__title" tabindex="-1">
                {title}
            </h2>
            <IconButton glyph=Glyph::X label=words::CLOSE keys="esc" on:click=move |_| on_close.run(()) />
        </div>
    }
}
