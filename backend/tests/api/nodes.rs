//! Several nodes on one database: what happens on one is seen on the others, whatever becomes of Redis between them.

use crate::support::{
    Caller, Cast, Place, Socket,
    app::{Folder, PASSWORD},
    binary::Process,
    caller::client_id,
    redis::RedisServer,
    socket::knock,
    within,
};
use serde_json::json;
use shared::{ErrorCode, RoomId, ServerFrame, event::close, presence::Presence};
use std::{net::SocketAddr, time::Duration};

/// The cast on two nodes that are spoken to one by one, with a Redis of their own that may suffer.
struct Two {
    cast: Cast,
    redis: RedisServer,
    /// The other node.
    there: SocketAddr,
}

impl Two {
    async fn nodes() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut confab::config::Config)) -> Self {
        let redis = RedisServer::start();
        let url = redis.url();
        let place = Place::apart(2, |config| {
            config.redis_url = Some(url);
            change(config);
        });
        let there = place.nodes[1].0;
        let two = Self {
            cast: Cast::at(place).await,
            redis,
            there,
        };
        two.is("ready").await;
        two
    }

    /// Waits until both nodes say this of themselves.
    async fn is(&self, status: &str) {
        let ready = async {
            for (node, _) in &self.cast.place.nodes {
                while self.readiness(*node).await != status {
                    tokio::task::yield_now().await;
                }
            }
        };
        within(status, ready).await;
    }

    async fn readiness(&self, node: SocketAddr) -> String {
        let answer = Caller::anonymous(node).plain("GET", "/readyz").send().await;
        let answer = answer.expect(200).json();
        answer["status"].as_str().expect("a word").to_owned()
    }

    /// The same person, asking the other node.
    fn there(&self, caller: &Caller) -> Caller {
        caller.at(self.there)
    }

    fn junk(&self) -> u64 {
        let nodes = self.cast.place.nodes.iter();
        let junk = nodes.filter_map(|(_, app)| app.bus.nodes());
        junk.map(|nodes| nodes.junk()).sum()
    }
}

/// Waits until the socket is told, in one way or another, that the room is this far.
async fn hears_of(socket: &mut Socket, room: RoomId, rev: i64) {
    let heard = |frame| match frame {
        ServerFrame::Head(head) => (head.room_id == room && head.head_rev >= rev).then_some(()),
        ServerFrame::Message {
            room_id, rev: at, ..
        } => (room_id == room && at >= rev).then_some(()),
        _ => None,
    };
    socket.until("news of the room", heard).await;
}

#[tokio::test]
async fn what_is_said_on_one_node_is_heard_on_the_other() {
    let two = Two::nodes().await;
    let mut tom = Socket::open(&two.there(&two.cast.tom)).await;
    let mut zoe = Socket::open(&two.there(&two.cast.zoe)).await;
    let said = two.cast.secret().await;
    assert_eq!(tom.message(&said.body).await.id, said.id);
    let edited = two.cast.ines.edit(said.id, "the harbour is theirs").await;
    assert_eq!(tom.message(&edited.body).await.id, said.id);
    two.cast.ines.say(two.cast.general, "marker").await;
    let strange = |frame: &ServerFrame| matches!(frame, ServerFrame::Message { .. });
    assert!(!zoe.before("marker").await.iter().any(strange));
}

#[tokio::test]
async fn a_room_that_is_made_on_one_node_is_open_on_the_other_when_it_is_answered() {
    let two = Two::nodes().await;
    let mut tom = Socket::open(&two.there(&two.cast.tom)).await;
    for number in 0..10 {
        let name = format!("Room {number}");
        let room = two
            .cast
            .ines
            .new_room("private", &name, &[&two.cast.tom])
            .await;
        // Said on his own node: nothing of it passes through Redis on its way to him.
        two.there(&two.cast.ines).say(room.id, &name).await;
        assert_eq!(tom.message(&name).await.room_id, room.id);
    }
}

