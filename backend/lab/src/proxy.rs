//! What lies between clients and server: TCP connections that are cut, stall, crawl and refuse when they are told to.
//! Bytes are never changed, only held back or not brought at all. Knows no HTTP.

use crate::{chance::Chance, lab::Lab, plan};
use plan::LineKind;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    io,
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    time::sleep,
};

/// Of a hundred connections, so many end by themselves after some bytes, in the middle of whatever passes then.
const SHORT_LIVED: u64 = 5;
const SHORT_BYTES: u64 = 60_000;

/// How one direction of a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Clear,
    Held,
    Slow,
    Few,
    Cut,
}

struct Connection {
    up: watch::Sender<Mode>,
    down: watch::Sender<Mode>,
}

impl Connection {
    fn set(&self, kind: LineKind, mode: Mode) {
        if kind != LineKind::Deaf {
            self.up.send_replace(mode);
        }
        if kind != LineKind::Mute {
            self.down.send_replace(mode);
        }
    }
}

/// The proxy and its connections.
pub(crate) struct Proxy {
    /// Where clients connect.
    pub(crate) address: SocketAddr,
    targets: Vec<SocketAddr>,
    seed: u64,
    lab: Rc<Lab>,
    next: Cell<u64>,
    connections: RefCell<BTreeMap<u64, Connection>>,
    refusing: Cell<u64>,
    calm: Cell<bool>,
}

impl Proxy {
    /// Listens on a free port and brings every connection to one of the targets, in turn, past those that are down.
    pub(crate) async fn start(
        lab: &Rc<Lab>,
        seed: u64,
        targets: Vec<SocketAddr>,
    ) -> io::Result<Rc<Self>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let proxy = Rc::new(Self {
            address: listener.local_addr()?,
            targets,
            seed,
            lab: Rc::clone(lab),
            next: Cell::new(0),
            connections: RefCell::default(),
            refusing: Cell::new(0),
            calm: Cell::new(true),
        });
        let accepting = Rc::clone(&proxy);
        tokio::task::spawn_local(async move {
            loop {
                // Out of files, say; the next try comes soon enough.
                match listener.accept().await {
                    Ok((stream, _)) => accepting.accept(stream),
                    Err(_) => sleep(Duration::from_millis(50)).await,
                }
            }
        });
        Ok(proxy)
    }

    fn accept(self: &Rc<Self>, client: TcpStream) {
        let number = self.next.get() + 1;
        self.next.set(number);
        if self.refusing.get() > 0 && !self.calm.get() {
            self.lab.count("connections refused by the proxy");
            return;
        }
        let proxy = Rc::clone(self);
        tokio::task::spawn_local(async move {
            proxy.carry(number, client).await;
            proxy.connections.borrow_mut().remove(&number);
        });
    }

    async fn carry(&self, number: u64, client: TcpStream) {
        // All servers are down: the connection just ends.
        let Some(server) = self.connect(number).await else {
            return;
        };
        if client.set_nodelay(true).is_err() || server.set_nodelay(true).is_err() {
            return;
        }
        let mut chance = Chance::of(self.seed, number);
        let bytes = if !self.calm.get() && chance.percent(SHORT_LIVED) {
            chance.between(1, SHORT_BYTES)
        } else {
            u64::MAX
        };
        let (up, up_mode) = watch::channel(Mode::Clear);
        let (down, down_mode) = watch::channel(Mode::Clear);
        self.connections
            .borrow_mut()
            .insert(number, Connection { up, down });
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::select! {
            () = pump(from_client, to_server, up_mode, u64::MAX) => {}
            () = pump(from_server, to_client, down_mode, bytes) => {}
        }
        if bytes != u64::MAX {
            self.lab.count("connections cut in the middle of bytes");
        }
    }

    /// A connection to the server whose turn it is, or to the next one that is up.
    async fn connect(&self, number: u64) -> Option<TcpStream> {
        let count = self.targets.len();
        let turn = usize::try_from(number).unwrap_or(0);
        for target in (0..count).map(|more| self.targets[(turn + more) % count]) {
            if let Ok(server) = TcpStream::connect(target).await {
                return Some(server);
            }
        }
        None
    }

    /// Does something to a share of the connections.
    pub(crate) fn disturb(self: &Rc<Self>, line: plan::Line) {
        self.lab.count(name(line.kind));
        if line.kind == LineKind::Refuse {
            self.refusing.set(self.refusing.get() + 1);
            let proxy = Rc::clone(self);
            tokio::task::spawn_local(async move {
                sleep(Duration::from_millis(line.ms)).await;
                proxy.refusing.set(proxy.refusing.get() - 1);
            });
            return;
        }
        let mode = match line.kind {
            LineKind::Cut | LineKind::Refuse => Mode::Cut,
            LineKind::Stall | LineKind::Deaf | LineKind::Mute => Mode::Held,
            LineKind::Delay => Mode::Slow,
            LineKind::Trickle => Mode::Few,
        };
        let mut chance = Chance::new(line.luck);
        let struck: Vec<u64> = {
            let connections = self.connections.borrow();
            let numbers = connections.keys().copied();
            numbers.filter(|_| chance.percent(line.share)).collect()
        };
        self.set(&struck, line.kind, mode);
        if line.ms > 0 {
            let proxy = Rc::clone(self);
            tokio::task::spawn_local(async move {
                sleep(Duration::from_millis(line.ms)).await;
                proxy.set(&struck, line.kind, Mode::Clear);
            });
        }
    }

    fn set(&self, numbers: &[u64], kind: LineKind, mode: Mode) {
        let connections = self.connections.borrow();
        for connection in numbers.iter().filter_map(|number| connections.get(number)) {
            connection.set(kind, mode);
        }
    }

    /// Whether connections get through untouched from here on.
    pub(crate) fn calm(&self, calm: bool) {
        self.calm.set(calm);
        if calm {
            for connection in self.connections.borrow().values() {
                connection.set(LineKind::Cut, Mode::Clear);
            }
        }
    }
}

