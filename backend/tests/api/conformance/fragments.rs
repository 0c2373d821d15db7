//! Group 5: messages in fragments, with control frames between them, and fragments out of place.

use super::{
    BINARY, CLOSE, FIN, PING, PONG, PROTOCOL, TEXT, Tried, case, fragmented, frame, junk, reason,
};
use crate::support::socket::masked;

#[tokio::test]
async fn a_message_in_fragments_comes_back_whole() {
    let mut tried = Tried::default();
    let texts: [&[&[u8]]; 6] = [
        &[b"frag", b"ment"],
        &[b"one", b"two", b"three"],
        &[b"", b""],
        &[b"", b"", b""],
        &[b"", b"middle", b""],
        &[b"first", b"", b"", b"last"],
    ];
    for fragments in texts {
        for kind in [TEXT, BINARY] {
            let whole = fragments.concat();
            for cut in [1, 10_000] {
                case(format!("{fragments:?} as {kind}, {cut} bytes at a time"))
                    .send_cut(fragmented(kind, fragments), cut)
                    .hear(kind, whole.clone())
                    .lives(&mut tried);
            }
        }
    }
    let junk = junk(3_000);
    let pieces: Vec<&[u8]> = junk.chunks(1).collect();
    case("three thousand fragments of a byte")
        .send(fragmented(BINARY, &pieces))
        .hear(BINARY, junk.clone())
        .lives(&mut tried);
    let two = [
        fragmented(TEXT, &[b"a", b"b"]),
        fragmented(BINARY, &[b"c", b"d"]),
    ];
    case("one after the other")
        .send(two.concat())
        .hear(TEXT, *b"ab")
        .hear(BINARY, *b"cd")
        .lives(&mut tried);
    tried.done(26).await;
}

#[tokio::test]
async fn control_frames_between_fragments_are_answered_at_once() {
    let mut tried = Tried::default();
    for cut in [1, 10_000] {
        let sent = [
            masked(TEXT, b"one"),
            frame(PING, b"between"),
            masked(0, b"two"),
            frame(PONG, b"ignored"),
            frame(PING, b"again"),
            masked(FIN, b"three"),
        ];
        case(format!("pings between, {cut} bytes at a time"))
            .send_cut(sent.concat(), cut)
            .hear(PONG, *b"between")
            .hear(PONG, *b"again")
            .hear(TEXT, *b"onetwothree")
            .lives(&mut tried);
    }
    case("the pong does not wait for the message")
        .send([masked(TEXT, b"one"), frame(PING, b"now")].concat())
        .hear(PONG, *b"now")
        .send(masked(FIN, b"two"))
        .hear(TEXT, *b"onetwo")
        .lives(&mut tried);
    case("a close between")
        .send(
            [
                masked(TEXT, b"one"),
                frame(CLOSE, &reason(1001, b"")),
                masked(FIN, b"two"),
            ]
            .concat(),
        )
        .closes(&mut tried, &[1001]);
    case("a message that never ends")
        .send(masked(TEXT, b"one"))
        .lives(&mut tried);
    tried.done(5).await;
}

#[tokio::test]
async fn s_ws_4_fragments_out_of_place_are_refused() {
    let mut tried = Tried::default();
    let (fin, more) = (masked(FIN, b"x"), masked(0, b"x"));
    let whole = fragmented(TEXT, &[b"a", b"b"]);
    for (name, bytes) in [
        ("a last one of nothing", fin.clone()),
        ("a middle one of nothing", more.clone()),
        ("an empty last one of nothing", masked(FIN, b"")),
        ("an empty middle one of nothing", masked(0, b"")),
        (
            "a text within a text",
            [masked(TEXT, b"a"), frame(TEXT, b"b")].concat(),
        ),
        (
            "a binary within a text",
            [masked(TEXT, b"a"), frame(BINARY, b"b")].concat(),
        ),
        (
            "a text within a binary",
            [masked(BINARY, b"a"), frame(TEXT, b"b")].concat(),
        ),
        (
            "a text begun twice",
            [masked(TEXT, b"a"), masked(TEXT, b"b")].concat(),
        ),
        (
            "a binary begun within a text",
            [masked(TEXT, b"a"), masked(BINARY, b"b")].concat(),
        ),
        (
            "a close in fragments",
            [masked(CLOSE, &reason(1000, b"")), masked(FIN, b"")].concat(),
        ),
    ] {
        case(name).send(bytes.clone()).closes(&mut tried, PROTOCOL);
        case(format!("{name}, byte by byte"))
            .send_cut(bytes, 1)
            .closes(&mut tried, PROTOCOL);
    }
    for (name, bytes) in [("a last one", fin), ("a middle one", more)] {
        case(format!("{name} after a whole message"))
            .send(whole.clone())
            .hear(TEXT, *b"ab")
            .send(bytes)
            .closes(&mut tried, PROTOCOL);
    }
    tried.done(22).await;
}
