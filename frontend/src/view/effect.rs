//! What runs when signals change. Leptos makes a task of each effect, with a channel of its own to wake it; a row of the
//! page has two dozen effects, and making them cost more than the row. Here those that are due stand in one queue, which
//! is emptied before the browser goes on. Knows nothing of the page.

use leptos::{
    prelude::{Owner, on_cleanup, queue_microtask},
    reactive::graph::{AnySource, AnySubscriber, ReactiveNode, Source, Subscriber, WithObserver},
};
use send_wrapper::SendWrapper;
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    sync::{Arc, Weak},
};

thread_local! {
    /// Those that are due, in the order in which they became so.
    static DUE: RefCell<VecDeque<Weak<Running>>> = const { RefCell::new(VecDeque::new()) };
    /// Whether the queue is going to be emptied.
    static WOKEN: Cell<bool> = const { Cell::new(false) };
}

/// Runs `run` now and whenever a signal that it reads changes, until the owner of now goes.
pub(super) fn now(run: Box<dyn FnMut()>) {
    Running::new(run).run();
}

/// The same, but for the first time when what goes on now is done.
pub(super) fn soon(run: Box<dyn FnMut()>) {
    Running::new(run).mark_dirty();
}

/// An effect. All of it lives on the page's one thread.
struct Running(SendWrapper<Parts>);

struct Parts {
    me: Weak<Running>,
    run: RefCell<Box<dyn FnMut()>>,
    owner: Owner,
    sources: RefCell<Vec<AnySource>>,
    dirty: Cell<bool>,
    due: Cell<bool>,
}

impl Running {
    fn new(run: Box<dyn FnMut()>) -> Arc<Self> {
        let effect = Arc::new_cyclic(|me| {
            Self(SendWrapper::new(Parts {
                me: Weak::clone(me),
                run: RefCell::new(run),
                owner: Owner::new(),
                sources: RefCell::default(),
                dirty: Cell::new(false),
                due: Cell::new(false),
            }))
        });
        let kept = Arc::clone(&effect);
        on_cleanup(move || drop(kept));
        effect
    }

    fn run(&self) {
        let subscriber = AnySubscriber(self.0.me.as_ptr() as usize, self.0.me.clone());
        subscriber.clear_sources(&subscriber);
        self.0.owner.with_cleanup(|| {
            subscriber.with_observer(|| (self.0.run.borrow_mut())());
        });
    }

    fn queue(&self) {
        if self.0.due.replace(true) {
            return;
        }
        DUE.with_borrow_mut(|due| due.push_back(self.0.me.clone()));
        if !WOKEN.replace(true) {
            queue_microtask(run_due);
        }
    }
}

/// Runs those that are due, and those that become so by it.
fn run_due() {
    while let Some(next) = DUE.with_borrow_mut(VecDeque::pop_front) {
        // One whose owner has gone meanwhile is gone, too.
        let Some(effect) = next.upgrade() else {
            continue;
        };
        effect.0.due.set(false);
        if effect.update_if_necessary() {
            effect.run();
        }
    }
    WOKEN.set(false);
}

impl ReactiveNode for Running {
    fn mark_dirty(&self) {
        self.0.dirty.set(true);
        self.queue();
    }

    fn mark_check(&self) {
        self.queue();
    }

    fn mark_subscribers_check(&self) {}

    fn update_if_necessary(&self) -> bool {
        if self.0.dirty.replace(false) {
            return true;
        }
        let sources = self.0.sources.borrow().clone();
        sources.iter().any(ReactiveNode::update_if_necessary)
    }
}

impl Subscriber for Running {
    fn add_source(&self, source: AnySource) {
        let mut sources = self.0.sources.borrow_mut();
        if !sources.contains(&source) {
            sources.push(source);
        }
    }

    fn clear_sources(&self, subscriber: &AnySubscriber) {
        for source in self.0.sources.take() {
            source.remove_subscriber(subscriber);
        }
    }
}
