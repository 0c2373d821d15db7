//! Messages as people and others write them: the tree is bounded, links lead to the web and to mail, and what is
//! spoken of it fits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use shared::markup::{Block, DEPTH, Inline, NODES, only_emoji, parse, plain};

/// Trees end softly: a little more than the bound is made of what was begun.
const SLACK: usize = 64;

fuzz_target!(|text: &str| {
    let tree = parse(text);
    let mut seen = Seen::default();
    seen.blocks(&tree, 1);
    assert!(seen.deepest <= DEPTH, "{} deep", seen.deepest);
    assert!(seen.nodes <= NODES + SLACK, "{} nodes", seen.nodes);
    // A tree never has more words than the message; links repeat theirs once.
    assert!(
        seen.bytes <= 4 * text.len() + 16,
        "{} of {}",
        seen.bytes,
        text.len()
    );
    assert_eq!(parse(text), tree);
    for most in [0, 1, 80] {
        let spoken = plain(text, most);
        assert!(spoken.chars().count() <= most);
        assert!(!spoken.chars().any(char::is_control), "{spoken:?}");
    }
    let _ = only_emoji(text);
});

#[derive(Default)]
struct Seen {
    nodes: usize,
    deepest: usize,
    bytes: usize,
}

impl Seen {
    fn blocks(&mut self, blocks: &[Block], depth: usize) {
        for block in blocks {
            self.enter(depth);
            match block {
                Block::Paragraph(inlines) => self.inlines(inlines, depth + 1),
                Block::Quote(blocks) => self.blocks(blocks, depth + 1),
                Block::Code { language, text } => self.bytes += language.len() + text.len(),
                Block::List { items, .. } => {
                    for item in items {
                        self.blocks(item, depth + 1);
                    }
                }
            }
        }
    }

    fn inlines(&mut self, inlines: &[Inline], depth: usize) {
        for inline in inlines {
            self.enter(depth);
            match inline {
                Inline::Text(text) | Inline::Code(text) => self.bytes += text.len(),
                Inline::Strong(content)
                | Inline::Emphasis(content)
                | Inline::Strike(content)
                | Inline::Spoiler(content) => self.inlines(content, depth + 1),
                Inline::Link { href, content } => {
                    let known = ["http://", "https://", "mailto:"];
                    assert!(
                        known.iter().any(|scheme| href.starts_with(scheme)),
                        "{href}"
                    );
                    assert!(
                        !href.chars().any(|c| c.is_control() || c == ' '),
                        "{href:?}"
                    );
                    self.inlines(content, depth + 1);
                }
                Inline::Break => {}
            }
        }
    }

    fn enter(&mut self, depth: usize) {
        self.nodes += 1;
        self.deepest = self.deepest.max(depth);
    }
}
