//! What the tokens promise, by the numbers of the security requirements.

use super::*;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as B64};
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};

const KEY: [u8; 32] = [7; 32];
const USER: UserId = UserId(12);
const SESSION: SessionId = SessionId(34);

fn tokens() -> Tokens {
    Tokens::new(&KEY, None)
}

fn now() -> Timestamp {
    crate::clock::now()
}

fn good_claims() -> Value {
    let iat = now().0 / 1000;
    json!({"iss": "confab", "aud": "confab:api", "sub": "12", "sid": 34, "iat": iat, "exp": iat + 900, "jti": "a"})
}

fn good_header() -> Value {
    json!({"typ": "at+jwt", "alg": "HS256"})
}

/// Signs whatever it is given with the right key and HMAC-SHA-256.
fn forge(header: &Value, claims: &Value) -> String {
    forge_text(&header.to_string(), &claims.to_string())
}

fn forge_text(header: &str, claims: &str) -> String {
    let message = format!("{}.{}", B64.encode(header), B64.encode(claims));
    let mac = Hmac::<Sha256>::new_from_slice(&KEY)
        .unwrap()
        .chain_update(&message)
        .finalize()
        .into_bytes();
    format!("{message}.{}", B64.encode(mac))
}

fn api(token: &str) -> std::result::Result<Verified, Refused> {
    tokens().verify(token, Audience::Api)
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&B64.decode(part).unwrap()).unwrap()
}

#[test]
fn the_forger_of_these_tests_makes_good_tokens_when_it_changes_nothing() {
    let verified = api(&forge(&good_header(), &good_claims())).unwrap();
    assert_eq!((verified.user_id, verified.session_id), (USER, SESSION));
}

#[test]
fn s_jwt_1_an_access_token_has_the_claims_and_nothing_about_the_person() {
    let token = tokens().access(USER, SESSION, now()).unwrap();
    assert!(token.len() < 1024);
    assert_eq!(part(&token, 0), json!({"typ": "at+jwt", "alg": "HS256"}));
    let claims = part(&token, 1);
    let mut names: Vec<&str> = claims
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["aud", "exp", "iat", "iss", "jti", "sid", "sub"]);
    let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert!(life <= 15 * 60);
    assert!(claims["sub"].is_string() && claims["sid"].is_i64());
    let verified = api(&token).unwrap();
    assert_eq!((verified.user_id, verified.session_id), (USER, SESSION));
}

#[test]
fn s_jwt_2_what_is_no_token_is_refused() {
    for junk in [
        "",
        ".",
        "..",
        "...",
        "a",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "null",
        "{}",
        "Bearer x",
        "eyJhbGciOiJIUzI1NiJ9",
        "eyJhbGciOiJIUzI1NiJ9..",
        "\u{0}.\u{0}.\u{0}",
        "é.é.é",
    ] {
        assert!(api(junk).is_err(), "{junk}");
    }
    let good = forge(&good_header(), &good_claims());
    assert!(api(&format!("{good}.")).is_err());
    assert!(api(&format!(" {good}")).is_err());
    assert!(api(&format!("{good}=")).is_err());
    assert!(api(&forge_text("[]", &good_claims().to_string())).is_err());
    assert!(api(&forge_text(&good_header().to_string(), "[]")).is_err());
    assert!(api(&forge_text(&good_header().to_string(), "\"12\"")).is_err());
}

#[test]
fn s_jwt_3_no_algorithm_but_the_configured_one_is_taken_whatever_the_header_says() {
    let claims = good_claims();
    for label in [
        "none", "None", "NONE", "nOnE", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256",
        "ES256", "ES384", "EdDSA", "hs256", "HS256 ", "", "HMAC",
    ] {
        let header = json!({"typ": "at+jwt", "alg": label});
        assert!(
            api(&forge(&header, &claims)).is_err(),
            "{label} with our own mac"
        );
        let unsigned = format!(
            "{}.{}.",
            B64.encode(header.to_string()),
            B64.encode(claims.to_string())
        );
        assert!(api(&unsigned).is_err(), "{label} without a mac");
    }
    assert!(
        api(&forge(&json!({"typ": "at+jwt"}), &claims)).is_err(),
        "no alg at all"
    );
    // A true HS512 of the right key is refused as well.
    let header = json!({"typ": "at+jwt", "alg": "HS512"});
    let message = format!(
        "{}.{}",
        B64.encode(header.to_string()),
        B64.encode(claims.to_string())
    );
    let mac = Hmac::<Sha512>::new_from_slice(&KEY)
        .unwrap()
        .chain_update(&message)
        .finalize()
        .into_bytes();
    assert!(api(&format!("{message}.{}", B64.encode(mac))).is_err());
}

