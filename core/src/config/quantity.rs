//! Durations and sizes as people write them.

use super::node::{Node, quoted};
use crate::json::Value;
use crate::policy::Decimal;

/// A duration within bounds, in milliseconds: `500ms`, `2s`, `10m`, `1h`.
pub(super) fn duration(node: &Node<'_>, least: u64, most: u64) -> Option<u64> {
    const WANTED: &str = "a duration: `500ms`, `2s`, `10m` or `1h`";
    if let Value::Number(number) = node.value {
        node.refuse("this is a number without a unit", format!("write it with one: `{}s`", number.as_str()));
        return None;
    }
    let value = node
        .parsed(WANTED, |text| measured(text, &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)]))?;
    within(node, value, least, most, &shown_duration)
}

/// A size within bounds, in bytes: `64KiB`, `1MiB`, `65536`.
pub(super) fn size(node: &Node<'_>, least: u64, most: u64) -> Option<u64> {
    const WANTED: &str = "a size: `64KiB`, `1MiB` or a whole number of bytes";
    let value = match node.value {
        Value::Number(_) => whole(node, WANTED)?,
        _ => node.parsed(WANTED, |text| measured(text, &[("KiB", 1 << 10), ("MiB", 1 << 20), ("", 1)]))?,
    };
    within(node, value, least, most, &shown_size)
}

/// A whole number within bounds.
pub(super) fn count(node: &Node<'_>, least: u64, most: u64) -> Option<u64> {
    let value = whole(node, &format!("a whole number from {least} to {most}"))?;
    within(node, value, least, most, &|value| value.to_string())
}

fn whole(node: &Node<'_>, wanted: &str) -> Option<u64> {
    let number = node.number(wanted)?;
    let value = Decimal::as_u64(&number);
    if value.is_none() {
        node.refuse("this is no whole number", format!("write {wanted}"));
    }
    value
}

fn within(node: &Node<'_>, value: u64, least: u64, most: u64, show: &dyn Fn(u64) -> String) -> Option<u64> {
    if (least..=most).contains(&value) {
        return Some(value);
    }
    let side = if value < least { "too little" } else { "too much" };
    let message = format!("{} is {side}", quoted(&show(value)));
    node.refuse(message, format!("write something from `{}` to `{}`", show(least), show(most)));
    None
}

/// Digits and one of the units, each with what it multiplies by.
fn measured(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    units.iter().find_map(|(unit, factor)| {
        let digits = text.strip_suffix(unit)?;
        let digits =
            (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)?;
        digits.parse::<u64>().ok()?.checked_mul(*factor)
    })
}

fn shown_duration(milliseconds: u64) -> String {
    let units = [(3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let unit = units
        .into_iter()
        .find(|(factor, _)| milliseconds != 0 && milliseconds.checked_rem(*factor) == Some(0));
    match unit {
        Some((factor, unit)) => format!("{}{unit}", milliseconds.checked_div(factor).unwrap_or_default()),
        None => format!("{milliseconds}ms"),
    }
}

fn shown_size(bytes: u64) -> String {
    if bytes != 0 && bytes.trailing_zeros() >= 10 { format!("{}KiB", bytes >> 10) } else { bytes.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_with_units() {
        let duration = [("ms", 1), ("s", 1_000), ("m", 60_000)];
        for (text, expected) in [
            ("2s", Some(2_000)),
            ("500ms", Some(500)),
            ("10m", Some(600_000)),
            ("0s", Some(0)),
            ("", None),
            ("s", None),
            ("2", None),
            ("-2s", None),
            ("+2s", None),
            ("1.5s", None),
            ("2 s", None),
            ("2S", None),
            ("2d", None),
            ("99999999999999999999s", None),
            ("18446744073709551615m", None),
        ] {
            assert_eq!(measured(text, &duration), expected, "{text:?}");
        }
    }

    #[test]
    fn shown_as_people_write_them() {
        for (milliseconds, expected) in
            [(0, "0ms"), (1, "1ms"), (1_500, "1500ms"), (2_000, "2s"), (600_000, "10m")]
        {
            assert_eq!(shown_duration(milliseconds), expected);
        }
        for (bytes, expected) in [(0, "0"), (1_000, "1000"), (65_536, "64KiB"), (1 << 20, "1024KiB")] {
            assert_eq!(shown_size(bytes), expected);
        }
    }
}
