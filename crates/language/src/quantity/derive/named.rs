//! Sums, products and ratios that a text itself names: "35 fewer", "20 % off", "ten years after", "half of".

use super::super::{Date, Difference, Measure, Quantity, Sense, Unit, Value};
use super::{adds, counts};

/// "210 members, 35 fewer than five years ago": 245, or 175 if it is now that they are fewer.
pub(super) fn is_other_count(statement: &Quantity, cited: &[Quantity]) -> bool {
    let is_number = |quantity: &Quantity| {
        let is_dated = quantity
            .readings
            .iter()
            .any(|reading| matches!(reading, Sense::Date(_) | Sense::Time(_)));
        !quantity.weak && !quantity.factor && !quantity.every && !is_dated && quantity.is_count()
    };
    let numbers: Vec<&Quantity> = cited
        .iter()
        .filter(|quantity| is_number(quantity))
        .collect();
    // Neighbours only: a difference is to the number that stands beside it.
    numbers.windows(2).any(|pair| {
        let differs = pair[0].difference.is_some() != pair[1].difference.is_some();
        differs
            && counts(statement).any(|value| {
                counts(pair[0]).any(|first| {
                    counts(pair[1]).any(|second| {
                        let less = first.minus(second).map(Value::magnitude);
                        first.plus(second) == Some(value)
                            || less == Some(value) && value != Value::whole(0)
                    })
                })
            })
    })
}

/// "until 1974, and again ten years after": 1984.
pub(super) fn is_year(statement: &Quantity, cited: &[Quantity]) -> bool {
    let years = |quantity: &Quantity| -> Option<i32> {
        quantity.readings.iter().find_map(|reading| match reading {
            Sense::Date(date) => date.year,
            _ => None,
        })
    };
    let stated: Vec<i32> = statement
        .readings
        .iter()
        .filter_map(|reading| match reading {
            Sense::Date(date) => date.year.filter(|_| is_year_alone(date)),
            _ => None,
        })
        .collect();
    // Neighbours only, as with any number of years and spans nearly every year would follow.
    let parts: Vec<&Quantity> = cited
        .iter()
        .filter(|quantity| years(quantity).is_some() || span(quantity).is_some())
        .collect();
    parts.windows(2).any(|pair| {
        let (year, length) = match (years(pair[0]), years(pair[1])) {
            (Some(year), None) => (year, pair[1]),
            (None, Some(year)) => (year, pair[0]),
            _ => return false,
        };
        let Some(number) = span(length) else {
            return false;
        };
        let other = match length.difference {
            Some(Difference::Less) => year.checked_sub(number),
            _ => year.checked_add(number),
        };
        other.is_some_and(|other| stated.contains(&other))
    })
}

fn is_year_alone(date: &Date) -> bool {
    date.quarter.is_none() && date.month.is_none() && date.day.is_none()
}

/// How many whole years a quantity lasts; "every ten years" and "ten years old" go from no year to another.
fn span(quantity: &Quantity) -> Option<i32> {
    let is_age = quantity
        .measures()
        .any(|measure| measure.unit.name() == "age");
    // "a year" by itself says no more than "once" does, but "a year later" does.
    let is_span = !quantity.every && !is_age && (!quantity.weak || quantity.difference.is_some());
    let months = quantity
        .measures()
        .find(|measure| is_span && measure.unit == Unit::MONTH)?;
    let years = months.value.over(Value::whole(12))?.as_whole()?;
    i32::try_from(years).ok().filter(|years| *years > 0)
}

/// What is left of one at "20 % off" and 八折, and what one becomes at "10 % more".
pub(super) fn changed(quantity: &Quantity) -> impl Iterator<Item = Value> + '_ {
    let percents = quantity
        .measures()
        .filter(|measure| measure.unit == Unit::PERCENT);
    percents.filter_map(|percent| {
        let part = percent.value.over(Value::whole(100))?;
        match quantity.difference? {
            Difference::Less => Value::ONE.minus(part),
            Difference::More => Value::ONE.plus(part),
        }
    })
}

/// "half the price" where the text has 6.00 and 3.00.
///
/// Only parts, and only where the text has no third amount of the kind: a multiple says which of the two is the larger,
/// which the numbers alone do not tell, and of many amounts some two are nearly always one half of each other.
pub(super) fn is_part_of_other(statement: &Quantity, cited: &[Quantity]) -> bool {
    let part = counts(statement).find(|value| *value < Value::ONE && *value > Value::whole(0));
    let Some(part) = part.filter(|_| statement.factor) else {
        return false;
    };
    let amounts: Vec<(Measure, Option<&str>)> = cited
        .iter()
        .filter(|quantity| !quantity.weak && !quantity.factor && !quantity.every)
        .filter_map(|quantity| {
            let counted = quantity.counted.as_ref();
            let word = counted.map(|counted| counted.word.as_str());
            quantity.measures().next().map(|measure| (measure, word))
        })
        .collect();
    amounts.iter().any(|(whole, word)| {
        let mut alike: Vec<Value> = Vec::new();
        for (other, counted) in &amounts {
            let is_alike =
                other.unit == whole.unit && (other.unit != Unit::COUNT || counted == word);
            if is_alike && !alike.contains(&other.value) {
                alike.push(other.value);
            }
        }
        let is_pair = alike.len() == 2 && adds(whole.unit);
        is_pair
            && whole
                .value
                .times(part)
                .is_some_and(|less| alike.contains(&less))
    })
}
