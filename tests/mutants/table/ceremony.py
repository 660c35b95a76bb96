"""What a finish must be of: the session, the relying party, the rule, the leg, type, origin and RP ID."""

from mutant import Edit, Mutant

CHECKS = "core/src/exchange/checks.rs"

MUTANTS = [
    Mutant(
        "evidence of any session will do",
        Edit(CHECKS, "if ceremony.binding != binding {", "if false {"),
        (
            "bypass: evidence/of_another_session",
            "bypass: evidence/of_another_user",
            "bypass: evidence/without_the_session",
            "bypass: handoff/the_phone_finishes_in_another_session",
        ),
    ),
    Mutant(
        "evidence of any relying party will do",
        Edit(CHECKS, "if ceremony.relying_party != party.name {", "if false {"),
        ("bypass: other_party/a_ceremony_finished_elsewhere",),
    ),
    Mutant(
        "a ceremony never expires",
        Edit(CHECKS, "if ceremony.expires <= context.now {", "if false {"),
        ("refusals: strict/ceremony_expired_after_its_time",),
    ),
    Mutant(
        "a rule that changed still speaks",
        Edit(CHECKS, "if rule.is_some_and(|rule| step_up::has_changed(rule, context)) {", "if false {"),
        ("flows: gateways/a_rule_that_changed_in_between",),
    ),
    Mutant(
        "the type is not compared",
        Edit(
            CHECKS,
            "if ceremony.leg != leg || credential.client_data.kind != leg.client_data_type() {",
            "if ceremony.leg != leg {",
        ),
        (
            "bypass: authenticator/type_of_registration",
            "bypass: authenticator/type_of_payment",
            "bypass: authenticator/type_in_capitals",
            "bypass: authenticator/registration_type_of_sign_in",
        ),
    ),
    Mutant(
        "the leg is not compared",
        Edit(
            CHECKS,
            "if ceremony.leg != leg || credential.client_data.kind != leg.client_data_type() {",
            "if credential.client_data.kind != leg.client_data_type() {",
        ),
        ("bypass: evidence/of_a_registration", "bypass: evidence/of_a_sign_in"),
    ),
    Mutant(
        "the origin is not compared",
        Edit(CHECKS, "if !party.origins.contains(&credential.client_data.origin) {", "if false {"),
        (
            "bypass: authenticator/another_origin",
            "bypass: authenticator/origin_of_a_subdomain",
            "bypass: authenticator/origin_with_a_port",
            "bypass: authenticator/origin_without_tls",
            "bypass: authenticator/registration_another_origin",
            "refusals: finish/ceremony_mismatch_in_a_routine_finish_too",
        ),
    ),
    Mutant(
        "an origin need only begin like ours",
        Edit(
            CHECKS,
            "if !party.origins.contains(&credential.client_data.origin) {",
            "if !party.origins.iter().any(|own| credential.client_data.origin.starts_with(own.as_str())) {",
        ),
        (
            "bypass: authenticator/origin_with_a_suffix",
            "bypass: authenticator/origin_with_a_port",
            "bypass: authenticator/origin_with_a_slash",
        ),
    ),
    Mutant(
        "the RP ID is not compared",
        Edit(CHECKS, "if credential.authenticator_data.rp_id_hash != party.rp_id_hash {", "if false {"),
        (
            "bypass: authenticator/another_rp_id",
            "bypass: authenticator/rp_id_of_a_subdomain",
            "bypass: authenticator/registration_another_rp_id",
            "refusals: finish/ceremony_mismatch_in_a_routine_finish_too",
        ),
    ),
]
