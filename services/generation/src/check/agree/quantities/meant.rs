//! Whether a number that both texts have is meant alike: as a whole or as a difference, as a length or as a period.

use stoa_language::{
    Reading,
    markers::{Class, Opposites},
    quantity::{Difference, Measure, Quantity, Sense, Unit, Value},
    reading::Term,
};

use super::{Vouched, days::is_all_day, is_alike};

/// Whether both are differences or neither is: 32 euros more are not 32 euros, and 10 euros less are not 10 euros extra.
pub(super) fn alike(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Reading,
    other: &Quantity,
    vouched: Vouched,
) -> bool {
    match (quantity.difference, other.difference) {
        // "Two months before serving" and "before serving, for two months".
        (Some(side), None) if lasts(quantity) => is_said(claim, side),
        (None, Some(side)) if lasts(quantity) => is_said(statement, side),
        (Some(own), Some(theirs)) => own == theirs,
        (None, None) => true,
        // A model can tell a surcharge of 32 euros from a price.
        _ => vouched == Vouched::ByModel,
    }
}

/// Whether a text says before or after of anything; "within 21 days of it" is after it.
fn is_said(reading: &Reading, difference: Difference) -> bool {
    let before = difference == Difference::Less;
    let lower = reading.text.to_lowercase();
    reading.marks.iter().any(|mark| {
        matches!(mark.class, Class::Side(side) if side.kind == Opposites::Time && side.first == before)
    }) || !before && WITHIN.iter().any(|word| lower.contains(word))
}

/// What says that something is no later than so long after something else.
const WITHIN: [&str; 5] = ["within ", "innerhalb ", "binnen ", "之内", "以内"];

/// Whether two numbers count two things that both texts count, and not the same: two tenors and one bass are not two
/// basses and one tenor.
pub(super) fn counts_another(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Reading,
    other: &Quantity,
) -> bool {
    let counted = |reading: &Reading, own: &Quantity| -> Option<Term> {
        let range = &own.counted.as_ref()?.range;
        let mut terms = reading.claims();
        terms.find(|term| term.range.start == range.start).cloned()
    };
    match (counted(statement, quantity), counted(claim, other)) {
        (Some(mine), Some(theirs)) => {
            !mine.means(&theirs)
                && claim.terms.iter().any(|own| own.is(&mine))
                && statement
                    .quantities
                    .iter()
                    .filter_map(|own| counted(statement, own))
                    .any(|own| own.is(&theirs))
        }
        _ => false,
    }
}

/// Whether a number says how long it lasts and the other that it is so each day: 24 hours are not every day.
pub(super) fn is_length(quantity: &Quantity, other: &Quantity) -> bool {
    !quantity.weak && !quantity.every && other.every && is_all_day(quantity)
}

/// Whether a number is a period that may be none, such as "a week", where the claim has other periods alone.
pub(super) fn is_other_period(quantity: &Quantity, theirs: &[Quantity]) -> bool {
    let mut alike = theirs
        .iter()
        .filter(|other| lasts(other) && is_alike(quantity, other))
        .peekable();
    quantity.weak
        && lasts(quantity)
        && alike.peek().is_some()
        && !alike.any(|other| quantity.agrees(other))
}

/// Words that count a single time, and may be none.
const ONCE: [&str; 6] = ["once", "einmal", "une fois", "una vez", "一次", "一回"];

/// Whether a number is "once" where the claim has another number of times.
pub(super) fn is_once_for_more(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
    let said = statement
        .text
        .get(quantity.range.clone())
        .unwrap_or_default();
    let times = |other: &&Quantity| {
        let text = claim.text.get(other.range.clone()).unwrap_or_default();
        ["twice", "mal", "times", "fois", "veces", "次", "回"]
            .iter()
            .any(|word| text.ends_with(word))
    };
    let mut theirs = claim.quantities.iter().filter(times).peekable();
    ONCE.contains(&said.to_lowercase().as_str())
        && theirs.peek().is_some()
        && !theirs.any(|other| quantity.agrees(other))
}

/// Whether a claim says which one of several a day is, and the statement does not: every second Wednesday.
pub(super) fn is_one_of_several(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Reading,
    other: &Quantity,
) -> bool {
    let ranks = |own: &&Quantity| {
        own.readings
            .iter()
            .any(|sense| matches!(sense, Sense::Ordinal(_)))
    };
    let is_day = quantity
        .readings
        .iter()
        .any(|sense| matches!(sense, Sense::Weekday(_)));
    let rank =
        claim.quantities.iter().filter(ranks).find(|own| {
            own.range.end <= other.range.start && other.range.start - own.range.end <= 1
        });
    is_day && rank.is_some_and(|rank| !statement.quantities.iter().any(|own| own.agrees(rank)))
}

/// Bytes around an amount within which stands what it is for.
const FOR: usize = 32;
/// Words that go on behind what an amount is for.
const JOINS: [&str; 20] = [
    "for", "in", "on", "at", "to", "of", "with", "from", "by", "and", "or", "if", "when", "für",
    "bei", "mit", "und", "oder", "wenn", "pour",
];
/// Words between an amount and what it is for.
const PER: [&str; 9] = ["a", "an", "per", "each", "every", "pro", "je", "im", "par"];

/// Whether an amount is for each of what the claim's amount is not said of: 12 euros a year of 12 euros a visit.
pub(super) fn is_per_another(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Reading,
    other: &Quantity,
) -> bool {
    let end = quantity
        .counted
        .as_ref()
        .map_or(quantity.range.end, |own| own.range.end);
    let behind = statement.text.get(end..).unwrap_or_default();
    let mut words = behind.split_whitespace();
    if !words.next().is_some_and(|word| PER.contains(&word)) {
        return false;
    }
    let letters = |word: &str| {
        word.trim_matches(|c: char| !c.is_alphanumeric())
            .to_lowercase()
    };
    // "Per hotel night" is a night; "a year for lessons" is a year.
    let first = words.next().map(letters);
    let second = words
        .next()
        .map(letters)
        .filter(|word| !JOINS.contains(&word.as_str()));
    let what: Vec<String> = first.into_iter().chain(second).collect();
    let from = claim
        .text
        .floor_char_boundary(other.range.start.saturating_sub(FOR));
    let to = claim
        .text
        .ceil_char_boundary((other.range.end + FOR).min(claim.text.len()));
    let near = claim.text[from..to].to_lowercase();
    !near
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| what.iter().any(|what| word == what))
}

fn lasts(quantity: &Quantity) -> bool {
    // "A second time" counts, and lasts nothing.
    let of_time = |measure: Measure| {
        matches!(measure.unit, Unit::SECOND | Unit::MONTH)
            && (measure.unit, measure.value) != (Unit::SECOND, Value::ONE)
    };
    quantity.measures().any(of_time)
}
