//! Medians, and how far apart the measurements lie.

/// What several measurements of one thing say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// Of at least one measurement.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let median = if values.len().is_multiple_of(2) {
            f64::midpoint(values[middle - 1], values[middle])
        } else {
            values[middle]
        };
        Self { median, least: values[0], most: values[values.len() - 1] }
    }

    /// `1.23 (1.20–1.31)`
    pub(crate) fn text(self, decimals: usize) -> String {
        let Self { median, least, most } = self;
        format!("{median:.decimals$} ({least:.decimals$}–{most:.decimals$})")
    }
}

#[test]
fn spreads_are_medians_and_extremes() {
    let spread = |median, least, most| Spread { median, least, most };
    for (values, expected) in [
        (vec![2.0], spread(2.0, 2.0, 2.0)),
        (vec![3.0, 1.0, 2.0], spread(2.0, 1.0, 3.0)),
        (vec![4.0, 1.0, 3.0, 2.0], spread(2.5, 1.0, 4.0)),
    ] {
        assert_eq!(Spread::of(values.into_iter()), expected);
    }
    assert_eq!(spread(1.0, 0.95, 1.1).text(2), "1.00 (0.95–1.10)");
}
