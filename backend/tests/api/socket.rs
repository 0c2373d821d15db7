//! The live socket: `hello`, sending, order, delivery to everyone, renewal of access, and its ends.

use crate::support::{
    Caller, Cast, Place, Socket,
    caller::{claims, client_id},
    faults::{access_header, forge, now_s},
    socket::{CLOSE, PING, Said, masked},
    within,
};
use serde_json::json;
use shared::{
    ErrorCode, ServerFrame, event::close, limits::Limits, messages::MessageKind, rooms::RoomKind,
};

#[tokio::test]
async fn hello_comes_first_and_has_everything_to_start_from() {
    let cast = Cast::gather().await;
    cast.ines.say(cast.den, "good morning").await;
    let socket = Socket::open(&cast.tom).await;
    let hello = &socket.hello;
    assert_eq!(hello.session_id, cast.tom.session);
    assert_eq!(hello.user.user.id, cast.tom.id);
    assert_eq!(hello.user.user.username, "tom");
    assert_eq!(hello.user.user.presence, shared::presence::Presence::Online);
    assert_eq!(hello.heartbeat_ms, 25_000);
    assert_eq!(hello.limits, Limits::CURRENT);
    assert!(hello.server_time.0.abs_diff(confab::clock::now().0) < 60_000);
    let listed = cast.tom.rooms().await;
    assert_eq!(hello.rooms, listed, "hello and GET /rooms tell the same");
    let den = hello
        .rooms
        .iter()
        .find(|room| room.id == cast.den)
        .expect("the den");
    assert_eq!(den.kind, RoomKind::Private);
    assert_eq!(
        den.last_message.as_ref().expect("a message").body,
        "good morning"
    );
    assert_eq!(den.my.as_ref().expect("mine").unread, 1);
}

#[tokio::test]
async fn a_sent_message_is_acknowledged_and_reaches_every_socket_of_both() {
    let cast = Cast::gather().await;
    let mut desk = Socket::open(&cast.ines).await;
    let mut phone = Socket::open(&cast.place.sign_in("ines").await).await;
    let mut tom = Socket::open(&cast.tom).await;
    let id = client_id();
    let sent = desk.try_say(cast.den, &id, "ahoy").await.expect("an ack");
    let stored = cast.tom.message(sent.message_id).await;
    for socket in [&mut desk, &mut phone, &mut tom] {
        let seen = socket.message("ahoy").await;
        assert_eq!(seen, stored, "the frame has the full state");
        assert_eq!(seen.client_id.as_deref(), Some(id.as_str()));
        assert_eq!(
            (seen.id, seen.seq, seen.rev),
            (sent.message_id, sent.seq, sent.rev)
        );
        assert_eq!(
            (seen.created_at, seen.author_id),
            (sent.created_at, cast.ines.id)
        );
        assert_eq!(seen.kind, MessageKind::Text);
    }
}

#[tokio::test]
async fn a_message_sent_by_rest_is_the_same_frame_on_the_socket() {
    let cast = Cast::gather().await;
    let mut tom = Socket::open(&cast.tom).await;
    let sent = cast.ines.say(cast.den, "by post").await;
    assert_eq!(tom.message("by post").await, sent);
}

#[tokio::test]
async fn a_stranger_hears_nothing_of_a_private_room() {
    let cast = Cast::gather().await;
    let mut zoe = Socket::open(&cast.zoe).await;
    let mut ines = Socket::open(&cast.ines).await;
    let sent = ines.say(cast.den, "between us").await;
    cast.ines
        .edit(sent.message_id, "between the two of us")
        .await;
    cast.ines.remove_message(sent.message_id).await;
    cast.ines
        .patch(&format!("/rooms/{}", cast.den), &json!({ "topic": "hush" }))
        .await
        .expect(200);
    ines.say(cast.general, "for all").await;
    let before = zoe.before("for all").await;
    assert_eq!(before, [], "frames of a room that is not hers");
}

#[tokio::test]
async fn two_hundred_pipelined_sends_keep_their_order_for_everyone() {
    let cast = Cast::gather().await;
    let mut ines = Socket::open(&cast.ines).await;
    let mut tom = Socket::open(&cast.tom).await;
    for number in 0..200 {
        let body = format!("line {number}");
        let send = json!({ "type": "send", "id": number, "room_id": cast.den, "client_id": client_id(), "body": body });
        ines.tell(&send).await;
    }
    let mut acked = 0;
    let mut seen = Vec::new();
    while acked < 200 || seen.len() < 200 {
        match within("acks and messages", ines.next()).await {
            ServerFrame::Ack { .. } => acked += 1,
            ServerFrame::Message { message, .. } => seen.push(message),
            other => panic!("{other:?}"),
        }
    }
    for (number, message) in seen.iter().enumerate() {
        assert_eq!(message.body, format!("line {number}"));
        assert_eq!(
            message.seq,
            seen[0].seq + i64::try_from(number).expect("small")
        );
        assert_eq!(*message, Box::new(tom.message(&message.body).await));
    }
}

