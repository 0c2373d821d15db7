//! Group 7: a close is answered once and with its code, nothing follows it, and bad codes and reasons are refused.

use super::{BINARY, CLOSE, PING, PROTOCOL, TEXT, Tried, case, frame, reason, stars};

/// RFC 6455, 7.4, and the registry of codes.
const CODES: [u16; 16] = [
    1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
];
/// Reserved, not given out, or not to be sent.
const NO_CODES: [u16; 16] = [
    0, 1, 500, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 9999, 32_768, 65_535,
];

#[tokio::test]
async fn a_close_is_answered_with_its_code() {
    let mut tried = Tried::default();
    for code in CODES {
        case(format!("{code}"))
            .send(frame(CLOSE, &reason(code, b"")))
            .closes(&mut tried, &[code]);
        case(format!("{code} with words"))
            .send(frame(CLOSE, &reason(code, "Schöner Tag".as_bytes())))
            .closes(&mut tried, &[code]);
    }
    case("without a code")
        .send(frame(CLOSE, b""))
        .closes(&mut tried, &[1000]);
    case("with the longest words")
        .send(frame(CLOSE, &reason(1000, &stars(123))))
        .closes(&mut tried, &[1000]);
    case("byte by byte")
        .send_cut(frame(CLOSE, &reason(1000, b"bye")), 1)
        .closes(&mut tried, &[1000]);
    tried.done(35).await;
}

#[tokio::test]
async fn nothing_that_follows_a_close_is_answered() {
    let mut tried = Tried::default();
    let close = frame(CLOSE, &reason(1000, b""));
    for (name, after) in [
        ("a second close", frame(CLOSE, &reason(1001, b""))),
        ("a ping", frame(PING, b"after")),
        ("a message", frame(TEXT, b"after")),
        ("half a frame", vec![0x81]),
    ] {
        case(name)
            .send([close.clone(), after].concat())
            .closes(&mut tried, &[1000]);
    }
    case("after a message")
        .send([frame(BINARY, b"before"), frame(PING, b"")].concat())
        .hear(BINARY, *b"before")
        .hear(super::PONG, *b"")
        .send(close)
        .closes(&mut tried, &[1000]);
    tried.done(5).await;
}

#[tokio::test]
async fn s_ws_4_a_close_without_a_good_code_or_reason_is_a_broken_protocol() {
    let mut tried = Tried::default();
    for code in NO_CODES {
        case(format!("{code}"))
            .send(frame(CLOSE, &reason(code, b"")))
            .closes(&mut tried, PROTOCOL);
        case(format!("{code} with words"))
            .send(frame(CLOSE, &reason(code, b"bye")))
            .closes(&mut tried, PROTOCOL);
    }
    case("half a code")
        .send(frame(CLOSE, &[3]))
        .closes(&mut tried, PROTOCOL);
    case("words that are too long")
        .send(frame(CLOSE, &reason(1000, &stars(124))))
        .closes(&mut tried, PROTOCOL);
    for words in [
        &b"\xff"[..],
        b"bye\xc2",
        b"\xce\xba\xe1\xbd\xb9\xed\xa0\x80edited",
    ] {
        // Either is right (RFC 6455, 7.4.1): the frame is broken, and so is its text.
        case(format!("words of {words:02x?}"))
            .send(frame(CLOSE, &reason(1000, words)))
            .closes(&mut tried, &[1002, 1007]);
    }
    tried.done(37).await;
}
