//! From the parser's events to the tree. Everything that the subset leaves out is put back as it stood in the source.

use super::{Block, DEPTH, Inline, NODES, links, spoilers};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};
use std::{borrow::Cow, ops::Range};

/// How deep a run of text may become by itself: a spoiler, in it a bare address, in that its text.
const RUN: usize = 3;
/// Rounds in which link definitions are turned into text; more than a few take intent.
const ROUNDS: usize = 8;

pub(super) fn tree(source: &str) -> Vec<Block> {
    let mut source = Cow::Borrowed(source);
    for _ in 0..ROUNDS {
        match without_definitions(&source) {
            Some(changed) => source = Cow::Owned(changed),
            None => return events(&source),
        }
    }
    vec![Block::Paragraph(lines(&source))]
}

/// `[label]: address` lines vanish in Markdown; in a chat they are text. `None`: there are none.
fn without_definitions(source: &str) -> Option<String> {
    let parser = Parser::new_ext(source, Options::ENABLE_STRIKETHROUGH);
    let mut places: Vec<usize> = parser
        .reference_definitions()
        .iter()
        .filter_map(|(_, definition)| {
            let start = definition.span.start;
            source.get(start..)?.find('[').map(|offset| start + offset)
        })
        .collect();
    if places.is_empty() {
        return None;
    }
    places.sort_unstable();
    let mut out = String::with_capacity(source.len() + places.len());
    let mut from = 0;
    for place in places {
        out.push_str(&source[from..place]);
        out.push('\\');
        from = place;
    }
    out.push_str(&source[from..]);
    Some(out)
}

/// Text as it stands, with its line breaks.
fn lines(text: &str) -> Vec<Inline> {
    let mut out = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if index > 0 {
            out.push(Inline::Break);
        }
        if !line.is_empty() {
            out.push(Inline::Text(line.replace('\0', "\u{fffd}")));
        }
    }
    out
}

enum Kind {
    Root,
    Quote,
    List(Option<u64>),
    Item,
    /// A paragraph, with what to put back at its end.
    Paragraph(Option<String>),
    Code(String),
    Strong,
    Emphasis,
    Strike,
    Link(String),
    /// Leaves no node of its own: its content goes to what is around it.
    Through,
}

struct Frame {
    kind: Kind,
    weight: usize,
    blocks: Vec<Block>,
    items: Vec<Vec<Block>>,
    inlines: Vec<Inline>,
}

struct Builder<'s> {
    source: &'s str,
    stack: Vec<Frame>,
    /// How deep the open frames are as a tree; what marks text counts twice, as a spoiler may stand around it.
    depth: usize,
    nodes: usize,
    links: usize,
    /// Source up to here is in the tree already.
    done: usize,
}

