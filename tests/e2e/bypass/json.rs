//! Strictness (section 6): everything two JSON or base64 readers might read differently.

use countersign_tests::encoding::base64url;
use countersign_tests::stage::Stage;
use serde_json::{Value, json};

use super::attack::{Attack, Attempt, text, with_body};

const MALFORMED: &str = "malformed_credential";

/// A name twice, behind more members than a reader compares one by one.
const AMONG_MANY: &str = r#""a":0,"b":0,"c":0,"d":0,"e":0,"f":0,"g":0,"h":0,"i":0,"j":0,"k":0,"l":0,"m":0,"n":0,"o":0,"p":0,"x":1,"x":1"#;

pub(crate) fn attacks() -> Vec<Attack> {
    let mut attacks = members();
    attacks.extend(bytes());
    attacks.extend(binaries());
    attacks.extend(shapes());
    attacks.extend(client_data());
    attacks
}

/// The honest text with a member put in front.
fn inserted(name: &str, member: &'static str) -> Attack {
    Attack::new(name, MALFORMED, move |_, stage| {
        with_body(stage, text(stage).replacen('{', &format!("{{{member},"), 1))
    })
}

/// The honest text with a member put in front of those of `response`.
fn inserted_in_response(name: &str, member: &'static str) -> Attack {
    Attack::new(name, MALFORMED, move |_, stage| {
        let (before, after) = ("\"response\":{", format!("\"response\":{{{member},"));
        let honest = text(stage);
        assert!(honest.contains(before));
        with_body(stage, honest.replacen(before, &after, 1))
    })
}

