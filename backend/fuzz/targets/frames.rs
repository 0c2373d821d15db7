//! Bytes of a socket, as frames and as the text of one: whatever comes is bounded and answered, never a panic.
#![no_main]

#[path = "../../src/realtime/inbound.rs"]
#[expect(dead_code, reason = "here the bytes come from no connection")]
mod inbound;
#[path = "../../src/ws/reading.rs"]
mod reading;

use actix_ws::AggregatedMessage;
use bytes::BytesMut;
use inbound::Inbound;
use libfuzzer_sys::fuzz_target;
use reading::MARK_BYTES;
use shared::{ClientFrame, event::FrameId, limits::FRAME_BYTES};

fuzz_target!(|bytes: &[u8]| {
    let Some((&cut, bytes)) = bytes.split_first() else {
        return;
    };
    let (whole, refused) = messages(bytes);
    // What is known of the first bytes does not change with those that follow.
    let cut = bytes.len() * usize::from(cut) / 256;
    let (start, early) = messages(&bytes[..cut]);
    assert!(whole.starts_with(&start));
    // Of two faults the one that is told may depend on how much is there.
    assert!(early.is_none() || refused.is_some() && start.len() == whole.len());
    for message in &whole {
        if let AggregatedMessage::Text(text) = message {
            reads(text);
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        reads(text);
    }
});

/// The messages in these bytes, and the code that ends the connection, if one does.
fn messages(bytes: &[u8]) -> (Vec<AggregatedMessage>, Option<u16>) {
    let mut inbound = Inbound::new(BytesMut::from(bytes), FRAME_BYTES);
    let mut messages = Vec::new();
    loop {
        match inbound.next_message() {
            Ok(Some(message)) => messages.push(message),
            Ok(None) => return (messages, None),
            Err(code) => {
                let code = u16::from(code);
                assert!(matches!(code, 1002 | 1007 | 1009), "{code}");
                return (messages, Some(code));
            }
        }
    }
}

fn reads(text: &str) {
    match reading::read(text) {
        Ok(frame) => {
            let written = serde_json::to_string(&frame).expect("our own types");
            let again = reading::read(&written).expect("what was written is read");
            assert_eq!(again, frame);
            // Frames that are never answered may carry a mark all the same.
            let silent = matches!(
                frame,
                ClientFrame::Typing { .. }
                    | ClientFrame::Focus { .. }
                    | ClientFrame::Watch { .. }
                    | ClientFrame::Pong
            );
            let mark = reading::mark(text).filter(|_| !silent);
            assert_eq!(mark.as_ref(), frame.id());
        }
        Err(unfit) => {
            assert!(!unfit.detail.is_empty(), "{:?}", unfit.code);
            assert_eq!(unfit.id, reading::mark(text));
            match unfit.id {
                Some(FrameId::Text(mark)) => assert!(mark.len() <= MARK_BYTES),
                Some(FrameId::Number(mark)) => assert!(mark < 1 << 53),
                None => {}
            }
        }
    }
}
