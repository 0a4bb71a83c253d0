//! When two quantities say the same.

use super::{Date, Measure, Quantity, Rank, Sense, Time, Unit, Value};

impl Quantity {
    /// Whether this quantity of a statement says what a passage's quantity says, in any of their readings.
    ///
    /// The order counts: a statement may say less than the passage ("March" of "31 March", "four times" of "four times
    /// a day"), never more. Weak quantities are compared like others; whether they matter is the caller's to decide.
    #[must_use]
    pub fn agrees(&self, passage: &Self) -> bool {
        let pairs = || {
            self.readings
                .iter()
                .flat_map(|own| passage.readings.iter().map(move |other| (own, other)))
        };
        pairs().any(|(own, other)| own.agrees(other))
            || is_once_a(self, passage)
            || is_once_a(passage, self)
            || self.is_period_of(passage)
    }

    /// Whether one of the two is a rank and the other a bare number, or both are ranks, with the same number.
    ///
    /// [`Quantity::agrees`] keeps them apart, since "the third" is one and "three" are three. The two meet where a rank is
    /// reached by counting: "after three missed bookings" and "after the third missed booking". Whether the words
    /// around them say so is the caller's to decide. A share, a measure with a unit and "the last" have no rank.
    #[must_use]
    pub fn same_rank(&self, other: &Self) -> bool {
        let has_rank = |quantity: &Self| {
            let mut readings = quantity.readings.iter();
            readings.any(|reading| matches!(reading, Sense::Ordinal(Rank::Nth(_))))
        };
        let is_ranked = has_rank(self) || has_rank(other);
        is_ranked
            && self
                .ranks()
                .any(|own| other.ranks().any(|rank| rank == own))
    }

    /// The numbers of the ranks and of the bare numbers among the readings.
    fn ranks(&self) -> impl Iterator<Item = u32> + '_ {
        self.readings.iter().filter_map(|reading| match reading {
            Sense::Ordinal(Rank::Nth(rank)) => Some(*rank),
            Sense::Measure(count) if count.unit == Unit::COUNT => {
                u32::try_from(count.value.as_whole()?).ok()
            }
            _ => None,
        })
    }

    /// "four daily sailings" has the day of "four times a day".
    fn is_period_of(&self, rate: &Self) -> bool {
        let mut periods = rate.readings.iter().filter_map(|reading| match reading {
            Sense::Rate(rate) => Some(rate.period),
            _ => None,
        });
        self.every && periods.any(|period| self.measures().any(|own| own == period))
    }
}

/// "once a day" is "daily" and "every day".
fn is_once_a(rate: &Quantity, period: &Quantity) -> bool {
    let once = rate.readings.iter().filter_map(|reading| match reading {
        Sense::Rate(rate) if rate.times == Value::ONE => Some(rate.period),
        _ => None,
    });
    once.into_iter()
        .any(|once| period.every && period.measures().any(|measure| measure == once))
}

impl Sense {
    /// Whether this reading of a statement says what a passage's reading says.
    #[must_use]
    pub fn agrees(&self, passage: &Self) -> bool {
        match (self, passage) {
            (Self::Measure(own), Self::Measure(other)) => {
                own == other || is_share(own, other) || is_share(other, own)
            }
            // "four times" of "four times a day" says less, which it may.
            (Self::Measure(own), Self::Rate(rate)) => {
                own.unit == Unit::COUNT && own.value == rate.times
            }
            (Self::Date(own), Self::Date(other)) => own.carried_by(other),
            (Self::Time(own), Self::Time(other)) => own.carried_by(other),
            (Self::Measure(number), Self::Version(version))
            | (Self::Version(version), Self::Measure(number)) => is_version(number, version),
            (own, other) => own == other,
        }
    }
}

/// A half is 50 %.
fn is_share(part: &Measure, percent: &Measure) -> bool {
    let is_pair = part.unit == Unit::COUNT
        && percent.unit == Unit::PERCENT
        && part.value.as_whole().is_none();
    is_pair && part.value.times(Value::whole(100)) == Some(percent.value)
}

/// "Python 3.11" where the passage says "version 3.11"; 3.10 as a number would be 3.1, another version.
fn is_version(number: &Measure, version: &str) -> bool {
    let (whole, part) = version.split_once('.').unwrap_or((version, ""));
    let is_number = number.unit == Unit::COUNT && !part.contains('.') && !part.ends_with('0');
    is_number && Value::decimal(whole, part) == Some(number.value)
}

impl Date {
    /// Whether a passage's date has every field of this date, with the same value.
    #[must_use]
    pub fn carried_by(&self, passage: &Self) -> bool {
        carried(self.year, passage.year)
            && carried(self.quarter, passage.quarter)
            && carried(self.month, passage.month)
            && carried(self.day, passage.day)
    }
}

fn carried<T: PartialEq>(own: Option<T>, passage: Option<T>) -> bool {
    own.is_none() || own == passage
}

impl Time {
    /// Whether a passage's time is this one.
    ///
    /// When the passage does not say which half of the day it means, either will do. When only the statement does not,
    /// `2:00` is 2 a.m. as on a clock of 24 hours, but "two o'clock" may be either.
    #[must_use]
    pub fn carried_by(&self, passage: &Self) -> bool {
        let is_same_half = self.minutes == passage.minutes;
        let is_open = !passage.half_known || !self.half_known && self.is_spoken;
        is_same_half || is_open && self.minutes % 720 == passage.minutes % 720
    }
}
