//! What is sealed by us, changed.

use countersign_tests::encoding::{base64url, from_base64url};

/// Its four parts.
pub(crate) fn parts(sealed: &str) -> [String; 4] {
    let parts: Vec<String> = sealed.split('.').map(str::to_owned).collect();
    parts.try_into().expect("cs1, key id, payload, tag")
}

/// Another payload, under the same tag.
pub(crate) fn last_digit_changed(sealed: &str) -> String {
    let [version, key, payload, tag] = parts(sealed);
    let mut bytes = from_base64url(&payload);
    let last_digit = bytes.iter().rposition(u8::is_ascii_digit).expect("a number in the payload");
    bytes[last_digit] = b'0' + (bytes[last_digit] - b'0' + 1) % 10;
    format!("{version}.{key}.{}.{tag}", base64url(bytes))
}

/// Another tag, over the same payload.
pub(crate) fn tag_changed(sealed: &str) -> String {
    let [version, key, payload, tag] = parts(sealed);
    let mut bytes = from_base64url(&tag);
    bytes[0] ^= 1;
    format!("{version}.{key}.{payload}.{}", base64url(bytes))
}
