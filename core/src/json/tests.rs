use super::{Ambiguous, JsonError, Pointer, PointerError, Value, parse, parse_ambiguous};

fn read(text: &[u8]) -> Result<Value, JsonError> {
    parse(text, 4)
}

#[test]
fn refuses_what_parsers_read_differently() {
    let deep = format!("{}{}", "[".repeat(5), "]".repeat(5));
    let many: String = (0..40).map(|index| format!("\"m{index}\":1")).collect::<Vec<_>>().join(",");
    let many = format!("{{{many},\"m7\":2}}");
    for (name, text, expected) in [
        ("byte order mark", &b"\xef\xbb\xbf{}"[..], JsonError::ByteOrderMark),
        ("not UTF-8", b"\"\xff\"", JsonError::NotUtf8),
        ("UTF-16", b"{\0}\0", JsonError::Syntax(1)),
        ("name twice", br#"{"a":1,"a":2}"#, JsonError::Duplicate(7)),
        ("name twice, once escaped", br#"{"a":1,"\u0061":2}"#, JsonError::Duplicate(7)),
        ("name twice among many", many.as_bytes(), JsonError::Duplicate(0)),
        ("nested name twice", br#"[{"a":{"b":1,"b":1}}]"#, JsonError::Duplicate(13)),
        ("too deep", deep.as_bytes(), JsonError::Depth(4)),
        ("a second value", b"{} {}", JsonError::Trailing(3)),
        ("a trailing NUL", b"{}\0", JsonError::Trailing(2)),
        ("high surrogate alone", br#""\ud800""#, JsonError::UnpairedSurrogate(1)),
        ("low surrogate first", br#""\udc00\ud800""#, JsonError::UnpairedSurrogate(1)),
        ("high surrogate twice", br#""\ud800\ud800""#, JsonError::UnpairedSurrogate(1)),
        ("control character", b"\"\n\"", JsonError::Syntax(1)),
        ("leading zero", b"01", JsonError::Trailing(1)),
        ("plus sign", b"+1", JsonError::Syntax(0)),
        ("no digit after the point", b"1.", JsonError::Syntax(2)),
        ("no digit before the point", b".5", JsonError::Syntax(0)),
        ("trailing comma", b"[1,]", JsonError::Syntax(3)),
        ("comment", b"{/**/}", JsonError::Syntax(1)),
        ("single quotes", b"{'a':1}", JsonError::Syntax(1)),
        ("NaN", b"NaN", JsonError::Syntax(0)),
        ("nothing", b"", JsonError::Syntax(0)),
        ("half an escape", br#""\u00"#, JsonError::Syntax(3)),
        ("unknown escape", br#""\x41""#, JsonError::Syntax(1)),
    ] {
        assert_eq!(read(text), Err(expected), "{name}");
    }
}

#[test]
fn keeps_both_of_one_name_where_asked() {
    let many: String = (0..20).map(|index| format!("\"m{index}\":1")).collect::<Vec<_>>().join(",");
    let many = format!("{{{many},\"m7\":2}}");
    for (name, text, members, at) in [
        ("no name twice", r#"{"a":1,"b":2}"#, 2, None),
        ("a name twice", r#"{"a":1,"a":2}"#, 2, Some(7)),
        ("once escaped", r#"{"a":1,"\u0061":2}"#, 2, Some(7)),
        ("thrice", r#"{"a":1,"a":2,"a":3}"#, 3, Some(7)),
        ("inside", r#"{"a":{"b":1,"b":1}}"#, 1, Some(12)),
        ("among many", &many, 21, Some(0)),
    ] {
        let Ambiguous { value, duplicate } = parse_ambiguous(text.as_bytes(), 4).unwrap();
        assert_eq!((value.as_object().unwrap().len(), duplicate), (members, at), "{name}");
        assert_eq!(read(text.as_bytes()).err(), at.map(JsonError::Duplicate), "{name}");
    }
    let twice_and_cut = br#"{"a":1,"a":2"#;
    assert_eq!(parse_ambiguous(twice_and_cut, 4).unwrap_err(), JsonError::Syntax(12));
}

#[test]
fn prints_what_it_read() {
    for (name, text, expected) in [
        ("white space goes", " { \"a\" : [ 1 , 2 ] } ", r#"{"a":[1,2]}"#),
        (
            "numbers stand",
            "[1.00,1e3,-0,123456789012345678901234567890]",
            "[1.00,1e3,-0,123456789012345678901234567890]",
        ),
        ("escapes become characters", r#""\u0041\/\u00e9\ud83d\ude00""#, "\"A/\u{e9}\u{1f600}\""),
        ("what must be escaped is", r#""\u0000\u001f\"\\\n""#, "\"\\u0000\\u001f\\\"\\\\\\n\""),
        ("order stands", r#"{"b":1,"a":null}"#, r#"{"b":1,"a":null}"#),
    ] {
        let value = read(text.as_bytes()).unwrap();
        let printed = value.to_vec();
        assert_eq!(printed, expected.as_bytes(), "{name}");
        assert_eq!(read(&printed).unwrap(), value, "{name}");
    }
}

#[test]
fn follows_pointers() {
    let document = read(br#"{"a":[10,{"b/c":true}],"":1,"m~n":2,"01":3}"#).unwrap();
    for (pointer, expected) in [
        ("", Some(document.clone())),
        ("/a/0", Some(Value::from(10))),
        ("/a/1/b~1c", Some(Value::Bool(true))),
        ("/", Some(Value::from(1))),
        ("/m~0n", Some(Value::from(2))),
        ("/01", Some(Value::from(3))),
        ("/a/00", None),
        ("/a/-", None),
        ("/a/2", None),
        ("/a/0/x", None),
    ] {
        let parsed = Pointer::parse(pointer).unwrap();
        assert_eq!(document.at(&parsed), expected.as_ref(), "{pointer}");
        assert_eq!(parsed.to_string(), pointer);
    }
    assert_eq!(Pointer::parse("a"), Err(PointerError::NoSlash));
    assert_eq!(Pointer::parse("/~2"), Err(PointerError::Escape));
}

#[test]
fn takes_members_out() {
    let mut document = read(br#"{"a":{"b":1,"c":2}}"#).unwrap();
    let pointer = Pointer::parse("/a/b").unwrap();
    assert_eq!(document.remove_at(&pointer), Some(Value::from(1)));
    assert_eq!(document.to_vec(), br#"{"a":{"c":2}}"#);
    assert_eq!(document.remove_at(&pointer), None);
}
