//! People: finding them by name, reading them by id, in pages that add up.

use crate::support::{Cast, Place};
use serde_json::json;
use shared::{ErrorCode, accounts::Users};

#[tokio::test]
async fn people_are_found_by_part_of_either_name_whatever_the_case() {
    let cast = Cast::gather().await;
    cast.tom
        .patch("/me", &json!({ "display_name": "Thomas Ünal" }))
        .await
        .expect(200);
    let found = async |q: &str| -> Vec<String> {
        let users: Users = cast
            .ines
            .get(&format!("/users?q={q}"))
            .await
            .expect(200)
            .shape();
        users.users.into_iter().map(|user| user.username).collect()
    };
    for q in ["tom", "TOM", "thom", "%C3%BCnal", "%C3%9CNAL", "@tom", "om"] {
        assert_eq!(found(q).await, ["tom"], "{q}");
    }
    for q in ["nobody", "%25", "_", "%5C", "t%25m"] {
        assert_eq!(found(q).await, Vec::<String>::new(), "{q}");
    }
    assert_eq!(found("").await.len(), 3);
    cast.ines
        .get(&format!("/users?q={}", "x".repeat(65)))
        .await
        .invalid("q", "too_long");
}

#[tokio::test]
async fn pages_of_people_add_up_without_gaps_or_repeats() {
    let place = Place::open();
    let ines = place.admit("ines").await;
    place.admit_many("crew", 12).await;
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let page: Users = ines
            .get(&format!("/users?q=crew&limit=5{cursor}"))
            .await
            .expect(200)
            .shape();
        assert!(page.users.len() <= 5);
        names.extend(page.users.into_iter().map(|user| user.username));
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let mut expected: Vec<String> = (0..12).map(|number| format!("crew{number}")).collect();
    expected.sort();
    assert_eq!(names, expected, "by display name");
    for query in ["limit=0", "limit=101", "limit=-1"] {
        ines.get(&format!("/users?{query}"))
            .await
            .invalid("limit", "invalid");
    }
    ines.get("/users?cursor=junk")
        .await
        .invalid("cursor", "invalid");
    ines.get("/users?limit=x")
        .await
        .refused(ErrorCode::Malformed);
}

#[tokio::test]
async fn people_are_read_by_id_and_ids_of_nobody_are_left_out() {
    let cast = Cast::gather().await;
    let ids = format!("/users?ids={},{},987654,0,-1", cast.tom.id, cast.zoe.id);
    let users: Users = cast.ines.get(&ids).await.expect(200).shape();
    let names: Vec<&str> = users
        .users
        .iter()
        .map(|user| user.username.as_str())
        .collect();
    assert_eq!(names, ["tom", "zoe"]);
    let one = cast
        .ines
        .get(&format!("/users/{}", cast.tom.id))
        .await
        .expect(200)
        .json();
    assert_eq!(one["username"], "tom");
    cast.ines
        .get("/users/987654")
        .await
        .refused(ErrorCode::NotFound);
    for bad in ["x", "", "1,x", "99999999999999999999"] {
        cast.ines
            .get(&format!("/users?ids={bad}"))
            .await
            .invalid("ids", "invalid");
    }
    let many: Vec<String> = (1..=101).map(|id: i64| id.to_string()).collect();
    cast.ines
        .get(&format!("/users?ids={}", many.join(",")))
        .await
        .invalid("ids", "invalid");
}

#[tokio::test]
async fn people_are_found_by_the_names_they_have_now_and_by_no_part_of_others() {
    let cast = Cast::gather().await;
    let found = async |q: &str| -> Vec<String> {
        let users: Users = cast
            .ines
            .get(&format!("/users?q={q}"))
            .await
            .expect(200)
            .shape();
        users.users.into_iter().map(|user| user.username).collect()
    };
    cast.zoe
        .patch("/me", &json!({ "display_name": "Zoë Annabell Anna" }))
        .await
        .expect(200);
    for q in [
        "z",
        "zo",
        "%C3%AB",
        "zo%C3%AB",
        "annab",
        "bell%20anna",
        "l%20a",
        "ell%20an",
    ] {
        assert_eq!(found(q).await, ["zoe"], "{q}");
    }
    // All its parts are there, but not one after the other; nor does a text run on into the username.
    for q in ["annaanna", "bellan", "anna%0Azoe"] {
        assert_eq!(found(q).await, Vec::<String>::new(), "{q}");
    }
    cast.zoe
        .patch("/me", &json!({ "display_name": "Zoe" }))
        .await
        .expect(200);
    for q in ["annab", "anna", "an", "%C3%AB"] {
        assert_eq!(found(q).await, Vec::<String>::new(), "{q}");
    }
    let gone = json!({ "password": crate::support::app::PASSWORD });
    cast.zoe
        .ask("DELETE", "/me")
        .json(&gone)
        .send()
        .await
        .expect(204);
    for q in ["zoe", "zo", "z"] {
        assert_eq!(found(q).await, Vec::<String>::new(), "{q}");
    }
}
