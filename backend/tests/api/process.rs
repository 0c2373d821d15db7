//! The real process: its command line, its end by SIGTERM, and what survives when it gets none.

use crate::support::{
    Caller, Socket,
    app::{Folder, PASSWORD},
    binary::{Process, run},
    caller::client_id,
};
use serde_json::json;
use shared::{ServerFrame, event::close, messages::Messages};
use std::{collections::BTreeMap, os::unix::fs::PermissionsExt};

#[tokio::test]
async fn sigterm_says_bye_and_ends_with_0() {
    let folder = Folder::new();
    let mut process = Process::serve(&folder, None, &[]);
    let ines = Caller::register(process.address, "ines", PASSWORD).await;
    let mut socket = Socket::open(&ines).await;
    process.terminate();
    socket
        .until("bye", |frame| {
            matches!(frame, ServerFrame::Bye { .. }).then_some(())
        })
        .await;
    assert_eq!(socket.closed().await, close::RESTART);
    let (status, log) = process.end();
    assert!(status.success(), "{status}: {log}");
    assert!(!log.contains("\"level\":\"ERROR\""), "{log}");
}

#[tokio::test]
async fn what_was_acknowledged_before_a_power_cut_is_there_after_it_and_only_once() {
    let folder = Folder::new();
    let process = Process::serve(&folder, None, &[]);
    let address = process.address;
    let ines = Caller::register(address, "ines", PASSWORD).await;
    let tom = Caller::register(address, "tom", PASSWORD).await;
    let room = ines.general().await.id;
    // Both talk; the cut comes in the middle, some of it acknowledged and some not.
    let mut sent: BTreeMap<String, String> = BTreeMap::new();
    let mut acked = Vec::new();
    let mut sockets = [Socket::open(&ines).await, Socket::open(&tom).await];
    for number in 0..100 {
        for (who, socket) in sockets.iter_mut().enumerate() {
            let (id, body) = (client_id(), format!("{who}: line {number}"));
            let send = json!({ "type": "send", "id": number, "room_id": room, "client_id": id, "body": body });
            socket.tell(&send).await;
            sent.insert(body, id);
        }
    }
    for (who, socket) in sockets.iter_mut().enumerate() {
        for number in 0..20 {
            let ack = socket.answer_to(&json!(number)).await.expect("an ack");
            acked.push((
                format!("{who}: line {number}"),
                ack["message_id"].as_i64().expect("an id"),
                ack["seq"].as_i64(),
            ));
        }
    }
    process.kill();
    let process = Process::serve(&folder, Some(address), &[]);
    let heard = history(&ines, room).await;
    for (body, id, seq) in &acked {
        let found = &heard[body];
        assert_eq!((found.0, Some(found.1)), (*id, *seq), "{body}");
    }
    // Whatever is sent again, acknowledged or not, is there once.
    for (body, id) in &sent {
        let caller = if body.starts_with('0') { &ines } else { &tom };
        let answer = caller.try_say(room, id, body).await;
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
        if let Some((known, _)) = heard.get(body) {
            assert_eq!(
                (answer.status, answer.json()["id"].as_i64()),
                (200, Some(*known)),
                "{body}"
            );
        }
    }
    let after = history(&tom, room).await;
    assert_eq!(after.len(), sent.len());
    drop(process);
}

/// Id and place of every message by its text; each text stands once.
async fn history(caller: &Caller, room: shared::RoomId) -> BTreeMap<String, (i64, i64)> {
    let mut heard = BTreeMap::new();
    let mut after = 0;
    loop {
        let path = format!("/rooms/{room}/messages?after={after}&limit=100");
        let page: Messages = caller.get(&path).await.expect(200).shape();
        for message in &page.messages {
            assert_eq!(message.seq, after + 1, "no gap");
            after = message.seq;
            if message.system.is_none() {
                let before = heard.insert(message.body.clone(), (message.id.0, message.seq));
                assert_eq!(before, None, "{} stands twice", message.body);
            }
        }
        if !page.has_after {
            return heard;
        }
    }
}

