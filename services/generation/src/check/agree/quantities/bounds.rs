//! What a number is said to be above or below, before or after.

use std::{collections::HashSet, ops::Range};

use stoa_language::{
    Reading,
    markers::{Class, Opposites, Side},
    quantity::{Quantity, Sense},
};

use super::super::{Reason, Vouched, extent::denies, polarity::contested, says_one};
use crate::read::Claim;

/// Bytes between a number and what bounds it.
const NEAR: usize = 12;

/// Words that bound what stands before them.
const BEHIND: [&str; 9] = [
    "前", "后", "之前", "之后", "以前", "以后", "以上", "以下", "以内",
];
/// Bytes between a number and a word that bounds what stands before it: one character.
const JOINED: usize = 3;

/// Above is not below, and neither is the number itself.
pub(super) fn bounded(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Claim,
    at: usize,
    vouched: Vouched,
) -> Result<(), Reason> {
    let own = &claim.reading.quantities[at];
    if turned(statement, quantity, &claim.reading, own) {
        // Who weighs less than fifty may not, where one must weigh at least fifty: the denial turns it back.
        let pairs = contested(statement, &claim.reading);
        let denied = |reading: &Reading| {
            (0..reading.clause_count()).any(|clause| reading.is_negated(clause, &pairs))
        };
        let turns_back = denied(statement) != denied(&claim.reading);
        return if turns_back {
            Ok(())
        } else {
            Err(Reason::Opposite)
        };
    }
    // A row has no words beside its numbers.
    let added = vouched == Vouched::ByNobody
        && !claim.row
        && bounds(&claim.reading, own).is_empty()
        && bounds(statement, quantity).iter().any(|side| {
            // Who may send so many, or only so many, may send up to so many.
            let up_to = side.kind == Opposites::Amount && !side.first;
            let limited = claim.reading.has(Class::May) || claim.reading.has(Class::Only);
            // "By 20 August" is no later than that, and what stops at five is no more after it.
            let until = side.kind == Opposites::Time && side.first && is_until(&claim.reading, own);
            let over = side.kind == Opposites::Time
                && !side.first
                && stops(&claim.reading, own)
                && denies(statement);
            !(up_to && limited || until || over)
        });
    if added { Err(Reason::Opposite) } else { Ok(()) }
}

/// Whether a number is the last until which something is so.
fn is_until(reading: &Reading, own: &Quantity) -> bool {
    let before = reading.text[..own.range.start].trim_end().to_lowercase();
    let last = before.rsplit(|c: char| !c.is_alphanumeric()).next();
    last.is_some_and(|last| ["by", "bis", "zum", "zur", "hasta"].contains(&last))
        || before.ends_with("截至")
}

/// Whether something stops at a number.
fn stops(reading: &Reading, own: &Quantity) -> bool {
    let behind = reading.text[own.range.end..].trim_start().to_lowercase();
    let before = reading.text[..own.range.start].to_lowercase();
    let clause = before
        .rsplit([',', ';', '，', '；'])
        .next()
        .unwrap_or_default();
    ["停止", "截止", "结束"]
        .iter()
        .any(|word| behind.starts_with(word))
        || says_one(clause, &["stops", "stop", "ends", "ceases", "endet"])
}

/// Whether a statement bounds a number on the other side than a claim.
pub(in crate::check) fn turned(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Reading,
    own: &Quantity,
) -> bool {
    // "At least two days before" bounds the two days from below, and says that they are before.
    let is_moment = |quantity: &Quantity| {
        let moment =
            |sense: &Sense| matches!(sense, Sense::Time(_) | Sense::Date(_) | Sense::Weekday(_));
        quantity.readings.iter().any(moment)
    };
    let kinds: &[&[Opposites]] = if is_moment(quantity) && is_moment(own) {
        &[&[Opposites::Amount, Opposites::Time]]
    } else {
        &[&[Opposites::Amount], &[Opposites::Time]]
    };
    let (mine, theirs) = (bounds(statement, quantity), bounds(claim, own));
    // Above five and after five are one side of it.
    let above = |sides: &[Side], kinds: &[Opposites]| -> HashSet<bool> {
        let of_kind = sides.iter().filter(|side| kinds.contains(&side.kind));
        of_kind.map(is_above).collect()
    };
    // Up to two days before it is at least two days before it.
    let leads = is_lead(statement, quantity) && is_lead(claim, own);
    kinds
        .iter()
        .filter(|kinds| !leads || kinds.contains(&Opposites::Time))
        .any(|kinds| {
            let (mine, theirs) = (above(&mine, kinds), above(&theirs, kinds));
            // "Between 5 and 10" has both.
            mine.len() == 1 && theirs.len() == 1 && mine != theirs
        })
}

