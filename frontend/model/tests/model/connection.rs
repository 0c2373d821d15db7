//! When to connect, when to give up, and what the banner says.

use crate::client::Client;
use model::{Action, Connection, Effect, Input, Model, PageEvent, Session, SocketEvent};
use shared::{
    ClientFrame, RoomId, ServerFrame, Timestamp, UserId, event::close, presence::Presence,
};

#[test]
fn trouble_shorter_than_two_seconds_shows_no_banner() {
    let mut client = Client::new();
    client.disconnect(1006);
    client.pass(1_900);
    assert_eq!(client.model.connection(), Connection::Online);
    client.connect();
    client.pass(5_000);
    assert_eq!(client.model.connection(), Connection::Online);
}

#[test]
fn long_trouble_shows_reconnecting_or_offline_and_then_what_was_missed() {
    let mut client = Client::new();
    client.act(Action::Open(RoomId(1)));
    client.round();
    client.disconnect(1006);
    client.pass(2_500);
    // Whether it is trying or waiting just now is chance.
    assert!(matches!(
        client.model.connection(),
        Connection::Reconnecting | Connection::Offline { .. }
    ));
    for _ in 0..3 {
        client.server.say(RoomId(1), UserId(2), "meanwhile", None);
    }
    client.come_back();
    assert_eq!(
        client.model.connection(),
        Connection::CatchingUp { messages: 3 }
    );
    client.round();
    client.pass(1_600);
    assert_eq!(client.model.connection(), Connection::Online);
    assert_eq!(client.shown(RoomId(1)).last().unwrap().body, "meanwhile");
}

#[test]
fn waits_grow_with_every_failure_and_stay_below_thirty_seconds() {
    let mut client = Client::new();
    let mut longest = 0;
    for _ in 0..40 {
        client.disconnect(1006);
        let began = client.now;
        while client.epoch.is_none() {
            client.pass(10);
            assert!(client.now - began <= 30_010);
        }
        longest = longest.max(client.now - began);
    }
    assert!(longest > 10_000, "the longest wait was {longest} ms");
}

#[test]
fn forty_silent_seconds_end_a_socket_and_a_ping_keeps_it() {
    let mut client = Client::new();
    let first = client.epoch;
    client.pass(39_000);
    client.server.out.push(ServerFrame::Ping {
        server_time: Timestamp(0),
    });
    client.deliver_all();
    client.pass(39_000);
    assert_eq!(client.epoch, first);
    client.pass(2_000);
    assert_ne!(client.epoch, first);
}

#[test]
fn the_last_words_of_an_old_socket_are_not_heard() {
    let mut client = Client::new();
    let old = client.epoch.unwrap();
    client.disconnect(1006);
    client.come_back();
    client.input(Input::Socket(
        old,
        SocketEvent::Closed {
            code: close::SESSION_REVOKED,
        },
    ));
    assert!(matches!(client.model.session(), Session::SignedIn(_)));
    assert!(client.connected);
}

#[test]
fn a_revoked_session_asks_to_sign_in_and_keeps_what_was_written() {
    let mut client = Client::new();
    client.act(Action::Draft {
        room: RoomId(1),
        body: "half".to_owned(),
    });
    client.send(RoomId(1));
    client.disconnect(close::SESSION_REVOKED);
    assert!(matches!(client.model.session(), Session::Ended(_)));
    assert_eq!(client.model.connection(), Connection::SessionEnded);
    assert_eq!(client.model.composer(RoomId(1)).draft, "");
    assert_eq!(client.saved.len(), 1);
    client.pass(120_000);
    assert_eq!(client.epoch, None);
    client.input(Input::SignedIn(Box::new(crate::server::me())));
    client.settle();
    assert_eq!(client.mine_in(RoomId(1)), ["mine 1"]);
}

#[test]
fn an_access_that_ran_out_reconnects_at_once() {
    let mut client = Client::new();
    client.pass(20_000);
    client.disconnect(close::AUTH_ENDED);
    client.pass(1);
    assert!(client.epoch.is_some());
}

#[test]
fn bye_says_when_to_come_back() {
    let mut client = Client::new();
    client.server.out.push(ServerFrame::Bye {
        code: close::RESTART,
        reconnect_in_ms: 3_000,
    });
    client.deliver_all();
    client.disconnect(close::RESTART);
    client.pass(2_990);
    assert_eq!(client.epoch, None);
    client.pass(20);
    assert!(client.epoch.is_some());
}

#[test]
fn try_now_and_the_network_coming_back_do_not_wait() {
    for wake in [
        Input::User(Action::Reconnect),
        Input::Page(PageEvent::NetworkUp),
    ] {
        let mut client = Client::new();
        client.input(Input::Page(PageEvent::NetworkDown));
        client.disconnect(1006);
        assert_eq!(client.epoch, None);
        client.input(wake);
        assert!(client.epoch.is_some());
    }
}

#[test]
fn s_ses_5_the_access_is_renewed_on_the_live_socket() {
    let mut client = Client::new();
    client.up.clear();
    client.server.out.push(ServerFrame::AuthNeeded {
        expires_in_ms: 60_000,
    });
    client.deliver_all();
    assert_eq!(client.renewals, 1);
    client.input(Input::AuthToken("fresh".to_owned()));
    assert!(matches!(client.up.back(), Some(ClientFrame::Auth { token, .. }) if token == "fresh"));
}

#[test]
fn presence_is_hidden_while_offline_and_right_again_after() {
    let mut client = Client::new();
    client.round();
    assert_eq!(client.model.presence(UserId(2)), Some(Presence::Online));
    client.disconnect(1006);
    client.pass(2_100);
    assert_eq!(client.model.presence(UserId(2)), None);
    client.come_back();
    client.round();
    client.pass(2_000);
    assert_eq!(client.model.presence(UserId(2)), Some(Presence::Online));
}

#[test]
fn s_ses_8_signing_out_leaves_nothing() {
    let mut client = Client::new();
    client.act(Action::Open(RoomId(1)));
    client.round();
    client.strict = true;
    client.input(Input::SignedOut);
    assert_eq!(client.model.session(), Session::SignedOut);
    assert_eq!(
        client.model.rooms().count() + client.model.users().count(),
        0
    );
    assert_eq!(client.epoch, None);
    assert_eq!(client.model.snapshot(), None);
}

#[test]
fn a_server_that_cannot_be_reached_at_the_start_is_told_apart_from_nobody_signed_in() {
    let mut model = Model::new(1);
    let _ = model.apply(Timestamp(1), Input::Unreachable);
    assert_eq!(model.session(), Session::Unreachable);
    let outcome = model.apply(Timestamp(2), Input::SignedIn(Box::new(crate::server::me())));
    assert!(
        outcome
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Connect(_)))
    );
}
