//! Confab's client. Starts the app, and says so when it breaks.

#![expect(
    unreachable_pub,
    reason = "the component macro of leptos makes the types of its props public"
)]

mod app;
mod dom;
mod failure;
mod features;
mod net;
mod pages;
mod place;
mod prefs;
mod server;
mod store;
mod ui;
mod view;
mod words;
mod words_chat;

fn main() {
    // A release build has no words left for a panic; `index.html` shows that something broke.
    #[cfg(debug_assertions)]
    console_error_panic_hook::set_once();
    view::mount(app::App);
}