#[tokio::test]
async fn accounts_are_looked_after_from_the_command_line() {
    let folder = Folder::new();
    let password = format!("{PASSWORD}\n");
    let made = run(&folder, &["user", "create", "Ines"], &password);
    assert!(
        made.status.success() && made.out.contains("admin"),
        "{}{}",
        made.out,
        made.err
    );
    let made = run(&folder, &["user", "create", "tom"], &password);
    assert!(
        made.status.success() && made.out.contains("member"),
        "{}{}",
        made.out,
        made.err
    );
    for (words, input) in [
        (&["user", "create", "ines"][..], password.as_str()),
        (&["user", "create", "everyone"], &password),
        (&["user", "create", "noor"], "short\n"),
        (&["user", "create", "noor"], ""),
        (&["user", "set-password", "nobody"], &password),
        (&["user", "make-admin", "nobody"], ""),
    ] {
        let refused = run(&folder, words, input);
        assert!(!refused.status.success(), "{words:?}");
        assert!(
            refused.err.starts_with("confab: ") && refused.err.trim().lines().count() == 1,
            "{}",
            refused.err
        );
    }
    let list = run(&folder, &["user", "list"], "").out;
    assert_eq!(list.lines().count(), 2, "{list}");
    assert!(!list.contains("$2b$"));
    assert!(
        run(&folder, &["user", "make-admin", "tom"], "")
            .status
            .success()
    );

    let process = Process::serve(&folder, None, &[]);
    let tom = Caller::sign_in(process.address, "tom", PASSWORD).await;
    assert_eq!(tom.get("/me").await.expect(200).json()["role"], "admin");
    assert_eq!(tom.general().await.member_count, 2);
    // On the database of a running server.
    assert!(
        run(
            &folder,
            &["user", "set-password", "tom"],
            "slate-meadow-19\n"
        )
        .status
        .success()
    );
    Caller::sign_in(process.address, "tom", "slate-meadow-19").await;
    tom.renew().await.refused(shared::ErrorCode::SessionRevoked);
}

#[tokio::test]
async fn s_jwt_4_secrets_and_data_are_for_their_owner_alone() {
    let folder = Folder::new();
    assert!(run(&folder, &["migrate"], "").status.success());
    let process = Process::serve(&folder, None, &[]);
    Caller::register(process.address, "ines", PASSWORD).await;
    let mode = |path: &std::path::Path| {
        std::fs::metadata(path).expect("there").permissions().mode() & 0o777
    };
    assert_eq!(mode(&folder.path().join("secrets.json")), 0o600);
    assert_eq!(mode(folder.path()), 0o700);
    drop(process);
    let rotated = run(&folder, &["secrets", "rotate"], "");
    assert!(rotated.status.success(), "{}", rotated.err);
    let text = std::fs::read_to_string(folder.path().join("secrets.json")).expect("the keys");
    assert!(text.contains("previous") && !rotated.out.contains("current"));
}

#[tokio::test]
async fn s_pw_5_a_public_server_prints_the_code_that_its_first_account_needs() {
    let folder = Folder::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = free.local_addr().expect("an address");
    drop(free);
    let public = format!("https://chat.example.org:{}", address.port());
    let process = Process::serve(&folder, Some(address), &[("CONFAB_PUBLIC_URL", &public)]);
    let line = process.says();
    let code = line.rsplit(' ').next().expect("a word");
    assert!(line.contains("set-up code") && code.len() >= 12, "{line}");
    let body = |code: &str| json!({ "username": "ines", "password": PASSWORD, "setup_code": code });
    let anyone = Caller::anonymous(process.address);
    let refused = anyone.post("/auth/register", &body("AAAA-BBBB-CCCC")).await;
    refused.refused(shared::ErrorCode::SetupCodeRequired);
    anyone.post("/auth/register", &body(code)).await.expect(201);
    let log = process.kill();
    assert!(!log.contains(code), "it is for people, not for the log");
}

