//! Numbers, dates and amounts of a statement stand in what it cites, and belong to the same thing there.

mod bounds;
mod cells;
mod computed;
mod exact;
mod implied;
mod known;
mod meant;
mod others;
mod ranges;

use std::mem::discriminant;

use stoa_language::{
    Reading,
    quantity::{Measure, Quantity, Rank, Rate, Sense, Unit, Value},
};

use self::{
    bounds::bounded,
    cells::belongs,
    known::{first_or_last, is_known},
    others::{is_anothers, is_of_later, measures_another, reversed},
};
use super::{Reason, Vouched};
use crate::read::{Claim, Source};

pub(in crate::check) use bounds::{bounds_one, is_bounded, turned};
pub(super) use known::compares;
pub(in crate::check) use known::names_step;

/// Bytes between a word and the number that it is said of.
const BESIDE: usize = 8;

/// What stands behind a number that leaves out what it counts.
const MORE: [&str; 8] = [
    "more",
    "further",
    "additional",
    "extra",
    "mehr",
    "weitere",
    "más",
    "altri",
];

/// What stands between two numbers that are set against each other.
const SCORES: [&str; 6] = ["to", ":", "-", "比", "zu", "à"];

/// Whether all numbers of a statement are those of the claim, or follow from them.
pub(super) fn agree(
    statement: &Reading,
    claim: &Claim,
    source: &Source,
    question: &Reading,
    vouched: Vouched,
) -> Result<(), Reason> {
    let theirs = &claim.reading.quantities;
    for quantity in &statement.quantities {
        // Before the number itself is looked for: "daily" would be found in a claim that says "daily" of something else
        // and "weekly" of this.
        if quantity.every && other_period(quantity, theirs) {
            return Err(Reason::Quantity(said(statement, quantity)));
        }
        if vouched == Vouched::ByNobody
            && (meant::is_other_period(quantity, theirs)
                || meant::is_once_for_more(statement, quantity, &claim.reading))
        {
            return Err(Reason::Quantity(said(statement, quantity)));
        }
        // "After the third missed booking" is "after three", and "the first four months" are four.
        if vouched == Vouched::ByModel
            && (theirs.iter().any(|other| quantity.same_rank(other))
                || first_or_last(quantity) && measures_next(statement, quantity.range.end))
        {
            continue;
        }
        // 一 before a measure word is an article in Chinese, as "one" seldom is.
        let unsaid = vouched == Vouched::ByModel || !statement.language.is_latin();
        let may_be_none =
            statement.language.is_latin() || is_article(statement, quantity, &claim.reading);
        if quantity.weak && may_be_none && !measures(statement, quantity, &claim.reading)
            || unsaid && is_article(statement, quantity, &claim.reading)
        {
            continue;
        }
        let same = |other: &Quantity| {
            quantity.agrees(other) && !meant::is_length(quantity, other)
                || same_version(statement, quantity, &claim.reading, other)
                || claim.row && (is_once_in(quantity, other) || is_rank_of(statement, quantity, other))
                // A cell has its unit in its column's head.
                || (claim.row
                    || statement.language != source.language
                    || is_elliptic(statement, quantity, other))
                    && (is_bare(quantity, other) || same_figures(statement, quantity, claim, other))
        };
        let places: Vec<usize> = (0..theirs.len()).filter(|at| same(&theirs[*at])).collect();
        if places.is_empty() {
            if !is_known(statement, quantity, claim, source, question, vouched) {
                return Err(Reason::Quantity(said(statement, quantity)));
            }
            continue;
        }
        // Where the claim has it more than once, any of them may be meant.
        let mut refused = Ok(());
        for (nth, at) in places.iter().enumerate() {
            let found = stands_at(statement, quantity, claim, *at, vouched);
            if found.is_ok() {
                refused = Ok(());
                break;
            }
            if nth == 0 {
                refused = found;
            }
        }
        refused?;
    }
    if reversed(statement, &claim.reading) || ranges::inverted(statement, &claim.reading) {
        return Err(Reason::Order);
    }
    Ok(())
}

