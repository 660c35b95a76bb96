//! Fields that a forgiving reader takes for another one.

use crate::json::{self, Value};

/// Whether a form has a field that some reader takes for the one of this name, beside it or in its place: another
/// case, PHP's `.` and space for `_`, `name[]` and `name[x]`, whatever follows a NUL.
pub fn has_rival(fields: &Value, name: &str) -> bool {
    let wanted = loose(name);
    let is_rival = |field: &str| field != name && meet(&loose(field), &wanted);
    fields.as_object().is_some_and(|fields| fields.iter().any(|(field, _)| is_rival(field)))
}

/// Whether they are one name, or one is a list or a map and the other an entry of it.
fn meet(one: &str, other: &str) -> bool {
    let entry = |long: &str, short: &str| {
        let mut heads = long.match_indices('[').filter_map(|(at, _)| long.get(..at));
        heads.any(|head| json::reads_as(head, short))
    };
    json::reads_as(one, other) || entry(one, other) || entry(other, one)
}

fn loose(name: &str) -> String {
    let name = name.trim_start_matches(' ').split('\0').next().unwrap_or_default();
    let closed = name.contains(']');
    name.chars().map(|c| if matches!(c, '.' | ' ') || (c == '[' && !closed) { '_' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::has_rival;
    use crate::form::parse;

    #[test]
    fn fields_that_meet() {
        for (name, form, wanted, expected) in [
            ("alone", "passkey_login=1&csrf=2", "passkey_login", false),
            ("not there", "csrf=2", "passkey_login", false),
            ("a longer name", "passkey_login=1&passkey_login2=2", "passkey_login", false),
            ("a shorter name", "passkey_login=1&passkey=2", "passkey_login", false),
            ("another case", "passkey_login=1&Passkey_Login=2", "passkey_login", true),
            ("another case in its place", "PASSKEY_LOGIN=2", "passkey_login", true),
            ("a dot", "passkey_login=1&passkey.login=2", "passkey_login", true),
            ("a space", "passkey_login=1&passkey+login=2", "passkey_login", true),
            ("a space in front", "passkey_login=1&+passkey_login=2", "passkey_login", true),
            ("an open bracket", "passkey_login=1&passkey[login=2", "passkey_login", true),
            ("a list", "passkey_login=1&passkey_login[]=2", "passkey_login", true),
            ("a map", "passkey_login=1&passkey_login[a][b]=2", "passkey_login", true),
            ("a map of another name", "passkey_login=1&other[passkey_login]=2", "passkey_login", false),
            ("a NUL", "passkey_login=1&passkey_login%00x=2", "passkey_login", true),
            ("the Kelvin sign", "passkey=1&pass%E2%84%AAey=2", "passkey", true),
            ("an entry beside others", "data[passkey]=1&data[csrf]=2", "data[passkey]", false),
            ("an entry and its map", "data[passkey]=1&data=2", "data[passkey]", true),
            ("an entry and its list", "data[passkey]=1&data[passkey][]=2", "data[passkey]", true),
        ] {
            assert_eq!(has_rival(&parse(form.as_bytes()).unwrap(), wanted), expected, "{name}");
        }
    }
}
