//! Group 6: text is UTF-8 (RFC 3629), whole, in fragments and in the middle of one; what is not ends the connection.

use super::{BAD_TEXT, TEXT, Tried, case, fragmented, frame};

/// Greek with accents, as such suites have it.
const GREEK: &str = "κόσμε";

/// The first and the last characters of each length, the borders of the surrogates, and what is no character but
/// fine to send.
const GOOD: [&str; 24] = [
    "",
    "Hello-µ@ßöäüàá-UTF-8!!",
    GREEK,
    "\0",
    "\u{7f}",
    "\u{80}",
    "\u{7ff}",
    "\u{800}",
    "\u{ffff}",
    "\u{10000}",
    "\u{10ffff}",
    "\u{d7ff}",
    "\u{e000}",
    "\u{fffd}",
    "\u{fffe}",
    "\u{1fffe}",
    "\u{1ffff}",
    "\u{8fffe}",
    "\u{fffff}",
    "\u{10fffe}",
    "\u{fdd0}",
    "\u{feff}bom",
    "🌊 👩\u{200d}🔬",
    "\u{202e}rtl\u{202c}",
];

/// Bytes that no further byte makes text.
const HOPELESS: [&[u8]; 53] = [
    // Continuations of nothing.
    b"\x80",
    b"\xbf",
    b"\x80\xbf",
    b"\x80\xbf\x80",
    b"\x80\xbf\x80\xbf\x80\xbf",
    // Beginnings that are not gone on with.
    b"\xc2 ",
    b"\xdf ",
    b"\xe0 ",
    b"\xef ",
    b"\xf0 ",
    b"\xf4 ",
    b"\xe1\x80 ",
    b"\xf1\x80\x80 ",
    b"\xc2\xc2",
    b"\xe1\xe1\x80",
    b"\xf1\x80\xf1",
    // Bytes that never occur.
    b"\xc0",
    b"\xc1",
    b"\xf5",
    b"\xf6",
    b"\xf7",
    b"\xf8",
    b"\xfb",
    b"\xfc",
    b"\xfd",
    b"\xfe",
    b"\xff",
    b"\xfe\xfe\xff\xff",
    // Longer than need be.
    b"\xc0\xaf",
    b"\xe0\x80\xaf",
    b"\xf0\x80\x80\xaf",
    b"\xf8\x80\x80\x80\xaf",
    b"\xfc\x80\x80\x80\x80\xaf",
    b"\xc1\xbf",
    b"\xe0\x9f\xbf",
    b"\xf0\x8f\xbf\xbf",
    b"\xf8\x87\xbf\xbf\xbf",
    b"\xfc\x83\xbf\xbf\xbf\xbf",
    b"\xc0\x80",
    b"\xe0\x80\x80",
    b"\xf0\x80\x80\x80",
    // Beyond the last character.
    b"\xf4\x90\x80\x80",
    b"\xf7\xbf\xbf\xbf",
    b"\xf8\x88\x80\x80\x80",
    b"\xfc\x84\x80\x80\x80\x80",
    b"\xf5\x80\x80\x80",
    // Surrogates, alone and in pairs.
    b"\xed\xa0\x80",
    b"\xed\xad\xbf",
    b"\xed\xae\x80",
    b"\xed\xb0\x80",
    b"\xed\xbf\xbf",
    b"\xed\xa0\x80\xed\xb0\x80",
    b"\xed\xaf\xbf\xed\xbf\xbf",
];

/// Beginnings of a character at the end of a message.
const CUT: [&[u8]; 9] = [
    b"\xc2",
    b"\xdf",
    b"\xe0\xa0",
    b"\xe1",
    b"\xef\xbf",
    b"\xf0\x90\x80",
    b"\xf1",
    b"\xf4\x8f\xbf",
    b"\xed\x9f",
];

#[tokio::test]
async fn every_character_comes_back_however_its_bytes_are_cut() {
    let mut tried = Tried::default();
    for text in GOOD {
        let bytes = text.as_bytes();
        case(format!("{text:?}"))
            .send(frame(TEXT, bytes))
            .hear(TEXT, bytes)
            .lives(&mut tried);
        let pieces: Vec<&[u8]> = bytes.chunks(1).chain([&b""[..]]).collect();
        case(format!("{text:?}, a byte per fragment"))
            .send(fragmented(TEXT, &pieces))
            .hear(TEXT, bytes)
            .lives(&mut tried);
        case(format!("{text:?}, a byte per fragment and write"))
            .send_cut(fragmented(TEXT, &pieces), 1)
            .hear(TEXT, bytes)
            .lives(&mut tried);
    }
    tried.done(72).await;
}

#[tokio::test]
async fn s_ws_4_what_is_no_text_ends_with_1007() {
    let mut tried = Tried::default();
    for bad in HOPELESS.into_iter().chain(CUT) {
        case(format!("{bad:02x?}"))
            .send(frame(TEXT, bad))
            .closes(&mut tried, BAD_TEXT);
        let within = [GREEK.as_bytes(), bad].concat();
        let pieces: Vec<&[u8]> = within.chunks(1).collect();
        case(format!("{bad:02x?} after Greek, a byte per fragment"))
            .send(fragmented(TEXT, &pieces))
            .closes(&mut tried, BAD_TEXT);
    }
    for bad in HOPELESS {
        let within = [GREEK.as_bytes(), bad, b"edited"].concat();
        case(format!("{bad:02x?} within Greek"))
            .send_cut(frame(TEXT, &within), 1)
            .closes(&mut tried, BAD_TEXT);
    }
    tried.done(170).await;
}

#[tokio::test]
async fn binary_messages_need_be_no_text() {
    let mut tried = Tried::default();
    for bytes in HOPELESS.into_iter().chain(CUT) {
        case(format!("{bytes:02x?}"))
            .send(
                [
                    frame(super::BINARY, bytes),
                    fragmented(super::BINARY, &[bytes, bytes]),
                ]
                .concat(),
            )
            .hear(super::BINARY, bytes)
            .hear(super::BINARY, [bytes, bytes].concat())
            .lives(&mut tried);
    }
    tried.done(60).await;
}
