"""What is used up, and what has to be done before the relying party's answer is released."""

from mutant import Also, Edit, Mutant

FINISH = "core/src/exchange/finish.rs"
RELEASE = "core/src/exchange/release.rs"

MUTANTS = [
    Mutant(
        "what is taken may be taken again",
        Edit(
            FINISH,
            "if !context.gateway.take(&release::taken(&required.session.id), guarded.fits.ceremony().expires) {",
            "if false {",
        ),
        ("bypass: replay/while_the_orchestrator_forgets",),
    ),
    Mutant(
        "an answer is released without completing",
        Edit(
            RELEASE,
            "if accepted.body.is_some() && context.policy.headers_can_wait {\n"
            "                    self.hold(&headers, end, context)",
            "if accepted.body.is_some() && context.policy.headers_can_wait {\n"
            "                    let _ = end;\n"
            "                    self.released(context, outcome)",
        ),
        (
            "refusals: finish/completion_failed",
            "faults: complete/status_500",
            "faults: complete/replacement_status_500",
            "flows: step_up/the_order_is_status_relying_party_complete_release",
        ),
    ),
    Mutant(
        "an answer is released although completing failed",
        Edit(
            RELEASE,
            "Err(Failure::Fault(why)) => self.withhold(why, context),",
            "Err(Failure::Fault(_)) => self.released(context, outcome),",
        ),
        ("refusals: finish/completion_failed", "faults: complete/status_500", "faults: complete/slow"),
    ),
    Mutant(
        "an answer is released although the orchestrator refused to complete",
        Edit(
            RELEASE,
            'Err(Failure::Ended(_)) => self.withhold("the orchestrator refused to complete", context),',
            "Err(Failure::Ended(_)) => self.released(context, outcome),",
        ),
        ("faults: complete/finish_not_matched", "faults: complete/finish_not_ready"),
    ),
    Mutant(
        "what the relying party refused is completed",
        Edit(RELEASE, "if accepted.body_fits(Some(&document)) {", "if true {"),
        ("flows: step_up/a_sign_in_the_relying_party_refuses_is_not_completed",),
    ),
    Mutant(
        "a status of refusal is completed",
        Edit(RELEASE, "if !accepted.status_fits(headers.status()) {", "if false {"),
        ("bypass: replay/after_the_relying_party_refused",),
        also=(
            Also(
                "the body of a refusal does not say success either",
                Edit(RELEASE, "if accepted.body_fits(Some(&document)) {", "if true {"),
            ),
        ),
    ),
    Mutant(
        "what completing failed for goes on, where headers cannot wait",
        Edit(
            FINISH,
            "Err(ask::refused(failure, required.flow))",
            "{ let _ = failure; Ok(Next::Guarded { guarded: Box::new(guarded), cleared, complete: false }) }",
        ),
        ("refusals: finish/completion_failed", "faults: complete/slow", "faults: complete/finish_not_matched"),
        mode="streams",
    ),
]
