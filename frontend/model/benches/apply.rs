//! What a live message costs the client: `cargo bench -p model`. Owns a model of somebody in 500 rooms who keeps 10,000
//! messages; knows it through inputs alone.

use criterion::{Criterion, criterion_group, criterion_main};
use model::{Action, Answer, Effect, Epoch, Input, Model, Request, SocketEvent};
use shared::{
    MessageId, RoomId, ServerFrame, SessionId, Timestamp, UserId,
    accounts::{Me, Role, User},
    event::Hello,
    limits::Limits,
    members::MemberRole,
    messages::{Message, MessageKind, Messages},
    presence::{Presence, PresenceSetting},
    rooms::{My, Notify, Room, RoomKind},
};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

const ROOMS: i64 = 500;
/// Rooms whose messages are kept, and how many of each: together 10,000 at least.
const KEPT_ROOMS: i64 = 30;
const KEPT: i64 = 334;
const ME: UserId = UserId(1);
const OTHER: UserId = UserId(2);
/// Messages that come before a fresh copy takes their place, so that the last costs what the first did.
const LIVE: i64 = 100;

fn user(id: UserId) -> User {
    User {
        id,
        username: format!("user{id}"),
        display_name: format!("Person {id}"),
        bio: String::new(),
        avatar_url: None,
        status: None,
        role: Role::Member,
        presence: Presence::Online,
        last_seen_at: None,
        time_zone: None,
        created_at: Timestamp(1),
    }
}

fn me() -> Me {
    Me {
        user: user(ME),
        email: None,
        presence_setting: PresenceSetting::Auto,
        locale: None,
        totp_enabled: false,
    }
}

fn message(room_id: RoomId, seq: i64) -> Message {
    Message {
        id: MessageId(room_id.0 * 1_000_000 + seq),
        room_id,
        seq,
        rev: seq,
        kind: MessageKind::Text,
        author_id: OTHER,
        client_id: None,
        body: format!("Message {seq}, of an **ordinary** length, as people write them all day."),
        created_at: Timestamp(seq * 1_000),
        edited_at: None,
        deleted_at: None,
        reply_to: None,
        reactions: Vec::new(),
        mentions: Vec::new(),
        system: None,
    }
}

fn room(id: i64) -> Room {
    Room {
        id: RoomId(id),
        kind: RoomKind::Public,
        name: format!("Room {id}"),
        topic: String::new(),
        member_ids: None,
        member_count: 20,
        created_by: Some(OTHER),
        created_at: Timestamp(1),
        archived_at: None,
        last_seq: KEPT,
        head_rev: KEPT,
        rev: 1,
        last_message: Some(Box::new(message(RoomId(id), KEPT))),
        my: Some(My {
            role: MemberRole::Member,
            joined_at: Timestamp(1),
            read_seq: KEPT,
            unread: 0,
            mentions: 0,
            notify: Notify::All,
            muted: false,
            favourite: false,
        }),
    }
}

/// Answers what the model asks the server for.
fn answer(request: Request) -> Option<Answer> {
    match request {
        Request::Messages { room, .. } => Some(Answer::Messages(Messages {
            messages: (1..=KEPT).map(|seq| message(room, seq)).collect(),
            has_before: false,
            has_after: false,
            head_rev: KEPT,
        })),
        _ => None,
    }
}

fn tell(model: &mut Model, input: Input) {
    let mut inputs = vec![input];
    while let Some(input) = inputs.pop() {
        for effect in model.apply(Timestamp(1), input).effects {
            match effect {
                Effect::Connect(epoch) => inputs.push(frame(epoch, hello())),
                Effect::Fetch(id, request) => {
                    inputs.extend(answer(request).map(|answer| Input::Reply(id, Ok(answer))));
                }
                _ => {}
            }
        }
    }
}

fn hello() -> ServerFrame {
    ServerFrame::Hello(Box::new(Hello {
        session_id: SessionId(1),
        user: me(),
        server_time: Timestamp(1),
        heartbeat_ms: 25_000,
        limits: Limits::CURRENT,
        rooms: (1..=ROOMS).map(room).collect(),
    }))
}

fn frame(epoch: Epoch, frame: ServerFrame) -> Input {
    Input::Socket(epoch, SocketEvent::Frame(Box::new(frame)))
}

fn live(room_id: RoomId, seq: i64) -> Input {
    let told = ServerFrame::Message {
        room_id,
        rev: seq,
        message: Box::new(message(room_id, seq)),
    };
    frame(Epoch(1), told)
}

/// Somebody in 500 rooms, with the last of those that were looked at on screen.
fn somebody() -> Model {
    let mut model = Model::new(7);
    tell(&mut model, Input::SignedIn(Box::new(me())));
    for id in 1..=KEPT_ROOMS {
        tell(&mut model, Input::User(Action::Open(RoomId(id))));
    }
    let kept = (1..=KEPT_ROOMS).flat_map(|id| (1..=KEPT).map(move |seq| message(RoomId(id), seq)));
    let missing = kept
        .filter(|message| model.key_of(message.room_id, message.id).is_none())
        .count();
    assert_eq!(
        missing, 0,
        "the model keeps fewer messages than it is tried with"
    );
    assert_eq!(model.rooms().count(), ROOMS as usize);
    model
}

/// How long it takes to apply messages that come in these rooms in turn.
fn apply(somebody: &Model, count: u64, rooms: impl Fn(i64) -> (i64, i64)) -> Duration {
    let mut took = Duration::ZERO;
    let mut left = count;
    while left > 0 {
        let part = left.min(LIVE as u64);
        left -= part;
        let mut model = somebody.clone();
        let inputs: Vec<Input> = (0..part as i64)
            .map(|number| {
                let (room, nth) = rooms(number);
                live(RoomId(room), KEPT + 1 + nth)
            })
            .collect();
        let began = Instant::now();
        for input in inputs {
            black_box(model.apply(Timestamp(2), input));
        }
        took += began.elapsed();
    }
    took
}

fn live_messages(criterion: &mut Criterion) {
    let model = somebody();
    let mut group = criterion.benchmark_group("model, 500 rooms, 10,000 messages");
    group.bench_function("a message in the room on screen", |bencher| {
        bencher.iter_custom(|count| apply(&model, count, |number| (KEPT_ROOMS, number)));
    });
    group.bench_function("a message in a room that was on screen", |bencher| {
        bencher.iter_custom(|count| {
            let others = KEPT_ROOMS - 1;
            apply(&model, count, |number| {
                (1 + number % others, number / others)
            })
        });
    });
    group.bench_function("a message in a room not looked at", |bencher| {
        bencher.iter_custom(|count| apply(&model, count, |number| (KEPT_ROOMS + 1 + number, 0)));
    });
    group.finish();
}

criterion_group!(benches, live_messages);
criterion_main!(benches);
