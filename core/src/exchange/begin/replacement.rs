//! The begin of a registration that replaces a lost passkey: its continuation is exchanged before the relying party is
//! asked.

use super::{Begin, Cause, Expect, Held, Recovered};
use crate::evidence::{self, Recovery};
use crate::exchange::{Context, Effect, Outcome, State, Step, ask, identify, release, step_up};
use crate::headers::Single;
use crate::orchestrator::{self, Answer, Ended, Failure, Operation, SessionId};
use crate::policy::{Flow, Leg};
use crate::refusal::{Code, Refusal};
use crate::time::UnixTime;

/// The header in which a client presents the continuation context of its SDK.
const CONTINUATION: &str = "countersign-continuation";

impl Begin {
    /// What a replacement registration presents.
    pub(super) fn continuation(&self, context: Context<'_>) -> Result<Option<String>, Refusal> {
        let malformed = |why| Refusal::new(Code::MalformedRequest, why);
        if self.request.endpoint(context)?.leg != Leg::RegistrationBegin {
            return Ok(None);
        }
        match self.request.headers.single(CONTINUATION) {
            Single::Absent => Ok(None),
            Single::One(value) => {
                let text = core::str::from_utf8(value).ok().filter(|text| !text.is_empty());
                text.map(|text| Some(text.to_owned())).ok_or(malformed("continuation is no text"))
            }
            Single::Repeated => Err(malformed("continuation repeated")),
        }
    }

    pub(super) fn exchange(mut self: Box<Self>, held: Held, context: Context<'_>) -> Step {
        let introspects = self.request.party(context).map(identify::session_needs_introspection);
        match introspects {
            Err(refusal) => refusal.into(),
            Ok(false) => self.present(held, None, context),
            Ok(true) => match identify::introspect(&self.request, None, context) {
                Ok(call) => {
                    self.expect = Expect::Session(held);
                    (State::Begin(self), Effect::Ask(vec![call]))
                }
                Err(refusal) => refusal.into(),
            },
        }
    }

    pub(super) fn session(self: Box<Self>, answer: &Answer, held: Held, context: Context<'_>) -> Step {
        let introspection =
            self.request.party(context).and_then(|party| identify::introspected(answer, party, context));
        match introspection {
            Ok(introspection) => self.present(held, Some(&introspection), context),
            Err(refusal) => refusal.into(),
        }
    }

    /// Presents the continuation, with the session that the evidence names.
    fn present(
        mut self: Box<Self>,
        held: Held,
        introspection: Option<&identify::Introspection>,
        context: Context<'_>,
    ) -> Step {
        let asked = self.recovery(introspection, context).and_then(|(recovered, expires)| {
            let values = recovered.session.values().with("continuation", held.continuation.as_str());
            let call = ask::operation(Operation::ExchangeContinuation, values, &self.request.trace, context)?;
            // An orchestrator that cannot count exchanges has us count them, as far as one process can.
            if !context.gateway.take(&spent(&recovered.session), expires) {
                return Err(Refusal::new(Code::CeremonyReplayed, "continuation taken by another exchange"));
            }
            Ok((recovered, call))
        });
        match asked {
            Ok((recovered, call)) => {
                self.expect = Expect::Exchanged(held, recovered);
                (State::Begin(self), Effect::Ask(vec![call]))
            }
            Err(refusal) => refusal.into(),
        }
    }

    /// The recovery that was opened for this client.
    fn recovery(
        &self,
        introspection: Option<&identify::Introspection>,
        context: Context<'_>,
    ) -> Result<(Recovered, UnixTime), Refusal> {
        let unknown = |why| Refusal::new(Code::CeremonyUnknown, why);
        let party = self.request.party(context)?;
        let keys = &context.policy.keys.seal;
        let found = evidence::find(keys, &self.request.headers, Recovery::from_payload)?;
        let (recovery, key) = found.ok_or(unknown("no evidence of a recovery"))?;
        let binding = identify::binding(&self.request, None, introspection, context)?;
        if recovery.relying_party != party.name || recovery.binding != binding {
            return Err(unknown("another session's evidence"));
        }
        if recovery.expires <= context.now {
            return Err(Refusal::new(Code::CeremonyExpired, "too old"));
        }
        if step_up::has_changed(&recovery.rule, context) {
            return Err(Refusal::new(Code::CeremonyExpired, "the rule has changed"));
        }
        let Recovery { session, user, rule, expires, .. } = recovery;
        Ok((Recovered { session, user, key: key.id.clone(), rule }, expires))
    }

    pub(super) fn exchanged(
        mut self: Box<Self>,
        answer: &Answer,
        held: Held,
        recovered: Recovered,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        let values = recovered.session.values().with("continuation", held.continuation.as_str());
        let operation = Operation::ExchangeContinuation;
        match orchestrator::done(&context.policy.orchestrator, operation, &values, answer) {
            Ok(()) => {
                self.cause = Cause::Recovery(recovered);
                self.go_on(&held.body, held.edits, context, outcome)
            }
            Err(failure) => {
                if matches!(failure, Failure::Fault(_) | Failure::Ended(Ended::NotReady | Ended::Unknown)) {
                    context.gateway.give_back(&spent(&recovered.session));
                }
                if let Failure::Ended(ended) = failure {
                    outcome.verdict = Some(ended.into());
                }
                ask::refused(failure, Flow::Recovery).into()
            }
        }
    }
}

/// What the use of a recovery's continuation is known by among what is taken.
fn spent(session: &SessionId) -> [u8; 32] {
    release::taken(&format!("continuation {}", session.id))
}
