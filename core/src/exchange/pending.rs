//! Operations that take several requests, and access tokens: a state asks once and gets one answer a question,
//! however many calls that takes.

use super::{Context, Effect};
use crate::orchestrator::{Answer, Call, Operation, Rest};
use crate::policy::Access;

/// Questions that are out.
#[derive(Debug)]
pub(super) enum Pending {
    /// A token, and the calls that wait for it.
    Token(Vec<Slot>, Vec<Call>),
    /// Calls: one for each slot that is open, in their order.
    Calls(Vec<Slot>),
}

/// One question of the state's.
#[derive(Debug)]
pub(super) enum Slot {
    /// Answered.
    Answered(Answer),
    /// Out; what comes after its call.
    Out(Operation, Option<Box<Rest>>),
}

/// What has to be done next.
pub(super) enum Next {
    /// Make these calls.
    Ask(Pending, Vec<Call>),
    /// All questions are answered.
    Answered(Vec<Answer>),
}

/// Asks for a state.
pub(super) fn ask(mut calls: Vec<Call>, context: Context<'_>) -> (Pending, Effect) {
    let slots = calls.iter_mut().map(|call| Slot::Out(call.operation, call.rest.take())).collect();
    let (pending, calls) = send(slots, calls, context);
    (pending, Effect::Ask(calls))
}

fn send(slots: Vec<Slot>, mut calls: Vec<Call>, context: Context<'_>) -> (Pending, Vec<Call>) {
    let Access::Token(source) = &context.policy.orchestrator.access else {
        return (Pending::Calls(slots), calls);
    };
    let Some(first) = calls.iter().find(|call| call.needs_token) else {
        return (Pending::Calls(slots), calls);
    };
    let Some(token) = context.gateway.kept_token(context.now) else {
        let asked = source.call(&context.policy.orchestrator, first);
        return (Pending::Token(slots, calls), vec![asked]);
    };
    authorize(&mut calls, &token);
    (Pending::Calls(slots), calls)
}

fn authorize(calls: &mut [Call], token: &str) {
    for call in calls {
        call.authorize(token);
    }
}

impl Pending {
    /// Takes the answers to what is out.
    pub(super) fn answered(self, answers: Vec<Answer>, context: Context<'_>) -> Next {
        match self {
            Self::Token(slots, mut calls) => {
                let answer = answers.into_iter().next().flatten();
                let Access::Token(source) = &context.policy.orchestrator.access else {
                    return give_up(slots);
                };
                match source.read(answer.as_ref()) {
                    Some((token, seconds)) => {
                        context.gateway.keep_token(&token, context.now.plus(seconds));
                        authorize(&mut calls, &token);
                        Next::Ask(Self::Calls(slots), calls)
                    }
                    None => give_up(slots),
                }
            }
            Self::Calls(slots) => {
                let (slots, calls) = advance(slots, answers, context);
                if calls.is_empty() {
                    return give_up(slots);
                }
                let (pending, calls) = send(slots, calls, context);
                Next::Ask(pending, calls)
            }
        }
    }
}

/// Puts each answer into its slot, or makes the call that comes after it.
fn advance(slots: Vec<Slot>, answers: Vec<Answer>, context: Context<'_>) -> (Vec<Slot>, Vec<Call>) {
    let orchestrator = &context.policy.orchestrator;
    let mut answers = answers.into_iter();
    let mut calls = Vec::new();
    let slots = slots
        .into_iter()
        .map(|slot| {
            let Slot::Out(operation, rest) = slot else { return slot };
            let answer = answers.next().flatten();
            if answer.as_ref().is_some_and(|answer| answer.headers.status() == 401) {
                // A token that was taken back is asked for anew the next time.
                context.gateway.keep_token("", context.now);
            }
            let Some(rest) = rest else { return Slot::Answered(answer) };
            match rest.next(orchestrator, operation, &answer) {
                Ok(mut call) => {
                    let rest = call.rest.take();
                    calls.push(call);
                    Slot::Out(operation, rest)
                }
                Err(_) => Slot::Answered(None),
            }
        })
        .collect();
    (slots, calls)
}

/// What has no answer by now gets none.
fn give_up(slots: Vec<Slot>) -> Next {
    let answer = |slot| match slot {
        Slot::Answered(answer) => answer,
        Slot::Out(..) => None,
    };
    Next::Answered(slots.into_iter().map(answer).collect())
}
