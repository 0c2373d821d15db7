//! What the hashing promises, and which passwords are accepted.

use super::*;

fn hasher(cost: u32) -> Hasher {
    Hasher {
        cost,
        key: APPLICATION_KEY.to_vec(),
        dummy: format!("$2b${cost:02}${}", ".".repeat(53)),
    }
}

#[test]
fn s_pw_1_bytes_beyond_72_and_after_a_nul_count() {
    let hasher = hasher(LEAST_COST);
    let long = "x".repeat(100);
    let stored = hasher.hash(&format!("{long}a")).unwrap();
    assert!(
        hasher
            .verify(&format!("{long}a"), Some(&stored))
            .unwrap()
            .matches
    );
    assert!(
        !hasher
            .verify(&format!("{long}b"), Some(&stored))
            .unwrap()
            .matches
    );
    let stored = hasher.hash("eight\0one").unwrap();
    assert!(!hasher.verify("eight\0two", Some(&stored)).unwrap().matches);
}

#[test]
fn s_pw_1_spaces_case_and_unicode_forms_count() {
    let hasher = hasher(LEAST_COST);
    let stored = hasher.hash(" Pässword ").unwrap();
    for other in ["Pässword", " pässword ", " Pa\u{308}ssword "] {
        assert!(
            !hasher.verify(other, Some(&stored)).unwrap().matches,
            "{other}"
        );
    }
    assert!(hasher.verify(" Pässword ", Some(&stored)).unwrap().matches);
}

#[test]
fn s_pw_1_what_bcrypt_sees_is_64_ascii_bytes_and_depends_on_the_pepper() {
    let plain = hasher(LEAST_COST);
    let peppered = Hasher {
        key: b"pepper".to_vec(),
        ..hasher(LEAST_COST)
    };
    let seen = plain.prehash("päss\0word").unwrap();
    assert!(seen.len() == 64 && seen.is_ascii() && !seen.contains('\0'));
    assert_ne!(seen, peppered.prehash("päss\0word").unwrap());
    let stored = plain.hash("a password").unwrap();
    assert!(
        !peppered
            .verify("a password", Some(&stored))
            .unwrap()
            .matches
    );
}

#[test]
fn s_pw_3_a_hash_of_lower_cost_is_renewed_when_the_password_was_right() {
    let stored = hasher(LEAST_COST).hash("good enough").unwrap();
    let today = hasher(LEAST_COST + 1);
    let renewed = today
        .verify("good enough", Some(&stored))
        .unwrap()
        .rehash
        .unwrap();
    assert_eq!(cost_of(&renewed), Some(LEAST_COST + 1));
    assert!(
        today
            .verify("good enough", Some(&renewed))
            .unwrap()
            .rehash
            .is_none()
    );
    assert!(
        today
            .verify("not it", Some(&stored))
            .unwrap()
            .rehash
            .is_none()
    );
    // A higher cost is never lowered.
    assert!(
        hasher(LEAST_COST)
            .verify("good enough", Some(&renewed))
            .unwrap()
            .rehash
            .is_none()
    );
}

#[test]
fn s_enum_2_the_dummy_has_the_cost_of_today_and_matches_nothing() {
    let hasher = hasher(LEAST_COST + 1);
    assert_eq!(cost_of(&hasher.dummy), Some(LEAST_COST + 1));
    for password in ["", "anything", "........"] {
        assert!(!hasher.verify(password, None).unwrap().matches);
    }
}

#[test]
fn s_pw_2_the_list_is_sorted_long_enough_and_holds_no_duplicates() {
    assert!(COMMON.len() >= 3000);
    assert!(COMMON.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(
        COMMON
            .iter()
            .all(|word| word.chars().count() >= 8 && *word == word.to_lowercase())
    );
}

#[test]
fn s_pw_2_length_commonness_and_names_are_checked() {
    let code = |password: &str| {
        check("password", password, "mira.lopes", "Harbour")
            .err()
            .map(|f| f.code)
    };
    for (password, expected) in [
        ("", Some("required")),
        ("1234567", Some("too_short")),
        ("äöüäöüä", Some("too_short")),
        ("password", Some("common")),
        ("PassWord", Some("common")),
        ("qwertyuiop", Some("common")),
        ("12345678", Some("common")),
        ("my Mira.Lopes 7", Some("common")),
        ("harbour-light", Some("common")),
        ("i like CONFAB a lot", Some("common")),
    ] {
        assert_eq!(code(password).as_deref(), expected, "{password}");
    }
    assert_eq!(code(&"w".repeat(129)).as_deref(), Some("too_long"));
    for fine in ["tidal-orange-41", "        x        ", "日本語のパスワード"] {
        assert_eq!(code(fine), None, "{fine}");
    }
    assert_eq!(code(&"wq".repeat(64)), None, "128 characters are allowed");
    assert_eq!(
        code(&"é".repeat(128)),
        None,
        "characters are counted, not bytes"
    );
}

#[test]
fn s_pw_2_a_name_of_two_letters_may_occur_by_chance() {
    assert!(check("password", "alabaster-jug", "al", "X").is_ok());
}

#[test]
fn a_cost_out_of_range_is_refused_at_the_start() {
    assert!(Passwords::new(3, None, 1, 1).is_err());
    assert!(Passwords::new(17, None, 1, 1).is_err());
}

#[actix_web::test]
async fn s_rate_4_a_full_queue_answers_at_once_and_says_when_to_come_back() {
    // No thread takes anything: the first fills the queue, the second must not wait.
    let (queue, _kept) = sync_channel(1);
    let passwords = Passwords { queue };
    let (reply, _answer) = oneshot::channel();
    passwords.queue(Work::Hash("one".into(), reply)).unwrap();
    let error = passwords.verify("two".into(), None).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Overloaded);
    assert_eq!(error.retry_after, Some(RETRY_AFTER));
}

#[actix_web::test]
async fn the_threads_hash_and_compare() {
    let passwords = Passwords::new(LEAST_COST, None, 2, 8).unwrap();
    let stored = passwords.hash("a good one".into()).await.unwrap();
    assert!(
        passwords
            .verify("a good one".into(), Some(stored.clone()))
            .await
            .unwrap()
            .matches
    );
    assert!(
        !passwords
            .verify("a bad one".into(), Some(stored))
            .await
            .unwrap()
            .matches
    );
}
