//! Section 7's table: what a refusal looks like from outside.

use crate::client::Answer;

/// Code and status of every refusal that the flows built so far can give.
pub const STATUS: &[(&str, u16)] = &[
    ("step_up_required", 401),
    ("verdict_pending", 409),
    ("biometric_mismatch", 403),
    ("recovery_mismatch", 403),
    ("registration_unverified", 403),
    ("verdict_failed", 403),
    ("ceremony_unknown", 403),
    ("ceremony_expired", 403),
    ("ceremony_replayed", 409),
    ("ceremony_mismatch", 403),
    ("credential_mismatch", 403),
    ("user_unverified", 403),
    ("user_unknown", 403),
    ("elevation_mismatch", 401),
    ("malformed_credential", 400),
    ("malformed_request", 400),
    ("unsupported_media_type", 415),
    ("body_too_large", 413),
    ("unlisted_ceremony", 403),
    ("orchestrator_unavailable", 503),
    ("relying_party_unreadable", 502),
    ("completion_failed", 502),
    ("reserved_key", 400),
    ("webhook_rejected", 401),
];

/// Asserts that this is a whole and proper refusal with one of these codes.
pub fn expect(answer: &Answer, codes: &[&str]) {
    let refusal = answer.refusal();
    assert!(
        codes.contains(&refusal.as_str()),
        "expected {codes:?}, got {} {}: {}",
        answer.status,
        answer.header("content-type"),
        answer.text()
    );
    let (code, status) = *STATUS.iter().find(|(code, _)| *code == refusal).expect("a code of the table");
    let problem = answer.json();
    let members = problem.as_object().expect("a problem document is an object");
    assert_eq!(answer.status, status, "{code}: status");
    assert_eq!(problem["status"], status, "{code}: status member");
    assert_eq!(problem["type"], format!("urn:countersign:refusal:{code}"), "{code}: type");
    for member in ["title", "detail"] {
        let text = problem[member].as_str().unwrap_or("");
        assert!(!text.is_empty() && text.len() < 200, "{code}: {member}: {text:?}");
    }
    expect_uuid_urn(problem["instance"].as_str().unwrap_or(""));
    for member in members.keys() {
        assert!(
            ["type", "code", "title", "status", "detail", "instance", "stepUp"].contains(&member.as_str()),
            "{code}: unexpected member {member}"
        );
    }
    assert_eq!(answer.header("cache-control"), "no-store", "{code}: cache-control");
    let waits = ["verdict_pending", "orchestrator_unavailable"].contains(&code);
    let retry_after = answer.header("retry-after");
    assert_eq!(waits, retry_after.parse::<u32>().is_ok_and(|seconds| seconds > 0), "{code}: {retry_after:?}");
    let asks = ["step_up_required", "elevation_mismatch"].contains(&code);
    assert_eq!(asks, answer.headers.contains_key("www-authenticate"), "{code}: www-authenticate");
    assert_eq!(asks, members.contains_key("stepUp"), "{code}: stepUp");
}

fn expect_uuid_urn(instance: &str) {
    let uuid = instance.strip_prefix("urn:uuid:").unwrap_or("");
    let groups: Vec<usize> = uuid.split('-').map(str::len).collect();
    let hexadecimal =
        uuid.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    assert!(groups == [8, 4, 4, 4, 12] && hexadecimal, "instance: {instance:?}");
}
