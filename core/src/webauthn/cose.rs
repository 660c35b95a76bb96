//! Credential public keys as COSE (RFC 9052 section 7, RFC 9053 section 7).

mod spki;

use crate::es256::P256Key;

use super::Malformed;
use super::cbor::{CborError, Key, Map, Reader};

const KEY_TYPE: Key<'_> = Key::Integer(1);
const ALGORITHM: Key<'_> = Key::Integer(3);
const CURVE: Key<'_> = Key::Integer(-1);
const X: Key<'_> = Key::Integer(-2);
const Y: Key<'_> = Key::Integer(-3);

const EC2: i64 = 2;
const P256: i64 = 1;
/// ECDSA with SHA-256; with WebAuthn on P-256 always (Level 3, section 5.8.5).
const ES256: i64 = -7;
/// The same, with the curve in the algorithm (RFC 9864).
const ESP256: i64 = -9;

/// A credential's public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    cose: Vec<u8>,
    algorithm: i64,
    kind: PublicKeyKind,
}

/// What a public key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicKeyKind {
    /// ECDSA on P-256 with SHA-256: we can check its signatures.
    Es256(P256Key),
    /// Any other algorithm: the relying party alone can.
    Other,
}

impl PublicKey {
    /// Takes a `COSE_Key` off the front; gives what follows it.
    pub(super) fn first(bytes: &[u8]) -> Result<(Self, &[u8]), Malformed> {
        let mut reader = Reader::new(bytes);
        let map = reader.map().map_err(Malformed::Cbor)?;
        let length = bytes.len().saturating_sub(reader.rest().len());
        let cose = bytes.get(..length).unwrap_or_default().to_vec();
        let integer = |key| map.read(key, Reader::integer).map_err(|_| Malformed::PublicKey);
        integer(KEY_TYPE)?;
        let algorithm = integer(ALGORITHM)?;
        let kind = match algorithm {
            ES256 | ESP256 => PublicKeyKind::Es256(p256(&map).map_err(|_| Malformed::PublicKey)?),
            _ => PublicKeyKind::Other,
        };
        Ok((Self { cose, algorithm, kind }, reader.rest()))
    }

    /// Reads a key as an orchestrator may have stored it: `COSE_Key`, or on P-256 a DER `SubjectPublicKeyInfo`
    /// (RFC 5480) or an uncompressed SEC 1 point (65 bytes).
    pub fn from_stored(bytes: &[u8]) -> Result<Self, Malformed> {
        if let Some(key) = P256Key::from_spki_der(bytes).or_else(|| P256Key::from_sec1(bytes)) {
            return Ok(Self { cose: cose_p256(&key), algorithm: ES256, kind: PublicKeyKind::Es256(key) });
        }
        match Self::first(bytes)? {
            (key, []) => Ok(key),
            _ => Err(Malformed::Cbor(CborError::Trailing)),
        }
    }

    /// The `COSE_Key` as it stood.
    pub fn cose(&self) -> &[u8] {
        &self.cose
    }

    /// The COSE algorithm identifier.
    pub fn algorithm(&self) -> i64 {
        self.algorithm
    }

    /// The key, where we can check its signatures.
    pub fn es256(&self) -> Option<P256Key> {
        match self.kind {
            PublicKeyKind::Es256(key) => Some(key),
            PublicKeyKind::Other => None,
        }
    }

    /// What it is for.
    pub fn kind(&self) -> PublicKeyKind {
        self.kind
    }

    /// As DER `SubjectPublicKeyInfo`, which is what `getPublicKey()` gives; `None` for types we cannot convert.
    pub fn to_spki_der(&self) -> Option<Vec<u8>> {
        match self.kind {
            PublicKeyKind::Es256(key) => Some(key.to_spki_der()),
            PublicKeyKind::Other => spki::from_cose(&Reader::new(&self.cose).map().ok()?),
        }
    }
}

fn p256(map: &Map<'_>) -> Result<P256Key, CborError> {
    let is_p256 = map.read(KEY_TYPE, Reader::integer)? == EC2 && map.read(CURVE, Reader::integer)? == P256;
    if !is_p256 {
        return Err(CborError::Unexpected);
    }
    // A boolean y is a compressed point, which Level 3 forbids.
    let coordinate = |key| map.read(key, Reader::bytes)?.try_into().map_err(|_| CborError::Unexpected);
    Ok(P256Key { x: coordinate(X)?, y: coordinate(Y)? })
}

fn cose_p256(key: &P256Key) -> Vec<u8> {
    [&b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"[..], &key.x, b"\x22\x58\x20", &key.y].concat()
}

#[cfg(test)]
mod tests {
    use super::{PublicKey, PublicKeyKind, cose_p256};
    use crate::es256::P256Key;
    use crate::webauthn::{CborError, Malformed};

    const KEY: P256Key = P256Key { x: [1; 32], y: [2; 32] };

    fn cose() -> Vec<u8> {
        cose_p256(&KEY)
    }

    #[test]
    fn reads_stored_keys_in_three_forms() {
        for (name, bytes) in [
            ("COSE_Key", cose()),
            ("SubjectPublicKeyInfo", KEY.to_spki_der()),
            ("SEC 1", [&[4][..], &KEY.x, &KEY.y].concat()),
        ] {
            let key = PublicKey::from_stored(&bytes).unwrap();
            assert_eq!(key.kind(), PublicKeyKind::Es256(KEY), "{name}");
            assert_eq!((key.algorithm(), key.cose()), (-7, &cose()[..]), "{name}");
            assert_eq!(key.to_spki_der(), Some(KEY.to_spki_der()), "{name}");
        }
        let compressed = [&[2][..], &KEY.x].concat();
        assert!(PublicKey::from_stored(&compressed).is_err());
        let longer = [cose(), vec![0]].concat();
        assert_eq!(PublicKey::from_stored(&longer), Err(Malformed::Cbor(CborError::Trailing)));
    }

    #[test]
    fn refuses_keys_that_are_not_their_algorithms() {
        for (name, at, byte) in [
            ("no algorithm", 3, 0x04),
            ("another key type", 2, 0x03),
            ("another curve", 6, 0x02),
            ("no x", 7, 0x28),
            ("no y", 42, 0x29),
        ] {
            let mut bytes = cose();
            bytes[at] = byte;
            assert_eq!(PublicKey::from_stored(&bytes), Err(Malformed::PublicKey), "{name}");
        }
        let short =
            [&b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x1f"[..], &[1; 31], b"\x22\x58\x20", &[2; 32]].concat();
        assert_eq!(PublicKey::from_stored(&short), Err(Malformed::PublicKey), "short x");
        let compressed = [&b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"[..], &[1; 32], b"\x22\xf5"].concat();
        assert_eq!(PublicKey::from_stored(&compressed), Err(Malformed::PublicKey), "compressed");
        let esp256 = {
            let mut bytes = cose();
            bytes[4] = 0x28;
            bytes
        };
        assert_eq!(PublicKey::from_stored(&esp256).unwrap().kind(), PublicKeyKind::Es256(KEY));
    }
}
