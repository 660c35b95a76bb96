"""Refusals of guarded requests, and the elevations that they lead to: whose, where, and by which rule."""

from mutant import Edit, Mutant

ELEVATE = "core/src/exchange/elevate.rs"

MUTANTS = [
    Mutant(
        "a refusal leads on at any relying party",
        Edit(
            ELEVATE,
            "if asked.relying_party != party.name || asked.binding != binding {",
            "if asked.binding != binding {",
        ),
        ("bypass: other_party/a_refusal_taken_elsewhere",),
    ),
    Mutant(
        "a refusal leads on in any session",
        Edit(
            ELEVATE,
            "if asked.relying_party != party.name || asked.binding != binding {",
            "if asked.relying_party != party.name {",
        ),
        ("resources: flow/a_refusal_of_another_session_begins_nothing",),
    ),
    Mutant(
        "an elevation is good at any relying party",
        Edit(ELEVATE, "if !known && elevation.relying_party == party.name && ", "if !known && "),
        ("bypass: other_party/an_elevation_used_elsewhere",),
    ),
    Mutant(
        "a refusal ends with its rule",
        Edit(
            ELEVATE,
            "(None, None) if outright && step_up::has_changed(&asked.rule, context) => {",
            "(None, None) if outright => {",
        ),
        ("resources: gateways/a_rule_taken_out_after_the_refusal",),
    ),
    Mutant(
        "a refusal leads on by another rule",
        Edit(
            ELEVATE,
            "(None, None) if outright && step_up::has_changed(&asked.rule, context) => {",
            "(None, None) if false => {",
        ),
        ("resources: gateways/a_rule_changed_after_the_refusal",),
    ),
]
