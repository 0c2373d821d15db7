//! One worker's sockets and what each of them gets. Lives on its worker: no lock, no await.

use super::{
    bus::{Bus, Mail, Served},
    socket::Socket,
};
use crate::event::{Control, Event, Frame, Topic, encode};
use shared::{
    RoomId, ServerFrame, SessionId, Timestamp, UserId,
    event::{Head, close},
    presence::UserPresence,
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap, HashSet},
    rc::{Rc, Weak},
    sync::Arc,
    time::Duration,
};

/// How often the server says `ping`, in milliseconds.
pub const HEARTBEAT_MS: i64 = 25_000;
/// How long a socket may be silent, in milliseconds.
pub const SILENCE_MS: i64 = 75_000;
/// How long a socket may take no byte while something waits, in milliseconds.
pub const STUCK_MS: i64 = 30_000;
/// How long before its end a socket is told to renew its access, in milliseconds.
pub const RENEW_MS: i64 = 60_000;
/// Over how long a stopping server spreads the return of its clients, in milliseconds.
const SPREAD_MS: i64 = 4_000;

/// Room for this many receivers is kept between two deliveries.
const KEPT: usize = 4096;
/// Mails that are taken at once before what they brought is written.
const MAILS: usize = 64;

type Sockets = BTreeMap<u64, Rc<Socket>>;

/// One worker's sockets.
#[derive(Debug, Default)]
pub struct Hub {
    state: RefCell<State>,
    /// Those that frames were put for.
    touched: RefCell<Vec<Rc<Socket>>>,
}

#[derive(Debug, Default)]
struct State {
    next_id: u64,
    stopping: bool,
    /// Sockets that were added and have no rooms yet.
    pending: usize,
    /// The newest revision that was delivered in each room while a socket was pending.
    passed: HashMap<RoomId, i64>,
    sockets: Sockets,
    rooms: HashMap<RoomId, Sockets>,
    users: HashMap<UserId, Sockets>,
}

impl Hub {
    /// Makes this worker's hub and starts the two tasks that feed it: its mailbox and its clock.
    pub fn start(bus: &Bus) -> Rc<Self> {
        let hub = Rc::new(Self::default());
        let mut mailbox = bus.register();
        let fed = Rc::clone(&hub);
        actix_web::rt::spawn(async move {
            while let Some(mail) = mailbox.recv().await {
                fed.deliver(mail);
                // What came meanwhile leaves in the same writes.
                for _ in 0..MAILS {
                    match mailbox.try_recv() {
                        Ok(mail) => fed.deliver(mail),
                        Err(_) => break,
                    }
                }
                fed.flush();
            }
        });
        let swept = Rc::downgrade(&hub);
        actix_web::rt::spawn(sweep_every_second(swept));
        hub
    }

    /// Adds a socket that gets what is its user's from now on, and rooms once `activate`d.
    pub fn add(&self, make: impl FnOnce(u64) -> Socket) -> Rc<Socket> {
        let mut state = self.state.borrow_mut();
        state.next_id += 1;
        let socket = Rc::new(make(state.next_id));
        state.pending += 1;
        state.sockets.insert(socket.id, Rc::clone(&socket));
        state
            .users
            .entry(socket.user)
            .or_default()
            .insert(socket.id, Rc::clone(&socket));
        if state.stopping {
            say_goodbye(&socket);
        }
        socket
    }

    /// Gives a socket its rooms with their heads, as read after it was added. Who came and went since then is
    /// already noted; where something was delivered that may not be in what was read, the socket is told to ask.
    pub fn activate(&self, socket: &Rc<Socket>, rooms: impl IntoIterator<Item = Head>) {
        let mut state = self.state.borrow_mut();
        let Some(noted) = socket.noted.take() else {
            return;
        };
        let joined = noted.iter().filter(|(_, joined)| **joined);
        let joined = joined.map(|(&room_id, _)| Head {
            room_id,
            head_rev: 0,
        });
        let stayed = rooms
            .into_iter()
            .filter(|head| !noted.contains_key(&head.room_id));
        for head in stayed.chain(joined) {
            state.subscribe(socket, head.room_id);
            if let Some(&passed) = state.passed.get(&head.room_id)
                && passed > head.head_rev
            {
                socket.push(encode(&ServerFrame::Head(Head {
                    head_rev: passed,
                    ..head
                })));
            }
        }
        state.settled();
    }

