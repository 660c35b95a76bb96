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
}
