//! What names and addresses may be, and which of them are the same.

use super::*;
use proptest::prelude::*;

fn code(typed: &str) -> Option<String> {
    Username::parse(typed, false).err().map(|error| error.code)
}

#[test]
fn s_enum_4_names_of_any_script_are_fine() {
    for (typed, name) in [
        ("Mira", "mira"),
        ("mira.lopes", "mira.lopes"),
        ("j-p_2", "j-p_2"),
        ("Ünal", "ünal"),
        ("Ｗｉｄｅ", "wide"),
        ("дмитрий", "дмитрий"),
        ("山田太郎", "山田太郎"),
        ("हिन्दी", "हिन्दी"),
        ("Straße", "strasse"),
    ] {
        assert_eq!(Username::parse(typed, false).unwrap().name, name);
    }
}

#[test]
fn s_enum_4_what_is_no_name_is_refused_with_a_code() {
    for (typed, expected) in [
        ("", "required"),
        ("a", "too_short"),
        (&"a".repeat(33), "too_long"),
        (&"ﷺ".repeat(30), "too_long"),
        ("with space", "invalid"),
        ("mira@example.org", "invalid"),
        (".mira", "invalid"),
        ("mira.", "invalid"),
        ("--", "invalid"),
        ("mi\u{200B}ra", "invalid"),
        ("mi\u{200D}ra", "invalid"),
        ("mi\u{202E}ra", "invalid"),
        ("mi\0ra", "invalid"),
        ("mi\nra", "invalid"),
        ("mira😀", "invalid"),
        ("a\u{301}\u{302}\u{303}\u{304}b", "invalid"),
        ("\u{301}ab", "invalid"),
        ("everyone", "reserved"),
        ("Admin", "reserved"),
        ("CONFAB", "reserved"),
        ("deleted-5", "reserved"),
    ] {
        assert_eq!(code(typed).as_deref(), Some(expected), "{typed:?}");
    }
}

#[test]
fn s_enum_4_the_one_who_sets_the_place_up_may_be_called_admin_but_not_everyone() {
    assert!(Username::parse("admin", true).is_ok());
    assert!(Username::parse("everyone", true).is_err());
}

#[test]
fn s_enum_4_names_that_look_alike_have_the_same_key() {
    for (one, other) in [
        ("mira", "MIRA"),
        ("mira", "mіra"),
        ("paypal", "раураl"),
        ("bob0", "bobo"),
        ("rnax", "max"),
        ("bill1", "billl"),
        ("straße", "STRASSE"),
        ("ｍira", "mira"),
    ] {
        assert_eq!(
            Username::of(one).key,
            Username::of(other).key,
            "{one} {other}"
        );
    }
    assert_ne!(Username::of("mira").key, Username::of("mara").key);
    // A look-alike of a reserved word is reserved.
    assert_eq!(code("аdmin").as_deref(), Some("reserved"));
}

#[test]
fn s_priv_3_the_tombstone_of_a_name_does_not_hold_it() {
    let key = Username::of("mira").key;
    let stone = Username::tombstone(&key);
    assert!(!stone.contains("mira"));
    assert_eq!(stone, Username::tombstone(&key));
}

#[test]
fn display_names_are_trimmed_bounded_and_free_of_tricks() {
    assert_eq!(display_name("  Mira Lopes ").unwrap(), "Mira Lopes");
    assert_eq!(display_name("👩‍💻 Mira").unwrap(), "👩‍💻 Mira");
    for bad in [
        "",
        "   ",
        "a\nb",
        "\u{202E}evil",
        "x\u{200B}y",
        "...",
        &"n".repeat(65),
    ] {
        assert!(display_name(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn addresses_are_checked_lightly_and_compared_without_case() {
    assert_eq!(
        email(" Mira@Example.org ").unwrap(),
        ("Mira@Example.org".into(), "mira@example.org".into())
    );
    for bad in [
        "mira",
        "@example.org",
        "mira@",
        "mi ra@example.org",
        "a@b@c",
        "a@.org",
        "a@b..c",
        "a@b_c",
    ] {
        assert!(email(bad).is_err(), "{bad}");
    }
}

#[test]
fn people_are_found_by_any_case_of_their_name() {
    assert!(search_key("Élodie Ünal", "elo").contains(&search_part("ÜNAL")));
    assert!(search_key("Élodie", "elo").contains(&search_part("@elo")));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic_and_a_name_reads_back_as_itself(typed in "\\PC{0,40}") {
        let _ = display_name(&typed);
        let _ = email(&typed);
        if let Ok(username) = Username::parse(&typed, false) {
            prop_assert_eq!(Username::of(&username.name), username);
        }
    }
}

#[test]
fn parts_are_all_runs_of_up_to_three_characters_within_one_name() {
    let found: Vec<&str> = parts("éa b\nb").into_iter().collect();
    assert_eq!(found, [" ", " b", "a", "a ", "a b", "b", "é", "éa", "éa "]);
    assert!(parts("").is_empty());
    let long: Vec<&str> = windows("élodie", 3).collect();
    assert_eq!(long, ["élo", "lod", "odi", "die"]);
    assert_eq!(windows("él", 3).count(), 0);
}
