//! One operation, from the form that profiles and `orchestrator.operations` have.

use crate::config::node::{Members, Node, quoted};
use crate::config::suggest::closest;
use crate::config::{header_name, quantity};
use crate::json::{Pointer, Value};
use crate::orchestrator::{
    Body, Client, Ended, Member, Procedure, Reading, Request, Same, Template, Text, Values,
};

/// What an operation can be asked with.
const PLACEHOLDERS: [&str; 19] = [
    "flow",
    "external_user_id",
    "rp_id",
    "challenge",
    "transaction_hash",
    "transaction_display",
    "prior_biometric",
    "prior_biometric_token",
    "custom_data",
    "session",
    "carry",
    "handoff",
    "handoff_token",
    "continuation",
    "credential_id",
    "public_key",
    "user_handle",
    "elevation",
    "idempotency_key",
];

const REQUEST: [&str; 7] = ["method", "path", "headers", "json", "form", "accepted", "take"];

/// An operation; `none` is one that the upstream does without.
#[inline(never)]
pub(super) fn read(node: &Node<'_>, variables: &Values) -> Option<Procedure> {
    if let Value::String(_) = node.value {
        return node.word(&[("none", ())]).map(|()| Procedure::default());
    }
    let mut known = vec!["like", "first", "once", "answer", "refusals"];
    known.extend(REQUEST.iter().filter(|name| **name != "take"));
    let members = node.members(&known)?;
    let mut names: Vec<String> = PLACEHOLDERS.iter().map(|name| (*name).to_owned()).collect();
    let mut requests = Vec::new();
    if let Some(first) = members.optional("first") {
        for node in first.items("a list of requests that come before")? {
            let request = request(&node.members(&REQUEST)?, variables, &names)?;
            names.extend(request.take.iter().map(|(name, _)| name.clone()));
            requests.push(request);
        }
    }
    let last = request(&members, variables, &names);
    let mut answer = Reading::default();
    let read = match members.optional("answer") {
        None => Some(()),
        Some(node) => reading(&node, variables, &names, &mut answer),
    };
    let refused = match members.optional("refusals") {
        None => Some(()),
        Some(node) => refusals(&node, &mut answer),
    };
    let once = match members.optional("once") {
        None => Some(false),
        Some(node) => node.flag(),
    };
    requests.push(last?);
    read.and(refused)?;
    Some(Procedure { requests, answer, once: once? })
}

pub(super) fn request(members: &Members<'_>, variables: &Values, names: &[String]) -> Option<Request> {
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"].map(|name| (name, name));
    let method = members.required("method", "`POST`").and_then(|node| node.word(&methods));
    let path = members.required("path", "a path, such as `/v1/sessions/{session}`").and_then(|node| {
        let text = text(&node, variables, names)?;
        let absolute = node.text("a path")?.starts_with(['/', '{']);
        if !absolute {
            node.refuse("this is no path", "begin it with `/`");
        }
        absolute.then_some(text)
    });
    let headers = match members.optional("headers") {
        None => Some(Vec::new()),
        Some(node) => headers(&node, variables, names),
    };
    let body = match (members.optional("json"), members.optional("form")) {
        (None, None) => Some(Body::Empty),
        (Some(node), None) => template(&node, variables, names).map(Body::Json),
        (None, Some(node)) => template(&node, variables, names).map(Body::Form),
        (Some(_), Some(node)) => {
            node.refuse("a request has one body", "write `json` or `form`");
            None
        }
    };
    let accepted = match members.optional("accepted") {
        None => Some(vec![200]),
        Some(node) => statuses(&node),
    };
    let mut take = Vec::new();
    if let Some(node) = members.optional("take") {
        for (name, node) in node.entries("an object of pointers, such as `{ applicant_id: /id }`")? {
            take.push((name.to_owned(), node.pointer("/id")?));
        }
    }
    Some(Request {
        method: method?.to_owned(),
        path: path?,
        headers: headers?,
        body: body?,
        accepted: accepted?,
        take,
    })
}

fn headers(node: &Node<'_>, variables: &Values, names: &[String]) -> Option<Vec<(String, Text)>> {
    let entries =
        node.entries("an object of header values, such as `{ idempotency-key: \"{idempotency_key}\" }`")?;
    let read = entries.iter().map(|(name, node)| {
        let named = Node { value: &Value::String((*name).to_owned()), ..node.clone() };
        Some((header_name(&named)?, text(node, variables, names)?))
    });
    read.collect()
}

fn statuses(node: &Node<'_>) -> Option<Vec<u16>> {
    let items = node.some_items("a list of statuses, such as `[200]`")?;
    items.iter().map(|item| u16::try_from(quantity::count(item, 200, 299)?).ok()).collect()
}

