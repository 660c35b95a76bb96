"""How a request travels: its end, its type and size, its path, method and host, its cookies and headers."""

from mutant import Also, Edit, Mutant

STREAM = "filter/src/stream.rs"
START = "core/src/exchange/start.rs"
BODY = "core/src/exchange/body.rs"
FINISH = "core/src/exchange/finish.rs"
REQUEST = "core/src/exchange/request.rs"
SCAN = "core/src/exchange/scan.rs"
CANARY = "core/wire/src/canary.rs"
CANONICAL = "core/wire/src/route/canonical.rs"
LOCATE = "core/src/policy/locate.rs"
QUERY = "core/wire/src/route/query.rs"

ESSENCE = "if !parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case(expected)) {"

TRAVEL = [
    Mutant(
        "trailers are not the end of a body",
        Edit(STREAM, "self.arrived(Direction::Request, None, true)", "Action::Continue"),
        ("bypass: body/trailers", "bypass: body/trailers_after_pieces", "bypass: unlisted/with_trailers"),
    ),
    Mutant(
        "trailers are not the end of a body, where headers cannot wait",
        Edit(STREAM, "self.arrived(Direction::Request, None, true)", "Action::Continue"),
        ("bypass: body/trailers", "bypass: unlisted/with_trailers"),
        mode="streams",
    ),
    Mutant(
        "a body goes on while an answer is out",
        Edit(
            STREAM,
            "if self.is_waiting() {\n            return Action::Pause;\n        }\n        if self.replied",
            "if self.replied",
        ),
        ("bypass: recovery/a_body_that_comes_while_the_exchange_is_out",),
    ),
    Mutant(
        "the first piece of a body is the whole body",
        Edit(
            STREAM,
            "if !end && size.is_some_and(|size| size <= limit) {",
            "if size.is_none() && !end && limit == 0 {",
        ),
        ("bypass: body/in_two_halves", "bypass: unlisted/in_two_halves"),
        also=(
            Also(
                "the core waits for the end itself",
                Edit(STREAM, "Event::RequestBody(&body, end)", "Event::RequestBody(&body, true)"),
            ),
        ),
    ),
    Mutant(
        "a body has no limit",
        Edit(FINISH, 'return refuse(Code::BodyTooLarge, "finish");', "{}"),
        ("bypass: body/over_the_limit_without_a_length",),
    ),
    Mutant(
        "an announced length has no limit",
        Edit(FINISH, 'Some(length) if length > limit => Err(Refusal::new(Code::BodyTooLarge, "announced")),', ""),
        ("bypass: body/over_the_limit", "refusals: finish/body_too_large"),
        also=(Also("the body is measured too", Edit(FINISH, 'return refuse(Code::BodyTooLarge, "finish");', "{}")),),
    ),
]

TYPES = [
    Mutant(
        "any content type is JSON",
        Edit(REQUEST, ESSENCE, "if parts.next().is_none() && expected.is_empty() {"),
        (
            "bypass: body/form_body",
            "bypass: body/text_body",
            "bypass: body/another_json",
            "bypass: body/two_types_in_one",
            "refusals: finish/unsupported_media_type",
        ),
    ),
    Mutant(
        "any charset is UTF-8",
        Edit(REQUEST, "if !utf8 || charset {", "if charset {"),
        ("bypass: body/utf16_charset",),
    ),
    Mutant(
        "of two content types the first counts",
        Edit(
            REQUEST,
            'let Single::One(value) = headers.single("content-type") else {',
            'let Some(value) = headers.all("content-type").next() else {',
        ),
        (
            "bypass: body/repeated_type",
            "bypass: body/repeated_same_type",
            "bypass: body/two_types_in_one",
            "refusals: endpoints/unsupported_media_type_at_our_own",
        ),
        also=(
            Also(
                "Envoy makes one header of them, and that is no media type",
                Edit(
                    REQUEST,
                    ESSENCE,
                    "if !parts.next().and_then(|essence| essence.split(',').next()).is_some_and(|first| "
                    "first.eq_ignore_ascii_case(expected)) {",
                ),
            ),
        ),
    ),
    Mutant(
        "a content encoding is passed over",
        Edit(REQUEST, 'if headers.has("content-encoding") {', "if false {"),
        (
            "bypass: body/compressed",
            "bypass: body/encoding_identity",
            "refusals: endpoints/unsupported_media_type_at_our_own",
        ),
    ),
]

CANARIES = [
    Mutant(
        "the canary looks at nothing",
        Edit(SCAN, "match canary::sign(body.get(..limit).unwrap_or(body)) {", "match canary::sign(&[]) {"),
        (
            "bypass: unlisted/as_json",
            "bypass: unlisted/by_put",
            "bypass: unlisted/before_much_else",
            "bypass: unlisted/after_much_else",
            "bypass: unlisted/without_a_length",
            "refusals: finish/unlisted_ceremony",
        ),
    ),
    Mutant(
        "the canary does not know the name",
        Edit(CANARY, "if name::occurs(&text) {", "if false && name::occurs(&text) {"),
        (
            "bypass: unlisted/member_escaped",
            "bypass: unlisted/in_a_string",
            "bypass: unlisted/as_form_encoded_name",
            "bypass: unlisted/as_multipart",
        ),
    ),
    Mutant(
        "the canary does not know the value",
        Edit(CANARY, "if base64::occurs(text) { Some(Sign::Credential) } else { method }", "method"),
        ("bypass: unlisted/value_under_another_name", "bypass: unlisted/as_text"),
    ),
    Mutant(
        "the canary does not undo escapes",
        Edit(CANARY, "let text = plain::plain(body);", "let text = body.to_vec();"),
        ("bypass: unlisted/member_escaped", "bypass: unlisted/as_form_encoded_name"),
    ),
]