fn name(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Cut => "fault: connections cut",
        LineKind::Stall => "fault: connections stalled",
        LineKind::Deaf => "fault: connections stalled towards clients",
        LineKind::Mute => "fault: connections stalled towards the server",
        LineKind::Delay => "fault: connections delayed",
        LineKind::Trickle => "fault: connections trickling",
        LineKind::Refuse => "fault: new connections refused",
    }
}

/// Brings bytes over until one side ends, the connection is cut, or so many have passed.
async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut mode: watch::Receiver<Mode>,
    mut left: u64,
) {
    let mut cut = mode.clone();
    let bringing = async {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let Ok(count @ 1..) = from.read(&mut buffer).await else {
                return;
            };
            let mut rest = &buffer[..count];
            while !rest.is_empty() {
                let now = *mode.borrow_and_update();
                let step = match now {
                    Mode::Clear => rest.len(),
                    Mode::Slow => {
                        sleep(Duration::from_millis(120)).await;
                        rest.len()
                    }
                    Mode::Few => {
                        sleep(Duration::from_millis(4)).await;
                        rest.len().min(17)
                    }
                    Mode::Held => {
                        if mode.changed().await.is_err() {
                            return;
                        }
                        continue;
                    }
                    Mode::Cut => return,
                };
                let step = step.min(usize::try_from(left).unwrap_or(usize::MAX));
                if step == 0 || to.write_all(&rest[..step]).await.is_err() {
                    return;
                }
                left -= u64::try_from(step).unwrap_or(left);
                rest = &rest[step..];
            }
        }
    };
    tokio::select! {
        () = bringing => {}
        _ = cut.wait_for(|mode| *mode == Mode::Cut) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{LineKind, Proxy};
    use crate::{lab::Lab, plan::Line};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
        task::LocalSet,
    };

    fn line(kind: LineKind, ms: u64) -> Line {
        Line {
            kind,
            share: 100,
            ms,
            luck: 1,
        }
    }

    #[tokio::test]
    async fn bytes_pass_are_held_back_and_pass_again_and_a_cut_ends_it() {
        let through = async {
            let server = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let target = server.local_addr().expect("an address");
            let proxy = Proxy::start(&Lab::new(1), 1, vec![target])
                .await
                .expect("a proxy");
            let mut client = TcpStream::connect(proxy.address).await.expect("accepted");
            let (mut served, _) = server.accept().await.expect("brought");
            client.write_all(b"up").await.expect("written");
            let mut two = [0; 2];
            served.read_exact(&mut two).await.expect("brought");
            proxy.disturb(line(LineKind::Mute, 1));
            client.write_all(b"on").await.expect("written");
            served.write_all(b"dn").await.expect("written");
            client
                .read_exact(&mut two)
                .await
                .expect("not mute that way");
            assert_eq!(&two, b"dn");
            served.read_exact(&mut two).await.expect("brought late");
            assert_eq!(&two, b"on");
            proxy.disturb(line(LineKind::Trickle, 1_000));
            let long = [7; 100];
            client.write_all(&long).await.expect("written");
            let mut got = [0; 100];
            served
                .read_exact(&mut got)
                .await
                .expect("brought in pieces");
            assert_eq!(got, long);
            proxy.disturb(line(LineKind::Cut, 0));
            assert!(matches!(served.read(&mut two).await, Ok(0) | Err(_)));
            assert!(matches!(client.read(&mut two).await, Ok(0) | Err(_)));
        };
        LocalSet::new().run_until(through).await;
    }

    #[tokio::test]
    async fn a_connection_whose_server_is_down_goes_to_one_that_is_up() {
        let through = async {
            let down = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let up = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = |server: &TcpListener| server.local_addr().expect("an address");
            let targets = vec![address(&down), address(&up)];
            drop(down);
            let proxy = Proxy::start(&Lab::new(1), 1, targets)
                .await
                .expect("a proxy");
            for _ in 0..2 {
                let mut client = TcpStream::connect(proxy.address).await.expect("accepted");
                let (mut served, _) = up.accept().await.expect("brought");
                client.write_all(b"up").await.expect("written");
                let mut two = [0; 2];
                served.read_exact(&mut two).await.expect("brought");
            }
        };
        LocalSet::new().run_until(through).await;
    }
}
