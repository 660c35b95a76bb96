//! What the authenticator says: flags, RP ID, origin, whose passkey.

use countersign_tests::authenticator::{
    ATTESTED, BACKED_UP, EXTENSIONS, Passkey, Response, USER_PRESENT, USER_VERIFIED,
};
use countersign_tests::encoding::{base64url, from_base64url};
use countersign_tests::plugin::{ORIGIN, RP_ID};
use serde_json::json;

use super::attack::{Attack, Attempt};

pub(crate) fn attacks() -> Vec<Attack> {
    let mut attacks = wrong_ceremony();
    attacks.extend(wrong_data());
    attacks.extend(at_registration());
    attacks.extend(wrong_credential());
    attacks
}

/// An assertion by the user's own passkey over a changed response.
fn answered(
    name: &str,
    code: &'static str,
    change: impl Fn(&mut Response) + Send + Sync + 'static,
) -> Attack {
    Attack::new(name, code, move |_, stage| {
        let mut response = stage.passkey.get(stage.begun.challenge(), ORIGIN, RP_ID);
        change(&mut response);
        Attempt::Ask(stage.ceremony.finish(&stage.passkey.assertion(&response)))
    })
}

fn wrong_ceremony() -> Vec<Attack> {
    let mut attacks = vec![
        answered("type_of_registration", "ceremony_mismatch", |response| {
            "webauthn.create".clone_into(&mut response.ceremony);
        }),
        answered("type_of_payment", "ceremony_mismatch", |response| {
            "payment.get".clone_into(&mut response.ceremony);
        }),
        answered("type_in_capitals", "ceremony_mismatch", |response| {
            "Webauthn.Get".clone_into(&mut response.ceremony);
        }),
        answered("another_rp_id", "ceremony_mismatch", |response| {
            "evil.example".clone_into(&mut response.rp_id);
        }),
        answered("rp_id_of_a_subdomain", "ceremony_mismatch", |response| {
            "www.bank.example".clone_into(&mut response.rp_id);
        }),
    ];
    for (name, origin) in [
        ("another_origin", "https://evil.example"),
        ("origin_of_a_subdomain", "https://www.bank.example"),
        ("origin_with_a_prefix", "https://evilbank.example"),
        ("origin_with_a_suffix", "https://bank.example.evil.example"),
        ("origin_without_tls", "http://bank.example"),
        ("origin_with_a_port", "https://bank.example:8443"),
        ("origin_with_a_slash", "https://bank.example/"),
        ("origin_in_capitals", "https://BANK.example"),
        ("origin_empty", ""),
    ] {
        attacks.push(answered(name, "ceremony_mismatch", move |response| {
            origin.clone_into(&mut response.origin);
        }));
    }
    attacks
}

fn wrong_data() -> Vec<Attack> {
    vec![
        answered("user_not_verified", "user_unverified", |response| response.flags = USER_PRESENT),
        answered("no_flags", "user_unverified", |response| response.flags = 0),
        answered("backed_up_without_eligible", "malformed_credential", |response| {
            response.flags = USER_PRESENT | USER_VERIFIED | BACKED_UP;
        }),
        answered("one_byte_more", "malformed_credential", |response| response.tail = vec![0]),
        answered("attested_flag_without_data", "malformed_credential", |response| response.flags |= ATTESTED),
        Attack::new("attested_in_a_sign_in", "malformed_credential", |_, stage| {
            let mut response = stage.passkey.get(stage.begun.challenge(), ORIGIN, RP_ID);
            response.flags |= ATTESTED;
            response.tail = stage.passkey.create(stage.begun.challenge(), ORIGIN, RP_ID).tail;
            Attempt::Ask(stage.ceremony.finish(&stage.passkey.assertion(&response)))
        }),
        answered("extension_flag_without_data", "malformed_credential", |response| {
            response.flags |= EXTENSIONS;
        }),
        answered("extensions_and_a_byte", "malformed_credential", |response| {
            response.flags |= EXTENSIONS;
            response.tail = vec![0xa0, 0x00];
        }),
        answered("extensions_are_no_map", "malformed_credential", |response| {
            response.flags |= EXTENSIONS;
            response.tail = vec![0x01];
        }),
        Attack::new("one_byte_less", "malformed_credential", |_, stage| {
            let mut credential = stage.credential();
            let data = from_base64url(credential["response"]["authenticatorData"].as_str().expect("text"));
            credential["response"]["authenticatorData"] = base64url(&data[..36]).into();
            Attempt::Ask(stage.ceremony.finish(&credential))
        }),
    ]
}

