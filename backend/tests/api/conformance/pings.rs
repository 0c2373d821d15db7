//! Group 2: pings are answered with their payload, pongs that nobody asked for are not.

use super::{PING, PONG, PROTOCOL, TEXT, Tried, case, frame, junk, stars};

#[tokio::test]
async fn a_ping_is_answered_with_its_payload() {
    let mut tried = Tried::default();
    for (name, payload) in [
        ("without payload", vec![]),
        ("text", b"Hello, world!".to_vec()),
        ("binary", junk(7)),
        ("the longest", junk(125)),
    ] {
        case(name)
            .send(frame(PING, &payload))
            .hear(PONG, payload.clone())
            .lives(&mut tried);
        case(format!("{name}, byte by byte"))
            .send_cut(frame(PING, &payload), 1)
            .hear(PONG, payload)
            .lives(&mut tried);
    }
    let numbers: Vec<Vec<u8>> = (0..10_u8).map(|number| vec![number; 5]).collect();
    let pings: Vec<u8> = numbers
        .iter()
        .flat_map(|number| frame(PING, number))
        .collect();
    for cut in [1, 3, 10_000] {
        let mut ten = case(format!("ten, {cut} bytes at a time")).send_cut(pings.clone(), cut);
        for number in &numbers {
            ten = ten.hear(PONG, number.clone());
        }
        ten.lives(&mut tried);
    }
    case("before, between and after messages")
        .send(
            [
                frame(PING, b"1"),
                frame(TEXT, b"a"),
                frame(PING, b"2"),
                frame(TEXT, b"b"),
                frame(PING, b"3"),
            ]
            .concat(),
        )
        .hear(PONG, *b"1")
        .hear(TEXT, *b"a")
        .hear(PONG, *b"2")
        .hear(TEXT, *b"b")
        .hear(PONG, *b"3")
        .lives(&mut tried);
    tried.done(12).await;
}

#[tokio::test]
async fn a_pong_that_nobody_asked_for_is_passed_over() {
    let mut tried = Tried::default();
    for payload in [vec![], b"unsolicited".to_vec(), junk(125)] {
        case(format!("{} bytes", payload.len()))
            .send(frame(PONG, &payload))
            .lives(&mut tried);
        case(format!("{} bytes and a ping after it", payload.len()))
            .send([frame(PONG, &payload), frame(PING, b"after")].concat())
            .hear(PONG, *b"after")
            .lives(&mut tried);
    }
    tried.done(6).await;
}

#[tokio::test]
async fn s_ws_4_pings_and_pongs_are_short_and_whole() {
    let mut tried = Tried::default();
    for kind in [PING, PONG] {
        for size in [126, 127, 65_535] {
            case(format!("{kind} of {size} bytes"))
                .send(frame(kind, &stars(size)))
                .closes(&mut tried, PROTOCOL);
        }
        case(format!("{kind} that says it goes on"))
            .send(
                [
                    crate::support::socket::masked(kind, b"one"),
                    crate::support::socket::masked(0x80, b"two"),
                ]
                .concat(),
            )
            .closes(&mut tried, PROTOCOL);
    }
    tried.done(8).await;
}
