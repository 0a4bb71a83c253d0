//! What a number is said to be above or below, before or after.

use std::ops::Range;

use stoa_language::{
    Reading,
    markers::{Class, Side},
    quantity::Quantity,
};

use super::super::{Reason, Vouched};
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
    let (mine, theirs) = (bounds(statement, quantity), bounds(&claim.reading, own));
    // Bounded by two pairs of words that have nothing to do with each other, such as "before" and "above".
    let apart = !mine.is_empty()
        && !theirs.is_empty()
        && !mine
            .iter()
            .any(|side| theirs.iter().any(|other| other.pair == side.pair));
    let turned = mine.iter().any(|side| {
        theirs
            .iter()
            .any(|other| other.pair == side.pair && other.first != side.first)
            // "Between 5 and 10" has both sides of one pair.
            && !theirs.contains(side)
    });
    // A row has no words beside its numbers.
    let added = vouched == Vouched::ByNobody && !claim.row && theirs.is_empty() && !mine.is_empty();
    if turned || apart || added {
        Err(Reason::Opposite)
    } else {
        Ok(())
    }
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
    let before = || reading.quantities.iter().rev().find(ends);
    behind.or_else(before).map(|quantity| quantity.range.start)
}
