//! Steps in their order: what a statement says comes before or after something else, of which its source only tells one
//! after the other.

use stoa_language::{Reading, markers::Side, reading::Term};

use super::{says_one, sequence::in_time};
use crate::read::{Claim, Source, Unit, UnitKind};

/// Words that say that what stands behind them comes next.
const THEN: [&str; 20] = [
    "then",
    "afterwards",
    "next",
    "finally",
    "dann",
    "danach",
    "anschliessend",
    "anschließend",
    "schließlich",
    "puis",
    "ensuite",
    "luego",
    "después",
    "poi",
    "quindi",
    "再",
    "然后",
    "接着",
    "随后",
    "最后",
];
/// Words that say that a list is told in its order.
const ORDER: [&str; 12] = [
    "order",
    "steps",
    "step",
    "sequence",
    "stages",
    "procedure",
    "reihenfolge",
    "schritte",
    "schritten",
    "ordre",
    "步骤",
    "顺序",
];

/// Whether a text tells two things one after the other.
pub(in crate::check) fn tells_order(reading: &Reading) -> bool {
    says_one(&reading.text, &THEN)
}

/// What comes first and what comes after it, as a statement says it.
pub(in crate::check) struct Steps {
    pub(in crate::check) earlier: Reading,
    pub(in crate::check) later: Reading,
}

/// The two steps of a statement that says "before" or "after" of one that it names as a clause of its own.
pub(in crate::check) fn steps(statement: &Reading) -> Option<Steps> {
    let (mark, side) = mark(statement)?;
    let text = &statement.text;
    let (one, other) = if mark.start == 0 {
        // "After greasing the tin, you fill it": the comma parts them, and where there is none the subject does.
        let rest = &text[mark.end..];
        let cut = rest.find(", ").or_else(|| {
            [" you ", " we ", " they "]
                .iter()
                .filter_map(|word| rest.find(word).filter(|at| *at > 0))
                .min()
        })?;
        (&rest[cut..], &rest[..cut])
    } else {
        (&text[..mark.start], &text[mark.end..])
    };
    let read = |text: &str| {
        let text = text.trim_matches(|c: char| !c.is_alphanumeric());
        Reading::in_language(text, statement.language)
    };
    let (one, other) = (read(one), read(other));
    let says = |part: &Reading| part.claims().next().is_some();
    if !says(&one) || !says(&other) {
        return None;
    }
    Some(if side.first {
        Steps {
            earlier: one,
            later: other,
        }
    } else {
        Steps {
            earlier: other,
            later: one,
        }
    })
}

/// The only word of a statement that says before or after.
fn mark(statement: &Reading) -> Option<(std::ops::Range<usize>, Side)> {
    let mut marks = statement.marks.iter().filter_map(|mark| {
        let side = in_time(mark)?;
        (!super::bounds_one(statement, &mark.range)).then(|| (mark.range.clone(), side))
    });
    let first = marks.next()?;
    (marks.next().is_none() && statement.language.is_latin()).then_some(first)
}

/// Whether one claim is told before another as a step of the same procedure.
pub(in crate::check) fn come_in_order(source: &Source, earlier: &Claim, later: &Claim) -> bool {
    let units = &source.units;
    let (from, to) = (earlier.unit, later.unit);
    let is_item = |unit: &Unit| unit.kind == UnitKind::Item;
    let lead = units[to].goes_on_from;
    let numbered = || units[from..=to].iter().any(|unit| unit.step.is_some());
    let ordered = || lead.is_some_and(|lead| says_one(&units[lead].text, &ORDER));
    from < to
        && units[from..=to].iter().all(is_item)
        && units[from].goes_on_from == lead
        && (numbered() || ordered())
}

/// Words that say that what is listed is done in this order.
const LISTED: [&str; 7] = [
    "in that order",
    "in this order",
    "in the following order",
    "in dieser reihenfolge",
    "dans cet ordre",
    "依次",
    "按顺序",
];

/// Whether a sentence tells one after the other what a statement says comes before or after: "first weighed, then dried".
pub(super) fn are_told(statement: &Reading, claim: &Reading) -> bool {
    as_told(statement, claim) == Some(true)
}

/// Whether it tells them the other way round.
pub(super) fn are_turned(statement: &Reading, claim: &Reading) -> bool {
    as_told(statement, claim) == Some(false)
}

/// Whether two steps of a statement come in the order in which a claim tells them; nothing where it does not tell both.
fn as_told(statement: &Reading, claim: &Reading) -> Option<bool> {
    // Asked first: to read the two steps costs more.
    if !says_one(&claim.text, &THEN) && !says_one(&claim.text, &LISTED) {
        return None;
    }
    let steps = steps(statement)?;
    let places = |part: &Reading| -> Option<Vec<usize>> {
        let place = |term: &Term| claim.claims().position(|own| own.means(term));
        part.claims().map(place).collect()
    };
    let (earlier, later) = (places(&steps.earlier)?, places(&steps.later)?);
    if earlier.iter().max() < later.iter().min() {
        Some(true)
    } else {
        // Of steps that are told in one another's words nothing is turned.
        (later.iter().max() < earlier.iter().min()).then_some(false)
    }
}
