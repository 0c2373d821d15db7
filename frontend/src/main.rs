//! Confab's client. Starts the app, and says so when it breaks.

#![expect(
    unreachable_pub,
    reason = "the component macro of leptos makes the types of its props public"
)]

mod app;
mod crash;
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
mod words;
mod words_chat;

fn main() {
    crash::watch();
    leptos::mount::mount_to_body(app::App);
}
