"""What is told of decisions: each once, with nothing that names anybody, and in the request's trace."""

from mutant import Edit, Mutant

AUDIT = "core/src/audit.rs"
POSTS = "filter/src/audit.rs"
CALL = "core/src/orchestrator/call.rs"
EACH = "observability: audit/every_decision_is_told_once"
AGAIN = "observability: audit/what_was_not_taken_is_told_again"
GAP = "observability: audit/what_is_too_much_leaves_a_gap"

MUTANTS = [
    Mutant(
        "what nobody took is forgotten",
        Edit(AUDIT, "        if taken {", "        if taken || token > 0 {"),
        (AGAIN,),
    ),
    Mutant(
        "whatever is answered takes a batch",
        Edit(POSTS, "Some(200..=299) => CallResult::Succeeded,", "Some(_) if headers > 0 => CallResult::Succeeded,"),
        (AGAIN,),
    ),
    Mutant(
        "what is lost leaves no gap",
        Edit(
            AUDIT,
            "let gap = first.saturating_sub(self.settled).saturating_sub(1);",
            "let gap = first.saturating_sub(*first);",
        ),
        (GAP,),
    ),
    Mutant(
        "what waits grows without end",
        Edit(AUDIT, "while self.events.len() > audit.events || self.bytes > audit.bytes {", "while false {"),
        (GAP,),
    ),
    Mutant(
        "what is only watched is not told",
        Edit(AUDIT, "watched.into_iter().chain(decided)", "watched.filter(|_| false).into_iter().chain(decided)"),
        (EACH,),
    ),
    Mutant(
        "a refusal is told as if it had been let through",
        Edit(AUDIT, "} else if outcome.is_refusal() {", "} else if false {"),
        (EACH,),
    ),
    Mutant(
        "the orchestrator's session is told by its id",
        Edit("core/src/exchange/outcome.rs", "self.session = Some(pseudonym);", "self.session = Some(id.to_owned());"),
        (EACH, "observability: access_log/nothing_secret"),
    ),
    Mutant(
        "no decision says in which trace it was",
        Edit(
            "core/src/exchange/start.rs",
            "outcome.trace = trace_id(&headers);",
            "outcome.trace = trace_id(&headers).filter(|_| false);",
        ),
        (EACH, "observability: traces/begun_here/a_step_up"),
    ),
    Mutant(
        "what is asked because of a request bears no trace",
        Edit(CALL, "let headers = TRACE.into_iter();", "let headers = TRACE.into_iter().take(0);"),
        ("observability: traces/begun_by_the_client/a_step_up", "observability: traces/begun_here/a_payment"),
    ),
    Mutant(
        "who asks for an access token says nothing of the trace",
        Edit(
            "core/src/orchestrator/token.rs",
            "headers.extend(cause.trace());",
            "headers.extend(cause.trace().take(0));",
        ),
        ("vendors: idv_client/access/the_first_call_asks_for_a_token",),
    ),
]