#[tokio::test]
async fn many_senders_at_once_are_heard_in_one_order_without_gaps() {
    let place = Place::open();
    let people = place.admit_many("p", 4).await;
    let room = people[0].general().await.id;
    let mut sockets = Vec::new();
    for person in &people {
        sockets.push(Socket::open(person).await);
    }
    for number in 0..25 {
        for (who, socket) in sockets.iter_mut().enumerate() {
            let id = socket.mark();
            let body = format!("{who}/{number}");
            let send = json!({ "type": "send", "id": id, "room_id": room, "client_id": client_id(), "body": body });
            socket.tell(&send).await;
        }
    }
    let mut heard = Vec::new();
    for socket in &mut sockets {
        let mut seqs = Vec::new();
        while seqs.len() < 100 {
            if let ServerFrame::Message { message, rev, .. } =
                within("messages", socket.next()).await
            {
                assert_eq!(rev, message.rev);
                seqs.push((message.seq, message.rev, message.body.clone()));
            }
        }
        // What another node committed may come late; a client goes by `rev` there.
        if place.nodes.len() > 1 {
            seqs.sort_by_key(|(_, rev, _)| *rev);
        }
        assert!(
            seqs.windows(2)
                .all(|pair| pair[1].0 == pair[0].0 + 1 && pair[1].1 > pair[0].1)
        );
        heard.push(seqs);
    }
    assert!(
        heard.windows(2).all(|pair| pair[0] == pair[1]),
        "everyone heard the same"
    );
}

#[tokio::test]
async fn a_hundred_and_fifty_members_all_hear_every_message() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let people = place.admit_many("member", 149).await;
    let room = ines.general().await.id;
    let mut sockets = Vec::new();
    for person in people.iter().chain([&ines]) {
        sockets.push(Socket::open(person).await);
    }
    for number in 0..5 {
        ines.say(room, &format!("all hands {number}")).await;
    }
    for socket in &mut sockets {
        let before = socket.before("all hands 4").await;
        let bodies: Vec<String> = before.iter().filter_map(text_of).collect();
        assert_eq!(
            bodies,
            (0..4)
                .map(|number| format!("all hands {number}"))
                .collect::<Vec<_>>()
        );
    }
}

fn text_of(frame: &ServerFrame) -> Option<String> {
    match frame {
        ServerFrame::Message { message, .. } if message.kind == MessageKind::Text => {
            Some(message.body.clone())
        }
        _ => None,
    }
}

#[tokio::test]
async fn edits_deletions_and_reads_by_socket_do_what_rest_does() {
    let cast = Cast::gather().await;
    let mut ines = Socket::open(&cast.ines).await;
    let mut tom = Socket::open(&cast.tom).await;
    let sent = ines.say(cast.den, "first").await;
    let edit = json!({ "type": "edit", "message_id": sent.message_id, "body": "second" });
    let ack = ines.ask(edit).await.expect("an ack");
    let seen = tom.message("second").await;
    assert_eq!(ack["rev"], seen.rev);
    assert_eq!(
        (ack["message_id"].as_i64(), ack["seq"].as_i64()),
        (Some(seen.id.0), Some(seen.seq))
    );
    assert!(seen.edited_at.is_some() && seen.seq == sent.seq && seen.rev > sent.rev);

    let read = json!({ "type": "read", "room_id": cast.den, "seq": sent.seq });
    let ack = tom.ask(read).await.expect("an ack");
    assert_eq!(ack["read_seq"], sent.seq);
    assert_eq!(
        (ack["unread"].as_i64(), ack["mentions"].as_i64()),
        (Some(0), Some(0))
    );

    let gone = json!({ "type": "delete", "message_id": sent.message_id });
    ines.ask(gone).await.expect("an ack");
    let tombstone = tom.message("").await;
    assert!(tombstone.deleted_at.is_some() && tombstone.id == sent.message_id);
}

#[tokio::test]
async fn changes_by_socket_are_those_of_rest() {
    let cast = Cast::gather().await;
    cast.secret().await;
    let mut tom = Socket::open(&cast.tom).await;
    let by_socket = tom.changes(cast.den, 0).await.expect("changes");
    let by_rest: shared::messages::Changes = cast
        .tom
        .get(&format!("/rooms/{}/changes?after=0", cast.den))
        .await
        .expect(200)
        .shape();
    assert_eq!(by_socket, by_rest);
    let few = json!({ "type": "changes", "room_id": cast.den, "after": 0, "limit": 1 });
    assert_eq!(tom.ask(few).await.expect("changes")["more"], true);
    let many = json!({ "type": "changes", "room_id": cast.den, "after": 0, "limit": 501 });
    assert_eq!(tom.ask(many).await, Err(ErrorCode::Validation));
}

#[tokio::test]
async fn s_tok_4_a_socket_token_opens_one_socket() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let answer = ines
        .post("/auth/socket-token", &json!({}))
        .await
        .expect(200);
    assert_eq!(answer.json()["expires_in"], 30);
    let token = answer.json()["token"].as_str().expect("a token").to_owned();
    assert_eq!(claims(&token)["aud"], "confab:socket");
    let mut first = Socket::with_token(place.address, &token).await;
    let target = format!("/ws?token={token}");
    let second = crate::support::socket::knock(place.address, &target, &[]).await;
    assert_eq!(second.status, 401);
    first.lives().await;
}

