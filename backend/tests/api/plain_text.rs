//! What people write is text wherever it comes out: unchanged, as JSON that no browser takes for a page.

use crate::support::{Answer, Cast, Socket};
use serde_json::{Value, json};
use shared::{ErrorCode, ServerFrame};

const HOSTILE: &[&str] = &[
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "\"'`><svg/onload=alert(1)>",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "javascript:alert(1) &lt;b&gt;",
];

/// The answer's JSON, which a browser shows as nothing else.
#[track_caller]
fn harmless(answer: Answer) -> Value {
    let answer = answer.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
    let csp = answer.header("content-security-policy").expect("a policy");
    assert!(csp.starts_with("default-src 'none'"), "{csp}");
    answer.json()
}

#[tokio::test]
async fn s_xss_3_names_topics_and_status_come_out_as_the_text_they_are() {
    let cast = Cast::gather().await;
    let mut tom = Socket::open(&cast.tom).await;
    let den = format!("/rooms/{}", cast.den);
    for text in HOSTILE {
        let profile =
            json!({ "display_name": text, "bio": text, "status": { "emoji": "", "text": text } });
        harmless(cast.ines.patch("/me", &profile).await);
        let user = tom.until("a user frame", |frame| match frame {
            ServerFrame::User { user } => Some(user),
            _ => None,
        });
        assert_eq!(user.await.display_name, *text);
        let seen = harmless(cast.tom.get(&format!("/users/{}", cast.ines.id)).await);
        for shown in [&seen["display_name"], &seen["bio"], &seen["status"]["text"]] {
            assert_eq!(shown, text);
        }
        let room = json!({ "name": text, "topic": text });
        harmless(cast.ines.patch(&den, &room).await);
        let room = tom.until("a room frame", |frame| match frame {
            ServerFrame::Room { room, .. } if room.topic == *text => Some(room.name),
            _ => None,
        });
        assert_eq!(room.await, *text);
        let seen = harmless(cast.tom.get(&den).await);
        assert_eq!(
            (&seen["name"], &seen["topic"]),
            (&json!(text), &json!(text))
        );
        harmless(cast.ines.patch("/server", &json!({ "name": text })).await);
        assert_eq!(harmless(cast.tom.get("/server").await)["name"], *text);
        let said = cast.ines.say(cast.den, text).await;
        assert_eq!(tom.message(text).await, said);
        let page = harmless(cast.tom.get(&format!("{den}/messages?limit=1")).await);
        assert_eq!(page["messages"][0]["body"], *text);
    }
}

#[tokio::test]
async fn s_xss_3_no_refusal_or_page_of_ours_repeats_what_was_asked() {
    let cast = Cast::gather().await;
    for path in [
        "/<script>alert(1)</script>",
        "/api/v1/<script>alert(1)</script>",
        "/api/v1/rooms/<script>alert(1)</script>",
        "/files/avatars/<script>alert(1)</script>",
        "/docs?q=<script>alert(1)</script>",
        "/api/v1/users?cursor=<script>alert(1)</script>",
    ] {
        let answer = cast.ines.plain("GET", path).send().await;
        assert!(
            !answer.text().contains("<script"),
            "{path}: {}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn s_xss_3_what_turns_or_breaks_a_line_has_no_place_in_a_name() {
    let cast = Cast::gather().await;
    let den = format!("/rooms/{}", cast.den);
    for bad in ["a\u{202e}b", "a\u{2066}b", "a\nb", "a\0b", "a\u{1b}[31mb"] {
        for (path, field) in [
            ("/me", "display_name"),
            (&*den, "name"),
            (&*den, "topic"),
            ("/server", "name"),
        ] {
            let answer = cast.ines.patch(path, &json!({ field: bad })).await;
            answer.refused(ErrorCode::Validation);
        }
        let status = json!({ "status": { "emoji": "", "text": bad } });
        let answer = cast.ines.patch("/me", &status).await;
        answer.refused(ErrorCode::Validation);
    }
}
