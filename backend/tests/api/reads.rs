//! Read markers: up only, on every device, and unread always counted from them.

use crate::support::{Caller, Cast, Socket};
use serde_json::json;
use shared::{ErrorCode, RoomId, ServerFrame, reads::ReadState};

async fn read(caller: &Caller, room: RoomId, seq: i64) -> ReadState {
    let answer = caller
        .put(&format!("/rooms/{room}/read"), &json!({ "seq": seq }))
        .await;
    answer.expect(200).shape()
}

async fn unread(caller: &Caller, room: RoomId) -> i64 {
    caller.room(room).await.my.expect("a member").unread
}

#[tokio::test]
async fn a_marker_moves_up_only_and_never_beyond_the_last_message() {
    let cast = Cast::gather().await;
    let mut last = 0;
    for number in 0..5 {
        last = cast.ines.say(cast.den, &format!("line {number}")).await.seq;
    }
    assert_eq!(unread(&cast.tom, cast.den).await, 5);
    let state = read(&cast.tom, cast.den, last - 2).await;
    assert_eq!(
        (state.read_seq, state.unread, state.mentions),
        (last - 2, 2, 0)
    );
    let state = read(&cast.tom, cast.den, 1).await;
    assert_eq!((state.read_seq, state.unread), (last - 2, 2), "never down");
    let state = read(&cast.tom, cast.den, i64::MAX).await;
    assert_eq!((state.read_seq, state.unread), (last, 0));
    let path = format!("/rooms/{}/read", cast.den);
    cast.tom
        .put(&path, &json!({ "seq": -1 }))
        .await
        .invalid("seq", "invalid");
    cast.tom
        .put(&path, &json!({ "seq": "1" }))
        .await
        .refused(ErrorCode::Validation);
    cast.tom
        .put(&path, &json!({}))
        .await
        .refused(ErrorCode::Validation);
}

#[tokio::test]
async fn unread_is_exact_to_ninety_nine_and_then_a_hundred_means_more() {
    let cast = Cast::gather().await;
    let mut seqs = Vec::new();
    let mut ines = Socket::open(&cast.ines).await;
    for number in 0..105 {
        seqs.push(ines.say(cast.den, &format!("line {number}")).await.seq);
    }
    assert_eq!(unread(&cast.tom, cast.den).await, 100);
    assert_eq!(read(&cast.tom, cast.den, seqs[4]).await.unread, 100);
    assert_eq!(read(&cast.tom, cast.den, seqs[5]).await.unread, 99);
    assert_eq!(read(&cast.tom, cast.den, seqs[103]).await.unread, 1);
    assert_eq!(
        unread(&cast.ines, cast.den).await,
        0,
        "one's own never count"
    );
}

#[tokio::test]
async fn deleted_messages_and_system_lines_do_not_count() {
    let cast = Cast::gather().await;
    let first = cast.ines.say(cast.den, "one").await;
    cast.ines.say(cast.den, "two").await;
    cast.ines
        .patch(
            &format!("/rooms/{}", cast.den),
            &json!({ "name": "Lair", "topic": "t" }),
        )
        .await
        .expect(200);
    cast.ines
        .put_member(cast.den, &cast.zoe, "member")
        .await
        .expect(200);
    assert_eq!(unread(&cast.tom, cast.den).await, 2);
    cast.ines.remove_message(first.id).await;
    assert_eq!(unread(&cast.tom, cast.den).await, 1);
    cast.ines
        .edit(cast.ines.say(cast.den, "three").await.id, "3")
        .await;
    assert_eq!(
        unread(&cast.tom, cast.den).await,
        2,
        "an edit is no new message"
    );
}

#[tokio::test]
async fn sending_moves_ones_own_marker() {
    let cast = Cast::gather().await;
    cast.ines.say(cast.den, "are you there?").await;
    assert_eq!(unread(&cast.tom, cast.den).await, 1);
    let sent = cast.tom.say(cast.den, "yes").await;
    let my = cast.tom.room(cast.den).await.my.expect("his");
    assert_eq!((my.read_seq, my.unread), (sent.seq, 0));
    assert_eq!(unread(&cast.ines, cast.den).await, 1);
}

#[tokio::test]
async fn s_az_11_a_marker_reaches_ones_other_device_and_nobody_else() {
    let cast = Cast::gather().await;
    let said = cast.ines.say(cast.den, "read me").await;
    let mut phone = Socket::open(&cast.place.sign_in("tom").await).await;
    let mut ines = Socket::open(&cast.ines).await;
    let state = read(&cast.tom, cast.den, said.seq).await;
    let told = phone.until("my_room", |frame| match frame {
        ServerFrame::MyRoom { room } => room.my,
        _ => None,
    });
    let my = told.await;
    assert_eq!((my.read_seq, my.unread), (state.read_seq, state.unread));
    cast.tom.say(cast.den, "marker").await;
    assert_eq!(ines.before("marker").await, []);
}

#[tokio::test]
async fn a_marker_that_does_not_move_tells_nobody() {
    let cast = Cast::gather().await;
    let said = cast.ines.say(cast.den, "read me").await;
    read(&cast.tom, cast.den, said.seq).await;
    let mut phone = Socket::open(&cast.place.sign_in("tom").await).await;
    read(&cast.tom, cast.den, said.seq).await;
    read(&cast.tom, cast.den, 0).await;
    cast.ines.say(cast.den, "marker").await;
    assert_eq!(phone.before("marker").await, []);
}

#[tokio::test]
async fn a_read_frame_without_a_mark_is_answered_only_when_it_is_refused() {
    let cast = Cast::gather().await;
    let said = cast.ines.say(cast.den, "read me").await;
    let mut tom = Socket::open(&cast.tom).await;
    tom.tell(&json!({ "type": "read", "room_id": cast.den, "seq": said.seq }))
        .await;
    let moved = tom.until("my_room", |frame| match frame {
        ServerFrame::MyRoom { room } => room.my,
        ServerFrame::Ack { .. } => panic!("nobody asked for an answer"),
        _ => None,
    });
    assert_eq!(moved.await.read_seq, said.seq);
    assert_eq!(unread(&cast.tom, cast.den).await, 0);
    tom.tell(&json!({ "type": "read", "room_id": 987_654, "seq": 1 }))
        .await;
    let refused = tom.until("the refusal", |frame| match frame {
        ServerFrame::Error { id, code, .. } => Some((id, code)),
        ServerFrame::Ack { .. } => panic!("nobody asked for an answer"),
        _ => None,
    });
    assert_eq!(refused.await, (None, ErrorCode::NotFound));
}
