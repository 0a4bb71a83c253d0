//! A number that the asker gave, and that lies within what a claim says of a range: of "children under eight" one is
//! told who asks about a child of seven.

use std::cmp::Ordering;

use stoa_language::{
    Reading,
    markers::{Class, Opposites},
    quantity::{Quantity, Sense, Unit, Value},
};

use super::Vouched;
use super::bounds::{bounded_by, is_bounded, lies_above};
use crate::read::Claim;

/// What stands between the two ends of a range.
const JOINS: [&str; 13] = [
    "-", "–", "—", "~", "～", "to", "bis", "à", "a", "至", "到", "and", "und",
];
/// What says before the end of a range that it is on the next day.
const NEXT_DAY: [&str; 4] = ["次日", "翌日", "第二天", "隔天"];
/// Words before a range whose ends "and" joins.
const BETWEEN: [&str; 4] = ["between", "zwischen", "entre", "tra"];
/// What says behind a number that it is an age, and how many characters are looked at.
const AGES: [&str; 6] = ["year-old", "years old", "岁", "jährig", "Jahre alt", " ans"];
const AGE: usize = 18;
/// Months of a year, where a range of months may go over its end.
const YEAR: u8 = 12;

/// Whether a number of the question lies within each range that a claim has of its kind, and the claim has one.
pub(super) fn within(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Claim,
    question: &Reading,
    vouched: Vouched,
) -> bool {
    // "Within ten days" is a range itself, and another than "within fifteen".
    if is_bounded(statement, quantity) {
        return false;
    }
    let given = asked(quantity, question);
    // "A five-year-old" is told what holds for all under six.
    if !given && (vouched == Vouched::ByNobody || !is_age(statement, quantity)) {
        return false;
    }
    let ranges = ranges(&claim.reading);
    let mut alike = ranges
        .iter()
        .filter_map(|range| range.holds(quantity))
        .peekable();
    // What holds of what lies without is said behind the range, and a model can tell.
    alike.peek().is_some() && (given && vouched == Vouched::ByModel || alike.all(|holds| holds))
}

/// Whether a number that is no bound itself lies within a range of a claim: the fifth floor of "the fourth and above".
pub(super) fn lies_within(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
    let counts = |own: &Quantity| own.counted.as_ref().map(|own| own.word.to_lowercase());
    let alike = |end: &Option<&Quantity>| end.is_none_or(|end| counts(end) == counts(quantity));
    !is_bounded(statement, quantity)
        && ranges(claim).iter().any(|range| {
            alike(&range.low) && alike(&range.high) && range.holds(quantity) == Some(true)
        })
}

/// Whether a number says how old somebody is.
pub(super) fn is_age(statement: &Reading, quantity: &Quantity) -> bool {
    let behind = statement
        .text
        .get(quantity.range.start..)
        .unwrap_or_default();
    let near: String = behind.chars().take(AGE).collect();
    AGES.iter().any(|word| near.contains(word))
}

/// Whether the asker gave a number.
pub(super) fn asked(quantity: &Quantity, question: &Reading) -> bool {
    question.quantities.iter().any(|asked| {
        !asked.weak
            && (quantity.agrees(asked) || asked.agrees(quantity) || same_value(quantity, asked))
    })
}

/// Two numbers without a look at their units: "at nine" of a nine-year-old.
fn same_value(a: &Quantity, b: &Quantity) -> bool {
    a.is_count()
        && b.measures()
            .any(|b| a.measures().any(|a| a.value == b.value))
}

/// From one number to another; an end that is missing is open.
struct Range<'a> {
    low: Option<&'a Quantity>,
    high: Option<&'a Quantity>,
}

impl Range<'_> {
    /// Whether a number lies in it; nothing is said of a number of another kind.
    fn holds(&self, quantity: &Quantity) -> Option<bool> {
        let order = |end: &Quantity| compare(quantity, end);
        match (self.low, self.high) {
            (Some(low), Some(high)) => {
                if let Some(holds) = months(quantity, low, high) {
                    return Some(holds);
                }
                let (from, to) = (
                    order(low)? != Ordering::Less,
                    order(high)? != Ordering::Greater,
                );
                // From ten in the evening to eight goes over midnight.
                let over_midnight =
                    compare(low, high) == Some(Ordering::Greater) && low.times().next().is_some();
                Some(if over_midnight {
                    from || to
                } else {
                    from && to
                })
            }
            (Some(low), None) => Some(order(low)? != Ordering::Less),
            (None, Some(high)) => Some(order(high)? != Ordering::Greater),
            (None, None) => None,
        }
    }
}

