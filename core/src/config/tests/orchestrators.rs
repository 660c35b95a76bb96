//! The profiles of orchestrators: each loads with what it leaves to the operator, and says what that is.

use crate::json;
use crate::orchestrator::{Answer, Ended, Exchanged, Failure, Operation, Trace, Values, Verdict};
use crate::orchestrator::{ask, done, opened, status};
use crate::policy::{Access, Policy};

const REGISTRATION: &str = r#"{ "id": "enrolment", "relying_party": "bank", "ceremony": "registration", "require": "registration" },"#;
const STEP_UP: &str =
    r#"{ "id": "risky", "relying_party": "bank", "ceremony": "authentication", "require": "step_up" }"#;
const RECOVERY: &str =
    r#"{ "id": "recover", "relying_party": "bank", "ceremony": "recovery", "require": "recovery" }"#;

fn configuration(rules: &str, orchestrator: &str, more: &str) -> String {
    format!(
        r#"{{
        "version": 1,
        "headers_can_wait": true,
        "relying_parties": {{ "bank": {{
            "hosts": ["bank.example"], "rp_id": "bank.example", "origins": ["https://bank.example"],
            "session": {{ "cookie": "sid" }}, "cluster": "bank",
            "user": [ {{ "introspect": {{ "path": "/me", "pointer": "/id" }} }} ],
            "ceremonies": {{ "profile": "simplewebauthn", "endpoints": [
                {{ "leg": "recovery", "method": "POST", "path": "/recovery/start", "user": "/user/id" }} ] }} }} }},
        "rules": [ {rules} ],
        "orchestrator": {orchestrator},
        "keys": {{ "seal": [ {{ "id": "k1", "env": "SEAL" }} ] }}{more}
    }}"#
    )
}

fn load(text: &str) -> Result<Policy, Vec<(String, String)>> {
    let env = |name: &str| {
        Some(match name {
            "SEAL" => "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".to_owned(),
            "BIOMETRIC_PASSKEY_IDV_REGISTRATION_WORKFLOW_ID" => "wf-registration".to_owned(),
            "BIOMETRIC_PASSKEY_IDV_STEP_UP_WORKFLOW_ID" => "wf-step-up".to_owned(),
            "COUNTERSIGN_IDAAS_APPLICATION_ID" => "app-1".to_owned(),
            "TOKEN" => "t0ken".to_owned(),
            "ID" => "client one".to_owned(),
            _ => return None,
        })
    };
    Policy::load(text.as_bytes(), &env)
        .map_err(|errors| errors.into_iter().map(|error| (error.path, error.help)).collect())
}

fn paths(errors: &[(String, String)]) -> Vec<&str> {
    errors.iter().map(|(path, _)| path.as_str()).collect()
}

/// `status` 0: nothing came back.
fn answer(status: u16, body: &str) -> Answer {
    if status == 0 {
        return None;
    }
    let mut headers = crate::headers::Headers::default();
    headers.push(b":status", status.to_string().as_bytes());
    Some(Exchanged { headers, body: body.as_bytes().to_vec() })
}

fn header<'c>(call: &'c crate::orchestrator::Call, name: &str) -> &'c str {
    call.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

