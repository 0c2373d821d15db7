//! The deadlines of one socket, with time as a value.

use super::{HEARTBEAT_MS, RENEW_MS, SILENCE_MS, STUCK_MS, Socket};
use crate::{
    event::{Frame, encode},
    realtime::queue::tests::take,
};
use shared::{RoomId, ServerFrame, SessionId, Timestamp, UserId, event::Head};

const START: i64 = 1_000_000;

/// A socket whose access lasts this long, with `hello` on its way out.
fn socket(lasts_ms: i64) -> Socket {
    let now = Timestamp(START);
    let ends = Timestamp(START + lasts_ms);
    let socket = Socket::new(1, UserId(1), SessionId(1), ends, now);
    socket.open(encode(&ServerFrame::Ping { server_time: now }));
    assert!(taken(&socket).is_some());
    socket
}

/// What leaves now, as text where it is text; `None` when nothing waits or all is over.
fn taken(socket: &Socket) -> Option<Vec<u8>> {
    take(&mut socket.queue.borrow_mut()).map(Vec::from)
}

fn sweep(socket: &Socket, now: i64) {
    let server_time = Timestamp(now);
    socket.sweep(now, &encode(&ServerFrame::Ping { server_time }));
}

/// The code of the close frame that leaves now.
fn closed(socket: &Socket) -> Option<u16> {
    let bytes = taken(socket)?;
    (bytes[0] == 0x88).then(|| u16::from_be_bytes([bytes[2], bytes[3]]))
}

fn says(socket: &Socket, what: &str) -> bool {
    taken(socket).is_some_and(|bytes| String::from_utf8_lossy(&bytes).contains(what))
}

#[test]
fn s_dos_7_a_quiet_socket_is_pinged_and_a_silent_one_is_closed() {
    let socket = socket(3_600_000);
    sweep(&socket, START + HEARTBEAT_MS - 1);
    assert!(taken(&socket).is_none());
    sweep(&socket, START + HEARTBEAT_MS);
    assert!(says(&socket, "\"ping\""));
    sweep(&socket, START + HEARTBEAT_MS + 1_000);
    assert!(taken(&socket).is_none(), "once per heartbeat");
    socket.heard_at.set(START + 50_000);
    sweep(&socket, START + SILENCE_MS);
    assert!(says(&socket, "\"ping\""), "what was heard counts");
    sweep(&socket, START + 50_000 + SILENCE_MS);
    assert_eq!(closed(&socket), Some(4008));
}

#[test]
fn s_dos_5_a_socket_that_takes_no_byte_is_closed_and_a_slow_one_is_not() {
    let waits = || Frame {
        head: Some(Head {
            room_id: RoomId(1),
            head_rev: 1,
        }),
        ..encode(&ServerFrame::MyRoomLeft { room_id: RoomId(1) })
    };
    let (stuck, slow) = (socket(3_600_000), socket(3_600_000));
    stuck.push(waits());
    slow.push(waits());
    for second in 0..STUCK_MS / 1_000 {
        sweep(&stuck, START + second * 1_000);
        sweep(&slow, START + second * 1_000);
        if second % 10 == 0 {
            assert!(taken(&slow).is_some());
            slow.push(waits());
        }
    }
    sweep(&stuck, START + STUCK_MS);
    sweep(&slow, START + STUCK_MS);
    assert_eq!(closed(&stuck), Some(4008));
    assert_eq!(closed(&slow), None);
}

#[test]
fn s_ses_5_access_that_ends_is_announced_once_and_then_closes_unless_renewed() {
    let (left, renewed) = (socket(RENEW_MS + 5_000), socket(RENEW_MS + 5_000));
    for socket in [&left, &renewed] {
        sweep(socket, START + 4_000);
        assert!(taken(socket).is_none());
        sweep(socket, START + 5_000);
        assert!(says(socket, "auth_needed"));
        sweep(socket, START + 6_000);
        assert!(taken(socket).is_none());
        socket.heard_at.set(START + RENEW_MS);
        socket.pinged_at.set(START + RENEW_MS);
    }
    renewed.renew(Timestamp(START + 3_600_000));
    sweep(&left, START + RENEW_MS + 5_000);
    sweep(&renewed, START + RENEW_MS + 5_000);
    assert_eq!(closed(&left), Some(4001));
    assert!(taken(&renewed).is_none());
}
