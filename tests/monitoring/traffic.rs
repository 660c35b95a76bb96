//! People at the demo's bank, for the monitoring suite.
//!
//! usage: traffic GATEWAY-PORT SIMULATOR-PORT ACT…
//!
//! Acts are played in the order in which they stand there; each says what it expects and panics if it is not so.

mod hostile;
mod person;

use std::io::{self, BufRead as _, Write as _};

use countersign_tests::ceremony::{Begun, Ceremony};
use countersign_tests::client::Ask;
use countersign_tests::refusal;
use countersign_tests::resource::{large, pay};
use countersign_tests::stack::Face;
use serde_json::{Value, json};

use crate::person::{Person, Site};

/// A sign-in that the demo's risk engine does not like.
const RISKY_BEGIN: &str = "/generate-authentication-options?risk=high";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut port = || arguments.next().and_then(|port| port.parse().ok()).expect("a port");
    let site = Site::new(port(), port());
    for act in arguments {
        play(&site, &act).await;
    }
}

async fn play(site: &Site, act: &str) {
    match act {
        "registration" => drop(Person::enrolled(site).await),
        "routine" => routine(site).await,
        "step_up" => step_up(site, Face::Mine, &[]).await,
        "mismatch" => step_up(site, Face::SomeoneElse, &["biometric_mismatch"]).await,
        "walk_away" => step_up(site, Face::Nobody, &["verdict_pending"]).await,
        "mismatches" => mismatches(site).await,
        "not_completed" => not_completed(site).await,
        "abandon" => abandon(site).await,
        "codes" => codes(site).await,
        "payment" => payment(site).await,
        "cross_platform" => cross_platform(site).await,
        "recovery" => recovery(site).await,
        "no_orchestrator" => no_orchestrator(site).await,
        "no_options" => no_options(site).await,
        "other_key" => other_key(site).await,
        "meanwhile" => meanwhile(site).await,
        "canary" => hostile::canary(site).await,
        "unsigned_webhook" => hostile::unsigned_webhook(site).await,
        "malformed" => hostile::malformed(site).await,
        "hostile" => hostile::everything(site).await,
        other => panic!("no such act: {other}"),
    }
}

