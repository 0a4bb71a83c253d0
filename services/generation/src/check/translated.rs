//! Statements in another language than their source, with no model to ask: what no translation changes proves them.
//!
//! The embedding model tells which sentence a statement is of, and nothing of whether it is true. Two numbers do, mostly:
//! they are the sentence's, each the only one of its kind there, and nothing that turns a sentence round is added or left
//! out. What is said of them in other words than the sentence's is not told.

use stoa_language::{
    Reading,
    markers::{self, Opposites},
    quantity::{Quantity, Sense, Unit},
};

use super::{
    Ground, Reason,
    agree::{self, Vouched},
};
use crate::read::{Claim, Source, UnitKind};

/// Numbers that prove a statement.
const PROOFS: usize = 2;

/// The claim among some units of a source that a statement is a translation of, as far as its numbers tell.
pub(super) fn carried<'a>(
    source: &'a Source,
    statement: &Reading,
    nearest: &[usize],
    ground: Ground<'_>,
) -> Result<&'a Claim, Reason> {
    let known = markers::knows(statement.language) && markers::knows(source.language);
    if !known || !has_proofs(statement) {
        return Err(Reason::UnknownLanguage);
    }
    let mut refused = Reason::NotStated;
    let claims = source.claims().iter().filter(|claim| {
        nearest.contains(&claim.unit) && source.units[claim.unit].kind != UnitKind::Heading
    });
    for claim in claims {
        let agreed = agree::agrees(statement, claim, source, ground.question, Vouched::ByNobody);
        match agreed {
            Ok(()) if is_only_one(statement, claim, source) && turns_alike(statement, claim) => {
                return Ok(claim);
            }
            Ok(()) => {}
            Err(reason) => refused = reason,
        }
    }
    Err(refused)
}

/// Whether a statement has numbers enough to be proved: "Guests may bring dogs" has nothing that could be compared, and one
/// number may stand in any sentence.
pub(super) fn has_proofs(statement: &Reading) -> bool {
    let proofs = statement.quantities.iter().filter(|own| proves(own));
    proofs.count() >= PROOFS
}

/// Whether neither of two texts names an opposite that the other may name the contrary of: their words cannot be compared.
fn turns_alike(statement: &Reading, claim: &Claim) -> bool {
    let names = |reading: &Reading| {
        reading.marks.iter().any(|mark| match mark.class {
            markers::Class::Side(side) => matches!(
                side.kind,
                Opposites::Hours | Opposites::Negation | Opposites::Denial | Opposites::Converse
            ),
            markers::Class::Fails => true,
            _ => false,
        })
    };
    !names(statement) && !names(&claim.reading)
}

/// Whether a number is of something: "a week" and a day of the week stand beside anything.
fn proves(own: &Quantity) -> bool {
    let tells = |sense: &Sense| match sense {
        Sense::Measure(measure) => measure.unit != Unit::COUNT || own.counted.is_some(),
        Sense::Date(_) | Sense::Time(_) | Sense::Rate(_) | Sense::Version(_) => true,
        _ => false,
    };
    !own.weak && own.readings.iter().any(tells)
}

/// Whether a statement has each number of the sentence that could stand for one of its own: of two prices the words would
/// have to tell which is meant.
fn is_only_one(statement: &Reading, claim: &Claim, source: &Source) -> bool {
    let of_unit = source.claims().iter().filter(|own| own.unit == claim.unit);
    let theirs: Vec<&Quantity> = of_unit.flat_map(|own| &own.reading.quantities).collect();
    let halves = source
        .claims()
        .iter()
        .filter(|own| own.unit == claim.unit && own.quote == claim.quote);
    // Of a sentence that turns in its middle it cannot be told which half is meant.
    let turns = halves.count() > 1;
    let mut own = statement.quantities.iter().filter(|own| proves(own));
    let said = |other: &Quantity| statement.quantities.iter().any(|own| own.agrees(other));
    !turns
        && own.all(|own| {
            let mut alike = theirs.iter().filter(|other| agree::is_alike(own, other));
            agree::has_number(own, &claim.reading) && alike.all(|other| said(other))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a statement is carried by the sentence of a source that is its translation.
    fn carries(passage: &str, text: &str) -> bool {
        let sources = [Source::new(passage, "")];
        let question = Reading::of(text);
        let ground = Ground::new(&sources, &question);
        carried(&sources[0], &question, &[0], ground).is_ok()
    }

    #[test]
    fn numbers_prove_a_translation() {
        let fee = "The deposit is 40 euros and is paid on 3 May.";
        assert!(carries(fee, "押金是40欧元，5月3日支付。"));
        assert!(!carries(fee, "押金是14欧元，5月3日支付。"));
        assert!(!carries(fee, "押金不是40欧元。"));
    }

    #[test]
    fn what_has_no_number_is_not_told() {
        assert!(!carries("Guests may bring dogs.", "客人可以带狗。"));
    }

    #[test]
    fn of_two_numbers_of_a_kind_it_is_not_told_which_is_meant() {
        let prices = "Adults pay 6 euros, children 3 euros.";
        assert!(!carries(prices, "儿童付6欧元。"));
        assert!(!carries(
            "Admission is 6 euros; children pay nothing.",
            "儿童付6欧元。"
        ));
    }
}
