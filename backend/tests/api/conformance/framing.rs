//! Group 1: text and binary messages around the borders of the three forms of length; 2.x of what a frame is.

use super::{BINARY, PROTOCOL, TEXT, Tried, case, frame, junk, stars};

/// Around the borders of the forms of length (RFC 6455, 5.2).
const SIZES: [usize; 9] = [0, 1, 125, 126, 127, 128, 65_534, 65_535, 65_536];

#[tokio::test]
async fn messages_of_every_form_of_length_come_back() {
    let mut tried = Tried::default();
    for size in SIZES {
        case(format!("text of {size}"))
            .send(frame(TEXT, &stars(size)))
            .hear(TEXT, stars(size))
            .lives(&mut tried);
        case(format!("binary of {size}"))
            .send(frame(BINARY, &junk(size)))
            .hear(BINARY, junk(size))
            .lives(&mut tried);
        let cut = if size > 1_000 { 997 } else { 1 };
        case(format!("text of {size}, {cut} bytes at a time"))
            .send_cut(frame(TEXT, &stars(size)), cut)
            .hear(TEXT, stars(size))
            .lives(&mut tried);
        case(format!("binary of {size}, in two writes"))
            .send_cut(frame(BINARY, &junk(size)), size / 2 + 3)
            .hear(BINARY, junk(size))
            .lives(&mut tried);
    }
    tried.done(36).await;
}

#[tokio::test]
async fn many_messages_in_one_write_come_back_in_order() {
    let mut tried = Tried::default();
    let mut sent = Vec::new();
    let mut many = case("two hundred, text and binary by turns");
    for number in 0..200_usize {
        let kind = if number % 2 == 0 { TEXT } else { BINARY };
        sent.extend(frame(kind, number.to_string().as_bytes()));
    }
    many = many.send(sent);
    for number in 0..200_usize {
        let kind = if number % 2 == 0 { TEXT } else { BINARY };
        many = many.hear(kind, number.to_string());
    }
    many.lives(&mut tried);
    tried.done(1).await;
}

#[tokio::test]
async fn s_ws_4_frames_without_a_mask_are_refused_and_a_mask_of_zeros_is_one() {
    let mut tried = Tried::default();
    for first in [0x81, 0x82, 0x88, 0x89, 0x8a, 0x01, 0x80] {
        case(format!("{first:#04x} without a mask"))
            .send([first, 2, b'o', b'k'])
            .closes(&mut tried, PROTOCOL);
        case(format!("{first:#04x} without a mask and empty"))
            .send([first, 0])
            .closes(&mut tried, PROTOCOL);
    }
    case("zeros")
        .send([0x81, 0x82, 0, 0, 0, 0, b'o', b'k'])
        .hear(TEXT, *b"ok")
        .lives(&mut tried);
    tried.done(15).await;
}
