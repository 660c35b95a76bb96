//! The audit stream: what of an exchange is told, and what waits to be. Nobody waits for it.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

pub use countersign_wire::audit::{Decision, Event, TraceId, batch};

use crate::exchange::Outcome;
use crate::orchestrator::{Call, Operation};
use crate::policy::{Audit, Flow, Policy};
use crate::time::UnixTime;

/// Events in one post.
const BATCH: usize = 100;

/// The decisions of an exchange: none, one, or also what a rule that is only watched would have refused. `instance` is
/// what a refused client was told.
pub fn events(
    outcome: &Outcome,
    instance: Option<&str>,
    policy: &Policy,
    now: UnixTime,
) -> impl Iterator<Item = Event> + use<> {
    let decided = outcome.code.map(|code| {
        let decision = if outcome.observed {
            Decision::Watched
        } else if outcome.is_refusal() {
            Decision::Refused
        } else if code == "declined" {
            Decision::Declined
        } else if outcome.flow == Some(Flow::Routine) || code == "passed" {
            Decision::Routine
        } else {
            Decision::Allowed
        };
        let party = outcome.relying_party.and_then(|party| policy.relying_parties.get(party));
        Event {
            at: now.0,
            relying_party: party.map(|party| party.name.clone()),
            flow: outcome.flow.map(Flow::name),
            rule: outcome.rule.clone(),
            decision,
            code,
            session: outcome.session.clone(),
            trace: outcome.trace,
            instance: instance.filter(|_| outcome.is_refusal() && !outcome.observed).map(str::to_owned),
        }
    });
    let watched = outcome.watched.as_ref().map(|watched| {
        let party = outcome.relying_party.and_then(|party| policy.relying_parties.get(party));
        Event {
            at: now.0,
            relying_party: party.map(|party| party.name.clone()),
            flow: None,
            rule: Some(watched.rule.clone()),
            decision: Decision::Watched,
            code: watched.code,
            session: None,
            trace: outcome.trace,
            instance: None,
        }
    });
    watched.into_iter().chain(decided)
}

/// Events that wait to be posted, oldest first, each under a number of its own. One for each worker.
#[derive(Debug, Default)]
pub struct Queue {
    /// Tells the workers apart; empty until the first event.
    source: String,
    /// The number of the last event.
    last: u64,
    /// The number up to which the receiver has said yes.
    settled: u64,
    events: VecDeque<(u64, Vec<u8>)>,
    bytes: usize,
    out: Option<Out>,
}

/// A post that is on its way.
#[derive(Debug)]
struct Out {
    token: u32,
    last: u64,
    /// Its answer will not come any more.
    until: UnixTime,
}

impl Queue {
    /// Adds an event; the answer says how many older ones had to go. `source` gives this worker its name.
    pub fn push(&mut self, event: &Event, audit: &Audit, source: impl FnOnce() -> String) -> usize {
        if self.source.is_empty() {
            self.source = source();
        }
        self.last = self.last.saturating_add(1);
        let event = event.to_json(self.last);
        self.bytes = self.bytes.saturating_add(event.len());
        self.events.push_back((self.last, event));
        let mut dropped: usize = 0;
        while self.events.len() > audit.events || self.bytes > audit.bytes {
            if self.pop().is_none() {
                break;
            }
            dropped = dropped.saturating_add(1);
        }
        dropped
    }

    /// The next post; `None` while there is nothing to tell, or one is on its way.
    pub fn post(&mut self, audit: &Audit, now: UnixTime) -> Option<Post> {
        if self.out.as_ref().is_some_and(|out| now < out.until) {
            return None;
        }
        self.out = None;
        let (first, _) = self.events.front()?;
        let gap = first.saturating_sub(self.settled).saturating_sub(1);
        let last = self.events.iter().take(BATCH).next_back().map_or(0, |(number, _)| *number);
        let told = self.events.iter().take(BATCH).map(|(_, event)| event.as_slice());
        let call = audit.call(batch(&self.source, gap, told));
        let patience = u64::from(audit.timeout_ms).div_ceil(1_000).saturating_add(5);
        Some(Post { call, last, until: now.plus(patience) })
    }

    /// It was sent: its answer will come under this token.
    pub fn sent(&mut self, post: &Post, token: u32) {
        self.out = Some(Out { token, last: post.last, until: post.until });
    }

    /// The answer to a post is here. What was not taken is posted again; false: it is none of ours.
    pub fn answered(&mut self, token: u32, taken: bool) -> bool {
        let Some(out) = self.out.take_if(|out| out.token == token) else { return false };
        if taken {
            self.settled = self.settled.max(out.last);
            while self.events.front().is_some_and(|(number, _)| *number <= out.last) {
                self.pop();
            }
        }
        true
    }

    fn pop(&mut self) -> Option<()> {
        let (_, event) = self.events.pop_front()?;
        self.bytes = self.bytes.saturating_sub(event.len());
        Some(())
    }
}

/// A batch that is ready to go.
#[derive(Debug)]
pub struct Post {
    /// The request.
    pub call: Call,
    last: u64,
    until: UnixTime,
}

impl Audit {
    fn call(&self, body: Vec<u8>) -> Call {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut headers = vec![
            header(":method", "POST"),
            header(":path", &self.path),
            header(":authority", &self.authority),
            header("content-type", "application/json"),
        ];
        headers.extend(self.credential.iter().map(|(name, value)| header(name, value.expose_text())));
        Call {
            operation: Operation::Audit,
            cluster: self.cluster.clone(),
            headers,
            body: Some(body),
            timeout_ms: self.timeout_ms,
            rest: None,
            needs_token: false,
        }
    }
}
