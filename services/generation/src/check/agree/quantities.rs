//! Numbers, dates and amounts of a statement stand in what it cites, and belong to the same thing there.

mod bounds;
mod cells;
mod computed;
mod days;
mod exact;
mod implied;
mod known;
mod meant;
mod others;
mod periods;
mod ranges;
mod same;

use stoa_language::{
    Reading,
    quantity::{Measure, Quantity, Sense, Unit, Value},
};

use self::{
    bounds::bounded,
    cells::belongs,
    known::{first_or_last, is_known},
    others::{is_anothers, is_of_later, measures_another, reversed},
    periods::{other_period, other_rate},
    same::{
        counts_a_thing, is_bare, is_elliptic, is_once_in, is_rank_of, same_figures, same_version,
    },
};
use super::{Reason, Vouched};
use crate::read::{Claim, Source};

pub(in crate::check) use bounds::{bounds_one, is_bounded, turned};
pub(super) use days::weekday;
pub(super) use known::compares;
pub(in crate::check) use known::names_step;
pub(super) use others::compares_with_another;
pub(in crate::check) use periods::has_other_period;
pub(in crate::check) use same::is_alike;

/// Bytes between a word and the number that it is said of.
const BESIDE: usize = 8;

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

/// How many numbers a claim shares with a statement.
pub(in crate::check) fn shared(statement: &Reading, claim: &Reading) -> usize {
    statement
        .quantities
        .iter()
        .filter(|quantity| !quantity.weak && is_in(quantity, claim))
        .count()
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

/// The number in the statement's own words.
fn said(statement: &Reading, quantity: &Quantity) -> String {
    statement
        .text
        .get(quantity.range.clone())
        .unwrap_or_default()
        .to_owned()
}
