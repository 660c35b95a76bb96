//! A container is killed between the begin of a ceremony and its last request, and started again.

use std::time::Duration;

use countersign_tests::client::{Answer, Broken};
use countersign_tests::refusal;

use crate::flow::{Flow, Open, Ready};
use crate::machine::{Machine, Part};

/// How long a client tries again after everything is well, before it gives up.
const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(200);

/// What a client meets while a part is gone.
#[derive(Debug, PartialEq, Eq)]
enum Meets {
    /// Nobody at the address.
    Nobody,
    /// The part is not needed for this.
    Nothing,
    /// Envoy itself: no upstream.
    Envoy,
    /// A refusal of ours.
    Refusal(&'static str),
}

/// Whoever retries is through in the end, and has done it once.
pub(crate) async fn killed(flow: Flow, part: Part, machine: &Machine) {
    let open = flow.begun(machine).await;
    if part == Part::Simulator && flow != Flow::Routine {
        return forgotten(flow, open, machine).await;
    }
    let mut ready = open.captured(machine).await;
    machine.kill(part).await;
    let told = ready.send().await;
    let expected = meets(flow, part);
    expected.expect(&ready, told);
    machine.start(part).await;
    if expected != Meets::Nothing {
        through(&mut ready).await;
    }
    ready.expect_written_once(machine).await;
}

/// The simulator forgets the captures that were not done: who waits for one is told so, and begins again.
async fn forgotten(flow: Flow, open: Open, machine: &Machine) {
    let customer = open.customer.clone();
    machine.kill(Part::Simulator).await;
    refusal::expect(&open.at_once().send().await.expect("an answer"), &["verdict_pending"]);
    machine.start(Part::Simulator).await;
    let again = flow.begun_by(customer, machine).await.captured(machine).await;
    again.done().await.expect_written_once(machine).await;
}

fn meets(flow: Flow, part: Part) -> Meets {
    match (part, flow) {
        (Part::Envoy, _) => Meets::Nobody,
        // Who is paying has to be asked of the bank first.
        (Part::Bank, Flow::Payment) => Meets::Refusal("relying_party_unreadable"),
        (Part::Bank, _) => Meets::Envoy,
        (_, Flow::Routine) => Meets::Nothing,
        (_, _) => Meets::Refusal("orchestrator_unavailable"),
    }
}

impl Meets {
    fn expect(&self, ready: &Ready, told: Result<Answer, Broken>) {
        match (self, told) {
            (Self::Nobody, told) => assert!(told.is_err(), "nobody answers, but {told:?}"),
            (_, Err(Broken(why))) => panic!("an answer, not {why}"),
            (Self::Nothing, Ok(answer)) => ready.expect_done(&answer),
            (Self::Envoy, Ok(answer)) => assert_eq!((answer.status, answer.refusal()), (503, String::new())),
            (Self::Refusal(code), Ok(answer)) => refusal::expect(&answer, &[code]),
        }
    }
}

/// Sends the same request until it is answered with what was wanted. Until then a client may only be told to try again.
async fn through(ready: &mut Ready) {
    let trying = async {
        loop {
            match ready.send().await {
                Ok(answer) if ready.is_done(&answer) => return,
                Ok(answer) => {
                    assert!([502, 503].contains(&answer.status), "{}: {}", answer.status, answer.text());
                }
                Err(Broken(_)) => {}
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(PATIENCE, trying).await.expect("the retry passes");
}
