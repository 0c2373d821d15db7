//! A menu of actions in a popover, after the ARIA Authoring Practices: arrows, Home, End, first letters, Esc.

use super::anchor::{Anchor, Placement};
use super::{Glyph, Icon, Kbd, Popover};
use crate::dom::focus;
use crate::view::{ev, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

#[derive(Clone, Copy)]
struct CloseMenu(Callback<()>);

const ITEMS: &str = "[role^=menuitem]:not(:disabled)";

/// A menu. Mounted means open; `on_close` has to unmount it.
#[component]
pub(crate) fn Menu(
    #[prop(into)] anchor: Anchor,
    #[prop(into)] label: String,
    #[prop(into)] on_close: Callback<()>,
    #[prop(optional)] placement: Placement,
    children: Children,
) -> impl IntoView {
    provide_context(CloseMenu(on_close));
    let on_key = move |event: ev::KeyboardEvent| {
        let Some(menu) = event
            .current_target()
            .and_then(|it| it.dyn_into::<HtmlElement>().ok())
        else {
            return;
        };
        if event.key() == "Tab" {
            event.prevent_default();
            on_close.run(());
        } else if focus::rove(&menu, ITEMS, &event.key()) {
            event.prevent_default();
        }
        // Shortcuts of what lies below are not meant while a menu is open.
        if event.key() != "Escape" {
            event.stop_propagation();
        }
    };
    view! {
        <Popover anchor label on_close placement sheet=true role="menu">
            <div class="menu" role="none" on:keydown=on_key>
                {children()}
            </div>
        </Popover>
    }
}

/// An action; pressing it closes the menu.
#[component]
pub(crate) fn MenuItem(
    #[prop(optional)] glyph: Option<Glyph>,
    #[prop(into)] label: String,
    /// The shortcut that does the same, as `Kbd` takes it.
    #[prop(optional)]
    keys: Option<&'static str>,
    #[prop(optional)] danger: bool,
    #[prop(optional)] disabled: bool,
    #[prop(into)] on_press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="menu__item"
            class:menu__item--danger=danger
            role="menuitem"
            tabindex="-1"
            disabled=disabled
            on:click=press(on_press)
        >
            {glyph.map(|glyph| view! { <Icon glyph /> })}
            <span class="menu__label">{label}</span>
            {keys.map(|keys| view! { <Kbd keys /> })}
        </button>
    }
}

/// One of several, or on or off; pressing it closes the menu.
#[component]
pub(crate) fn MenuCheck(
    #[prop(into)] label: String,
    checked: bool,
    /// One of several that exclude each other.
    #[prop(optional)]
    radio: bool,
    #[prop(into)] on_press: Callback<()>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="menu__item"
            role=if radio { "menuitemradio" } else { "menuitemcheckbox" }
            aria-checked=if checked { "true" } else { "false" }
            tabindex="-1"
            on:click=press(on_press)
        >
            <span class="menu__check">{checked.then(|| view! { <Icon glyph=Glyph::Check /> })}</span>
            <span class="menu__label">{label}</span>
        </button>
    }
}

/// A line between groups.
#[component]
pub(crate) fn MenuLine() -> impl IntoView {
    view! { <div class="menu__line" role="separator"></div> }
}

/// What the items below it are about.
#[component]
pub(crate) fn MenuTitle(#[prop(into)] text: String) -> impl IntoView {
    view! { <p class="menu__title" role="presentation">{text}</p> }
}

fn press(on_press: Callback<()>) -> impl Fn(ev::MouseEvent) + 'static {
    let close = use_context::<CloseMenu>();
    move |event| {
        // The page hears of the press only here: a row under a menu is not pressed by it.
        event.stop_propagation();
        // First the action, as closing disposes what it was made with.
        on_press.run(());
        if let Some(CloseMenu(close)) = close {
            close.try_run(());
        }
    }
}
