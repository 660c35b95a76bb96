//! Names of members as forgiving readers take them.

/// Whether some reader takes `member` for `name`: it is the same, or the same in another case.
pub fn reads_as(member: &str, name: &str) -> bool {
    member.chars().map(fold).eq(name.chars().map(fold))
}

/// Whether `member` is another spelling of `name`.
pub fn is_variant(member: &str, name: &str) -> bool {
    member != name && reads_as(member, name)
}

/// Lower case; also of the letters outside ASCII that some case mapping takes for one inside: U+017F and U+212A
/// (Go's `encoding/json`), U+0130 and U+0131 (Java's `equalsIgnoreCase`).
fn fold(character: char) -> char {
    match character {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        '\u{130}' | '\u{131}' => 'i',
        other => other.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_variant;

    #[test]
    fn tells_spellings_apart() {
        for (member, name, expected) in [
            ("challenge", "challenge", false),
            ("Challenge", "challenge", true),
            ("CHALLENGE", "challenge", true),
            ("challenge ", "challenge", false),
            ("challenges", "challenge", false),
            ("clientdatajson", "clientDataJSON", true),
            ("re\u{17f}ponse", "response", true),
            ("\u{131}d", "id", true),
            ("\u{130}d", "id", true),
            ("to\u{212a}enBinding", "tokenBinding", true),
            ("raw_id", "rawId", false),
        ] {
            assert_eq!(is_variant(member, name), expected, "{member} {name}");
        }
    }
}