fn at_registration() -> Vec<Attack> {
    let attested = |name: &str, code: &'static str, change: fn(&mut Response)| {
        Attack::new(name, code, move |_, stage| {
            let mut response = stage.passkey.create(stage.begun.challenge(), ORIGIN, RP_ID);
            change(&mut response);
            Attempt::Ask(stage.ceremony.finish(&stage.passkey.attestation(&response)))
        })
        .at_registration()
    };
    let reattested = |name: &str, change: fn(Vec<u8>) -> Vec<u8>| {
        Attack::new(name, "malformed_credential", move |_, stage| {
            let mut credential = stage.credential();
            let object = from_base64url(credential["response"]["attestationObject"].as_str().expect("text"));
            credential["response"]["attestationObject"] = base64url(change(object)).into();
            Attempt::Ask(stage.ceremony.finish(&credential))
        })
        .at_registration()
    };
    vec![
        attested("registration_type_of_sign_in", "ceremony_mismatch", |response| {
            "webauthn.get".clone_into(&mut response.ceremony);
        }),
        attested("registration_another_origin", "ceremony_mismatch", |response| {
            "https://evil.example".clone_into(&mut response.origin);
        }),
        attested("registration_another_rp_id", "ceremony_mismatch", |response| {
            "evil.example".clone_into(&mut response.rp_id);
        }),
        attested("registration_user_not_verified", "user_unverified", |response| {
            response.flags &= !USER_VERIFIED;
        }),
        attested("registration_backed_up_without_eligible", "malformed_credential", |response| {
            response.flags |= BACKED_UP;
        }),
        attested("registration_without_a_key", "malformed_credential", |response| {
            response.flags &= !ATTESTED;
            response.tail.clear();
        }),
        attested("registration_one_byte_more", "malformed_credential", |response| response.tail.push(0)),
        attested("registration_another_id_than_attested", "malformed_credential", |response| {
            response.id = vec![9; 24];
        })
        .or("credential_mismatch"),
        reattested("attestation_trailing_byte", |object| [object, vec![0]].concat()),
        reattested("attestation_cut_off", |object| object[..object.len() - 1].to_vec()),
        reattested("attestation_duplicate_key", |mut object| {
            object[0] = 0xa4;
            [object, b"\x63fmt\x64none".to_vec()].concat()
        }),
        reattested("attestation_indefinite_length", |mut object| {
            object[0] = 0xbf;
            [object, vec![0xff]].concat()
        }),
        Attack::new("registration_other_authenticator_data_beside", "malformed_credential", |_, stage| {
            let mut credential = stage.credential();
            let mut other = stage.passkey.create(stage.begun.challenge(), ORIGIN, RP_ID);
            other.counter = 7;
            credential["response"]["authenticatorData"] = base64url(other.authenticator_data()).into();
            Attempt::Ask(stage.ceremony.finish(&credential))
        })
        .at_registration(),
    ]
}

fn wrong_credential() -> Vec<Attack> {
    let somebody_elses = |name: &str, handle: Option<&'static str>, owner: Option<serde_json::Value>| {
        Attack::new(name, "credential_mismatch", move |lab, stage| {
            // Own account, own face, somebody else's stolen passkey.
            let stolen = Passkey::new("bob-beef");
            if let Some(owner) = &owner {
                lab.orchestrator.owns(&stolen.id_text(), owner.clone());
            }
            let mut response = stolen.get(stage.begun.challenge(), ORIGIN, RP_ID);
            response.user_handle = handle.map(Into::into);
            Attempt::Ask(stage.ceremony.finish(&stolen.assertion(&response)))
        })
    };
    vec![
        somebody_elses("stolen_passkey", Some("bob-beef"), Some(json!({ "external_user_id": "bob-beef" }))),
        somebody_elses(
            "stolen_passkey_own_handle",
            Some("ann-f00d"),
            Some(json!({ "external_user_id": "bob-beef" })),
        ),
        somebody_elses("stolen_passkey_no_handle", None, Some(json!({ "external_user_id": "bob-beef" }))),
        somebody_elses("unknown_passkey", Some("ann-f00d"), None),
        somebody_elses("unknown_passkey_no_handle", None, None),
        somebody_elses(
            "own_passkey_of_another_handle",
            Some("bob-beef"),
            Some(json!({ "external_user_id": "ann-f00d" })),
        ),
        answered("allowed_passkey_of_another_handle", "credential_mismatch", |response| {
            response.user_handle = Some(b"bob-beef".to_vec());
        }),
        Attack::new("signed_by_another_key", "credential_mismatch", |lab, stage| {
            let known = json!({
                "external_user_id": "ann-f00d", "public_key": base64url(stage.passkey.cose_key()),
                "user_handle": base64url("ann-f00d"),
            });
            lab.orchestrator.owns(&stage.passkey.id_text(), known);
            let mut forged = Passkey::new("ann-f00d");
            forged.id.clone_from(&stage.passkey.id);
            let response = forged.get(stage.begun.challenge(), ORIGIN, RP_ID);
            Attempt::Ask(stage.ceremony.finish(&forged.assertion(&response)))
        }),
    ]
}
