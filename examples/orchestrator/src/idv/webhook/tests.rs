use super::*;

/// Two public vectors of the API's own clients (onfido/onfido-node, MIT, `test/*-webhook-event-verifier.test.ts`).
const STUDIO_TOKEN: &str = "YKOC6mkBxi6yK2zlUIrLMvsJMFEZObP5";
const STUDIO_BODY: &str = r#"{"payload":{"resource_type":"workflow_task","action":"workflow_task.started","object":{"id":"profile_1eb92","task_spec_id":"profile_1eb92","task_def_id":"profile_data","workflow_run_id":"bc77c6e5-753a-4580-96a6-aaed3e5a8d19","status":"started","started_at_iso8601":"2024-07-10T12:49:09Z","href":"https://api.eu.onfido.com/v3.6/workflow_runs/bc77c6e5-753a-4580-96a6-aaed3e5a8d19/tasks/profile_1eb92"},"resource":{"created_at":"2024-07-10T12:49:09Z","id":"profile_1eb92","workflow_run_id":"bc77c6e5-753a-4580-96a6-aaed3e5a8d19","updated_at":"2024-07-10T12:49:09Z","input":{},"task_def_version":null,"task_def_id":"profile_data","output":null}}}"#;
const STUDIO_SIGNATURE: &str = "c95a5b785484f6fa1bc25f381b5595d66bf85cb442eefb06aa007802ee6a4dfa";
const CLASSIC_TOKEN: &str = "_ABC123abc123ABC123abc123ABC123_";
const CLASSIC_BODY: &str = r#"{"payload":{"resource_type":"check","action":"check.completed","object":{"id":"check-123","status":"complete","completed_at_iso8601":"2020-01-01T00:00:00Z","href":"https://api.onfido.com/v3/checks/check-123"}}}"#;
const CLASSIC_SIGNATURE: &str = "a0082d7481f9f0a2907583dbe1f344d6d4c0d9989df2fd804f98479f60cd760e";

fn keys(tokens: &[&str]) -> SignatureKeys {
    SignatureKeys::new(tokens.iter().map(|token| Secret::new((*token).to_owned())))
}

#[test]
fn the_vendors_signatures_are_accepted_and_ours_are_the_same() {
    for (token, body, signature) in
        [(STUDIO_TOKEN, STUDIO_BODY, STUDIO_SIGNATURE), (CLASSIC_TOKEN, CLASSIC_BODY, CLASSIC_SIGNATURE)]
    {
        assert!(keys(&[token]).accept(body.as_bytes(), signature.as_bytes()));
        assert_eq!(sign(token, body.as_bytes()), signature);
    }
}

#[test]
fn a_signature_is_exactly_the_lower_case_hex_over_the_bytes_as_they_came() {
    let reserialised = serde_json::from_str::<serde_json::Value>(STUDIO_BODY).unwrap().to_string();
    let spaced = STUDIO_BODY.replace(":{", ": {");
    let flipped = format!("{}b", &STUDIO_SIGNATURE[..63]);
    let upper = STUDIO_SIGNATURE.to_uppercase();
    let longer = format!("{STUDIO_SIGNATURE}00");
    let prefixed = format!("sha256={STUDIO_SIGNATURE}");
    let both = [CLASSIC_TOKEN, STUDIO_TOKEN];
    let only = [STUDIO_TOKEN];
    let rows: &[(&str, &[&str], &str, &str, bool)] = &[
        ("as it came", &only, STUDIO_BODY, STUDIO_SIGNATURE, true),
        ("the second key", &both, STUDIO_BODY, STUDIO_SIGNATURE, true),
        ("no key", &[], STUDIO_BODY, STUDIO_SIGNATURE, false),
        ("another key", &[CLASSIC_TOKEN], STUDIO_BODY, STUDIO_SIGNATURE, false),
        ("one digit changed", &only, STUDIO_BODY, &flipped, false),
        ("upper case", &only, STUDIO_BODY, &upper, false),
        ("31 bytes", &only, STUDIO_BODY, &STUDIO_SIGNATURE[..62], false),
        ("odd length", &only, STUDIO_BODY, &STUDIO_SIGNATURE[..63], false),
        ("33 bytes", &only, STUDIO_BODY, &longer, false),
        ("with a prefix", &only, STUDIO_BODY, &prefixed, false),
        ("with a space", &only, STUDIO_BODY, &STUDIO_SIGNATURE.replacen('c', " ", 1), false),
        ("empty", &only, STUDIO_BODY, "", false),
        ("body cut off", &only, &STUDIO_BODY[..STUDIO_BODY.len() - 1], STUDIO_SIGNATURE, false),
        ("body with a line feed more", &only, &format!("{STUDIO_BODY}\n"), STUDIO_SIGNATURE, false),
        ("body written anew", &only, &reserialised, STUDIO_SIGNATURE, false),
        ("body with spaces", &only, &spaced, STUDIO_SIGNATURE, false),
    ];
    for (name, tokens, body, signature, wanted) in rows {
        assert_eq!(keys(tokens).accept(body.as_bytes(), signature.as_bytes()), *wanted, "{name}");
    }
}

#[test]
fn events_are_read_leniently_and_only_ended_runs_matter() {
    let with = |kind: &str, action: &str| {
        format!(
            r#"{{"payload":{{"resource_type":"{kind}","action":"{action}","new":1,"object":{{"id":"r","status":"approved","x":[]}}}}}}"#
        )
    };
    let rows: &[(&str, String, Option<bool>)] = &[
        ("a run has ended", with("workflow_run", "workflow_run.completed"), Some(true)),
        ("a task has started", STUDIO_BODY.to_owned(), Some(false)),
        ("a check has ended", CLASSIC_BODY.to_owned(), Some(false)),
        ("a run of another kind", with("check", "workflow_run.completed"), Some(false)),
        ("an action to come", with("workflow_run", "workflow_run.paused"), Some(false)),
        (
            "an id with a zero character",
            with("workflow_run", "workflow_run.completed").replace("\"r\"", "\"r\\u0000\""),
            None,
        ),
        ("no payload", "{}".to_owned(), None),
        ("not JSON", "payload".to_owned(), None),
    ];
    for (name, body, wanted) in rows {
        let event = Event::parse(body.as_bytes());
        assert_eq!(event.as_ref().map(Event::is_run_completed), *wanted, "{name}");
    }
}
