//! `profile`: what comes built in.

use countersign::profiles::{ORCHESTRATORS, RELYING_PARTIES, orchestrator, relying_party};

use crate::Answer;
use crate::failure::Failure;

pub(crate) fn run(name: Option<&str>) -> Result<Answer, Failure> {
    let Some(name) = name else { return Ok(Answer::fine(list())) };
    match orchestrator(name).or_else(|| relying_party(name)) {
        Some(text) => Ok(Answer::fine(text.to_owned())),
        None => {
            Err(Failure::Usage(format!("there is no profile `{name}`; there are\n{}", list().trim_end())))
        }
    }
}

fn list() -> String {
    let orchestrators = ORCHESTRATORS.iter().map(|(name, _)| format!("orchestrator   {name}\n"));
    let relying_parties = RELYING_PARTIES.iter().map(|(name, _)| format!("relying party  {name}\n"));
    orchestrators.chain(relying_parties).collect()
}