PATHS = [
    Mutant(
        "an ambiguous path is some other path",
        Edit(LOCATE, "Found::Ambiguous => return Place::Ambiguous,", "Found::Ambiguous => return Place::Other,"),
        (
            "bypass: paths/trailing_slash",
            "bypass: paths/dot_dot_segment",
            "bypass: paths/encoded_letter",
            "bypass: paths/capitals",
            "bypass: paths/parameter",
            "bypass: paths/absolute_form",
            "refusals: endpoints/malformed_request_another_spelling",
        ),
    ),
    Mutant(
        "case is told apart",
        Edit(CANONICAL, "lowered.push(byte.to_ascii_lowercase());", "lowered.push(*byte);"),
        ("bypass: paths/capitals", "bypass: paths/one_capital", "bypass: paths/absolute_form_in_capitals"),
    ),
    Mutant(
        "parameters stay",
        Edit(CANONICAL, "b';' => inside = true,", "b';' => inside = false,"),
        ("bypass: paths/parameter", "bypass: paths/empty_parameter", "bypass: paths/encoded_parameter"),
    ),
    Mutant(
        "dot segments stay",
        Edit(CANONICAL, 'b"." if dots => {}', 'b"." if false => {}'),
        ("bypass: paths/dot_segment", "bypass: paths/trailing_dot_segment", "bypass: paths/encoded_dot_segment"),
    ),
    Mutant(
        "double dot segments stay",
        Edit(CANONICAL, 'b".." if dots => {', 'b".." if false => {'),
        ("bypass: paths/dot_dot_segment", "bypass: paths/encoded_dot_dot", "bypass: paths/trailing_dot_dot"),
    ),
    Mutant(
        "empty segments stay",
        Edit(CANONICAL, '            b"" => {}\n', '            b"" if segments.is_empty() => {}\n'),
        ("bypass: paths/trailing_slash", "bypass: paths/trailing_slashes", "bypass: paths/encoded_trailing_slash"),
    ),
    Mutant(
        "a path is decoded once",
        Edit(CANONICAL, "Decoding::Full => decode(&path),", "Decoding::Full => decode_once(&path),"),
        ("bypass: paths/encoded_twice", "bypass: paths/encoded_thrice"),
    ),
    Mutant(
        "any method may be used on a ceremony's path",
        Edit(LOCATE, "(true, true) => Place::WrongMethod,", "(true, true) => Place::Other,"),
        ("bypass: paths/method_get", "bypass: paths/method_put", "refusals: begin/malformed_request_wrong_method"),
    ),
    Mutant(
        "method override headers are passed over",
        Edit(
            QUERY,
            "METHOD_OVERRIDE_HEADERS.iter().any(|name| headers.has(name))\n",
            'METHOD_OVERRIDE_HEADERS.contains(&"")\n',
        ),
        ("bypass: paths/x-http-method-override", "bypass: paths/x-http-method", "bypass: paths/x-method-override"),
    ),
    Mutant(
        "a method in the query is passed over",
        Edit(
            QUERY,
            '|| headers.all(":path").any(query_names_method)',
            '|| headers.all(":path").any(|path| path.is_empty() && query_names_method(path))',
        ),
        ("bypass: paths/method_in_query", "bypass: paths/method_in_query_encoded"),
    ),
    Mutant(
        "a preflight of a ceremony's path may ask for another method",
        Edit(START, "Place::Preflight | Place::BesideResource", "Place::BesideResource"),
        ("bypass: paths/options_with_x-http-method-override", "bypass: paths/options_with_method_in_query"),
    ),
    Mutant(
        "a finish's JSON may ask for another method",
        Edit(BODY, "one_method(json::parse(body, depth)", "Ok(json::parse(body, depth)"),
        ("bypass: paths/method_in_json",),
    ),
    Mutant(
        "a begin's JSON may ask for another method",
        Edit(BODY, "} else if request::may_name_method(&request.headers) &&", "} else if false &&"),
        ("flows: named/a_begin_that_asks_for_another_method",),
    ),
    Mutant(
        "a host that is not listed leads to the relying party",
        Edit(START, "Location::Elsewhere => relying_partys || orchestrators", "Location::Elsewhere => orchestrators"),
        ("bypass: paths/host_unlisted", "bypass: paths/host_of_a_subdomain", "bypass: paths/host_is_an_address"),
    ),
]

HYGIENE = [
    Mutant(
        "our headers go on",
        Edit(REQUEST, 'name.starts_with(b"countersign")) {', 'name.starts_with(b"countersign/")) {'),
        ("flows: passing/our_own_headers_are_taken_out", "flows: carriers/a_client_without_a_jar_uses_the_header"),
    ),
    Mutant(
        "our cookies go on",
        Edit(
            REQUEST,
            "if let Some(rest) = cookies::without_ours(headers) {",
            "if let Some(rest) = cookies::without_ours(headers).filter(|_| false) {",
        ),
        ("flows: passing/our_own_headers_are_taken_out",),
    ),
    Mutant(
        "of two session cookies the first counts",
        Edit(
            "core/wire/src/cookies.rs",
            "(Some(_), Some(_)) => Single::Repeated,",
            "(Some((_, value)), Some(_)) => Single::One(value),",
        ),
        (
            "bypass: sessions/two_session_cookies",
            "bypass: sessions/the_same_session_cookie_twice",
            "bypass: sessions/two_cookie_headers_with_a_session_each",
            "refusals: begin/malformed_request_session_cookie_twice",
            "refusals: endpoints/malformed_request_two_sessions",
        ),
    ),
]

MUTANTS = [*TRAVEL, *TYPES, *CANARIES, *PATHS, *HYGIENE]
