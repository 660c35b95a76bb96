//! Ceremonies that an exchange of this process is using or has used up, in a fixed number of shared slots.
//!
//! Envoy cannot delete shared data, so keys are slots, not ceremonies. A
//! later ceremony may take an earlier one's slot: the orchestrator's `complete` is the guard, this only makes
//! the common replay cheap.

use countersign::time::UnixTime;

use crate::host;

const SLOTS: u16 = 1024;

/// A lost race is tried again this often; then the ceremony counts as taken.
const TRIES: usize = 8;

/// Makes every slot exist: compare-and-swap is ignored for a key that does not.
pub(crate) fn prepare() {
    for number in 0..SLOTS {
        let key = key(number);
        if host::shared(&key).is_err() {
            let _unwritten = host::share(&key, &[], 0);
        }
    }
}

/// Takes a ceremony until a time; false when somebody has it.
pub(crate) fn take(session: &[u8; 32], now: UnixTime, until: UnixTime) -> bool {
    let slot = slot(session);
    for _ in 0..TRIES {
        let Ok((held, cas)) = host::shared(&slot) else { return true };
        if holds(&held, session, now) {
            return false;
        }
        let mut taken = session.to_vec();
        taken.extend(until.0.to_le_bytes());
        match host::share(&slot, &taken, cas) {
            Err(host::CAS_MISMATCH) => {}
            // Without shared data there is no common replay to refuse cheaply; the orchestrator still does.
            Ok(()) | Err(_) => return true,
        }
    }
    false
}

/// Gives a ceremony back, unless its slot is another's by now.
pub(crate) fn give_back(session: &[u8; 32]) {
    let slot = slot(session);
    for _ in 0..TRIES {
        let Ok((held, cas)) = host::shared(&slot) else { return };
        if held.first_chunk::<32>() != Some(session)
            || host::share(&slot, &[], cas) != Err(host::CAS_MISMATCH)
        {
            return;
        }
    }
}

fn holds(held: &[u8], session: &[u8; 32], now: UnixTime) -> bool {
    let Some((taken, until)) = held.split_first_chunk::<32>() else { return false };
    let until = until.first_chunk::<8>().map_or(0, |until| u64::from_le_bytes(*until));
    taken == session && now.0 < until
}

fn slot(session: &[u8; 32]) -> String {
    let [high, low, ..] = *session;
    key(u16::from_le_bytes([high, low]) & SLOTS.saturating_sub(1))
}

fn key(number: u16) -> String {
    format!("countersign.taken.{number}")
}
