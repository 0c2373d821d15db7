//! The means to misbehave: forged tokens, and bytes that no decent client sends.

use super::wire::{RawAnswer, Wire};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};
use std::net::SocketAddr;

/// Signs a token with HS256, whatever its header says.
pub(crate) fn forge(header: &Value, claims: &Value, key: &[u8]) -> String {
    let signed = unsigned(header, claims);
    let mac = Hmac::<Sha256>::new_from_slice(key)
        .expect("any length")
        .chain_update(&signed);
    format!(
        "{signed}.{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}

/// Signs a token with HS512.
pub(crate) fn forge_512(header: &Value, claims: &Value, key: &[u8]) -> String {
    let signed = unsigned(header, claims);
    let mac = Hmac::<Sha512>::new_from_slice(key)
        .expect("any length")
        .chain_update(&signed);
    format!(
        "{signed}.{}",
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    )
}

/// Header and claims, ready to be signed.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// The header of an access token.
pub(crate) fn access_header() -> Value {
    json!({ "typ": "at+jwt", "alg": "HS256" })
}

/// Now, in seconds.
pub(crate) fn now_s() -> i64 {
    confab::clock::now().0 / 1000
}

/// Sends bytes and gives back the first answer; `None` when the connection ends without one.
pub(crate) async fn blunt(address: SocketAddr, bytes: &[u8]) -> Option<RawAnswer> {
    let mut wire = Wire::connect(address).await;
    wire.write(bytes).await;
    wire.answer(false).await
}
