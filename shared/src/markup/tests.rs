//! The markup against real sentences and hostile ones.

use super::{Block, DEPTH, Inline, NODES, only_emoji, parse, plain};
use proptest::prelude::*;

fn text(text: &str) -> Inline {
    Inline::Text(text.to_owned())
}

fn paragraph(parts: Vec<Inline>) -> Vec<Block> {
    vec![Block::Paragraph(parts)]
}

fn link(href: &str, shown: &str) -> Inline {
    Inline::Link {
        href: href.to_owned(),
        content: vec![text(shown)],
    }
}

#[test]
fn the_subset_becomes_a_tree() {
    assert_eq!(
        parse("**b** *i* ~~s~~ `c`"),
        paragraph(vec![
            Inline::Strong(vec![text("b")]),
            text(" "),
            Inline::Emphasis(vec![text("i")]),
            text(" "),
            Inline::Strike(vec![text("s")]),
            text(" "),
            Inline::Code("c".to_owned()),
        ])
    );
    assert_eq!(
        parse("> q\n\n```rust\nlet x = 1;\n```\n\n3. a\n4. b"),
        vec![
            Block::Quote(paragraph(vec![text("q")])),
            Block::Code {
                language: "rust".to_owned(),
                text: "let x = 1;".to_owned()
            },
            Block::List {
                start: Some(3),
                items: vec![paragraph(vec![text("a")]), paragraph(vec![text("b")])]
            },
        ]
    );
}

#[test]
fn every_new_line_is_a_break() {
    assert_eq!(
        parse("a\nb"),
        paragraph(vec![text("a"), Inline::Break, text("b")])
    );
}

#[test]
fn what_is_not_in_the_subset_stays_as_written() {
    assert_eq!(parse("# Big"), paragraph(vec![text("# Big")]));
    assert_eq!(
        parse("Big\n---"),
        paragraph(vec![text("Big"), Inline::Break, text("---")])
    );
    assert_eq!(parse("***"), paragraph(vec![text("***")]));
    assert_eq!(
        parse("|a|b|\n|-|-|"),
        paragraph(vec![text("|a|b|"), Inline::Break, text("|-|-|")])
    );
    assert_eq!(
        parse("[x]: https://a.example"),
        paragraph(vec![
            text("[x]: "),
            link("https://a.example", "https://a.example")
        ])
    );
}

#[test]
fn s_xss_1_html_is_text() {
    assert_eq!(
        parse("<script>alert(1)</script>"),
        paragraph(vec![text("<script>alert(1)</script>")])
    );
    assert_eq!(
        parse("a <b onclick=x>c</b>"),
        paragraph(vec![text("a <b onclick=x>c</b>")])
    );
}

#[test]
fn s_xss_2_only_http_https_and_mailto_are_links() {
    for refused in [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java&#x0A;script:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html,x)",
        "[x](vbscript:x)",
        "[x](file:///etc/passwd)",
        "[x](//evil.example)",
        "[x](/rooms)",
        "[x](http:/a)",
        "<javascript:alert(1)>",
        "![x](javascript:alert(1))",
    ] {
        let tree = format!("{:?}", parse(refused));
        assert!(!tree.contains("Link"), "{refused}: {tree}");
    }
    assert_eq!(
        parse("[x](javascript:alert\\(1\\))"),
        paragraph(vec![text("[x](javascript:alert\\(1\\))")])
    );
    assert_eq!(
        parse("[x](HTTPS://a)"),
        paragraph(vec![link("https://a", "x")])
    );
    assert_eq!(
        parse("<a@b.example>"),
        paragraph(vec![link("mailto:a@b.example", "a@b.example")])
    );
}

#[test]
fn s_xss_4_images_are_links() {
    assert_eq!(
        parse("![cat](https://a.example/c.png)"),
        paragraph(vec![link("https://a.example/c.png", "cat")])
    );
}

#[test]
fn a_link_that_a_bare_address_runs_into_keeps_all_its_letters() {
    let address = |shown: &str| link(shown, shown);
    assert_eq!(
        parse("http://h/p[](---https://)"),
        paragraph(vec![address("http://h/p["), text("](---https://)")])
    );
    assert_eq!(
        parse("http://h/p![cat](http://h/c\n'more') here"),
        paragraph(vec![
            address("http://h/p![cat"),
            text("](http://h/c"),
            Inline::Break,
            text("'more') here"),
        ])
    );
}

#[test]
fn a_link_in_a_link_stays_as_written() {
    let shown = "![built](https://a.example/b.svg)";
    assert_eq!(
        parse(&format!("[{shown}](https://a.example)")),
        paragraph(vec![link("https://a.example", shown)])
    );
}

