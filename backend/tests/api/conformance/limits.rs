//! Group 9: 64 KiB are read in any pieces, and one byte more is refused by its declared length or its sum.

use super::{BINARY, FIN, PING, PONG, TEXT, TOO_BIG, Tried, case, fragmented, frame, junk, stars};
use crate::support::socket::masked;
use shared::limits::FRAME_BYTES;

/// A header that declares so many bytes, of which none follow.
fn declared(first: u8, length: u64) -> Vec<u8> {
    [&[first, 0xff][..], &length.to_be_bytes(), &[0; 4]].concat()
}

#[tokio::test]
async fn messages_up_to_the_limit_are_read_in_any_pieces() {
    let mut tried = Tried::default();
    let (text, binary) = (stars(FRAME_BYTES), junk(FRAME_BYTES));
    for size in [64, 256, 1_024, 4_096, 16_384, 32_768, 65_535] {
        for (kind, bytes) in [(TEXT, &text), (BINARY, &binary)] {
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            case(format!("{kind} in fragments of {size}"))
                .send(fragmented(kind, &pieces))
                .hear(kind, bytes.clone())
                .lives(&mut tried);
            case(format!("{kind} in writes of {size}"))
                .send_cut(frame(kind, bytes), size)
                .hear(kind, bytes.clone())
                .lives(&mut tried);
        }
    }
    for size in [0, 16, 64, 256, 1_024, 16_384] {
        let mut there_and_back = case(format!("a hundred times {size}"));
        for number in 0..100 {
            let (kind, bytes) = if number % 2 == 0 {
                (TEXT, stars(size))
            } else {
                (BINARY, junk(size))
            };
            there_and_back = there_and_back.send(frame(kind, &bytes)).hear(kind, bytes);
        }
        there_and_back.lives(&mut tried);
    }
    let nothings: Vec<&[u8]> = vec![b""; 10_000];
    case("ten thousand fragments of nothing")
        .send(fragmented(TEXT, &nothings))
        .hear(TEXT, *b"")
        .lives(&mut tried);
    tried.done(35).await;
}

#[tokio::test]
async fn s_ws_5_what_is_over_the_limit_is_refused_before_it_is_there() {
    let mut tried = Tried::default();
    let limit = u64::try_from(FRAME_BYTES).expect("small");
    for length in [limit + 1, 1 << 20, 1 << 31, 1 << 32, (1 << 63) - 1] {
        for kind in [TEXT, BINARY] {
            case(format!("{kind} declares {length}"))
                .send(declared(FIN | kind, length))
                .closes(&mut tried, TOO_BIG);
            case(format!("{kind} declares {length}, byte by byte"))
                .send_cut(declared(FIN | kind, length), 1)
                .closes(&mut tried, TOO_BIG);
        }
        case(format!("a second fragment declares {length}"))
            .send([masked(TEXT, b"one"), declared(FIN, length)].concat())
            .closes(&mut tried, TOO_BIG);
    }
    // The highest bit is none of the length (RFC 6455, 5.2).
    case("more than there is")
        .send(declared(FIN | TEXT, u64::MAX))
        .closes(&mut tried, &[1002, 1009]);
    tried.done(26).await;
}

#[tokio::test]
async fn s_ws_5_fragments_are_refused_at_the_first_that_is_over_the_limit() {
    let mut tried = Tried::default();
    let whole = stars(FRAME_BYTES);
    for kind in [TEXT, BINARY] {
        case(format!("{kind}, one byte more in a last fragment"))
            .send([masked(kind, &whole), masked(FIN, b"*")].concat())
            .closes(&mut tried, TOO_BIG);
        case(format!(
            "{kind}, one byte more in a fragment that is not the last"
        ))
        .send([masked(kind, &whole), masked(0, b"*")].concat())
        .closes(&mut tried, TOO_BIG);
        let mut many = case(format!("{kind}, fragments without an end"));
        let mut sent = masked(kind, &stars(4_096));
        for _ in 0..15 {
            sent.extend(masked(0, &stars(4_096)));
        }
        many = many
            .send([sent, frame(PING, b"not yet")].concat())
            .hear(PONG, *b"not yet");
        many.send(masked(0, b"*")).closes(&mut tried, TOO_BIG);
    }
    case("the next message begins from nothing")
        .send(
            [
                fragmented(TEXT, &[&whole[..40_000], &whole[40_000..]]),
                fragmented(BINARY, &[&whole, b""]),
            ]
            .concat(),
        )
        .hear(TEXT, whole.clone())
        .hear(BINARY, whole)
        .lives(&mut tried);
    tried.done(7).await;
}
