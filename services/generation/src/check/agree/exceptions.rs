//! What is said of that which a claim leaves out: dogs are not allowed, except guide dogs, so guide dogs are.

use stoa_language::{Reading, markers::Class, quantity::Quantity, reading::Term};

use super::{
    exchanged,
    places::{self, Item},
    polarity::contested,
    quantities, says_one,
};
use crate::read::{Claim, Source};

/// Words that say with a denial that there is no duty.
const NEEDLESS: [&str; 16] = [
    "have to", "has to", "need", "needs", "required", "obliged", "müssen", "muss", "brauchen",
    "braucht", "不用", "不必", "无需", "无须", "不需", "免",
];

/// Whether a statement says of what a claim leaves out the contrary of what the claim says of the rest, in the claim's own
/// words.
pub(in crate::check) fn is_of_excepted(
    statement: &Reading,
    claim: &Claim,
    source: &Source,
) -> bool {
    let read = &claim.reading;
    let limits = |class: Class| statement.has(class);
    if limits(Class::Except) || limits(Class::Only) || limits(Class::All) || limits(Class::Others) {
        return false;
    }
    let [place] = &places::exceptions(read, &[Class::Except])[..] else {
        return false;
    };
    let items = places::items(read);
    let (excepted, others): (Vec<&Item<'_>>, Vec<&Item<'_>>) =
        items.iter().partition(|item| place.contains(&item.start()));
    let says = |item: &Item<'_>| match item {
        Item::Word(term) => statement
            .terms
            .iter()
            .any(|own| own.means(term) || exchanged::shares(own, term)),
        Item::Number(number) => statement.quantities.iter().any(|own| own.agrees(number)),
    };
    let held = |term: &Term| read.says(term) || source.heading().holds(term) || term.side.is_some();
    let has = |own: &Quantity| own.weak || quantities::is_in(own, read);
    let pairs = contested(statement, read);
    // The clause that leaves it out says no more than that.
    let excepts = |clause: usize| read.clause_of(place.start) == clause && clause > 0;
    let denied =
        (0..read.clause_count()).any(|clause| !excepts(clause) && read.is_negated(clause, &pairs));
    let denies = (0..statement.clause_count()).any(|clause| statement.is_negated(clause, &pairs));
    !excepted.is_empty()
        && excepted.into_iter().all(says)
        && others.into_iter().any(says)
        && statement.claims().all(held)
        && statement.quantities.iter().all(has)
        && denies != denied
        && if read.has(Class::Must) {
            says_one(&statement.text, &NEEDLESS)
        } else {
            !statement.has(Class::Must)
        }
}
