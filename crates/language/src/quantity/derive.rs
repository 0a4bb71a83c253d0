//! What follows from cited quantities by a short list of safe rules.
//!
//! The list is short on purpose: with enough numbers in a passage, free arithmetic derives nearly any small number. A
//! rule here needs units that match, or a word such as "half" or "fewer" in the passage. No count of listed things, no
//! product and no quotient of counts is derived, and months never become days.

mod named;

use super::{Measure, Quantity, Rate, Sense, Time, Unit, Value};

/// Whether a statement's quantity is cited, or derived from one or two cited quantities of one text in its order.
///
/// The rules:
/// - the sum or difference of two of the same unit, of counts only when they count the same word or the text says that
///   one is a difference ("35 fewer");
/// - the time between two neighbouring times of day, and the year so many years after or before a neighbouring one;
/// - the part, multiple or discount that the passage names, of a quantity of the statement's unit;
/// - the part that the statement names, when it is what one of the passage's only two amounts of a kind is of the other;
/// - from "every six hours" the four times a day.
#[must_use]
pub fn holds(statement: &Quantity, cited: &[Quantity]) -> bool {
    cited.iter().any(|quantity| statement.agrees(quantity))
        || is_sum(statement, cited)
        || named::is_other_count(statement, cited)
        || is_span(statement, cited)
        || named::is_year(statement, cited)
        || is_part(statement, cited)
        || named::is_part_of_other(statement, cited)
        || is_rate(statement, cited)
}

/// Whether a statement's quantity is the sum or the difference of two cited quantities.
#[must_use]
pub fn is_sum(statement: &Quantity, cited: &[Quantity]) -> bool {
    pairs(cited).any(|(first, second)| {
        statement
            .measures()
            .filter(|sum| may_add(*sum, statement, first, second))
            .any(|sum| adds_up(sum, first, second))
    })
}

fn pairs(cited: &[Quantity]) -> impl Iterator<Item = (&Quantity, &Quantity)> {
    let strong = cited
        .iter()
        .enumerate()
        .filter(|(_, quantity)| !quantity.weak);
    strong.flat_map(move |(at, first)| {
        // Each pair once: the difference is taken without its sign.
        cited[at + 1..]
            .iter()
            .filter(|second| !second.weak)
            .map(move |second| (first, second))
    })
}

/// Shares and temperatures do not add; counts do when both count what the statement counts.
fn may_add(sum: Measure, statement: &Quantity, first: &Quantity, second: &Quantity) -> bool {
    let word = |quantity: &Quantity| {
        quantity
            .counted
            .as_ref()
            .map(|counted| counted.word.to_lowercase())
    };
    match sum.unit.name() {
        _ if !adds(sum.unit) || is_age(first) || is_age(second) => false,
        "" => {
            word(statement).is_some()
                && word(statement) == word(first)
                && word(first) == word(second)
        }
        _ => !first.every && !second.every,
    }
}

/// "aged 5" and "aged 7" are no twelve years.
fn is_age(quantity: &Quantity) -> bool {
    quantity
        .measures()
        .any(|measure| measure.unit.name() == "age")
}

/// Whether two amounts of a unit make a third, as those of a temperature or a share do not.
fn adds(unit: Unit) -> bool {
    !matches!(
        unit.name(),
        "percent"
            | "celsius"
            | "fahrenheit"
            | "kelvin"
            | "angle"
            | "ph"
            | "decibel"
            | "score"
            | "age"
            | "point"
    )
}

fn adds_up(sum: Measure, first: &Quantity, second: &Quantity) -> bool {
    let of = |quantity: &Quantity| {
        quantity
            .measures()
            .filter(|measure| measure.unit == sum.unit)
            .collect::<Vec<_>>()
    };
    let second = of(second);
    of(first).into_iter().any(|first| {
        second.iter().any(|second| {
            let total = first.value.plus(second.value);
            let difference = first.value.minus(second.value).map(Value::magnitude);
            total == Some(sum.value)
                // "Nothing is left" would follow from any number that occurs twice.
                || difference == Some(sum.value) && sum.value != Value::whole(0)
        })
    })
}

/// 02:00 to 05:00 are three hours.
fn is_span(statement: &Quantity, cited: &[Quantity]) -> bool {
    let times: Vec<Time> = cited
        .iter()
        .filter_map(|quantity| quantity.times().next())
        .collect();
    let lengths: Vec<Value> = statement
        .measures()
        .filter(|length| length.unit == Unit::SECOND)
        .map(|length| length.value)
        .collect();
    // Neighbours only: of all pairs of times on a page some would span nearly any number of hours.
    times.windows(2).any(|pair| {
        let minutes = minutes_between(pair[0], pair[1]);
        minutes > 0 && lengths.contains(&Value::whole(i128::from(minutes) * 60))
    })
}

fn minutes_between(start: Time, end: Time) -> u16 {
    // A time whose half of the day is open is on a circle of twelve hours.
    let circle = if start.half_known == end.half_known {
        1440
    } else {
        720
    };
    let circle = if !start.half_known && !end.half_known && end.minutes < start.minutes {
        720
    } else {
        circle
    };
    (end.minutes % circle + circle - start.minutes % circle) % circle
}

/// "240, and half of that for children" is 120, and "240 euros, 20 % off for members" 192 euros.
fn is_part(statement: &Quantity, cited: &[Quantity]) -> bool {
    let named = cited
        .iter()
        .filter(|quantity| quantity.factor)
        .flat_map(counts);
    let factors: Vec<Value> = named.collect();
    let changes: Vec<Value> = cited.iter().flat_map(named::changed).collect();
    let wholes = || {
        cited
            .iter()
            .filter(|quantity| !quantity.factor && !quantity.weak)
            .flat_map(Quantity::measures)
    };
    statement.measures().any(|part| {
        let same = wholes().filter(|whole| whole.unit == part.unit);
        // A discount is on a price, while half of a count may be what "half" says.
        let is_price = adds(part.unit) && part.unit != Unit::COUNT;
        let by = || factors.iter().chain(changes.iter().filter(|_| is_price));
        same.into_iter()
            .any(|whole| by().any(|factor| whole.value.times(*factor) == Some(part.value)))
    })
}

fn counts(quantity: &Quantity) -> impl Iterator<Item = Value> + '_ {
    quantity
        .measures()
        .filter(|measure| measure.unit == Unit::COUNT)
        .map(|measure| measure.value)
}

/// "every six hours" is four times a day.
fn is_rate(statement: &Quantity, cited: &[Quantity]) -> bool {
    let rates = || {
        statement.readings.iter().filter_map(|reading| {
            if let Sense::Rate(rate) = reading {
                Some(*rate)
            } else {
                None
            }
        })
    };
    let periods = || {
        cited
            .iter()
            .filter(|quantity| quantity.every && !quantity.weak)
            .flat_map(Quantity::measures)
            .chain(cited.iter().flat_map(once))
    };
    rates().any(|rate| periods().any(|period| makes(rate, period)))
}

/// The period of what is once in it: 每八小时一次.
fn once(quantity: &Quantity) -> impl Iterator<Item = Measure> + '_ {
    quantity.readings.iter().filter_map(|sense| match sense {
        Sense::Rate(rate) if rate.times == Value::ONE => Some(rate.period),
        _ => None,
    })
}

fn makes(rate: Rate, period: Measure) -> bool {
    // Same unit: how many times a month something is that happens every week depends on the month.
    period.unit == rate.period.unit && rate.period.value.over(period.value) == Some(rate.times)
}
