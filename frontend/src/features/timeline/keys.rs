//! The keyboard in the timeline: moving from row to row, into a row and out again, and what single letters do while a
//! row has the focus (WCAG 2.1.4: nowhere else).

use super::{actions::Do, lines::LineId, scene::Scene};
use crate::{dom::shortcuts::is_apple, ui::Anchor};
use model::Key;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

const INNER: &str = "a[href],button:not([aria-hidden=true]),pre[tabindex]";

/// The line that an event happened in.
pub(crate) fn line_at(target: Option<web_sys::EventTarget>) -> Option<(LineId, Element)> {
    let element = target?.dyn_into::<Element>().ok()?;
    let line = element.closest(".timeline__row").ok().flatten()?;
    Some((LineId::of_dom(&line.id())?, line))
}

fn row_of(line: &Element) -> Option<HtmlElement> {
    line.query_selector("[data-row]")
        .ok()
        .flatten()?
        .dyn_into()
        .ok()
}

/// Lets Tab into the controls of a row, or keeps it out.
fn open_row(row: &Element, open: bool) -> Vec<HtmlElement> {
    let Ok(found) = row.query_selector_all(INNER) else {
        return Vec::new();
    };
    let inner: Vec<HtmlElement> = (0..found.length())
        .filter_map(|at| found.item(at)?.dyn_into().ok())
        .collect();
    for control in &inner {
        if control.tag_name() != "PRE"
            && control
                .closest(".message__failed,.message__edit")
                .ok()
                .flatten()
                .is_none()
        {
            control.set_tab_index(if open { 0 } else { -1 });
        }
    }
    inner
}

/// The focus has left a line: its controls are out of Tab's way again.
pub(crate) fn left(line: &Element) {
    if let Some(row) = row_of(line) {
        open_row(&row, false);
    }
}

/// A letter as it lies on a Latin keyboard, whatever the alphabet.
fn letter(event: &KeyboardEvent) -> Option<char> {
    let key = event.key();
    let mut letters = key.chars();
    let one = letters.next().filter(|_| letters.next().is_none())?;
    if one.is_ascii_alphabetic() {
        return Some(one.to_ascii_lowercase());
    }
    if one.is_alphabetic() {
        return event
            .code()
            .strip_prefix("Key")
            .and_then(|code| code.chars().next())
            .map(|it| it.to_ascii_lowercase());
    }
    Some(one)
}

/// Answers a key.
pub(crate) fn on_key(scene: Scene, does: Do, event: &KeyboardEvent) {
    if event.default_prevented() || event.is_composing() {
        return;
    }
    let Some((id, line)) = line_at(event.target()) else {
        return;
    };
    let Some(row) = row_of(&line) else { return };
    let on_row = event
        .target()
        .and_then(|it| it.dyn_into::<HtmlElement>().ok())
        .as_ref()
        == Some(&row);
    if !on_row {
        if event.key() == "Escape" {
            event.prevent_default();
            event.stop_propagation();
            // The row is in the page, so it takes the focus.
            let _ = row.focus();
        }
        return;
    }
    let key = match id {
        LineId::Row(key) => key,
        _ => return,
    };
    if event.key() == "ContextMenu" || event.key() == "F10" && event.shift_key() {
        event.prevent_default();
        scene.menu.set(Some((key, Anchor::Element(row.into()))));
        return;
    }
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    if moved(scene, id, event) || acted(does, key, &row, event) {
        event.prevent_default();
        event.stop_propagation();
    } else if letter(event).is_some_and(|sign| sign != ' ') {
        // The key press goes on to the field that has the focus by then.
        scene.to_composer();
    }
}

fn moved(scene: Scene, id: LineId, event: &KeyboardEvent) -> bool {
    let beside = |down| scene.lines(|lines| lines.beside(id, down));
    let to = match (event.key().as_str(), letter(event)) {
        ("ArrowUp", _) | (_, Some('k')) => beside(false),
        ("ArrowDown", _) | (_, Some('j')) => match beside(true) {
            Some(next) => Some(next),
            None => {
                scene.to_composer();
                None
            }
        },
        ("PageUp", _) => scene.engine.screen_away(id, false),
        ("PageDown", _) => scene.engine.screen_away(id, true),
        ("Home", _) => scene.lines(|lines| {
            let mut ids = lines.list.iter().map(|line| line.id);
            ids.find(|id| matches!(id, LineId::Row(_)))
        }),
        ("End", _) => {
            scene.to_latest();
            scene.latest.get_untracked()
        }
        _ => return false,
    };
    if let Some(to) = to {
        scene.engine.focus(to);
    }
    true
}

fn acted(does: Do, key: Key, row: &HtmlElement, event: &KeyboardEvent) -> bool {
    match (event.key().as_str(), letter(event)) {
        ("Enter", _) => {
            if let Some(first) = open_row(row, true).first() {
                // What was just opened takes the focus.
                let _ = first.focus();
            }
        }
        ("Delete", _) => does.delete(key),
        ("Backspace", _) if is_apple() => does.delete(key),
        (_, Some('r')) => does.reply(key),
        (_, Some('e')) => does.edit(key),
        (_, Some('c')) => does.copy_text(key),
        (_, Some('l')) => does.copy_link(key),
        _ => return false,
    }
    true
}
