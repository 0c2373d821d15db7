//! Selections in text areas: wrapping them in marks, inserting with undo kept. Positions are UTF-16 units, as the
//! browser counts them.

use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;

/// Start and end of the selection.
pub(crate) fn selection(field: &HtmlTextAreaElement) -> (u32, u32) {
    let start = field.selection_start().ok().flatten().unwrap_or_default();
    let end = field.selection_end().ok().flatten().unwrap_or(start);
    (start, end.max(start))
}

/// Puts the caret at the very end.
pub(crate) fn to_end(field: &HtmlTextAreaElement) {
    let end = u32::try_from(field.value().encode_utf16().count()).unwrap_or(u32::MAX);
    select(field, end, end);
}

/// Selects from start to end.
pub(crate) fn select(field: &HtmlTextAreaElement, start: u32, end: u32) {
    // Refused only for fields without text, which a text area is not.
    let _ = field.set_selection_range(start, end);
}

fn slice(text: &[u16], from: u32, to: u32) -> String {
    let at = |index: u32| usize::try_from(index).map_or(text.len(), |index| index.min(text.len()));
    String::from_utf16_lossy(&text[at(from)..at(to).max(at(from))])
}

/// Replaces the selection; the browser's undo keeps working where it can.
pub(crate) fn insert(field: &HtmlTextAreaElement, text: &str) {
    let done = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.dyn_into::<web_sys::HtmlDocument>().ok())
        .and_then(|document| {
            document
                .exec_command_with_show_ui_and_value("insertText", false, text)
                .ok()
        })
        .unwrap_or(false);
    if !done {
        let (start, end) = selection(field);
        // The range was just read from the field, so it is within it.
        let _ = field.set_range_text_with_start_and_end(text, start, end);
    }
}

/// Puts the marks around the selection, or takes them away when they are there already.
pub(crate) fn wrap(field: &HtmlTextAreaElement, before: &str, after: &str) {
    let units: Vec<u16> = field.value().encode_utf16().collect();
    let (start, end) = selection(field);
    let (lead, trail) = (width(before), width(after));
    let chosen = slice(&units, start, end);
    let outside = start >= lead
        && slice(&units, start - lead, start) == before
        && slice(&units, end, end.saturating_add(trail)) == after;
    if outside {
        select(field, start - lead, end + trail);
        insert(field, &chosen);
        select(field, start - lead, end - lead);
    } else {
        insert(field, &format!("{before}{chosen}{after}"));
        select(field, start + lead, end + lead);
    }
}

/// Puts a mark before every line that the selection touches.
pub(crate) fn prefix(field: &HtmlTextAreaElement, mark: &str) {
    let units: Vec<u16> = field.value().encode_utf16().collect();
    let (start, end) = selection(field);
    let newline = u16::from(b'\n');
    let head = usize::try_from(start).map_or(0, |start| start.min(units.len()));
    let line = units[..head]
        .iter()
        .rposition(|unit| *unit == newline)
        .map_or(0, |at| at + 1);
    let line = u32::try_from(line).unwrap_or_default();
    let text: String = slice(&units, line, end)
        .split('\n')
        .map(|part| format!("{mark}{part}"))
        .collect::<Vec<_>>()
        .join("\n");
    select(field, line, end);
    insert(field, &text);
    let end = line + width(&text);
    select(field, end, end);
}

fn width(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}