    /// Whether the socket is still connected.
    pub fn holds(&self, socket: &Socket) -> bool {
        self.state.borrow().sockets.contains_key(&socket.id)
    }

    /// Forgets a socket.
    pub fn remove(&self, socket: &Socket) {
        let mut state = self.state.borrow_mut();
        if state.sockets.remove(&socket.id).is_none() {
            return;
        }
        if socket.noted.take().is_some() {
            state.settled();
        }
        let rooms = socket.rooms.take();
        for room in rooms {
            drop_from(&mut state.rooms, &room, socket.id);
        }
        drop_from(&mut state.users, &socket.user, socket.id);
    }

    fn deliver(&self, mail: Mail) {
        match mail {
            Mail::Events(events, confirm) => {
                for event in events.iter() {
                    match event {
                        Event::Frame(topic, frame) => {
                            let mut state = self.state.borrow_mut();
                            state.note(frame);
                            state.send(topic, frame, &mut self.touched.borrow_mut());
                        }
                        Event::Control(control) => self.state.borrow_mut().control(*control),
                    }
                }
                if let Some(confirm) = confirm {
                    let _ = confirm.send(());
                }
            }
            Mail::Ephemeral(topic, frame) => {
                let mut touched = self.touched.borrow_mut();
                self.state.borrow().send(&topic, &frame, &mut touched);
            }
            Mail::Presence(changed) => self.state.borrow().presence(&changed),
            Mail::Share(frame, share, of) => {
                let state = self.state.borrow();
                let theirs = |socket: &&Rc<Socket>| socket.id % of.max(1) == share;
                for socket in state.sockets.values().filter(theirs) {
                    socket.push(frame.clone());
                }
            }
            Mail::Report(answer) => {
                let _ = answer.try_send(self.state.borrow().served());
            }
            Mail::Stop => {
                let mut state = self.state.borrow_mut();
                state.stopping = true;
                state
                    .sockets
                    .values()
                    .for_each(|socket| say_goodbye(socket));
            }
        }
    }

    fn flush(&self) {
        let mut touched = self.touched.take();
        for socket in touched.drain(..) {
            socket.flush();
        }
        // The room for the next ones is kept, while it is not very much.
        if touched.capacity() <= KEPT {
            self.touched.replace(touched);
        }
    }

    fn sweep(&self, now: Timestamp) {
        let state = self.state.borrow();
        let ping = encode(&ServerFrame::Ping { server_time: now });
        for socket in state.sockets.values() {
            socket.sweep(now.0, &ping);
        }
    }
}

impl State {
    /// One pending socket fewer.
    fn settled(&mut self) {
        self.pending = self.pending.saturating_sub(1);
        if self.pending == 0 {
            self.passed = HashMap::new();
        }
    }

    fn note(&mut self, frame: &Frame) {
        if self.pending > 0
            && let Some(head) = frame.head
        {
            let newest = self.passed.entry(head.room_id).or_insert(head.head_rev);
            *newest = head.head_rev.max(*newest);
        }
    }

    fn subscribe(&mut self, socket: &Rc<Socket>, room: RoomId) {
        if socket.rooms.borrow_mut().insert(room) {
            self.rooms
                .entry(room)
                .or_default()
                .insert(socket.id, Rc::clone(socket));
        }
    }