#[test]
fn idv_starts_a_run_for_a_fresh_applicant() {
    let idv = r#"{ "profile": "entrust-idv", "cluster": "idv", "variables": { "region": "us" },
                   "credentials": { "env": "TOKEN" } }"#;
    let policy = load(&configuration(&format!("{REGISTRATION}{STEP_UP}"), idv, "")).unwrap();
    let orchestrator = &policy.orchestrator;
    assert_eq!(orchestrator.authority, "api.us.onfido.com");
    let Access::Header(name, value) = &orchestrator.access else { panic!("a header") };
    assert_eq!((name.as_str(), value.expose_text()), ("authorization", "Token token=t0ken"));

    let values = Values::default()
        .with("flow", "step_up")
        .with("external_user_id", "ann")
        .with("rp_id", "bank.example")
        .with("challenge", "hash")
        .with("transaction_display", "Pay 3 EUR")
        .with("custom_data", json::parse(br#"{"branch":"web","display":"ours"}"#, 4).unwrap());
    let trace = Trace::default();
    let call = ask(orchestrator, &trace, Operation::OpenStepUp, values).unwrap();
    assert_eq!(
        (header(&call, ":path"), header(&call, "authorization")),
        ("/v3.6/applicants", "Token token=t0ken")
    );
    let rest = call.rest.unwrap();
    let call = rest.next(orchestrator, Operation::OpenStepUp, &answer(201, r#"{"id":"app-7"}"#)).unwrap();
    assert!(call.rest.is_none());
    assert_eq!(header(&call, ":path"), "/v3.6/workflow_runs");
    let body = json::parse(&call.body.unwrap(), 8).unwrap();
    let expected = r#"{"workflow_id":"wf-step-up","applicant_id":"app-7","customer_user_id":"ann",
        "tags":["flow:step_up","challenge:hash","rp:bank.example"],
        "custom_data":{"branch":"web","display":"Pay 3 EUR"}}"#;
    assert_eq!(body, json::parse(expected.as_bytes(), 8).unwrap());

    let run = answer(201, r#"{"id":"run-1","status":"awaiting_input","sdk_token":"sdk","link":null}"#);
    let opened = opened(orchestrator, Operation::OpenStepUp, &run).unwrap();
    assert_eq!(opened.session.id, "run-1");
    let client = String::from_utf8(opened.client.unwrap().to_vec()).unwrap();
    assert_eq!(client, r#"{"sdkToken":"sdk","workflowRunId":"run-1"}"#);
}

#[test]
fn idv_says_how_a_run_ended() {
    let idv = r#"{ "profile": "entrust-idv", "cluster": "idv" }"#;
    let policy = load(&configuration(&format!("{REGISTRATION}{STEP_UP}"), idv, "")).unwrap();
    let output = r#","output":{"encrypted_biometric_token":[{"type":"x","value":"y"}]}"#;
    for (row, flow, word, more, expected) in [
        ("approved", "step_up", "approved", "", Some(Verdict::Matched)),
        ("declined", "step_up", "declined", "", Some(Verdict::NotMatched)),
        ("awaiting", "step_up", "awaiting_client_input", "", Some(Verdict::Pending)),
        ("review", "step_up", "review", "", Some(Verdict::Failed)),
        ("abandoned", "step_up", "abandoned", "", Some(Verdict::Failed)),
        ("a word of tomorrow", "step_up", "blessed", "", Some(Verdict::Failed)),
        ("registration with a reference", "registration", "approved", output, Some(Verdict::Matched)),
        ("registration without", "registration", "approved", r#","output":{}"#, Some(Verdict::Failed)),
        ("registration with none", "registration", "approved", r#","output":null"#, Some(Verdict::Failed)),
        (
            "registration with an empty one",
            "registration",
            "approved",
            r#","output":{"encrypted_biometric_token":[]}"#,
            Some(Verdict::Failed),
        ),
        (
            "a run of another flow",
            "recovery",
            "approved",
            r#","tags":["flow:step_up","challenge:hash"]"#,
            None,
        ),
        (
            "a run for another challenge",
            "step_up",
            "approved",
            r#","tags":["flow:step_up","challenge:other"]"#,
            None,
        ),
        ("another run", "step_up", "approved", r#","id":"run-2""#, None),
    ] {
        let values = Values::default().with("session", "run-1").with("flow", flow).with("challenge", "hash");
        let id = if more.contains("\"id\"") { "" } else { r#","id":"run-1""# };
        let tags = format!(r#","tags":["x","flow:{flow}","challenge:hash"]"#);
        let tags = if more.contains("\"tags\"") { "" } else { tags.as_str() };
        let said = format!(r#"{{"status":"{word}","customer_user_id":"ann"{more}{id}{tags}}}"#);
        let status = status(&policy.orchestrator, &values, &answer(200, &said));
        assert_eq!(status.ok().map(|status| status.verdict), expected, "{row}");
    }
    let values = Values::default().with("session", "run-1").with("flow", "step_up");
    for (row, code, expected) in [
        ("a run that is gone", 404, Some(Verdict::Failed)),
        ("a token that is no good", 401, None),
        ("too many requests", 429, None),
    ] {
        let status = status(&policy.orchestrator, &values, &answer(code, r#"{"error":{"type":"x"}}"#));
        assert_eq!(status.ok().map(|status| status.verdict), expected, "{row}");
    }
}

#[test]
fn idv_goes_on_with_the_run_that_it_started() {
    let idv = r#"{ "profile": "entrust-idv", "cluster": "idv", "variables": { "recovery_workflow": "wf" } }"#;
    let policy = load(&configuration(&format!("{REGISTRATION}{RECOVERY}"), idv, "")).unwrap();
    let approved = r#"{"id":"run-1","status":"approved","tags":["flow:recovery"]}"#;
    for (row, continuation, code, said, expected) in [
        ("approved", "run-1", 200, approved.to_owned(), Ok(())),
        ("another run's id", "run-2", 200, approved.to_owned(), Err(Failure::Ended(Ended::Unknown))),
        ("gone", "run-1", 404, String::new(), Err(Failure::Ended(Ended::Unknown))),
        (
            "another face",
            "run-1",
            200,
            approved.replace("approved", "declined"),
            Err(Failure::Ended(Ended::NotMatched)),
        ),
        (
            "waiting",
            "run-1",
            200,
            approved.replace("approved", "processing"),
            Err(Failure::Ended(Ended::NotReady)),
        ),
        (
            "under review",
            "run-1",
            200,
            approved.replace("approved", "review"),
            Err(Failure::Ended(Ended::Failed)),
        ),
        (
            "a run of another flow",
            "run-1",
            200,
            approved.replace("flow:recovery", "flow:step_up"),
            Err(Failure::Fault("an answer about something else")),
        ),
    ] {
        let values = Values::default().with("session", "run-1").with("continuation", continuation);
        let operation = Operation::ExchangeContinuation;
        let call = ask(&policy.orchestrator, &Trace::default(), operation, values.clone()).unwrap();
        assert_eq!(header(&call, ":path"), "/v3.6/workflow_runs/run-1", "{row}: ours, not the client's");
        assert_eq!(done(&policy.orchestrator, operation, &values, &answer(code, &said)), expected, "{row}");
    }
}

#[test]
fn keys_for_verdicts_that_nobody_signs_are_refused() {
    const KEY: &str = r#"{ "kty": "EC", "crv": "P-256",
        "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU" }"#;
    for (profile, expected) in [
        ("countersign", [].as_slice()),
        ("entrust-idv", &["/orchestrator/verdict_keys"]),
        ("entrust-idaas", &["/orchestrator/verdict_keys"]),
    ] {
        let orchestrator =
            format!(r#"{{ "profile": "{profile}", "cluster": "o", "verdict_keys": [ {KEY} ] }}"#);
        let errors = load(&configuration(STEP_UP, &orchestrator, "")).err().unwrap_or_default();
        assert_eq!(paths(&errors), expected, "{profile}");
    }
}

#[test]
fn idv_has_no_hand_off_and_no_owners() {
    let idv = r#"{ "profile": "entrust-idv", "cluster": "idv" }"#;
    let link = r#", "handoff": { "deep_link": "https://bank.example/#{token}" }"#;
    let errors = load(&configuration(STEP_UP, idv, link)).unwrap_err();
    assert_eq!(errors.len(), 5, "{errors:?}");
    assert!(paths(&errors).iter().all(|path| *path == "/orchestrator/profile"), "{errors:?}");
    let owner = configuration(STEP_UP, idv, "").replace(
        r#"[ { "introspect": { "path": "/me", "pointer": "/id" } } ]"#,
        r#"[ { "credential_owner": true } ]"#,
    );
    assert_eq!(paths(&load(&owner).unwrap_err()), ["/orchestrator/profile"]);
    let errors = load(&configuration(&format!("{REGISTRATION}{RECOVERY}"), idv, "")).unwrap_err();
    assert_eq!(paths(&errors), ["/orchestrator/operations/open_recovery/json/workflow_id"]);
    assert!(errors[0].1.contains("BIOMETRIC_PASSKEY_IDV_RECOVERY_VERIFY_WORKFLOW_ID"), "{errors:?}");
}

#[test]
fn client_credentials_take_the_profiles_token_endpoint() {
    let idv = r#"{ "profile": "entrust-idv", "cluster": "idv",
                   "credentials": { "client_id": { "env": "ID" }, "client_secret": { "env": "TOKEN" } } }"#;
    let policy = load(&configuration(STEP_UP, idv, "")).unwrap();
    let Access::Token(source) = &policy.orchestrator.access else { panic!("a token source") };
    assert_eq!(source.path, "/v3.6/oauth/token");
    assert_eq!(source.form.expose(), b"client_id=client+one&client_secret=t0ken");
    let custom = r#"{ "profile": "countersign", "cluster": "o",
                      "credentials": { "client_id": { "env": "ID" }, "client_secret": { "env": "TOKEN" } } }"#;
    assert_eq!(paths(&load(&configuration(STEP_UP, custom, "")).unwrap_err()), ["/orchestrator/credentials"]);
}

#[test]
fn biometric_passkey_lists_what_its_guide_has_to_say() {
    let bp = r#"{ "profile": "entrust-biometric-passkey", "cluster": "bp" }"#;
    let errors = load(&configuration(STEP_UP, bp, "")).unwrap_err();
    let mut paths = paths(&errors);
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            "/orchestrator/operations/cancel/method",
            "/orchestrator/operations/cancel/path",
            "/orchestrator/operations/complete/json",
            "/orchestrator/operations/complete/method",
            "/orchestrator/operations/complete/path",
            "/orchestrator/operations/complete/refusals/at",
            "/orchestrator/operations/complete/refusals/codes",
            "/orchestrator/operations/open_step_up/answer/client",
            "/orchestrator/operations/open_step_up/answer/session",
            "/orchestrator/operations/open_step_up/method",
            "/orchestrator/operations/open_step_up/path",
            "/orchestrator/operations/status/answer/external_user_id",
            "/orchestrator/operations/status/answer/same",
            "/orchestrator/operations/status/answer/status",
            "/orchestrator/operations/status/answer/words",
            "/orchestrator/operations/status/method",
            "/orchestrator/operations/status/path",
        ]
    );
    assert!(errors.iter().all(|(_, help)| help.contains("API guide")), "{errors:?}");
    let filled = r#"{ "profile": "entrust-biometric-passkey", "cluster": "bp", "operations": {
        "open_step_up": { "method": "POST", "path": "/x", "answer": { "session": "/id", "client": "/sdk" } },
        "status": { "method": "GET", "path": "/x/{session}", "answer": { "external_user_id": "/u", "status": "/s",
                    "same": { "/id": "{session}" }, "words": { "MATCH": "matched" } } },
        "complete": { "method": "POST", "path": "/x/{session}/c", "json": {},
                      "refusals": { "at": "/code", "codes": { "NO": "not_matched" } } },
        "cancel": { "method": "DELETE", "path": "/x/{session}" } } }"#;
    let policy = load(&configuration(STEP_UP, filled, "")).unwrap();
    assert!(policy.orchestrator.procedure(Operation::OpenStepUp).is_some());
    assert!(policy.orchestrator.procedure(Operation::OpenRegistration).is_none(), "nobody needs it");
}

#[test]
fn idaas_tells_a_match_once_and_for_whom() {
    let idaas = r#"{ "profile": "entrust-idaas", "cluster": "idaas" }"#;
    let policy = load(&configuration(STEP_UP, idaas, "")).unwrap();
    let orchestrator = &policy.orchestrator;
    assert!(orchestrator.tells_once() && orchestrator.does_without(Operation::Complete));
    let challenge = answer(
        200,
        r#"{"token":"tok","authenticationCompleted":false,"status":"NO_RESPONSE",
        "faceChallenge":{"id":"f","sdkToken":"sdk","workflowRunId":"run-1","device":"WEB"}}"#,
    );
    let asked = Values::default().with("flow", "step_up").with("external_user_id", "ann");
    let call =
        ask(orchestrator, &Trace::default(), Operation::OpenStepUp, asked.with("rp_id", "bank.example"))
            .unwrap();
    assert_eq!(header(&call, ":path"), "/api/web/v2/authentication/users/authenticate/FACE");
    assert_eq!(call.body.unwrap(), br#"{"applicationId":"app-1","userId":"ann"}"#);
    let unknown = opened(orchestrator, Operation::OpenStepUp, &answer(404, r#"{"errorCode":"x"}"#));
    assert_eq!(unknown.unwrap_err(), Failure::Ended(Ended::Unknown));
    let opened = opened(orchestrator, Operation::OpenStepUp, &challenge).unwrap();
    assert_eq!((opened.session.id.as_str(), opened.session.carry.as_deref()), ("run-1", Some("tok")));
    let values = opened.session.values().with("flow", "step_up");
    let call = ask(orchestrator, &Trace::default(), Operation::Status, values.clone()).unwrap();
    assert_eq!(header(&call, "authorization"), "tok");
    assert_eq!(call.body.unwrap(), br#"{"applicationId":"app-1"}"#, "the token says which run");
    for (row, code, said, expected) in [
        (
            "confirmed",
            200,
            r#"{"authenticationCompleted":true,"status":"CONFIRM","userId":"ann"}"#,
            Some(Verdict::Matched),
        ),
        (
            "not completed",
            200,
            r#"{"authenticationCompleted":false,"status":"CONFIRM","userId":"ann"}"#,
            Some(Verdict::Failed),
        ),
        ("nobody's", 200, r#"{"authenticationCompleted":true,"status":"CONFIRM"}"#, None),
        (
            "waiting",
            200,
            r#"{"authenticationCompleted":false,"status":"NO_RESPONSE"}"#,
            Some(Verdict::Pending),
        ),
        ("walked away", 200, r#"{"status":"CANCEL"}"#, Some(Verdict::Cancelled)),
        ("somebody else", 200, r#"{"status":"CONCERN"}"#, Some(Verdict::NotMatched)),
        ("denied", 401, r#"{"errorCode":"x"}"#, Some(Verdict::Failed)),
        ("broken", 500, "", None),
        ("lost", 0, "", None),
    ] {
        let status = status(orchestrator, &values, &answer(code, said));
        assert_eq!(status.ok().map(|status| status.verdict), expected, "{row}");
    }
}

#[test]
fn a_custom_profile_is_spelled_out() {
    let custom = r#"{ "profile": "custom", "cluster": "o" }"#;
    let errors = load(&configuration(STEP_UP, custom, "")).unwrap_err();
    assert_eq!(errors.len(), 4, "{errors:?}");
    assert!(errors.iter().all(|(path, _)| path == "/orchestrator/profile"), "{errors:?}");
    for (row, member, path) in [
        ("an unknown operation", r#""opne": {}"#, "/orchestrator/operations/opne"),
        (
            "an unknown value",
            r#""cancel": { "method": "POST", "path": "/{sesion}" }"#,
            "/orchestrator/operations/cancel/path",
        ),
        (
            "an unknown word",
            r#""status": { "method": "GET", "path": "/x", "answer": { "words": { "A": "yes" } } }"#,
            "/orchestrator/operations/status/answer/words/A",
        ),
        (
            "a path that is none",
            r#""cancel": { "method": "POST", "path": "x" }"#,
            "/orchestrator/operations/cancel/path",
        ),
        (
            "two bodies",
            r#""cancel": { "method": "POST", "path": "/x", "json": {}, "form": {} }"#,
            "/orchestrator/operations/cancel/form",
        ),
    ] {
        let custom =
            format!(r#"{{ "profile": "countersign", "cluster": "o", "operations": {{ {member} }} }}"#);
        let errors = load(&configuration(STEP_UP, &custom, "")).unwrap_err();
        assert_eq!(paths(&errors), [path], "{row}: {errors:?}");
    }
}