#[test]
fn what_there_is_no_room_for_at_the_deepest_place_stays_as_text() {
    for opener in ["> ", "- ", "- > ", "> - "] {
        for count in 0..40 {
            for content in ["words", "[words](https://a.b/c)", "![words](https://a.b/c)"] {
                let text = walk(&format!("{}{content}", opener.repeat(count))).text;
                assert!(text.contains("words"), "{count} times {opener:?}: {text:?}");
                let address = text.contains("https://a.b/c");
                assert!(
                    address || content == "words",
                    "{count} times {opener:?}: {text:?}"
                );
            }
        }
    }
}

#[test]
fn bare_addresses_are_links_and_sentences_keep_their_ends() {
    for (source, address, after) in [
        ("see https://a.example/x.", "https://a.example/x", "."),
        (
            "see https://a.example/_x_y_z?a=1&b=2 ok",
            "https://a.example/_x_y_z?a=1&b=2",
            " ok",
        ),
        ("see https://a.example/w_(x)", "https://a.example/w_(x)", ""),
        ("see https://a.example/*x* y", "https://a.example/*x", " y"),
    ] {
        let mut expected = vec![text("see "), link(address, address)];
        if !after.is_empty() && !source.contains('*') {
            expected.push(text(after));
        }
        let tree = parse(source);
        let Block::Paragraph(parts) = &tree[0] else {
            panic!("{tree:?}")
        };
        assert_eq!(parts[..2], expected[..2], "{source}");
    }
    assert_eq!(
        parse("(https://a.example)"),
        paragraph(vec![
            text("("),
            link("https://a.example", "https://a.example"),
            text(")")
        ])
    );
    assert_eq!(
        parse("**https://a.example**"),
        paragraph(vec![Inline::Strong(vec![link(
            "https://a.example",
            "https://a.example"
        )])])
    );
    assert_eq!(
        parse("`https://a`"),
        paragraph(vec![Inline::Code("https://a".to_owned())])
    );
    assert_eq!(parse("xhttp://a"), paragraph(vec![text("xhttp://a")]));
}

#[test]
fn spoilers_hide_what_stands_between_bars() {
    assert_eq!(
        parse("a ||b **c**|| d"),
        paragraph(vec![
            text("a "),
            Inline::Spoiler(vec![text("b "), Inline::Strong(vec![text("c")])]),
            text(" d")
        ])
    );
    assert_eq!(
        parse("if a || b || c"),
        paragraph(vec![text("if a || b || c")])
    );
    assert_eq!(parse(r"\||a||"), paragraph(vec![text("||a||")]));
    assert_eq!(parse("||||"), paragraph(vec![text("||||")]));
    assert_eq!(parse("||a"), paragraph(vec![text("||a")]));
}

#[test]
fn plain_says_the_meaning() {
    assert_eq!(plain("**b**\n\n> q [x](https://a)", 100), "b q x");
    assert_eq!(plain("||secret||", 100), "…");
    assert_eq!(plain("one two three", 8), "one two…");
    assert_eq!(plain("one two", 7), "one two");
    assert_eq!(plain("", 7), "");
    assert_eq!(plain("x", 0), "");
}

#[test]
fn one_to_three_emoji_are_told_from_text() {
    for (source, count) in [
        ("🎉", Some(1)),
        ("🎉 🎉🎉", Some(3)),
        ("👩‍👩‍👧‍👦", Some(1)),
        ("👍🏽", Some(1)),
        ("🇵🇹🇩🇪", Some(2)),
        ("❤️", Some(1)),
        ("🏃‍♂️", Some(1)),
        ("1️⃣", Some(1)),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", Some(1)),
        ("🎉🎉🎉🎉", None),
        ("12", None),
        ("hi 🎉", None),
        ("©", None),
        ("", None),
    ] {
        assert_eq!(only_emoji(source), count, "{source}");
    }
}

#[derive(Default)]
struct Walk {
    nodes: usize,
    deepest: usize,
    text: String,
    /// The addresses that are their own text.
    bare: String,
}

impl Walk {
    fn blocks(&mut self, blocks: &[Block], depth: usize) {
        for block in blocks {
            self.nodes += 1;
            self.deepest = self.deepest.max(depth);
            match block {
                Block::Paragraph(parts) => self.inlines(parts, depth + 1),
                Block::Quote(blocks) => self.blocks(blocks, depth + 1),
                Block::Code { language, text } => {
                    self.text.push_str(language);
                    self.text.push_str(text);
                }
                Block::List { items, .. } => {
                    for item in items {
                        self.blocks(item, depth + 1);
                    }
                }
            }
        }
    }

