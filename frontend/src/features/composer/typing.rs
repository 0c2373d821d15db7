//! Who is typing, in a slot of fixed height so that nothing moves.

use crate::view::prelude::*;
use crate::{
    features::{people::name_followed, timeline::Scene},
    words_chat::composer as words,
};
use model::Slice;

#[component]
pub(super) fn TypingSlot(scene: Scene) -> impl IntoView {
    let room = scene.room;
    let who = scene
        .store
        .select(Slice::Typing(room), move |model| model.typing(room));
    let says = Memo::new(move |_| {
        let names: Vec<String> = who
            .get()
            .into_iter()
            .map(|user| name_followed(scene.store, user))
            .collect();
        words::typing(&names)
    });
    view! {
        <div class="composer__typing" aria-hidden="true">
            {move || {
                (!says.with(String::is_empty))
                    .then(|| {
                        view! {
                            <span class="composer__dots">
                                <i></i>
                                <i></i>
                                <i></i>
                            </span>
                            <span class="composer__typing-words" dir="auto">
                                {says}
                            </span>
                        }
                    })
            }}
        </div>
    }
}
