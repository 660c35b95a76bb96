"""Guarded routes: what an elevation is good for, what a rule reads, who may read the refusal, what is only watched,
and what the relying party and the operator are told."""

from mutant import Also, Edit, Mutant

RESOURCE = "core/src/exchange/resource.rs"
JUDGE = "core/src/exchange/resource/judge.rs"
WATCH = "core/src/exchange/resource/watch.rs"
ELEVATE = "core/src/exchange/elevate.rs"
CLEARANCE = "core/src/exchange/clearance.rs"
TRANSACTION = "core/src/policy/transaction.rs"
DECIDE = "core/src/policy/decide.rs"
ASSERTION = "core/src/assertion.rs"
RELEASE = "core/src/exchange/release.rs"
FINISH = "core/src/exchange/finish.rs"
IDENTIFY = "core/src/exchange/identify.rs"
REQUEST = "core/src/exchange/request.rs"
START = "core/src/exchange/start.rs"
EXPLAIN = "core/src/policy/explain.rs"
CORS = "core/src/exchange/cors.rs"
BUILTIN = "core/src/exchange/builtin.rs"
CONFIG = "core/src/policy.rs"

SAME = "let same = elevation.binding == wanted.binding && elevation.transaction == wanted.transaction;"

BOUND = [
    Mutant(
        "an elevation is good for any values",
        Edit(ELEVATE, SAME, "let same = elevation.binding == wanted.binding;"),
        (
            "resources: mismatch/amount",
            "resources: mismatch/amount_by_less_than_a_double_can_hold",
            "resources: mismatch/amount_as_a_text",
            "resources: mismatch/amount_moved",
            "resources: mismatch/payee",
            "resources: mismatch/payee_left_out",
            "resources: mismatch/currency_null",
            "resources: mismatch/members_swapped",
            "resources: mismatch/deeper_changed",
            "resources: mismatch/deeper_moved_up",
            "resources: mismatch/deeper_by_a_name_with_a_slash",
            "resources: mismatch/another_method",
            "resources: mismatch/another_account_in_the_path",
            "resources: mismatch/a_query_besides",
        ),
    ),
    Mutant(
        "an elevation is good in any session",
        Edit(ELEVATE, SAME, "let same = elevation.transaction == wanted.transaction;"),
        (
            "resources: mismatch/another_session",
            "resources: mismatch/another_session_for_a_card",
            "resources: handoff/it_is_of_no_use_in_another_session",
        ),
    ),
    Mutant(
        "an elevation is anybody's",
        Edit(
            ELEVATE,
            "SessionUser::Named(Some(user)) => is_theirs(&elevation, key, user, party, context),",
            "SessionUser::Named(Some(user)) => is_theirs(&elevation, key, user, party, context) || true,",
        ),
        (
            "resources: flow/who_signs_in_later_in_the_session_has_none",
            "resources: conditions/a_session_by_a_verified_claim",
        ),
    ),
    Mutant(
        "nobody asks who it is now",
        Edit(
            JUDGE,
            "if matches!(shown, Shown::Fits(..)) && transaction.is_some() && user == SessionUser::Unasked {",
            "if false {",
        ),
        ("resources: flow/who_signs_in_later_in_the_session_has_none",),
    ),
    Mutant(
        "the path is not bound",
        Edit(TRANSACTION, "place.update(path);", "let _ = path;"),
        ("resources: mismatch/another_account_in_the_path", "resources: mismatch/a_query_besides"),
    ),
    Mutant(
        "the method is not bound",
        Edit(TRANSACTION, "place.update(method);", "let _ = method;"),
        ("resources: mismatch/another_method",),
    ),
    Mutant(
        "numbers are bound as they are written",
        Edit(
            TRANSACTION,
            "Decimal::parse(text).map_or_else(|| text.to_owned(), |number| number.plain())",
            "{ let _ = Decimal::parse(text).map(|number| number.plain()); text.to_owned() }",
        ),
        (
            "resources: mismatch/same_with_an_exponent",
            "resources: mismatch/same_with_a_fraction",
            "resources: mismatch/deeper_the_same",
        ),
    ),
]

