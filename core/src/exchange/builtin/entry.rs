//! How every endpoint of ours begins: the whole body, then who is asking where only introspection tells.

use crate::exchange::identify::{self, Introspection};
use crate::exchange::request::Request;
use crate::exchange::{Context, Event};
use crate::orchestrator::Call;
use crate::policy::UserSource;
use crate::refusal::{Code, Refusal};

/// A request of which not everything is known yet.
#[derive(Debug)]
pub(super) struct Entry {
    request: Request,
    /// `None` until it is whole.
    body: Option<Vec<u8>>,
}

/// What an endpoint starts from.
#[derive(Debug)]
pub(super) struct Entered {
    pub(super) request: Request,
    pub(super) body: Vec<u8>,
    /// `None`: not asked.
    pub(super) introspection: Option<Introspection>,
}

/// How far it is.
pub(super) enum Entering {
    Hold(Entry),
    Ask(Entry, Call),
    Entered(Entered),
}

/// For what the endpoint needs to know who is asking.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// To compare the session with evidence.
    Session,
    /// To know the user.
    User,
}

impl Entry {
    pub(super) fn new(request: Request) -> Self {
        Self { request, body: None }
    }

    pub(super) fn on(self, event: Event<'_>, asks: Asks, context: Context<'_>) -> Result<Entering, Refusal> {
        let Self { request, body } = self;
        match (body, event) {
            (None, Event::RequestBody(bytes, _)) if bytes.len() > context.policy.limits.body => {
                Err(Refusal::new(Code::BodyTooLarge, "built-in endpoint"))
            }
            (None, Event::RequestBody(_, false)) => Ok(Entering::Hold(Self { request, body: None })),
            (None, Event::RequestBody(bytes, true)) => {
                let party = request.party(context)?;
                let introspects =
                    party.user.iter().any(|source| matches!(source, UserSource::Introspect { .. }));
                let wanted = match asks {
                    Asks::Session => identify::session_needs_introspection(party),
                    Asks::User => introspects,
                };
                let body = bytes.to_vec();
                if !wanted {
                    return Ok(Entering::Entered(Entered { request, body, introspection: None }));
                }
                let call = identify::introspect(&request, None, context)?;
                Ok(Entering::Ask(Self { request, body: Some(body) }, call))
            }
            (Some(body), Event::Answers(answers)) => {
                let answer = answers.into_iter().next().flatten();
                let introspection = identify::introspected(&answer, request.party(context)?, context)?;
                Ok(Entering::Entered(Entered { request, body, introspection: Some(introspection) }))
            }
            _ => Err(Refusal::new(Code::MalformedRequest, "an event out of order")),
        }
    }
}

impl Entered {
    /// The session that is asking; `None`: none.
    pub(super) fn binding(&self, context: Context<'_>) -> Result<Option<[u8; 32]>, Refusal> {
        identify::binding(&self.request, None, self.introspection.as_ref(), context)
    }

    /// Who is asking; `None`: nobody is signed in, or nobody says.
    pub(super) fn user(&self, context: Context<'_>) -> Result<Option<String>, Refusal> {
        let party = self.request.party(context)?;
        Ok(identify::of_session(&self.request, self.introspection.as_ref(), party, context))
    }
}
