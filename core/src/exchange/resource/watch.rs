//! Rules that are only watched: what they would have refused is noted, and the request goes on as it came.

use super::{Expect, Resource, plausible, rules};
use crate::assertion;
use crate::exchange::elevate::Shown;
use crate::exchange::identify::{self, Introspection, SessionUser};
use crate::exchange::request::Request;
use crate::exchange::scan::Scan;
use crate::exchange::start::go_on;
use crate::exchange::{Context, Effect, Outcome, State, Step, pass};
use crate::headers::Edits;
use crate::policy::{Facts, Rule};
use crate::refusal::{Code, Refusal};
use crate::route::Captures;

impl Resource {
    /// A request that no other rule covers; its body is looked through as it would be without them.
    pub(in crate::exchange) fn watched(
        request: Request,
        covering: Vec<(usize, Captures)>,
        scan: Scan,
        end: bool,
        edits: Edits,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        if let Err(refusal) = scan.announced(&request.headers, context) {
            return refusal.into();
        }
        let passes = end || Scan::passes(&request.headers);
        let resource = Box::new(Self {
            request,
            covering,
            edits: Edits::default(),
            body: None,
            rewrites: false,
            rest: None,
            digest: assertion::digest(b""),
            expect: Expect::Watched(scan),
        });
        if passes {
            let _passed = resource.look_on(&[], true, context, outcome);
            return go_on(edits);
        }
        (State::Resource(resource), Effect::Collect(edits))
    }

    /// The body is here as far as it is looked at.
    pub(super) fn look_on(
        mut self: Box<Self>,
        body: &[u8],
        end: bool,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Step {
        if let Err(refusal) = self.would(body, end, context, outcome)
            && let Some(rule) = rules(&self.covering, context).next()
        {
            outcome.watched(rule, refusal.code, refusal.why);
        }
        pass()
    }

    /// What would have been refused before any rule is decided is the error.
    fn would(
        &mut self,
        body: &[u8],
        end: bool,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), Refusal> {
        plausible(&self.request, &mut rules(&self.covering, context), context)?;
        if rules(&self.covering, context).any(Rule::reads_body) {
            // All of a long one may be here at once.
            if !end || body.len() > context.policy.limits.body {
                return Err(Refusal::new(Code::BodyTooLarge, "it is needed whole"));
            }
            self.body = Some(self.read(body, context)?);
        }
        let user = identify::session_user(&self.request, None, self.request.party(context)?, context);
        let facts = self.facts(&user, None, context)?;
        self.watch(&facts, &user, None, context, outcome)
    }

    /// Notes what the rule that would decide, were it enforced, makes of the request.
    pub(super) fn watch(
        &self,
        facts: &Facts<'_>,
        user: &SessionUser,
        introspection: Option<&Introspection>,
        context: Context<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), Refusal> {
        let watched = context.policy.watched_resource(&self.covering, facts);
        // Beside a rule that needs no body nobody waited for one.
        let Some(rule) = watched.filter(|rule| self.body.is_some() || !rule.reads_body()) else {
            return Ok(());
        };
        let (_, shown) = self.shown(rule, user, introspection, context)?;
        outcome.explain(context, || self.explained(rule, facts, context));
        outcome.explain_more(shown.in_words());
        outcome.explain_more("only watched");
        match &shown {
            Shown::Fits(..) => {}
            Shown::Mismatch => outcome.watched(rule, Code::ElevationMismatch, shown.in_words()),
            Shown::Nothing => outcome.watched(rule, Code::StepUpRequired, shown.in_words()),
        }
        Ok(())
    }
}
