//! Numbers compared as what they say, not as what a float makes of them.

use std::cmp::Ordering;

/// An exact decimal: ± 0.d₁d₂d₃… × 10^point, without leading or trailing zeros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    point: i64,
    digits: Vec<u8>,
}

/// An exponent of more digits is not read, so that arithmetic on it cannot overflow.
const EXPONENT_DIGITS: usize = 9;

impl Decimal {
    /// Reads a number by JSON's grammar (RFC 8259 section 6). `None`: it is none, or its exponent is absurd. Takes
    /// room for the digits that are written, whatever the exponent.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some(halves) => halves,
            None => (mantissa, ""),
        };
        let grammatical = !whole.is_empty() && (whole == "0" || !whole.starts_with('0'));
        let mut digits = Vec::with_capacity(whole.len().saturating_add(fraction.len()));
        for byte in whole.bytes().chain(fraction.bytes()) {
            digits.push(byte.is_ascii_digit().then_some(byte)?);
        }
        grammatical.then_some(())?;
        let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
        digits.drain(..zeros);
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        if digits.is_empty() {
            return Some(Self { negative: false, point: 0, digits });
        }
        let point = i64::try_from(whole.len())
            .ok()?
            .checked_sub(i64::try_from(zeros).ok()?)?
            .checked_add(exponent)?;
        Some(Self { negative, point, digits })
    }

    /// The whole number, if it is one and fits.
    pub fn as_u64(&self) -> Option<u64> {
        let places = usize::try_from(self.point).ok()?;
        if self.negative || self.digits.len() > places || places > 20 {
            return None;
        }
        let mut digits = self.digits.iter();
        (0..places).try_fold(0u64, |value, _| {
            let digit = digits.next().map_or(0, |digit| digit.wrapping_sub(b'0'));
            value.checked_mul(10)?.checked_add(u64::from(digit))
        })
    }

    /// The one text that equal numbers share.
    pub(crate) fn canonical(&self) -> String {
        let digits: String = self.digits.iter().map(|&digit| char::from(digit)).collect();
        let sign = if self.negative { "-" } else { "" };
        if digits.is_empty() { "0".to_owned() } else { format!("{sign}0.{digits}e{}", self.point) }
    }

    /// As ECMAScript prints a number of these digits (RFC 8785 section 3.2.2.3), all of them.
    pub(super) fn plain(&self) -> String {
        let digits: String = self.digits.iter().map(|&digit| char::from(digit)).collect();
        if digits.is_empty() {
            return "0".to_owned();
        }
        let sign = if self.negative { "-" } else { "" };
        let count = i64::try_from(digits.len()).unwrap_or(i64::MAX);
        let zeros = |places: i64| "0".repeat(usize::try_from(places).unwrap_or_default());
        let point = self.point;
        let number = if count <= point && point <= 21 {
            format!("{digits}{}", zeros(point.saturating_sub(count)))
        } else if 0 < point && point <= 21 {
            let (whole, fraction) =
                digits.split_at_checked(usize::try_from(point).unwrap_or_default()).unwrap_or_default();
            format!("{whole}.{fraction}")
        } else if -6 < point && point <= 0 {
            format!("0.{}{digits}", zeros(point.saturating_neg()))
        } else {
            let exponent = point.saturating_sub(1);
            let plus = if exponent < 0 { "" } else { "+" };
            let (first, rest) = digits.split_at_checked(1).unwrap_or_default();
            let dot = if rest.is_empty() { "" } else { "." };
            format!("{first}{dot}{rest}e{plus}{exponent}")
        };
        format!("{sign}{number}")
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.point.cmp(&other.point).then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn read_exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let significant = digits.trim_start_matches('0');
    if significant.len() > EXPONENT_DIGITS {
        return None;
    }
    let value: i64 = if significant.is_empty() { 0 } else { significant.parse().ok()? };
    if negative { value.checked_neg() } else { Some(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons() {
        use Ordering::{Equal, Greater, Less};
        for (a, b, expected) in [
            ("1000", "1000", Equal),
            ("1000.00", "1000", Equal),
            ("1e3", "1000", Equal),
            ("1E+03", "1000", Equal),
            ("0.1e4", "1000", Equal),
            ("100000e-2", "1000", Equal),
            ("1000.0000000001", "1000", Greater),
            ("999.9999999999999999999999", "1000", Less),
            ("1001", "1000", Greater),
            ("9", "1000", Less),
            ("0", "-0", Equal),
            ("0.0e5", "0", Equal),
            ("0", "1e-400", Less),
            ("1e400", "1000", Greater),
            ("1e999999999", "1000", Greater),
            ("1e-999999999", "0", Greater),
            ("-1", "1", Less),
            ("-1", "0", Less),
            ("-2", "-1", Less),
            ("-1e400", "-1000", Less),
            ("0.05", "0.5", Less),
            ("0.50", "0.5", Equal),
            ("9007199254740993", "9007199254740992", Greater),
            ("123456789012345678901234567890", "123456789012345678901234567891", Less),
        ] {
            let (x, y) = (Decimal::parse(a).unwrap(), Decimal::parse(b).unwrap());
            assert_eq!((x.cmp(&y), y.cmp(&x)), (expected, expected.reverse()), "{a} and {b}");
            assert_eq!(x == y, expected == Equal, "{a} and {b}");
            assert_eq!(x.canonical() == y.canonical(), expected == Equal, "{a} and {b}");
        }
    }

    #[test]
    fn no_numbers() {
        for text in [
            "",
            "-",
            "+1",
            "01",
            "00",
            ".5",
            "1.",
            "1.e3",
            "1e",
            "1e+",
            "1e1.5",
            "0x10",
            "1_000",
            "1,000",
            " 1",
            "1 ",
            "NaN",
            "Infinity",
            "٣",
            "--1",
            "1e1e1",
            "1e1000000000",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn whole_numbers() {
        for (text, expected) in [
            ("0", Some(0)),
            ("1", Some(1)),
            ("1.0", Some(1)),
            ("1e3", Some(1000)),
            ("120e-1", Some(12)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("1e999999999", None),
            ("1.5", None),
            ("0.5", None),
            ("-1", None),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().as_u64(), expected, "{text}");
        }
    }
}
