"""In front of the orchestrator: who signed a webhook, what a body for the Core API may not say, which request it is."""

from mutant import Edit, Mutant

GUARD = "core/src/exchange/guard.rs"
WEBHOOK = "core/src/guard/webhook.rs"
CORE_API = "core/src/guard/core_api.rs"
POLICY = "core/src/policy/guard.rs"
START = "core/src/exchange/start.rs"
NAME = "core/wire/src/json/name.rs"

LOWER = "= (digit(high.to_ascii_lowercase())? << 4) | digit(low.to_ascii_lowercase())?;"

SIGNATURE = [
    Mutant(
        "a signature is not compared",
        Edit(GUARD, "if fits { Ok(()) }", "if fits || true { Ok(()) }"),
        (
            "guards: webhook/forged",
            "guards: webhook/another_last_digit",
            "guards: webhook/another_token",
            "guards: webhook/of_another_body",
            "guards: webhook/plain_sha256",
            "guards: webhook/replayed_with_a_changed_body",
            "guards: webhook/cut_off",
            "guards: webhook/a_line_feed_more",
            "guards: webhook/written_anew",
            "guards: webhook/empty_body",
            "guards: webhook/no_body",
            "guards: webhook/host_in_capitals",
            "guards: webhook/host_with_port",
            "guards: arrival/changed_webhook_in_one_byte_pieces",
            "guards: arrival/changed_webhook_in_one_byte_chunks",
            "guards: arrival/forged_webhook_with_trailers",
            "guards: arrival/forged_webhook_with_no_content_length",
        ),
    ),
    Mutant(
        "a webhook goes on before its body is judged",
        Edit(
            GUARD,
            "(State::Guard(Box::new(Self(awaits))), Effect::Collect(edits))",
            "{ drop(awaits); go_on(edits) }",
        ),
        (
            "guards: webhook/forged",
            "guards: arrival/changed_webhook_in_one_byte_chunks",
            "guards: arrival/reserved_key_with_trailers",
            "guards: reserved/plain",
        ),
    ),
    Mutant(
        "the first of several signatures will do",
        Edit(
            WEBHOOK,
            "let Single::One(text) = headers.single(HEADER) else { return None };",
            "let Some(text) = headers.all(HEADER).next() else { return None };",
        ),
        ("guards: webhook/two_headers", "guards: webhook/two_headers_one_wrong"),
    ),
    Mutant(
        "no signature will do",
        Edit(
            GUARD,
            'None => Err(Refusal::new(Code::WebhookRejected, "not one signature")),',
            "None => Ok(Awaits::Json(Ok(()))),",
        ),
        (
            "guards: webhook/no_header",
            "guards: webhook/empty",
            "guards: webhook/no_digits",
            "guards: webhook/with_a_prefix",
            "guards: webhook/not_utf8",
            "refusals: ingress/webhook_rejected",
        ),
    ),
    Mutant(
        "digits in upper case will do",
        Edit(WEBHOOK, "= (digit(*high)? << 4) | digit(*low)?;", LOWER),
        ("guards: webhook/upper_case",),
    ),
    Mutant(
        "what follows a signature is not read",
        Edit(WEBHOOK, "= text.as_chunks::<2>()", "= text.get(..64).unwrap_or(text).as_chunks::<2>()"),
        ("guards: webhook/66_digits", "guards: webhook/two_in_one_header"),
    ),
    Mutant(
        "a shorter signature will do",
        Edit(
            WEBHOOK,
            "let (pairs, []) = text.as_chunks::<2>() else { return None };\n"
            "        let pairs: &[[u8; 2]; 32] = pairs.try_into().ok()?;",
            "let (pairs, _) = text.as_chunks::<2>();",
        ),
        ("guards: webhook/62_digits", "guards: webhook/63_digits"),
        mode="streams",
    ),
    Mutant(
        "only the first secret opens",
        Edit(WEBHOOK, "secrets.iter().fold(", "secrets.iter().take(1).fold("),
        ("guards: webhook/by_the_second_secret",),
    ),
]

