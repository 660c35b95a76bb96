//! Authenticator data: what the authenticator signed.

use super::cbor::Reader;
use super::{Malformed, PublicKey};

/// Longest credential id (W3C WebAuthn Level 3, section 7.1).
pub(super) const LONGEST_ID: usize = 1023;

/// Authenticator data, read to its last byte (W3C WebAuthn Level 3, section 6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatorData {
    /// SHA-256 of the RP ID.
    pub rp_id_hash: [u8; 32],
    /// The flags.
    pub flags: Flags,
    /// The signature counter.
    pub sign_count: u32,
    /// The new credential; set in registrations only.
    pub attested: Option<AttestedCredential>,
}

/// Attested credential data (section 6.5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttestedCredential {
    /// The authenticator's model.
    pub aaguid: [u8; 16],
    /// The credential id: 1 to 1023 bytes.
    pub id: Vec<u8>,
    /// The credential's key.
    pub public_key: PublicKey,
}

/// The flags byte. Its two reserved bits (RFU1, RFU2) may have any value: the specification gives them no meaning
/// and does not ask for zero (w3c/webauthn issue 2063), and U2F tokens exist that set one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// UP: someone was there.
    pub fn user_present(self) -> bool {
        self.has(0x01)
    }

    /// UV: it was the authenticator's user.
    pub fn user_verified(self) -> bool {
        self.has(0x04)
    }

    /// BE: the credential may be backed up.
    pub fn backup_eligible(self) -> bool {
        self.has(0x08)
    }

    /// BS: it is backed up.
    pub fn backed_up(self) -> bool {
        self.has(0x10)
    }

    fn attested(self) -> bool {
        self.has(0x40)
    }

    fn extensions(self) -> bool {
        self.has(0x80)
    }

    fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }
}

impl AuthenticatorData {
    /// Reads all of `bytes`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let (rp_id_hash, rest) = bytes.split_first_chunk().ok_or(Malformed::Truncated)?;
        let ([flags], rest) = rest.split_first_chunk().ok_or(Malformed::Truncated)?;
        let (sign_count, mut rest) = rest.split_first_chunk().ok_or(Malformed::Truncated)?;
        let flags = Flags(*flags);
        if flags.backed_up() && !flags.backup_eligible() {
            return Err(Malformed::BackupState);
        }
        let mut attested = None;
        if flags.attested() {
            let (credential, after) = AttestedCredential::parse(rest)?;
            attested = Some(credential);
            rest = after;
        }
        if flags.extensions() {
            let mut reader = Reader::new(rest);
            reader.map().map_err(Malformed::Cbor)?;
            rest = reader.rest();
        }
        if !rest.is_empty() {
            return Err(Malformed::Trailing);
        }
        Ok(Self { rp_id_hash: *rp_id_hash, flags, sign_count: u32::from_be_bytes(*sign_count), attested })
    }
}

impl AttestedCredential {
    fn parse(bytes: &[u8]) -> Result<(Self, &[u8]), Malformed> {
        let (aaguid, rest) = bytes.split_first_chunk().ok_or(Malformed::Truncated)?;
        let (length, rest) = rest.split_first_chunk().ok_or(Malformed::Truncated)?;
        let length = usize::from(u16::from_be_bytes(*length));
        if !(1..=LONGEST_ID).contains(&length) {
            return Err(Malformed::IdLength);
        }
        let (id, rest) = rest.split_at_checked(length).ok_or(Malformed::Truncated)?;
        let (public_key, rest) = PublicKey::first(rest)?;
        Ok((Self { aaguid: *aaguid, id: id.to_vec(), public_key }, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::AuthenticatorData;
    use crate::webauthn::{CborError, Malformed};

    fn data(flags: u8, rest: &[u8]) -> Vec<u8> {
        [&[7; 32][..], &[flags], &[0, 0, 1, 2], rest].concat()
    }

    fn key() -> Vec<u8> {
        [&b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"[..], &[1; 32], b"\x22\x58\x20", &[2; 32]].concat()
    }

    fn attested(id: &[u8], key: &[u8]) -> Vec<u8> {
        let length = u16::try_from(id.len()).unwrap().to_be_bytes();
        [&[9; 16][..], &length, id, key].concat()
    }

    #[test]
    fn reads_its_fields() {
        let read = AuthenticatorData::parse(&data(0x1d, b"")).unwrap();
        assert_eq!(read.rp_id_hash, [7; 32]);
        assert_eq!(read.sign_count, 258);
        assert!(read.flags.user_present() && read.flags.user_verified());
        assert!(read.flags.backup_eligible() && read.flags.backed_up());
        assert_eq!(read.attested, None);

        let with_all = data(0xc1, &[&attested(&[3; 20], &key())[..], b"\xa1\x61x\xf5"].concat());
        let read = AuthenticatorData::parse(&with_all).unwrap();
        assert!(!read.flags.user_verified() && !read.flags.backup_eligible() && !read.flags.backed_up());
        let credential = read.attested.unwrap();
        assert_eq!((credential.aaguid, credential.id), ([9; 16], vec![3; 20]));
        assert_eq!(credential.public_key.cose(), key());

        for reserved in [0x02, 0x20] {
            assert!(AuthenticatorData::parse(&data(reserved, b"")).is_ok(), "reserved bit {reserved:#x}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        let long = [5; 1024];
        for (name, bytes, expected) in [
            ("nothing", vec![], Malformed::Truncated),
            ("36 bytes", vec![0; 36], Malformed::Truncated),
            ("one byte more", data(0x01, b"\0"), Malformed::Trailing),
            ("backed up, not eligible", data(0x11, b""), Malformed::BackupState),
            ("attested data without its flag", data(0x01, &attested(&[3; 20], &key())), Malformed::Trailing),
            ("the flag without attested data", data(0x41, b""), Malformed::Truncated),
            ("attested data cut in the id", data(0x41, &attested(&[3; 20], b"")[..30]), Malformed::Truncated),
            ("no key", data(0x41, &attested(&[3; 20], b"")), Malformed::Cbor(CborError::Truncated)),
            ("empty id", data(0x41, &attested(b"", &key())), Malformed::IdLength),
            ("1024-byte id", data(0x41, &attested(&long, &key())), Malformed::IdLength),
            ("extensions without their flag", data(0x01, b"\xa0"), Malformed::Trailing),
            ("the flag without extensions", data(0x81, b""), Malformed::Cbor(CborError::Truncated)),
            ("extensions no map", data(0x81, b"\x80"), Malformed::Cbor(CborError::Unexpected)),
            ("a byte after the extensions", data(0x81, b"\xa0\0"), Malformed::Trailing),
        ] {
            assert_eq!(AuthenticatorData::parse(&bytes), Err(expected), "{name}");
        }
        assert!(AuthenticatorData::parse(&data(0x41, &attested(&long[..1023], &key()))).is_ok());
    }
}
