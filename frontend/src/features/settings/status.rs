//! What one is up to: an emoji, a few words, and when they go by themselves.

use super::draft::Draft;
use crate::dom::clock;
use crate::prefs::use_prefs;
use crate::store::use_store;
use crate::ui::{Anchor, Glyph, Icon, IconButton, Placement, Popover, Select, unique_id};
use crate::view::{html, prelude::*};
use crate::words;
use shared::Timestamp;
use shared::limits::STATUS_CHARS;

const MINUTE_MS: i64 = 60_000;

/// What people say most, to begin with.
const COMMON: [&str; 16] = [
    "💬", "☕️", "🍽️", "🎧", "📅", "🏠", "🚆", "🚲", "🌴", "🤒", "🛠️", "⛵️", "✍️", "🎉", "🙏", "💤",
];

/// When a status goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    Never,
    /// Minutes from when it is saved.
    In(i64),
    Midnight,
    /// As it was saved before.
    At(Timestamp),
}

impl Until {
    /// The moment, for a status that is saved `now`.
    pub(crate) fn moment(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Never => None,
            Self::In(minutes) => Some(now.plus_ms(minutes * MINUTE_MS)),
            Self::Midnight => Some(Timestamp(clock::end_of_today(now.0))),
            Self::At(moment) => Some(moment),
        }
    }

    fn key(self) -> String {
        match self {
            Self::Never => "never".to_owned(),
            Self::In(minutes) => minutes.to_string(),
            Self::Midnight => "midnight".to_owned(),
            Self::At(_) => "kept".to_owned(),
        }
    }
}

/// The fields of the status.
#[component]
pub(crate) fn StatusFields(draft: Draft) -> impl IntoView {
    let id = StoredValue::new(unique_id("status"));
    let text = Signal::derive(move || draft.status().1);
    let filled = Memo::new(move |_| {
        let (emoji, text, _) = draft.status();
        !emoji.is_empty() || !text.is_empty()
    });
    view! {
        <div class="status-fields">
            <div class="field">
                <div class="field__head">
                    <label class="field__label" for=id.get_value()>
                        {words::STATUS}
                    </label>
                </div>
                <div class="status-fields__box">
                    <EmojiButton draft />
                    <input
                        class="status-fields__text"
                        id=id.get_value()
                        name="status"
                        dir="auto"
                        autocomplete="off"
                        maxlength=STATUS_CHARS
                        placeholder=words::STATUS_PLACEHOLDER
                        prop:value=text
                        on:input=move |event| {
                            let value = event_target_value(&event);
                            draft.change_status(|it| it.1 = value);
                        }
                    />
                    {move || {
                        filled.get()
                            .then(|| {
                                view! {
                                    <IconButton
                                        glyph=Glyph::X
                                        label=words::STATUS_CLEAR
                                        on:click=move |_| {
                                            draft.change_status(|it| *it = (String::new(), String::new(), Until::Never));
                                        }
                                    />
                                }
                            })
                    }}
                </div>
            </div>
            <UntilField draft />
        </div>
    }
}

#[component]
fn UntilField(draft: Draft) -> impl IntoView {
    let (store, prefs) = (use_store(), use_prefs());
    // The saved end stays a choice while another is tried.
    let kept = Memo::new(
        move |last: Option<&Option<Timestamp>>| match draft.status().2 {
            Until::At(moment) if moment > store.now() => Some(moment),
            _ => last.copied().flatten(),
        },
    );
    let options = Memo::new(move |_| {
        let own = kept
            .get()
            .and_then(|moment| clock::time(moment.0, None, prefs.clock24()))
            .map(|time| ("kept".to_owned(), words::until(&time)));
        let fixed = [
            (Until::Never, words::UNTIL_NEVER),
            (Until::In(30), words::UNTIL_HALF_HOUR),
            (Until::In(60), words::UNTIL_HOUR),
            (Until::In(240), words::UNTIL_FOUR_HOURS),
            (Until::Midnight, words::UNTIL_TODAY),
        ];
        own.into_iter()
            .chain(fixed.map(|(until, words)| (until.key(), words.to_owned())))
            .collect::<Vec<_>>()
    });
    let change = move |key: String| {
        let until = match key.as_str() {
            "midnight" => Until::Midnight,
            "kept" => kept.get_untracked().map_or(Until::Never, Until::At),
            minutes => minutes.parse().map_or(Until::Never, Until::In),
        };
        draft.change_status(|it| it.2 = until);
    };
    view! {
        <Select
            label=words::STATUS_UNTIL
            name="status_until"
            value=Signal::derive(move || draft.status().2.key())
            options
            on_change=change
        />
    }
}

#[component]
fn EmojiButton(draft: Draft) -> impl IntoView {
    let open = RwSignal::new(false);
    let button = NodeRef::<html::Button>::new();
    let emoji = Memo::new(move |_| draft.status().0);
    let close = Callback::new(move |()| open.set(false));
    let choose = move |emoji: &str| {
        draft.change_status(|it| emoji.clone_into(&mut it.0));
        open.set(false);
    };
    let picker = move || {
        let anchor = open.get().then(|| button.get_untracked()).flatten()?;
        let anchor = Anchor::Element((*anchor).clone().into());
        Some(view! {
            <Popover anchor label=words::STATUS_EMOJI on_close=close placement=Placement::BelowStart>
                <div class="emoji-choice">
                    {COMMON
                        .into_iter()
                        .map(|it| {
                            view! {
                                <button
                                    type="button"
                                    class="emoji-choice__one emoji"
                                    aria-pressed=move || if emoji.get() == it { "true" } else { "false" }
                                    on:click=move |_| choose(it)
                                >
                                    {it}
                                </button>
                            }
                        })
                        .collect_view()}
                </div>
                <label class="emoji-choice__own">
                    <span class="field__label">{words::STATUS_EMOJI}</span>
                    <input
                        class="field__input"
                        maxlength="16"
                        autocomplete="off"
                        prop:value=emoji
                        on:input=move |event| {
                            let value = event_target_value(&event);
                            draft.change_status(|it| it.0 = value);
                        }
                        on:keydown=move |event| {
                            if event.key() == "Enter" {
                                event.prevent_default();
                                open.set(false);
                            }
                        }
                    />
                </label>
            </Popover>
        })
    };
    view! {
        <button
            type="button"
            class="icon-button status-fields__emoji"
            node_ref=button
            aria-label=words::STATUS_EMOJI
            aria-haspopup="dialog"
            aria-expanded=move || if open.get() { "true" } else { "false" }
            data-tip=words::STATUS_EMOJI
            on:click=move |_| open.update(|it| *it = !*it)
        >
            {move || {
                let emoji = emoji.get();
                if emoji.is_empty() { view! { <Icon glyph=Glyph::Smile /> } } else { view! { <span class="emoji">{emoji}</span> } }
            }}
        </button>
        {picker}
    }
}