/// Whether a number lies in a range of which a claim names both ends; nothing where it names none of its kind.
pub(super) fn lies_between(quantity: &Quantity, claim: &Reading) -> Option<bool> {
    let mut ranges = ranges(claim).into_iter();
    ranges.find_map(|range| {
        range
            .low
            .and(range.high)
            .and_then(|_| range.holds(quantity))
    })
}

/// The ranges of a claim: 5–11, under five, 16 and over.
fn ranges(claim: &Reading) -> Vec<Range<'_>> {
    let numbers: Vec<&Quantity> = claim.quantities.iter().filter(|own| !own.weak).collect();
    let mut ranges: Vec<Range<'_>> = numbers
        .windows(2)
        .filter(|pair| joined(claim, pair[0], pair[1]))
        .map(|pair| Range {
            low: Some(pair[0]),
            high: Some(pair[1]),
        })
        .collect();
    for mark in &claim.marks {
        if let Class::Side(side) = mark.class
            && side.kind == Opposites::Amount
            && let Some(start) = bounded_by(claim, &mark.range)
            && let Some(end) = numbers.iter().find(|number| number.range.start == start)
        {
            let (low, high) = if side.first {
                (Some(*end), None)
            } else {
                (None, Some(*end))
            };
            ranges.push(Range { low, high });
        }
    }
    ranges
}

/// Whether a statement has a range between two numbers of which the claim names what lies without: between nine and seven
/// is not before nine and after seven.
pub(super) fn inverted(statement: &Reading, claim: &Reading) -> bool {
    let sides = |quantity: &Quantity| {
        let mut same = claim.quantities.iter().filter(|own| quantity.agrees(own));
        same.next().map(|own| lies_above(claim, own))
    };
    statement.quantities.windows(2).any(|pair| {
        joined(statement, &pair[0], &pair[1])
            && sides(&pair[0]) == Some(Some(false))
            && sides(&pair[1]) == Some(Some(true))
    })
}

/// Whether two numbers are the ends of a range.
pub(super) fn joined(claim: &Reading, low: &Quantity, high: &Quantity) -> bool {
    let between = claim.text.get(low.range.end..high.range.start);
    let between = between.unwrap_or_default().trim().to_lowercase();
    // 22:00—次日8:00
    let between = NEXT_DAY
        .iter()
        .find_map(|day| between.strip_suffix(day))
        .unwrap_or(&between)
        .trim();
    let before = claim.text[..low.range.start].trim_end().to_lowercase();
    match between {
        "and" | "und" | "et" => BETWEEN.iter().any(|word| before.ends_with(word)),
        join => JOINS.contains(&join),
    }
}

/// Which of two numbers of one kind is the greater.
pub(super) fn compare(a: &Quantity, b: &Quantity) -> Option<Ordering> {
    let pairs = a
        .readings
        .iter()
        .flat_map(|a| b.readings.iter().map(move |b| (a, b)));
    pairs.into_iter().find_map(|(a, b)| match (a, b) {
        (Sense::Measure(a), Sense::Measure(b)) if a.unit == b.unit => a.value.partial_cmp(&b.value),
        // "A nine-year-old" and "children from 6 to 12".
        (Sense::Measure(a), Sense::Measure(b))
            if a.unit == Unit::MONTH && b.unit == Unit::COUNT =>
        {
            a.value
                .partial_cmp(&b.value.times(Value::whole(YEAR.into()))?)
        }
        (Sense::Time(a), Sense::Time(b)) => Some(a.minutes.cmp(&b.minutes)),
        (Sense::Date(a), Sense::Date(b)) if a.month.is_some() && b.month.is_some() => {
            Some((a.year, a.month, a.day).cmp(&(b.year, b.month, b.day)))
        }
        _ => None,
    })
}

/// Whether a month lies between two, over the end of the year where the first is the later.
fn months(quantity: &Quantity, low: &Quantity, high: &Quantity) -> Option<bool> {
    let month = |of: &Quantity| {
        of.readings.iter().find_map(|sense| match sense {
            Sense::Date(date) if date.year.is_none() && date.day.is_none() => date.month,
            _ => None,
        })
    };
    let (own, low, high) = (month(quantity)?, month(low)?, month(high)?);
    let from = |month: u8| (month + YEAR - low) % YEAR;
    Some(from(own) <= from(high))
}
