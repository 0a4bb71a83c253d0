//! What a passage states, each as short as it can be said.

use stoa_language::Reading;

use super::{Source, Unit, UnitKind, units};

/// Longest chain of sentences of which each goes on from the one before.
const CHAIN: usize = 3;
/// Words that the second half of a sentence has when it can stand alone.
const STANDS_ALONE: usize = 2;
/// Words between two halves of a sentence that say different things of different subjects.
const CONTRASTS: &[&str] = &[
    " while ",
    " whereas ",
    " but ",
    " although ",
    " however ",
    " während ",
    " aber ",
    " hingegen ",
    " sondern ",
    " tandis que ",
    " mais ",
    " mientras ",
    " pero ",
    " mentre ",
    " ma ",
    "；",
    "; ",
    "而",
    "但",
];

/// A statement with those that it goes on from.
#[derive(Debug)]
pub(crate) struct Claim {
    /// What it says.
    pub(crate) reading: Reading,
    /// The words of the passage that say it.
    pub(crate) quote: String,
    /// The last of the units it is made of.
    pub(crate) unit: usize,
    /// A row of a table: it has no verb of its own.
    pub(crate) row: bool,
}

pub(super) fn claims(source: &Source) -> Vec<Claim> {
    let units = &source.units;
    (0..units.len())
        .filter(|unit| !units[*unit].instructs)
        .flat_map(|unit| of_unit(source, unit))
        .collect()
}

fn of_unit(source: &Source, last: usize) -> Vec<Claim> {
    let units = &source.units;
    let before = std::iter::successors(Some(last), |unit| units[*unit].goes_on_from);
    // "It costs 5 euros." is understood with the sentence before it, and that one perhaps with one more. Longer chains
    // would let words far apart be read as one statement.
    let chain: Vec<usize> = before.take(CHAIN).collect();
    let claim = |text: &str, quote: String| Claim {
        reading: Reading::in_language(text, source.language),
        quote,
        unit: last,
        row: units[last].kind == UnitKind::Row,
    };
    let mut claims: Vec<Claim> = halves(&units[last])
        .into_iter()
        .map(|half| claim(half, units[last].quote.clone()))
        .collect();
    let parted = claims.len() > 1 && claims.iter().all(stands_alone);
    // A half that points back is not understood without the other.
    let points_back = parted
        && halves(&units[last])
            .iter()
            .skip(1)
            .any(|half| units::goes_on(half));
    if !parted || points_back {
        // Cut in a place that makes fragments the sentence is one claim, as it stands.
        claims.retain(|_| parted);
        claims.push(claim(&units[last].read, units[last].quote.clone()));
    }
    // Each length is a claim of its own, as a statement may say the sentence alone or with what it goes on from.
    claims.extend((2..=chain.len()).map(|length| {
        let parts = || chain[..length].iter().rev().map(|unit| &units[*unit]);
        let text: Vec<&str> = parts().map(|unit| unit.read.as_str()).collect();
        let quote: Vec<&str> = parts().map(|unit| unit.quote.as_str()).collect();
        claim(&text.join(" "), quote.join(" "))
    }));
    claims
}

fn stands_alone(claim: &Claim) -> bool {
    let numbers = claim
        .reading
        .quantities
        .iter()
        .filter(|quantity| !quantity.weak)
        .count();
    claim.reading.claims().count() + numbers >= STANDS_ALONE
}

/// The halves of a sentence that turns in the middle: what is said of one is not said of the other.
fn halves(unit: &Unit) -> Vec<&str> {
    let text = unit.read.as_str();
    let mut cuts: Vec<usize> = CONTRASTS
        .iter()
        .flat_map(|word| text.match_indices(word))
        .map(|(at, _)| at)
        .filter(|at| *at > 0)
        .collect();
    cuts.sort_unstable();
    let mut halves = Vec::new();
    let mut from = 0;
    for cut in cuts.into_iter().chain([text.len()]) {
        halves.push(&text[from..cut]);
        from = cut;
    }
    halves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_that_turns_is_two_claims() {
        let source = Source::new(
            "The Lund factory was sold, while the Ystad factory was kept.",
            "",
        );
        assert_eq!(source.claims().len(), 2);
        let held = Source::new("Boats may be borrowed but not lent.", "");
        assert_eq!(held.claims().len(), 1);
    }
}
