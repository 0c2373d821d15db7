//! Frames that are none, too many, too large or too clever: a clear error each, and the right end for what
//! breaks the protocol. The server stays up.

use crate::support::{
    Cast, Place, Socket,
    caller::client_id,
    socket::{BINARY, CLOSE, PING, PONG, TEXT, masked},
};
use serde_json::{Value, json};
use shared::{ErrorCode, event::close, limits};

/// The next error frame: its mark and code.
async fn error(socket: &mut Socket) -> (Value, ErrorCode) {
    loop {
        let frame = socket.next_json().await;
        if frame["type"] == "error" {
            let code = frame["code"].as_str().expect("a code");
            return (
                frame["id"].clone(),
                ErrorCode::parse(code).expect("a known code"),
            );
        }
    }
}

#[tokio::test]
async fn s_ws_6_what_is_no_frame_is_an_error_and_the_socket_lives() {
    let place = Place::open();
    let mut socket = Socket::open(&place.admit("ines").await).await;
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    let deep_object = format!(
        r#"{{"type":"send","id":1,"x":{}1{}}}"#,
        "[".repeat(9_000),
        "]".repeat(9_000)
    );
    for (text, id, code) in [
        ("", json!(null), ErrorCode::Malformed),
        ("{", json!(null), ErrorCode::Malformed),
        ("nonsense", json!(null), ErrorCode::Malformed),
        (
            r#"{"type":"send","type":"#,
            json!(null),
            ErrorCode::Malformed,
        ),
        (&deep, json!(null), ErrorCode::BadFrame),
        (&deep_object, json!(1), ErrorCode::Validation),
        ("null", json!(null), ErrorCode::BadFrame),
        ("[]", json!(null), ErrorCode::BadFrame),
        ("42", json!(null), ErrorCode::BadFrame),
        (r#"["pong"]"#, json!(null), ErrorCode::BadFrame),
        (r#"["delete", 1, 1]"#, json!(null), ErrorCode::BadFrame),
        ("{}", json!(null), ErrorCode::BadFrame),
        (r#"{"id":7}"#, json!(7), ErrorCode::BadFrame),
        (
            r#"{"type":"dance","id":8}"#,
            json!(8),
            ErrorCode::UnknownType,
        ),
        (
            r#"{"type":"hello","id":9}"#,
            json!(9),
            ErrorCode::UnknownType,
        ),
        (
            r#"{"type":"call_offer","id":9}"#,
            json!(9),
            ErrorCode::UnknownType,
        ),
        (
            r#"{"type":"send","id":"a"}"#,
            json!("a"),
            ErrorCode::Validation,
        ),
        (
            r#"{"type":"send","room_id":1,"client_id":"x","body":"y"}"#,
            json!(null),
            ErrorCode::Validation,
        ),
        (
            r#"{"type":"edit","id":1,"message_id":"1","body":"x"}"#,
            json!(1),
            ErrorCode::Validation,
        ),
        (
            r#"{"type":"edit","id":1,"message_id":1.5,"body":"x"}"#,
            json!(1),
            ErrorCode::Validation,
        ),
        (
            r#"{"type":"edit","id":1,"message_id":1,"body":["x"]}"#,
            json!(1),
            ErrorCode::Validation,
        ),
        (
            r#"{"type":"delete","id":1,"message_id":99999999999999999999}"#,
            json!(1),
            ErrorCode::Validation,
        ),
        (
            r#"{"type":"delete","id":1,"message_id":-99999999999999999999}"#,
            json!(1),
            ErrorCode::Validation,
        ),
        (
            r#"{"type":"read","id":1,"room_id":1}"#,
            json!(1),
            ErrorCode::Validation,
        ),
        (
            r#"{"type":"watch","user_ids":"all"}"#,
            json!(null),
            ErrorCode::Validation,
        ),
        (
            r#"{"type":"focus","room_id":"here"}"#,
            json!(null),
            ErrorCode::Validation,
        ),
        (
            r#"{"type":"changes","id":1,"room_id":1,"after":"0"}"#,
            json!(1),
            ErrorCode::Validation,
        ),
        (
            r#"{"type":"send","id":{"a":1},"room_id":1,"client_id":"x","body":"y"}"#,
            json!(null),
            ErrorCode::Validation,
        ),
    ] {
        socket.text(text).await;
        let shown: String = text.chars().take(80).collect();
        let (got, as_code) = error(&mut socket).await;
        assert_eq!(as_code, code, "{shown}");
        assert_eq!(got, id, "{shown}");
    }
    socket.lives().await;
}

#[tokio::test]
async fn a_mark_is_a_number_or_a_short_text_and_nothing_else() {
    let place = Place::open();
    let mut socket = Socket::open(&place.admit("ines").await).await;
    for good in [
        json!(0),
        json!(9_007_199_254_740_991_u64),
        json!(""),
        json!("x".repeat(64)),
    ] {
        socket
            .tell(&json!({ "type": "changes", "id": good, "room_id": 0, "after": 0 }))
            .await;
        assert_eq!(
            socket.answer_to(&good).await,
            Err(ErrorCode::NotFound),
            "{good}"
        );
    }
    for bad in [
        json!("x".repeat(65)),
        json!(-1),
        json!(1.5),
        json!(1_u64 << 53),
        json!(true),
        json!([1]),
    ] {
        socket
            .tell(&json!({ "type": "changes", "id": bad, "room_id": 0, "after": 0 }))
            .await;
        assert_eq!(
            error(&mut socket).await,
            (json!(null), ErrorCode::Validation),
            "{bad}"
        );
    }
    socket.lives().await;
}

#[tokio::test]
async fn unknown_fields_of_a_frame_are_ignored() {
    let cast = Cast::gather().await;
    let mut socket = Socket::open(&cast.ines).await;
    let send = json!({
        "type": "send", "room_id": cast.den, "client_id": client_id(), "body": "from tomorrow",
        "mood": "sunny", "author_id": cast.tom.id, "seq": 900, "created_at": "1999-01-01T00:00:00.000Z",
    });
    socket.ask(send).await.expect("an ack");
    let seen = socket.message("from tomorrow").await;
    // S-AZ-9: nobody else's name, place or time comes from a body.
    assert_eq!(seen.author_id, cast.ines.id);
    assert!(seen.seq < 900 && seen.created_at.0 > 1_600_000_000_000);
}

#[tokio::test]
async fn ids_at_the_edges_name_nothing() {
    let place = Place::open();
    let mut socket = Socket::open(&place.admit("ines").await).await;
    for id in [0, -1, i64::MAX, i64::MIN, 1 << 53] {
        let send = json!({ "type": "send", "room_id": id, "client_id": client_id(), "body": "x" });
        assert_eq!(socket.ask(send).await, Err(ErrorCode::NotFound), "{id}");
        for frame in [
            json!({ "type": "edit", "message_id": id, "body": "x" }),
            json!({ "type": "delete", "message_id": id }),
            json!({ "type": "read", "room_id": id, "seq": 1 }),
            json!({ "type": "changes", "room_id": id, "after": 0 }),
        ] {
            assert_eq!(socket.ask(frame).await, Err(ErrorCode::NotFound), "{id}");
        }
        socket
            .tell(&json!({ "type": "typing", "room_id": id }))
            .await;
        socket
            .tell(&json!({ "type": "focus", "room_id": id }))
            .await;
        socket
            .tell(&json!({ "type": "watch", "user_ids": [id] }))
            .await;
    }
    socket.lives().await;
}

#[tokio::test]
async fn numbers_at_the_edges_of_a_room_of_ones_own_are_answered() {
    let cast = Cast::gather().await;
    let mut socket = Socket::open(&cast.ines).await;
    for seq in [i64::MAX, 1 << 53] {
        let read = json!({ "type": "read", "room_id": cast.den, "seq": seq });
        let ack = socket.ask(read).await.expect("an ack");
        let room = cast.ines.room(cast.den).await;
        assert_eq!(
            ack["read_seq"], room.last_seq,
            "never beyond the last message"
        );
    }
    let below = json!({ "type": "read", "room_id": cast.den, "seq": -1 });
    assert_eq!(socket.ask(below).await, Err(ErrorCode::Validation));
    let room = cast.ines.room(cast.den).await;
    for after in [i64::MIN, -1] {
        let all = socket.changes(cast.den, after).await.expect("changes");
        assert_eq!((all.rev, all.more), (room.head_rev, false));
        assert!(all.room.is_some() && !all.messages.is_empty());
    }
    let none = socket.changes(cast.den, i64::MAX).await.expect("changes");
    assert!(
        none.messages.is_empty() && none.members.is_empty() && none.room.is_none() && !none.more
    );
    assert_eq!(
        none.rev, room.head_rev,
        "one that is ahead is told where the room is"
    );
}

#[tokio::test]
async fn a_binary_frame_is_an_error_and_the_socket_lives() {
    let place = Place::open();
    let mut socket = Socket::open(&place.admit("ines").await).await;
    socket
        .raw(&masked(0x80 | BINARY, br#"{"type":"pong"}"#))
        .await;
    assert_eq!(error(&mut socket).await.1, ErrorCode::BadFrame);
    socket.lives().await;
}

#[tokio::test]
async fn a_message_in_fragments_is_one_message() {
    let cast = Cast::gather().await;
    let mut socket = Socket::open(&cast.ines).await;
    let send = json!({ "type": "send", "id": 1, "room_id": cast.den, "client_id": client_id(), "body": "in pärts" });
    let text = send.to_string();
    // Cut inside a character, with a ping between the fragments (RFC 6455, 5.4).
    let cut = text.find('ä').expect("it is there") + 1;
    let bytes = text.as_bytes();
    socket.raw(&masked(TEXT, &bytes[..cut])).await;
    socket.raw(&masked(0x80 | PING, b"")).await;
    socket.raw(&masked(0x00, &bytes[cut..cut + 2])).await;
    socket.raw(&masked(0x80, &bytes[cut + 2..])).await;
    assert_eq!(socket.message("in pärts").await.author_id, cast.ines.id);
}

#[tokio::test]
async fn s_ws_4_broken_protocol_ends_with_1002_and_bad_text_with_1007() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let mut unmasked = vec![0x80 | TEXT, 15];
    unmasked.extend_from_slice(br#"{"type":"pong"}"#);
    for (what, bytes, code) in [
        ("a reserved opcode", masked(0x80 | 3, b"x"), 1002),
        ("a reserved control opcode", masked(0x80 | 11, b"x"), 1002),
        ("no mask", unmasked, 1002),
        ("a continuation of nothing", masked(0x80, b"x"), 1002),
        ("a ping in fragments", masked(PING, b"x"), 1002),
        ("a ping too long", masked(0x80 | PING, &[b'x'; 126]), 1002),
        ("a reserved bit", masked(0xC0 | TEXT, b"{}"), 1002),
        (
            "a message within a message",
            [masked(TEXT, b"a"), masked(0x80 | TEXT, b"b")].concat(),
            1002,
        ),
        (
            "text that is no UTF-8",
            masked(0x80 | TEXT, b"\xff\xfe"),
            1007,
        ),
        (
            "a cut character",
            masked(0x80 | TEXT, b"{\"type\":\"\xe2\x82\"}"),
            1007,
        ),
        ("a surrogate", masked(0x80 | TEXT, b"\xed\xa0\x80"), 1007),
        (
            "fragments that are no UTF-8",
            [masked(TEXT, b"\xe2"), masked(0x80, b"\x28")].concat(),
            1007,
        ),
    ] {
        let mut socket = Socket::open(&ines).await;
        socket.raw(&bytes).await;
        assert_eq!(socket.closed().await, code, "{what}");
    }
}

#[tokio::test]
async fn s_ws_5_more_than_64_kib_ends_with_1009_whole_declared_or_in_fragments() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let declared = [
        &[0x80 | TEXT, 0x80 | 127][..],
        &(1_u64 << 40).to_be_bytes(),
        &[0; 4],
    ]
    .concat();
    let mut fragments = masked(TEXT, &[b' '; 30_000]);
    for _ in 0..3 {
        fragments.extend(masked(0x00, &[b' '; 30_000]));
    }
    for (what, bytes) in [
        (
            "one frame",
            masked(0x80 | TEXT, &vec![b' '; limits::FRAME_BYTES + 1]),
        ),
        ("a declared length", declared),
        ("fragments that add up", fragments),
    ] {
        let mut socket = Socket::open(&ines).await;
        socket.raw(&bytes).await;
        assert_eq!(socket.closed().await, 1009, "{what}");
    }
}

#[tokio::test]
async fn s_ws_5_a_frame_of_exactly_64_kib_is_read() {
    let cast = Cast::gather().await;
    let mut socket = Socket::open(&cast.ines).await;
    let send = json!({ "type": "send", "id": 1, "room_id": cast.den, "client_id": client_id(), "body": "roomy" });
    let mut text = send.to_string();
    text.push_str(&" ".repeat(limits::FRAME_BYTES - text.len()));
    socket.text(&text).await;
    socket.message("roomy").await;
}

#[tokio::test]
async fn s_dos_4_a_flood_of_junk_ends_with_4013() {
    let place = Place::open();
    let mut socket = Socket::open(&place.admit("ines").await).await;
    for _ in 0..2_000 {
        if !socket.raw(&masked(0x80 | TEXT, b"junk")).await {
            break;
        }
    }
    assert_eq!(socket.closed().await, close::BAD_FRAME);
}

#[tokio::test]
async fn s_dos_4_a_flood_of_good_frames_is_told_off_and_ends_with_4029() {
    let place = Place::with(|config| config.rate_limits = "on".into());
    let ines = place.admit("ines").await;
    let mut socket = Socket::open(&ines).await;
    let pong = masked(0x80 | TEXT, br#"{"type":"pong"}"#);
    let mut flood = Vec::new();
    for _ in 0..1_000 {
        flood.extend_from_slice(&pong);
    }
    for _ in 0..20 {
        if !socket.raw(&flood).await {
            break;
        }
    }
    let (said, code) = socket.last_words().await;
    assert_eq!(code, close::FLOODING);
    for frame in said {
        assert_eq!(frame["code"], "rate_limited", "{frame}");
        assert!(
            frame["retry_after_ms"].as_i64().is_some_and(|ms| ms > 0),
            "{frame}"
        );
    }
}

#[tokio::test]
async fn s_dos_3_a_flood_of_pings_holds_nobody_up() {
    let cast = Cast::gather().await;
    let mut flooder = Socket::open(&cast.zoe).await;
    let mut bystander = Socket::open(&cast.tom).await;
    let pings: Vec<u8> = (0..5_000)
        .flat_map(|_| masked(0x80 | PING, b"ping ping ping"))
        .collect();
    flooder.raw(&pings).await;
    bystander.say(cast.den, "still here").await;
    bystander.message("still here").await;
}

#[tokio::test]
async fn pongs_and_closes_of_any_kind_are_no_trouble() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let mut socket = Socket::open(&ines).await;
    socket.raw(&masked(0x80 | PONG, b"unasked")).await;
    socket.tell(&json!({ "type": "pong" })).await;
    socket.lives().await;
    for payload in [
        &b""[..],
        &[3, 232],
        &[3, 237],
        &[0x0f, 0xa1],
        b"\x03\xe8with words",
    ] {
        let mut socket = Socket::open(&ines).await;
        socket.raw(&masked(0x80 | CLOSE, payload)).await;
        let code = socket.closed().await;
        assert!(
            matches!(code, 1000 | 1002 | 1005 | 1007 | 4001),
            "{payload:?}: {code}"
        );
    }
    place.admit("tom").await;
}