/// Whether a statement names a period where its claim has other periods alone: within a month, of within a week.
pub(in crate::check) fn has_other_period(statement: &Reading, claim: &Reading) -> bool {
    let mut numbers = statement.quantities.iter();
    numbers.any(|own| meant::is_other_period(own, &claim.quantities))
}

/// Whether a number is any of a source's, or known, or follows from them.
pub(super) fn is_of_source(
    statement: &Reading,
    quantity: &Quantity,
    source: &Source,
    question: &Reading,
) -> bool {
    let is_stated = |claim: &Claim, other: &Quantity| {
        quantity.agrees(other)
            || same_version(statement, quantity, &claim.reading, other)
            || quantity.same_rank(other)
            || is_once_in(quantity, other)
            || (claim.row || statement.language != source.language)
                && (is_bare(quantity, other)
                    || is_bare(other, quantity)
                    || same_figures(statement, quantity, claim, other))
    };
    let unsaid = Reading::in_language("", source.language);
    is_article(statement, quantity, &unsaid)
        || first_or_last(quantity)
        || source.claims().iter().any(|claim| {
            let mut theirs = claim.reading.quantities.iter();
            theirs.any(|other| is_stated(claim, other))
                || ranges::lies_within(statement, quantity, &claim.reading)
                || is_known(
                    statement,
                    quantity,
                    claim,
                    source,
                    question,
                    Vouched::ByModel,
                )
        })
        // Last, as they cost more than to look whether it stands there.
        || computed::from_any(statement, quantity, source)
        || implied::is_implied(statement, quantity, source)
}

/// Whether the numbers of a statement are bounded on the side on which its claim bounds them.
pub(super) fn keep_their_side(statement: &Reading, claim: &Claim) -> Result<(), Reason> {
    let theirs = &claim.reading.quantities;
    for quantity in statement.quantities.iter().filter(|own| !own.weak) {
        let same: Vec<usize> = (0..theirs.len())
            .filter(|at| quantity.agrees(&theirs[*at]))
            .collect();
        let found = same
            .iter()
            .map(|at| bounded(statement, quantity, claim, *at, Vouched::ByModel));
        if let Some(refused) = found.reduce(|a, b| if a.is_ok() { a } else { b }) {
            refused?;
        }
    }
    Ok(())
}

/// Whether a number is of the same in a statement and at a place of a claim that has it.
fn stands_at(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Claim,
    at: usize,
    vouched: Vouched,
) -> Result<(), Reason> {
    let theirs = &claim.reading.quantities;
    bounded(statement, quantity, claim, at, vouched)?;
    let is_own = !other_rate(statement, quantity, &claim.reading, at)
        && meant::alike(statement, quantity, &claim.reading, &theirs[at], vouched)
        && !meant::counts_another(statement, quantity, &claim.reading, &theirs[at])
        && !(vouched == Vouched::ByNobody
            && !claim.row
            && (meant::is_per_another(statement, quantity, &claim.reading, &theirs[at])
                || meant::is_one_of_several(statement, quantity, &claim.reading, &theirs[at])))
        && (is_score(statement, quantity, theirs)
            || belongs(statement, quantity, claim, at)
                && !measures_another(statement, quantity, &claim.reading, at)
                && !is_of_later(statement, quantity, &claim.reading, at)
                && (vouched == Vouched::ByModel
                    || !is_anothers(statement, quantity, &claim.reading, at)));
    if is_own {
        Ok(())
    } else {
        Err(Reason::Quantity(said(statement, quantity)))
    }
}

/// Whether what may be no number is one after all: 一 before a unit that the claim measures something else in, or 第二天 where
/// the claim counts days.
fn measures(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
    let measure = quantity.readings.iter().any(
        |meaning| matches!(meaning, Sense::Measure(measure) if !measure.unit.name().is_empty()),
    );
    let ranked = quantity
        .readings
        .iter()
        .any(|meaning| matches!(meaning, Sense::Ordinal(_)));
    (measure || ranked)
        && !statement.language.is_latin()
        && claim
            .quantities
            .iter()
            .any(|other| is_alike(quantity, other))
}

