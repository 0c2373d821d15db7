//! One device: the client's own model, and around it what the web client's shell does: inputs one at a time, effects in
//! order, one socket, requests, and what a browser keeps over a reload. Also what the network does to its frames.

use crate::{
    chance::Chance,
    history::{Heard, room_of},
    lab::{Lab, clock},
    session::{Session, signed_out},
    socket::{self, Listener, Said},
};
use model::{
    Action, Effect, Epoch, Failure, Input, Model, Outgoing, PageEvent, ReqId, Request, Restored,
    Save, Snapshot, SocketEvent,
};
use shared::{
    ClientFrame, ServerFrame,
    accounts::Me,
    event::{AckResult, FrameId, close},
};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    io,
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};
use tokio::{sync::mpsc, task::AbortHandle, task::spawn_local, time::sleep};

/// Frames that may wait for the network, as in the web client.
const WAITING: usize = 1_024;
const PONG: &str = r#"{"type":"pong"}"#;

/// A task that ends with its handle.
struct Task(AbortHandle);

impl Task {
    fn run(work: impl Future<Output = ()> + 'static) -> Self {
        Self(spawn_local(work).abort_handle())
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Live {
    out: Option<mpsc::Sender<String>>,
    _reading: Task,
}

/// One person's device.
pub(crate) struct Device {
    pub(crate) index: usize,
    pub(crate) session: Rc<Session>,
    to: SocketAddr,
    lab: Rc<Lab>,
    pub(crate) model: RefCell<Model>,
    /// What the browser keeps.
    pub(crate) saved: RefCell<BTreeMap<String, Outgoing>>,
    snapshot: RefCell<Option<Box<Snapshot>>>,
    /// Counts reloads: an answer to an earlier page is nobody's.
    page: Cell<u64>,
    socket: RefCell<Option<Live>>,
    timer: RefCell<Option<Task>>,
    /// Which `send` a mark on the socket stands for.
    sends: RefCell<BTreeMap<u64, String>>,
    /// A frame that others overtake.
    late: RefCell<Option<ServerFrame>>,
    chance: RefCell<Chance>,
    signing_in: Cell<bool>,
    pub(crate) written: Cell<u64>,
}

impl Device {
    pub(crate) fn new(lab: &Rc<Lab>, index: usize, to: SocketAddr, session: Session) -> Rc<Self> {
        let mut chance = lab.chance();
        Rc::new(Self {
            index,
            session: Rc::new(session),
            to,
            model: RefCell::new(Model::new(chance.number())),
            lab: Rc::clone(lab),
            saved: RefCell::default(),
            snapshot: RefCell::default(),
            page: Cell::new(0),
            socket: RefCell::default(),
            timer: RefCell::default(),
            sends: RefCell::default(),
            late: RefCell::default(),
            chance: RefCell::new(chance),
            signing_in: Cell::new(false),
            written: Cell::new(0),
        })
    }

    pub(crate) fn act(self: &Rc<Self>, action: Action) {
        self.dispatch(Input::User(action));
    }

    /// Takes one thing that happened, and does what it brings about.
    pub(crate) fn dispatch(self: &Rc<Self>, input: Input) {
        let outcome = self.model.borrow_mut().apply(clock(), input);
        for effect in outcome.effects {
            self.run(effect);
        }
    }

    /// The same, unless the page was loaded anew since.
    fn dispatch_to(self: &Rc<Self>, page: u64, input: Input) {
        if self.page.get() == page {
            self.dispatch(input);
        }
    }

    fn run(self: &Rc<Self>, effect: Effect) {
        let (device, page) = (Rc::clone(self), self.page.get());
        match effect {
            Effect::Connect(epoch) => {
                self.lab.count("connections tried");
                let reading = Task::run(async move { device.connect(page, epoch).await });
                self.socket.replace(Some(Live {
                    out: None,
                    _reading: reading,
                }));
            }
            Effect::Disconnect => drop(self.socket.take()),
            Effect::Send(frame) => self.send(&frame),
            Effect::Fetch(id, request) => {
                spawn_local(async move { device.fetch(page, id, request).await });
            }
            Effect::RenewAuth => {
                self.lab.count("access of a live socket renewed");
                spawn_local(async move {
                    // A failure shows soon enough: the socket closes.
                    if let Ok(token) = device.session.socket_token().await {
                        device.dispatch_to(page, Input::AuthToken(token));
                    }
                });
            }
            Effect::Save(Save::Outgoing(outgoing)) => {
                let mut saved = self.saved.borrow_mut();
                saved.insert(outgoing.client_id.clone(), *outgoing);
            }
            Effect::Save(Save::OutgoingGone { client_id }) => {
                self.saved.borrow_mut().remove(&client_id);
            }
            Effect::WakeIn(ms) => {
                let wait = Duration::from_millis(u64::try_from(ms).unwrap_or(0));
                let waking = Task::run(async move {
                    sleep(wait).await;
                    device.dispatch_to(page, Input::Tick);
                });
                self.timer.replace(Some(waking));
            }
            Effect::Save(Save::Draft { .. }) | Effect::Notify(_) => {}
        }
    }

    fn send(&self, frame: &ClientFrame) {
        if let ClientFrame::Send {
            id: FrameId::Number(id),
            client_id,
            ..
        } = frame
        {
            self.sends.borrow_mut().insert(*id, client_id.clone());
        }
        let text = serde_json::to_string(frame).unwrap_or_default();
        if let Some(Live { out: Some(out), .. }) = &*self.socket.borrow() {
            // Whatever does not fit is lost like any frame.
            let _ = out.try_send(text);
        }
    }

    async fn connect(self: Rc<Self>, page: u64, epoch: Epoch) {
        let mut heard = Heard::since(self.lab.now_ms());
        let ended = |code| Input::Socket(epoch, SocketEvent::Closed { code });
        let opened = match self.session.socket_token().await {
            Ok(token) => socket::open(self.to, &token).await,
            Err(failure) => {
                self.over(page, &failure);
                return self.dispatch_to(page, ended(1006));
            }
        };
        let Ok((mut speaker, mut listener)) = opened else {
            return self.dispatch_to(page, ended(1006));
        };
        let (out, mut waiting) = mpsc::channel::<String>(WAITING);
        if let Some(live) = &mut *self.socket.borrow_mut() {
            live.out = Some(out.clone());
        }
        let _writing = Task::run(async move {
            while let Some(text) = waiting.recv().await {
                if speaker.say(&text).await.is_err() {
                    return;
                }
            }
        });
        self.late.take();
        let code = self.listen(epoch, &mut listener, &out, &mut heard).await;
        self.dispatch_to(page, ended(code));
        if code == close::SESSION_REVOKED {
            self.sign_in_again();
        }
    }

    /// Hears the socket to its end, and gives the code of it.
    async fn listen(
        self: &Rc<Self>,
        epoch: Epoch,
        listener: &mut Listener,
        out: &mpsc::Sender<String>,
        heard: &mut Heard,
    ) -> u16 {
        loop {
            let text = match listener.next().await {
                Ok(Said::Text(text)) => text,
                Ok(Said::Closed(code)) => return code,
                Err(error) => {
                    if error.kind() == io::ErrorKind::InvalidData {
                        let words = format!("device {}: {error}", self.index);
                        self.lab.wrong(words);
                    }
                    return 1006;
                }
            };
            let Ok(frame) = ServerFrame::read(&text) else {
                let words = format!("device {} cannot read {text}", self.index);
                self.lab.wrong(words);
                continue;
            };
            if matches!(frame, ServerFrame::Ping { .. }) {
                let _ = out.try_send(PONG.to_owned());
            }
            self.note(heard, &frame);
            self.deliver(epoch, frame);
        }
    }

    fn note(&self, heard: &mut Heard, frame: &ServerFrame) {
        let mut history = self.lab.history.borrow_mut();
        let sends = self.sends.borrow();
        match frame {
            ServerFrame::Ack {
                id: FrameId::Number(id),
                result: AckResult::Sent(sent),
            } => {
                if let Some(client_id) = sends.get(id) {
                    history.acked(client_id, sent);
                    self.lab.count("acknowledgements");
                }
            }
            ServerFrame::Error {
                id: Some(FrameId::Number(id)),
                code,
                ..
            } => {
                if let Some(client_id) = sends.get(id) {
                    history.refused(client_id, *code);
                }
                self.lab.count(code.as_str());
            }
            ServerFrame::Lagged { .. } => self.lab.count("lagged"),
            ServerFrame::Hello(_) => self.lab.count("connections live"),
            ServerFrame::Bye { .. } => self.lab.count("byes"),
            _ => self.lab.count("frames"),
        }
        history.frame(self.index, heard, frame, self.lab.now_ms());
    }

    /// Brings a frame to the model, or not, or twice, or behind the next one.
    fn deliver(self: &Rc<Self>, epoch: Epoch, frame: ServerFrame) {
        let bring = |frame: ServerFrame| {
            let event = SocketEvent::Frame(Box::new(frame));
            self.dispatch(Input::Socket(epoch, event));
        };
        if matches!(frame, ServerFrame::Hello(_)) {
            return bring(frame);
        }
        let weather = self.lab.frames.get();
        let chance = self.chance.borrow_mut().below(100);
        if chance < weather.lost {
            return self.lab.count("frames lost");
        }
        if chance >= 100 - weather.twice {
            self.lab.count("frames doubled");
            bring(frame.clone());
        }
        let overtaken = self.late.take();
        // Only what has a revision can be told to come late.
        let is_late = chance >= weather.lost && chance < weather.lost + weather.late;
        if is_late && room_of(&frame).is_some_and(|(_, rev)| rev.is_some()) {
            self.lab.count("frames overtaken");
            self.late.replace(Some(frame));
        } else {
            bring(frame);
        }
        if let Some(frame) = overtaken {
            bring(frame);
        }
    }

    async fn fetch(self: Rc<Self>, page: u64, id: ReqId, request: Request) {
        if matches!(request, Request::Changes { .. }) {
            self.lab.count("changes asked for");
        }
        let began_ms = self.lab.now_ms();
        let mark = self.lab.history.borrow_mut().asks(&request);
        let reply = self.session.fetch(&request).await;
        self.lab.history.borrow_mut().answered(
            self.index,
            mark,
            began_ms,
            self.lab.now_ms(),
            &reply,
        );
        if let Err(failure) = &reply {
            self.over(page, failure);
        }
        self.dispatch_to(page, Input::Reply(id, reply));
    }

    /// Signs in again where a failure says that the session is over.
    fn over(self: &Rc<Self>, page: u64, failure: &Failure) {
        if let Some(code) = failure.code() {
            self.lab.count(code.as_str());
        }
        if signed_out(failure) && self.page.get() == page {
            self.dispatch(Input::SessionEnded);
            self.sign_in_again();
        }
    }

    fn sign_in_again(self: &Rc<Self>) {
        if self.signing_in.replace(true) {
            return;
        }
        let device = Rc::clone(self);
        spawn_local(async move {
            self_signed_in(&device).await;
            device.signing_in.set(false);
        });
    }

    /// Somebody signs out here, and in again.
    pub(crate) async fn sign_out(self: Rc<Self>) {
        if self.session.sign_out().await.is_ok() {
            self.dispatch(Input::SessionEnded);
            self.sign_in_again();
        }
    }

    /// The page is loaded anew: only what the browser kept is left.
    pub(crate) fn reload(self: &Rc<Self>, with_snapshot: bool) {
        self.lab.count("reloads");
        self.dispatch(Input::Page(PageEvent::Leaving));
        if let Some(snapshot) = self.model.borrow().snapshot() {
            self.snapshot.replace(Some(Box::new(snapshot)));
        }
        self.page.set(self.page.get() + 1);
        self.socket.take();
        self.timer.take();
        self.late.take();
        self.sends.borrow_mut().clear();
        let seed = self.chance.borrow_mut().number();
        self.model.replace(Model::new(seed));
        let kept = self.snapshot.borrow().clone();
        let restored = Restored {
            outgoing: self.saved.borrow().values().cloned().collect(),
            drafts: Vec::new(),
            snapshot: kept.filter(|_| with_snapshot),
        };
        self.dispatch(Input::Restore(Box::new(restored)));
        let (device, page) = (Rc::clone(self), self.page.get());
        spawn_local(async move {
            loop {
                match device.session.resume().await {
                    Ok(me) => return device.dispatch_to(page, signed_in(me)),
                    Err(failure) if signed_out(&failure) => {
                        device.lab.count("sessions ended");
                        return device.sign_in_again();
                    }
                    Err(_) => device.dispatch_to(page, Input::Unreachable),
                }
                sleep(Duration::from_secs(1)).await;
            }
        });
    }

    /// The network is gone from one moment to the next, and there again.
    pub(crate) fn cut(self: &Rc<Self>) {
        self.dispatch(Input::Page(PageEvent::NetworkDown));
        self.dispatch(Input::Page(PageEvent::NetworkUp));
    }
}

fn signed_in(me: Me) -> Input {
    Input::SignedIn(Box::new(me))
}

/// Tries until it succeeds: a person does not give up either.
async fn self_signed_in(device: &Rc<Device>) {
    loop {
        match device.session.sign_in().await {
            Ok(me) => {
                device.lab.count("sign-ins");
                return device.dispatch(signed_in(me));
            }
            Err(failure) => {
                let wait = failure.retry_after_ms().unwrap_or(700);
                sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(700))).await;
            }
        }
    }
}