fn text(node: &Node<'_>, variables: &Values, names: &[String]) -> Option<Text> {
    let text = Text::parse(node.text("a text with placeholders, such as `{session}`")?).bound(variables);
    placeholders(node, text.placeholders(), names).then_some(text)
}

fn template(node: &Node<'_>, variables: &Values, names: &[String]) -> Option<Template> {
    let template = Template::parse(node.value, variables);
    let mut found = Vec::new();
    template.placeholders(&mut |name| found.push(name));
    placeholders(node, found.into_iter(), names).then_some(template)
}

/// Whether there is a value for each of them.
fn placeholders<'p>(node: &Node<'_>, found: impl Iterator<Item = &'p str>, names: &[String]) -> bool {
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut all = true;
    for name in found.filter(|name| !known.contains(name)) {
        node.refuse(format!("there is no value {}", quoted(&format!("{{{name}}}"))), closest(name, &known));
        all = false;
    }
    all
}

fn reading(node: &Node<'_>, variables: &Values, names: &[String], answer: &mut Reading) -> Option<()> {
    let mut known: Vec<&str> = Member::ALL.map(Member::name).to_vec();
    known.extend(["client", "same", "among", "words", "needs", "proof"]);
    let members = node.members(&known)?;
    for member in Member::ALL {
        if let Some(node) = members.optional(member.name()) {
            answer.members.push((member, node.pointer("/id")?));
        }
    }
    answer.client = match members.optional("client") {
        None => Client::Nothing,
        Some(node) if matches!(node.value, Value::Object(_)) => Client::Parts(pointers(&node)?),
        Some(node) => Client::Whole(node.pointer("/client")?),
    };
    for (name, list) in [("same", &mut answer.same), ("proof", &mut answer.proof)] {
        let Some(node) = members.optional(name) else { continue };
        for (at, node) in node.entries("an object from pointer to value, such as `{ /id: \"{session}\" }`")? {
            let value = template(&node, variables, names)?;
            list.push(Same { at: pointer(at, &node)?, value, among: false });
        }
    }
    if let Some(node) = members.optional("among") {
        for (at, node) in
            node.entries("an object from pointer to list, such as `{ /tags: [\"flow:{flow}\"] }`")?
        {
            for item in node.some_items("a list of values")? {
                let value = template(&item, variables, names)?;
                answer.same.push(Same { at: pointer(at, &node)?, value, among: true });
            }
        }
    }
    if let Some(node) = members.optional("words") {
        for (theirs, node) in
            node.entries("an object from their word to ours, such as `{ approved: matched }`")?
        {
            const OURS: [&str; 9] = [
                "pending",
                "matched",
                "not_matched",
                "failed",
                "expired",
                "completed",
                "cancelled",
                "waiting",
                "consumed",
            ];
            answer.words.push((theirs.to_owned(), node.word(&OURS.map(|word| (word, word)))?.to_owned()));
        }
    }
    if let Some(node) = members.optional("needs") {
        answer.needs = pointers(&node)?;
    }
    Some(())
}

fn pointers(node: &Node<'_>) -> Option<Vec<(String, Pointer)>> {
    let entries = node.entries("an object of pointers, such as `{ sdkToken: /sdk_token }`")?;
    entries.iter().map(|(name, node)| Some(((*name).to_owned(), node.pointer("/id")?))).collect()
}

/// A member's name that is a pointer.
fn pointer(text: &str, node: &Node<'_>) -> Option<Pointer> {
    let pointer = Pointer::parse(text).ok();
    if pointer.is_none() {
        node.refuse(format!("{} is no JSON pointer", quoted(text)), "name the member by one, such as `/id`");
    }
    pointer
}

fn refusals(node: &Node<'_>, answer: &mut Reading) -> Option<()> {
    let members = node.members(&["at", "codes", "statuses"])?;
    let meanings = Ended::ALL.map(|ended| (ended.name(), ended));
    if let Some(node) = members.optional("at") {
        answer.code = Some(node.pointer("/error/code")?);
    }
    if let Some(node) = members.optional("codes") {
        for (code, node) in node.entries("an object from their code to our word")? {
            answer.codes.push((code.to_owned(), node.word(&meanings)?));
        }
    }
    if let Some(node) = members.optional("statuses") {
        for (status, node) in
            node.entries("an object from status to our word, such as `{ \"409\": replayed }`")?
        {
            let Some(number) = status.parse::<u16>().ok().filter(|status| (400..600).contains(status)) else {
                node.refuse(
                    format!("{} is no status of a refusal", quoted(status)),
                    "write one from 400 to 599",
                );
                return None;
            };
            answer.statuses.push((number, node.word(&meanings)?));
        }
    }
    Some(())
}