/// Whether two numbers are as many, but in another period: 1,200 a day are not 1,200 an hour.
fn other_rate(statement: &Reading, quantity: &Quantity, claim: &Reading, at: usize) -> bool {
    let other = &claim.quantities[at];
    let rates = |quantity: &Quantity| -> Vec<Rate> {
        let rate = |sense: &Sense| match sense {
            Sense::Rate(rate) => Some(*rate),
            _ => None,
        };
        quantity.readings.iter().filter_map(rate).collect()
    };
    let (own, theirs) = (rates(quantity), rates(other));
    let counts =
        !own.is_empty() && !theirs.is_empty() && !own.iter().any(|own| theirs.contains(own));
    let measures = match (period_of(statement, quantity), period_of(claim, other)) {
        (Some(mine), Some(theirs)) => !mine.agrees(theirs),
        _ => false,
    };
    counts || measures
}

/// Whether a number is once in a period that a cell has: 半年一次 under "interval", six months.
fn is_once_in(quantity: &Quantity, period: &Quantity) -> bool {
    quantity.readings.iter().any(|sense| match sense {
        Sense::Rate(rate) => {
            rate.times == Value::ONE && period.measures().any(|other| other == rate.period)
        }
        _ => false,
    })
}

/// Whether a number is the rank that a cell has as a bare number: the fifth under "floor", 5.
fn is_rank_of(statement: &Reading, quantity: &Quantity, cell: &Quantity) -> bool {
    // The head of its column stands behind it.
    let named = cell.counted.as_ref().is_some_and(|head| {
        let lower = statement.text.to_lowercase();
        lower.contains(&head.word.to_lowercase())
    });
    named
        && quantity.readings.iter().any(|sense| {
            matches!(sense, Sense::Ordinal(Rank::Nth(nth)) if cell.measures().any(|own| {
                own.unit == Unit::COUNT && own.value == Value::whole(i128::from(*nth))
            }))
        })
}

/// The period right behind an amount: 300 litres an hour.
fn period_of<'a>(reading: &'a Reading, amount: &Quantity) -> Option<&'a Quantity> {
    reading.quantities.iter().find(|period| {
        let near =
            period.range.start >= amount.range.end && period.range.start - amount.range.end <= 1;
        let lasts = |measure: Measure| matches!(measure.unit, Unit::SECOND | Unit::MONTH);
        near && (period.weak || period.every) && period.measures().any(lasts)
    })
}

/// Whether a claim names periods, and not this one: per quarter is not per year.
fn other_period(quantity: &Quantity, theirs: &[Quantity]) -> bool {
    let periods: Vec<&Quantity> = theirs
        .iter()
        .filter(|other| {
            let of_rate = |meaning: &Sense| matches!(meaning, Sense::Rate(_));
            other.every || other.readings.iter().any(of_rate)
        })
        .collect();
    !periods.is_empty() && !periods.iter().any(|other| quantity.agrees(other))
}

/// Whether a number is "one" of something that the claim does not count: one adult, 一次.
fn is_article(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
    let theirs = &claim.quantities;
    let one = |meaning: &Sense| {
        matches!(meaning, Sense::Measure(measure)
            if measure.unit == Unit::COUNT && measure.value == Value::ONE)
    };
    let counted = |other: &Quantity| {
        let word = |reading: &Reading, own: &Quantity| {
            let range = &own.counted.as_ref()?.range;
            let mut terms = reading.terms.iter();
            terms.find(|term| term.range.start == range.start).cloned()
        };
        // "One adult" of a price for adults; the ages beside it count something else. In Chinese its measure word tells:
        // 一张 is none of 三名.
        if statement.language.is_latin() {
            match (word(statement, quantity), word(claim, other)) {
                (Some(mine), Some(theirs)) => mine.means(&theirs),
                _ => true,
            }
        } else {
            let measure = |reading: &Reading, own: &Quantity| {
                reading
                    .text
                    .get(own.range.clone())
                    .and_then(|text| text.chars().last())
            };
            measure(statement, quantity) == measure(claim, other)
        }
    };
    quantity.readings.iter().all(one)
        && !theirs
            .iter()
            .any(|other| is_alike(quantity, other) && counted(other))
}

