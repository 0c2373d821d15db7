//! Groups 3 and 4: the reserved bits and the reserved opcodes end the connection, whatever came before.

use super::{BINARY, CLOSE, FIN, PING, PONG, PROTOCOL, TEXT, Tried, case, frame, reason};
use crate::support::socket::masked;

#[tokio::test]
async fn s_ws_4_reserved_bits_are_refused_in_every_kind_of_frame() {
    let mut tried = Tried::default();
    for bits in 1..8_u8 {
        for kind in [TEXT, BINARY, CLOSE, PING, PONG] {
            let payload = if kind == CLOSE {
                reason(1000, b"")
            } else {
                b"x".to_vec()
            };
            let bad = masked(FIN | bits << 4 | kind, &payload);
            case(format!("bits {bits} in {kind}"))
                .send(bad)
                .closes(&mut tried, PROTOCOL);
        }
        let bad = masked(FIN | bits << 4 | TEXT, b"bad");
        case(format!("bits {bits} after a message"))
            .send(frame(TEXT, b"good"))
            .hear(TEXT, *b"good")
            .send([bad.clone(), frame(PING, b"unanswered")].concat())
            .closes(&mut tried, PROTOCOL);
        case(format!("bits {bits}, byte by byte"))
            .send_cut(bad, 1)
            .closes(&mut tried, PROTOCOL);
        case(format!("bits {bits} in a second fragment"))
            .send([masked(TEXT, b"good"), masked(FIN | bits << 4, b"bad")].concat())
            .closes(&mut tried, PROTOCOL);
    }
    tried.done(56).await;
}

#[tokio::test]
async fn s_ws_4_reserved_opcodes_are_refused() {
    let mut tried = Tried::default();
    for kind in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        for payload in [&b""[..], b"payload"] {
            case(format!("opcode {kind} with {} bytes", payload.len()))
                .send(frame(kind, payload))
                .closes(&mut tried, PROTOCOL);
        }
        case(format!("opcode {kind} after a message"))
            .send(frame(TEXT, b"good"))
            .hear(TEXT, *b"good")
            .send([frame(kind, b"bad"), frame(PING, b"unanswered")].concat())
            .closes(&mut tried, PROTOCOL);
        case(format!("opcode {kind} between fragments"))
            .send(
                [
                    masked(TEXT, b"good"),
                    frame(kind, b"bad"),
                    frame(0, b"good"),
                ]
                .concat(),
            )
            .closes(&mut tried, PROTOCOL);
    }
    tried.done(40).await;
}
