//! What delivery costs a worker before the kernel has its part: `cargo bench -p confab`. A message is encoded once and put
//! into every receiver's queue. Owns sockets without a connection; what they would write is dropped.

use actix_web::rt::{System, task::yield_now};
use confab::{
    event::{Event, Frame, Topic, encode},
    realtime::{
        bus::{Bus, Mail},
        hub::Hub,
        socket::Socket,
    },
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use shared::{
    MessageId, RoomId, ServerFrame, SessionId, Timestamp, UserId,
    event::Head,
    messages::{Message, MessageKind},
};
use std::{
    hint::black_box,
    rc::Rc,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

const ROOM: RoomId = RoomId(7);
/// Frames that a queue takes before its socket is replaced by a new one: far fewer than would overflow it.
const FRAMES: u64 = 64;

fn message(rev: i64) -> ServerFrame {
    ServerFrame::Message {
        room_id: ROOM,
        rev,
        message: Box::new(Message {
            id: MessageId(123_456),
            room_id: ROOM,
            seq: rev,
            rev,
            kind: MessageKind::Text,
            author_id: UserId(42),
            client_id: Some("0190f3c4-5d6e-7f80-8123-456789abcdef".to_owned()),
            body: "an ordinary message, of a hundred and twenty bytes or so, as people write them to each other, all day".to_owned(),
            created_at: Timestamp(1_780_000_000_000),
            edited_at: None,
            deleted_at: None,
            reply_to: None,
            reactions: Vec::new(),
            mentions: Vec::new(),
            system: None,
        }),
    }
}

fn encoding(criterion: &mut Criterion) {
    let frame = message(1);
    let mut group = criterion.benchmark_group("encode");
    group.throughput(Throughput::Bytes(encode(&frame).bytes.len() as u64));
    group.bench_function("a message as a whole frame", |bencher| {
        bencher.iter(|| encode(black_box(&frame)));
    });
    group.finish();
}

/// So many sockets in the room, their queues empty.
fn receivers(hub: &Hub, count: usize) -> Vec<Rc<Socket>> {
    let never = Timestamp(i64::MAX);
    let make = |id| Socket::new(id, UserId(id as i64), SessionId(1), never, Timestamp(0));
    (0..count)
        .map(|_| {
            let socket = hub.add(make);
            let head = Head {
                room_id: ROOM,
                head_rev: 0,
            };
            hub.activate(&socket, [head]);
            socket.open(encode(&ServerFrame::Ping {
                server_time: Timestamp(0),
            }));
            socket
        })
        .collect()
}

/// Tells the worker of one committed message, and waits until it has put it everywhere.
async fn deliver(bus: &Bus, frame: &Frame) {
    let (confirm, confirmed) = mpsc::sync_channel(1);
    let events: Arc<[Event]> = [Event::Frame(Topic::Room(ROOM), frame.clone())].into();
    bus.tell(&Mail::Events(events, Some(confirm)));
    while confirmed.try_recv() == Err(mpsc::TryRecvError::Empty) {
        yield_now().await;
    }
}

async fn deliveries(receiving: usize, count: u64) -> Duration {
    let bus = Bus::default();
    let hub = Hub::start(&bus);
    let frame = encode(&message(1));
    let mut took = Duration::ZERO;
    let mut left = count;
    while left > 0 {
        let part = left.min(FRAMES);
        left -= part;
        let sockets = receivers(&hub, receiving);
        let began = Instant::now();
        for _ in 0..part {
            deliver(&bus, &frame).await;
        }
        took += began.elapsed();
        for socket in &sockets {
            hub.remove(socket);
        }
    }
    took
}

fn pushing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hub");
    for receiving in [1, 100, 1_000] {
        group.throughput(Throughput::Elements(receiving as u64));
        let name = format!("a message to {receiving}");
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|count| System::new().block_on(deliveries(receiving, count)));
        });
    }
    group.finish();
}

criterion_group!(benches, encoding, pushing);
criterion_main!(benches);
