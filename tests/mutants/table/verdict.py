"""`status` and the signed verdict: a clear match, for this very ceremony."""

from mutant import Edit, Mutant

CHECKS = "core/src/exchange/checks.rs"
PROFILE = "core/profiles/orchestrators/countersign.json"
ANSWER = "core/src/orchestrator/answer.rs"
JWS = "core/src/jws.rs"

SAME = '"same": { "/id": "{session}", "/flow": "{flow}", "/challenge": "{challenge}" }'
CLAIMS = '[("sub", expected.subject), ("sid", expected.session), ("flow", expected.flow), ("status", "matched")]'


def without_claim(claim, *rows):
    pair = next(pair for pair in CLAIMS.strip("[]").replace("), (", ")|(").split("|") if f'"{claim}"' in pair)
    rest = CLAIMS.replace(pair, "").replace("[, ", "[").replace(", , ", ", ").replace(", ]", "]")
    return Mutant(f"the verdict's {claim} is not compared", Edit(JWS, CLAIMS, rest), rows)


def without_member(member, *rows):
    pair = next(pair for pair in SAME[len('"same": { ') : -len(" }")].split(", ") if f'"/{member}"' in pair)
    rest = SAME.replace(pair, "").replace("{ , ", "{ ").replace(", , ", ", ").replace(",  }", " }")
    return Mutant(f"the {member} in a status is not compared", Edit(PROFILE, SAME, rest), rows)


def unread(name, condition, *rows):
    return Mutant(name, Edit(JWS, f"if {condition} {{", f"if false && ({condition}) {{"), rows)


MUTANTS = [
    without_member("id", "faults: status/wrong_session", "faults: recovery/finish_of_another_session"),
    without_member("flow", "faults: status/wrong_flow", "faults: recovery/finish_of_a_registration"),
    without_member("challenge", "faults: status/wrong_challenge", "faults: recovery/finish_with_a_challenge"),
    Mutant(
        "a match of any user will do",
        Edit(CHECKS, "(Some(user), _) if !is_theirs(&user) =>", "(Some(user), _) if false && !is_theirs(&user) =>"),
        ("faults: status/wrong_user", "faults: recovery/finish_of_another_user"),
    ),
    Mutant(
        "whatever the verdict, it is a match",
        Edit(CHECKS, "(Some(user), Verdict::Matched) => user,", "(Some(user), _) => user,"),
        (
            "refusals: finish/verdict_pending",
            "refusals: finish/verdict_pending_at_registration",
            "refusals: finish/biometric_mismatch",
            "refusals: finish/registration_unverified_not_matched",
            "refusals: finish/verdict_failed",
            "flows: step_up/a_mismatch_never_reaches_the_relying_party",
            "bypass: replay/a_matched_session_of_another_ceremony",
            "bypass: body/no_content_length",
        ),
    ),
    Mutant(
        "an unknown word is a match",
        Edit(ANSWER, "unwrap_or(Self::Failed)", "unwrap_or(Self::Matched)"),
        ("faults: status/status_unknown", "faults: status/status_capitals", "faults: status/status_review"),
    ),
    Mutant(
        "an unsigned verdict will do",
        Edit(CHECKS, "if !context.policy.orchestrator.verdict_keys.is_empty() {", "if status.jws.is_some() {"),
        ("verdicts: bad/missing", "verdicts: handoff_bad/missing", "verdicts: recovery_bad/missing"),
    ),
    Mutant(
        "the verdict's signature is not verified",
        Edit(JWS, "if signed { judge", "if signed || !message.is_empty() { judge"),
        (
            "verdicts: bad/key_of_a_stranger",
            "verdicts: bad/key_of_a_stranger_by_value",
            "verdicts: bad/signature_flipped",
            "verdicts: bad/claims_changed",
        ),
    ),
    without_claim(
        "sub", "verdicts: bad/another_user", "verdicts: handoff_bad/another_user", "verdicts: bad/without_sub"
    ),
    without_claim("sid", "verdicts: bad/another_session", "verdicts: recovery_bad/another_session"),
    without_claim("flow", "verdicts: bad/another_flow", "verdicts: handoff_bad/another_flow"),
    without_claim("status", "verdicts: bad/not_matched", "verdicts: bad/pending", "verdicts: bad/without_status"),
    unread(
        "the verdict's audience is not compared",
        '!is_for(claims.get("aud"), expected.audience)',
        "verdicts: bad/another_audience",
        "verdicts: bad/audience_list_without_us",
        "verdicts: bad/without_aud",
    ),
    unread(
        "the verdict's challenge is not compared",
        '!is_about(claims.get("challenge"), expected.challenge)',
        "verdicts: bad/another_challenge",
        "verdicts: bad/without_challenge",
        "verdicts: recovery_bad/with_a_challenge",
    ),
    unread(
        "an old verdict will do",
        "expires <= expected.now",
        "verdicts: bad/expired",
        "verdicts: bad/ends_before_it_starts",
    ),
    unread(
        "a verdict of the future will do",
        "issued.max(starts) > expected.now.plus(LEEWAY)",
        "verdicts: bad/issued_in_the_future",
    ),
    Mutant(
        "a verdict may live long",
        Edit(JWS, "if expires.since(issued) > LONGEST_LIFE {", "if false {"),
        ("verdicts: bad/lives_too_long",),
    ),
    unread(
        "the verdict's type is not read",
        'text("typ") != Some(TYPE)',
        "verdicts: bad/another_type",
        "verdicts: bad/header_without_typ",
    ),
    unread(
        "the verdict's algorithm is not read",
        'text("alg") != Some("ES256")',
        "verdicts: bad/no_algorithm",
        "verdicts: bad/algorithm_in_small_letters",
        "verdicts: bad/header_without_alg",
    ),
    unread(
        "critical extensions are passed over",
        'header.get("crit").is_some()',
        "verdicts: bad/critical_extension",
        "verdicts: bad/critical_and_empty",
    ),
    Mutant(
        "any key will do, whatever the key id",
        Edit(
            JWS,
            "key.id.as_deref().is_none_or(|id| id == kid)",
            "key.id.as_deref().is_none_or(|id| !id.is_empty() || id == kid)",
        ),
        ("verdicts: bad/unknown_key", "verdicts: bad/the_other_key_named"),
    ),
]
