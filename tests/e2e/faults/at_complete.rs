//! `complete`: where headers can wait the relying party has accepted, and its answer is withheld with its
//! cookies; otherwise `complete` comes first and the relying party sees nothing.

use countersign_tests::orchestrator::{Fault, Operation};
use serde_json::json;

use super::common::{Case, When, broken};

pub(crate) fn cases(waits: bool) -> Vec<Case> {
    let unavailable: &[&'static str] =
        if waits { &["completion_failed"] } else { &["orchestrator_unavailable"] };
    let mut cases = broken(When::Finish, Operation::Complete, 200, unavailable);
    let conflict = |name: &str, when, codes: &[&'static str]| {
        let body = json!({ "error": { "code": name } }).to_string();
        Case::fault(
            format!("{when:?}_{name}").to_lowercase(),
            when,
            Operation::Complete,
            Fault::answer(409, body),
            codes,
        )
    };
    let done = |name: &str, fault| Case::fault(name, When::Finish, Operation::Complete, fault, unavailable);
    cases.extend([
        done("not_completed", Fault::edited(|json| json["status"] = json!("pending"))),
        done("without_a_status", Fault::edited(|json| *json = json!({ "ok": true }))),
        done("done_but_the_answer_is_lost", Fault::DoneThenCut),
    ]);
    for (prefix, when) in [
        ("registration", When::FinishRegistration),
        ("handoff", When::FinishHandoff),
        ("replacement", When::FinishReplacement),
    ] {
        let those = broken(when, Operation::Complete, 200, unavailable).into_iter();
        cases.extend(those.map(|case| case.named(|name| format!("{prefix}_{name}"))));
    }
    for when in [When::Finish, When::FinishRegistration] {
        if waits {
            cases.push(conflict("not_matched", when, &["completion_failed"]));
            cases.push(conflict("not_ready", when, &["completion_failed"]));
            cases.push(conflict("rubbish", when, &["completion_failed"]));
        } else {
            let mismatch =
                if when == When::Finish { "biometric_mismatch" } else { "registration_unverified" };
            cases.push(conflict("not_matched", when, &[mismatch, "orchestrator_unavailable"]));
            cases.push(conflict("not_ready", when, &["verdict_pending", "orchestrator_unavailable"]));
            cases.push(conflict("rubbish", when, &["orchestrator_unavailable"]));
        }
    }
    let replayed: &[&'static str] =
        if waits { &["ceremony_replayed", "completion_failed"] } else { &["ceremony_replayed"] };
    cases.push(conflict("already_completed", When::Finish, replayed).spares_the_relying_party(!waits));
    cases
}
