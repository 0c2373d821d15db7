//! What the nodes of one place prove to each other: a MAC around all that they put into Redis, and names that
//! tell nothing of what they stand for. The key comes from the one that signs tokens, which nodes share.

use super::refresh::{Key, derive_key};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const PURPOSE: &[u8] = b"confab nodes 1";
const MAC: usize = 32;

/// Seals and opens; cheap to clone.
#[derive(Clone)]
pub struct Seal {
    key: Key,
}

impl Seal {
    pub(super) fn new(secret: &[u8]) -> Self {
        Self {
            key: derive_key(PURPOSE, secret),
        }
    }

    /// Puts a MAC behind the bytes. What is sealed for one use does not open for another.
    pub fn close(&self, usage: &str, mut bytes: Vec<u8>) -> Vec<u8> {
        let mac = self.mac(usage, &bytes).finalize().into_bytes();
        bytes.extend_from_slice(&mac);
        bytes
    }

    /// The bytes without their MAC; `None` when nobody with our key has sealed them for this use.
    pub fn open<'a>(&self, usage: &str, sealed: &'a [u8]) -> Option<&'a [u8]> {
        let (bytes, mac) = sealed.split_at_checked(sealed.len().checked_sub(MAC)?)?;
        self.mac(usage, bytes).verify_slice(mac).ok()?;
        Some(bytes)
    }

    /// A name of 32 hexadecimal digits, the same on every node.
    pub fn name(&self, usage: &str, of: &str) -> String {
        let mac = self.mac(usage, of.as_bytes()).finalize().into_bytes();
        mac.iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    fn mac(&self, usage: &str, bytes: &[u8]) -> Hmac<Sha256> {
        <Hmac<Sha256> as KeyInit>::new((&self.key).into())
            .chain_update(usage)
            // No use of ours holds a zero: where it ends is not to be argued about.
            .chain_update([0])
            .chain_update(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_conf_4_only_what_was_sealed_with_this_key_for_this_use_opens() {
        let seal = Seal::new(&[7; 32]);
        let sealed = seal.close("bus", b"hello".to_vec());
        assert_eq!(seal.open("bus", &sealed), Some(&b"hello"[..]));
        assert_eq!(seal.open("presence", &sealed), None);
        assert_eq!(Seal::new(&[8; 32]).open("bus", &sealed), None);
        for place in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[place] ^= 1;
            assert_eq!(seal.open("bus", &bent), None, "{place}");
        }
        for short in 0..MAC {
            assert_eq!(seal.open("bus", &sealed[..short]), None);
        }
    }

    #[test]
    fn names_are_the_same_on_every_node_and_differ_by_use_and_key() {
        let name = |key: u8, usage| Seal::new(&[key; 32]).name(usage, "mira");
        assert_eq!(name(7, "limit"), name(7, "limit"));
        assert_ne!(name(7, "limit"), name(7, "token"));
        assert_ne!(name(7, "limit"), name(8, "limit"));
        assert_eq!(name(7, "limit").len(), 32);
    }
}
