//! This reader against serde's: what one writes both read as the same, and no text harms it.

use super::*;
use crate::{
    ErrorCode, FieldError, MessageId, Problem, SessionId, Timestamp, UserId,
    accounts::{Device, Devices, Role, Session, SocketToken, Status, Users},
    limits::Limits,
    members::{Member, MemberRole, Members},
    messages::{MessageKind, Messages, Reaction, Sent},
    presence::{Presence, PresenceSetting},
    reads::ReadState,
    rooms::{Notify, RoomKind, Rooms},
    server::{Registration, Server},
};
use proptest::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

const AT: Timestamp = Timestamp(1_781_427_060_000);

#[track_caller]
fn same<T: Read + Serialize + DeserializeOwned + PartialEq + fmt::Debug>(value: &T) {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&read::<T>(&text).unwrap(), value, "{text}");
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
}

#[test]
fn every_word_reads_back_as_itself() {
    [Role::Member, Role::Admin, Role::Bot].iter().for_each(same);
    [MemberRole::Member, MemberRole::Moderator, MemberRole::Owner]
        .iter()
        .for_each(same);
    [MessageKind::Text, MessageKind::System]
        .iter()
        .for_each(same);
    [RoomKind::Public, RoomKind::Private, RoomKind::Direct]
        .iter()
        .for_each(same);
    [Notify::All, Notify::Mentions, Notify::None]
        .iter()
        .for_each(same);
    [
        Registration::Open,
        Registration::Invite,
        Registration::Closed,
    ]
    .iter()
    .for_each(same);
    [
        Presence::Online,
        Presence::Away,
        Presence::Dnd,
        Presence::Offline,
    ]
    .iter()
    .for_each(same);
    [
        PresenceSetting::Auto,
        PresenceSetting::Away,
        PresenceSetting::Dnd,
        PresenceSetting::Invisible,
    ]
    .iter()
    .for_each(same);
    ErrorCode::ALL.iter().for_each(same);
}

#[test]
fn every_answer_reads_back_as_what_was_written() {
    same(&Devices {
        sessions: vec![Device {
            id: SessionId(4),
            created_at: AT,
            last_seen_at: AT,
            user_agent: "Firefox/150".into(),
            address: "192.0.2.7".into(),
            current: true,
        }],
    });
    same(&SocketToken {
        token: "t".into(),
        expires_in: 30,
    });
    same(&Users {
        users: Vec::new(),
        next_cursor: Some("c".into()),
    });
    same(&Rooms {
        rooms: Vec::new(),
        next_cursor: None,
    });
    same(&Members {
        members: vec![Member {
            user_id: UserId(3),
            role: Some(MemberRole::Owner),
            joined_at: AT,
            rev: 2,
        }],
    });
    same(&Messages {
        messages: Vec::new(),
        has_before: true,
        has_after: false,
        head_rev: 9,
    });
    same(&Sent {
        message_id: MessageId(9),
        seq: 4,
        rev: 7,
        created_at: AT,
    });
    same(&ReadState {
        read_seq: 4,
        unread: 0,
        mentions: 0,
    });
    same(&Reaction {
        emoji: "⛵".into(),
        count: 1,
        user_ids: vec![UserId(1)],
    });
    same(&Status {
        emoji: String::new(),
        text: "Sanding \"the\" keel\n".into(),
        expires_at: Some(AT),
    });
    same(&Server {
        name: "Tidewater".into(),
        version: "0.1.0".into(),
        registration: Registration::Open,
        setup_required: false,
        setup_code_required: true,
        limits: Limits::CURRENT,
    });
    same(&Problem {
        kind: "about:blank".into(),
        title: "Check the fields".into(),
        status: 422,
        code: ErrorCode::Validation,
        detail: "Your name is too long.".into(),
        fields: vec![FieldError {
            name: "display_name".into(),
            code: "too_long".into(),
            message: "At most 64 characters.".into(),
        }],
        request_id: "r".into(),
    });
}

#[test]
fn what_lacks_a_field_or_has_it_of_another_type_is_not_read() {
    for text in [
        r#"{"token":"t"}"#,
        r#"{"token":null,"expires_in":1}"#,
        r#"{"token":"t","expires_in":"1"}"#,
        r#"{"token":"t","expires_in":1.5}"#,
        r#"{"token":"t","expires_in":18446744073709551615}"#,
        r#"{"token":"t","expires_in":1}}"#,
        "[]",
        "7",
        "",
    ] {
        assert_eq!(read::<SocketToken>(text), Err(Unreadable), "{text}");
    }
    assert!(read::<Session>("{}").is_err());
    assert_eq!(read::<u8>("256"), Err(Unreadable));
    assert_eq!(read::<Option<u8>>("null"), Ok(None));
    assert_eq!(read::<Vec<bool>>("[true,false]"), Ok(vec![true, false]));
}

#[test]
fn fields_that_are_not_known_here_are_ignored() {
    assert_eq!(
        read::<SocketToken>(r#"{"x":[{"y":1.5}],"token":"\u26f5","expires_in":1}"#)
            .map(|it| it.token),
        Ok("⛵".into())
    );
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in r#"[\[\]{}:,"\\0-9a-z ue.-]{0,60}"#) {
        let _ = read::<Messages>(&text);
        let _ = read::<Vec<i64>>(&text);
    }

    #[test]
    fn every_text_is_kept_exactly(text in ".{0,60}") {
        prop_assert_eq!(read::<String>(&serde_json::to_string(&text).unwrap()), Ok(text));
    }
}
