//! The Markdown subset of messages, as a tree of plain values: never HTML, never a link to anything but http, https, mailto.
//! What is not in the subset stays text as written; nesting and size are bounded.

mod build;
mod emoji;
mod links;
mod spoilers;

pub use emoji::only_emoji;

/// Deepest nesting of a tree, blocks and inlines together (S-XSS-4).
pub const DEPTH: usize = 16;
/// About how many nodes a tree has at most; what comes after is one text.
pub const NODES: usize = 4_000;

/// A part of a message that stands on lines of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Running text.
    Paragraph(Vec<Inline>),
    /// Quoted text.
    Quote(Vec<Block>),
    /// Code on lines of its own.
    Code {
        /// What stands after the fence, the language first; may be empty.
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
    build::tree(text)
}

/// A message as it is spoken: one line, meaning instead of signs, at most `max_chars` characters with `…` at the cut.
/// Spoilers are hidden behind `…`.
pub fn plain(text: &str, max_chars: usize) -> String {
    let mut spoken = Spoken {
        text: String::new(),
        left: max_chars.saturating_add(1),
        space: false,
    };
    spoken.blocks(&parse(text));
    let mut chars = spoken.text.char_indices();
    match chars.nth(max_chars) {
        None => spoken.text,
        Some(_) => {
            let keep = max_chars.saturating_sub(1);
            let mut cut: String = spoken.text.chars().take(keep).collect();
            cut.truncate(cut.trim_end().len());
            if max_chars > 0 {
                cut.push('…');
            }
            cut
        }
    }
}

/// Collects words with single spaces between them, as far as they fit.
struct Spoken {
    text: String,
    left: usize,
    space: bool,
}

impl Spoken {
    fn say(&mut self, text: &str) {
        for c in text.chars() {
            if self.left == 0 {
                return;
            }
            if c.is_whitespace() || c.is_control() {
                self.space = true;
                continue;
            }
            if self.space && !self.text.is_empty() {
                self.text.push(' ');
                self.left -= 1;
            }
            self.space = false;
            if self.left > 0 {
                self.text.push(c);
                self.left -= 1;
            }
        }
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Paragraph(inlines) => self.inlines(inlines),
                Block::Quote(blocks) => self.blocks(blocks),
                Block::Code { text, .. } => self.say(text),
                Block::List { items, .. } => {
                    for item in items {
                        self.blocks(item);
                    }
                }
            }
            self.space = true;
        }
    }

    fn inlines(&mut self, inlines: &[Inline]) {
        for inline in inlines {
            match inline {
                Inline::Text(text) | Inline::Code(text) => self.say(text),
                Inline::Strong(content)
                | Inline::Emphasis(content)
                | Inline::Strike(content)
                | Inline::Link { content, .. } => self.inlines(content),
                Inline::Spoiler(_) => self.say("…"),
                Inline::Break => self.space = true,
            }
        }
    }
}

#[cfg(test)]
mod tests;
