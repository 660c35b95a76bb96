//! An operation for a host that keeps no state between its calls: it comes back with all answers so far, and is told
//! the next call or the last answer.

use super::answer::Failure::{self, Fault};
use super::call::{Answer, Call, Trace, ask};
use super::operation::Operation;
use super::template::Values;
use crate::policy::{Access, Orchestrator};

/// How far an operation is.
#[derive(Debug)]
pub enum Progress {
    /// This has to be asked next; its answer goes to the end of the list.
    Ask(Box<Call>),
    /// The answer that counts.
    Answered(Answer),
}

/// Goes through an operation with the answers to its calls so far, oldest first, a token's among them. A fault: an
/// answer does not lead on, or there are more answers than calls.
pub fn replay(
    orchestrator: &Orchestrator,
    operation: Operation,
    values: Values,
    answers: Vec<Answer>,
) -> Result<Progress, Failure> {
    let mut answers = answers.into_iter();
    let mut call = ask(orchestrator, &Trace::default(), operation, values)?;
    let token = match &orchestrator.access {
        Access::Token(source) => match answers.next() {
            None => return Ok(Progress::Ask(Box::new(source.call(orchestrator, &call)))),
            Some(answer) => {
                let (token, _) = source.read(answer.as_ref()).ok_or(Fault("no access token"))?;
                Some(token)
            }
        },
        Access::Open | Access::Header(..) => None,
    };
    loop {
        let Some(answer) = answers.next() else {
            if let Some(token) = &token {
                call.authorize(token);
            }
            return Ok(Progress::Ask(Box::new(call)));
        };
        let Some(rest) = call.rest.take() else {
            let last = answers.next().is_none();
            return if last {
                Ok(Progress::Answered(answer))
            } else {
                Err(Fault("answers nobody asked for"))
            };
        };
        call = rest.next(orchestrator, operation, &answer)?;
    }
}
