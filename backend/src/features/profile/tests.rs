//! What a profile may hold.

use super::*;

const NOW: Timestamp = Timestamp(1_000_000);

fn status(emoji: &str, text: &str, expires_at: Option<i64>) -> Option<Status> {
    Some(Status {
        emoji: emoji.into(),
        text: text.into(),
        expires_at: expires_at.map(Timestamp),
    })
}

#[test]
fn a_status_has_one_emoji_and_a_time_to_come() {
    for emoji in ["", "🎧", "👩‍💻", "🇵🇹", "1️⃣", "☕", "❤️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🅰️", "©️"]
    {
        assert!(
            check_status(status(emoji, "", None), NOW).is_ok(),
            "{emoji}"
        );
    }
    for emoji in [
        "a",
        "hello",
        "1",
        "中",
        ":-)",
        "🎧 🎧",
        "<b>",
        "\u{202E}",
        "é",
        "🎧a",
    ] {
        assert!(
            check_status(status(emoji, "", None), NOW).is_err(),
            "{emoji}"
        );
    }
    assert!(check_status(status("", "busy", Some(NOW.0)), NOW).is_err());
    assert!(check_status(status("", "busy", Some(NOW.0 + 1)), NOW).is_ok());
    assert!(check_status(status("", &"b".repeat(81), None), NOW).is_err());
}

#[test]
fn an_empty_status_is_none_and_never_expires() {
    assert_eq!(check_status(None, NOW).unwrap(), Status::default());
    assert_eq!(
        check_status(status(" ", " ", Some(NOW.0 + 5)), NOW).unwrap(),
        Status::default()
    );
}

#[test]
fn zones_and_languages_are_checked_by_their_form() {
    for good in [
        "Europe/Lisbon",
        "UTC",
        "Etc/GMT+5",
        "America/Argentina/ComodRivadavia",
    ] {
        assert!(time_zone(good.into()).is_ok(), "{good}");
    }
    for bad in [
        "",
        "../etc/passwd",
        "Europe/",
        "Europe//Lisbon",
        "Lisbon time",
        &"x".repeat(65),
    ] {
        assert!(time_zone(bad.into()).is_err(), "{bad}");
    }
    for good in ["en", "pt-PT", "zh-Hant-TW", "de-DE-u-co-phonebk"] {
        assert!(locale(good.into()).is_ok(), "{good}");
    }
    for bad in ["", "e", "en_US", "en-", "en--US", "1x", "toolonglanguage"] {
        assert!(locale(bad.into()).is_err(), "{bad}");
    }
}

#[test]
fn a_bio_may_have_lines_but_no_tricks() {
    assert_eq!(bio(" one\r\ntwo ").unwrap(), "one\ntwo");
    assert!(bio("\u{202E}x").is_err());
    assert!(bio("a\tb").is_err());
    assert!(bio(&"b".repeat(161)).is_err());
}

#[test]
fn all_wrong_fields_are_named_at_once() {
    let patch = PatchMe {
        display_name: Some(" ".into()),
        bio: Some("b".repeat(161)),
        locale: Some(Some("??".into())),
        ..PatchMe::default()
    };
    let error = Changes::check(patch, NOW).unwrap_err();
    assert_eq!(error.fields.len(), 3);
}
