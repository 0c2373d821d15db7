//! The browser behind small safe functions. Knows nothing of chat.

pub(crate) mod caret;
pub(crate) mod clipboard;
pub(crate) mod clock;
pub(crate) mod focus;
pub(crate) mod measure;
pub(crate) mod scroll;
pub(crate) mod shortcuts;
pub(crate) mod storage;
pub(crate) mod theme;
pub(crate) mod timers;
pub(crate) mod visibility;