/// Words that bound a time before something from either side: "up to two days before", "at least two days before".
const UP_TO: [&str; 8] = [
    "up to", "until", "bis", "bis zu", "jusqu'à", "hasta", "fino a", "até",
];
/// What says that a time is before something.
const BEFORE: [&str; 10] = [
    "before", "ahead", "prior", "in", "vor", "vorher", "avant", "antes", "prima", "前",
];

/// What is undone until so long before: what is bought may be bought no earlier.
const UNDONE: [&str; 13] = [
    "cancel", "withdraw", "refund", "return", "exchange", "storn", "abmeld", "rückt", "annul",
    "anul", "取消", "退", "改签",
];

/// Whether an amount of time is before something, and bounded by a word that says "up to" it or "at least".
fn is_lead(reading: &Reading, quantity: &Quantity) -> bool {
    let behind = reading.text[quantity.range.end..]
        .trim_start()
        .to_lowercase();
    let before = reading.text[..quantity.range.start]
        .trim_end()
        .to_lowercase();
    let least = bounds(reading, quantity)
        .iter()
        .any(|side| side.kind == Opposites::Amount && side.first);
    let lower = reading.text.to_lowercase();
    let next = behind.split(|c: char| !c.is_alphanumeric()).next();
    BEFORE
        .iter()
        .any(|word| next == Some(*word) || !word.is_ascii() && behind.starts_with(word))
        && UNDONE.iter().any(|word| lower.contains(word))
        && (least || UP_TO.iter().any(|word| before.ends_with(word)))
}

/// The opposites that bound a number: the number behind "above", or before 以上 where none is behind it.
fn bounds(reading: &Reading, quantity: &Quantity) -> Vec<Side> {
    reading
        .marks
        .iter()
        .filter_map(|mark| match mark.class {
            Class::Side(side)
                if side.bounds()
                    && bounded_by(reading, &mark.range) == Some(quantity.range.start) =>
            {
                Some(side)
            }
            _ => None,
        })
        .collect()
}

/// Whether a side of a number is above it: above five and after five are.
fn is_above(side: &Side) -> bool {
    side.first == (side.kind == Opposites::Amount)
}

/// Whether what a text says of a number lies above it, or below; nothing where it says neither, or both.
pub(super) fn lies_above(reading: &Reading, quantity: &Quantity) -> Option<bool> {
    let above: HashSet<bool> = bounds(reading, quantity).iter().map(is_above).collect();
    above.iter().next().copied().filter(|_| above.len() == 1)
}

/// Whether a number is bounded by a word: at least 14, 14 or over.
pub(in crate::check) fn is_bounded(reading: &Reading, quantity: &Quantity) -> bool {
    !bounds(reading, quantity).is_empty()
}

/// Whether a word bounds a number.
pub(in crate::check) fn bounds_one(reading: &Reading, range: &Range<usize>) -> bool {
    bounded_by(reading, range).is_some()
}

/// Where the number begins that a mark bounds.
pub(super) fn bounded_by(reading: &Reading, mark: &Range<usize>) -> Option<usize> {
    let starts = |quantity: &&Quantity| {
        quantity.range.start >= mark.end && quantity.range.start - mark.end <= NEAR
    };
    let ends = |quantity: &&Quantity| {
        quantity.range.end <= mark.start && mark.start - quantity.range.end <= NEAR
    };
    let word = reading.text.get(mark.clone()).unwrap_or_default();
    if BEHIND.contains(&word) {
        let near = reading.quantities.iter().rfind(|quantity| {
            quantity.range.end <= mark.start && mark.start - quantity.range.end <= JOINED
        });
        return near.map(|quantity| quantity.range.start);
    }
    // Behind first: "above 5" is usual, and in "5 以上" nothing stands near behind the word.
    let behind = reading.quantities.iter().find(starts);
    // "In August, after the harvest" is not after August; "five or more" is more than five.
    let in_time = reading.marks.iter().any(|other| {
        other.range == *mark
            && matches!(other.class, Class::Side(side) if side.kind == Opposites::Time)
    });
    if in_time && reading.language.is_latin() {
        return behind.map(|quantity| quantity.range.start);
    }
    let before = || reading.quantities.iter().rev().find(ends);
    behind.or_else(before).map(|quantity| quantity.range.start)
}
