"""Hand-offs, and our own endpoints."""

from mutant import Also, Edit, Mutant

BUILTIN = "core/src/exchange/builtin.rs"
CONSUME = "core/src/exchange/builtin/consume.rs"
HANDOFF = "core/src/exchange/builtin/handoff.rs"
SESSION = "core/src/exchange/builtin/session.rs"

MUTANTS = [
    Mutant(
        "the head of what we answer ourselves goes on as it came",
        Edit(
            BUILTIN,
            "Effect::Collect(edits)),",
            "Effect::Collect(Edits { remove: Vec::new(), set: Vec::new(), ..edits })),",
        ),
        ("bypass: handoff/the_head_of_a_request_to_us",),
        mode="streams",
    ),
    Mutant(
        "any number will do",
        Edit(CONSUME, "if number_commitment(key, &token.id, number) != Some(token.number) {", "if false {"),
        ("bypass: handoff/a_wrong_number_spends_the_token", "bypass: handoff/a_number_of_another_shape"),
    ),
    Mutant(
        "a token of any relying party will do",
        Edit(CONSUME, "if token.relying_party != party.name {", "if false {"),
        ("bypass: other_party/a_token_of_another_relying_party",),
    ),
    Mutant(
        "a token never expires",
        Edit(CONSUME, "if token.expires <= context.now {", "if false {"),
        ("bypass: handoff/a_token_that_expired_by_itself",),
    ),
    Mutant(
        "a phone of another user will do",
        Edit(CONSUME, "if another {", "if false && another {"),
        ("bypass: handoff/a_phone_signed_in_as_somebody_else",),
    ),
    Mutant(
        "any evidence of ours is a token",
        Edit(
            "core/src/evidence/handoff.rs",
            'payload::is(payload, "token").then_some(())?;',
            'payload::text(payload, "t")?;',
        ),
        ("bypass: handoff/other_evidence_of_ours_instead_of_the_token",),
        also=(
            Also(
                "other evidence has no token of the orchestrator's in it",
                Edit(
                    "core/src/evidence/handoff.rs",
                    'token: payload::text(payload, "k")?,',
                    'token: payload::text(payload, "k").unwrap_or_default(),',
                ),
            ),
            Also(
                "nor a number",
                Edit(
                    "core/src/evidence/handoff.rs",
                    'number: payload::array(payload.get("n")?)?,',
                    'number: payload.get("n").and_then(payload::array).unwrap_or_default(),',
                ),
            ),
        ),
    ),
    Mutant(
        "anybody follows a hand-off who has its evidence",
        Edit(
            HANDOFF,
            "if handoff.relying_party != party.name || binding != Some(handoff.binding) {",
            "if handoff.relying_party != party.name {",
        ),
        ("bypass: handoff/another_session_follows_it", "bypass: handoff/another_session_gives_it_up"),
    ),
    Mutant(
        "a hand-off is followed at any relying party",
        Edit(
            HANDOFF,
            "if handoff.relying_party != party.name || binding != Some(handoff.binding) {",
            "if binding != Some(handoff.binding) {",
        ),
        ("bypass: other_party/a_handoff_followed_elsewhere",),
    ),
    Mutant(
        "a hand-off is followed for ever",
        Edit(HANDOFF, "context.now.plus(open::LONGEST).min(last);", "context.now.plus(open::LONGEST).max(last);"),
        ("bypass: handoff/it_is_not_followed_for_ever",),
    ),
    Mutant(
        "a desktop's evidence ends before the phone's ceremony does",
        Edit(HANDOFF, "let under_way = matches!(", "let under_way = false && matches!("),
        (
            "flows: cross_platform/a_phone_that_takes_its_time_is_followed",
            "bypass: handoff/it_is_not_followed_for_ever",
        ),
    ),
    Mutant(
        "evidence of a hand-off is made anew however it stands",
        Edit(HANDOFF, "if !under_way || expires", "if expires"),
        ("flows: cross_platform/evidence_is_not_made_anew_without_need",),
    ),
    Mutant(
        "of old evidence and new the old counts",
        Edit(HANDOFF, ".max_by_key(|found| found.0.expires);", ".min_by_key(|found| found.0.expires);"),
        ("flows: cross_platform/old_evidence_beside_the_new",),
    ),
    Mutant(
        "a phone's begin names whom the orchestrator knows",
        Edit(
            CONSUME,
            "let named = named.unwrap_or_else(|| consumed.user.as_str().to_owned());",
            "let named = named.filter(|_| false).unwrap_or_else(|| consumed.user.as_str().to_owned());",
        ),
        ("flows: named/the_relying_party_sees_its_own_name", "flows: named/a_phone_that_is_signed_in"),
        also=(Also("a surrogate is nobody's name", Edit(CONSUME, "if another {", "if false && another {")),),
    ),
    Mutant(
        "a name may be any part of a path",
        Edit(
            "core/wire/src/route/template.rs",
            "let fits = has_one_meaning(value.as_bytes())",
            "let fits = value.is_empty() || has_one_meaning(b\"\")",
        ),
        ("flows: named/a_name_that_is_no_segment",),
    ),
    Mutant(
        "a code tells a name that all know",
        Edit(
            "core/src/exchange/builtin/open.rs",
            "named != user.as_str() && consume::names_user(party)",
            "named != user.as_str() || consume::names_user(party)",
        ),
        ("flows: named/a_name_that_all_know", "flows: cross_platform/nor_whose_it_is_by_another_name"),
    ),
    Mutant(
        "evidence of any hand-off will do",
        Edit(
            HANDOFF,
            "evidence::Handoff::from_payload(payload).filter(|found| found.id == id);",
            "evidence::Handoff::from_payload(payload).filter(|_| !id.is_empty());",
        ),
        ("bypass: handoff/another_handoffs_evidence",),
    ),
    Mutant(
        "anybody asks about a session who has its evidence",
        Edit(
            SESSION,
            "if about.relying_party != request.party(context)?.name || about.binding != entered.binding(context)? {",
            "if about.relying_party != request.party(context)?.name {",
        ),
        ("flows: sessions/another_session_with_the_evidence",),
    ),
    Mutant(
        "evidence of any session will do at our own endpoint",
        Edit(
            SESSION,
            "ceremony.required().filter(|required| required.session.id == id)?;",
            "ceremony.required().filter(|_| !id.is_empty())?;",
        ),
        ("flows: sessions/a_stranger_asks",),
    ),
    Mutant(
        "a page of any origin may call",
        Edit(BUILTIN, "own_origin(&request.headers, party)?;", ""),
        ("refusals: endpoints/malformed_request_foreign_origin", "flows: sessions/a_foreign_origin_cannot_give_up"),
    ),
    Mutant(
        "a body of ours may have more members",
        Edit(BUILTIN, "if object.iter().any(|(name, _)| !names.contains(&name)) {", "if false {"),
        ("refusals: endpoints/malformed_request_unknown_member",),
    ),
]
