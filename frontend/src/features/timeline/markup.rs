//! The markup tree of a message as elements. Everything from a person is text or a checked address; never HTML.

use crate::view::prelude::*;
use crate::{dom::clipboard, ui::speak, words_chat::timeline as words};
use shared::markup::{Block, Inline};

/// Draws blocks.
fn blocks(tree: &[Block]) -> Vec<View> {
    tree.iter().map(block).collect()
}

/// Draws a message, with something after its last word.
pub(crate) fn message(tree: &[Block], tail: Option<View>) -> Vec<View> {
    match (tree, tail) {
        ([start @ .., Block::Paragraph(last)], Some(tail)) => {
            let mut all = blocks(start);
            all.push(view! { <p dir="auto">{inlines(last)} " " {tail}</p> });
            all
        }
        (all, tail) => {
            let tail = tail.map(|tail| view! { <p>{tail}</p> });
            blocks(all).into_iter().chain(tail).collect()
        }
    }
}

/// Whether something in it wants the whole column.
pub(crate) fn is_wide(tree: &[Block]) -> bool {
    tree.iter().any(|block| match block {
        Block::Code { .. } => true,
        Block::Quote(inner) => is_wide(inner),
        Block::List { items, .. } => items.iter().any(|item| is_wide(item)),
        Block::Paragraph(_) => false,
    })
}

fn block(block: &Block) -> View {
    match block {
        Block::Paragraph(inner) => view! { <p dir="auto">{inlines(inner)}</p> },
        Block::Quote(inner) => {
            view! { <blockquote dir="auto">{blocks(inner)}</blockquote> }
        }
        Block::Code { language, text } => code(language, text),
        Block::List { start, items } => {
            let items = items
                .iter()
                .map(|item| view! { <li dir="auto">{blocks(item)}</li> })
                .collect_view();
            match start {
                Some(start) => view! { <ol start=start.to_string()>{items}</ol> },
                None => view! { <ul>{items}</ul> },
            }
        }
    }
}

fn code(language: &str, text: &str) -> View {
    let label = if language.is_empty() {
        words::CODE.to_owned()
    } else {
        language.to_owned()
    };
    let copied = text.to_owned();
    let copy = move |_| {
        let text = copied.clone();
        leptos::task::spawn_local(async move {
            if clipboard::copy(&text).await {
                speak(words::COPIED);
            }
        });
    };
    view! {
        <div class="message__block" dir="ltr">
            <div class="message__block-head">
                <span>{language.to_owned()}</span>
                <button type="button" class="message__copy" tabindex="-1" on:click=copy>
                    {words::COPY}
                </button>
            </div>
            <pre tabindex="0" role="group" aria-label=label>
                <code>{text.to_owned()}</code>
            </pre>
        </div>
    }
}

fn inlines(tree: &[Inline]) -> Vec<View> {
    tree.iter().map(inline).collect()
}

fn inline(inline: &Inline) -> View {
    match inline {
        Inline::Text(text) => text.clone().into_view(),
        Inline::Strong(inner) => view! { <strong>{inlines(inner)}</strong> },
        Inline::Emphasis(inner) => view! { <em>{inlines(inner)}</em> },
        Inline::Strike(inner) => view! { <s>{inlines(inner)}</s> },
        Inline::Code(text) => {
            view! { <code class="message__code" dir="ltr">{text.clone()}</code> }
        }
        Inline::Break => view! { <br /> },
        Inline::Spoiler(inner) => spoiler(inner.clone()),
        Inline::Link { href, content } => link(href, content),
    }
}

fn link(href: &str, content: &[Inline]) -> View {
    view! {
        <a
            href=href.to_owned()
            target="_blank"
            rel="noopener noreferrer nofollow"
            tabindex="-1"
            data-tip=host(href)
        >
            {inlines(content)}
        </a>
    }
}

/// Where a link leads, the host first and alone.
fn host(href: &str) -> String {
    let rest = href.split_once("://").map_or(href, |(_, rest)| rest);
    let rest = rest.strip_prefix("mailto:").unwrap_or(rest);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let authority = &rest[..end];
    if href.starts_with("mailto:") {
        return authority.to_owned();
    }
    // What stands before an @ in a web address is there to mislead.
    authority.rsplit('@').next().unwrap_or(authority).to_owned()
}

fn spoiler(inner: Vec<Inline>) -> View {
    let open = RwSignal::new(false);
    view! {
        {move || {
            if open.get() {
                view! { <span class="message__spoiler message__spoiler--open">{inlines(&inner)}</span> }
            } else {
                let hidden = inlines(&inner);
                view! {
                    <button
                        type="button"
                        class="message__spoiler"
                        tabindex="-1"
                        aria-label=words::SPOILER
                        on:click=move |_| open.set(true)
                    >
                        <span aria-hidden="true">{hidden}</span>
                    </button>
                }

            }
        }}
    }
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn the_tooltip_of_a_link_names_the_true_host() {
        assert_eq!(host("https://tidewater.example/a?b#c"), "tidewater.example");
        assert_eq!(host("https://bank.example@evil.example/x"), "evil.example");
        assert_eq!(
            host("http://evil.example?https://bank.example"),
            "evil.example"
        );
        assert_eq!(
            host("mailto:mara@tidewater.example?subject=x"),
            "mara@tidewater.example"
        );
    }
}
