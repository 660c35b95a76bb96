use super::*;

fn table(templates: &[&str]) -> PathTable {
    let mut table = PathTable::default();
    for template in templates {
        table.add(&PathTemplate::parse(template).unwrap());
    }
    table
}

/// `Some(id)` for an exact match, `None` for nothing.
fn found(table: &PathTable, path: &[u8]) -> Result<Option<usize>, &'static str> {
    match table.find(path) {
        Found::Nothing => Ok(None),
        Found::Templates(templates) => Ok(templates.first().map(|(id, _)| *id)),
        Found::Under(..) => Err("under a prefix"),
        Found::Ambiguous => Err("ambiguous"),
    }
}

const AMBIGUOUS: Result<Option<usize>, &str> = Err("ambiguous");

#[test]
fn every_spelling_of_a_guarded_path() {
    let table = table(&["/verify-authentication", "/api/Login", "/u/{name}/key", "/caf%C3%A9", "/flows/"]);
    for (name, path, expected) in [
        ("exact", "/verify-authentication", Ok(Some(0))),
        ("exact with a capital", "/api/Login", Ok(Some(1))),
        ("exact with a capture", "/u/Alice/key", Ok(Some(2))),
        ("exact with an escaped capture", "/u/J%C3%B6rg/key", Ok(Some(2))),
        ("exact with escapes", "/caf%C3%A9", Ok(Some(3))),
        ("exact with a trailing slash", "/flows/", Ok(Some(4))),
        ("a trailing slash", "/verify-authentication/", AMBIGUOUS),
        ("no trailing slash", "/flows", AMBIGUOUS),
        ("two trailing slashes", "/flows//", AMBIGUOUS),
        ("upper case", "/Verify-Authentication", AMBIGUOUS),
        ("lower case", "/api/login", AMBIGUOUS),
        ("escaped", "/verify%2Dauthentication", AMBIGUOUS),
        ("escaped twice", "/verify%252Dauthentication", AMBIGUOUS),
        ("escaped ten times", "/verify%25252525252525252525252Dauthentication", AMBIGUOUS),
        ("escapes in another case", "/caf%c3%a9", AMBIGUOUS),
        ("an escaped slash", "/api%2FLogin", AMBIGUOUS),
        ("an escaped slash, twice", "/api%252fLogin", AMBIGUOUS),
        ("a backslash", "/api\\Login", AMBIGUOUS),
        ("an escaped backslash", "/api%5cLogin", AMBIGUOUS),
        ("a doubled slash in front", "//verify-authentication", AMBIGUOUS),
        ("a doubled slash inside", "/api//Login", AMBIGUOUS),
        ("a dot segment", "/./verify-authentication", AMBIGUOUS),
        ("a dot segment at the end", "/verify-authentication/.", AMBIGUOUS),
        ("a double dot segment", "/x/../verify-authentication", AMBIGUOUS),
        ("escaped dots", "/x/%2e%2E/verify-authentication", AMBIGUOUS),
        ("dots with a parameter", "/x/..;a=b/verify-authentication", AMBIGUOUS),
        ("dots over the root", "/../verify-authentication", AMBIGUOUS),
        ("an escaped dot segment by a backslash", "/x%5c..%5cverify-authentication", AMBIGUOUS),
        ("a parameter", "/verify-authentication;v=1", AMBIGUOUS),
        ("an empty parameter", "/verify-authentication;", AMBIGUOUS),
        ("an escaped parameter", "/verify-authentication%3Bv", AMBIGUOUS),
        ("a parameter with an escaped slash", "/verify-authentication;%2Fx", AMBIGUOUS),
        ("a parameter in an earlier segment", "/api;x/Login", AMBIGUOUS),
        ("a fragment", "/verify-authentication#x", AMBIGUOUS),
        ("an escaped fragment", "/verify-authentication%23x", AMBIGUOUS),
        ("an escaped query", "/verify-authentication%3Fx", AMBIGUOUS),
        ("a null byte", "/verify-authentication%00.png", AMBIGUOUS),
        ("the Kelvin sign", "/u/alice/%E2%84%AAey", AMBIGUOUS),
        ("no leading slash", "verify-authentication", AMBIGUOUS),
        ("a whole URL", "http://bank.example/verify-authentication", AMBIGUOUS),
        ("capture: case outside it", "/U/alice/key", AMBIGUOUS),
        ("capture: a slash inside it", "/u/a%2Fb/key", AMBIGUOUS),
        ("capture: a slash inside it, case outside", "/U/a%2Fb/key", AMBIGUOUS),
        ("capture: a fragment inside it, case outside", "/U/a%23b/key", AMBIGUOUS),
        ("capture: a backslash inside it, case outside", "/U/a\\b/key", AMBIGUOUS),
        ("capture: a slash inside it, a backslash outside", "/U\\a%2Fb\\key", AMBIGUOUS),
        ("capture: a slash inside it, a fragment outside", "/U/a%2Fb/key#x", AMBIGUOUS),
        ("capture: a slash inside it, dots outside", "/x/../U/a%2Fb/key", AMBIGUOUS),
        ("capture: a slash inside it, a parameter outside", "/U/a%2Fb/key;v", AMBIGUOUS),
        ("capture: a slash inside it, an escaped parameter outside", "/U/a%252Fb/key%3Bv", AMBIGUOUS),
        ("capture: a slash inside it, escaped twice", "/%55/a%252Fb/key", AMBIGUOUS),
        ("capture: a fragment inside it, escaped twice", "/%2555/a%2523b/key", AMBIGUOUS),
        ("a parameter with an escaped slash, and an escape", "/verify%2Dauthentication;%2Fx", AMBIGUOUS),
        ("capture: dots", "/u/../key", AMBIGUOUS),
        ("capture: dots, case outside", "/U/../key", AMBIGUOUS),
        ("capture: escaped dots, case outside", "/U/%252e%252e/key", AMBIGUOUS),
        ("capture: nothing in it", "/u//key", Ok(None)),
        ("longer", "/verify-authentication/x", Ok(None)),
        ("longer by a letter", "/verify-authentications", Ok(None)),
        ("shorter", "/verify", Ok(None)),
        ("a prefix of segments", "/api", Ok(None)),
        ("dots that lead elsewhere", "/verify-authentication/..", Ok(None)),
        ("another path with escapes", "/images/a%20b.PNG", Ok(None)),
        ("another path with parameters", "/shop;jsessionid=1", Ok(None)),
        ("the root", "/", Ok(None)),
        ("nothing", "", AMBIGUOUS),
        ("the whole server", "*", Ok(None)),
    ] {
        assert_eq!(found(&table, path.as_bytes()), expected, "{name}");
    }
    for (name, path, expected) in [
        ("not UTF-8", b"/verify-authentication\xff".as_slice(), Ok(None)),
        ("control bytes", b"/\x00\x01\x7f", Ok(None)),
        ("not UTF-8 in a capture", b"/u/\xff/key", Ok(Some(2))),
    ] {
        assert_eq!(found(&table, path), expected, "{name}");
    }
    let long = [b"/%41".as_slice(), &b"a".repeat(LONGEST)].concat();
    assert_eq!(found(&table, &long), AMBIGUOUS);
}

