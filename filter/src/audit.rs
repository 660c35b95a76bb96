//! The audit stream of a worker. What waits is the VM's, not a root context's: it outlives a change of the
//! configuration.

use core::cell::RefCell;

use countersign::audit::{Queue, events};
use countersign::exchange::{Gateway as _, Outcome};
use countersign::metrics::CallResult;
use countersign::orchestrator::Operation;

use crate::gateway::Envoy;
use crate::host::{self, Map};
use crate::root::Plugin;

thread_local! {
    static QUEUE: RefCell<Option<Queue>> = const { RefCell::new(None) };
}

/// While a callback runs the host calls nothing but the allocator: the borrow succeeds.
fn queue<T>(act: impl FnOnce(&mut Queue) -> T) -> Option<T> {
    QUEUE.with(|queue| {
        let mut queue = queue.try_borrow_mut().ok()?;
        Some(act(queue.get_or_insert_default()))
    })
}

/// Keeps what an exchange came to, to be posted later.
pub(crate) fn tell(plugin: &Plugin, outcome: &Outcome, instance: Option<&str>, envoy: &Envoy<'_>) {
    let Some(audit) = &plugin.policy.audit else { return };
    for event in events(outcome, instance, &plugin.policy, envoy.now) {
        let dropped = queue(|queue| queue.push(&event, audit, || envoy.uuid()));
        plugin.metrics.unaudited(dropped.unwrap_or(1));
    }
}

/// Posts what waits, unless a post is on its way. In a callback of a root context: a stream's calls end with it.
pub(crate) fn post(plugin: Option<&Plugin>) {
    let Some(plugin) = plugin else { return };
    let Some(audit) = &plugin.policy.audit else { return };
    let now = Envoy::now(&plugin.token).now;
    let _posted = queue(|queue| {
        let Some(post) = queue.post(audit, now) else { return };
        let call = &post.call;
        match host::dispatch(&call.cluster, &call.headers, call.body.as_deref(), call.timeout_ms) {
            Ok(token) => queue.sent(&post, token),
            Err(_) => plugin.metrics.called(Operation::Audit, CallResult::NotSent, None),
        }
    });
}

/// The answer to a call that is no stream's. What the receiver did not take is posted again with the next tick; after
/// what it did, the rest follows at once.
pub(crate) fn answered(plugin: Option<&Plugin>, token: u32, headers: usize) {
    let Some(plugin) = plugin else { return };
    let status = (headers > 0).then(|| host::headers(Map::CallResponseHeaders).ok()).flatten();
    let result = match status.map(|headers| headers.status()) {
        None => CallResult::Lost,
        Some(200..=299) => CallResult::Succeeded,
        Some(_) => CallResult::Failed,
    };
    let taken = result == CallResult::Succeeded;
    if queue(|queue| queue.answered(token, taken)).unwrap_or(false) {
        plugin.metrics.called(Operation::Audit, result, None);
        if taken {
            post(Some(plugin));
        }
    }
}
