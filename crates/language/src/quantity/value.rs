//! Exact numbers: a fraction of two integers, so that 0.1 kg and 100 g are the same to the last digit.

use std::cmp::Ordering;
use std::fmt;

/// An exact rational number, always reduced, with a positive denominator.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Value {
    top: i128,
    bottom: i128,
}

impl Value {
    /// The number one.
    pub const ONE: Self = Self::whole(1);

    /// An integer.
    #[must_use]
    pub const fn whole(number: i128) -> Self {
        Self {
            top: number,
            bottom: 1,
        }
    }

    /// The fraction `top / bottom`; `None` when the bottom is zero or the numbers are out of range.
    #[must_use]
    pub fn fraction(top: i128, bottom: i128) -> Option<Self> {
        // The least `i128` has no counterpart with the other sign.
        if bottom == 0 || top == i128::MIN || bottom == i128::MIN {
            return None;
        }
        let divisor = common_divisor(top.unsigned_abs(), bottom.unsigned_abs());
        let divisor = i128::try_from(divisor).ok()?;
        let sign = bottom.signum();
        Some(Self {
            top: sign * top / divisor,
            bottom: bottom.abs() / divisor,
        })
    }

    /// The number whose decimal digits are `whole` before and `part` after the point; `None` beyond 30 digits.
    #[must_use]
    pub fn decimal(whole: &str, part: &str) -> Option<Self> {
        // An `i128` holds 38 digits; the rest is room for a scale such as "million" and for one multiplication.
        if whole.len() + part.len() > 30 {
            return None;
        }
        let bottom = 10_i128.checked_pow(u32::try_from(part.len()).ok()?)?;
        Self::fraction(format!("{whole}{part}").parse().ok()?, bottom)
    }

    /// The sum, or `None` when it is out of range.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let left = self.top.checked_mul(other.bottom)?;
        let right = other.top.checked_mul(self.bottom)?;
        Self::fraction(
            left.checked_add(right)?,
            self.bottom.checked_mul(other.bottom)?,
        )
    }

    /// The difference, or `None` when it is out of range.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.negated())
    }

    /// The product, or `None` when it is out of range.
    #[must_use]
    pub fn times(self, other: Self) -> Option<Self> {
        Self::fraction(
            self.top.checked_mul(other.top)?,
            self.bottom.checked_mul(other.bottom)?,
        )
    }

    /// The quotient, or `None` when `other` is zero or the result is out of range.
    #[must_use]
    pub fn over(self, other: Self) -> Option<Self> {
        Self::fraction(
            self.top.checked_mul(other.bottom)?,
            self.bottom.checked_mul(other.top)?,
        )
    }

    /// The number with the other sign.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self {
            top: -self.top,
            bottom: self.bottom,
        }
    }

    /// The number without its sign.
    #[must_use]
    pub const fn magnitude(self) -> Self {
        Self {
            top: self.top.abs(),
            bottom: self.bottom,
        }
    }

    /// The integer this number is, if it is one.
    #[must_use]
    pub const fn as_whole(self) -> Option<i128> {
        if self.bottom == 1 {
            Some(self.top)
        } else {
            None
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let left = self.top.checked_mul(other.bottom)?;
        Some(left.cmp(&other.top.checked_mul(self.bottom)?))
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bottom == 1 {
            write!(out, "{}", self.top)
        } else {
            write!(out, "{}/{}", self.top, self.bottom)
        }
    }
}

fn common_divisor(mut left: u128, mut right: u128) -> u128 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    // Of nothing at all, which a zero over a zero would be; the division that follows must not be by zero.
    left.max(1)
}