/// Whether an amount with a unit begins right behind a place, or behind one word more.
pub(super) fn measures_next(reading: &Reading, at: usize) -> bool {
    reading.quantities.iter().any(|quantity| {
        let behind = quantity.range.start >= at && quantity.range.start - at <= BESIDE;
        behind
            && quantity
                .measures()
                .any(|measure| measure.unit != Unit::COUNT)
    })
}

/// Whether a word stands at an amount of time: a whole day, 整整一天.
pub(super) fn measures_beside(reading: &Reading, word: &std::ops::Range<usize>) -> bool {
    reading.quantities.iter().any(|quantity| {
        let near = |from: usize, to: usize| from <= to && to - from <= 1;
        let lasts = |measure: Measure| matches!(measure.unit, Unit::SECOND | Unit::MONTH);
        !quantity.every
            && quantity.measures().any(lasts)
            && (near(word.end, quantity.range.start)
                || near(quantity.range.end, word.start)
                || quantity.range.start < word.end && word.start < quantity.range.end)
    })
}

/// Whether a number without a unit is one with a unit of another language: "under 18" may go without its years.
fn is_bare(quantity: &Quantity, other: &Quantity) -> bool {
    quantity.measures().any(|bare| {
        bare.unit.name().is_empty() && other.measures().any(|measure| measure.value == bare.value)
    })
}

/// Whether a text has a number, or none that could stand for it.
pub(super) fn has_or_lacks(quantity: &Quantity, text: &Reading) -> bool {
    let mut alike = text
        .quantities
        .iter()
        .filter(|other| !other.weak && is_alike(quantity, other))
        .peekable();
    alike.peek().is_none() || alike.any(|other| quantity.agrees(other))
}

/// Whether a number tells one of several apart, as versions and dates do.
pub(super) fn is_label(quantity: &Quantity) -> bool {
    let tells = |sense: &Sense| {
        matches!(
            sense,
            Sense::Version(_) | Sense::Date(_) | Sense::Ordinal(_)
        )
    };
    !quantity.weak && quantity.readings.iter().any(tells)
}

/// Whether a statement has numbers that its claim lacks, and computed each of them.
pub(in crate::check) fn computes(statement: &Reading, claim: &Claim, source: &Source) -> bool {
    let mut new = statement
        .quantities
        .iter()
        .filter(|own| !own.weak && !is_in(own, &claim.reading))
        .peekable();
    new.peek().is_some() && new.all(|own| computed::computed(statement, own, claim, source))
}

/// Whether a text has a number.
pub(in crate::check) fn is_in(quantity: &Quantity, text: &Reading) -> bool {
    text.quantities.iter().any(|other| quantity.agrees(other))
}

/// Whether a text has a number that could stand for another.
pub(super) fn has_alike(quantity: &Quantity, text: &Reading) -> bool {
    text.quantities
        .iter()
        .any(|other| !other.weak && is_alike(quantity, other))
}

/// Whether a bare number has the figures of one with a unit: 10 of "10 weeks".
fn same_figures(statement: &Reading, quantity: &Quantity, claim: &Claim, other: &Quantity) -> bool {
    let figures = |reading: &Reading, of: &Quantity| -> String {
        let text = reading.text.get(of.range.clone()).unwrap_or_default();
        text.chars().take_while(char::is_ascii_digit).collect()
    };
    let own = figures(statement, quantity);
    let bare = quantity
        .measures()
        .any(|measure| measure.unit.name().is_empty());
    bare && !own.is_empty() && own == figures(&claim.reading, other)
}