#[tokio::test]
async fn an_access_token_opens_a_socket_for_people_at_a_terminal() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    Socket::with_token(place.address, &ines.token)
        .await
        .lives()
        .await;
    Socket::with_token(place.address, &ines.token)
        .await
        .lives()
        .await;
}

/// An access token of this device that ends this many seconds from now.
fn short_token(place: &Place, caller: &Caller, lasts_s: i64) -> String {
    let mut short = claims(&caller.token);
    short["iat"] = json!(now_s());
    short["exp"] = json!(now_s() + lasts_s);
    forge(&access_header(), &short, &place.signing_key())
}

#[tokio::test]
async fn s_ses_5_a_socket_is_warned_and_closes_when_its_access_ends() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    let token = short_token(&place, &ines, 2);
    let mut socket = Socket::with_token(place.address, &token).await;
    let warned = socket.until("auth_needed", |frame| match frame {
        ServerFrame::AuthNeeded { expires_in_ms } => Some(expires_in_ms),
        _ => None,
    });
    assert!(warned.await <= 2_000);
    assert_eq!(socket.closed().await, close::AUTH_ENDED);
}

#[tokio::test]
async fn s_ses_5_a_fresh_token_of_the_same_device_keeps_the_socket_open() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    for kind in ["access", "socket"] {
        let token = short_token(&place, &ines, 2);
        let mut renewed = Socket::with_token(place.address, &token).await;
        let mut left = Socket::with_token(place.address, &token).await;
        let fresh = match kind {
            "socket" => ines.socket_token().await,
            _ => ines.token.clone(),
        };
        renewed
            .ask(json!({ "type": "auth", "token": fresh }))
            .await
            .expect("an ack");
        // The twin that did not renew ends; by then so would this one have.
        assert_eq!(left.closed().await, close::AUTH_ENDED);
        renewed.lives().await;
    }
}

#[tokio::test]
async fn s_ses_5_a_token_of_someone_else_or_of_another_device_renews_nothing() {
    let cast = Cast::gather().await;
    let other = cast.place.sign_in("ines").await;
    let mut socket = Socket::open(&cast.ines).await;
    for token in [
        cast.tom.token.clone(),
        other.token.clone(),
        cast.tom.socket_token().await,
        other.socket_token().await,
        cast.ines.files.clone(),
        String::new(),
        "junk".into(),
    ] {
        let refused = socket.ask(json!({ "type": "auth", "token": token })).await;
        assert_eq!(refused, Err(ErrorCode::Unauthenticated));
    }
    let once = cast.ines.socket_token().await;
    socket
        .ask(json!({ "type": "auth", "token": once }))
        .await
        .expect("an ack");
    let twice = socket.ask(json!({ "type": "auth", "token": once })).await;
    assert_eq!(
        twice,
        Err(ErrorCode::Unauthenticated),
        "a socket token works once here too"
    );
}

#[tokio::test]
async fn a_ping_is_answered_with_its_own_payload_and_a_close_with_its_code() {
    let place = Place::open();
    let mut socket = Socket::open(&place.admit("ines").await).await;
    socket.raw(&masked(0x80 | PING, b"are you there")).await;
    assert_eq!(socket.said().await, Said::Pong(b"are you there".to_vec()));
    socket
        .raw(&masked(0x80 | CLOSE, &1000_u16.to_be_bytes()))
        .await;
    assert_eq!(socket.closed().await, 1000);
    assert_eq!(socket.said().await, Said::Gone);
}

#[tokio::test]
async fn a_stopping_server_says_bye_with_spread_out_returns_and_closes_1012() {
    let mut cast = Cast::gather().await;
    let mut sockets = Vec::new();
    for _ in 0..8 {
        sockets.push(Socket::open(&cast.tom).await);
    }
    cast.place.ask_to_stop();
    let mut returns = Vec::new();
    for socket in &mut sockets {
        let wait = socket.until("bye", |frame| match frame {
            ServerFrame::Bye {
                code,
                reconnect_in_ms,
            } => {
                assert_eq!(code, close::RESTART);
                Some(reconnect_in_ms)
            }
            _ => None,
        });
        returns.push(wait.await);
        assert_eq!(socket.closed().await, close::RESTART);
    }
    assert!(
        returns.iter().all(|ms| (0..=30_000).contains(ms)),
        "{returns:?}"
    );
    returns.sort_unstable();
    returns.dedup();
    assert!(returns.len() > 1, "spread out: {returns:?}");
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart_and_revisions_go_on() {
    let mut cast = Cast::gather().await;
    let sent = Socket::open(&cast.ines).await.say(cast.den, "before").await;
    cast.place.restart();
    let mut ines = Socket::open(&cast.ines).await;
    assert_eq!(cast.tom.message(sent.message_id).await.body, "before");
    let after = ines.say(cast.den, "after").await;
    assert_eq!((after.seq, after.rev), (sent.seq + 1, sent.rev + 1));
}
