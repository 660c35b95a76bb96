//! `docs/metrics.md` lists the metrics as the code has them.

use std::fmt::Write as _;

use countersign::metrics::{DECIDED, Label, TABLE, Unit};
use countersign::refusal::Code;

const DOCUMENT: &str = include_str!("../../docs/metrics.md");

const LABELS: [Label; 6] =
    [Label::Flow, Label::Rule, Label::Code, Label::Verdict, Label::Operation, Label::Result];

fn metrics() -> String {
    let mut text = String::from("| metric | kind, unit | labels | means | for |\n|---|---|---|---|---|\n");
    for metric in TABLE {
        let name = metric.name.replace('.', "_");
        let unit = match metric.unit {
            Unit::Events(of) => format!("counter of {of}"),
            Unit::Milliseconds => "histogram, ms".to_owned(),
        };
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{}`", label.name())).collect();
        let (labels, help, persona) = (labels.join(", "), metric.help, metric.persona);
        writeln!(text, "| `{name}` | {unit} | {labels} | {help} | {persona} |").expect("a text takes it");
    }
    text
}

fn labels() -> String {
    let mut text = String::from("| label | values |\n|---|---|\n");
    for label in LABELS {
        let mut values = label.values();
        values.retain(|value| !value.starts_with("would_"));
        let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
        let more = match label {
            Label::Rule => ", the id of a rule",
            Label::Code => "; each with `would_` before it in observation",
            _ => "",
        };
        writeln!(text, "| `{}` | {}{more} |", label.name(), values.join(", ")).expect("a text takes it");
    }
    text
}

#[test]
fn the_document_has_the_tables() {
    for table in [metrics(), labels()] {
        assert!(DOCUMENT.contains(&table), "docs/metrics.md lacks this table as it is:\n{table}");
    }
}

/// What the document says of how many series there can be.
#[test]
fn the_document_has_the_bounds() {
    for metric in TABLE {
        let name = metric.name.replace('.', "_");
        let (none, one) = (metric.bound(0), metric.bound(1));
        let bound = if none == one { format!("{none}") } else { format!("{none} × (rules + 1)") };
        assert_eq!(metric.bound(9), if none == one { none } else { none * 10 }, "{name}");
        let line = format!("| `{name}` | {bound} |");
        assert!(DOCUMENT.contains(&line), "docs/metrics.md lacks the line\n{line}");
    }
}

#[test]
fn no_decision_is_called_like_a_refusal() {
    assert!(Code::ALL.iter().all(|code| !DECIDED.contains(&code.name())));
}

/// Dots end a label's value in Envoy's names.
#[test]
fn no_value_of_a_label_has_a_dot() {
    for label in LABELS {
        assert!(label.values().iter().all(|value| !value.contains('.')), "{}", label.name());
    }
}
