"""Recoveries: whose, in which session, and once."""

from mutant import Edit, Mutant

REPLACEMENT = "core/src/exchange/begin/replacement.rs"
CARRIER = "core/src/evidence/carrier.rs"
OFFER = "core/src/exchange/offer.rs"

MUTANTS = [
    Mutant(
        "a recovery goes on in any session",
        Edit(
            REPLACEMENT,
            "if recovery.relying_party != party.name || recovery.binding != binding {",
            "if recovery.relying_party != party.name {",
        ),
        ("bypass: recovery/in_another_session", "bypass: recovery/without_the_session"),
    ),
    Mutant(
        "a recovery goes on at any relying party",
        Edit(
            REPLACEMENT,
            "if recovery.relying_party != party.name || recovery.binding != binding {",
            "if recovery.binding != binding {",
        ),
        ("bypass: other_party/a_recovery_continued_elsewhere",),
    ),
    Mutant(
        "a recovery goes on for anybody",
        Edit(OFFER, "if commit(key, &party.name, user.as_str()) != Some(recovery.user) {", "if false {"),
        ("bypass: recovery/for_somebody_else",),
    ),
    Mutant(
        "of continuations the first counts",
        Edit(
            REPLACEMENT,
            "match self.request.headers.single(CONTINUATION) {",
            "match self.request.headers.all(CONTINUATION).next().map_or(Single::Absent, Single::One) {",
        ),
        ("bypass: recovery/a_continuation_repeated",),
    ),
    Mutant(
        "a continuation may be taken again",
        Edit(REPLACEMENT, "if !context.gateway.take(&spent(&recovered.session), expires) {", "if false {"),
        ("bypass: recovery/while_the_orchestrator_forgets",),
    ),
    Mutant(
        "a replacement begins whatever the exchange said",
        Edit(
            REPLACEMENT,
            "ask::refused(failure, Flow::Recovery).into()",
            "{ self.cause = Cause::Recovery(recovered); self.go_on(&held.body, held.edits, context, outcome) }",
        ),
        (
            "bypass: recovery/a_continuation_that_is_made_up",
            "bypass: recovery/a_continuation_of_another_recovery",
            "refusals: recovery/recovery_mismatch_at_the_exchange",
            "faults: recovery/exchange_status_500",
        ),
    ),
    Mutant(
        "of two recoveries the last counts",
        Edit(
            CARRIER,
            "Some((_, _, first)) if *first != token => {",
            "Some((_, _, first)) if false && *first != token => {",
        ),
        ("bypass: recovery/two_recoveries_in_two_carriers",),
    ),
    Mutant(
        "a recovery ends with its rule",
        Edit(
            REPLACEMENT,
            "if step_up::has_changed(&recovery.rule, context) {",
            "if step_up::rule_of(&recovery.rule, context).is_none() {",
        ),
        ("flows: gateways/a_recovery_whose_rule_went_away",),
    ),
    Mutant(
        "a recovery goes on by another rule",
        Edit(REPLACEMENT, "if step_up::has_changed(&recovery.rule, context) {", "if false {"),
        ("flows: gateways/a_recovery_whose_rule_changed",),
    ),
]
