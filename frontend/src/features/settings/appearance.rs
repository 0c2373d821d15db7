//! The tab Appearance: how this device shows and types things. Everything holds at once.

use crate::prefs::{TEXT_SIZES, Theme, use_prefs};
use crate::ui::{Avatar, AvatarSize, Choice, Glyph, Icon, Segmented, Switch};
use crate::view::prelude::*;
use crate::words;
use shared::UserId;

/// Theme, text, density, clock, motion, Enter.
#[component]
pub(crate) fn Appearance() -> impl IntoView {
    let prefs = use_prefs();
    let themes = vec![
        Choice::new("system", words::THEME_SYSTEM)
            .picture(|| view! { <Icon glyph=Glyph::Monitor small=true /> }),
        Choice::new("light", words::THEME_LIGHT)
            .picture(|| view! { <Icon glyph=Glyph::Sun small=true /> }),
        Choice::new("dark", words::THEME_DARK)
            .picture(|| view! { <Icon glyph=Glyph::Moon small=true /> }),
    ];
    let theme = Signal::derive(move || {
        prefs
            .chosen()
            .theme
            .map_or("system", Theme::as_str)
            .to_owned()
    });
    let set_theme = move |key: String| {
        prefs.change(|it| {
            it.theme = match key.as_str() {
                "light" => Some(Theme::Light),
                "dark" => Some(Theme::Dark),
                _ => None,
            };
        });
    };
    let sizes = TEXT_SIZES
        .map(|size| Choice::new(size.to_string(), size.to_string()))
        .to_vec();
    let densities = vec![
        Choice::new("comfortable", words::DENSITY_COMFORTABLE),
        Choice::new("compact", words::DENSITY_COMPACT),
    ];
    let enter = vec![
        Choice::new("sends", words::ENTER_SENDS),
        Choice::new("breaks", words::ENTER_BREAKS),
    ];
    view! {
        <div class="settings__body scrolls">
            <Segmented label=words::THEME name="theme" choices=themes value=theme on_change=set_theme />
            <Segmented
                label=words::TEXT_SIZE
                name="text"
                choices=sizes
                value=Signal::derive(move || prefs.chosen().text.to_string())
                on_change=move |key: String| prefs.change(|it| it.text = key.parse().unwrap_or(it.text))
            />
            <div class="settings__sample">
                <Avatar id=UserId(5) name=words::TEXT_SAMPLE_NAME size=AvatarSize::Message />
                <div>
                    <p class="settings__sample-name">{words::TEXT_SAMPLE_NAME}</p>
                    <p>{words::TEXT_SAMPLE}</p>
                </div>
            </div>
            <Segmented
                label=words::DENSITY
                name="density"
                choices=densities
                value=Signal::derive(move || if prefs.compact() { "compact" } else { "comfortable" }.to_owned())
                on_change=move |key: String| prefs.change(|it| it.compact = key == "compact")
            />
            <Segmented
                label=words::ENTER
                name="enter"
                choices=enter
                value=Signal::derive(move || if prefs.enter_sends() { "sends" } else { "breaks" }.to_owned())
                on_change=move |key: String| prefs.change(|it| it.enter_sends = Some(key == "sends"))
            />
            <Switch
                label=words::CLOCK
                checked=Signal::derive(move || prefs.clock24())
                on_change=move |on| prefs.change(|it| it.clock24 = Some(on))
            />
            <Switch
                label=words::STILL
                hint=words::STILL_HINT
                checked=Signal::derive(move || prefs.chosen().still)
                on_change=move |on| prefs.change(|it| it.still = on)
            />
        </div>
    }
}
