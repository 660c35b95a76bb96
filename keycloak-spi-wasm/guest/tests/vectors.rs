//! `tests/vectors/guest.json`: what every host of the guest must be answered, here without a host.

use countersign::json::{self, Value};
use countersign_guest::answer;

#[test]
fn answers_every_vector() {
    let rows = json::parse(include_bytes!("../../../tests/vectors/guest.json"), 16).unwrap();
    let rows = rows.as_array().unwrap();
    assert!(rows.len() > 80);
    for row in rows {
        let name = row.get("name").and_then(Value::as_str).unwrap();
        let answer = json::parse(&answer(&row.get("document").unwrap().to_vec()), 16).unwrap();
        let expected = row.get("answer").unwrap();
        assert_eq!(sorted(&answer), sorted(expected), "{name}");
    }
}

/// Members in order of their names: that order says nothing.
fn sorted(value: &Value) -> Value {
    let Value::Object(object) = value else { return value.clone() };
    let mut members: Vec<_> = object.iter().collect();
    members.sort_by_key(|(name, _)| *name);
    let mut sorted_object = json::Object::default();
    for (name, value) in members {
        sorted_object.insert(name, sorted(value));
    }
    Value::Object(sorted_object)
}
