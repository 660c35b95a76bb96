//! What a form can hold: fields beside each other, each a text.

use super::node::Members;
use crate::policy::{Content, Leg, Locator};

/// Says where a finish's credential cannot be in a form.
pub(super) fn holds(
    members: &Members<'_>,
    leg: Option<Leg>,
    content: Option<Content>,
    locator: &Locator,
) -> bool {
    if content != Some(Content::Form) || leg.is_none_or(Leg::is_begin) {
        return true;
    }
    let refuse = |below: &str, message: &str, help: &str| {
        members.node.reading.refuse(format!("{}/credential{below}", members.node.path), message, help);
        false
    };
    match locator {
        Locator::Pointer(_) => refuse(
            "",
            "a form has no objects, only texts",
            "name the field whose text is the credential's JSON: `{ text: /credential, then: \"\" }`",
        ),
        Locator::Text { text, .. } if text.tokens().count() != 1 => refuse(
            "/text",
            "a form's fields lie beside each other",
            "write `/` and the field's name, a `/` within it as `~1`",
        ),
        Locator::Text { .. } => true,
    }
}