GOOD_FOR = [
    Mutant(
        "an elevation outlives its rule's change",
        Edit(ELEVATE, "return elevation.rule.digest == rule.digest;", "return true;"),
        ("resources: gateways/a_rule_changed_after_the_step_up",),
    ),
    Mutant(
        "an elevation lasts",
        Edit(ELEVATE, "if context.now.since(elevation.issued) >= rule.lasts() {", "if false {"),
        ("resources: flow/it_lasts_until_max_age",),
        also=(
            Also(
                "it says itself when it ends",
                Edit(
                    ELEVATE,
                    "elevation.relying_party == party.name && elevation.expires > context.now {",
                    "elevation.relying_party == party.name {",
                ),
            ),
        ),
    ),
    Mutant(
        "any level is enough",
        Edit(ELEVATE, "&& rule.acr.contains(&elevation.acr)", ""),
        ("resources: levels/one_that_is_not_listed_is_not",),
    ),
    Mutant(
        "a lower level is enough",
        Edit(ELEVATE, "&& rule.acr.contains(&elevation.acr)", ""),
        ("resources: levels/a_lower_one_is_not",),
        also=(
            Also(
                "a rule of one level takes nobody else's",
                Edit(ELEVATE, "rule.acr.len() > 1\n", "!rule.acr.is_empty()\n"),
            ),
        ),
    ),
    Mutant(
        "what was agreed to once is a level",
        Edit(ELEVATE, "        && elevation.transaction.is_none()\n", ""),
        ("resources: levels/one_for_a_transaction_is_not",),
    ),
    Mutant(
        "an elevation for a transaction is not counted",
        Edit(CLEARANCE, "fit.elevation().transaction.is_none().then_some(Self(()))", "Some(fit).map(|_| Self(()))"),
        (
            "resources: once/one_after_the_other",
            "resources: once/fifty_at_once",
            "resources: gateways/in_turns_at_two",
            "resources: gateways/fifty_at_once_at_two",
        ),
    ),
    Mutant(
        "whatever the orchestrator counted",
        Edit(CLEARANCE, "done.is_ok().then_some(Self(()))", "Some(done).map(|_| Self(()))"),
        (
            "resources: once/one_after_the_other",
            "resources: once/fifty_at_once",
            "resources: once/spent_but_the_answer_is_lost",
            "resources: gateways/fifty_at_once_at_two",
        ),
    ),
    Mutant(
        "the last step-up of any session counts",
        Edit(ELEVATE, "elevation.binding == binding\n", "(elevation.binding == binding || true)\n"),
        ("resources: conditions/how_long_ago_the_last_step_up_was",),
    ),
]

READ = [
    Mutant(
        "a body that no rule can read is judged without",
        Edit(RESOURCE, "Err(refusal) if reads => return refusal.into(),", "Err(_) if reads => {}"),
        (
            "resources: bodies/not_json",
            "resources: bodies/amount_twice_escaped",
            "resources: bodies/byte_order_mark",
            "resources: bodies/utf16",
            "resources: bodies/form",
            "resources: bodies/encoded",
            "resources: mismatch/payee_twice_escaped",
        ),
    ),
    Mutant(
        "a header of a rule may stand twice",
        Edit(
            RESOURCE,
            "rule.headers_read().any(|name| headers.single(name) == Single::Repeated)",
            "rule.headers_read().any(|_| false)",
        ),
        ("resources: conditions/a_trusted_header_twice",),
    ),
    Mutant(
        "a guarded request may be of two sessions",
        Edit(RESOURCE, "request::one_session(headers, request.party(context)?)?;", "request.party(context)?;"),
        ("resources: routes/two_session_cookies",),
        also=(
            Also(
                "an elevation's session is looked for by itself",
                Edit(
                    IDENTIFY,
                    "                    Single::Repeated => return Err(repeated),\n                },",
                    "                    Single::Repeated => None,\n                },",
                ),
            ),
        ),
    ),
    Mutant(
        "a guarded request may ask for another method",
        Edit(RESOURCE, "if route::overrides_method(headers) {", "if false {"),
        ("resources: routes/another_method_in_a_header",),
    ),
]

WATCHED = [
    Mutant(
        "a rule that is watched guards its path",
        Edit(CONFIG, "places.watch_resource(", "places.add_resource("),
        ("resources: watched/other_spellings_are_other_paths", "resources: watched/other_methods_are_other_requests"),
    ),
    Mutant(
        "a rule that is watched decides",
        Edit(
            DECIDE,
            "Self::decide_among(self.covering(covering, facts).filter(|(rule, _)| rule.is_enforced()))",
            "Self::decide_among(self.covering(covering, facts))",
        ),
        ("resources: watched/a_rule_behind_it_is_enforced",),
    ),
    Mutant(
        "what would be refused is not noted",
        Edit(
            WATCH,
            "Shown::Nothing => outcome.watched(rule, Code::StepUpRequired, shown.in_words()),",
            "Shown::Nothing => {}",
        ),
        ("resources: watched/it_passes_and_is_counted", "resources: watched/a_body_passes_as_it_came"),
    ),
]

