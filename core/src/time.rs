//! Points in time, handed in by the host: the core has no clock.

use core::fmt;

/// Seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(pub u64);

impl UnixTime {
    /// This moment and `seconds` more; saturates.
    #[must_use]
    pub fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Reads RFC 3339, of whatever offset; a fraction of a second is dropped. `None`: it is none, or before 1970.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |range: core::ops::Range<usize>| -> Option<u64> {
            let digits = text.get(range).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
            digits.parse().ok()
        };
        let mark = |at: usize, marks: &[u8]| text.as_bytes().get(at).is_some_and(|byte| marks.contains(byte));
        if !(mark(4, b"-") && mark(7, b"-") && mark(10, b"Tt ") && mark(13, b":") && mark(16, b":")) {
            return None;
        }
        let days = days(number(0..4)?, number(5..7)?, number(8..10)?)?;
        let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let of_day = hour.checked_mul(3600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
        let local = days.checked_mul(86_400)?.checked_add(of_day)?;
        let mut offset = text.get(19..)?;
        if let Some(fraction) = offset.strip_prefix('.') {
            let end = fraction.bytes().position(|byte| !byte.is_ascii_digit())?;
            offset = fraction.get(end..).filter(|_| end > 0)?;
        }
        let ahead = |text: &str| -> Option<u64> {
            let (hours, minutes) = text.split_once(':')?;
            let both = |text: &str| (text.len() == 2).then(|| text.parse::<u64>().ok()).flatten();
            let (hours, minutes) = (both(hours)?, both(minutes)?);
            (hours < 24 && minutes < 60)
                .then(|| hours.saturating_mul(3600).saturating_add(minutes.saturating_mul(60)))
        };
        match (offset, offset.split_at_checked(1)?) {
            ("Z" | "z", _) => Some(Self(local)),
            (_, ("+", rest)) => local.checked_sub(ahead(rest)?).map(Self),
            (_, ("-", rest)) => local.checked_add(ahead(rest)?).map(Self),
            _ => None,
        }
    }

    /// Seconds from `earlier` to this moment; 0 when `earlier` is later.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// RFC 3339 in UTC with seconds, as `stepUp.expiresAt` has it.
impl fmt::Display for UnixTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.0.div_euclid(86_400);
        let second = self.0.rem_euclid(86_400);
        let (year, month, day) = civil(days);
        let (hour, minute, second) =
            (second.div_euclid(3600), second.rem_euclid(3600).div_euclid(60), second.rem_euclid(60));
        write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// Days since 1970-01-01 to year, month, day: Howard Hinnant's `civil_from_days`, for dates from 1970 on.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days.min(4_000_000).saturating_add(719_468);
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = of_era
        .saturating_sub(of_era.div_euclid(1460))
        .saturating_add(of_era.div_euclid(36_524))
        .saturating_sub(of_era.div_euclid(146_096))
        .div_euclid(365);
    let before = 365_u64
        .saturating_mul(year_of_era)
        .saturating_add(year_of_era.div_euclid(4))
        .saturating_sub(year_of_era.div_euclid(100));
    let of_year = of_era.saturating_sub(before);
    // Months count from March, so that a leap day is a year's last.
    let from_march = of_year.saturating_mul(5).saturating_add(2).div_euclid(153);
    let day = of_year
        .saturating_sub(from_march.saturating_mul(153).saturating_add(2).div_euclid(5))
        .saturating_add(1);
    let month = if from_march < 10 { from_march.saturating_add(3) } else { from_march.saturating_sub(9) };
    let year = era.saturating_mul(400).saturating_add(year_of_era);
    (if month <= 2 { year.saturating_add(1) } else { year }, month, day)
}

/// Year, month and day to days since 1970-01-01; `None` before then, or where there is no such day.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Howard Hinnant's `days_from_civil`.
    let year = if month <= 2 { year.checked_sub(1)? } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let from_march = if month > 2 { month.checked_sub(3)? } else { month.checked_add(9)? };
    let of_year =
        from_march.checked_mul(153)?.checked_add(2)?.div_euclid(5).checked_add(day.checked_sub(1)?)?;
    let of_era = of_era
        .checked_mul(365)?
        .checked_add(of_era.div_euclid(4))?
        .checked_sub(of_era.div_euclid(100))?
        .checked_add(of_year)?;
    era.checked_mul(146_097)?.checked_add(of_era)?.checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::UnixTime;

    #[test]
    fn prints_rfc_3339() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_077_926_399, "2004-02-27T23:59:59Z"),
            (1_763_805_600, "2025-11-22T10:00:00Z"),
            (4_102_444_800, "2100-01-01T00:00:00Z"),
        ] {
            assert_eq!(UnixTime(seconds).to_string(), text);
        }
    }

    #[test]
    fn reads_rfc_3339() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2000-02-29T00:00:00Z", Some(951_782_400)),
            ("2004-02-27T23:59:59z", Some(1_077_926_399)),
            ("2025-11-22T10:00:00.123456Z", Some(1_763_805_600)),
            ("2025-11-22T11:30:00+01:30", Some(1_763_805_600)),
            ("2025-11-22t05:00:00-05:00", Some(1_763_805_600)),
            ("2100-01-01T00:00:00Z", Some(4_102_444_800)),
            ("1969-12-31T23:59:59Z", None),
            ("1970-01-01T00:00:00+00:01", None),
            ("2001-02-29T00:00:00Z", None),
            ("2001-13-01T00:00:00Z", None),
            ("2001-01-01T24:00:00Z", None),
            ("2001-01-01T00:00:00", None),
            ("2001-01-01T00:00:00.Z", None),
            ("2001-01-01T00:00:00+1:00", None),
            ("2001-01-01", None),
            ("", None),
        ] {
            assert_eq!(UnixTime::parse(text), seconds.map(UnixTime), "{text}");
        }
    }
}
