//! A message that very many answered: every quote follows it, in several writes, through a crash as well.

use crate::support::{Cast, Socket, caller::client_id, within};
use confab::{
    db::schema::{messages::dsl, rooms, stale_quotes},
    features::messages::{Draft, edit, send},
};
use diesel::prelude::*;
use shared::{
    MessageId, ServerFrame,
    messages::{Changes, Message, NewMessage},
};
use std::collections::{BTreeMap, BTreeSet};

/// More than two writes renew.
const MANY: usize = 450;

/// Something that Ines said, and what Tom answered to it very often.
async fn much_answered(cast: &Cast) -> (Message, BTreeSet<MessageId>) {
    let said = cast.ines.say(cast.den, "storm").await;
    let (tom, den, id) = (cast.tom.id, cast.den, said.id);
    let answers = cast.place.app.db.write(move |tx| {
        let answer = |_| {
            let new = NewMessage {
                client_id: client_id(),
                body: "aye".into(),
                reply_to: Some(id),
            };
            Ok(send(tx, tom, den, Draft::new(den, new)?)?.0.id)
        };
        (0..MANY).map(answer).collect()
    });
    (said, answers.await.expect("answers"))
}

/// Everything that changed since a revision, each message in its last state.
async fn changed(cast: &Cast, mut after: i64) -> BTreeMap<MessageId, Message> {
    let mut messages = BTreeMap::new();
    loop {
        let path = format!("/rooms/{}/changes?after={after}", cast.den);
        let page: Changes = cast.tom.get(&path).await.expect(200).shape();
        messages.extend(
            page.messages
                .into_iter()
                .map(|message| (message.id, message)),
        );
        after = page.rev;
        if !page.more {
            return messages;
        }
    }
}

fn excerpt(message: &Message) -> &str {
    let quote = message.reply_to.as_ref();
    quote.map_or("", |quote| quote.excerpt.as_str())
}

#[tokio::test]
async fn an_edit_of_what_very_many_answered_reaches_every_answer_and_holds_nobody_up() {
    let cast = Cast::gather().await;
    let (said, answers) = much_answered(&cast).await;
    let mut tom = Socket::open(&cast.tom).await;
    let before = cast.tom.room(cast.den).await.head_rev;
    // Queued one right behind the other.
    let (db, ines, den, id) = (&cast.place.app.db, cast.ines.id, cast.den, said.id);
    let edited = db.write(move |tx| edit(tx, ines, id, "calm"));
    let new = NewMessage {
        client_id: client_id(),
        body: "in between".into(),
        reply_to: None,
    };
    let draft = Draft::new(den, new).expect("a draft");
    let between = db.write(move |tx| send(tx, ines, den, draft));
    let edited = edited.await.expect("edited");
    let (between, _) = between.await.expect("sent");
    // Live, each answer is told of once, in the order of revisions.
    let mut told = BTreeMap::new();
    let mut last = edited.rev;
    while told.len() < MANY {
        let message = tom
            .until("one more answer", |frame| match frame {
                ServerFrame::Message { message, .. } if message.reply_to.is_some() => Some(message),
                ServerFrame::Lagged { .. } => panic!("too much for one queue"),
                _ => None,
            })
            .await;
        assert_eq!(excerpt(&message), "calm");
        assert!(message.rev > last);
        last = message.rev;
        assert_eq!(told.insert(message.id, *message), None, "once");
    }
    assert_eq!(told.keys().copied().collect::<BTreeSet<_>>(), answers);
    assert!(
        between.rev < last,
        "what was said after the edit did not wait for the last answer"
    );
    // Whoever was away learns the same.
    let seen = changed(&cast, before).await;
    for (id, message) in &told {
        assert_eq!(&seen[id], message);
    }
    let room = cast.tom.room(cast.den).await;
    let changes = i64::try_from(MANY).expect("a number") + 2;
    assert_eq!(room.head_rev, before + changes, "nothing was renewed twice");
}

#[tokio::test]
async fn a_message_that_changes_again_meanwhile_is_quoted_as_it_is_at_last() {
    let cast = Cast::gather().await;
    let (said, answers) = much_answered(&cast).await;
    let before = cast.tom.room(cast.den).await.head_rev;
    let mut ines = Socket::open(&cast.ines).await;
    let mut marks = Vec::new();
    for text in ["calm", "fog", "rain"] {
        let mark = ines.mark();
        marks.push(mark);
        ines.tell(
            &serde_json::json!({ "type": "edit", "id": mark, "message_id": said.id, "body": text }),
        )
        .await;
    }
    for mark in marks {
        ines.answer_to(&serde_json::json!(mark))
            .await
            .expect("an ack");
    }
    let deleted = cast.ines.remove_message(said.id).await;
    renewed(&cast, before, &deleted, &answers).await;
}

#[tokio::test]
async fn quotes_that_a_crash_left_behind_are_renewed_at_the_next_start() {
    let mut cast = Cast::gather().await;
    let (said, answers) = much_answered(&cast).await;
    let before = cast.tom.room(cast.den).await.head_rev;
    cast.place.stop();
    // As a process leaves it that dies after the first write of an edit.
    let conn = &mut cast.place.database();
    let rev = before + 1;
    diesel::update(dsl::messages.find(said.id.0))
        .set((dsl::body.eq("calm"), dsl::edited_at.eq(1), dsl::rev.eq(rev)))
        .execute(conn)
        .expect("written");
    diesel::update(rooms::table.find(cast.den.0))
        .set(rooms::head_rev.eq(rev))
        .execute(conn)
        .expect("written");
    diesel::insert_into(stale_quotes::table)
        .values(stale_quotes::message_id.eq(said.id.0))
        .execute(conn)
        .expect("written");
    cast.place.restart();
    let edited = cast.tom.message(said.id).await;
    renewed(&cast, before, &edited, &answers).await;
    let head = cast.tom.room(cast.den).await.head_rev;
    cast.place.restart();
    cast.ines.say(cast.den, "marker").await;
    let after = cast.tom.room(cast.den).await.head_rev;
    assert_eq!(after, head + 1, "once is enough");
}

/// Waits until every answer is behind the change, and sees that it quotes it.
async fn renewed(cast: &Cast, before: i64, change: &Message, answers: &BTreeSet<MessageId>) {
    let seen = within("every answer", async {
        loop {
            let seen = changed(cast, before).await;
            let behind = |id| {
                let answer = seen.get(id);
                answer.is_some_and(|answer: &Message| answer.rev > change.rev)
            };
            if answers.iter().all(behind) {
                return seen;
            }
        }
    })
    .await;
    let expected: String = change.body.chars().take(120).collect();
    for id in answers {
        assert_eq!(excerpt(&seen[id]), expected);
    }
}