#[tokio::test]
async fn s_az_8_a_removal_on_one_node_is_in_force_on_the_other_when_it_is_answered() {
    let two = Two::nodes().await;
    let (ines, den) = (&two.cast.ines, two.cast.den);
    let mut tom = Socket::open(&two.there(&two.cast.tom)).await;
    for number in 0..10 {
        ines.remove(den, &two.cast.tom).await;
        // On his own node, where only the word from the other one keeps it from him.
        let secret = format!("secret {number}");
        two.there(ines).say(den, &secret).await;
        let marker = format!("marker {number}");
        two.there(ines).say(two.cast.general, &marker).await;
        for frame in tom.before(&marker).await {
            let told = serde_json::to_string(&frame).expect("JSON");
            assert!(!told.contains(&secret), "{told}");
        }
        ines.put_member(den, &two.cast.tom, "member")
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn s_ses_4_a_session_that_ends_on_one_node_is_good_for_nothing_on_the_other() {
    let two = Two::nodes().await;
    let tom = two.there(&two.cast.tom);
    let mut socket = Socket::open(&tom).await;
    let spare = tom.socket_token().await;
    two.cast
        .tom
        .post("/auth/logout", &json!({}))
        .await
        .expect(204);
    tom.get("/me").await.refused(ErrorCode::SessionRevoked);
    let answer = knock(two.there, &format!("/ws?token={spare}"), &[]).await;
    assert_eq!(answer.status, 401);
    assert_eq!(socket.closed().await, close::SESSION_REVOKED);
}

#[tokio::test]
async fn s_ses_4_without_redis_a_session_that_ends_elsewhere_ends_here_all_the_same() {
    let mut two = Two::nodes().await;
    let tom = two.there(&two.cast.tom);
    let mut socket = Socket::open(&tom).await;
    two.redis.stop();
    two.is("degraded").await;
    two.cast
        .tom
        .post("/auth/logout", &json!({}))
        .await
        .expect(204);
    assert_eq!(socket.closed().await, close::SESSION_REVOKED);
    tom.get("/me").await.refused(ErrorCode::SessionRevoked);
}

#[tokio::test]
async fn s_tok_4_a_socket_token_works_once_on_all_nodes_together() {
    let mut two = Two::nodes().await;
    let here = two.cast.place.address;
    for (first, second) in [(here, two.there), (two.there, here)] {
        let token = two.cast.tom.socket_token().await;
        let _socket = Socket::with_token(first, &token).await;
        let target = format!("/ws?token={token}");
        assert_eq!(knock(second, &target, &[]).await.status, 401);
        assert_eq!(knock(first, &target, &[]).await.status, 401);
    }
    // Without Redis each node knows of its own: nobody is locked out, and nothing works twice where it worked.
    two.redis.stop();
    let token = two.cast.tom.socket_token().await;
    let _socket = Socket::with_token(here, &token).await;
    let target = format!("/ws?token={token}");
    assert_eq!(knock(here, &target, &[]).await.status, 401);
    // With it they know of each other's again.
    two.is("degraded").await;
    two.redis.start_again();
    two.is("ready").await;
    let token = two.cast.tom.socket_token().await;
    let _socket = Socket::with_token(here, &token).await;
    let target = format!("/ws?token={token}");
    assert_eq!(knock(two.there, &target, &[]).await.status, 401);
}

#[tokio::test]
async fn s_dos_9_without_redis_each_node_goes_on_and_hears_of_the_other_within_a_look() {
    let mut two = Two::nodes().await;
    let (ines, den) = (&two.cast.ines, two.cast.den);
    let mut here = Socket::open(&two.cast.tom).await;
    let mut there = Socket::open(&two.there(&two.cast.tom)).await;
    two.redis.stop();
    two.is("degraded").await;
    let said = ines.say(den, "into the dark").await;
    here.message("into the dark").await;
    hears_of(&mut there, den, said.rev).await;
    // Signing in and reading go on, too.
    let ines_there = Caller::sign_in(two.there, "ines", PASSWORD).await;
    assert_eq!(ines_there.message(said.id).await.body, said.body);
    two.redis.start_again();
    two.is("ready").await;
    ines.say(den, "light").await;
    there.message("light").await;
}

#[tokio::test]
async fn s_dos_9_members_come_and_go_across_nodes_without_redis() {
    let mut two = Two::nodes().await;
    let (ines, den) = (&two.cast.ines, two.cast.den);
    let mut tom = Socket::open(&two.there(&two.cast.tom)).await;
    two.redis.stop();
    two.is("degraded").await;
    let room = ines.new_room("private", "Loft", &[&two.cast.tom]).await;
    ines.remove(den, &two.cast.tom).await;
    let mut missing = vec!["the room that he is in", "the room that he is not in"];
    while !missing.is_empty() {
        match tom.next().await {
            ServerFrame::MyRoom { room: mine } if mine.id == room.id => {
                missing.retain(|what| *what != "the room that he is in");
            }
            ServerFrame::MyRoomLeft { room_id } if room_id == den => {
                missing.retain(|what| *what != "the room that he is not in");
            }
            _ => {}
        }
    }
    let (far, secret) = (two.there(ines), "he hears no more of this");
    far.say(den, secret).await;
    far.say(room.id, "but of this").await;
    for frame in tom.before("but of this").await {
        let told = serde_json::to_string(&frame).expect("JSON");
        assert!(!told.contains(secret), "{told}");
    }
}

#[tokio::test]
async fn s_dos_9_a_redis_that_is_paused_holds_nobody_up_and_what_was_said_meanwhile_arrives() {
    let two = Two::nodes().await;
    let (ines, den) = (&two.cast.ines, two.cast.den);
    let mut here = Socket::open(&two.cast.tom).await;
    let mut there = Socket::open(&two.there(&two.cast.tom)).await;
    two.redis.pause();
    let mut last = 0;
    for number in 0..20 {
        let body = format!("paused {number}");
        last = ines.say(den, &body).await.rev;
        here.message(&body).await;
    }
    // A change that others would have to confirm is answered as well, and so is whoever signs in.
    ines.new_room("private", "Loft", &[&two.cast.tom]).await;
    Caller::sign_in(two.there, "zoe", PASSWORD).await;
    two.is("degraded").await;
    two.redis.go_on();
    hears_of(&mut there, den, last).await;
    two.is("ready").await;
    ines.say(den, "awake").await;
    there.message("awake").await;
}

#[tokio::test]
async fn s_dos_9_cut_listeners_listen_again_and_look_at_what_they_missed() {
    let two = Two::nodes().await;
    let (ines, den) = (&two.cast.ines, two.cast.den);
    let mut there = Socket::open(&two.there(&two.cast.tom)).await;
    for number in 0..5 {
        assert_eq!(two.redis.cut_listeners(), 2);
        let said = ines.say(den, &format!("cut {number}")).await;
        hears_of(&mut there, den, said.rev).await;
        two.is("ready").await;
    }
    ines.say(den, "whole").await;
    there.message("whole").await;
}

#[tokio::test]
async fn what_has_no_revision_is_asked_for_after_a_loss() {
    let mut two = Two::nodes().await;
    let mut there = Socket::open(&two.there(&two.cast.tom)).await;
    two.redis.stop();
    two.is("degraded").await;
    two.redis.start_again();
    let asked = |frame| matches!(frame, ServerFrame::Lagged { rooms } if rooms.is_empty());
    let told = |frame: ServerFrame| asked(frame).then_some(());
    there.until("to ask again", told).await;
}

#[tokio::test]
async fn s_conf_4_junk_in_the_channel_is_ignored_and_counted() {
    let two = Two::nodes().await;
    let (ines, den) = (&two.cast.ines, two.cast.den);
    let mut tom = Socket::open(&two.there(&two.cast.tom)).await;
    let channels = two.redis.channels();
    assert_eq!(channels.len(), 1, "{channels:?}");
    let mut recording = two.redis.record(&channels[0]);
    let said = two.cast.secret().await;
    tom.message(&said.body).await;
    let words = recording.take(2);
    let before = two.junk();
    let mut junk = vec![
        Vec::new(),
        b"junk".to_vec(),
        vec![0; 10_000],
        br#"{"type":"join","room_id":1,"user_id":1}"#.to_vec(),
    ];
    // What was said once is not said again, nor with a bit more or less to it.
    for word in words {
        junk.push(word[1..].to_vec());
        junk.push([&word[..], &[0]].concat());
        junk.push(word);
    }
    for message in &junk {
        two.redis.publish(&channels[0], message);
    }
    // Each node counts all but its own words, which it knows again.
    let least = u64::try_from(2 * junk.len() - 2).expect("few");
    let counted = async {
        while two.junk() - before < least {
            tokio::task::yield_now().await;
        }
    };
    within("the junk to be counted", counted).await;
    ines.say(den, "marker").await;
    let told = tom.before("marker").await;
    let again = |frame: &ServerFrame| matches!(frame, ServerFrame::Message { .. });
    assert!(!told.iter().any(again), "{told:?}");
}

#[tokio::test]
async fn s_rate_1_guesses_on_several_nodes_are_counted_together() {
    let mut two = Two::with(|config| config.rate_limits = "on".into()).await;
    let nodes = [two.cast.place.address, two.there];
    let guess = async |node: SocketAddr| {
        let body = json!({ "login": "tom", "password": "a wrong guess" });
        Caller::anonymous(node).post("/auth/login", &body).await
    };
    for number in 0..10 {
        let refused = guess(nodes[number % 2]).await;
        refused.refused(ErrorCode::InvalidCredentials);
    }
    for node in nodes {
        let refused = guess(node).await;
        refused.refused(ErrorCode::RateLimited);
        assert!(refused.header("retry-after").is_some());
    }
    // Without Redis each node counts for itself.
    two.redis.stop();
    two.is("degraded").await;
    for number in 0..11 {
        let code = if number < 10 {
            ErrorCode::InvalidCredentials
        } else {
            ErrorCode::RateLimited
        };
        guess(two.there).await.refused(code);
    }
}

#[tokio::test]
async fn s_conf_4_an_address_of_redis_that_is_none_is_refused_without_repeating_its_password() {
    for bad in [
        "kelp-lantern-62",
        "http://:kelp-lantern-62@redis",
        "rediss://:kelp-lantern-62@redis",
    ] {
        let refused = Place::try_with(|config| config.redis_url = Some(bad.into()));
        let line = refused.err().expect("it does not start");
        assert!(
            line.contains("--redis-url") && !line.contains("kelp"),
            "{line}"
        );
    }
}

#[tokio::test]
async fn what_a_node_did_and_told_nobody_before_it_died_is_made_good() {
    let two = Two::nodes().await;
    let mut tom = Socket::open(&two.there(&two.cast.tom)).await;
    let (ines, den) = (&two.cast.ines, two.cast.den);
    let url = two.redis.url();
    let dies = Process::serve(two.cast.place.folder(), None, &[("CONFAB_REDIS_URL", &url)]);
    // It is known to the others.
    ines.at(dies.address).say(den, "I am here").await;
    tom.message("I am here").await;
    // As if its last commit had been a removal, and its death had come before a word of it.
    let (room, user) = (den.0, two.cast.tom.id.0);
    let removed = two.cast.place.app.db.write(move |tx| {
        use diesel::RunQueryDsl;
        let untold =
            format!("UPDATE members SET left_at = 1 WHERE room_id = {room} AND user_id = {user}");
        diesel::sql_query(untold).execute(tx.conn)?;
        Ok(())
    });
    removed.await.expect("committed");
    dies.kill();
    tom.until("to be taken out", |frame| match frame {
        ServerFrame::MyRoomLeft { room_id } => (room_id == den).then_some(()),
        _ => None,
    })
    .await;
}

/// Waits until somebody is seen like this, by asking.
async fn is_seen(by: &Caller, who: &Caller, how: Presence) {
    let seen = async {
        loop {
            let answer = by.get(&format!("/users/{}", who.id)).await.expect(200);
            let user: shared::accounts::User = answer.shape();
            if user.presence == how {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    // A lease has twenty seconds, and a busy machine needs more than an idle one to act on its end.
    tokio::time::timeout(Duration::from_secs(90), seen)
        .await
        .unwrap_or_else(|_| panic!("not seen as {how:?}"));
}

#[tokio::test]
async fn presence_is_seen_on_every_node_and_after_redis_forgot_everything() {
    let mut two = Two::nodes().await;
    let tom_there = two.there(&two.cast.tom);
    let ines_there = two.there(&two.cast.ines);
    is_seen(&ines_there, &two.cast.tom, Presence::Offline).await;
    let _here = Socket::open(&two.cast.tom).await;
    is_seen(&ines_there, &two.cast.tom, Presence::Online).await;
    // Chosen on the node on which he is not.
    let dnd = json!({ "presence_setting": "dnd" });
    tom_there.patch("/me", &dnd).await.expect(200);
    is_seen(&two.cast.ines, &two.cast.tom, Presence::Dnd).await;
    is_seen(&ines_there, &two.cast.tom, Presence::Dnd).await;
    two.redis.stop();
    is_seen(&ines_there, &two.cast.tom, Presence::Offline).await;
    is_seen(&two.cast.ines, &two.cast.tom, Presence::Dnd).await;
    two.redis.start_again();
    is_seen(&ines_there, &two.cast.tom, Presence::Dnd).await;
}

#[tokio::test]
async fn the_people_of_a_node_that_is_killed_are_offline_within_a_lease_and_their_sockets_come_back_elsewhere()
 {
    let redis = RedisServer::start();
    let url = redis.url();
    let folder = Folder::new();
    let shared = [("CONFAB_REDIS_URL", url.as_str())];
    let stays = Process::serve(&folder, None, &shared);
    let dies = Process::serve(&folder, None, &shared);
    let ines = Caller::register(stays.address, "ines", PASSWORD).await;
    let tom = Caller::register(dies.address, "tom", PASSWORD).await;
    let general = ines.general().await.id;
    let mut socket = Socket::open(&tom).await;
    is_seen(&ines, &tom, Presence::Online).await;
    let id = client_id();
    socket
        .try_say(general, &id, "before")
        .await
        .expect("an ack");
    dies.kill();
    is_seen(&ines, &tom, Presence::Offline).await;
    let tom = tom.at(stays.address);
    let mut back = Socket::open(&tom).await;
    is_seen(&ines, &tom, Presence::Online).await;
    // Not sure that it was sent, he sends it again; it is there once.
    back.try_say(general, &id, "before").await.expect("an ack");
    let all = ines
        .get(&format!("/rooms/{general}/messages"))
        .await
        .expect(200);
    assert_eq!(all.text().matches("\"before\"").count(), 1);
}
