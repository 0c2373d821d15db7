//! "Are you sure", asked by name of the thing. One question at a time, over whatever is open.

use super::{Button, ButtonKind, Dialog};
use crate::view::prelude::*;
use std::rc::Rc;

/// A question with two answers. The buttons say what they do: "Delete Office keys", "Keep it".
#[derive(Clone)]
pub(crate) struct Question {
    /// What is asked.
    pub(crate) title: String,
    /// What would happen.
    pub(crate) text: String,
    /// The button that does it.
    pub(crate) yes: String,
    /// The button that does not.
    pub(crate) no: String,
    /// Whether something goes for good.
    pub(crate) danger: bool,
}

type Asked = (Question, Rc<dyn Fn()>);

/// Asks questions; from [`use_confirm`].
#[derive(Clone, Copy)]
pub(crate) struct Confirm(RwSignal<Option<Asked>>);

impl Confirm {
    /// Puts it into the context for everything below.
    pub(crate) fn provide() {
        provide_context(Self(RwSignal::new(None)));
    }

    /// Shows the question; `yes` runs when it is answered so.
    pub(crate) fn ask(self, question: Question, yes: impl Fn() + 'static) {
        self.0.set(Some((question, Rc::new(yes))));
    }
}

/// The one who asks.
pub(crate) fn use_confirm() -> Confirm {
    expect_context()
}

/// Where the question appears; mounted once.
#[component]
pub(crate) fn ConfirmLayer() -> impl IntoView {
    let confirm = use_confirm();
    let close = Callback::new(move |()| confirm.0.set(None));
    move || {
        confirm.0.get().map(|(question, yes)| {
            let yes = StoredValue::new(yes);
            let kind = if question.danger {
                ButtonKind::Danger
            } else {
                ButtonKind::Primary
            };
            view! {
                <Dialog label=question.title.clone() on_close=close>
                    <div class="dialog__head">
                        <h2 class="dialog__title" tabindex="-1" dir="auto">
                            {question.title}
                        </h2>
                    </div>
                    <div class="dialog__body">
                        <p class="dialog__text">{question.text}</p>
                    </div>
                    <div class="dialog__foot">
                        <Button kind=ButtonKind::Quiet on:click=move |_| close.run(())>
                            {question.no}
                        </Button>
                        <Button
                            kind
                            on:click=move |_| {
                                let yes = yes.get_value();
                                close.run(());
                                yes();
                            }
                        >
                            {question.yes}
                        </Button>
                    </div>
                </Dialog>
            }
        })
    }
}
