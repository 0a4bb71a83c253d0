//! Numbers as a spreadsheet rounds them: by their first fifteen digits, halves away from zero.

/// Digits that a spreadsheet keeps of a number.
const PRECISION: usize = 15;

/// A number without its sign.
#[derive(Debug, Clone)]
pub(super) struct Decimal {
    /// Digits without leading zeros; none for 0.
    digits: Vec<u8>,
    /// Digits before the point; negative for zeros behind it.
    point: i32,
}

impl Decimal {
    /// The size of a finite number.
    pub(super) fn of(value: f64) -> Self {
        // By way of text: the formatter rounds exactly, which arithmetic in binary does not.
        let text = format!("{:.*e}", PRECISION - 1, value.abs());
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text.as_str(), "0"));
        let digits = mantissa
            .bytes()
            .filter(u8::is_ascii_digit)
            .map(|c| c - b'0');
        let mut decimal = Self {
            digits: digits.collect(),
            point: exponent.parse::<i32>().unwrap_or(0) + 1,
        };
        decimal.trim();
        decimal
    }

    fn trim(&mut self) {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        let zeros = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..zeros);
        self.point -= i32::try_from(zeros).unwrap_or(0);
        if self.digits.is_empty() {
            self.point = 0;
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Its power of ten when it is written with one digit before the point.
    pub(super) fn exponent(&self) -> i32 {
        if self.is_zero() { 0 } else { self.point - 1 }
    }

    /// Times a power of ten.
    pub(super) fn scaled(mut self, power: i32) -> Self {
        if !self.is_zero() {
            self.point += power;
        }
        self
    }

    /// Rounded to so many places behind the point.
    pub(super) fn rounded(mut self, places: usize) -> Self {
        let kept = self.point + i32::try_from(places).unwrap_or(i32::MAX / 2);
        // Smaller than the last place that is shown by more than a digit.
        let Ok(kept) = usize::try_from(kept) else {
            self.digits.clear();
            self.trim();
            return self;
        };
        if kept >= self.digits.len() {
            return self;
        }
        // Halves away from zero, as a spreadsheet does, where the formatter takes the even neighbour.
        let up = self.digits[kept] >= 5;
        self.digits.truncate(kept);
        if up {
            self.add_one();
        }
        self.trim();
        self
    }

    /// Adds one to the last digit.
    fn add_one(&mut self) {
        for digit in self.digits.iter_mut().rev() {
            if *digit < 9 {
                *digit += 1;
                return;
            }
            *digit = 0;
        }
        self.digits.insert(0, 1);
        self.point += 1;
    }

    /// Digits before the point; empty for numbers below 1.
    pub(super) fn whole(&self) -> String {
        let count = usize::try_from(self.point).unwrap_or(0);
        let digits = self.digits.iter().copied().chain(std::iter::repeat(0));
        digits
            .take(count)
            .map(|digit| char::from(b'0' + digit))
            .collect()
    }

    /// Digits behind the point, without zeros at their end.
    pub(super) fn fraction(&self) -> String {
        let zeros = usize::try_from(-self.point).unwrap_or(0);
        let whole = usize::try_from(self.point).unwrap_or(0);
        let digits = self.digits.iter().skip(whole).copied();
        std::iter::repeat_n(0, if self.is_zero() { 0 } else { zeros })
            .chain(digits)
            .map(|digit| char::from(b'0' + digit))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(value: f64, places: usize) -> String {
        let decimal = Decimal::of(value).rounded(places);
        format!("{}.{}", decimal.whole(), decimal.fraction())
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        assert_eq!(shown(0.125, 2), ".13");
        assert_eq!(shown(1.005, 2), "1.01");
        assert_eq!(shown(999.95, 1), "1000.");
        assert_eq!(shown(0.04, 0), ".");
        assert_eq!(shown(0.5, 0), "1.");
        assert_eq!(shown(0.1 + 0.2, 10), ".3");
        assert_eq!(shown(0.0, 3), ".");
        assert_eq!(shown(1_200_000.0, 2), "1200000.");
        assert_eq!(shown(0.00123, 4), ".0012");
    }
}