#[test]
fn s_jwt_4_the_previous_key_still_verifies_and_an_older_one_does_not() {
    let (old, new, newest) = ([1; 32], [2; 32], [3; 32]);
    let token = Tokens::new(&old, None)
        .access(USER, SESSION, now())
        .unwrap();
    assert!(
        Tokens::new(&new, Some(&old))
            .verify(&token, Audience::Api)
            .is_ok()
    );
    assert_eq!(
        Tokens::new(&newest, Some(&new)).verify(&token, Audience::Api),
        Err(Refused::Signature)
    );
    let refresh = Tokens::new(&old, None).new_refresh(SESSION).unwrap().text();
    assert!(
        Tokens::new(&new, Some(&old))
            .read_refresh(&refresh)
            .is_some()
    );
    assert!(
        Tokens::new(&newest, Some(&new))
            .read_refresh(&refresh)
            .is_none()
    );
}

#[test]
fn s_jwt_5_header_parameters_never_choose_a_key_and_crit_is_refused() {
    let attacker = [9; 32];
    let message = |header: &Value| {
        let message = format!(
            "{}.{}",
            B64.encode(header.to_string()),
            B64.encode(good_claims().to_string())
        );
        let mac = Hmac::<Sha256>::new_from_slice(&attacker)
            .unwrap()
            .chain_update(&message)
            .finalize()
            .into_bytes();
        format!("{message}.{}", B64.encode(mac))
    };
    for (name, value) in [
        ("jwk", json!({"kty": "oct", "k": B64.encode(attacker)})),
        ("jku", json!("http://127.0.0.1:1/keys")),
        ("x5u", json!("file:///etc/passwd")),
        (
            "x5c",
            json!([base64::engine::general_purpose::STANDARD.encode(attacker)]),
        ),
        ("kid", json!("../../../../dev/null")),
        ("kid", json!("x' UNION SELECT 'key")),
    ] {
        let mut header = good_header();
        header[name] = value;
        assert!(api(&message(&header)).is_err(), "{name}");
    }
    let mut header = good_header();
    header["crit"] = json!(["exp"]);
    assert_eq!(api(&forge(&header, &good_claims())), Err(Refused::Header));
}

#[test]
fn s_jwt_6_a_wrong_mac_is_the_answer_even_when_the_claims_are_wrong_too() {
    let mut claims = good_claims();
    claims["exp"] = json!(1);
    let mut token = forge(&good_header(), &claims);
    let last = if token.ends_with('A') { "E" } else { "A" };
    token.replace_range(token.len() - 1.., last);
    assert!(matches!(
        api(&token),
        Err(Refused::Signature | Refused::Malformed)
    ));
    let elsewhere = Tokens::new(&[8; 32], None)
        .access(USER, SESSION, now())
        .unwrap();
    assert_eq!(api(&elsewhere), Err(Refused::Signature));
}

#[test]
fn s_jwt_7_every_claim_is_required() {
    for name in ["iss", "aud", "sub", "sid", "iat", "exp", "jti"] {
        let mut claims = good_claims();
        claims.as_object_mut().unwrap().remove(name);
        assert!(
            api(&forge(&good_header(), &claims)).is_err(),
            "without {name}"
        );
        claims[name] = Value::Null;
        assert!(api(&forge(&good_header(), &claims)).is_err(), "{name} null");
    }
}

#[test]
fn s_jwt_7_every_claim_has_its_type_and_range() {
    let later = now().0 / 1000 + 600;
    for (name, value) in [
        ("exp", json!(later.to_string())),
        ("exp", json!([later])),
        ("exp", json!(later as f64 + 0.5)),
        ("exp", json!(-1)),
        ("exp", json!(u64::MAX)),
        ("exp", json!(later + 86_400)),
        ("iat", json!("1")),
        ("iat", json!(true)),
        ("iat", json!(later)),
        ("iss", json!("Confab")),
        ("iss", json!(["confab"])),
        ("iss", json!({})),
        ("aud", json!(["confab:api"])),
        ("aud", json!(["confab:api", "confab:socket"])),
        ("aud", json!("confab:api ")),
        ("aud", json!("")),
        ("sub", json!(12)),
        ("sub", json!("")),
        ("sub", json!("-1")),
        ("sub", json!("0")),
        ("sub", json!("99999999999999999999")),
        ("sub", json!("12abc")),
        ("sid", json!("34")),
        ("sid", json!(34.5)),
        ("sid", json!(-34)),
        ("sid", json!(0)),
        ("jti", json!(5)),
        ("nbf", json!(later)),
        ("nbf", json!("soon")),
    ] {
        let mut claims = good_claims();
        claims[name] = value.clone();
        assert!(
            api(&forge(&good_header(), &claims)).is_err(),
            "{name}: {value}"
        );
    }
}

