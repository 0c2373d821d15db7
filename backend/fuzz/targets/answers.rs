//! Texts as answers and frames of a server: the client's reader takes what serde writes, and serde what it takes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};
use shared::{
    Problem, ServerFrame,
    accounts::Me,
    json::{self, Read},
    messages::{Changes, Message, Messages},
    rooms::Rooms,
};
use std::fmt::Debug;

fuzz_target!(|text: &str| {
    if let Ok(frame) = ServerFrame::read(text)
        && frame != ServerFrame::Unknown
    {
        let written = serde_json::to_string(&frame).expect("our own types");
        assert_eq!(
            ServerFrame::read(&written).expect("what was written is read"),
            frame
        );
    }
    agree::<Message>(text);
    agree::<Messages>(text);
    agree::<Changes>(text);
    agree::<Rooms>(text);
    agree::<Me>(text);
    agree::<Problem>(text);
});

/// What one reader makes of a text, the other makes of it written again.
fn agree<T: Read + Serialize + DeserializeOwned + PartialEq + Debug>(text: &str) {
    if let Ok(value) = json::read::<T>(text) {
        let written = serde_json::to_string(&value).expect("our own types");
        assert_eq!(json::read::<T>(&written).expect("the same"), value);
        assert_eq!(serde_json::from_str::<T>(&written).expect("serde's"), value);
    }
    if let Ok(value) = serde_json::from_str::<T>(text) {
        let written = serde_json::to_string(&value).expect("our own types");
        assert_eq!(json::read::<T>(&written).expect("ours"), value);
    }
}
