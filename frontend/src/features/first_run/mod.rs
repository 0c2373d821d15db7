//! A fresh server: your account, the place's name and rooms, its address to share. Under a minute.

mod preview;
mod shape;
mod share;

use crate::app::SettingUp;
use crate::features::entry::{Account, AccountFields, BrandShape};
use crate::server::use_server;
use crate::ui::{Button, FormError, Mark};
use crate::view::prelude::*;
use crate::words;
use preview::Preview;
use shape::{NamePlace, Shape};
use share::Share;

const STEPS: usize = 3;

/// The three steps beside a live preview of the room list.
#[component]
pub(crate) fn Steps() -> impl IntoView {
    let setting_up: SettingUp = expect_context();
    let account_made = untrack(|| setting_up.get());
    let step = RwSignal::new(if account_made { 2_usize } else { 1 });
    let account = Account::new();
    let shape = Shape::new();
    view! {
        <div class="first-run__card">
            <div class="first-run__side">
                <div class="first-run__step">
                    <Progress step />
                    {move || match step.get() {
                        1 => view! { <YourAccount account step /> },
                        2 => view! { <NamePlace shape step /> },
                        _ => view! { <Share shape /> },
                    }}
                </div>
            </div>
            <div class="first-run__brand">
                <BrandShape />
                <Preview shape account />
            </div>
        </div>
    }
}

#[component]
fn Progress(step: RwSignal<usize>) -> impl IntoView {
    view! {
        <div class="first-run__progress">
            <Mark />
            {(1..=STEPS)
                .map(|at| {
                    view! {
                        <span
                            class="first-run__bar"
                            class:first-run__bar--done=move || { step.get() >= at }
                            aria-hidden="true"
                        ></span>
                    }
                })
                .collect_view()}
            <span>{move || words::step_of(step.get(), STEPS)}</span>
        </div>
    }
}

#[component]
fn YourAccount(account: Account, step: RwSignal<usize>) -> impl IntoView {
    let server = use_server().known();
    let code = Signal::derive(move || {
        server.with(|it| it.as_ref().is_some_and(|it| it.setup_code_required))
    });
    let setting_up: SettingUp = expect_context();
    let submit = move |event| {
        account.submit(
            &event,
            move || setting_up.set(true),
            move || setting_up.set(false),
            move || step.set(2),
        );
    };
    view! {
        <form class="first-run__form" novalidate=true on:submit=submit>
            <div>
                <h1 class="entry__title">{words::WELCOME_ACCOUNT}</h1>
                <p class="entry__sub">{words::WELCOME_ACCOUNT_TEXT}</p>
            </div>
            <FormError text=account.error() />
            <AccountFields account setup_code=code />
            <div class="first-run__foot">
                <span class="spacer"></span>
                <Button submit=true large=true busy=account.busy()>
                    {words::CONTINUE}
                </Button>
            </div>
        </form>
    }
}
