//! What the store keeps in this browser and brings back: unsent messages, drafts, the last state on screen. One key per
//! thing, so that two tabs never overwrite each other's.

use crate::{
    dom::storage,
    net::{hold_for_life, is_held},
};
use model::{Outgoing, Restored, Save, Snapshot};
use serde::Serialize;
use shared::{RoomId, json, readable};
use std::cell::RefCell;

/// The largest snapshot to keep, in bytes of JSON; browsers give a page about 5 MB in all.
const SNAPSHOT_BYTES: usize = 1_000_000;

thread_local! {
    /// This tab, as the owner of the unsent messages that it takes care of.
    static TAB: RefCell<String> = RefCell::new(uuid());
}

/// An unsent message and the tab that takes care of it.
#[derive(Serialize)]
struct Kept {
    tab: String,
    outgoing: Outgoing,
}

readable! {
    Kept { tab, outgoing }
}

fn tab() -> String {
    TAB.with(|tab| tab.borrow().clone())
}

fn lock_of(tab: &str) -> String {
    format!("confab.tab.{tab}")
}

/// Shows the other tabs that this one lives.
pub(super) fn hold_tab() {
    hold_for_life(&lock_of(&tab()));
}

fn outgoing_key(user: i64, client_id: &str) -> String {
    format!("confab.{user}.out.{client_id}")
}

fn draft_key(user: i64, room: RoomId) -> String {
    format!("confab.{user}.draft.{room}")
}

fn snapshot_key(user: i64) -> String {
    format!("confab.{user}.snapshot")
}

fn keep<T: Serialize>(key: &str, value: &T) {
    if let Ok(text) = serde_json::to_string(value) {
        // A browser that keeps nothing costs only what a reload would have saved.
        storage::set(key, &text);
    }
}

fn load<T: json::Read>(key: &str) -> Option<T> {
    json::read(&storage::get(key)?).ok()
}

/// Carries out what the model wants kept.
pub(super) fn save(user: i64, save: &Save) {
    match save {
        Save::Outgoing(outgoing) => keep(
            &outgoing_key(user, &outgoing.client_id),
            &Kept {
                tab: tab(),
                outgoing: (**outgoing).clone(),
            },
        ),
        Save::OutgoingGone { client_id } => storage::remove(&outgoing_key(user, client_id)),
        Save::Draft { room, body } if body.is_empty() => storage::remove(&draft_key(user, *room)),
        Save::Draft { room, body } => {
            storage::set(&draft_key(user, *room), body);
        }
    }
}

/// Keeps the last state on screen, if it is small enough.
pub(super) fn snapshot(snapshot: &Snapshot) {
    if let Ok(text) = serde_json::to_string(snapshot) {
        let key = snapshot_key(snapshot.me.user.id.0);
        if text.len() > SNAPSHOT_BYTES || !storage::set(&key, &text) {
            storage::remove(&key);
        }
    }
}

/// All that was kept for this person. Unsent messages of tabs that still live stay theirs; those of tabs that are gone
/// are adopted. Where the browser cannot say who lives, all are: the same `client_id` never makes two messages.
pub(super) async fn restore(user: i64) -> Restored {
    let mut kept: Vec<Kept> = storage::keys(&format!("confab.{user}.out."))
        .iter()
        .filter_map(|key| load(key))
        .collect();
    let owners: Vec<String> = kept.iter().map(|kept| lock_of(&kept.tab)).collect();
    let living = is_held(&owners).await;
    let mut living = living.into_iter();
    kept.retain(|_| !living.next().unwrap_or(false));
    for orphan in &mut kept {
        orphan.tab = tab();
        keep(&outgoing_key(user, &orphan.outgoing.client_id), orphan);
    }
    let drafts = format!("confab.{user}.draft.");
    Restored {
        outgoing: kept.into_iter().map(|kept| kept.outgoing).collect(),
        drafts: storage::keys(&drafts)
            .iter()
            .filter_map(|key| {
                let room = key.strip_prefix(&drafts)?.parse().ok()?;
                Some((room, storage::get(key)?))
            })
            .collect(),
        snapshot: load(&snapshot_key(user)),
    }
}

fn random(bytes: &mut [u8]) {
    let filled = web_sys::window()
        .and_then(|window| window.crypto().ok())
        .is_some_and(|crypto| crypto.get_random_values_with_u8_array(bytes).is_ok());
    if !filled {
        for byte in bytes {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it lies between 0 and 256"
            )]
            {
                *byte = (js_sys::Math::random() * 256.0) as u8;
            }
        }
    }
}

/// Any number.
pub(super) fn random_u64() -> u64 {
    let mut bytes = [0; 8];
    random(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// A random UUID (RFC 9562, 5.4). The browser's own maker is missing on pages that came over plain http.
pub(super) fn uuid() -> String {
    let mut bytes = [0; 16];
    random(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
        }
    }
    text
}
