//! The refusal of a request without an elevation: what is missing, and how to get it (RFC 9470).

use super::Resource;
use crate::evidence::{self, Asked, Carried, RuleReference};
use crate::exchange::Context;
use crate::json::{Object, Value};
use crate::policy::{Flow, Leg, RelyingParty, Rule, Transaction};
use crate::refusal::{Challenge, Code, Refusal};

impl Resource {
    /// How to get what is missing.
    pub(super) fn refusal(
        &self,
        code: Code,
        rule: &Rule,
        transaction: Option<Transaction>,
        binding: Option<[u8; 32]>,
        context: Context<'_>,
    ) -> Result<Refusal, Refusal> {
        let party = self.request.party(context)?;
        let template = rule.transaction.as_ref();
        let display =
            template.zip(self.body.as_ref()).map(|(template, body)| template.display.show(&body.value));
        let expires = context.now.plus(context.policy.limits.ceremony);
        let asked = Asked {
            relying_party: party.name.clone(),
            rule: RuleReference { id: rule.id.clone(), digest: rule.digest },
            transaction,
            display: display.clone(),
            binding,
            issued: context.now,
            expires,
        };
        let unsealed = Refusal::new(Code::OrchestratorUnavailable, "evidence would not fit a cookie");
        let token = asked.seal(context.policy.keys.sealing()).ok_or(unsealed)?;
        let seconds = context.policy.limits.ceremony;
        let mut step_up = Object::default();
        step_up.insert("flow", Flow::StepUp.name().into());
        step_up.insert("rule", rule.id.as_str().into());
        if let Some(display) = display {
            step_up.insert("display", display.into());
        }
        step_up.insert("acr", rule.gives().into());
        step_up.insert("expiresAt", expires.to_string().into());
        step_up.insert("evidence", token.as_str().into());
        if let Some(begin) = where_to_begin(party) {
            step_up.insert("begin", begin);
        }
        if context.policy.handoff.is_some() {
            step_up.insert("handoffs", format!("{}/handoffs", context.policy.prefix).into());
        }
        Ok(Refusal {
            challenge: Some(Box::new(Challenge {
                step_up: Value::Object(step_up),
                acr: rule.acr.join(" "),
                max_age: Some(rule.lasts()),
                evidence: evidence::deliver(Carried::Asked, &token, seconds),
            })),
            ..Refusal::new(code, "no elevation that fits")
        })
    }
}

/// The begin of the ceremony that the refusal asks for.
fn where_to_begin(party: &RelyingParty) -> Option<Value> {
    let endpoint = party.endpoints.iter().find(|endpoint| endpoint.leg == Leg::AuthenticationBegin)?;
    let mut begin = Object::default();
    begin.insert("method", endpoint.method.as_str().into());
    begin.insert("path", endpoint.path.as_str().into());
    Some(Value::Object(begin))
}
