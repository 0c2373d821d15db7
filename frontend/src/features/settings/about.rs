//! The tab About: whose place this is, what it runs on.

use crate::server::use_server;
use crate::ui::Mark;
use crate::view::prelude::*;
use crate::words;

/// Name, version, thanks.
#[component]
pub(crate) fn About() -> impl IntoView {
    let server = use_server();
    let version = move || {
        server
            .known()
            .with(|it| it.as_ref().map(|it| it.version.clone()))
    };
    view! {
        <div class="settings__body scrolls">
            <div class="about">
                <Mark />
                <div>
                    <p class="about__name">{words::PRODUCT}</p>
                    <p class="settings__note">
                        {move || version().map(|version| format!("{} {version}", words::ABOUT_VERSION))}
                    </p>
                </div>
            </div>
            <p>{words::ABOUT_TEXT}</p>
            <p class="settings__note">{words::ABOUT_THANKS}</p>
            <p>
                <a class="link" href="/docs" target="_blank" rel="noopener">
                    {words::ABOUT_DOCS}
                </a>
            </p>
        </div>
    }
}