#[test]
fn s_jwt_7_an_expired_token_is_refused_after_a_few_seconds_of_leeway() {
    let life = ACCESS_LIFE_S * 1000;
    let expired = tokens()
        .access(USER, SESSION, now().plus_ms(-life - 7_000))
        .unwrap();
    assert_eq!(api(&expired), Err(Refused::Time));
    let just_now = tokens()
        .access(USER, SESSION, now().plus_ms(-life - 1_000))
        .unwrap();
    assert!(api(&just_now).is_ok());
}

#[test]
fn s_jwt_8_no_token_stands_in_for_another() {
    let tokens = tokens();
    let ends = now().plus_ms(900_000);
    let made = [
        (Audience::Api, tokens.access(USER, SESSION, now()).unwrap()),
        (
            Audience::Socket,
            tokens.socket(USER, SESSION, ends, now()).unwrap(),
        ),
        (Audience::Files, tokens.files(USER, SESSION, now()).unwrap()),
    ];
    for (audience, token) in &made {
        for other in [Audience::Api, Audience::Socket, Audience::Files] {
            assert_eq!(tokens.verify(token, other).is_ok(), other == *audience);
        }
    }
    // Nor does the right audience under the wrong type.
    let mut header = good_header();
    header["typ"] = json!("confab-files+jwt");
    assert_eq!(api(&forge(&header, &good_claims())), Err(Refused::Header));
    assert!(api(&forge(&json!({"alg": "HS256"}), &good_claims())).is_err());
}

#[test]
fn s_tok_4_a_socket_token_works_once_and_carries_the_end_of_the_access() {
    let tokens = tokens();
    let ends = Timestamp((now().0 / 1000 + 900) * 1000);
    let token = tokens.socket(USER, SESSION, ends, now()).unwrap();
    let verified = tokens.verify(&token, Audience::Socket).unwrap();
    assert_eq!(verified.access_ends, ends);
    assert!(verified.expires_at <= now().plus_ms(30_000));
    assert!(tokens.spend(&verified, now()));
    assert!(!tokens.spend(&verified, now()));
    tokens.sweep(now());
    assert!(
        !tokens.spend(&verified, now()),
        "a sweep forgets only what has expired"
    );
    tokens.sweep(now().plus_ms(60_000));
    assert!(tokens.inner.used.lock().unwrap().is_empty());
}

#[test]
fn s_jwt_9_a_respelled_token_is_no_other_token() {
    // The session id decides about revocation; besides, base64 with other trailing bits does not parse.
    let token = tokens().access(USER, SESSION, now()).unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let same = alphabet
        .chars()
        .filter(|last| {
            let respelled = format!("{}{last}", &token[..token.len() - 1]);
            api(&respelled).is_ok()
        })
        .count();
    assert_eq!(same, 1);
}

#[test]
fn s_jwt_10_a_token_over_4_kib_is_refused_unread() {
    let mut claims = good_claims();
    claims["pad"] = json!("x".repeat(8_000));
    assert_eq!(api(&forge(&good_header(), &claims)), Err(Refused::TooLarge));
}

proptest! {
    #[test]
    fn s_jwt_2_no_text_makes_the_check_panic_or_pass(text in "\\PC{0,300}") {
        prop_assert!(api(&text).is_err());
    }

    #[test]
    fn s_jwt_2_no_three_parts_make_the_check_panic_or_pass(header in "\\PC{0,80}", claims in "\\PC{0,80}") {
        prop_assert!(api(&forge_text(&header, &claims)).is_err());
    }

    #[test]
    fn s_jwt_6_a_good_token_with_one_character_changed_is_refused(place in 0..400_usize, to in "[A-Za-z0-9_.-]") {
        let token = forge(&good_header(), &good_claims());
        let place = place % token.len();
        let mut changed = token.clone();
        changed.replace_range(place..=place, &to);
        prop_assume!(changed != token);
        prop_assert!(api(&changed).is_err());
    }
}