async fn routine(site: &Site) {
    let mut person = Person::enrolled(site).await;
    person.forgets_everything();
    let begun = person.begins(Ceremony::Authentication.begin()).await;
    let answer = person.finishes(Ceremony::Authentication, &begun).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn step_up(site: &Site, face: Face, refused: &[&str]) {
    let mut person = Person::enrolled(site).await;
    let begun = person.begins(Ask::get(RISKY_BEGIN)).await;
    site.present(&begun.options, face).await;
    let answer = person.finishes(Ceremony::Authentication, &begun).await;
    if refused.is_empty() {
        assert_eq!(answer.status, 200, "{}", answer.text());
    } else {
        refusal::expect(&answer, refused);
    }
}

async fn payment(site: &Site) {
    let mut person = Person::enrolled(site).await;
    let pay = || pay(&large());
    refusal::expect(&person.send(pay()).await, &["step_up_required"]);
    let begun = person.begins(Ceremony::Authentication.begin()).await;
    site.present(&begun.options, Face::Mine).await;
    assert_eq!(person.finishes(Ceremony::Authentication, &begun).await.status, 200);
    assert_eq!(person.send(pay()).await.status, 201);
}

async fn cross_platform(site: &Site) {
    let mut person = Person::enrolled(site).await;
    let offer = person.offers().await;
    let mut phone = person.phone(site);
    let begun = phone.begins(Person::takes(&offer, &told(&offer, "number"))).await;
    site.present(&begun.options, Face::Mine).await;
    assert_eq!(phone.finishes(Ceremony::Authentication, &begun).await.status, 200);
    let followed = person.send(Ask::get(&told(&offer, "status"))).await;
    assert_eq!(followed.json()["status"], "completed", "{}", followed.text());
}

/// Somebody guesses numbers, one for each code.
async fn codes(site: &Site) {
    let mut person = Person::enrolled(site).await;
    for _ in 0..6 {
        let offer = person.offers().await;
        let number: u8 = told(&offer, "number").parse().expect("a number");
        let wrong = format!("{:02}", (number + 1) % 100);
        let answer = person.phone(site).send(Person::takes(&offer, &wrong)).await;
        refusal::expect(&answer, &["ceremony_unknown"]);
    }
}

/// Somebody has the phone and its code, and tries again and again.
async fn mismatches(site: &Site) {
    let mut person = Person::enrolled(site).await;
    for _ in 0..8 {
        let begun = person.begins(Ask::get(RISKY_BEGIN)).await;
        site.present(&begun.options, Face::SomeoneElse).await;
        refusal::expect(&person.finishes(Ceremony::Authentication, &begun).await, &["biometric_mismatch"]);
    }
}

/// An enrolment that the orchestrator does not take in the end.
async fn not_completed(site: &Site) {
    let mut person = Person::with_account(site).await;
    let begun = person.begins(Ceremony::Registration.begin()).await;
    site.present(&begun.options, Face::Mine).await;
    let answer = person.finishes(Ceremony::Registration, &begun).await;
    refusal::expect(&answer, &["completion_failed"]);
}

/// An enrolment that nobody goes on with.
async fn abandon(site: &Site) {
    Person::with_account(site).await.begins(Ceremony::Registration.begin()).await;
}

async fn recovery(site: &Site) {
    let person = Person::enrolled(site).await;
    let mut device = person.on_a_new_device(site);
    let answer = device.send(person.recovers()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    site.present(&answer, Face::Mine).await;
    let continuation = answer["stepUp"]["client"]["continuation"].as_str().expect("a continuation");
    let begin = Ceremony::Registration.begin().header("countersign-continuation", continuation);
    let begun = device.begins(begin).await;
    let finished = device.finishes(Ceremony::Registration, &begun).await;
    assert_eq!(finished.status, 200, "{}", finished.text());
}

/// A registration while the orchestrator is away.
async fn no_orchestrator(site: &Site) {
    let mut person = Person::with_account(site).await;
    let answer = person.send(Ceremony::Registration.begin()).await;
    refusal::expect(&answer, &["orchestrator_unavailable"]);
}

/// An enrolment where the relying party answers something else than options.
async fn no_options(site: &Site) {
    let mut person = Person::with_account(site).await;
    let answer = person.send(Ceremony::Registration.begin()).await;
    refusal::expect(&answer, &["relying_party_unreadable"]);
}

/// Every kind of ceremony begins, and ends when a line has come: by then the gateway has changed.
async fn meanwhile(site: &Site) {
    let mut enrolling = Person::with_account(site).await;
    let enrolment = enrolling.begins(Ceremony::Registration.begin()).await;
    let mut stepping_up = Person::enrolled(site).await;
    let step_up = stepping_up.begins(Ask::get(RISKY_BEGIN)).await;
    let mut routine = stepping_up.phone(site);
    let sign_in = routine.begins(Ceremony::Authentication.begin()).await;
    wait_for_a_line();
    site.present(&enrolment.options, Face::Mine).await;
    site.present(&step_up.options, Face::Mine).await;
    for (person, ceremony, begun) in [
        (&mut enrolling, Ceremony::Registration, &enrolment),
        (&mut stepping_up, Ceremony::Authentication, &step_up),
        (&mut routine, Ceremony::Authentication, &sign_in),
    ] {
        let answer = person.finishes(ceremony, begun).await;
        assert_eq!(answer.status, 200, "{ceremony:?}: {}", answer.text());
    }
}

fn wait_for_a_line() {
    println!("begun");
    io::stdout().flush().expect("somebody reads it");
    io::stdin().lock().read_line(&mut String::new()).expect("a line");
}

/// Sign-ins begin; says so, and waits for a line: by then the gateway has other keys.
async fn other_key(site: &Site) {
    let mut people: Vec<(Person, Begun)> = Vec::new();
    for _ in 0..12 {
        let mut person = Person::nobody(site);
        let begun = person.begins(Ceremony::Authentication.begin()).await;
        people.push((person, begun));
    }
    wait_for_a_line();
    for (mut person, begun) in people {
        refusal::expect(&person.finishes(Ceremony::Authentication, &begun).await, &["ceremony_unknown"]);
    }
}

fn told(offer: &Value, member: &str) -> String {
    offer[member].as_str().unwrap_or_else(|| panic!("no {member} in {}", json!(offer))).to_owned()
}
