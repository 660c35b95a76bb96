use super::{FormError, MOST_FIELDS, parse, write};
use crate::json::{Object, Value};

fn form(fields: &[(&str, &str)]) -> Value {
    let mut object = Object::default();
    for (name, value) in fields {
        object.insert(name, Value::String((*value).to_owned()));
    }
    Value::Object(object)
}

#[test]
fn reads_and_writes_the_one_spelling() {
    for (name, text, fields) in [
        ("no field", "", &[][..]),
        ("one field", "id=1", &[("id", "1")]),
        ("order is kept", "b=1&a=2", &[("b", "1"), ("a", "2")]),
        ("empty value", "error=&id=1", &[("error", ""), ("id", "1")]),
        ("space", "a+b=c+d", &[("a b", "c d")]),
        ("what is not encoded", "a*-._0Z=*-._9z", &[("a*-._0Z", "*-._9z")]),
        (
            "what is",
            "a=%21%22%23%24%25%26%27%28%29%2B%2C%2F%3A%3B%3D%3F%40%7E",
            &[("a", "!\"#$%&'()+,/:;=?@~")],
        ),
        ("separators in a name", "a%26b%3Dc=1", &[("a&b=c", "1")]),
        ("outside ASCII", "n%C3%A4me=%E2%82%AC%F0%9F%94%91", &[("näme", "€🔑")]),
        ("control characters", "a=%00%0D%0A%7F", &[("a", "\0\r\n\x7f")]),
        ("names that differ in case", "id=1&ID=2", &[("id", "1"), ("ID", "2")]),
    ] {
        assert_eq!(parse(text.as_bytes()), Ok(form(fields)), "{name}");
        assert_eq!(write(&form(fields)), text, "{name}");
    }
}

#[test]
fn writes_other_spellings_anew() {
    for (name, text, canonical) in [
        ("encoded space", "a=b%20c", "a=b+c"),
        ("lower case hex", "a=%c3%a4", "a=%C3%A4"),
        ("encoded letter", "%61=%62", "a=b"),
        ("marks that stand for themselves", "a=!~'():;@,/?b", "a=%21%7E%27%28%29%3A%3B%40%2C%2F%3Fb"),
        ("equals sign in a value", "a=Zg==", "a=Zg%3D%3D"),
        ("semicolon", "a=1;b=2", "a=1%3Bb%3D2"),
    ] {
        assert_eq!(write(&parse(text.as_bytes()).unwrap()), canonical, "{name}");
    }
}

#[test]
fn refuses() {
    for (name, text, error) in [
        ("name twice", &b"a=1&b=2&a=3"[..], FormError::DuplicateName),
        ("name twice, same value", b"a=1&a=1", FormError::DuplicateName),
        ("name twice, once encoded", b"a=1&%61=2", FormError::DuplicateName),
        ("name twice, spaces", b"a+b=1&a%20b=2", FormError::DuplicateName),
        ("percent at the end", b"a=%", FormError::PercentEncoding),
        ("one digit", b"a=%4", FormError::PercentEncoding),
        ("no digits", b"a=%zz", FormError::PercentEncoding),
        ("second no digit", b"a=%4g", FormError::PercentEncoding),
        ("cut by the separator", b"a=%4&b=1", FormError::PercentEncoding),
        ("sign for a digit", b"a=%+4", FormError::PercentEncoding),
        ("percent-u", b"a=%u0041", FormError::PercentEncoding),
        ("in a name", b"a%=1", FormError::PercentEncoding),
        ("byte that is not UTF-8", b"a=%ff", FormError::NotUtf8),
        ("overlong", b"a=%C0%80", FormError::NotUtf8),
        ("surrogate", b"a=%ED%A0%80", FormError::NotUtf8),
        ("cut character", b"a=%C3&b=%A4", FormError::NotUtf8),
        ("name that is not UTF-8", b"%ff=1", FormError::NotUtf8),
        ("no name", b"=1", FormError::EmptyName),
        ("separator alone", b"&", FormError::EmptyName),
        ("separator first", b"&a=1", FormError::EmptyName),
        ("separator last", b"a=1&", FormError::EmptyName),
        ("separator twice", b"a=1&&b=2", FormError::EmptyName),
        ("no value", b"a", FormError::NoValue),
        ("no value, second", b"a=1&b", FormError::NoValue),
        ("space", b"a=b c", FormError::Unencoded),
        ("line end", b"a=1\r\n", FormError::Unencoded),
        ("zero", b"a=\0", FormError::Unencoded),
        ("delete", b"a=\x7f", FormError::Unencoded),
        ("raw UTF-8", "a=ä".as_bytes(), FormError::Unencoded),
        ("byte order mark", "\u{feff}a=1".as_bytes(), FormError::Unencoded),
    ] {
        assert_eq!(parse(text), Err(error), "{name}");
    }
}

#[test]
fn counts_fields() {
    let fields = |count| (0..count).map(|at| format!("f{at}=")).collect::<Vec<_>>().join("&");
    assert!(parse(fields(MOST_FIELDS).as_bytes()).is_ok());
    assert_eq!(parse(fields(MOST_FIELDS + 1).as_bytes()), Err(FormError::TooManyFields));
}

#[test]
fn writes_what_is_no_string_as_json() {
    let mut object = Object::default();
    object.insert("n", Value::from(7));
    object.insert("t", Value::Array(vec![Value::String("usb".to_owned()), Value::Null]));
    assert_eq!(write(&Value::Object(object)), "n=7&t=%5B%22usb%22%2Cnull%5D");
    assert_eq!(write(&Value::Null), "");
}

/// Whatever is read is printed so that it reads the same, and prints the same again.
#[test]
fn takes_any_bytes() {
    let pieces: [&[u8]; 14] =
        [b"a", b"b", b"&", b"=", b"%", b"%4", b"1", b"+", b"%C3%A4", b"%26", b"\xc3", b" ", b"c=1&", b"~"];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut read = 0;
    for _ in 0..50_000 {
        let mut body = Vec::new();
        for _ in 0..8 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            body.extend_from_slice(pieces[usize::from(state.to_be_bytes()[3]) % pieces.len()]);
        }
        if let Ok(value) = parse(&body) {
            let text = write(&value);
            assert_eq!(parse(text.as_bytes()).as_ref(), Ok(&value));
            read += 1;
        }
    }
    assert!(read > 100, "only {read} were read");
}
