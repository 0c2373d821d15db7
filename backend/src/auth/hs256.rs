//! HMAC-SHA-256 for the JWT library, which is compiled without any algorithm of its own: what is not here
//! cannot be asked for by a token. Comparison is constant-time.

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{ErrorKind, Result},
    signature,
};
use sha2::Sha256;

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| {
        require(*algorithm, key.family())?;
        Ok(Box::new(Hs256(keyed(key.as_bytes())?)))
    },
    verifier_factory: |algorithm, key| {
        require(*algorithm, key.family())?;
        Ok(Box::new(Hs256(keyed(key.try_get_as_bytes()?)?)))
    },
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes this the only cryptography that the JWT library has. Doing it twice is harmless.
pub(super) fn install() {
    // An error means that it was installed before, by another test or another part of this process.
    let _ = PROVIDER.install_default();
}

/// The signing and the checking key of one secret.
pub(super) fn keys(secret: &[u8]) -> (EncodingKey, DecodingKey) {
    (
        EncodingKey::from_secret(secret),
        DecodingKey::from_secret(secret),
    )
}

struct Hs256(Hmac<Sha256>);

fn keyed(secret: &[u8]) -> Result<Hmac<Sha256>> {
    Hmac::new_from_slice(secret).map_err(|_| ErrorKind::InvalidKeyFormat.into())
}

fn require(algorithm: Algorithm, family: AlgorithmFamily) -> Result<()> {
    if algorithm == Algorithm::HS256 && family == AlgorithmFamily::Hmac {
        Ok(())
    } else {
        Err(ErrorKind::InvalidAlgorithm.into())
    }
}

impl signature::Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, signature::Error> {
        let mac = self.0.clone().chain_update(message);
        Ok(mac.finalize().into_bytes().to_vec())
    }
}

impl signature::Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], mac: &Vec<u8>) -> std::result::Result<(), signature::Error> {
        self.0
            .clone()
            .chain_update(message)
            .verify_slice(mac)
            .map_err(|_| signature::Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use signature::{Signer, Verifier};

    #[test]
    fn the_mac_is_that_of_rfc_4231_test_case_2() {
        let signer = Hs256(keyed(b"Jefe").unwrap());
        let mac = signer.try_sign(b"what do ya want for nothing?").unwrap();
        let hex: String = mac.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            hex,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert!(signer.verify(b"what do ya want for nothing?", &mac).is_ok());
        assert!(
            signer
                .verify(b"what do ya want for nothing!", &mac)
                .is_err()
        );
        assert!(
            signer
                .verify(b"what do ya want for nothing?", &mac[..31].to_vec())
                .is_err()
        );
    }

    #[test]
    fn no_other_algorithm_has_a_signer_or_a_verifier() {
        let (encoding, decoding) = keys(&[7; 32]);
        for algorithm in [
            Algorithm::HS384,
            Algorithm::HS512,
            Algorithm::RS256,
            Algorithm::PS256,
            Algorithm::ES256,
            Algorithm::EdDSA,
        ] {
            assert!((PROVIDER.signer_factory)(&algorithm, &encoding).is_err());
            assert!((PROVIDER.verifier_factory)(&algorithm, &decoding).is_err());
        }
    }
}