fn events(source: &str) -> Vec<Block> {
    let mut builder = Builder {
        source,
        stack: vec![Frame {
            kind: Kind::Root,
            weight: 0,
            blocks: Vec::new(),
            items: Vec::new(),
            inlines: Vec::new(),
        }],
        depth: 0,
        nodes: 0,
        links: 0,
        done: 0,
    };
    let mut rest = None;
    for (event, range) in Parser::new_ext(source, Options::ENABLE_STRIKETHROUGH).into_offset_iter()
    {
        if builder.nodes > NODES {
            rest = Some(range.start.max(builder.done));
            break;
        }
        builder.event(event, range);
    }
    while builder.stack.len() > 1 {
        builder.close();
    }
    let mut blocks = match builder.stack.pop() {
        Some(mut root) => {
            flush(&mut root);
            root.blocks
        }
        None => Vec::new(),
    };
    if let Some(text) = rest.and_then(|from| source.get(from..)) {
        blocks.push(Block::Paragraph(vec![Inline::Text(text.to_owned())]));
    }
    blocks
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(_) => self.close(),
            Event::Text(text) => self.text(&text, range),
            Event::Code(code) if range.start >= self.done => {
                self.push(Inline::Code(code.into_string()));
            }
            Event::Html(html) | Event::InlineHtml(html) if range.start >= self.done => {
                for part in html.split_inclusive('\n') {
                    self.literal(part.trim_end_matches(['\n', '\r']));
                    if part.ends_with('\n') {
                        self.push(Inline::Break);
                    }
                }
            }
            Event::SoftBreak | Event::HardBreak if range.start >= self.done => {
                self.push(Inline::Break);
            }
            Event::Rule => {
                let rule = self.raw(range).trim().to_owned();
                self.block(Block::Paragraph(vec![Inline::Text(rule)]));
            }
            // The rest is not switched on, or is in the tree already.
            _ => {}
        }
    }

    fn raw(&self, range: Range<usize>) -> &str {
        self.source.get(range).unwrap_or_default()
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.open(Kind::Paragraph(None), 1),
            Tag::Heading { .. } => {
                let source = self.raw(range).trim().to_owned();
                let signs = source.len() - source.trim_start_matches('#').len();
                if signs > 0 {
                    self.open(Kind::Paragraph(None), 1);
                    self.literal(&format!("{} ", &source[..signs]));
                } else {
                    let underline = source.lines().last().map(|line| line.trim().to_owned());
                    self.open(Kind::Paragraph(underline), 1);
                }
            }
            Tag::BlockQuote(_) => self.open(Kind::Quote, 1),
            Tag::CodeBlock(kind) => {
                let language = match kind {
                    CodeBlockKind::Fenced(info) => info.trim().to_owned(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.open(Kind::Code(language), 1);
            }
            Tag::List(start) => self.open(Kind::List(start), 1),
            Tag::Item => self.open(Kind::Item, 2),
            Tag::Strong => self.open(Kind::Strong, 2),
            Tag::Emphasis => self.open(Kind::Emphasis, 2),
            Tag::Strikethrough => self.open(Kind::Strike, 2),
            Tag::Link {
                dest_url,
                link_type,
                ..
            } => {
                let email = link_type == pulldown_cmark::LinkType::Email;
                let mailto = email.then(|| format!("mailto:{dest_url}"));
                self.link(mailto.as_deref().unwrap_or(&dest_url), range);
            }
            Tag::Image { dest_url, .. } => self.link(&dest_url, range),
            _ => self.open(Kind::Through, 0),
        }
    }

    fn link(&mut self, address: &str, range: Range<usize>) {
        // One in another's text, or one whose beginning went to a bare address before it, stays as written.
        let whole = self.links == 0 && range.start >= self.done;
        match links::safe(address).filter(|_| whole && self.fits(2, RUN)) {
            Some(href) => self.open(Kind::Link(href), 2),
            None => {
                let raw = lines(self.raw(range.start.max(self.done)..range.end));
                self.done = self.done.max(range.end);
                self.open(Kind::Through, 0);
                for part in raw {
                    self.push(part);
                }
            }
        }
    }

    fn fits(&self, weight: usize, room: usize) -> bool {
        self.depth + weight + room <= DEPTH
    }

    fn open(&mut self, kind: Kind, weight: usize) {
        let room = match kind {
            Kind::Code(_) => 0,
            // Text that stands directly in it becomes a paragraph of it.
            Kind::Quote | Kind::List(_) | Kind::Item => RUN + 1,
            _ => RUN,
        };
        let (kind, weight) = if self.fits(weight, room) {
            (kind, weight)
        } else {
            (Kind::Through, 0)
        };
        self.depth += weight;
        self.links += usize::from(matches!(kind, Kind::Link(_)));
        self.stack.push(Frame {
            kind,
            weight,
            blocks: Vec::new(),
            items: Vec::new(),
            inlines: Vec::new(),
        });
    }

    fn close(&mut self) {
        if self.stack.len() < 2 {
            return;
        }
        let Some(mut frame) = self.stack.pop() else {
            return;
        };
        self.depth -= frame.weight;
        match std::mem::replace(&mut frame.kind, Kind::Through) {
            Kind::Root => {}
            Kind::Through => {
                for block in frame
                    .blocks
                    .into_iter()
                    .chain(frame.items.into_iter().flatten())
                {
                    self.block(block);
                }
                for part in frame.inlines {
                    self.push(part);
                }
            }
            Kind::Quote => {
                flush(&mut frame);
                self.block(Block::Quote(frame.blocks));
            }
            Kind::Item => {
                flush(&mut frame);
                match self.stack.last_mut() {
                    Some(list) if matches!(list.kind, Kind::List(_)) => {
                        list.items.push(frame.blocks)
                    }
                    _ => frame.blocks.into_iter().for_each(|block| self.block(block)),
                }
                self.nodes += 1;
            }
            Kind::List(start) => {
                flush(&mut frame);
                if !frame.items.is_empty() {
                    let items = frame.items;
                    self.block(Block::List { start, items });
                }
                // Of items for which there was no room.
                frame.blocks.into_iter().for_each(|block| self.block(block));
            }
            Kind::Code(language) => {
                let text: String = frame
                    .inlines
                    .iter()
                    .filter_map(|part| match part {
                        Inline::Text(text) => Some(text.as_str()),
                        _ => None,
                    })
                    .collect();
                let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
                self.block(Block::Code { language, text });
            }
            Kind::Paragraph(underline) => {
                if let Some(underline) = underline {
                    frame.inlines.push(Inline::Break);
                    frame.inlines.push(Inline::Text(underline));
                }
                flush(&mut frame);
                frame.blocks.into_iter().for_each(|block| self.block(block));
            }
            Kind::Strong => self.inline(frame.inlines, Inline::Strong),
            Kind::Emphasis => self.inline(frame.inlines, Inline::Emphasis),
            Kind::Strike => self.inline(frame.inlines, Inline::Strike),
            Kind::Link(href) => {
                self.links -= 1;
                let mut content = spoilers::wrap(frame.inlines);
                if content.is_empty() {
                    content.push(Inline::Text(href.clone()));
                }
                self.push(Inline::Link { href, content });
            }
        }
    }

    fn inline(&mut self, parts: Vec<Inline>, make: fn(Vec<Inline>) -> Inline) {
        let content = spoilers::wrap(parts);
        // Empty when an address reached over the marks.
        if !content.is_empty() {
            self.push(make(content));
        }
    }

    fn block(&mut self, block: Block) {
        self.nodes += 1;
        if let Some(frame) = self.stack.last_mut() {
            flush(frame);
            frame.blocks.push(block);
        }
    }

    fn push(&mut self, part: Inline) {
        let Some(frame) = self.stack.last_mut() else {
            return;
        };
        match (frame.inlines.last_mut(), part) {
            (Some(Inline::Text(last)), Inline::Text(text)) => last.push_str(&text),
            (_, part) => {
                self.nodes += 1;
                frame.inlines.push(part);
            }
        }
    }

    fn literal(&mut self, text: &str) {
        if !text.is_empty() {
            self.push(Inline::Text(text.to_owned()));
        }
    }

    fn text(&mut self, text: &str, range: Range<usize>) {
        let in_code = matches!(
            self.stack.last().map(|frame| &frame.kind),
            Some(Kind::Code(_))
        );
        if range.end <= self.done && !in_code {
            return;
        }
        let as_written = self.raw(range.clone()) == text;
        if in_code || !as_written {
            return self.literal(text);
        }
        let escaped = self.source[..range.start].ends_with('\\');
        if escaped && text.starts_with('|') {
            self.literal(&spoilers::ESCAPED_BAR.to_string());
            return self.addresses(range.start + 1, range.end);
        }
        self.addresses(range.start.max(self.done), range.end);
    }

    /// Text of the source with the bare addresses in it made links.
    fn addresses(&mut self, from: usize, to: usize) {
        let source = self.source;
        let mut from = from;
        while self.links == 0
            && let Some((start, end)) = links::bare(source, from, to)
        {
            let Some(href) = links::safe(&source[start..end]) else {
                break;
            };
            self.literal(&source[from..start]);
            self.push(Inline::Link {
                href,
                content: vec![Inline::Text(source[start..end].to_owned())],
            });
            self.done = end;
            from = end;
            if end >= to {
                return;
            }
        }
        self.literal(&source[from..to]);
    }
}

/// Running text that stands directly in a block becomes a paragraph of it.
fn flush(frame: &mut Frame) {
    let mut parts = std::mem::take(&mut frame.inlines);
    while matches!(parts.last(), Some(Inline::Break)) {
        parts.pop();
    }
    if !parts.is_empty() {
        frame.blocks.push(Block::Paragraph(spoilers::wrap(parts)));
    }
}
