//! What counts as read: a row at least half in sight for a second, in a window that has the focus.

use super::{engine::Seen, lines::Lines};
use crate::{
    dom::{
        timers::{self, Timer},
        visibility,
    },
    store::Store,
};
use model::{Action, Map};
use shared::RoomId;
use std::{cell::RefCell, rc::Rc};

const READ_MS: i64 = 1_000;

#[derive(Default)]
struct State {
    since: Map<i64, i64>,
    timer: Option<Timer>,
}

/// Watches one room being read.
#[derive(Clone)]
pub(crate) struct Reader {
    store: Store,
    room: RoomId,
    state: Rc<RefCell<State>>,
}

impl Reader {
    pub(crate) fn new(store: Store, room: RoomId) -> Self {
        Self {
            store,
            room,
            state: Rc::default(),
        }
    }

    /// Takes what is in sight now.
    pub(crate) fn look(&self, seen: &[Seen], view: f64, lines: &Lines) {
        let mut state = self.state.borrow_mut();
        if !visibility::focused() {
            state.since.clear();
            state.timer = None;
            return;
        }
        let read = self.read_seq();
        let now = timers::now_ms();
        let visible: Vec<i64> = seen
            .iter()
            .filter(|seen| half(seen, view))
            .filter_map(|seen| lines.get(seen.id).map(|line| line.seq))
            .filter(|seq| *seq > read)
            .collect();
        state.since.retain(|seq, _| visible.contains(seq));
        for seq in visible {
            state.since.get_or_insert_with(seq, || now);
        }
        drop(state);
        self.settle(now);
    }

    /// The focus has left the window: what was in sight begins anew.
    pub(crate) fn pause(&self) {
        let mut state = self.state.borrow_mut();
        state.since.clear();
        state.timer = None;
    }

    fn read_seq(&self) -> i64 {
        self.store.read(|model| {
            model
                .room(self.room)
                .and_then(|room| room.my.as_ref())
                .map_or(i64::MAX, |my| my.read_seq)
        })
    }

    /// Tells what has been in sight long enough, and waits for the rest.
    fn settle(&self, now: i64) {
        let mut state = self.state.borrow_mut();
        let due = |since: &i64| now - since >= READ_MS;
        let seq = state
            .since
            .iter()
            .filter(|(_, since)| due(since))
            .map(|(seq, _)| *seq)
            .max();
        state.since.retain(|_, since| !due(since));
        let next = state.since.values().min().copied();
        state.timer = next.and_then(|since| {
            let reader = self.clone();
            timers::after(since + READ_MS - now, move || {
                // The timer must not drop itself while it runs.
                let spent = reader.state.borrow_mut().timer.take();
                reader.settle(timers::now_ms());
                leptos::prelude::queue_microtask(move || drop(spent));
            })
        });
        drop(state);
        if let Some(seq) = seq
            && seq > self.read_seq()
        {
            self.store.act(Action::Read {
                room: self.room,
                seq,
            });
        }
    }
}

/// At least half of the row is in sight, or it fills half of the view.
fn half(seen: &Seen, view: f64) -> bool {
    let visible = seen.bottom.min(view) - seen.top.max(0.0);
    visible > 0.0 && (visible * 2.0 >= seen.bottom - seen.top || visible * 2.0 >= view)
}
