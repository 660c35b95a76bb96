use super::{Sign, looks_like_credential, sign};

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn percent(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut all, byte| {
        write!(all, "%{byte:02x}").unwrap();
        all
    })
}

#[test]
fn sees_the_name() {
    for (name, body) in [
        ("member", r#"{"clientDataJSON":"x"}"#),
        ("member, white space", "{ \"clientDataJSON\" \r\n\t: \"x\"}"),
        ("nested member", r#"{"response":{"id":"a","clientDataJSON":"x"}}"#),
        ("lower case", r#"{"clientdatajson":"x"}"#),
        ("upper case", r#"{"CLIENTDATAJSON":"x"}"#),
        ("mixed case", r#"{"ClientDataJson":[1,2]}"#),
        ("escaped first letter", r#"{"\u0063lientDataJSON":"x"}"#),
        ("escaped last letter, upper case hex", r#"{"clientDataJSO\u004E":"x"}"#),
        (
            "every letter escaped",
            r#"{"\u0063\u006C\u0069\u0065\u006e\u0074\u0044\u0061\u0074\u0061\u004a\u0053\u004F\u004e":1}"#,
        ),
        ("long s, as Go folds it", r#"{"clientDataJ\u017fON":1}"#),
        ("long s in UTF-8", "{\"clientDataJ\u{17f}ON\":1}"),
        ("dotless i, as Java folds it", "{\"cl\u{131}entDataJSON\":1}"),
        ("dotted capital I", "{\"CL\\u0130ENTDATAJSON\":1}"),
        ("JSON in a string", r#"{"credential":"{\"clientDataJSON\":\"x\"}"}"#),
        ("pretty JSON in a string", r#"{"credential":"{\n  \"clientDataJSON\"\n: \"x\"}"}"#),
        ("JSON in a string, escaped", r#"{"credential":"{\"\\u0063lientDataJSON\":1}"}"#),
        ("JSON in a string, escaped quotes", r#"{"credential":"{\u0022client\u005cu0044ataJSON\u0022:1}"}"#),
        ("JSON in a string in a string", r#"{"a":"{\"b\":\"{\\\"client\\\\u0044ataJSON\\\":1}\"}"}"#),
        ("byte order mark", "\u{feff}{\"clientDataJSON\":1}"),
        ("lenient JSON, unquoted", "{clientDataJSON:'x'}"),
        ("lenient JSON, unquoted, second", "{id:1, clientDataJSON = 'x'}"),
        ("lenient JSON, single quotes", "{'clientDataJSON':'x'}"),
        ("lenient JSON, comment", "{\"clientDataJSON\"/**/:1}"),
        ("lenient JSON, line comment", "{\"clientDataJSON\"//\n:1}"),
        ("YAML", "id: 1\n  clientDataJSON: x"),
        ("field", "id=1&clientDataJSON=x"),
        ("first field", "clientDataJSON=x"),
        ("field, lower case", "id=1&clientdatajson=x"),
        ("field, encoded letters", "id=1&%63lientDat%61JSO%4E=x"),
        ("field, encoded twice", "id=1&%2563lientDataJSON=x"),
        ("field, encoded as %u", "id=1&%u0063lientDataJSON=x"),
        ("field, encoded long s", "id=1&clientDataJ%C5%BFON=x"),
        ("field, space before", "id=1&+clientDataJSON=x"),
        ("field, space after", "id=1&clientDataJSON+=x"),
        ("field, encoded zero behind", "id=1&clientDataJSON%00x=1&clientDataJSON%00=x"),
        ("field without value", "id=1&clientDataJSON&x=1"),
        ("field without value at the end", "id=1&clientDataJSON"),
        ("field in brackets", "response[clientDataJSON]=x"),
        ("field in encoded brackets", "response%5BclientDataJSON%5D=x"),
        ("field with dots", "response.clientDataJSON=x"),
        ("field as an array", "clientDataJSON[]=1&clientDataJSON[]=2"),
        ("JSON in a field", "credential=%7B%22clientDataJSON%22%3A%22x%22%7D"),
        ("JSON in a field, escaped", "credential=%7B%22%5Cu0063lientDataJSON%22%3A1"),
        ("half an escape before", "a=%4&clientDataJSON=x"),
        ("part", "--b\r\nContent-Disposition: form-data; name=\"clientDataJSON\"\r\n\r\nx\r\n--b--"),
        ("part, unquoted", "--b\r\ncontent-disposition:form-data;name=clientDataJSON\r\n\r\nx"),
        ("part, quoted pair", "--b\r\nContent-Disposition: form-data; name=\"clie\\ntDataJSON\"\r\n\r\nx"),
        (
            "part, more parameters",
            "--b\r\nContent-Disposition: form-data; name=\"clientdatajson\"; filename=\"a\"",
        ),
        ("part, folded", "--b\r\nContent-Disposition: form-data;\r\n name =\r\n \"clientDataJSON\"\r\n\r\nx"),
        (
            "part, in brackets",
            "--b\r\nContent-Disposition: form-data; name=\"response[clientDataJSON]\"\r\n\r\nx",
        ),
        ("part, extended", "--b\r\nContent-Disposition: form-data; name*=UTF-8'en'client%44ataJSON\r\n\r\nx"),
        (
            "part, line end smuggled",
            "--b\r\nContent-Disposition: form-data; filename=\"%0A\"; name=\"clientDataJSON\"",
        ),
        ("base64 escaped in JSON in a string", r#"{"a":"{\"b\":\"sidHlwZSI6I\\u006edlYmF1dGhuL\"}"}"#),
        ("XML", "<r><clientDataJSON>x</clientDataJSON></r>"),
        ("cut after the name", r#"{"response":{"clientDataJSON"#),
        ("cut after the quote", r#"{"response":{"clientDataJSON""#),
        ("CBOR", "\u{1}nclientDataJSONXx"),
        ("a mention first", r#"{"a":"clientDataJSON","clientDataJSON":1}"#),
        ("a false start first", r#"{"clientDatac":1,"cclient":2,"clientDataJSON":1}"#),
    ] {
        assert!(looks_like_credential(body.as_bytes()), "{name}");
    }
    let json = r#"{"clientDataJSON" : "x"}"#;
    for (name, body) in [
        ("UTF-16LE", utf16(json, u16::to_le_bytes)),
        ("UTF-16BE", utf16(json, u16::to_be_bytes)),
        ("UTF-16LE with byte order mark", utf16(&format!("\u{feff}{json}"), u16::to_le_bytes)),
        ("UTF-16BE, escaped", utf16(r#"{"\u0063lientDataJSON":1}"#, u16::to_be_bytes)),
        ("UTF-32", json.bytes().flat_map(|byte| u32::from(byte).to_le_bytes()).collect()),
        ("all percent-encoded", percent(&format!("a={json}")).into_bytes()),
        ("MessagePack", [b"\x81\xaeclientDataJSON".as_slice(), b"\xc4\x01x"].concat()),
        ("MessagePack, long string", [b"\x81\xd9\x0eclientDataJSON".as_slice(), b"\xc4\x01x"].concat()),
        ("behind binary", [[0x89, 0xff, 0x00, b'%', b'\\'].repeat(999).as_slice(), json.as_bytes()].concat()),
    ] {
        assert!(looks_like_credential(&body), "{name}");
    }
}

#[test]
fn lets_other_names_and_mentions_pass() {
    for (name, body) in [
        ("nothing", ""),
        ("ordinary JSON", r#"{"amount":1500,"to":"DE02","note":"rent \u00fc \\ 100%"}"#),
        ("ordinary form", "amount=1500&to=DE02&note=100%25+rent"),
        ("another name", r#"{"clientData":"x"}"#),
        ("snake case", r#"{"client_data_json":"x"}"#),
        ("name with a prefix", r#"{"myclientDataJSON":"x","x_clientDataJSON":1,"x-clientDataJSON":2}"#),
        ("name with a suffix", r#"{"clientDataJSONHash":"x","clientDataJSON_2":1,"clientDataJSON-sha":2}"#),
        ("field with a prefix", "remoteClientDataJSON=x&%78clientDataJSON=x"),
        ("field with a suffix", "clientDataJSONs=x"),
        ("prose", r#"{"comment":"The clientDataJSON member is base64url."}"#),
        ("prose in quotes", r#"{"comment":"the \"clientDataJSON\" member"}"#),
        ("prose that begins with it", r#"{"error":"clientDataJSON: not base64url"}"#),
        ("plain text", "Why is clientDataJSON not CBOR? See clientDataJSON."),
        ("plain text that ends with it", "It is called clientDataJSON"),
        ("value", r#"{"missing":"clientDataJSON"}"#),
        ("elements", r#"{"missing":["clientDataJSON","id"],"more":["clientDataJSON"]}"#),
        ("all of it an array", r#"["clientDataJSON"]"#),
        ("value of a field", "missing=clientDataJSON&x=1"),
        ("value of the last field", "x=1&missing=clientDataJSON"),
        ("value of a field called name", "x=1&name=clientDataJSON&y=2"),
        ("value of the only field, called name", "name=clientDataJSON"),
        ("words of a field", "q=what+is+clientDataJSON+for&x=1"),
        (
            "file name",
            "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"clientDataJSON\"\r\n\r\nx",
        ),
        (
            "text of a part",
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nabout clientDataJSON\r\n--b--",
        ),
        ("cut in the name", r#"{"clientDataJSO"#),
        ("base64 of an ordinary token", "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0eXBlIjoiYWNjZXNzIn0"),
        ("base64 cut short", "eyJ0eXBlIjoid2ViYXV0aG4"),
        ("base64 in another case", "EYJ0EXBLIJOID2VIYXV0AG4U"),
        ("not encoded", r#"{"type":"webauthn.get"}"#),
    ] {
        assert!(!looks_like_credential(body.as_bytes()), "{name}");
    }
    let png =
        [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0".as_slice(), &noise(7).take(65_536).collect::<Vec<_>>()];
    assert!(!looks_like_credential(&png.concat()), "PNG");
    for byte in 0..=u8::MAX {
        assert!(!looks_like_credential(&vec![byte; 1000]), "nothing but {byte}");
    }
}

#[test]
fn sees_another_method() {
    for (name, body, expected) in [
        ("field", "a=1&_method=DELETE", true),
        ("first field", "_method=DELETE", true),
        ("another case", "_METHOD=delete", true),
        ("encoded", "%5fme%74hod=DELETE", true),
        ("member", r#"{"_method":"DELETE"}"#, true),
        ("escaped member", r#"{"\u005fmethod":"DELETE"}"#, true),
        ("part", "--b\r\nContent-Disposition: form-data; name=\"_method\"\r\n\r\nDELETE", true),
        ("in brackets", "form[_method]=PUT", true),
        ("after another underscore", "__method=1&_method_=1&x=_x_method", false),
        ("part of a longer name", "shipping_method=post&_methods=1&-_method=1", false),
        ("cut", "a=1&_metho", false),
        ("nothing", "", false),
    ] {
        assert_eq!(sign(body.as_bytes()) == Some(Sign::Method), expected, "{name}");
    }
    let both = r#"{"_method":"DELETE","clientDataJSON":"x"}"#;
    assert_eq!(sign(both.as_bytes()), Some(Sign::Credential), "the worse of two");
}

/// RFC 4648, written here a second time so that the constants are not held against themselves.
fn base64(bytes: &[u8], alphabet: &[u8; 64]) -> String {
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    let symbol = |chunk: &[u8]| (0..6).fold(0, |sum, at| sum << 1 | chunk.get(at).copied().unwrap_or(0));
    bits.chunks(6).map(|chunk| char::from(alphabet[usize::from(symbol(chunk))])).collect()
}

#[test]
fn sees_base64_of_client_data_at_every_alignment() {
    let standard = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let url = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for alphabet in [standard, url] {
        for before in 0..6 {
            for (filler, behind) in [(0x00, "get"), (0xff, "create"), (b'{', ""), (0xaa, "\u{ff}")] {
                let mut data = vec![filler; before];
                data.extend_from_slice(br#"{"type":"webauthn."#);
                data.extend_from_slice(behind.as_bytes());
                let text = base64(&data, alphabet);
                let name = format!("{before} times {filler} before, {behind:?} behind: {text}");
                assert!(looks_like_credential(text.as_bytes()), "{name}");
                assert!(looks_like_credential(format!("{{\"x\":\"{text}\"}}").as_bytes()), "in JSON, {name}");
                assert!(looks_like_credential(percent(&text).as_bytes()), "percent-encoded, {name}");
                assert!(looks_like_credential(&utf16(&text, u16::to_be_bytes)), "UTF-16, {name}");
                let lines: Vec<_> =
                    text.as_bytes().chunks(5).map(|line| str::from_utf8(line).unwrap()).collect();
                for end in ["\r\n", "\\r\\n", "%0D%0A", "+"] {
                    assert!(looks_like_credential(lines.join(end).as_bytes()), "{end:?} between, {name}");
                }
                let other = base64(&data, alphabet).replace(['d', 'Y'], "x");
                assert!(!looks_like_credential(other.as_bytes()), "other text, {name}");
            }
        }
    }
}

/// Bytes that look like chance and are the same each time (xorshift).
fn noise(seed: u64) -> impl Iterator<Item = u8> {
    std::iter::successors(Some(seed), |state| {
        let state = state ^ (state << 13);
        let state = state ^ (state >> 7);
        Some(state ^ (state << 17))
    })
    .map(|state| state.to_be_bytes()[3])
}

#[test]
fn takes_any_bytes() {
    let pieces: [&[u8]; 20] = [
        b"clientDataJSON",
        b"client",
        b"DataJSON",
        b"\"",
        b"\\",
        b"\\u00",
        b"63",
        b"%",
        b"%25",
        b"=",
        b"&",
        b":",
        b"[",
        b"]",
        b"name=",
        b"'",
        b"\0",
        b"\xc5\xbf",
        b" ",
        b"eyJ0eXBl",
    ];
    for seed in 1..2000 {
        let mut chance = noise(seed);
        let mut body = Vec::new();
        while body.len() < 200 {
            body.extend_from_slice(pieces[usize::from(chance.next().unwrap()) % pieces.len()]);
        }
        for cut in [body.len(), 100, 50, 3, 1] {
            looks_like_credential(&body[..cut]);
        }
        looks_like_credential(&chance.take(300).collect::<Vec<_>>());
    }
}

/// Were any of these quadratic, the test would not end: 4 MiB of what makes each loop run longest.
#[test]
fn is_linear() {
    for piece in [
        "clientDataJSON",
        "clientDataJSON ",
        ".clientDataJSON",
        "'clientDataJSON",
        "=a.clientDataJSON ",
        "\\",
        "%25",
        "%",
        "\\u005c",
        " ",
        "clientData",
        "eyJ0eXBlIjoid2ViYXV0aG4",
        "\"",
        "clientDataJSON+ ",
        "name=a.clientDataJSO",
    ] {
        looks_like_credential(piece.repeat(4_194_304 / piece.len()).as_bytes());
    }
}
