//! Numbers, dates, times and measures of a text in a normal form, so that two ways of saying the same are equal.
//!
//! [`find`] reads a text of any language; [`Quantity::agrees`] compares a statement's quantity with a passage's, and
//! [`derive::holds`] says whether a statement's quantity follows from cited ones by a short list of safe rules. What a
//! text leaves open (`1.200`, `03/04/2021`, `5 分`) is kept as several [`Sense`]s, and two quantities agree when any
//! two of their readings do.

mod changes;
mod compare;
mod dates;
pub mod derive;
mod digits;
mod draft;
mod han;
mod identifiers;
mod measures;
mod numbers;
mod ordinals;
mod passes;
mod scan;
mod spoken;
mod tables;
mod times;
mod tokens;
mod units;
mod value;
mod weekdays;

#[cfg(test)]
mod tests;

use std::ops::Range;

pub use scan::find;
pub use value::Value;

/// A quantity of a text and everything it can mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantity {
    /// The bytes of the text it takes, on character boundaries; the ranges of one text are in order and do not overlap.
    pub range: Range<usize>,
    /// What it can mean, the likeliest first; never empty.
    pub readings: Vec<Sense>,
    /// Whether it may be no quantity at all: an article ("a month", 一个), "one of", a list's number, "First,".
    pub weak: bool,
    /// Whether it is a period: "every six hours", "daily", "per day", 每天.
    pub every: bool,
    /// Whether it names a part or a multiple of another: "half", "two thirds", "double", "twice", 翻倍.
    pub factor: bool,
    /// Whether the text says that it is how much more or less than another there is of something.
    pub difference: Option<Difference>,
    /// What is counted, for a number without a unit: "people" in "3 people", 人 in 三人.
    pub counted: Option<Counted>,
}

/// The way a quantity differs from another, as the words beside it say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// "35 more", "ten years after", 多35人.
    More,
    /// "35 fewer", "20 % off", "ten years before", 八折.
    Less,
}

/// The word after a number without unit, as the text has it; a compound or an adjective is not looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The bytes of the text it takes.
    pub range: Range<usize>,
    /// The word itself; in Chinese and Japanese up to two characters after the measure word.
    pub word: String,
}

/// One meaning of a quantity.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Sense {
    /// A number with or without a unit.
    Measure(Measure),
    /// A rank: "third", 第三, "Rule 3", the second floor.
    Ordinal(Rank),
    /// A date, or the part of one that the text gives.
    Date(Date),
    /// Ten years, by their first: "the 1990s".
    Decade(i32),
    /// A day of the week, Monday is 1.
    Weekday(u8),
    /// A time of day.
    Time(Time),
    /// So many times in a period: "four times a day".
    Rate(Rate),
    /// A version, without its "v".
    Version(String),
}

/// A number of a base unit: 3 km are 3000 of [`Unit::METRE`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// How many of the unit, with the sign.
    pub value: Value,
    /// The base unit.
    pub unit: Unit,
}

/// A base unit, by its name in `data/quantity/units.txt`; a currency has its code of three capitals.
///
/// Seconds and months do not convert into each other, nor do metres and inches or any two currencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unit(&'static str);

impl Unit {
    /// No unit: a bare number, or one of counted things.
    pub const COUNT: Self = Self("");
    /// Seconds: also minutes, hours, days and weeks.
    pub const SECOND: Self = Self("second");
    /// Months: also years and decades.
    pub const MONTH: Self = Self("month");
    /// Metres.
    pub const METRE: Self = Self("metre");
    /// Hundredths; percentage points are another unit.
    pub const PERCENT: Self = Self("percent");
    /// Degrees Celsius, also those that say only "degrees".
    pub const CELSIUS: Self = Self("celsius");

    /// The name of the unit, empty for a bare number.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// Whether nought is a place on it, and not none: temperatures, percentages, angles.
    #[must_use]
    pub fn is_scale(self) -> bool {
        matches!(
            self.0,
            "celsius" | "fahrenheit" | "kelvin" | "percent" | "angle" | "ph" | "decibel"
        )
    }

    /// Whether it is a currency.
    #[must_use]
    pub fn is_money(self) -> bool {
        units::is_money(self.0)
    }
}

/// A place in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// From the start, 1 is the first.
    Nth(u32),
    /// The last.
    Last,
}

/// A date as far as the text gives it; a month alone or a day alone is one too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Date {
    /// The year of the Common Era.
    pub year: Option<i32>,
    /// The quarter, 1 to 4, where the text speaks of quarters.
    pub quarter: Option<u8>,
    /// The month, 1 to 12.
    pub month: Option<u8>,
    /// The day of the month, 1 to 31.
    pub day: Option<u8>,
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// Minutes from midnight, 0 to 1439; hours below 13 of an unknown half of the day are as in the morning.
    pub minutes: u16,
    /// Whether the text says which half of the day: "9 a.m.", "09:00", "14:00", 上午九点, but not "9:00".
    pub half_known: bool,
    /// Whether it is said as in speech, "two o'clock" and 两点, where the afternoon is meant as often as the night.
    pub is_spoken: bool,
}

/// A count for each period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// How many times.
    pub times: Value,
    /// The period, in seconds or months.
    pub period: Measure,
}

impl Quantity {
    /// The measures among the readings.
    pub fn measures(&self) -> impl Iterator<Item = Measure> + '_ {
        self.readings.iter().filter_map(|reading| match reading {
            Sense::Measure(measure) => Some(*measure),
            _ => None,
        })
    }

    /// The times of day among the readings.
    pub fn times(&self) -> impl Iterator<Item = Time> + '_ {
        self.readings.iter().filter_map(|reading| match reading {
            Sense::Time(time) => Some(*time),
            _ => None,
        })
    }

    /// Whether it can be a bare number.
    #[must_use]
    pub fn is_count(&self) -> bool {
        self.measures().any(|measure| measure.unit == Unit::COUNT)
    }
}