/// Whether one of two numbers is a version and both are written alike: version 5.0 and 5.0.
fn same_version(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Reading,
    other: &Quantity,
) -> bool {
    let is_version = |own: &Quantity| {
        let mut readings = own.readings.iter();
        readings.any(|sense| matches!(sense, Sense::Version(_)))
    };
    let figures = |reading: &Reading, own: &Quantity| -> String {
        let text = reading.text.get(own.range.clone()).unwrap_or_default();
        let figures = text.chars().filter(|c| c.is_ascii_digit() || *c == '.');
        figures.collect::<String>().trim_matches('.').to_owned()
    };
    let own = figures(statement, quantity);
    let measures = |own: &Quantity| own.measures().any(|own| own.unit != Unit::COUNT);
    (is_version(quantity) || is_version(other))
        && !measures(quantity)
        && !measures(other)
        && own.contains('.')
        && own == figures(claim, other)
}

/// How many numbers a claim shares with a statement.
pub(in crate::check) fn shared(statement: &Reading, claim: &Reading) -> usize {
    statement
        .quantities
        .iter()
        .filter(|quantity| !quantity.weak && is_in(quantity, claim))
        .count()
}

/// Whether a number leaves out the unit that another number of the statement has: "16 weeks, and 10 more".
fn is_elliptic(statement: &Reading, quantity: &Quantity, other: &Quantity) -> bool {
    if counts_a_thing(quantity) {
        return false;
    }
    let unit_of_both = |own: &Quantity| {
        own.measures()
            .any(|own| other.measures().any(|other| other.unit == own.unit))
    };
    statement
        .quantities
        .iter()
        .any(|own| own.range.start < quantity.range.start && unit_of_both(own))
}

/// Whether a number says how many there are of something that it names: "10 people", and not "10 more".
fn counts_a_thing(quantity: &Quantity) -> bool {
    quantity
        .counted
        .as_ref()
        .is_some_and(|counted| !MORE.contains(&counted.word.to_lowercase().as_str()))
}

/// Whether a number is one of two that are set against each other, and the claim has these two and no others of their
/// kind, in this order: 3 to 1, 7比2.
fn is_score(statement: &Reading, quantity: &Quantity, theirs: &[Quantity]) -> bool {
    let place = |own: &Quantity| theirs.iter().position(|other| own.agrees(other));
    // Of more than two it must be asked whose they are: "to" is also what joins hours and prices.
    let alike = theirs
        .iter()
        .filter(|other| !other.weak && is_alike(quantity, other));
    alike.count() == 2
        && statement.quantities.windows(2).any(|pair| {
            let between = statement.text.get(pair[0].range.end..pair[1].range.start);
            between.is_some_and(|between| SCORES.contains(&between.trim()))
                && pair.iter().any(|own| own.range == quantity.range)
                && matches!((place(&pair[0]), place(&pair[1])), (Some(a), Some(b)) if a < b)
        })
}

/// Whether two numbers could stand for one another: two prices, two times, two dates.
pub(in crate::check) fn is_alike(a: &Quantity, b: &Quantity) -> bool {
    // A year that counts things is none.
    let is_date = |quantity: &Quantity| {
        quantity.counted.is_none() && matches!(quantity.readings.first(), Some(Sense::Date(_)))
    };
    if is_date(a) != is_date(b) {
        return false;
    }
    a.readings.iter().any(|a| {
        b.readings.iter().any(|b| match (a, b) {
            (Sense::Measure(a), Sense::Measure(b)) => {
                // Months have no fixed length in seconds, but a period in one is still a period for another.
                let lasts = |unit| matches!(unit, Unit::SECOND | Unit::MONTH);
                a.unit == b.unit
                    || a.unit.is_money() && b.unit.is_money()
                    || lasts(a.unit) && lasts(b.unit)
            }
            (a, b) => discriminant(a) == discriminant(b),
        })
    })
}

/// The number in the statement's own words.
fn said(statement: &Reading, quantity: &Quantity) -> String {
    statement
        .text
        .get(quantity.range.clone())
        .unwrap_or_default()
        .to_owned()
}
