//! The tab Keyboard: the map of what exists, searchable.

use crate::dom::shortcuts::{Entry, MAP, Section};
use crate::ui::{Glyph, Kbd, TextField};
use crate::view::prelude::*;
use crate::words;

/// The map.
#[component]
pub(crate) fn Keyboard() -> impl IntoView {
    let wanted = RwSignal::new(String::new());
    let found = move |section: Section| {
        let wanted = wanted.get().trim().to_lowercase();
        let fits = |entry: &&Entry| {
            entry.section == section
                && (entry.words.to_lowercase().contains(&wanted) || entry.keys.contains(&wanted))
        };
        MAP.iter().filter(fits).collect::<Vec<_>>()
    };
    let nothing = move || {
        Section::ALL
            .into_iter()
            .all(|section| found(section).is_empty())
    };
    let sections = Section::ALL
        .into_iter()
        .map(|section| {
            move || {
                let entries = found(section);
                (!entries.is_empty()).then(|| {
                    view! {
                        <section class="keys">
                            <h3 class="keys__title">{section.title()}</h3>
                            <ul>{entries.into_iter().map(|entry| view! { <Line entry /> }).collect_view()}</ul>
                        </section>
                    }
                })
            }
        })
        .collect_view();
    view! {
        <div class="settings__body scrolls">
            <TextField label=words::KEYS_SEARCH name="keys" kind="search" value=wanted glyph=Glyph::Search />
            {sections}
            <p class="settings__note" role="status">
                {move || nothing().then_some(words::KEYS_NONE)}
            </p>
        </div>
    }
}

#[component]
fn Line(entry: &'static Entry) -> impl IntoView {
    view! {
        <li class="keys__line">
            <span class="keys__words">{entry.words}</span>
            <span class="keys__caps">
                {entry.keys.split(' ').map(|keys| view! { <Kbd keys /> }).collect_view()}
            </span>
        </li>
    }
}
