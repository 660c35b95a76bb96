"""Endpoints of forms: which field is the credential, what a rule reads in a field."""

from mutant import Also, Edit, Mutant

from .json import CREDENTIAL, FEW, PARSE, VARIANT

BODY = "core/src/exchange/body.rs"
FINISH = "core/src/exchange/finish.rs"
OBSERVE = "core/src/exchange/observe.rs"
FORM = "core/wire/src/form.rs"
RIVAL = "core/wire/src/form/rival.rs"
FACTS = "core/src/policy/facts.rs"
CONDITION = "core/src/policy/condition.rs"
NAMES = "core/src/webauthn/names.rs"

FIELDS = [
    Mutant(
        "a field may stand twice",
        Edit(FORM, "if fields.get(&name).is_some() {", "if false {"),
        (
            "forms: bypass/the_field_twice",
            "forms: bypass/another_one_before",
            "forms: bypass/the_field_twice_once_escaped",
            "forms: bypass/another_field_twice",
            "forms: flows/a_begin_with_a_field_twice",
        ),
    ),
    Mutant(
        "a second field of nearly the name will do",
        Edit(BODY, "if rivals {", "if false && rivals {"),
        (
            "forms: bypass/with_a_dot",
            "forms: bypass/with_a_space",
            "forms: bypass/as_a_list",
            "forms: bypass/as_a_map",
            "forms: bypass/with_a_nul",
            "forms: bypass/in_another_case_too",
        ),
        also=(
            Also(
                "another case is no way to the credential",
                Edit(NAMES, "if has_variant(object, &[token]) {", "if false {"),
            ),
        ),
    ),
    Mutant(
        "a list is another field",
        Edit(
            RIVAL,
            "json::reads_as(one, other) || entry(one, other) || entry(other, one)",
            "json::reads_as(one, other) || (false && (entry(one, other) || entry(other, one)))",
        ),
        ("forms: bypass/as_a_list", "forms: bypass/as_a_map"),
    ),
    Mutant(
        "a dot is a dot",
        Edit(RIVAL, "if matches!(c, '.' | ' ') ||", "if"),
        ("forms: bypass/with_a_dot", "forms: bypass/with_a_space"),
    ),
    Mutant(
        "a NUL is part of a name",
        Edit(RIVAL, ".split('\\0').next().unwrap_or_default()", ""),
        ("forms: bypass/with_a_nul",),
    ),
    Mutant(
        "a finish's form may ask for another method",
        Edit(BODY, "let fields = one_method(fields)?;", ""),
        ("forms: bypass/another_method",),
    ),
    Mutant(
        "a begin's form may ask for another method",
        Edit(BODY, "Some(one_method(form::parse(body)", "Some(Ok::<_, Refusal>(form::parse(body)"),
        ("forms: flows/a_begin_with_another_method",),
    ),
    Mutant(
        "a broken escape stands for something",
        Edit(FORM, ".ok_or(FormError::PercentEncoding)?;", ".unwrap_or((4, 1));"),
        ("forms: bypass/broken_escape", "forms: flows/a_begin_that_is_no_strict_form"),
    ),
    Mutant(
        "what is not UTF-8 is replaced",
        Edit(
            FORM,
            "String::from_utf8(bytes).map_err(|_| FormError::NotUtf8)",
            "Ok(String::from_utf8_lossy(&bytes).into_owned())",
        ),
        ("forms: bypass/not_utf8", "forms: bypass/overlong_utf8"),
    ),
    Mutant(
        "what must be escaped need not be",
        Edit(FORM, "byte if byte.is_ascii_graphic() => *byte,", "byte => *byte,"),
        ("forms: bypass/raw_utf8", "forms: bypass/a_line_end"),
    ),
    Mutant(
        "a form has any number of fields",
        Edit(FORM, "if fields.len() == MOST_FIELDS {", "if false {"),
        ("forms: bypass/too_many_fields",),
    ),
    Mutant(
        "a field needs no name",
        Edit(FORM, "if name.is_empty() {", "if false {"),
        ("forms: bypass/a_field_without_a_name",),
    ),
]

# The JSON inside a field is as strict as a body's.
TEXTS = [
    Mutant(
        "in a field, of two members the last counts",
        Edit(
            PARSE,
            FEW + "\n                self.duplicate(at)?;",
            FEW + "\n                members.retain(|(seen, _)| *seen != name);",
        ),
        ("forms: bypass/a_member_twice", "forms: bypass/a_member_twice_once_escaped"),
    ),
    Mutant(
        "in a field, another case is passed over",
        Edit(CREDENTIAL, VARIANT, "if has_variant(response, &names::CREDENTIAL) {"),
        ("forms: bypass/a_member_in_another_case",),
    ),
    Mutant(
        "in a field, a byte order mark is skipped",
        Edit(
            PARSE,
            "if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {",
            "let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);\n    if false {",
        ),
        ("forms: bypass/byte_order_mark",),
    ),
    Mutant(
        "in a field, what follows the value is passed over",
        Edit(PARSE, "_ if reader.at < text.len() =>", "_ if false =>"),
        ("forms: bypass/two_values",),
    ),
    Mutant(
        "a form has no limit",
        Edit(FINISH, 'Some(length) if length > limit => Err(Refusal::new(Code::BodyTooLarge, "announced")),', ""),
        ("forms: bypass/over_the_limit",),
        also=(
            Also("the body is measured too", Edit(FINISH, 'return refuse(Code::BodyTooLarge, "finish");', "{}")),
        ),
    ),
]

TYPES = [
    Mutant(
        "a finish's content type is not read",
        Edit(
            FINISH,
            "request::plain(&request.headers, request.endpoint(context)?.content.media_type())?;",
            'let _ = request::plain(&request.headers, "");',
        ),
        (
            "forms: bypass/a_form_called_json",
            "forms: bypass/no_type",
            "forms: bypass/two_types",
            "forms: bypass/the_type_twice",
            "forms: bypass/another_charset",
            "forms: bypass/compressed",
            "forms: bypass/a_json_body",
            "forms: bypass/multipart",
        ),
    ),
    Mutant(
        "a begin's content type is not read",
        Edit(
            BODY,
            '.map_err(|_| malformed("a rule reads another content type"))?;',
            ".unwrap_or_default();",
        ),
        ("forms: flows/a_begin_of_another_charset",),
    ),
    Mutant(
        "observation takes every finish for JSON",
        Edit(OBSERVE, "endpoint.content.media_type()", '"application/json"'),
        ("forms: observe/a_finish_is_read_as_a_form",),
    ),
]

FACTS_OF_FIELDS = [
    Mutant(
        "a field is a JSON text",
        Edit(FACTS, "(Some(Value::String(text)), Content::Form) => borrowed(text),", ""),
        ("forms: flows/a_routine_sign_in", "forms: observe/a_begin_is_decided_by_its_fields"),
    ),
    Mutant(
        "a number with an exponent is one to every reader",
        Edit(CONDITION, "_ if !trusted && text.contains(['e', 'E']) => Truth::Unknown,", ""),
        ("forms: flows/what_is_a_number_to_some_makes_the_rule_apply",),
    ),
]

MUTANTS = [*FIELDS, *TEXTS, *TYPES, *FACTS_OF_FIELDS]
