//! The text of a frame: what it asks for, or why it asks for nothing. Knows no operation and no socket.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;
use shared::{ClientFrame, ErrorCode, event::FrameId};

/// Longest mark of a request, in bytes.
pub(super) const MARK_BYTES: usize = 64;

/// A text that is no frame: the mark to answer under, and why, without repeating what was sent.
#[derive(Debug)]
pub(super) struct Unfit {
    /// The request's mark, where one can be read.
    pub(super) id: Option<FrameId>,
    /// The kind of fault.
    pub(super) code: ErrorCode,
    /// What is wrong, in words.
    pub(super) detail: &'static str,
}

/// Reads a frame.
///
/// # Errors
/// Why it is none.
pub(super) fn read(text: &str) -> Result<ClientFrame, Unfit> {
    match serde_json::from_str::<ClientFrame>(text) {
        Ok(frame) if is_object(text) && frame.id().is_none_or(is_mark) => Ok(frame),
        _ => Err(explain(text)),
    }
}

/// The mark of a text, whether it is a frame or not.
pub(super) fn mark(text: &str) -> Option<FrameId> {
    peek(text).id
}

/// Marks are given back, so they are kept small; larger numbers do not survive a browser.
fn is_mark(id: &FrameId) -> bool {
    match id {
        FrameId::Number(number) => *number < 1 << 53,
        FrameId::Text(text) => text.len() <= MARK_BYTES,
    }
}

/// serde reads structures and frames from arrays, too.
fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

#[derive(Default)]
struct Peek {
    id: Option<FrameId>,
    kind: Option<String>,
}

/// What can be read of a frame that does not fit: its mark and its type, each when it is one.
fn peek(text: &str) -> Peek {
    #[derive(Deserialize)]
    struct Loose {
        #[serde(default)]
        id: Value,
        #[serde(default, rename = "type")]
        kind: Value,
    }
    if !is_object(text) {
        return Peek::default();
    }
    let Ok(loose) = serde_json::from_str::<Loose>(text) else {
        return Peek::default();
    };
    Peek {
        id: serde_json::from_value(loose.id).ok().filter(is_mark),
        kind: loose.kind.as_str().map(str::to_owned),
    }
}

fn explain(text: &str) -> Unfit {
    let Peek { id, kind } = peek(text);
    let (code, detail) = match kind.as_deref() {
        None if serde_json::from_str::<IgnoredAny>(text).is_err() => {
            (ErrorCode::Malformed, "This frame is not valid JSON.")
        }
        None => (ErrorCode::BadFrame, "A frame is an object with a type."),
        Some(
            "send" | "edit" | "delete" | "read" | "typing" | "focus" | "watch" | "changes" | "auth"
            | "pong",
        ) => (
            ErrorCode::Validation,
            "This frame lacks a field, or has one of another type.",
        ),
        Some(_) => (
            ErrorCode::UnknownType,
            "This server knows no frame of this type.",
        ),
    };
    Unfit { id, code, detail }
}
