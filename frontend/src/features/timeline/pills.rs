//! The pills over the timeline: what is new above, and the way back down.

use super::{clock, engine::Goal, lines::LineId, scene::Scene};
use crate::view::prelude::*;
use crate::{
    ui::{Glyph, Icon, Pill},
    words_chat::timeline as words,
};
use model::{Action, Edge, Slice};

/// "12 new since 09:14", while the New line is out of sight above.
#[component]
pub(crate) fn NewAbove(scene: Scene) -> impl IntoView {
    let room = scene.room;
    let new_line = Memo::new(move |_| scene.view.with(|view| view.new_line));
    let says = move || {
        let line = new_line.get()?;
        let out_of_sight = line.above.is_none() || scene.engine.sight.get().new_above;
        out_of_sight.then(|| match line.since {
            Some(since) => words::new_since(line.count, &clock::time(since, scene.clock24.get())),
            None => words::new_above(line.count),
        })
    };
    let go = move |_| {
        let Some(line) = new_line.get_untracked() else {
            return;
        };
        if line.above.is_some() {
            scene.engine.go(Goal::Upper(LineId::New));
        } else {
            scene.store.act(Action::JumpToSeq {
                room,
                seq: line.after_seq + 1,
            });
        }
    };
    move || {
        says().map(|says| {
            view! {
                <div class="timeline__float timeline__float--top">
                    <button type="button" class="timeline__pill timeline__pill--new" on:click=go>
                        {says}
                        <Icon glyph=Glyph::ArrowUp small=true />
                    </button>
                </div>
            }
        })
    }
}

/// "Jump to latest", and after going to an original, the way back to the reply.
#[component]
pub(crate) fn WayDown(scene: Scene) -> impl IntoView {
    let room = scene.room;
    let away = Memo::new(move |_| {
        let more = scene
            .view
            .with(|view| view.loaded && view.after != Edge::Reached);
        more || !scene.engine.sight.get().at_end
    });
    let unread = scene.store.select(Slice::Room(room), move |model| {
        model
            .room(room)
            .and_then(|room| room.my.as_ref())
            .map_or(0, |my| my.unread)
    });
    let back = move || {
        let message = scene.came_from.get()?;
        let go = move |_| {
            scene.came_from.set(None);
            scene.store.act(Action::JumpToMessage { room, message });
        };
        Some(view! {
            <button type="button" class="timeline__pill" on:click=go>
                <Icon glyph=Glyph::Undo2 small=true />
                {words::BACK}
            </button>
        })
    };
    move || {
        away.get().then(|| {
            view! {
                <div class="timeline__float timeline__float--bottom">
                    {back}
                    <button type="button" class="timeline__pill" on:click=move |_| scene.to_latest()>
                        <Icon glyph=Glyph::ArrowDown small=true />
                        {words::JUMP}
                        <Pill count=unread />
                    </button>
                </div>
            }
        })
    }
}
