//! What somebody may have meant.

/// «did you mean `x`?» if one of the names is near, else all of them.
pub(super) fn closest(text: &str, names: &[&str]) -> String {
    nearest(text, names)
        .map_or_else(|| format!("write {}", choices(names)), |name| format!("did you mean `{name}`?"))
}

/// The name that is a third of its length away, or less.
pub(super) fn nearest<'n>(text: &str, names: &[&'n str]) -> Option<&'n str> {
    let (edits, name) = names.iter().map(|name| (distance(&plain(text), &plain(name)), *name)).min()?;
    (edits.saturating_mul(3) <= name.len().max(3)).then_some(name)
}

/// «`a`, `b` or `c`».
pub(super) fn choices(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// Without what people write differently: case, `-`, `_`, a space.
fn plain(text: &str) -> Vec<char> {
    const LONGEST: usize = 64;
    let kept = text.chars().filter(|c| !matches!(c, '-' | '_' | ' '));
    kept.flat_map(char::to_lowercase).take(LONGEST).collect()
}

/// Edits from one to the other (Levenshtein).
fn distance(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, a) in from.iter().enumerate() {
        let mut diagonal = line;
        let mut left = line.saturating_add(1);
        let Some((first, rest)) = row.split_first_mut() else { break };
        *first = left;
        for (above, b) in rest.iter_mut().zip(to) {
            let replaced = diagonal.saturating_add(usize::from(a != b));
            diagonal = *above;
            *above = replaced.min(diagonal.saturating_add(1)).min(left.saturating_add(1));
            left = *above;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions() {
        let names = ["origins", "hosts", "rp_id", "user"];
        for (text, expected) in [
            ("orgins", "did you mean `origins`?"),
            ("Origins", "did you mean `origins`?"),
            ("rpId", "did you mean `rp_id`?"),
            ("host", "did you mean `hosts`?"),
            ("colour", "write `origins`, `hosts`, `rp_id` or `user`"),
            ("", "write `origins`, `hosts`, `rp_id` or `user`"),
        ] {
            assert_eq!(closest(text, &names), expected, "{text:?}");
        }
    }

    #[test]
    fn distances() {
        for (a, b, expected) in
            [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("abc", "abc", 0)]
        {
            assert_eq!(distance(&plain(a), &plain(b)), expected, "{a:?} to {b:?}");
        }
    }
}