#[test]
fn wrong_configuration_is_refused_with_one_line() {
    let folder = Folder::new();
    for words in [
        &["serve", "--public-url", "http://chat.example.org"][..],
        &["serve", "--listen", "0.0.0.0:0"],
        &["serve", "--web-dir", "/nowhere"],
        &["serve", "--database-url", "mysql://x"],
    ] {
        let refused = run(&folder, words, "");
        assert!(!refused.status.success(), "{words:?}");
        let lines: Vec<&str> = refused
            .err
            .lines()
            .filter(|line| line.starts_with("confab: "))
            .collect();
        assert_eq!(lines.len(), 1, "{}", refused.err);
        assert!(lines[0].contains(words[1]), "{}", lines[0]);
    }
    for words in [
        &["serve", "--listen", "here"][..],
        &["serve", "--bcrypt-cost", "1"],
        &["dance"],
        &[],
    ] {
        let refused = run(&folder, words, "");
        assert_eq!(refused.status.code(), Some(2), "{words:?}");
        assert!(!refused.err.is_empty());
    }
    let version = run(&folder, &["--version"], "");
    assert_eq!(
        version.out.trim(),
        format!("confab {}", env!("CARGO_PKG_VERSION"))
    );
}

#[tokio::test]
async fn s_tok_1_s_log_1_nothing_secret_ever_reaches_the_log() {
    let folder = Folder::new();
    let process = Process::serve(&folder, None, &[("CONFAB_LOG", "trace")]);
    let ines = Caller::register(process.address, "ines", PASSWORD).await;
    let wrong = json!({ "login": "ines", "password": "wrong-secret-17" });
    ines.with_token("").post("/auth/login", &wrong).await;
    let room = ines.general().await.id;
    let by_socket_token = ines.socket_token().await;
    Socket::with_token(process.address, &by_socket_token)
        .await
        .say(room, "whispered-by-socket")
        .await;
    Socket::with_token(process.address, &ines.token)
        .await
        .lives()
        .await;
    let said = ines.say(room, "whispered-by-post").await;
    ines.edit(said.id, "whispered-anew").await;
    let forged = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.telltale";
    crate::support::socket::knock(
        process.address,
        &format!("/ws?token={forged}&extra=query-words"),
        &[],
    )
    .await;
    ines.with_token(forged).get("/users?q=query-words").await;
    ines.get("/users?q=query-words").await.expect(200);
    ines.get("/rooms?scope=public&q=query-words")
        .await
        .expect(200);
    ines.renew().await.expect(200);
    ines.try_say(room, "not-a-uuid-but-words", "whispered-wrongly")
        .await;
    let log = process.kill();
    for secret in [
        PASSWORD,
        "wrong-secret-17",
        "whispered",
        "query-words",
        "telltale",
        "token=",
        "confab_refresh",
        "not-a-uuid",
        "$2b$",
        &ines.token,
        &ines.refresh,
        &ines.files,
        &by_socket_token,
    ] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} stands in the log");
    }
    let mut events = Vec::new();
    let mut routes = Vec::new();
    for line in log.lines() {
        let line: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        assert!(
            line["timestamp"].is_string() && line["level"].is_string(),
            "{line}"
        );
        events.extend(line["event"].as_str().map(ToOwned::to_owned));
        routes.extend(line["route"].as_str().map(ToOwned::to_owned));
    }
    for event in ["registered", "sign_in_refused", "denied"] {
        assert!(
            events.iter().any(|found| found == event),
            "{event} is not in {events:?}"
        );
    }
    assert!(
        routes.iter().any(|route| route == "/ws")
            && routes.iter().any(|route| route == "/api/v1/users"),
        "{routes:?}"
    );
}
