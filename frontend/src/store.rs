//! The only bridge between the pure model and the views: takes inputs, runs effects, wakes what depends on a changed
//! slice. `dispatch` is a function, never a signal: signals conflate, inputs must not be lost.

mod calls;
mod keep;

use crate::view::prelude::*;
use crate::{
    dom::{timers, visibility},
    net::{api, session, socket},
};
use leptos::task::spawn_local;
use model::{
    Action, Effect, Epoch, Input, Map, Model, Notice, PageEvent, Save, Slice, SocketEvent,
};
use session::SessionEvent;
use shared::{RoomId, Timestamp};
use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::Rc,
};
use wasm_bindgen::{JsCast, prelude::Closure};

/// Beyond so many triggers those of views that are gone are thrown out.
const TRIGGERS: usize = 4_000;
/// The last state on screen is kept at most so often.
const SNAPSHOT_MS: i64 = 60_000;

type Listener = Rc<dyn Fn(Notice)>;

struct Inner {
    model: RefCell<Model>,
    triggers: RefCell<Map<Slice, ArcTrigger>>,
    queue: RefCell<VecDeque<Input>>,
    applying: Cell<bool>,
    touched: RefCell<Vec<Slice>>,
    painting: Cell<bool>,
    wake: RefCell<Option<timers::Timer>>,
    listeners: RefCell<Vec<Listener>>,
    kept_at: Cell<i64>,
}

/// A handle to the client's state; copy it freely.
#[derive(Clone, Copy)]
pub(crate) struct Store(StoredValue<Rc<Inner>>);

/// Makes the store and puts it into the context. To be called once, at the root.
pub(crate) fn provide_store() -> Store {
    let store = Store(StoredValue::new(Rc::new(Inner {
        model: RefCell::new(Model::new(keep::random_u64())),
        triggers: RefCell::default(),
        queue: RefCell::default(),
        applying: Cell::new(false),
        touched: RefCell::default(),
        painting: Cell::new(false),
        wake: RefCell::default(),
        listeners: RefCell::default(),
        kept_at: Cell::new(0),
    })));
    provide_context(store);
    store
}

/// The store of the context.
pub(crate) fn use_store() -> Store {
    expect_context()
}

impl Store {
    fn inner(self) -> Rc<Inner> {
        self.0.get_value()
    }

    /// Listens to page and tabs, then finds out who is signed in. To be called once, after `provide_store`.
    pub(crate) fn start(self) {
        keep::hold_tab();
        visibility::watch(move |event| {
            self.dispatch(Input::Page(event));
            if matches!(event, PageEvent::Leaving | PageEvent::Blurred) {
                self.keep_snapshot();
            }
        });
        session::listen(move |event| match event {
            SessionEvent::Ended => self.dispatch(Input::SessionEnded),
            SessionEvent::SignedOut => {
                self.dispatch(Input::SignedOut);
                spawn_local(crate::dom::storage::wipe());
            }
            SessionEvent::Changed => {
                if let Some(window) = web_sys::window() {
                    // Someone else's page: begin from nothing.
                    let _ = window.location().reload();
                }
            }
        });
        spawn_local(async move {
            if let Some(user) = session::last_user() {
                let restored = keep::restore(user).await;
                self.dispatch(Input::Restore(Box::new(restored)));
            }
            self.resume().await;
        });
    }

    /// Finds out by cookie who is signed in; tries again until the server says.
    async fn resume(self) {
        let mut wait_ms = 1_000;
        loop {
            match session::resume().await {
                Ok(Some(me)) => return self.dispatch(Input::SignedIn(Box::new(me))),
                Ok(None) => return self.dispatch(Input::SignedOut),
                Err(_) => {
                    self.dispatch(Input::Unreachable);
                    timers::sleep(wait_ms).await;
                    wait_ms = (wait_ms * 2).min(15_000);
                }
            }
        }
    }

    /// Does what the person wants.
    pub(crate) fn act(self, action: Action) {
        self.dispatch(Input::User(action));
    }

    /// Sends a message: echo in this very call.
    pub(crate) fn send(self, room: RoomId, body: String) {
        self.act(Action::Send {
            room,
            client_id: keep::uuid(),
            body,
        });
    }

    /// Takes one thing that happened, and what it brings about, before it returns; unless it is called from within,
    /// then right after what is going on.
    pub(crate) fn dispatch(self, input: Input) {
        self.take(input);
        self.inner().paint();
    }

    fn take(self, input: Input) {
        let inner = self.inner();
        inner.queue.borrow_mut().push_back(input);
        if inner.applying.replace(true) {
            return;
        }
        loop {
            let next = inner.queue.borrow_mut().pop_front();
            let Some(input) = next else { break };
            let outcome = inner.model.borrow_mut().apply(self.now(), input);
            inner.touched.borrow_mut().extend(outcome.touched.iter());
            for effect in outcome.effects {
                self.run(effect);
            }
        }
        inner.applying.set(false);
    }

