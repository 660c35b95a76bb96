//! How options leave: raised, with `stepUp` and with evidence.

use super::{Asked, Offer};
use crate::evidence::{self, Carried, Ceremony, Requirement, digest16};
use crate::exchange::begin::Cause;
use crate::exchange::step_up::Told;
use crate::exchange::{Context, Effect, Outcome, Pass, Reply, State, Step, identify, step_up};
use crate::headers::{Edits, Headers};
use crate::json::Value;
use crate::orchestrator::Exchanged;
use crate::policy::Ceremony as Leg;
use crate::refusal::{Code, Refusal};
use crate::webauthn;

/// How long a person may take for the capture, beyond the options' own timeout; the ceremony's limit still
/// holds.
const CAPTURE_SECONDS: u64 = 300;

/// What a browser takes when the options name no timeout (WebAuthn Level 3 section 5.1.3: 5 minutes).
const DEFAULT_TIMEOUT_SECONDS: u64 = 300;

impl Offer {
    /// The options leave.
    pub(super) fn leave(
        mut self: Box<Self>,
        (requirement, client): (Requirement, Option<Value>),
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        match self.rewrite(requirement, client, context) {
            Ok((edits, body)) => {
                outcome.note("offered");
                if self.begin.is_held(context) {
                    (State::Done, Effect::Pass(Pass { edits, body }))
                } else {
                    (State::Done, Effect::Reply(reply(&self.answer, &edits, body)))
                }
            }
            Err(refusal) => refusal.into(),
        }
    }

    fn rewrite(
        &mut self,
        requirement: Requirement,
        client: Option<Value>,
        context: Context<'_>,
    ) -> Result<(Edits, Option<Vec<u8>>), Refusal> {
        let unreadable = |why| Refusal::new(Code::RelyingPartyUnreadable, why);
        let party = self.begin.request.party(context)?;
        let endpoint = self.begin.request.endpoint(context)?;
        let key = context.policy.keys.sealing();
        let introspection = self.introspection.as_ref();
        let binding =
            identify::binding(&self.begin.request, Some(&self.answer.headers), introspection, context)?;
        let timeout = self.options.timeout.map_or(DEFAULT_TIMEOUT_SECONDS, |ms| ms.div_ceil(1000));
        let lives = timeout.saturating_add(CAPTURE_SECONDS).min(context.policy.limits.ceremony);
        let owner = match self.owner.take() {
            Some(Asked::Known(owner)) => Some(owner),
            Some(Asked::Unknown) | None => None,
        };
        let known = owner.zip(self.first_allowed().map(digest16));
        let ceremony = Ceremony {
            relying_party: party.name.clone(),
            leg: endpoint.leg.ceremony(),
            challenge: webauthn::challenge_hash(&self.options.challenge),
            binding,
            allowed: self.options.allow_credentials.iter().map(|id| digest16(id)).collect(),
            known: match known {
                Some((owner, credential)) => step_up::known(&owner, credential, key, party),
                None => None,
            },
            handle: self.options.user_id.clone().filter(|_| endpoint.leg.ceremony() == Leg::Registration),
            issued: context.now,
            expires: context.now.plus(lives),
            requirement,
        };
        let guarded = ceremony.requirement != Requirement::Routine;
        let sealed = ceremony.seal(key).ok_or(unreadable("evidence would not fit a cookie"))?;
        let mut edits = Edits {
            add: evidence::expire(
                &context.policy.keys.seal,
                &self.begin.request.headers,
                Carried::Ceremony(&webauthn::challenge_hash(&self.options.challenge)),
            ),
            ..Edits::default()
        };
        let challenge = &sealed.ceremony.challenge;
        let lives = sealed.ceremony.expires.since(sealed.ceremony.issued);
        give(&mut edits, evidence::deliver(Carried::Ceremony(challenge), &sealed.token, lives));
        if matches!(self.begin.cause, Cause::Recovery(_)) {
            // Its continuation is spent; the ceremony goes on with evidence of its own.
            edits.add.push(evidence::forget(Carried::Recovery));
        }
        edits.set.push(("cache-control".to_owned(), b"no-store".to_vec()));
        if !guarded && self.prior.is_none() {
            return Ok((edits, None));
        }
        if guarded {
            let told = match &self.begin.cause {
                Cause::Handoff(handoff) => Told {
                    client,
                    display: handoff.display.as_deref(),
                    started: Some((handoff.started, handoff.from.as_deref())),
                },
                Cause::Own | Cause::Recovery(_) => {
                    let display = self.shown.as_ref().map(|shown| shown.display.as_str());
                    Told { client, display, ..Told::default() }
                }
            };
            let ceremony = &sealed.ceremony;
            let member = ceremony
                .required()
                .map(|required| step_up::member(required, &sealed.token, ceremony.expires, told, context));
            let depth = context.policy.limits.json_depth;
            let mut raised = false;
            let written = endpoint.locator.edit(&mut self.document, depth, |options| {
                raised = webauthn::raise(options, endpoint.leg.ceremony()).is_ok();
                if let Some(member) = member {
                    options.insert("stepUp", member);
                }
            });
            written.filter(|()| raised).ok_or(unreadable("options cannot be written"))?;
        }
        let body = rewritten(&self.document, &self.answer.headers, &mut edits);
        Ok((edits, Some(body)))
    }
}

/// Puts evidence into an answer's headers.
pub(in crate::exchange) fn give(edits: &mut Edits, evidence: Vec<(String, String)>) {
    for (name, value) in evidence {
        if name == "set-cookie" {
            edits.add.push((name, value));
        } else {
            edits.set.push((name, value.into_bytes()));
        }
    }
}

/// The body of an answer that was changed; the headers stop describing the old one.
pub(in crate::exchange) fn rewritten(document: &Value, headers: &Headers, edits: &mut Edits) -> Vec<u8> {
    let body = document.to_vec();
    for name in ["etag", "last-modified", "content-md5", "digest", "content-digest", "repr-digest"] {
        if headers.has(name) {
            edits.remove.push(name.to_owned());
        }
    }
    edits.set.push(("content-length".to_owned(), body.len().to_string().into_bytes()));
    body
}

/// The relying party's answer as an answer of ours.
pub(in crate::exchange) fn reply(answer: &Exchanged, edits: &Edits, body: Option<Vec<u8>>) -> Reply {
    const OURS: [&[u8]; 5] = [
        b"connection",
        b"content-length",
        b"keep-alive",
        b"transfer-encoding",
        b"x-envoy-upstream-service-time",
    ];
    let gone = |name: &[u8]| {
        name.starts_with(b":")
            || OURS.contains(&name)
            || edits.remove.iter().any(|removed| removed.as_bytes() == name)
            || edits.set.iter().any(|(set, _)| set.as_bytes() == name)
    };
    let kept = answer.headers.iter().filter(|(name, _)| !gone(name));
    let mut headers: Vec<_> = kept.map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
    let set = edits.set.iter().filter(|(name, _)| name != "content-length");
    headers.extend(set.map(|(name, value)| (name.clone().into_bytes(), value.clone())));
    headers.extend(
        edits.add.iter().map(|(name, value)| (name.clone().into_bytes(), value.clone().into_bytes())),
    );
    let body = body.unwrap_or_else(|| answer.body.clone());
    Reply { status: answer.headers.status(), headers, body }
}
