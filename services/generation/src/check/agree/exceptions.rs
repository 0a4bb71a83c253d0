//! What is said of that which a claim leaves out: dogs are not allowed, except guide dogs, so guide dogs are.

use stoa_language::{
    Reading,
    markers::{self, Class, Opposites},
    quantity::Quantity,
    reading::Term,
};

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
    let (mut excepted, others): (Vec<&Item<'_>>, Vec<&Item<'_>>) =
        items.iter().partition(|item| place.contains(&item.start()));
    // "Every evening except Sunday at 22:15": the time is of the others.
    let days =
        |item: &&Item<'_>| matches!(item, Item::Number(own) if quantities::weekday(own).is_some());
    if excepted.iter().any(days) {
        excepted.retain(days);
    }
    let says = |item: &Item<'_>| match item {
        Item::Word(term) => statement
            .terms
            .iter()
            .any(|own| own.means(term) || exchanged::shares(own, term)),
        Item::Number(number) => statement.quantities.iter().any(|own| own.agrees(number)),
    };
    // That it is allowed is what the denial turns round; any other of two opposites must be the claim's.
    let turned = |term: &Term| term.side.is_some_and(|side| side.kind == Opposites::Denial);
    let held = |term: &Term| {
        let own = if term.side.is_some() {
            read.holds(term)
        } else {
            read.says(term)
        };
        own || source.heading().holds(term) || turned(term)
    };
    let has = |own: &Quantity| {
        let mut theirs = read.quantities.iter();
        own.weak
            || theirs
                .any(|other| own.agrees(other) && !quantities::turned(statement, own, read, other))
    };
    let pairs = contested(statement, read);
    // The clause that leaves it out says no more than that.
    let excepts = |clause: usize| read.clause_of(place.start) == clause && clause > 0;
    let mut clauses = (0..read.clause_count()).filter(|clause| !excepts(*clause));
    let denied = clauses.next().map(|clause| read.is_negated(clause, &pairs));
    // Of two clauses it cannot be told which one has the exception.
    if clauses.any(|clause| Some(read.is_negated(clause, &pairs)) != denied) {
        return false;
    }
    let denies = (0..statement.clause_count()).any(|clause| statement.is_negated(clause, &pairs));
    !excepted.is_empty()
        && excepted.into_iter().all(says)
        && others.into_iter().any(says)
        && statement.claims().all(held)
        && statement.quantities.iter().all(has)
        && Some(denies) != denied
        && if read.has(Class::Must) {
            says_one(&statement.text, &NEEDLESS)
        } else {
            !statement.has(Class::Must)
        }
}

/// Whether a statement says of those whom a claim leaves out of a rule what it leaves them out of: trainees are exempt, so
/// trainees may not.
pub(super) fn allows_excepted(statement: &Reading, claim: &Reading) -> bool {
    let excepts = |mark: &&markers::Mark| mark.class == Class::Except;
    let Some(mark) = claim.marks.iter().find(excepts) else {
        return false;
    };
    let limits = [Class::Except, Class::Not, Class::Only, Class::Others];
    let of_clause = |term: &&Term| term.clause == claim.clause_of(mark.range.start);
    // Nothing stands behind the word that leaves out, and it denies nothing itself.
    claim
        .claims()
        .filter(of_clause)
        .all(|term| term.range.start < mark.range.end)
        && !claim.has(Class::Not)
        && !limits.iter().any(|class| statement.has(*class))
        && !statement
            .marks
            .iter()
            .any(|own| matches!(own.class, Class::Side(side) if !side.first && side.is_polar()))
        && claim
            .claims()
            .find(of_clause)
            .is_some_and(|first| statement.holds(first))
}
