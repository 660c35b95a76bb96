//! What only shows when relying parties and rules are held together.

use super::digest;
use super::node::{Members, quoted};
use super::orchestrator::Need;
use super::relying_party::Draft as PartyDraft;
use super::rule::Draft as RuleDraft;
use crate::json::Value;
use crate::orchestrator::Operation;
use crate::policy::{
    Ceremony, Endpoint, Flow, Leg, Occasion, RelyingParty, Rule, SessionSource, Source, UserSource,
};

/// Notes what is wrong, and gives the warnings.
#[inline(never)]
pub(super) fn check(
    parties: &[PartyDraft<'_>],
    rules: &[RuleDraft<'_>],
    headers_can_wait: Option<bool>,
) -> Vec<String> {
    let mut warnings = Vec::new();
    for draft in parties {
        if let Some(party) = &draft.party {
            clusters(draft, party, headers_can_wait, &mut warnings);
            users(draft, party, rules, &mut warnings);
        }
    }
    for (position, draft) in rules.iter().enumerate() {
        let Some(rule) = &draft.rule else { continue };
        if let Some(party) = parties.get(rule.relying_party).and_then(|draft| draft.party.as_ref()) {
            ceremony(draft, rule, party);
            replacement(draft, rule, rules);
            elevation(draft, rule, party, headers_can_wait);
        }
        exemption(rule, &mut warnings);
        shadowed(draft, rule, rules.get(..position).unwrap_or_default());
    }
    warnings
}

/// What the orchestrator must be able to do, and what asks for it.
pub(super) fn needs(members: &Members<'_>, parties: &[PartyDraft<'_>], rules: &[RuleDraft<'_>]) -> Vec<Need> {
    const ALWAYS: [Operation; 3] = [Operation::Status, Operation::Complete, Operation::Cancel];
    let mut needs = Vec::new();
    let mut add = |by: &str, operations: &[Operation]| {
        needs.extend(operations.iter().map(|operation| Need { operation: *operation, by: by.to_owned() }));
    };
    for draft in rules {
        let Some(rule) = &draft.rule else { continue };
        let flow = rule.flow();
        let Some(open) = flow.open() else { continue };
        if rule.transaction.is_some() {
            add(&draft.node.path, &[Operation::ConsumeElevation]);
        }
        add(&draft.node.path, &[open]);
        add(&draft.node.path, &ALWAYS);
        if flow == Flow::Recovery {
            add(&draft.node.path, &[Operation::ExchangeContinuation]);
        }
    }
    for draft in parties {
        let asks =
            draft.party.as_ref().is_some_and(|party| party.user.contains(&UserSource::CredentialOwner));
        if asks {
            add(&format!("{}/user", draft.node.path), &[Operation::CredentialOwner]);
        }
    }
    let handoff = members.optional("handoff").and_then(|node| {
        let delivers = ["deep_link", "push"].iter().any(|name| node.value.get(name).is_some());
        delivers.then_some(node)
    });
    if let Some(node) = handoff {
        add(&node.path, &HANDOFF);
        add(&node.path, &ALWAYS);
    }
    needs
}

/// What the orchestrator must be able to do where people sign in.
pub(super) fn needs_of_sign_in(rules: &[RuleDraft<'_>]) -> Vec<Need> {
    let mut needs = Vec::new();
    for draft in rules {
        let Some(open) = draft.rule.as_ref().and_then(|rule| rule.flow().open()) else { continue };
        let exchange = (open == Operation::OpenRecovery).then_some(Operation::ExchangeContinuation);
        let asked =
            [open, Operation::Status, Operation::Complete, Operation::Cancel].into_iter().chain(exchange);
        needs.extend(asked.map(|operation| Need { operation, by: draft.node.path.clone() }));
    }
    needs
}

/// As [`check`], where people sign in.
pub(super) fn check_sign_in(rules: &[RuleDraft<'_>]) {
    for (position, draft) in rules.iter().enumerate() {
        let Some(rule) = &draft.rule else { continue };
        replacement(draft, rule, rules);
        shadowed(draft, rule, rules.get(..position).unwrap_or_default());
    }
}

/// What a hand-off takes.
pub(super) const HANDOFF: [Operation; 5] = [
    Operation::OpenCrossPlatform,
    Operation::ConsumeHandoff,
    Operation::OpenCrossPlatformAuthentication,
    Operation::HandoffStatus,
    Operation::CancelHandoff,
];

/// A cluster for every call that we make to the relying party.
fn clusters(
    draft: &PartyDraft<'_>,
    party: &RelyingParty,
    headers_can_wait: Option<bool>,
    warnings: &mut Vec<String>,
) {
    let introspects = party.user.iter().any(|source| matches!(source, UserSource::Introspect { .. }));
    if matches!(party.session, SessionSource::Introspect(_)) && !introspects {
        draft.node.reading.refuse(
            format!("{}/session/introspect", draft.node.path),
            "there is no introspection to take the session from",
            "add `{ introspect: { path: …, pointer: … } }` under `user`",
        );
    }
    if party.cluster.is_some() {
        return;
    }
    let why = if introspects {
        "introspection needs it"
    } else if headers_can_wait == Some(false) {
        "without `headers_can_wait` the gateway sends a begin itself"
    } else {
        warnings.push(format!(
            "relying party {}: without `cluster`, a host that is not listed but is routed to it cannot be refused",
            quoted(&party.name)
        ));
        return;
    };
    let help = if introspects {
        "write the name of the relying party's cluster in Envoy"
    } else {
        "write the name of the relying party's cluster in Envoy, or set Envoy's `allow_on_headers_stop_iteration` and \
         then `headers_can_wait: true`"
    };
    draft.node.reading.refuse(format!("{}/cluster", draft.node.path), format!("it is missing: {why}"), help);
}

/// A source that can name a user wherever a rule requires something.
fn users(draft: &PartyDraft<'_>, party: &RelyingParty, rules: &[RuleDraft<'_>], warnings: &mut Vec<String>) {
    let requires = |occasion: Option<Occasion>| {
        rules.iter().filter_map(|draft| draft.rule.as_ref()).any(|rule| {
            rule.relying_party == party.index
                && rule.flow() != Flow::Routine
                && occasion.is_none_or(|occasion| occasion == rule.occasion)
        })
    };
    if party.user.is_empty() && requires(None) {
        draft.node.reading.refuse(
            format!("{}/user", draft.node.path),
            "it is missing: a rule requires a check of a person, and nothing says who that is",
            "write where the user's id comes from, such as `[ { introspect: { path: /me, pointer: /id } } ]`",
        );
    } else if requires(Some(Ceremony::Registration.into()))
        && party.user.iter().all(|s| *s == UserSource::CredentialOwner)
    {
        warnings.push(format!(
            "relying party {}: a credential that is being created has no owner yet, so every guarded registration is refused",
            quoted(&party.name)
        ));
    }
}

/// The relying party must have the rule's ceremony.
fn ceremony(draft: &RuleDraft<'_>, rule: &Rule, party: &RelyingParty) {
    let begin = rule.occasion.begin().unwrap_or(Leg::AuthenticationBegin);
    if party.endpoints.iter().all(|endpoint| endpoint.leg != begin) {
        draft.node.reading.refuse(
            format!("{}/ceremony", draft.node.path),
            format!("{} has no `{}`", quoted(&party.name), begin.as_str()),
            format!(
                "add its endpoints under `/relying_parties/{}/ceremonies`, or take the rule out",
                party.name
            ),
        );
    }
}

/// A begin without a continuation is a plain registration: unless each of those is guarded too, recovery guards nothing.
fn replacement(draft: &RuleDraft<'_>, rule: &Rule, rules: &[RuleDraft<'_>]) {
    // A rule that is only watched guards nothing, and so needs nothing beside it that does.
    let decides = |other: &&Rule| {
        other.relying_party == rule.relying_party
            && other.occasion == Ceremony::Registration.into()
            && (other.is_enforced() || !rule.is_enforced())
    };
    let first = rules
        .iter()
        .filter_map(|draft| draft.rule.as_ref())
        .filter(decides)
        .find(|other| other.when.is_none() || other.flow() == Flow::Routine);
    let guarded = first.is_some_and(|first| first.flow() == Flow::Registration);
    if rule.flow() == Flow::Recovery && !guarded {
        draft.node.refuse(
            "not every registration at this relying party is guarded beside it",
            "add `{ id: …, relying_party: …, ceremony: registration, require: registration }`, enforced, without `when` \
             and before any exemption: a begin without a continuation is a plain registration",
        );
    }
}

/// An elevation leaves with the answer to the finish; where that cannot be held until its body says success, the
/// elevation could not be withheld in time (contract section 6).
fn elevation(draft: &RuleDraft<'_>, rule: &Rule, party: &RelyingParty, headers_can_wait: Option<bool>) {
    let by_body =
        |endpoint: &Endpoint| endpoint.leg == Leg::AuthenticationFinish && endpoint.accepted.body.is_some();
    if rule.resource.is_some() && headers_can_wait == Some(false) && party.endpoints.iter().any(by_body) {
        draft.node.reading.refuse(
            format!("{}/resource", draft.node.path),
            "without `headers_can_wait` the success of a finish must be readable from its status",
            "set Envoy's `allow_on_headers_stop_iteration` and then `headers_can_wait: true`, or give \
             `authentication_finish` an `accepted` with `status` alone",
        );
    }
}

/// An exemption that a client can claim for itself.
fn exemption(rule: &Rule, warnings: &mut Vec<String>) {
    let Some(when) = rule.when.as_ref().filter(|_| rule.flow() == Flow::Routine) else { return };
    let mut claimed = false;
    when.sources(&mut |source| {
        claimed |= matches!(source, Source::Query(_) | Source::Path(_) | Source::Body(_));
    });
    if claimed {
        warnings.push(format!("rule {}: a client can write itself into this exemption", quoted(&rule.id)));
    }
}

/// Says where no request can come to a rule.
fn shadowed(draft: &RuleDraft<'_>, rule: &Rule, before: &[RuleDraft<'_>]) {
    let (resource, when) = (draft.node.value.get("resource"), draft.when.as_deref());
    if let Some(earlier) = before.iter().find(|earlier| covers(earlier, rule, resource, when)) {
        unreachable_rule(draft, earlier);
    }
}

/// Whether `earlier` applies wherever a later rule with this `when` would.
fn covers(earlier: &RuleDraft<'_>, rule: &Rule, resource: Option<&Value>, when: Option<&str>) -> bool {
    let Some(before) = &earlier.rule else { return false };
    // One that is only watched leaves the decision to those after it.
    (before.is_enforced() || !rule.is_enforced())
        && before.relying_party == rule.relying_party
        && before.occasion == rule.occasion
        && earlier.node.value.get("resource").map(digest::canonical) == resource.map(digest::canonical)
        && (before.when.is_none() || earlier.when.as_deref() == when)
}

fn unreachable_rule(draft: &RuleDraft<'_>, earlier: &RuleDraft<'_>) {
    let Some(before) = &earlier.rule else { return };
    let message = match before.when {
        None => format!("this rule never decides: {} before it always applies", quoted(&before.id)),
        Some(_) => {
            format!("this rule never decides: {} before it has the same condition", quoted(&before.id))
        }
    };
    draft
        .node
        .refuse(message, format!("take one of the two out, or move this one before {}", quoted(&before.id)));
}
