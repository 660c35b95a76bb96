//! The audit stream as whoever receives it has it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::client::Client;
use crate::encoding::{base64url, hex, random, sha256};
use crate::lab::Lab;
use crate::patience::until;

/// Events by source and number: one that was told twice is there once.
pub type Events = BTreeMap<(String, u64), Value>;

/// Everything that was told so far.
pub fn told(lab: &Lab) -> Events {
    let batches = lab.orchestrator.told();
    let events = batches.iter().flat_map(|batch| {
        let source = batch["source"].as_str().expect("a source");
        batch["events"].as_array().expect("events").iter().map(move |event| (source, event))
    });
    events.map(|(source, event)| ((source.to_owned(), number(event, "sequence")), event.clone())).collect()
}

/// The same once there are so many; more would be an error.
pub async fn told_in_all(lab: &Lab, count: usize) -> Events {
    let enough = || async { Some(told(lab)).filter(|events| events.len() >= count) };
    let events = until(format!("{count} events"), enough).await;
    assert_eq!(events.len(), count, "{events:#?}");
    events
}

/// How many events were lost, by the workers' own account.
pub fn lost(lab: &Lab) -> u64 {
    lab.orchestrator.told().iter().map(|batch| number(batch, "gap")).sum()
}

/// Puts a client's requests into a trace; the answer is its id.
pub fn trace(client: &mut Client) -> String {
    let (trace, span) = (hex(random::<16>()), hex(random::<8>()));
    client.always.push(("traceparent".to_owned(), format!("00-{trace}-{span}-01")));
    trace
}

/// What the orchestrator's session goes by.
pub fn pseudonym(session: &str) -> String {
    base64url(sha256(session))[..22].to_owned()
}

/// A member that is a number.
pub fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("no {name}: {value}"))
}
