//! Kleene's three-valued logic, and two more values for what is not known *yet*.

/// What a condition, or a part of one, says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Nobody can say: the fact is unreadable, or left out by who could gain by it. At the top a rule applies.
    Unknown,
    /// It can be said once the credential is here.
    AwaitsCredential,
    /// It can be said once the user is known.
    AwaitsUser,
}

impl Truth {
    /// `all`: one false decides.
    pub(super) fn and(self, other: Self) -> Self {
        self.combine(other, Self::False, Self::True)
    }

    /// `any`: one true decides.
    pub(super) fn or(self, other: Self) -> Self {
        self.combine(other, Self::True, Self::False)
    }

    pub(super) fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            undecided => undecided,
        }
    }

    /// Strongest first: what decides, the user (asked for before the credential comes), the credential, unknown.
    fn combine(self, other: Self, decisive: Self, neutral: Self) -> Self {
        [decisive, Self::AwaitsUser, Self::AwaitsCredential, Self::Unknown]
            .into_iter()
            .find(|strong| self == *strong || other == *strong)
            .unwrap_or(neutral)
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{AwaitsCredential as C, AwaitsUser as W, False as F, True as T, Unknown as U};

    #[test]
    fn tables() {
        for (a, b, and, or) in [
            (T, T, T, T),
            (T, F, F, T),
            (T, U, U, T),
            (T, C, C, T),
            (T, W, W, T),
            (F, F, F, F),
            (F, U, F, U),
            (F, C, F, C),
            (F, W, F, W),
            (U, U, U, U),
            (U, C, C, C),
            (U, W, W, W),
            (C, C, C, C),
            (C, W, W, W),
            (W, W, W, W),
        ] {
            assert_eq!((a.and(b), b.and(a)), (and, and), "{a:?} and {b:?}");
            assert_eq!((a.or(b), b.or(a)), (or, or), "{a:?} or {b:?}");
        }
        for (a, not) in [(T, F), (F, T), (U, U), (C, C), (W, W)] {
            assert_eq!(a.not(), not, "not {a:?}");
        }
    }
}
