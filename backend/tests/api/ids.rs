//! Ids that are none, or not yet: in addresses, bodies, queries and frames they name nothing, and break nothing.

use crate::{
    policy::{ROUTES, body, call},
    support::{Cast, Socket, caller::client_id},
};
use serde_json::{Value, json};

/// What stands in an address where an id should.
const ODD: &[&str] = &[
    "0",
    "-1",
    "987654",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "1.5",
    "1e3",
    "0x1",
    "NaN",
    "null",
    "true",
    "abc",
    "1,2",
    "1;2",
    "%00",
    "1%00",
    "1%20",
    "%27%20OR%20%271%27=%271",
    "..",
    "%2e%2e%2f1",
    "%ef%bc%91",
    "%ff%fe",
    "%7Bid%7D",
    "*",
];

/// What stands in a body or frame where an id should.
fn odd_values() -> Vec<Value> {
    vec![
        json!(0),
        json!(-1),
        json!(987_654),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(1e300),
        json!(1.5),
        json!("1"),
        json!(true),
        json!([1]),
        json!({ "id": 1 }),
    ]
}

/// The address with each of its ids replaced in turn; the others are good ones.
fn with_odd(path: &str, odd: &str, cast: &Cast) -> Vec<String> {
    let names = ["{id}", "{user_id}", "{key}"];
    let places = names.iter().filter(|name| path.contains(*name));
    places
        .map(|name| {
            path.replace(name, odd)
                .replace("{id}", &cast.den.to_string())
                .replace("{user_id}", &cast.tom.id.to_string())
        })
        .collect()
}

#[tokio::test]
async fn s_az_3_an_odd_id_in_an_address_names_nothing() {
    let cast = Cast::gather().await;
    cast.secret().await;
    let before = cast.ines.rooms().await;
    for (method, path, _) in ROUTES {
        let body = body(method, path, &cast);
        for odd in ODD.iter().copied().chain([&*"1".repeat(5_000)]) {
            for filled in with_odd(path, odd, &cast) {
                let answer = call(&cast.ines, method, &filled, body.as_ref()).await;
                let status = answer.problem().status;
                assert!((400..500).contains(&status), "{method} {filled}: {status}");
            }
        }
    }
    assert_eq!(cast.ines.rooms().await, before, "nothing was changed");
}

#[tokio::test]
async fn s_az_3_an_odd_id_in_a_body_or_query_is_refused() {
    let cast = Cast::gather().await;
    let before = cast.ines.rooms().await;
    let messages = format!("/rooms/{}/messages", cast.den);
    for odd in odd_values() {
        for (path, body) in [
            ("/rooms/direct", json!({ "user_ids": [odd] })),
            (
                "/rooms",
                json!({ "kind": "private", "name": "Nook", "member_ids": [odd] }),
            ),
            (
                &*messages,
                json!({ "client_id": client_id(), "body": "x", "reply_to": odd }),
            ),
        ] {
            let answer = cast.ines.post(path, &body).await;
            let status = answer.problem().status;
            assert!((400..500).contains(&status), "{path} {body}: {status}");
        }
    }
    // A list of ids, which may have spaces: what is one names somebody or nobody, what is none is refused.
    for odd in ODD.iter().filter(|odd| !matches!(**odd, "1,2" | "1%20")) {
        let answer = cast.ines.get(&format!("/users?ids={odd}")).await;
        match answer.status {
            200 => assert_eq!(answer.json()["users"], json!([]), "{odd}"),
            status => assert!((400..500).contains(&status), "{odd}: {}", answer.text()),
        }
    }
    assert_eq!(cast.ines.rooms().await, before, "nothing was changed");
}

#[tokio::test]
async fn s_az_3_an_odd_id_in_a_frame_is_an_error_and_the_socket_lives() {
    let cast = Cast::gather().await;
    let mut ines = Socket::open(&cast.ines).await;
    for odd in odd_values() {
        for frame in [
            json!({ "type": "send", "room_id": odd, "client_id": client_id(), "body": "x" }),
            json!({ "type": "edit", "message_id": odd, "body": "x" }),
            json!({ "type": "delete", "message_id": odd }),
            json!({ "type": "read", "room_id": odd, "seq": 1 }),
            json!({ "type": "changes", "room_id": odd, "after": 0 }),
        ] {
            let code = ines.ask(frame.clone()).await.expect_err("an odd id");
            assert!((400..500).contains(&code.status()), "{frame}: {code:?}");
        }
        for frame in [
            json!({ "type": "typing", "room_id": odd }),
            json!({ "type": "focus", "room_id": odd }),
            json!({ "type": "watch", "user_ids": [odd] }),
        ] {
            ines.tell(&frame).await;
        }
        ines.lives().await;
    }
}
