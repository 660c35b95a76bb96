//! `_method` as a word of its own, in any case: the name by which frameworks let a form, a part or a member ask for
//! another method (Rack, Symfony, Laravel, Express).

use super::name::is_word;

const NAME: &[u8] = b"_method";

/// Whether it occurs in plain text, as a name or otherwise.
pub(super) fn occurs(text: &[u8]) -> bool {
    let starts = text.iter().enumerate().filter(|(_, byte)| **byte == b'_').map(|(at, _)| at);
    starts.filter_map(|at| text.split_at_checked(at)).any(|(before, rest)| {
        let name = rest.split_at_checked(NAME.len()).filter(|(name, _)| name.eq_ignore_ascii_case(NAME));
        name.is_some_and(|(_, after)| {
            !before.last().copied().is_some_and(is_word) && !after.first().copied().is_some_and(is_word)
        })
    })
}