#[test]
fn paths_under_a_prefix() {
    let mut table = table(&["/login"]);
    let prefix = table.add_prefix("/.countersign");
    for (name, path, expected) in [
        ("itself", "/.countersign", Found::Under(prefix, String::new())),
        ("below", "/.countersign/sessions/ses_1", Found::Under(prefix, "/sessions/ses_1".into())),
        ("a longer name", "/.countersigned/x", Found::Nothing),
        ("another case", "/.Countersign/x", Found::Ambiguous),
        ("a doubled slash", "//.countersign/x", Found::Ambiguous),
        ("out of it and into a guarded path", "/.countersign/../login", Found::Ambiguous),
        ("out of it", "/.countersign/../x", Found::Ambiguous),
        ("into it", "/x/../.countersign", Found::Ambiguous),
    ] {
        assert_eq!(table.find(path.as_bytes()), expected, "{name}");
    }
}

#[test]
fn a_prefix_of_everything() {
    let mut table = PathTable::default();
    let prefix = table.add_prefix("");
    for (name, path, expected) in [
        ("the root", "/", Found::Under(prefix, "/".into())),
        ("any path", "/a/b", Found::Under(prefix, "/a/b".into())),
        ("in any spelling", "//A/%2e./b;c", Found::Under(prefix, "//A/%2e./b;c".into())),
        ("no path", "a", Found::Ambiguous),
        ("the whole server", "*", Found::Nothing),
    ] {
        assert_eq!(table.find(path.as_bytes()), expected, "{name}");
    }
}

#[test]
fn a_literal_and_a_capture_side_by_side() {
    let table = table(&["/u/{name}", "/u/me", "/u/{name}/x"]);
    let ids = |path: &str| match table.find(path.as_bytes()) {
        Found::Templates(templates) => templates.into_iter().map(|(id, _)| id).collect(),
        _ => vec![],
    };
    assert_eq!(ids("/u/me"), [0, 1]);
    assert_eq!(ids("/u/you"), [0]);
    assert_eq!(ids("/u/me/x"), [2]);
}

/// Spells a path in a way that some server takes for the same.
fn respelled(path: &str, next: &mut dyn FnMut(usize) -> usize) -> String {
    let mut spelled = path.to_owned();
    for _ in 0..=next(3) {
        let (before, after) = spelled.split_at(next(spelled.len()).max(1));
        let mut rest = after.chars();
        let Some(first) = rest.next() else { continue };
        let rest = rest.as_str();
        spelled = match next(8) {
            0 if first.is_ascii() => format!("{before}%{:02x}{rest}", u32::from(first)),
            1 if first.is_ascii() => format!("{before}%25{:02X}{rest}", u32::from(first)),
            2 => format!("{before}{}{rest}", first.to_ascii_uppercase()),
            3 if before.ends_with('/') => format!("{before}/{after}"),
            4 if before.ends_with('/') => format!("{before}./{after}"),
            5 if before.ends_with('/') => format!("{before}x/..;y/{after}"),
            6 => format!("{spelled}/"),
            7 => format!("{spelled};v=1"),
            _ => continue,
        };
    }
    spelled
}

#[test]
fn no_spelling_of_a_guarded_path_is_something_else() {
    let table = table(&["/verify-authentication", "/api/v1/login"]);
    let mut state = 1u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap().checked_rem(below).unwrap()
    };
    for _ in 0..20_000 {
        let path = ["/verify-authentication", "/api/v1/login"][next(2)];
        let spelled = respelled(path, &mut next);
        let expected = if spelled == path { Ok(()) } else { Err("ambiguous") };
        assert_eq!(found(&table, spelled.as_bytes()).map(|id| assert!(id.is_some())), expected, "{spelled}");
    }
}