TOLD = [
    Mutant(
        "the body that is signed for is the one that came",
        Edit(
            RESOURCE,
            "let digest = body.map_or(self.digest, assertion::digest);",
            "let _ = body; let digest = self.digest;",
        ),
        ("resources: assertion/the_body_is_the_one_that_left",),
    ),
    Mutant(
        "a finish is signed for without its body",
        Edit(FINISH, "assertion::digest(forward.body.as_deref().unwrap_or_default())", 'assertion::digest(b"")'),
        ("resources: assertion/a_finish_has_one",),
    ),
    Mutant(
        "a body is signed for before it is here",
        Edit(
            RESOURCE,
            "Scan::of_resource(&request.headers, reads || signs)",
            "{ let _ = signs; Scan::of_resource(&request.headers, reads) }",
        ),
        ("resources: assertion/a_body_that_is_too_long_to_sign",),
    ),
    Mutant(
        "an assertion is for everybody",
        Edit(RELEASE, "assertion::assertion(key, &party.rp_id,", 'assertion::assertion(key, "other.example",'),
        ("resources: assertion/it_is_about_this_request", "resources: assertion/it_is_for_one_relying_party"),
    ),
    Mutant(
        "an assertion is about any query",
        Edit(
            ASSERTION,
            '("path", one(request, ":path")?),',
            '("path", one(request, ":path")?.split(\'?\').next()?),',
        ),
        ("resources: assertion/a_query_is_part_of_the_path",),
    ),
    Mutant(
        "an assertion is good for an hour",
        Edit(ASSERTION, "const LIFE: u64 = 60;", "const LIFE: u64 = 3600;"),
        ("resources: assertion/it_is_about_this_request",),
    ),
    Mutant(
        "assertions have one name",
        Edit(RELEASE, "let unique = context.gateway.uuid();", 'let unique = "0".repeat(36);'),
        ("resources: assertion/each_is_another",),
    ),
    Mutant(
        "only the key that signs is published",
        Edit(ASSERTION, "keys.iter().map(jwk)", "keys.iter().take(1).map(jwk)"),
        ("resources: assertion/the_keys_are_public",),
    ),
    Mutant(
        "a client may bring an assertion",
        Edit(
            REQUEST,
            'name.starts_with(b"countersign")',
            'name.starts_with(b"countersign") && !name.ends_with(b"-assertion")',
        ),
        ("resources: assertion/nobody_else_can_bring_one", "resources: assertion/nor_where_we_only_observe"),
    ),
    Mutant(
        "everybody is told why",
        Edit(START, "is_some_and(|header| headers.has(header))", "is_some_and(|header| headers.has(header) || true)"),
        ("resources: explain/without_the_header_nothing_is_said",),
    ),
    Mutant(
        "somebody is told why where that is switched off",
        Edit(START, "is_some_and(|header| headers.has(header))", "is_none_or(|header| headers.has(header))"),
        ("resources: explain/the_header_means_nothing",),
    ),
    Mutant(
        "what was found is told of every rule",
        Edit(
            EXPLAIN,
            "condition.explain(facts, self.explains_values, false, &mut text);",
            "condition.explain(facts, true, false, &mut text);",
        ),
        ("resources: explain/nothing_personal", "resources: explain/a_refusal"),
    ),
    Mutant(
        "whom a rule names is told",
        Edit(EXPLAIN, "if *source == Source::User && !values &&", "if *source == Source::User && values &&"),
        ("resources: explain/nothing_personal",),
    ),
]

BROWSERS = [
    Mutant(
        "a page of any origin may read",
        Edit(
            CORS,
            "party.origins.iter().find(|own| own.as_bytes() == origin).cloned()",
            "core::str::from_utf8(origin).ok().filter(|_| !party.origins.is_empty()).map(str::to_owned)",
        ),
        (
            "resources: cors/a_foreign_page_may_not",
            "resources: cors/a_foreign_page_may_send_nothing_to_them",
            "resources: cors/our_endpoints_can_be_read",
        ),
    ),
    Mutant(
        "nobody answers a preflight of ours",
        Edit(BUILTIN, "if cors::is_preflight(&headers) {", "if false {"),
        ("resources: cors/preflights_of_our_endpoints_are_answered",),
    ),
]

MUTANTS = [*BOUND, *GOOD_FOR, *READ, *WATCHED, *TOLD, *BROWSERS]
