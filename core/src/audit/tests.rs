//! What waits, what is lost, and what is told again.

use super::*;
use crate::json::{self, Value};

fn audit(events: usize, bytes: usize) -> Audit {
    Audit {
        cluster: "auditor".to_owned(),
        authority: "auditor".to_owned(),
        credential: None,
        path: "/v1/audit".to_owned(),
        timeout_ms: 2_000,
        every_ms: 1_000,
        events,
        bytes,
    }
}

fn event() -> Event {
    Event {
        at: 1,
        relying_party: None,
        flow: None,
        rule: None,
        decision: Decision::Refused,
        code: "malformed_request",
        session: None,
        trace: None,
        instance: None,
    }
}

fn fill(queue: &mut Queue, audit: &Audit, events: usize) -> usize {
    (0..events).map(|_| queue.push(&event(), audit, || "worker".to_owned())).sum()
}

/// Source, gap, and the numbers of the events in a post.
fn told(post: &Post) -> (String, u64, Vec<u64>) {
    let body = json::parse(post.call.body.as_ref().unwrap(), 8).unwrap();
    let number = |value: &Value, name| value.get(name).unwrap().as_u64().unwrap();
    let events = body.get("events").unwrap().as_array().unwrap();
    let source = body.get("source").unwrap().as_str().unwrap().to_owned();
    (source, number(&body, "gap"), events.iter().map(|event| number(event, "sequence")).collect())
}

#[test]
fn each_event_is_told_once_in_batches_of_a_hundred() {
    let (mut queue, audit, now) = (Queue::default(), audit(1_000, 1 << 20), UnixTime(0));
    assert_eq!(fill(&mut queue, &audit, 150), 0);
    let first = queue.post(&audit, now).unwrap();
    assert_eq!(told(&first), ("worker".to_owned(), 0, (1..=100).collect()));
    queue.sent(&first, 7);
    assert!(queue.post(&audit, now).is_none(), "one at a time");
    assert!(!queue.answered(8, true), "another's answer");
    assert!(queue.answered(7, true));
    let second = queue.post(&audit, now).unwrap();
    assert_eq!(told(&second), ("worker".to_owned(), 0, (101..=150).collect()));
    queue.sent(&second, 8);
    assert!(queue.answered(8, true));
    assert!(queue.post(&audit, now).is_none(), "nothing is left");
    assert_eq!(queue.bytes, 0);
}

#[test]
fn what_was_not_taken_is_told_again() {
    let (mut queue, audit, now) = (Queue::default(), audit(10, 1 << 20), UnixTime(0));
    fill(&mut queue, &audit, 2);
    let post = queue.post(&audit, now).unwrap();
    queue.sent(&post, 7);
    assert!(queue.answered(7, false));
    fill(&mut queue, &audit, 1);
    let again = queue.post(&audit, now).unwrap();
    assert_eq!(told(&again), ("worker".to_owned(), 0, vec![1, 2, 3]));
    queue.sent(&again, 8);
    // Its answer never comes.
    assert!(queue.post(&audit, now.plus(6)).is_none(), "not yet");
    assert_eq!(told(&queue.post(&audit, now.plus(7)).unwrap()).2, [1, 2, 3]);
    assert!(!queue.answered(8, true), "given up");
}

#[test]
fn where_events_or_bytes_are_too_many_the_oldest_go_and_the_next_post_says_how_many() {
    let size = event().to_json(1).len();
    for audit in [audit(3, 1 << 20), audit(100, size * 3)] {
        let mut queue = Queue::default();
        assert_eq!(fill(&mut queue, &audit, 5), 2);
        let post = queue.post(&audit, UnixTime(0)).unwrap();
        assert_eq!(told(&post), ("worker".to_owned(), 2, vec![3, 4, 5]));
        queue.sent(&post, 7);
        // One of those on their way is the oldest now; it was taken before it went.
        assert_eq!(fill(&mut queue, &audit, 1), 1);
        assert!(queue.answered(7, true));
        let next = queue.post(&audit, UnixTime(0)).unwrap();
        assert_eq!(told(&next), ("worker".to_owned(), 0, vec![6]));
    }
}
