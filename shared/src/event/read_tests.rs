//! What the reader gives back for everything the server writes, and for what it never would.

use super::*;
use crate::{
    ErrorCode, MessageId, RoomId, SessionId, Timestamp, UserId,
    accounts::{Me, Role, Status, User},
    limits::Limits,
    members::{Member, MemberRole},
    messages::{Changes, Message, MessageKind, ReplyTo, Sent, System},
    presence::{Presence, PresenceSetting, UserPresence},
    reads::ReadState,
    rooms::{My, Notify, Room, RoomKind},
};

const AT: Timestamp = Timestamp(1_781_427_060_000);

fn user() -> User {
    User {
        id: UserId(1),
        username: "ines".into(),
        display_name: "Inés Calderón".into(),
        bio: "Sails and rigging.".into(),
        avatar_url: Some("/files/avatars/k".into()),
        status: Some(Status {
            emoji: "🪵".into(),
            text: "Sanding".into(),
            expires_at: Some(AT),
        }),
        role: Role::Admin,
        presence: Presence::Dnd,
        last_seen_at: Some(AT),
        time_zone: Some("Europe/Lisbon".into()),
        created_at: AT,
    }
}

fn message(system: Option<System>) -> Message {
    Message {
        id: MessageId(9),
        room_id: RoomId(2),
        seq: 4,
        rev: 7,
        kind: if system.is_some() {
            MessageKind::System
        } else {
            MessageKind::Text
        },
        author_id: UserId(1),
        client_id: Some("c".into()),
        body: "\"quoted\" \\ \u{1F6F6}".into(),
        created_at: AT,
        edited_at: Some(AT),
        deleted_at: None,
        reply_to: Some(ReplyTo {
            id: MessageId(8),
            seq: 3,
            author_id: UserId(3),
            excerpt: "so".into(),
        }),
        reactions: Vec::new(),
        mentions: vec![UserId(3)],
        system,
    }
}

fn room() -> Room {
    Room {
        id: RoomId(2),
        kind: RoomKind::Direct,
        name: String::new(),
        topic: "t".into(),
        member_ids: Some(vec![UserId(1), UserId(3)]),
        member_count: 2,
        created_by: Some(UserId(1)),
        created_at: AT,
        archived_at: Some(AT),
        last_seq: 4,
        head_rev: 7,
        rev: 6,
        last_message: Some(Box::new(message(None))),
        my: Some(My {
            role: MemberRole::Moderator,
            joined_at: AT,
            read_seq: 3,
            unread: 1,
            mentions: 0,
            notify: Notify::All,
            muted: true,
            favourite: true,
        }),
    }
}

fn lines() -> Vec<System> {
    vec![
        System::Created,
        System::Joined,
        System::Left,
        System::Added { user_id: UserId(3) },
        System::Removed { user_id: UserId(3) },
        System::Renamed { name: "n".into() },
        System::Topic {
            topic: String::new(),
        },
        System::Archived,
        System::Unarchived,
    ]
}

fn frames() -> Vec<ServerFrame> {
    let head = Head {
        room_id: RoomId(2),
        head_rev: 7,
    };
    let member = Member {
        user_id: UserId(3),
        role: None,
        joined_at: AT,
        rev: 5,
    };
    let ack = |result| ServerFrame::Ack {
        id: FrameId::Number(5),
        result,
    };
    let mut frames = vec![
        ServerFrame::Hello(Box::new(Hello {
            session_id: SessionId(4),
            user: Me {
                user: user(),
                email: Some("ines@tidewater.boats".into()),
                presence_setting: PresenceSetting::Dnd,
                locale: Some("pt-PT".into()),
                totp_enabled: true,
            },
            server_time: AT,
            heartbeat_ms: 25_000,
            limits: Limits::CURRENT,
            rooms: vec![room()],
        })),
        ServerFrame::Message {
            room_id: RoomId(2),
            rev: 7,
            message: Box::new(message(None)),
        },
        ServerFrame::Room {
            room_id: RoomId(2),
            rev: 6,
            room: Box::new(room()),
        },
        ServerFrame::Member {
            room_id: RoomId(2),
            rev: 5,
            user_id: UserId(3),
            role: Some(MemberRole::Owner),
        },
        ServerFrame::Member {
            room_id: RoomId(2),
            rev: 5,
            user_id: UserId(3),
            role: None,
        },
        ServerFrame::Head(head),
        ServerFrame::Lagged { rooms: vec![head] },
        ServerFrame::MyRoom {
            room: Box::new(room()),
        },
        ServerFrame::MyRoomLeft { room_id: RoomId(2) },
        ServerFrame::Presence {
            users: vec![UserPresence {
                id: UserId(1),
                presence: Presence::Away,
                last_seen_at: Some(AT),
            }],
        },
        ServerFrame::User {
            user: Box::new(user()),
        },
        ServerFrame::Typing {
            room_id: RoomId(2),
            user_id: UserId(3),
            expires_in_ms: 6_000,
        },
        ack(AckResult::Sent(Sent {
            message_id: MessageId(9),
            seq: 4,
            rev: 7,
            created_at: AT,
        })),
        ack(AckResult::Read(ReadState {
            read_seq: 4,
            unread: 0,
            mentions: 0,
        })),
        ack(AckResult::Done {}),
        ServerFrame::Error {
            id: Some(FrameId::Text("x".into())),
            code: ErrorCode::RateLimited,
            detail: "Wait.".into(),
            retry_after_ms: Some(50),
        },
        ServerFrame::Error {
            id: None,
            code: ErrorCode::Malformed,
            detail: String::new(),
            retry_after_ms: None,
        },
        ServerFrame::Ping { server_time: AT },
        ServerFrame::Bye {
            code: 1012,
            reconnect_in_ms: 700,
        },
        ServerFrame::AuthNeeded {
            expires_in_ms: 60_000,
        },
    ];
    for room in [None, Some(room())] {
        frames.push(ack(AckResult::Changes(Box::new(Changes {
            room,
            members: vec![member.clone()],
            messages: vec![message(None)],
            rev: 7,
            head_rev: 9,
            more: true,
        }))));
    }
    frames.extend(lines().into_iter().map(|line| ServerFrame::Message {
        room_id: RoomId(2),
        rev: 7,
        message: Box::new(message(Some(line))),
    }));
    frames
}

#[test]
fn every_frame_reads_back_as_what_was_written() {
    for frame in frames() {
        let text = serde_json::to_string(&frame).unwrap();
        assert_eq!(ServerFrame::read(&text).unwrap(), frame, "{text}");
    }
}

#[test]
fn a_type_from_a_newer_server_is_no_error_and_a_known_one_without_its_fields_is() {
    assert_eq!(
        ServerFrame::read(r#"{"type":"call_ring","x":[1]}"#).unwrap(),
        ServerFrame::Unknown
    );
    for text in [
        "",
        "[]",
        "{}",
        r#"{"type":"message"}"#,
        r#"{"type":7}"#,
        r#"{"type":"ping","server_time":1}"#,
    ] {
        assert!(ServerFrame::read(text).is_err(), "{text}");
    }
}

#[test]
fn a_system_line_from_a_newer_server_is_unknown() {
    let line: System = json::read(r#"{"event":"pinned","message_id":3}"#).unwrap();
    assert_eq!(line, System::Unknown);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,80}") {
        let _ = ServerFrame::read(&text);
    }
}
