//! The timeline of one room: lines in a window, the scroll contract, reading, keys. What a line says is in `row`,
//! `system` and `ends`; where it stands is up to `engine`.

mod actions;
mod clock;
mod edit;
mod ends;
mod engine;
mod keys;
mod lines;
mod markup;
mod pills;
mod press;
mod reading;
mod room;
mod row;
mod scene;
mod state;
mod system;
mod window;

pub(crate) use clock::short as short_time;
pub(crate) use room::Room;
pub(crate) use scene::Scene;

use crate::view::{ev, html, prelude::*};
use crate::{
    dom::{
        measure::px,
        timers::{self, Timer},
    },
    ui::SkeletonRows,
    words_chat::timeline as words,
};
use actions::{Do, RowMenu};
use engine::{Goal, Piece};
use lines::{Line, LineId, Lines};
use model::{Action, Edge, Key, Map};
use press::LongPress;
use reading::Reader;
use shared::RoomId;
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::JsCast;
use web_sys::{Element, Node};

/// How long a row that was jumped to stays lit.
const FLASH_MS: i64 = 1_200;

/// Of so many rooms the heights of rows are remembered.
const REMEMBERED: usize = 30;

thread_local! {
    // Where one was in each room, for coming back to it; gone with the page.
    static PLACES: RefCell<Map<RoomId, Place>> = RefCell::default();
    // How high rows were in each room, so that the right ones are mounted at once.
    static HEIGHTS: RefCell<Map<RoomId, Map<LineId, f64>>> = RefCell::default();
}

/// Where one was when one left a room.
#[derive(Clone, Copy)]
struct Place {
    line: LineId,
    /// From the top of the view to the line.
    below: f64,
    /// The newest message then: with a newer one, what is new comes first.
    last_seq: i64,
}

fn last_seq(scene: Scene) -> i64 {
    scene
        .store
        .read(|model| model.room(scene.room).map_or(0, |room| room.last_seq))
}

/// Whether Tab reaches this line: it is the one with the focus, else the newest.
fn tab_index(scene: Scene, key: Key) -> &'static str {
    if scene.is.stop.is(key.0) { "0" } else { "-1" }
}

/// A room's messages.
#[component]
pub(crate) fn Timeline(scene: Scene) -> impl IntoView {
    let room = scene.room;
    let engine = scene.engine;
    let scroller = NodeRef::<html::Div>::new();
    let column = NodeRef::<html::Div>::new();
    let list = NodeRef::<html::Ol>::new();
    let name = scene.name();
    let loaded = Memo::new(move |_| scene.view.with(|view| view.loaded));
    let busy = Memo::new(move |_| {
        scene
            .view
            .with(|view| view.before == Edge::Loading || view.after == Edge::Loading)
    });

    follow_lines(scene);
    follow_target(scene);
    read_along(scene);
    Effect::new(move |_| {
        if let (Some(scroller), Some(column), Some(list)) =
            (scroller.get(), column.get(), list.get())
        {
            // To attach has the page lay itself out: once, when all else that the new room changes is in it.
            queue_microtask(move || engine.attach(&scroller, &column, &list));
        }
    });
    on_cleanup(move || {
        HEIGHTS.with_borrow_mut(|heights| {
            heights.insert(room, engine.measured());
            if heights.len() > REMEMBERED {
                heights.clear();
            }
        });
        let last_seq = last_seq(scene);
        PLACES.with_borrow_mut(|places| match engine.place() {
            Some((line, below)) => places.insert(
                room,
                Place {
                    line,
                    below,
                    last_seq,
                },
            ),
            None => places.remove(&room),
        });
    });

    let does = Do::new(scene);
    let press = LongPress::new(scene);
    let pieces = move || {
        view! {
            <For each=move || engine.pieces.get() key=|piece| *piece let:piece>
                {draw(scene, piece)}
            </For>
        }
    };
    view! {
        <div class="timeline" aria-busy=move || busy.get().to_string()>
            <pills::NewAbove scene />
            <pills::WayDown scene />
            <div
                node_ref=scroller
                class="timeline__scroll"
                on:scroll=move |_| {
                    press.gone();
                    engine.scrolled();
                }
            >
                {move || {
                        (!loaded.get())
                        .then(|| view! { <div class="timeline__waiting"><SkeletonRows rows=6 /></div> })
                }}
                <div
                    node_ref=column
                    class="timeline__column"
                    class:timeline__column--waiting=move || !loaded.get()
                >
                    <ol
                        node_ref=list
                        id="messages"
                        class="timeline__rows"
                        role="list"
                        aria-label=move || words::messages_in(&name.get())
                        data-region-focus=""
                        on:keydown=move |event| keys::on_key(scene, does, &event)
                        on:pointerover=move |event| hover(scene, &event)
                        on:pointerleave=move |_| scene.hovered.set(None)
                        on:focusin=move |event| focus_in(scene, &event)
                        on:focusout=move |event| focus_out(scene, &event)
                        on:pointerdown=move |event| press.down(&event)
                        on:pointermove=move |event| press.moved(&event)
                        on:pointerup=move |_| press.gone()
                        on:pointercancel=move |_| press.gone()
                        on:touchend=move |event| press.ended(&event)
                        on:contextmenu=move |event| press.context_menu(&event)
                    >
                        {pieces}
                    </ol>
                </div>
            </div>
            <RowMenu scene />
        </div>
    }
}

