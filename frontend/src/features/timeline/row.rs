//! One message as a row: whose, what, when, how far it has come. Each part follows only what it shows.

use super::{actions::RowActions, clock, edit::EditField, markup, scene::Scene};
use crate::view::{prelude::*, show};
use crate::{
    features::{
        people::{PersonAvatar, name_followed, name_now, name_of},
        profile::open_profile,
    },
    ui::{AvatarSize, Glyph, Icon},
    words_chat::timeline as words,
};
use model::{Action, Delivery, Key, MessageView, Slice};
use shared::{
    Timestamp, UserId,
    markup::{only_emoji, parse, plain},
    messages::{Message, ReplyTo},
};
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// How much of a message is spoken.
const SPOKEN_CHARS: usize = 2_000;
/// How much of the original a quote shows.
const QUOTED_CHARS: usize = 120;
/// A message younger than this was not there when one came.
const ARRIVED_MS: i64 = 1_500;

/// A message's row.
#[component]
pub(crate) fn MessageRow(scene: Scene, key: Key) -> impl IntoView {
    let view = scene
        .store
        .select(Slice::Message(key), move |model| model.message(key));
    let Some(first_view) = view.get_untracked() else {
        return View::nothing();
    };
    let (author, echoed_at) = (first_view.message.author_id, first_view.message.created_at);
    let first = Memo::new(move |_| scene.line(key, |line| line.is_none_or(|line| line.first)));
    let message = Memo::new(move |_| view.get().map(|view| view.message));
    // An echo has the time of this device; once it is confirmed the server's counts.
    let at = move || message.with(|message| message.as_ref().map_or(echoed_at, |it| it.created_at));
    let acting = move || {
        let (hovered, focused) = (scene.is.hovered.is(key.0), scene.is.focused.is(key.0));
        !scene.is.editing.is(key.0) && (hovered || focused)
    };
    let arrived = !scene.is_me(author) && scene.store.now().0 - echoed_at.0 < ARRIVED_MS;
    let class = move || {
        let wide = |it: &Arc<Message>| it.body.contains("```") && markup::is_wide(&parse(&it.body));
        let holds = [
            ("message--first", first.get()),
            (
                "message--active",
                scene.is.focused.is(key.0) | scene.is.menu.is(key.0),
            ),
            ("message--flash", scene.is.flash.is(key.0)),
            ("message--arrived", arrived),
            (
                "message--wide",
                message.with(|it| it.as_ref().is_some_and(wide)),
            ),
        ];
        let names = holds
            .into_iter()
            .filter_map(|(name, holds)| holds.then_some(name));
        std::iter::once("message")
            .chain(names)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let quote = move || {
        message
            .with(|it| it.as_ref().and_then(|it| it.reply_to.clone()))
            .map(|reply| view! { <Quote scene key reply /> })
    };
    // A place that nothing can ever fill is not made: what is no answer stays none, and what has been sent stays sent.
    let quote = first_view.message.reply_to.is_some().then_some(quote);
    let delivery = (first_view.delivery != Delivery::Sent).then(|| {
        Memo::new(move |_| view.with(|view| view.as_ref().map(|view| view.delivery.clone())))
    });

    view! {
        <article
            class=class
            data-row=""
            tabindex=move || super::tab_index(scene, key)
            aria-roledescription=words::MESSAGE
            aria-label=move || view.get().map(|view| spoken(scene, &view))
        >
            <div class="message__gutter">{move || gutter(scene, author, at, first.get())}</div>
            <div class="message__body">
                {move || first.get().then(|| head(scene, author, at))}
                {quote}
                {move || {
                    if scene.is.editing.is(key.0) {
                        let body = scene.editing.with_untracked(|it| it.as_ref().map(|it| it.body.clone()));
                        view! { <EditField scene key body=body.unwrap_or_default() /> }
                    } else {
                        message.get().map(|message| text(&message)).into_view()
                    }
                }}
                {delivery.map(|delivery| move || failed(scene, key, delivery.get()?))}
            </div>
            {delivery.map(|delivery| move || state(delivery.get()?))}
            {show(acting, move || view! { <RowActions scene key /> })}
        </article>
    }
}

fn gutter(
    scene: Scene,
    author: UserId,
    at: impl Fn() -> Timestamp + Copy + 'static,
    first: bool,
) -> View {
    if !first {
        return view! {
            <span class="message__stamp" aria-hidden="true">
                {move || clock::stamp(at(), scene.clock24.get())}
            </span>
        };
    }
    // The name beside it does the same for keys and ears.
    view! {
        <button
            type="button"
            class="message__avatar"
            tabindex="-1"
            aria-hidden="true"
            on:click=move |event| profile(author, &event)
        >
            <PersonAvatar id=author size=AvatarSize::Message />
        </button>
    }
}

fn profile(of: UserId, event: &crate::view::ev::MouseEvent) {
    if let Some(anchor) = event
        .current_target()
        .and_then(|it| it.dyn_into::<web_sys::Element>().ok())
    {
        open_profile(of, anchor);
    }
}

fn head(
    scene: Scene,
    author: UserId,
    at: impl Fn() -> Timestamp + Copy + 'static,
) -> impl IntoView {
    let name = name_of(author);
    view! {
        <div class="message__head">
            <h3 class="message__author">
                <button
                    type="button"
                    class="message__author-button"
                    tabindex="-1"
                    on:click=move |event| profile(author, &event)
                >
                    <bdi>{name}</bdi>
                </button>
            </h3>
            <time
                class="message__time"
                datetime=move || at().to_rfc3339()
                data-tip=move || clock::full(at(), scene.clock24.get())
            >
                {move || clock::time(at(), scene.clock24.get())}
            </time>
        </div>
    }
}

fn text(message: &Arc<Message>) -> View {
    if message.deleted_at.is_some() {
        let who = name_of(message.author_id);
        return view! {
            <p class="message__gone">
                <Icon glyph=Glyph::Trash2 small=true />
                <span dir="auto">{move || words::deleted_by(&who.get())}</span>
            </p>
        };
    }
    let tree = parse(&message.body);
    let edited = message
        .edited_at
        .map(|_| view! { <span class="message__edited">{words::EDITED}</span> });
    let big = only_emoji(&message.body).is_some();
    view! {
        <div class="message__text" class:message__text--big=big>
            {markup::message(&tree, edited)}
        </div>
    }
}

/// The message that this one answers, in one line.
#[component]
fn Quote(scene: Scene, key: Key, reply: ReplyTo) -> impl IntoView {
    let name = name_of(reply.author_id);
    let excerpt = if reply.excerpt.is_empty() {
        words::QUOTE_GONE.to_owned()
    } else {
        plain(&reply.excerpt, QUOTED_CHARS)
    };
    let spoken = excerpt.clone();
    let seq = reply.seq;
    let go = move |_| {
        scene.came_from.set(scene.id(key));
        scene.store.act(Action::JumpToSeq {
            room: scene.room,
            seq,
        });
    };
    view! {
        <button
            type="button"
            class="message__quote"
            tabindex="-1"
            aria-label=move || words::quote(&name.get(), &spoken)
            on:click=go
        >
            <PersonAvatar id=reply.author_id size=AvatarSize::Xs />
            <span class="message__quote-who"><bdi>{name}</bdi></span>
            " "
            <span class="message__quote-words" dir="auto">
                {excerpt}
            </span>
        </button>
    }
}

fn state(delivery: Delivery) -> Option<View> {
    match delivery {
        Delivery::Slow => Some(view! { <span class="message__state">{words::SENDING}</span> }),
        Delivery::Waiting => Some(view! {
            <span class="message__state">
                <Icon glyph=Glyph::Clock small=true />
                {words::WAITING}
            </span>
        }),
        Delivery::Sent | Delivery::Sending | Delivery::Failed { .. } | Delivery::Expired => None,
    }
}

fn failed(scene: Scene, key: Key, delivery: Delivery) -> Option<View> {
    let why = why_failed(&delivery)?;
    let again = move |_| scene.store.act(Action::TryAgain(key));
    let change = move |_| {
        if let Some(view) = scene.message(key) {
            scene.store.act(Action::Discard(key));
            scene.write(view.message.body.clone());
        }
    };
    let discard = move |_| {
        scene.store.act(Action::Discard(key));
        scene.to_composer();
    };
    Some(view! {
        <div class="message__failed">
            <Icon glyph=Glyph::CircleAlert small=true />
            <span dir="auto">{why}</span>
            <button type="button" class="message__act" on:click=again>
                {words::TRY_AGAIN}
            </button>
            <span class="message__failed-dot" aria-hidden="true">
                "·"
            </span>
            <button type="button" class="message__act" on:click=change>
                {words::EDIT}
            </button>
            <span class="message__failed-dot" aria-hidden="true">
                "·"
            </span>
            <button type="button" class="message__act" on:click=discard>
                {words::DELETE}
            </button>
        </div>
    })
}

fn why_failed(delivery: &Delivery) -> Option<String> {
    match delivery {
        Delivery::Failed { code: None, .. } => Some(words::NO_ANSWER.into()),
        Delivery::Failed { reason, .. } if reason.is_empty() => Some(words::NOT_ACCEPTED.into()),
        Delivery::Failed { reason, .. } => Some(words::not_sent(reason)),
        Delivery::Expired => Some(words::EXPIRED.into()),
        Delivery::Sent | Delivery::Sending | Delivery::Slow | Delivery::Waiting => None,
    }
}

/// The whole message as it is spoken: author, text, time, then state.
fn spoken(scene: Scene, view: &MessageView) -> String {
    let message = &view.message;
    let author = name_followed(scene.store, message.author_id);
    let mut parts = if message.deleted_at.is_some() {
        vec![words::deleted_by(&author)]
    } else {
        vec![author, plain(&message.body, SPOKEN_CHARS)]
    };
    parts.push(clock::time(message.created_at, scene.clock24.get()));
    if let Some(reply) = &message.reply_to {
        parts.push(words::reply_to(&name_now(scene.store, reply.author_id)));
    }
    if message.edited_at.is_some() && message.deleted_at.is_none() {
        parts.push(words::EDITED_SPOKEN.into());
    }
    match &view.delivery {
        Delivery::Slow => parts.push(words::SENDING.into()),
        Delivery::Waiting => parts.push(words::WAITING.into()),
        other => parts.extend(why_failed(other)),
    }
    let ends = |part: &String| part.ends_with(['.', '!', '?', '…']);
    parts
        .iter()
        .map(|part| {
            if ends(part) {
                part.clone()
            } else {
                format!("{part}.")
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}
