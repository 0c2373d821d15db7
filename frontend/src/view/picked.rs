//! Which of many is the one: where the focus is, what is open, which room one is in. Each of the many asks for itself, and
//! when another becomes the one, only those two hear of it, however many there are.

use super::{
    effect,
    state::{RwSignal, StoredValue},
};
use leptos::prelude::{ArcTrigger, Notify as _, Track as _, untrack};

/// See the file. Copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Picked(StoredValue<Picking>);

struct Picking {
    now: Option<u64>,
    /// Those that asked, until they hear of something, in order.
    asked: Vec<(u64, ArcTrigger)>,
}

impl Picking {
    fn find(&self, one: u64) -> Result<usize, usize> {
        self.asked.binary_search_by_key(&one, |(it, _)| *it)
    }
}

impl Picked {
    /// Follows what `which` says, for as long as the owner of now.
    pub(crate) fn new(which: impl Fn() -> Option<u64> + 'static) -> Self {
        let picked = Self(StoredValue::new(Picking {
            now: None,
            asked: Vec::new(),
        }));
        effect::now(Box::new(move || {
            let which = which();
            let heard = picked.0.try_update_value(|picking| {
                let before = std::mem::replace(&mut picking.now, which);
                let concerned = [before, which].into_iter().flatten();
                concerned
                    .filter(|_| before != which)
                    .filter_map(|one| picking.find(one).ok().map(|at| picking.asked.remove(at).1))
                    .collect::<Vec<_>>()
            });
            untrack(|| heard.iter().flatten().for_each(ArcTrigger::notify));
        }));
        picked
    }

    /// Follows a signal.
    pub(crate) fn of<T: Clone + 'static>(
        signal: RwSignal<Option<T>>,
        name: impl Fn(&T) -> Option<u64> + 'static,
    ) -> Self {
        Self::new(move || signal.with(|now| now.as_ref().and_then(&name)))
    }

    /// Whether it is this one, followed.
    pub(crate) fn is(self, one: u64) -> bool {
        let asked = self.0.try_update_value(|picking| {
            let at = picking.find(one).unwrap_or_else(|at| {
                picking.asked.insert(at, (one, ArcTrigger::new()));
                at
            });
            (picking.asked[at].1.clone(), picking.now == Some(one))
        });
        asked.is_some_and(|(trigger, is)| {
            trigger.track();
            is
        })
    }
}
