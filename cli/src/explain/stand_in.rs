//! What the relying party would say: it is not asked, so something as simple as possible stands for its answer.

use countersign::headers::Headers;
use countersign::json::{Object, Pointer, Value};
use countersign::orchestrator::Exchanged;
use countersign::policy::{Ceremony, Endpoint, Leg, Locator, RelyingParty, SessionSource, UserSource};

/// Its answer to a begin, or at its recovery route.
pub(super) fn begun(endpoint: &Endpoint, party: &RelyingParty, user: Option<&str>) -> Exchanged {
    let mut answer = Value::Object(Object::default());
    if endpoint.leg != Leg::Recovery {
        let options = options(endpoint.leg.ceremony(), party, user);
        match &endpoint.locator {
            Locator::Pointer(pointer) => put(&mut answer, pointer, options),
            Locator::Text { text, then } => {
                let mut inner = Value::Object(Object::default());
                put(&mut inner, then, options);
                put(&mut answer, text, String::from_utf8_lossy(&inner.to_vec()).as_ref().into());
            }
        }
    }
    if let (Some(pointer), Some(user)) = (&endpoint.user, user) {
        put(&mut answer, pointer, user.into());
    }
    exchanged(200, &answer)
}

/// Options without anything that nobody needs.
fn options(ceremony: Ceremony, party: &RelyingParty, user: Option<&str>) -> Value {
    let mut options = Value::Object(Object::default());
    let members: &[(&str, &str)] = match ceremony {
        Ceremony::Registration => &[("/challenge", "AAAA"), ("/rp/id", &party.rp_id), ("/user/id", "AAAA")],
        Ceremony::Authentication => &[("/challenge", "AAAA"), ("/rpId", &party.rp_id)],
    };
    for (pointer, text) in members {
        if let Ok(pointer) = Pointer::parse(pointer) {
            put(&mut options, &pointer, (*text).into());
        }
    }
    for source in &party.user {
        if let (UserSource::Options(pointer), Some(user)) = (source, user) {
            put(&mut options, pointer, user.into());
        }
    }
    options
}

/// Its answer to the question who is signed in: whom `--user` names, or nobody.
pub(super) fn introspected(party: &RelyingParty, user: Option<&str>) -> Exchanged {
    let Some(user) = user else { return exchanged(401, &Value::Object(Object::default())) };
    let mut answer = Value::Object(Object::default());
    for source in &party.user {
        if let UserSource::Introspect { pointer, .. } = source {
            put(&mut answer, pointer, user.into());
        }
    }
    if let SessionSource::Introspect(pointer) = &party.session {
        put(&mut answer, pointer, "session".into());
    }
    exchanged(200, &answer)
}

fn exchanged(status: u16, body: &Value) -> Exchanged {
    let mut headers = Headers::default();
    headers.push(b":status", status.to_string().as_bytes());
    headers.push(b"content-type", b"application/json");
    Exchanged { headers, body: body.to_vec() }
}

/// Puts a value where a pointer says, with objects around it.
fn put(document: &mut Value, pointer: &Pointer, value: Value) {
    let names: Vec<&str> = pointer.tokens().collect();
    let Some((last, parents)) = names.split_last() else {
        *document = value;
        return;
    };
    let mut at = document;
    for name in parents {
        let Some(object) = at.as_object_mut() else { return };
        if object.get(name).is_none() {
            object.insert(name, Value::Object(Object::default()));
        }
        match object.get_mut(name) {
            Some(inner) => at = inner,
            None => return,
        }
    }
    if let Some(object) = at.as_object_mut() {
        object.insert(last, value);
    }
}