HEAD = [
    Mutant(
        "a webhook comes by any method",
        Edit(POLICY, 'if method == b"POST" =>', 'if method != b"" =>'),
        (
            "guards: webhook/method_get",
            "guards: webhook/method_put",
            "guards: webhook/method_delete",
            "guards: webhook/method_options",
        ),
    ),
    Mutant(
        "a webhook may ask for another method",
        Edit(GUARD, "if route::overrides_method(headers) {", "if false {"),
        ("guards: webhook/method_in_query", "guards: webhook/method_in_a_header"),
    ),
    Mutant(
        "an ambiguous path is another one",
        Edit(POLICY, "(Found::Ambiguous, _) => Entrance::Ambiguous", "(Found::Ambiguous, _) => Entrance::Other"),
        (
            "guards: webhook/trailing_slash",
            "guards: webhook/doubled_slash",
            "guards: webhook/dot_dot_segment",
            "guards: webhook/encoded_letter",
            "guards: webhook/encoded_twice",
            "guards: webhook/parameter",
            "guards: webhook/capitals",
            "guards: core_api/doubled_slash_in_front",
            "guards: core_api/dot_segment",
            "guards: core_api/into_the_prefix",
            "guards: core_api/out_of_the_prefix",
            "guards: core_api/encoded_dots",
            "guards: core_api/encoded_letter",
            "guards: core_api/encoded_slash",
            "guards: core_api/encoded_twice",
            "guards: core_api/capitals",
            "guards: core_api/parameter",
        ),
    ),
    Mutant(
        "the first guard that knows a path decides",
        Edit(POLICY, ".max()", ".next()"),
        ("guards: reserved/plain", "guards: core_api/capitals"),
    ),
    Mutant(
        "a guarded connection may become something else",
        Edit(GUARD, "_ if request::is_upgrade(headers) => {", "_ if false => {"),
        ("guards: webhook/upgrade", "guards: core_api/upgrade"),
        mode="streams",
    ),
    Mutant(
        "a webhook may be encoded",
        Edit(GUARD, 'if headers.has("content-encoding") {', "if false {"),
        ("guards: webhook/compressed", "guards: webhook/encoding_identity"),
    ),
    Mutant(
        "an announced length is not read",
        Edit(GUARD, "_ if announced.is_some_and(|length| length > context.policy.limits.body) => {", "_ if false => {"),
        ("guards: webhook/over_the_limit", "guards: core_api/over_the_limit"),
        mode="streams",
    ),
    Mutant(
        "a guarded body has no limit",
        Edit(GUARD, "if body.len() > context.policy.limits.body {", "if false {"),
        ("guards: webhook/over_the_limit_unannounced", "guards: core_api/over_the_limit_unannounced"),
    ),
    Mutant(
        "the orchestrator is reached under any host",
        Edit(START, "Location::Elsewhere => relying_partys || orchestrators", "Location::Elsewhere => relying_partys"),
        (
            "guards: hosts/an_unlisted_host_to_the_orchestrator",
            "guards: hosts/an_unlisted_host_to_another_path_there",
        ),
    ),
    Mutant(
        "the orchestrator is reached under a relying party's host",
        Edit(START, "orchestrators && !relying_partys", "false"),
        ("guards: hosts/a_relying_partys_host_to_the_orchestrator",),
    ),
    Mutant(
        "a relying party is reached under the orchestrator's host",
        Edit(START, "relying_partys && !orchestrators", "false"),
        ("guards: hosts/the_orchestrators_host_to_a_relying_party",),
    ),
]

BODY = [
    Mutant(
        "the content type is not read",
        Edit(GUARD, 'let media = request::plain(headers, "application/json");', "let media = Ok(());"),
        (
            "guards: core_api/form",
            "guards: core_api/multipart",
            "guards: core_api/text",
            "guards: core_api/another_json",
            "guards: core_api/utf16_charset",
            "guards: core_api/two_in_one",
            "guards: core_api/no_type",
            "guards: core_api/two_types",
            "guards: core_api/the_type_twice",
            "guards: core_api/compressed",
            "guards: core_api/text_of_unknown_length",
        ),
    ),
    Mutant(
        "the content type waits for the body",
        Edit(GUARD, "Some(1..) => media", "Some(usize::MAX) => media"),
        ("guards: core_api/form", "guards: core_api/no_type", "guards: core_api/compressed"),
        mode="streams",
    ),
    Mutant(
        "an empty body must be JSON",
        Edit(GUARD, "Self::Json(_) if body.is_empty() => Ok(()),", ""),
        (
            "guards: core_api/a_question",
            "guards: core_api/a_post_without_a_body",
            "guards: core_api/an_empty_body_without_a_type",
            "guards: core_api/an_empty_body_of_unknown_length",
        ),
    ),
    Mutant(
        "what is no JSON passes",
        Edit(
            GUARD,
            "guard::check(body, context.policy.limits.json_depth))",
            "match guard::check(body, context.policy.limits.json_depth) {\n"
            "                Err(refusal) if refusal.code == Code::UnsupportedMediaType => Ok(()),\n"
            "                judged => judged,\n"
            "            })",
        ),
        (
            "guards: core_api/a_word",
            "guards: core_api/a_form_as_json",
            "guards: core_api/two_values",
            "guards: core_api/a_trailing_nul",
            "guards: core_api/a_comment",
            "guards: core_api/single_quotes",
            "guards: core_api/byte_order_mark",
            "guards: core_api/utf16",
            "guards: core_api/not_utf8",
            "guards: core_api/cut_off",
            "guards: core_api/white_space",
            "guards: core_api/a_question_with_a_text",
        ),
    ),
    Mutant(
        "a name may stand twice",
        Edit(CORE_API, 'Some(_) => Err(malformed("name twice")),', "Some(_) => Ok(()),"),
        (
            "guards: core_api/a_name_twice",
            "guards: core_api/a_name_twice_once_escaped",
            "guards: core_api/custom_data_twice",
        ),
    ),
    Mutant(
        "depth is a matter of the content type",
        Edit(CORE_API, 'JsonError::Depth(_) => malformed("body is nested too deep"),', ""),
        ("guards: core_api/too_deep",),
    ),
    Mutant(
        "half a surrogate pair is a matter of the content type",
        Edit(CORE_API, 'JsonError::UnpairedSurrogate(_) => malformed("unpaired surrogate"),', ""),
        ("guards: core_api/unpaired_surrogate",),
    ),
]