fn members() -> Vec<Attack> {
    vec![
        inserted("duplicate_id", r#""id":"AAAA""#),
        inserted("duplicate_response", r#""response":{}"#),
        inserted("duplicate_unknown", r#""x":1,"x":1"#),
        inserted("duplicate_among_many", AMONG_MANY),
        inserted("escaped_id", r#""\u0069d":"AAAA""#),
        inserted("escaped_response", r#""\u0072esponse":{}"#),
        inserted("case_variant_id", r#""ID":"AAAA""#),
        inserted("case_variant_raw_id", r#""rawid":"AAAA""#),
        inserted("case_variant_response", r#""Response":{}"#),
        inserted("case_variant_type", r#""Type":"public-key""#),
        inserted_in_response("duplicate_client_data", r#""clientDataJSON":"e30""#),
        inserted_in_response("escaped_client_data", r#""client\u0044ataJSON":"e30""#),
        inserted_in_response("case_variant_client_data", r#""clientDataJson":"e30""#),
        inserted_in_response("duplicate_signature", r#""signature":"AAAA""#),
        inserted_in_response("case_variant_user_handle", r#""userhandle":"AAAA""#),
        inserted("unpaired_surrogate", r#""x":"\ud800""#),
        inserted("unpaired_surrogate_in_a_name", r#""\udc00":1"#),
        inserted("nested_too_deep", r#""x":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]"#),
        inserted("not_a_number", r#""x":01"#),
        inserted("a_comment", r#"/* x */"y":1"#),
        inserted("single_quotes", r"'x':1"),
        inserted("control_character", "\"x\":\"\u{1}\""),
    ]
}

fn bytes() -> Vec<Attack> {
    let changed = |name: &str, change: fn(Vec<u8>) -> Vec<u8>| {
        Attack::new(name, MALFORMED, move |_, stage| with_body(stage, change(text(stage).into_bytes())))
    };
    vec![
        changed("byte_order_mark", |text| [b"\xef\xbb\xbf".as_slice(), &text].concat()),
        changed("utf16_little_endian", |text| text.iter().flat_map(|byte| [*byte, 0]).collect()),
        changed("utf16_big_endian", |text| text.iter().flat_map(|byte| [0, *byte]).collect()),
        changed("utf16_with_mark", |text| {
            [vec![0xff, 0xfe], text.iter().flat_map(|byte| [*byte, 0]).collect()].concat()
        }),
        changed("not_utf8", |text| [b"{\"x\":\"\xff\",".as_slice(), &text[1..]].concat()),
        changed("overlong_utf8", |text| [b"{\"x\":\"\xc0\xaf\",".as_slice(), &text[1..]].concat()),
        changed("trailing_value", |text| [text.as_slice(), b"{}"].concat()),
        changed("trailing_same_value", |text| [text.as_slice(), &text].concat()),
        changed("trailing_garbage", |text| [text.as_slice(), b"x"].concat()),
        changed("trailing_nul", |text| [text.as_slice(), b"\0"].concat()),
        changed("trailing_comma", |text| [&text[..text.len() - 1], b",}"].concat()),
        changed("cut_off", |text| text[..text.len() - 1].to_vec()),
        changed("in_an_array", |text| [b"[".as_slice(), &text, b"]"].concat()),
        changed("in_a_string", |text| {
            Value::from(String::from_utf8(text).expect("text")).to_string().into_bytes()
        }),
    ]
}

/// The honest credential with one member changed.
fn edited(name: impl Into<String>, edit: impl Fn(&mut Value) + Send + Sync + 'static) -> Attack {
    Attack::new(name, MALFORMED, move |_, stage| {
        let mut credential = stage.credential();
        edit(&mut credential);
        Attempt::Ask(stage.ceremony.finish(&credential))
    })
}

type Respelling = fn(&str) -> String;

fn binaries() -> Vec<Attack> {
    let mut attacks = Vec::new();
    for member in [
        "/id",
        "/rawId",
        "/response/clientDataJSON",
        "/response/authenticatorData",
        "/response/signature",
        "/response/userHandle",
    ] {
        let name = member.rsplit('/').next().expect("a name");
        let variants: [(&str, Respelling); 5] = [
            ("padded", |text| format!("{text}{}", "=".repeat(4 - text.len() % 4))),
            ("standard_alphabet", |text| format!("+{}", &text[1..])),
            ("with_newline", |text| format!("{}\n{}", &text[..4], &text[4..])),
            ("with_junk", |text| format!("{}!{}", &text[..4], &text[4..])),
            ("one_character_more", |text| format!("{text}{}", &"AAAAA"[..5 - text.len() % 4])),
        ];
        for (variant, change) in variants {
            attacks.push(edited(format!("{name}_{variant}"), move |credential| {
                let text = credential.pointer_mut(member).expect("it is there");
                *text = change(text.as_str().expect("text")).into();
            }));
        }
        attacks.push(edited(format!("{name}_as_array"), move |credential| {
            *credential.pointer_mut(member).expect("it is there") = json!([1, 2, 3]);
        }));
        // A `userHandle` of null is none: browsers write it so.
        if name != "userHandle" {
            attacks.push(edited(format!("{name}_as_null"), move |credential| {
                *credential.pointer_mut(member).expect("it is there") = Value::Null;
            }));
        }
    }
    // 37 bytes of authenticator data end in two characters, the last of which has four spare bits.
    attacks.push(edited("authenticatorData_spare_bits", |credential| {
        let member = &mut credential["response"]["authenticatorData"];
        let text = member.as_str().expect("text").to_owned();
        assert!(text.len() % 4 == 2 && text.ends_with('A'));
        *member = format!("{}B", &text[..text.len() - 1]).into();
    }));
    attacks
}

fn shapes() -> Vec<Attack> {
    let mut attacks = vec![
        edited("id_is_not_raw_id", |credential| credential["id"] = base64url([7; 24]).into()),
        edited("another_type", |credential| credential["type"] = "password".into()),
        edited("response_is_a_list", |credential| credential["response"] = json!([credential["response"]])),
    ];
    for member in ["id", "rawId", "response", "type"] {
        attacks.push(edited(format!("without_{member}"), move |credential| {
            credential.as_object_mut().expect("an object").remove(member);
        }));
    }
    for member in ["clientDataJSON", "authenticatorData", "signature"] {
        attacks.push(edited(format!("without_{member}"), move |credential| {
            credential["response"].as_object_mut().expect("an object").remove(member);
        }));
    }
    for member in ["id", "response", "type"] {
        attacks.push(
            Attack::new(format!("registration_without_{member}"), MALFORMED, move |_, stage| {
                let mut credential = stage.credential();
                credential.as_object_mut().expect("an object").remove(member);
                Attempt::Ask(stage.ceremony.finish(&credential))
            })
            .at_registration(),
        );
    }
    attacks
}

/// The honest assertion over these client data, signed as they are.
fn told(name: &str, client_data: impl Fn(&Stage, &str) -> Vec<u8> + Send + Sync + 'static) -> Attack {
    Attack::new(name, MALFORMED, move |_, stage| {
        let mut response = stage.passkey.get(
            stage.begun.challenge(),
            countersign_tests::plugin::ORIGIN,
            countersign_tests::plugin::RP_ID,
        );
        let honest = String::from_utf8(response.client_data()).expect("text");
        response.client_data = Some(client_data(stage, &honest));
        Attempt::Ask(stage.ceremony.finish(&stage.passkey.assertion(&response)))
    })
}

fn client_data() -> Vec<Attack> {
    let put = |name: &str, member: &'static str| {
        told(name, move |_, honest| honest.replacen('{', &format!("{{{member},"), 1).into_bytes())
    };
    vec![
        put("client_data_duplicate_type", r#""type":"webauthn.create""#),
        put("client_data_two_challenges_other_first", r#""challenge":"AAAAAAAAAAAAAAAAAAAAAA""#),
        told("client_data_two_challenges_other_last", |_, honest| {
            honest.replacen('}', r#","challenge":"AAAAAAAAAAAAAAAAAAAAAA"}"#, 1).into_bytes()
        }),
        put("client_data_escaped_challenge", r#""\u0063hallenge":"AAAAAAAAAAAAAAAAAAAAAA""#),
        put("client_data_case_variant_challenge", r#""Challenge":"AAAAAAAAAAAAAAAAAAAAAA""#),
        put("client_data_case_variant_origin", r#""ORIGIN":"https://evil.example""#),
        put("client_data_duplicate_unknown", r#""x":1,"x":1"#),
        put("client_data_duplicate_among_many", AMONG_MANY),
        told("client_data_byte_order_mark", |_, honest| {
            [b"\xef\xbb\xbf".as_slice(), honest.as_bytes()].concat()
        }),
        told("client_data_utf16", |_, honest| honest.bytes().flat_map(|byte| [byte, 0]).collect()),
        told("client_data_trailing_value", |_, honest| format!("{honest}{{}}").into_bytes()),
        told("client_data_trailing_nul", |_, honest| format!("{honest}\0").into_bytes()),
        told("client_data_not_an_object", |_, _| b"[]".to_vec()),
        told("client_data_challenge_padded", |stage, honest| {
            let challenge = stage.begun.challenge();
            honest.replace(challenge, &format!("{challenge}=")).into_bytes()
        }),
        told("client_data_challenge_not_text", |stage, honest| {
            honest.replace(&format!("\"{}\"", stage.begun.challenge()), "[1]").into_bytes()
        }),
        told("client_data_without_challenge", |_, _| {
            br#"{"type":"webauthn.get","origin":"https://bank.example","crossOrigin":false}"#.to_vec()
        }),
    ]
}
