//! base64 of the first bytes of every client data (WebAuthn Level 3 section 5.8.1.1).

/// What does not depend on the neighbours in base64 of `{"type":"webauthn.`, behind 0, 1 and 2 other bytes
/// (modulo 3). A symbol that also holds bits of a neighbour is left out: two symbols in front with one byte
/// before, three with two; and the last, unless the text ends a group. None is one of the four symbols in
/// which the two alphabets differ.
const SIGNS: [&[u8]; 3] =
    [b"eyJ0eXBlIjoid2ViYXV0aG4u", b"sidHlwZSI6IndlYmF1dGhuL", b"7InR5cGUiOiJ3ZWJhdXRobi"];

/// Whether base64 or base64url of it occurs in plain text. Bytes other than letters and digits are passed over:
/// line ends stand in MIME's base64, and lenient decoders pass over everything else.
pub(super) fn occurs(mut text: Vec<u8>) -> bool {
    let mut last = 0;
    text.retain(|byte| {
        let line_end = last == b'\\' && matches!(*byte, b'n' | b'r' | b't');
        last = *byte;
        byte.is_ascii_alphanumeric() && !line_end
    });
    SIGNS
        .iter()
        .any(|sign| text.windows(sign.len()).any(|window| window.first() == sign.first() && window == *sign))
}
