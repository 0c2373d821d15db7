//! Bytes out of nowhere: whatever comes over the wire, the server answers or hangs up, and serves the next one.

use crate::support::{
    Place, Socket,
    socket::{handshake, masked},
    wire::Wire,
};
use proptest::prelude::*;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Frames of all kinds, whole and broken, with payloads that are nearly ours.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let text = prop_oneof![
        any::<Vec<u8>>(),
        "\\PC{0,60}".prop_map(String::into_bytes),
        "\\{\"type\":\"(send|edit|read|watch|changes|auth|pong|focus)\",\"id\":[0-9]{1,25},\"room_id\":-?[0-9]{1,20},\"(body|after|seq)\":(\"x\"|[0-9]{1,20}|null|\\[\\])\\}"
            .prop_map(String::into_bytes),
    ];
    let frame = prop_oneof![
        3 => text.clone().prop_map(|text| masked(0x81, &text)),
        1 => (any::<u8>(), text).prop_map(|(first, text)| masked(first, &text)),
        1 => any::<Vec<u8>>(),
    ];
    proptest::collection::vec(frame, 1..12).prop_map(|frames| frames.concat())
}

#[test]
fn s_ws_6_no_bytes_on_a_socket_disturb_anybody_else() {
    let runtime = runtime();
    let place = Place::open();
    let (ines, bystander) = runtime.block_on(async {
        let ines = place.admit("ines").await;
        let bystander = Socket::open(&place.admit("tom").await).await;
        (ines, tokio::sync::Mutex::new(bystander))
    });
    proptest!(config(), |(bytes in frames())| {
        runtime.block_on(async {
            let mut wire = Wire::connect(place.address).await;
            let target = format!("/ws?token={}", ines.token);
            wire.write(handshake(place.address, &target, &[]).as_bytes()).await;
            let answer = wire.answer(false).await.expect("an answer");
            prop_assert_eq!(answer.status, 101);
            wire.write(&bytes).await;
            bystander.lock().await.lives().await;
            Ok(())
        })?;
    });
    runtime.block_on(async { ines.get("/me").await.expect(200) });
}

#[test]
fn s_http_1_no_bytes_instead_of_a_request_disturb_anybody_else() {
    let runtime = runtime();
    let place = Place::open();
    let line = "(GET|POST|PUT|BREW|\\PC{0,5}) (/|/ws|/api/v1/me|/api/v1/rooms/1/messages|\\PC{0,30}) HTTP/(1.1|1.0|2.0|x)\r\n";
    let header = "(host|content-length|transfer-encoding|authorization|cookie|upgrade|connection|\\PC{0,8}): ?\\PC{0,20}\r\n";
    let request = (
        line,
        proptest::collection::vec(header, 0..6),
        any::<Vec<u8>>(),
    );
    proptest!(config(), |((line, headers, body) in request)| {
        runtime.block_on(async {
            let mut wire = Wire::connect(place.address).await;
            wire.write(&[line.as_bytes(), headers.concat().as_bytes(), b"\r\n", &body].concat()).await;
            let health = place.anyone().plain("GET", "/healthz").send().await;
            prop_assert_eq!(health.status, 200);
            Ok(())
        })?;
    });
}
