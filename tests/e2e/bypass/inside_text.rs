//! A relying party whose client sends the credential as a member of JSON inside a string: what leads to it there has one
//! name too.

use countersign_tests::authenticator::Passkey;
use countersign_tests::ceremony::Ceremony;
use countersign_tests::client::{Answer, Ask, Client};
use countersign_tests::encoding::{base64url, random};
use countersign_tests::lab::{Lab, Plan, Row};
use countersign_tests::refusal;
use countersign_tests::relying_party::Reply;
use countersign_tests::stage::USER;
use countersign_tests::table;
use serde_json::{Value, json};

pub(crate) const ROWS: &[Row] = table![a_name_on_the_way_in_another_case];

const BEGIN: &str = "/login/options";
const FINISH: &str = "/login/finish";

pub(crate) fn plan(waits: bool) -> Plan {
    let change = |plugin: &mut Value| {
        let endpoints = plugin["relying_parties"]["bank"]["ceremonies"]["endpoints"].as_array_mut();
        endpoints.expect("endpoints").extend([
            json!({ "leg": "authentication_begin", "method": "POST", "path": BEGIN }),
            json!({
                "leg": "authentication_finish", "method": "POST", "path": FINISH,
                "credential": { "text": "/login", "then": "/passkey/credential" },
            }),
        ]);
    };
    Plan::with(change).headers_can_wait(waits)
}

/// A routine sign-in whose text inside the body is changed by the time it is sent.
async fn finish(lab: &Lab, client: &Client, change: impl FnOnce(&mut Value)) -> Answer {
    lab.reset();
    let mut client = client.clone();
    let options = json!({ "challenge": base64url(random::<32>()), "rpId": "bank.example" });
    lab.relying_party.answers(&format!("POST {BEGIN}"), Reply::json(200, &options));
    client.send(Ask::post(BEGIN, &json!({}))).await.expect("an answer");
    let challenge = options["challenge"].as_str().expect("a challenge");
    let credential = Ceremony::Authentication.credential(&Passkey::new(USER), challenge);
    let mut inside = json!({ "passkey": { "credential": credential, "label": "phone" }, "next": "/" });
    change(&mut inside);
    client.send(Ask::post(FINISH, &json!({ "login": inside.to_string() }))).await.expect("an answer")
}

async fn a_name_on_the_way_in_another_case(lab: &Lab, client: Client) {
    let honest = finish(lab, &client, |_| ()).await;
    assert_eq!(honest.status, 200, "the honest twin: {}", honest.text());
    assert_eq!(lab.relying_party.seen_at(FINISH).len(), 1, "the honest twin reaches the relying party");
    for (pointer, name) in [("", "Passkey"), ("", "pass\u{212a}ey"), ("/passkey", "Credential")] {
        let answer = finish(lab, &client, |inside| {
            inside.pointer_mut(pointer).expect("it is there")[name] = json!({ "credential": {} });
        });
        refusal::expect(&answer.await, &["malformed_credential"]);
        lab.fence().await;
        assert!(lab.relying_party.seen_at(FINISH).iter().all(|seen| seen.body.is_empty()), "{name}");
    }
}
