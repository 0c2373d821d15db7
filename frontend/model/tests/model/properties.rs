//! What holds whatever happens.

use crate::{
    chaos::{Op, any_ops, sending_ops},
    client::Client,
};
use model::{Input, Model, SocketEvent};
use proptest::prelude::*;
use shared::{RoomId, ServerFrame, Timestamp};
use std::collections::BTreeMap;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Any loss, duplication, reordering, reconnect and restart ends equal to a fresh load.
    #[test]
    fn the_client_ends_equal_to_a_fresh_load(ops in any_ops(120)) {
        let mut client = Client::new();
        for op in ops {
            client.perform(op);
        }
        client.settle();
        client.assert_converged();
    }

    #[test]
    fn every_message_is_sent_exactly_once_and_in_order(ops in sending_ops(120)) {
        let mut client = Client::new();
        let mut written: BTreeMap<RoomId, Vec<String>> = BTreeMap::new();
        for op in ops {
            if let Op::Send(room) = op {
                let body = client.send(room);
                written.entry(room).or_default().push(body);
            } else {
                client.perform(op);
            }
        }
        client.settle();
        for id in [1, 2, 3].map(RoomId) {
            // What others edited or deleted of it has come, too; their texts say nothing of the order any more.
            let server: Vec<String> = client.mine_in(id);
            let written = written.remove(&id).unwrap_or_default();
            prop_assert_eq!(server.len(), written.len());
            for (there, here) in server.iter().zip(&written) {
                prop_assert!(there == here || there.is_empty() || there == "edited", "{:?} {:?}", server, written);
            }
        }
        prop_assert!(client.saved.is_empty(), "{:?}", client.saved);
        client.assert_converged();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_slice_that_changes_is_told(ops in any_ops(50)) {
        let mut client = Client::new();
        client.strict = true;
        for op in ops {
            client.perform(op);
        }
        client.settle();
    }
}

/// Frames with any numbers in them, right in form and wrong in everything else.
fn wild_frame() -> impl Strategy<Value = ServerFrame> {
    let number = prop_oneof![-2..6_i64, any::<i64>()];
    let template = prop::sample::select(vec![
        r#"{"type":"message","room_id":1,"rev":@,"message":{"id":@,"room_id":@,"seq":@,"rev":@,"kind":"text","author_id":@,"client_id":"x","body":"b","created_at":"2026-01-01T00:00:00.000Z","reply_to":{"id":@,"seq":@,"author_id":@,"excerpt":"e"}}}"#,
        r#"{"type":"message","room_id":2,"rev":@,"message":{"id":@,"room_id":2,"seq":@,"rev":@,"kind":"system","author_id":@,"body":"","created_at":"2026-01-01T00:00:00.000Z","system":{"event":"joined"}}}"#,
        r#"{"type":"member","room_id":1,"rev":@,"user_id":@,"role":"owner"}"#,
        r#"{"type":"member","room_id":1,"rev":@,"user_id":@}"#,
        r#"{"type":"head","room_id":1,"head_rev":@}"#,
        r#"{"type":"lagged","rooms":[{"room_id":1,"head_rev":@}]}"#,
        r#"{"type":"my_room_left","room_id":@}"#,
        r#"{"type":"my_room","room":{"id":@,"kind":"direct","name":"","topic":"","member_ids":[@,@],"member_count":@,"created_at":"2026-01-01T00:00:00.000Z","last_seq":@,"head_rev":@,"rev":@,"my":{"role":"member","joined_at":"2026-01-01T00:00:00.000Z","read_seq":@,"unread":@,"mentions":@,"notify":"all","muted":false,"favourite":true}}}"#,
        r#"{"type":"my_room","room":{"id":1,"kind":"public","name":"n","topic":"","member_count":@,"created_at":"2026-01-01T00:00:00.000Z","last_seq":@,"head_rev":@,"rev":@,"my":{"role":"member","joined_at":"2026-01-01T00:00:00.000Z","read_seq":@,"unread":@,"mentions":@,"notify":"all","muted":false,"favourite":true}}}"#,
        r#"{"type":"room","room_id":1,"rev":@,"room":{"id":1,"kind":"public","name":"n","topic":"","member_count":@,"created_at":"2026-01-01T00:00:00.000Z","last_seq":@,"head_rev":@,"rev":@}}"#,
        r#"{"type":"typing","room_id":1,"user_id":@,"expires_in_ms":@}"#,
        r#"{"type":"presence","users":[{"id":@,"presence":"away"}]}"#,
        r#"{"type":"ack","id":@,"message_id":@,"seq":@,"rev":@,"created_at":"2026-01-01T00:00:00.000Z"}"#,
        r#"{"type":"error","id":@,"code":"rate_limited","detail":"","retry_after_ms":@}"#,
        r#"{"type":"error","id":@,"code":"forbidden","detail":""}"#,
        r#"{"type":"bye","code":1012,"reconnect_in_ms":@}"#,
        r#"{"type":"auth_needed","expires_in_ms":@}"#,
        r#"{"type":"tomorrow"}"#,
    ]);
    (template, prop::collection::vec(number, 12)).prop_map(|(template, numbers)| {
        let mut numbers = numbers.into_iter().cycle();
        let text: String = template
            .split('@')
            .enumerate()
            .map(|(index, part)| match index {
                0 => part.to_owned(),
                _ => format!("{}{part}", numbers.next().unwrap_or(0)),
            })
            .collect();
        // Marks below zero are none; the frame is then one that nobody understands.
        ServerFrame::read(&text).unwrap_or(ServerFrame::Unknown)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_frame_makes_the_model_panic(frames in prop::collection::vec((wild_frame(), 0..2_000_i64), 0..40)) {
        let mut client = Client::new();
        client.perform(Op::Open(RoomId(1)));
        client.round();
        for (frame, ms) in frames {
            if let Some(epoch) = client.epoch {
                client.input(Input::Socket(epoch, SocketEvent::Frame(Box::new(frame))));
            }
            client.send(RoomId(1));
            client.pass(ms);
        }
    }

    #[test]
    fn no_input_at_a_wild_time_makes_the_model_panic(times in prop::collection::vec(any::<i64>(), 0..20)) {
        let mut model = Model::new(0);
        let _ = model.apply(Timestamp(0), Input::SignedIn(Box::new(crate::server::me())));
        for now in times {
            let _ = model.apply(Timestamp(now), Input::Tick);
            let action = model::Action::Send {
                room: RoomId(1),
                client_id: now.to_string(),
                body: "x".to_owned(),
            };
            let _ = model.apply(Timestamp(now), Input::User(action));
        }
    }
}