    fn inlines(&mut self, parts: &[Inline], depth: usize) {
        for part in parts {
            self.nodes += 1;
            self.deepest = self.deepest.max(depth);
            match part {
                Inline::Text(text) | Inline::Code(text) => self.text.push_str(text),
                Inline::Strong(content)
                | Inline::Emphasis(content)
                | Inline::Strike(content)
                | Inline::Spoiler(content) => self.inlines(content, depth + 1),
                Inline::Link { href, content } => {
                    assert!(
                        ["http://", "https://", "mailto:"]
                            .iter()
                            .any(|scheme| href.starts_with(scheme)),
                        "{href}"
                    );
                    assert!(!href.chars().any(char::is_control), "{href:?}");
                    // A bare address is its own text: it must not stand for a second one that was lost.
                    if *content == [text(href)] {
                        self.bare.push_str(href);
                    } else {
                        self.text.push_str(href);
                    }
                    self.inlines(content, depth + 1);
                }
                Inline::Break => {}
            }
        }
    }
}

fn walk(source: &str) -> Walk {
    let mut walk = Walk::default();
    walk.blocks(&parse(source), 1);
    walk
}

fn letters(text: &str) -> [usize; 26] {
    let mut counts = [0; 26];
    for byte in text.bytes().filter(u8::is_ascii_lowercase) {
        counts[usize::from(byte - b'a')] += 1;
    }
    counts
}

#[test]
fn s_xss_4_hostile_nesting_and_size_stay_bounded() {
    for source in [
        ">".repeat(16_000),
        "*a ".repeat(5_000),
        "- ".repeat(8_000),
        "[".repeat(16_000),
        "||a||".repeat(3_200),
        "a\n".repeat(8_000),
        "[a]: b\n".repeat(2_000),
        format!("{}x", "> - ".repeat(4_000)),
        "**a *b ~~c ".repeat(1_400),
        "https://a ".repeat(1_600),
    ] {
        let walk = walk(&source);
        assert!(walk.deepest <= DEPTH, "{} deep", walk.deepest);
        assert!(walk.nodes <= 2 * NODES, "{} nodes", walk.nodes);
    }
}

#[test]
fn s_xss_4_at_the_deepest_place_there_is_room_for_whatever_stands_there() {
    let openers = [">", "> - ", "- ", "1. ", "**a *b ", "~~a ", "> **a *b "];
    let contents = [
        "words",
        "||hidden||",
        "||https://a.b/c||",
        "**||https://a.b/c||**",
        "[||words||](https://a.b/c)",
        "```\ncode\n```",
        "---",
        "# words",
        "`` words",
    ];
    for (opener, count) in openers
        .into_iter()
        .flat_map(|o| (0..40).map(move |n| (o, n)))
    {
        for content in contents {
            for gap in ["", " ", "\n"] {
                let source = format!("{}{gap}{content}", opener.repeat(count));
                let deepest = walk(&source).deepest;
                assert!(deepest <= DEPTH, "{deepest} deep: {source:?}");
            }
        }
    }
}

/// `[address](address)` is shown like a bare address, with one address for the two that were written.
fn links_its_own_address(source: &str) -> bool {
    let parts: Vec<&str> = source.split("](").collect();
    parts.windows(2).any(|pair| {
        let shown = pair[0].rsplit('[').next().unwrap_or_default().trim();
        !shown.is_empty() && pair[1].trim_start().starts_with(shown)
    })
}

/// Pieces that mean something to the parser, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "word",
        "a",
        " ",
        " ",
        "\n",
        "\n\n",
        "*",
        "**",
        "_",
        "~~",
        "`",
        "```",
        "```rust\n",
        "> ",
        "- ",
        "1. ",
        "# ",
        "---",
        "||",
        "|",
        "[",
        "](",
        ")",
        "!",
        "http://h/p",
        "https://",
        "javascript:",
        "mailto:",
        "<",
        ">",
        "<b>",
        "</b>",
        "<!--",
        "\\",
        "    ",
        "\t",
        "[x]: y\n",
        "é",
        "🎉",
        "\u{0}",
        "\u{200b}",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_024))]

    #[test]
    fn any_text_gives_a_bounded_tree_with_safe_links(source in prop_oneof![pieces(), any::<String>()]) {
        let walk = walk(&source);
        prop_assert!(walk.deepest <= DEPTH);
        prop_assert!(walk.nodes <= 2 * NODES);
        let _ = only_emoji(&source);
        prop_assert!(plain(&source, 40).chars().count() <= 40);
    }

    #[test]
    fn no_letter_is_lost(source in pieces()) {
        let Walk { mut text, bare, .. } = walk(&source);
        if links_its_own_address(&source) {
            text.push_str(&bare);
        }
        let (before, after) = (letters(&source), letters(&text));
        for (letter, (before, after)) in before.iter().zip(after).enumerate() {
            prop_assert!(after >= *before, "letter {letter} of {source:?} became {:?}", parse(&source));
        }
    }
}
