use super::{Es256 as _, P256Key, SoftwareEs256, der_signature};

/// RFC 6979 appendix A.2.5.
const X: &str = "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6";
const Y: &str = "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299";

/// Its signature of `sample` with SHA-256.
const SAMPLE: [&str; 2] = [
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
];

/// Its signature of `test` with SHA-256: s is short.
const TEST: [&str; 2] = [
    "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
    "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
];

/// The order of the group (SEC 2 section 2.4.2).
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

/// The order less s of [`SAMPLE`]: as good a signature, and one that WebAuthn does not forbid.
const OTHER_S: &str = "0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9";

fn bytes(hex: &str) -> [u8; 32] {
    let digit = |digit: u8| u8::try_from(char::from(digit).to_digit(16).unwrap()).unwrap();
    let bytes: Vec<u8> = hex.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect();
    bytes.try_into().unwrap()
}

fn key() -> P256Key {
    P256Key { x: bytes(X), y: bytes(Y) }
}

fn raw([r, s]: [&str; 2]) -> [u8; 64] {
    [bytes(r), bytes(s)].concat().try_into().unwrap()
}

/// A DER sequence of these contents, of less than 128 bytes.
fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    [&[0x30, u8::try_from(contents.len()).unwrap()][..], &contents].concat()
}

fn integer(digits: &[u8]) -> Vec<u8> {
    [&[0x02, u8::try_from(digits.len()).unwrap()][..], digits].concat()
}

/// With the zero that keeps it positive.
fn positive(hex: &str) -> Vec<u8> {
    integer(&[&[0][..], &bytes(hex)].concat())
}

#[test]
fn knows_rfc_6979() {
    for (message, signature) in [("sample", SAMPLE), ("test", TEST), ("sample", [SAMPLE[0], OTHER_S])] {
        let der = der_signature(&raw(signature)).unwrap();
        assert!(SoftwareEs256.verify_es256(&key(), message.as_bytes(), &der), "{message} {signature:?}");
        assert!(!SoftwareEs256.verify_es256(&key(), b"another", &der), "{message} {signature:?}");
    }
    assert_eq!(der_signature(&raw(SAMPLE)).unwrap(), sequence(&[&positive(SAMPLE[0]), &positive(SAMPLE[1])]));
    assert_eq!(
        der_signature(&raw(TEST)).unwrap(),
        sequence(&[&positive(TEST[0]), &integer(&bytes(TEST[1]))])
    );
}

#[test]
fn raw_signatures_out_of_range() {
    let zero = "00".repeat(32);
    for (name, signature) in [
        ("zeros (CVE-2022-21449)", [zero.as_str(), &zero]),
        ("r is zero", [&zero, SAMPLE[1]]),
        ("s is zero", [SAMPLE[0], &zero]),
        ("r is the order", [ORDER, SAMPLE[1]]),
        ("s is the order", [SAMPLE[0], ORDER]),
    ] {
        assert_eq!(der_signature(&raw(signature)), None, "{name}");
    }
}

#[test]
fn signatures_that_are_not_strict_der() {
    let (r, s) = (positive(SAMPLE[0]), positive(SAMPLE[1]));
    let good = sequence(&[&r, &s]);
    assert!(SoftwareEs256.verify_es256(&key(), b"sample", &good));
    let length = good[1];
    let none = integer(&[0]);
    let bare = integer(&bytes(SAMPLE[1]));
    let padded = integer(&[&[0, 0][..], &bytes(SAMPLE[1])].concat());
    for (name, der) in [
        ("a byte after it", [&good[..], &[0]].concat()),
        ("a byte inside, after s", sequence(&[&r, &s, &[0]])),
        ("a third integer", sequence(&[&r, &s, &none])),
        ("no s", sequence(&[&r])),
        ("s without its zero is negative", sequence(&[&r, &bare])),
        ("s with two zeros", sequence(&[&r, &padded])),
        ("length in two bytes", [&[0x30, 0x81, length][..], &good[2..]].concat()),
        ("indefinite length (BER)", [&[0x30, 0x80][..], &r, &s, &[0, 0]].concat()),
        ("r's length in two bytes", sequence(&[&[0x02, 0x81, 0x21][..], &r[2..], &s])),
        ("a set", [&[0x31][..], &good[1..]].concat()),
        ("r is an octet string", sequence(&[&[0x04][..], &r[1..], &s])),
        ("cut", good.split_last().unwrap().1.to_vec()),
        ("r and s side by side", raw(SAMPLE).to_vec()),
        ("r is zero", sequence(&[&none, &s])),
        ("s is zero", sequence(&[&r, &none])),
        ("both are zero", sequence(&[&none, &none])),
        ("r is the order", sequence(&[&positive(ORDER), &s])),
        ("s is the order", sequence(&[&r, &positive(ORDER)])),
        ("r and s exchanged", sequence(&[&s, &r])),
        ("nothing", Vec::new()),
    ] {
        assert!(!SoftwareEs256.verify_es256(&key(), b"sample", &der), "{name}");
    }
}

#[test]
fn keys_that_are_none() {
    let der = der_signature(&raw(SAMPLE)).unwrap();
    for (name, key) in [
        ("another", P256Key { x: bytes(X), y: bytes(X) }),
        ("zeros", P256Key { x: [0; 32], y: [0; 32] }),
        ("not below the prime", P256Key { x: [0xff; 32], y: bytes(Y) }),
        ("exchanged", P256Key { x: bytes(Y), y: bytes(X) }),
    ] {
        assert!(!SoftwareEs256.verify_es256(&key, b"sample", &der), "{name}");
    }
}

#[test]
fn keys_in_other_forms() {
    let spki = key().to_spki_der();
    assert_eq!(spki.len(), 91);
    assert_eq!(P256Key::from_spki_der(&spki), Some(key()));
    assert_eq!(P256Key::from_sec1(&key().to_sec1()), Some(key()));
    let changed = |at: usize, byte: u8| {
        let mut spki = spki.clone();
        spki[at] = byte;
        spki
    };
    for (name, bytes) in [
        ("another length", changed(1, 0x5a)),
        ("another algorithm", changed(12, 0x02)),
        ("another curve", changed(22, 0x06)),
        ("unused bits", changed(25, 0x01)),
        ("a hybrid point", changed(26, 0x06)),
        ("a byte after it", [&spki[..], &[0]].concat()),
        ("cut", spki[..90].to_vec()),
    ] {
        assert_eq!(P256Key::from_spki_der(&bytes), None, "{name}");
    }
    let sec1 = key().to_sec1();
    for (name, bytes) in [
        ("compressed", [&[2][..], &sec1[1..33]].concat()),
        ("cut", sec1[..64].to_vec()),
        ("a byte after it", [&sec1[..], &[0]].concat()),
        ("nothing", Vec::new()),
    ] {
        assert_eq!(P256Key::from_sec1(&bytes), None, "{name}");
    }
}
