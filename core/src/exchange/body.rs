//! Bodies of ceremonies as this endpoint has them: JSON or a form.

use super::Context;
use super::request::{self, Request};
use crate::canary;
use crate::form;
use crate::json::{self, Value};
use crate::policy::{Body, Content, Endpoint};
use crate::refusal::{Code, Refusal};
use crate::route;

/// Whether a decision looks into a begin's body: a rule's condition, an endpoint whose request names the user, or
/// because it could say `_method`.
pub(super) fn is_read(request: &Request, context: Context<'_>) -> Result<bool, Refusal> {
    let says_method = says_form(request) || request::may_name_method(&request.headers);
    Ok(rules_read(request, context)? || is_welcome(request, context)? || says_method)
}

/// Whether it would be looked into, and is not needed: to learn who it is, where other sources may say so too, or by a
/// rule that is only watched.
fn is_welcome(request: &Request, context: Context<'_>) -> Result<bool, Refusal> {
    let endpoint = request.endpoint(context)?;
    Ok(endpoint.user.is_some() || context.policy.watches_body(request.relying_party, endpoint.leg))
}

/// A begin's body. `None`: nobody looks at it.
pub(super) fn of_begin(
    request: &Request,
    body: &[u8],
    context: Context<'_>,
) -> Result<Option<Body>, Refusal> {
    let malformed = |why| Refusal::new(Code::MalformedRequest, why);
    let content = request.endpoint(context)?.content;
    let mut fields = None;
    if says_form(request) {
        fields = Some(one_method(form::parse(body).map_err(|_| malformed("form is not well-formed"))?)?);
    } else if request::may_name_method(&request.headers) && canary::names_method(body) {
        return Err(malformed("method override"));
    }
    if !rules_read(request, context)? {
        let wanted = is_welcome(request, context)?;
        let value = match (content, fields) {
            (Content::Form, fields) => fields,
            (Content::Json, _) => json::parse(body, context.policy.limits.json_depth).ok(),
        };
        return Ok(value.filter(|_| wanted).map(|value| Body { content, value }));
    }
    request::plain(&request.headers, content.media_type())
        .map_err(|_| malformed("a rule reads another content type"))?;
    let value = match (content, fields) {
        (Content::Form, Some(fields)) => fields,
        _ => json::parse(body, context.policy.limits.json_depth)
            .map_err(|_| malformed("body is not strict JSON"))?,
    };
    Ok(Some(Body { content, value }))
}

/// A finish's body. What two readers might take for the credential is refused.
pub(super) fn of_finish(endpoint: &Endpoint, body: &[u8], depth: usize) -> Result<Value, Refusal> {
    let malformed = |why| Refusal::new(Code::MalformedCredential, why);
    match endpoint.content {
        Content::Json => {
            one_method(json::parse(body, depth).map_err(|_| malformed("body is not strict JSON"))?)
        }
        Content::Form => {
            let fields = form::parse(body).map_err(|_| malformed("body is not a strict form"))?;
            let fields = one_method(fields)?;
            let rivals = endpoint.locator.outer().tokens().any(|name| form::has_rival(&fields, name));
            if rivals { Err(malformed("two fields of nearly one name")) } else { Ok(fields) }
        }
    }
}

fn rules_read(request: &Request, context: Context<'_>) -> Result<bool, Refusal> {
    Ok(context.policy.reads_body(request.relying_party, request.endpoint(context)?.leg))
}

/// Whether some reader takes the body for a form.
fn says_form(request: &Request) -> bool {
    let form = Content::Form.media_type();
    request.headers.all("content-type").any(|value| request::media_type(value).as_deref() == Some(form))
}

/// Refuses a form, or an object, that asks for another method than its request's.
fn one_method(fields: Value) -> Result<Value, Refusal> {
    let object = fields.as_object();
    if object.is_some_and(|fields| fields.iter().any(|(name, _)| route::names_method(name))) {
        return Err(Refusal::new(Code::MalformedRequest, "method override"));
    }
    Ok(fields)
}