/// One piece of the list.
fn draw(scene: Scene, piece: Piece) -> View {
    let id = match piece {
        Piece::Gap(_, height) => {
            let height = px(f64::from(height));
            return view! { <li class="timeline__gap" aria-hidden="true" style:height=height></li> };
        }
        Piece::Line(id) => id,
    };
    let line = |inner: View| {
        view! {
            <li id=id.dom() class="timeline__row" aria-setsize="-1">
                {inner}
            </li>
        }
    };
    match id {
        LineId::Top => line(view! { <ends::Top scene /> }),
        LineId::Bottom => line(view! { <ends::Bottom scene /> }),
        LineId::New => line(view! {
            <div class="timeline__new" role="separator" aria-label=words::NEW>
                <span class="timeline__new-label" aria-hidden="true">
                    {words::NEW}
                </span>
            </div>
        }),
        LineId::Day(_) => line(day(scene, id)),
        LineId::Row(key) => {
            let system =
                scene.lines(|lines| lines.get(id).is_some_and(|line| !line.system.is_empty()));
            line(if system {
                view! { <system::SystemRow scene key /> }
            } else {
                view! { <row::MessageRow scene key /> }
            })
        }
    }
}

fn day(scene: Scene, id: LineId) -> View {
    let at = scene.lines(|lines| lines.get(id).map(|line| line.at).unwrap_or_default());
    let says = move || {
        scene.today.track();
        clock::day_words(at, scene.store.now())
    };
    view! {
        <div class="timeline__day">
            <h2 class="timeline__day-words">{says}</h2>
        </div>
    }
}

/// Gives the lines to the engine, and says where to begin.
fn follow_lines(scene: Scene) {
    let room = scene.room;
    let lay_out = move || {
        let change = |lines: &mut Lines| {
            let view = scene.view.get_untracked();
            scene.store.read(|model| lines.lay_out(model, room, &view))
        };
        let entry = || {
            let (target, new_line) = scene
                .view
                .with_untracked(|view| (view.target, view.new_line.and_then(|line| line.above)));
            let place = PLACES
                .with_borrow(|places| places.get(&room).copied())
                .filter(|place| place.last_seq == last_seq(scene));
            match (target, new_line, place) {
                (Some(key), _, _) => Goal::Centre(LineId::Row(key)),
                (None, _, Some(place)) => Goal::At(place.line, place.below),
                (None, Some(_), None) => Goal::Upper(LineId::New),
                (None, None, None) => Goal::End,
            }
        };
        let others = scene.engine.change_lines(change, entry);
        others.iter().flatten().for_each(ArcTrigger::notify);
        let latest = scene.lines(Lines::latest);
        if scene.latest.get_untracked() != latest {
            scene.latest.set(latest);
        }
    };
    let heights = HEIGHTS.with_borrow_mut(|heights| heights.remove(&room));
    scene.engine.remember(heights.unwrap_or_default());
    // At once, so that the first paint has the rows; then at every change.
    lay_out();
    let laid = StoredValue::new(scene.view.get_untracked());
    Effect::new(move |_| {
        let view = scene.view.get();
        if laid.with_value(|laid| *laid != view) {
            laid.set_value(view);
            untrack(lay_out);
        }
    });
    scene.engine.listen_edges(move |up| {
        let edge = scene
            .view
            .with_untracked(|view| if up { view.before } else { view.after });
        if edge == Edge::More {
            scene.store.act(if up {
                Action::LoadBefore(room)
            } else {
                Action::LoadAfter(room)
            });
        }
    });
}