    /// As `dispatch`, but the views hear of it with the next frame on the screen, so that bursts are drawn once.
    fn dispatch_soon(self, input: Input) {
        self.take(input);
        let inner = self.inner();
        // A hidden page gets no frames.
        if visibility::hidden() {
            return inner.paint();
        }
        if inner.painting.replace(true) {
            return;
        }
        let paint = {
            let inner = Rc::clone(&inner);
            Closure::once_into_js(move || {
                inner.painting.set(false);
                inner.paint();
            })
        };
        let asked =
            web_sys::window().map(|window| window.request_animation_frame(paint.unchecked_ref()));
        if !matches!(asked, Some(Ok(_))) {
            inner.painting.set(false);
            inner.paint();
        }
    }

    /// Reads without following changes.
    pub(crate) fn read<T>(self, f: impl FnOnce(&Model) -> T) -> T {
        f(&self.inner().model.borrow())
    }

    /// Follows the changes of a slice in the memo or effect that runs now.
    pub(crate) fn track(self, slice: Slice) {
        let inner = self.inner();
        let trigger = inner
            .triggers
            .borrow_mut()
            .get_or_insert_with(slice, ArcTrigger::new)
            .clone();
        trigger.track();
    }

    /// Reads and follows.
    pub(crate) fn get<T>(self, slice: Slice, f: impl FnOnce(&Model) -> T) -> T {
        self.track(slice);
        self.read(f)
    }

    /// What `f` makes of a slice, made anew only when the slice changes.
    pub(crate) fn select<T>(
        self,
        slice: Slice,
        f: impl Fn(&Model) -> T + Send + Sync + 'static,
    ) -> Memo<T>
    where
        T: PartialEq + Send + Sync + 'static,
    {
        Memo::new(move |_| self.get(slice, &f))
    }

    /// Hears everything that is to be told once, as long as the page lives.
    pub(crate) fn on_notice(self, listener: impl Fn(Notice) + 'static) {
        self.inner().listeners.borrow_mut().push(Rc::new(listener));
    }

    /// Now, on the clock that the model's times are on.
    pub(crate) fn now(self) -> Timestamp {
        Timestamp(timers::now_ms())
    }

    fn run(self, effect: Effect) {
        match effect {
            Effect::Connect(epoch) => spawn_local(self.connect(epoch)),
            Effect::Disconnect => socket::close(),
            Effect::Send(frame) => socket::send(&frame),
            Effect::Fetch(id, request) => spawn_local(async move {
                let answer = api::fetch_for_model(request).await;
                self.dispatch(Input::Reply(id, answer));
            }),
            Effect::RenewAuth => spawn_local(async move {
                // A failure shows soon enough: the socket closes, and connecting again asks for a token again.
                if let Ok(token) = session::socket_token().await {
                    self.dispatch(Input::AuthToken(token));
                }
            }),
            Effect::Save(save) => self.save(&save),
            Effect::WakeIn(ms) => {
                let timer = timers::after(ms, move || self.dispatch(Input::Tick));
                self.inner().wake.replace(timer);
            }
            Effect::Notify(notice) => {
                let listeners = self.inner().listeners.borrow().clone();
                for listener in listeners {
                    listener(notice.clone());
                }
            }
        }
    }

    async fn connect(self, epoch: Epoch) {
        match session::socket_token().await {
            Ok(token) => socket::open(&token, move |event| {
                self.dispatch_soon(Input::Socket(epoch, event));
                self.keep_snapshot_at_times();
            }),
            // An ended session is reported by the session itself.
            Err(_) => self.dispatch(Input::Socket(epoch, SocketEvent::Closed { code: 1006 })),
        }
    }

    fn save(self, save: &Save) {
        if let Some(user) = self.read(|model| model.me().map(|me| me.user.id)) {
            keep::save(user.0, save);
        }
    }

    fn keep_snapshot_at_times(self) {
        if timers::now_ms() - self.inner().kept_at.get() > SNAPSHOT_MS {
            self.keep_snapshot();
        }
    }

    fn keep_snapshot(self) {
        self.inner().kept_at.set(timers::now_ms());
        if let Some(snapshot) = self.read(Model::snapshot) {
            keep::snapshot(&snapshot);
        }
    }
}

impl Inner {
    /// Tells those who follow the touched slices. A trigger is taken out when it fires: who still follows puts a new
    /// one in when it runs again.
    fn paint(&self) {
        let touched = std::mem::take(&mut *self.touched.borrow_mut());
        let mut fire: Vec<ArcTrigger> = Vec::new();
        {
            let mut triggers = self.triggers.borrow_mut();
            for slice in touched {
                fire.extend(triggers.remove(&slice));
            }
            if triggers.len() > TRIGGERS {
                // Most belong to rows scrolled away. Those alive run once for nothing, and stay as they are.
                fire.extend(
                    std::mem::take(&mut *triggers)
                        .into_iter()
                        .map(|(_, trigger)| trigger),
                );
            }
        }
        for trigger in fire {
            trigger.notify();
        }
    }
}