RESERVED = [
    Mutant(
        "no key is reserved",
        Edit(CORE_API, "if is_reserved_in(&read.value, &INSIDE) {", "if false {"),
        (
            "guards: reserved/plain",
            "guards: reserved/null",
            "guards: reserved/escaped",
            "guards: reserved/escaped_to_the_last",
            "guards: reserved/escaped_way",
            "guards: reserved/twice",
            "guards: reserved/second_escaped",
            "guards: reserved/by_put",
            "guards: reserved/by_patch",
            "guards: reserved/by_delete",
            "guards: reserved/by_get",
            "guards: reserved/below_the_webhook",
            "guards: reserved/at_the_prefix_itself",
            "guards: reserved/at_the_prefix_without_its_slash",
            "guards: reserved/by_a_doubled_slash_under_it",
            "guards: reserved/with_a_query",
            "guards: reserved/after_much_white_space",
            "guards: arrival/reserved_key_in_one_byte_pieces",
            "guards: arrival/reserved_key_in_one_byte_chunks",
            "guards: arrival/reserved_key_with_trailers",
            "guards: arrival/reserved_key_with_no_content_length",
            "refusals: ingress/reserved_key",
        ),
    ),
    Mutant(
        "arrays are not looked into",
        Edit(
            CORE_API,
            "(Value::Array(elements), _) => elements.iter().any(|element| is_reserved_in(element, path)),",
            "(Value::Array(_), _) => false,",
        ),
        (
            "guards: reserved/in_arrays",
            "guards: reserved/custom_data_as_an_array",
            "guards: reserved/workflow_input_as_an_array",
            "guards: reserved/in_a_batch",
        ),
    ),
    Mutant(
        "members of members are not looked into",
        Edit(
            CORE_API,
            "json::reads_as(member, RESERVED) || is_reserved_in(value, path)",
            "json::reads_as(member, RESERVED) || (matches!(value, Value::Array(_)) && is_reserved_in(value, path))",
        ),
        ("guards: reserved/nested", "guards: reserved/among_others"),
    ),
    Mutant(
        "the key has one case",
        Edit(CORE_API, "json::reads_as(member, RESERVED)", "member == RESERVED"),
        ("guards: reserved/capitals", "guards: reserved/one_capital", "guards: reserved/kelvin_sign"),
    ),
    Mutant(
        "the way to it has one case",
        Edit(CORE_API, "json::reads_as(member, name) &&", "member == *name &&"),
        ("guards: reserved/way_in_capitals", "guards: reserved/second_in_another_case"),
    ),
    Mutant(
        "the Kelvin sign is no k",
        Edit(NAME, "'\\u{212a}' => 'k',", ""),
        ("guards: reserved/kelvin_sign",),
    ),
    Mutant(
        "one of two members is read",
        Edit(
            CORE_API,
            "json::parse_ambiguous(body, depth).map_err(|error| match error {",
            "json::parse(body, depth).map(|value| json::Ambiguous { value, duplicate: None })\n"
            "        .map_err(|error| match error {\n"
            '        JsonError::Duplicate(_) => malformed("name twice"),',
        ),
        (
            "guards: reserved/first_custom_data_of_two",
            "guards: reserved/second_custom_data_of_two",
            "guards: reserved/first_workflow_input_of_two",
            "guards: reserved/second_workflow_input_of_two",
        ),
    ),
    Mutant(
        "the key is reserved elsewhere too",
        Edit(CORE_API, '[&str; 2] = ["workflow_input", "custom_data"]', '[&str; 1] = ["workflow_input"]'),
        ("guards: reserved/beside_custom_data",),
    ),
]

# What every mutant above must leave as it is, and these do not.
OBSERVED = [
    Mutant(
        "observation refuses",
        Edit(GUARD, "Err(refusal) if !outcome.observed =>", "Err(refusal) =>"),
        ("guards: observe/a_forged_webhook", "guards: observe/a_reserved_key", "guards: observe/what_is_no_json"),
    ),
    Mutant(
        "headers of ours go on with a body",
        Edit(GUARD, "Effect::Collect(edits))", "{ drop(edits); Effect::Collect(Edits::default()) })"),
        (
            "guards: webhook/with_headers_of_ours",
            "guards: core_api/with_headers_of_ours",
            "guards: observe/headers_of_ours",
        ),
    ),
]

MUTANTS = [*SIGNATURE, *HEAD, *BODY, *RESERVED, *OBSERVED]