    fn send(&self, topic: &Topic, frame: &Frame, touched: &mut Vec<Rc<Socket>>) {
        let mut put = |socket: &Rc<Socket>| {
            if socket.put(frame.clone()) {
                touched.push(Rc::clone(socket));
            }
        };
        let in_room = |room| self.rooms.get(room).into_iter().flatten();
        let of_user = |user| self.users.get(user).into_iter().flatten();
        match topic {
            Topic::Room(room) => in_room(room).for_each(|(_, socket)| put(socket)),
            Topic::User(user) => of_user(user).for_each(|(_, socket)| put(socket)),
            Topic::Peers(user, rooms) => {
                let mut seen = HashSet::new();
                for (id, socket) in rooms.iter().flat_map(in_room).chain(of_user(user)) {
                    if seen.insert(*id) {
                        put(socket);
                    }
                }
            }
            Topic::Focus(room, by) => {
                for (_, socket) in in_room(room) {
                    if socket.focus.get() == Some(*room) && socket.user != *by {
                        put(socket);
                    }
                }
            }
        }
    }

    fn control(&mut self, control: Control) {
        match control {
            Control::Join(room, user) => {
                let sockets = self.users.get(&user).cloned().unwrap_or_default();
                for socket in sockets.values() {
                    if !socket.note(room, true) {
                        self.subscribe(socket, room);
                    }
                    socket.watch_anew();
                }
                for socket in self.rooms.get(&room).into_iter().flat_map(BTreeMap::values) {
                    socket.may_watch(user);
                }
            }
            Control::Leave(room, user) => {
                let sockets = self.users.get(&user).cloned().unwrap_or_default();
                for socket in sockets.values() {
                    socket.note(room, false);
                    socket.leave(room);
                    drop_from(&mut self.rooms, &room, socket.id);
                }
                for socket in self.rooms.get(&room).into_iter().flat_map(BTreeMap::values) {
                    socket.unwatch(user);
                }
            }
            Control::EndSession(session) => {
                for socket in self.of_session(session) {
                    socket.close(close::SESSION_REVOKED, false);
                }
            }
        }
    }

    fn served(&self) -> Served {
        let ready = |socket: &&Rc<Socket>| socket.noted.borrow().is_none();
        Served {
            rooms: self.rooms.keys().copied().collect(),
            sockets: self
                .sockets
                .values()
                .filter(ready)
                .map(|socket| (socket.user, socket.rooms.borrow().iter().copied().collect()))
                .collect(),
        }
    }

    fn of_session(&self, session: SessionId) -> impl Iterator<Item = &Rc<Socket>> {
        self.sockets
            .values()
            .filter(move |socket| socket.session == session)
    }

    fn presence(&self, changed: &Arc<[(UserId, UserPresence)]>) {
        for socket in self.sockets.values() {
            let watch = socket.watch.borrow();
            let users: Vec<_> = changed
                .iter()
                .filter(|(user, _)| watch.contains(user))
                .map(|(_, presence)| presence.clone())
                .collect();
            if !users.is_empty() {
                socket.push(encode(&ServerFrame::Presence { users }));
            }
        }
    }
}

fn drop_from<K: std::hash::Hash + Eq>(map: &mut HashMap<K, Sockets>, key: &K, id: u64) {
    if let Some(sockets) = map.get_mut(key) {
        sockets.remove(&id);
        if sockets.is_empty() {
            map.remove(key);
        }
    }
}

/// The return of many clients is spread by socket id, so that they do not all come at once.
fn say_goodbye(socket: &Socket) {
    let reconnect_in_ms = 500
        + i64::try_from(socket.id.wrapping_mul(2_654_435_761) % 1000).unwrap_or(0) * SPREAD_MS
            / 1000;
    socket.push(encode(&ServerFrame::Bye {
        code: close::RESTART,
        reconnect_in_ms,
    }));
    socket.close(close::RESTART, true);
}

async fn sweep_every_second(hub: Weak<Hub>) {
    let mut second = actix_web::rt::time::interval(Duration::from_secs(1));
    loop {
        second.tick().await;
        match hub.upgrade() {
            Some(hub) => hub.sweep(crate::clock::now()),
            None => return,
        }
    }
}