/// Goes where the model wants one to look, and lights it.
fn follow_target(scene: Scene) {
    let target = Memo::new(move |_| scene.view.with(|view| view.target));
    let timer = StoredValue::new(None::<Timer>);
    Effect::new(move |_| {
        let Some(key) = target.get() else { return };
        let id = scene.lines(|lines| line_of(lines, key));
        let Some(id) = id else { return };
        scene.engine.go(Goal::Centre(id));
        scene.flash.set(Some(key));
        timer.set_value(timers::after(FLASH_MS, move || {
            scene.flash.try_set(None);
        }));
        scene.store.act(Action::Jumped(scene.room));
    });
}

/// The line that a row stands in; a run of system lines has several rows.
fn line_of(lines: &Lines, key: Key) -> Option<LineId> {
    let own = LineId::Row(key);
    let holds = |line: &&Line| line.system.contains(&key);
    lines
        .get(own)
        .or_else(|| lines.list.iter().find(holds))
        .map(|line| line.id)
}

/// Notes what has been read.
fn read_along(scene: Scene) {
    let reader = Reader::new(scene.store, scene.room);
    let seeing = reader.clone();
    scene.engine.listen(move |seen, view| {
        scene.lines(|lines| seeing.look(seen, view, lines));
    });
    let pausing = Rc::new(reader);
    let back = window_event_listener(ev::focus, move |_| scene.engine.scrolled());
    let away = window_event_listener(ev::blur, move |_| pausing.pause());
    on_cleanup(move || {
        back.remove();
        away.remove();
    });
}

fn hover(scene: Scene, event: &ev::PointerEvent) {
    if event.pointer_type() == "touch" || scene.is_gone() {
        return;
    }
    let over = keys::line_at(event.target()).map(|(id, _)| id);
    if scene.hovered.get_untracked() != over {
        scene.hovered.set(over);
    }
}

fn focus_in(scene: Scene, event: &ev::FocusEvent) {
    if scene.is_gone() {
        return;
    }
    let Some((id, _)) = keys::line_at(event.target()) else {
        return;
    };
    if scene.focused.get_untracked() != Some(id) {
        scene.focused.set(Some(id));
    }
    scene.engine.keep(Some(id));
}

fn focus_out(scene: Scene, event: &ev::FocusEvent) {
    // Taking the row with the focus out of the page brings this about, too.
    if scene.is_gone() {
        return;
    }
    let to: Option<Element> = event.related_target().and_then(|it| it.dyn_into().ok());
    let Some((id, line)) = keys::line_at(event.target()) else {
        return;
    };
    if to
        .as_ref()
        .is_some_and(|to| line.contains(Some(to.unchecked_ref::<Node>())))
    {
        return;
    }
    keys::left(&line);
    let stays = to.is_some_and(|to| to.closest(".timeline__rows").ok().flatten().is_some());
    if !stays && scene.focused.get_untracked() == Some(id) {
        scene.focused.set(None);
        let editing = scene
            .editing
            .with_untracked(|editing| editing.as_ref().map(|it| LineId::Row(it.key)));
        scene.engine.keep(editing);
    }
}
