"""Whose credential it is, and that its user was verified."""

from mutant import Also, Edit, Mutant

CHECKS = "core/src/exchange/checks.rs"

MUTANTS = [
    Mutant(
        "the user-verified flag is not read",
        Edit(CHECKS, "if credential.authenticator_data.flags.user_verified() {", "if true {"),
        (
            "bypass: authenticator/user_not_verified",
            "bypass: authenticator/no_flags",
            "bypass: authenticator/registration_user_not_verified",
        ),
    ),
    Mutant(
        "a credential that nobody knows is anybody's",
        Edit(CHECKS, "if known.is_none() && !by.allowed.contains(&id) && !party.checks_owner {", "if false {"),
        ("bypass: authenticator/unknown_passkey", "bypass: authenticator/unknown_passkey_no_handle"),
    ),
    Mutant(
        "the owner is not compared",
        Edit(CHECKS, "if known.is_some_and(|known| known.owner != *by.user) {", "if false {"),
        (
            "bypass: authenticator/stolen_passkey_own_handle",
            "bypass: authenticator/stolen_passkey_no_handle",
        ),
    ),
    Mutant(
        "the user handle is not compared",
        Edit(CHECKS, "if !agrees {", "if false && !agrees {"),
        (
            "bypass: authenticator/own_passkey_of_another_handle",
            "bypass: authenticator/allowed_passkey_of_another_handle",
        ),
    ),
    Mutant(
        "what is known of one credential is taken for another",
        Edit(CHECKS, "let known = by.known.filter(|known| known.credential == id);", "let known = by.known;"),
        ("bypass: handoff/the_phone_finishes_with_an_unknown_passkey",),
        also=(
            Also(
                "what begin learned is left out for another credential",
                Edit(
                    "core/src/exchange/finish.rs",
                    "let known = known.filter(|known| known.credential == id);",
                    "let known = known.filter(|_| !id.is_empty());",
                ),
            ),
        ),
    ),
    Mutant(
        "the signature is not verified",
        Edit(
            CHECKS,
            "known.and_then(|known| known.key.as_ref())\n",
            "known.and_then(|known| known.key.as_ref()).filter(|_| false)\n",
        ),
        ("bypass: authenticator/signed_by_another_key",),
    ),
]
