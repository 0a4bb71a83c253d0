//! Which words of a statement may be its own, and which its claim must have.

use stoa_language::{
    Reading,
    markers::{self, Opposites},
    reading::Term,
};

use super::agree;
use crate::read::{Claim, Source};

/// Words of a statement that its claim need not have, where they share more.
const OWN: usize = 2;

/// Whether a word that a claim lacks may not be the statement's own.
pub(super) fn is_needed(source: &Source, claim: &Claim, statement: &Reading, term: &Term) -> bool {
    // A word that another sentence of the source has is left out of this one for a reason: it would carry over what is
    // said there.
    let of_another = || {
        let mut others = source.claims().iter();
        !claim.reading.says(term) && !term.faint && others.any(|other| other.reading.holds(term))
    };
    let is_subject = statement.claims().next() == Some(term);
    if is_subject && may_be_anybody(statement, &claim.reading, term) {
        return false;
    }
    term.name
        || term.identifier
        || !claim.reading.says(term) && (is_predicate(statement, term) || is_focus(statement, term))
        || term.side.is_some() && !starts(statement, claim, term) && !is_over(statement, term)
        || is_subject && stands_for_another(statement, &claim.reading)
        || of_another()
}

/// Verbs that only join what is said to whom it is said of.
const IS: [&str; 14] = [
    "is", "are", "was", "were", "isn't", "aren't", "wasn't", "weren't", "ist", "sind", "war",
    "waren", "est", "sont",
];
/// Words between such a verb and what it joins.
const BETWEEN: [&str; 12] = [
    "not", "very", "also", "still", "now", "always", "never", "a", "an", "nicht", "auch", "sehr",
];

/// Whether a word is all that a statement says of what it is about: the vote was unanimous.
fn is_predicate(statement: &Reading, term: &Term) -> bool {
    let before = statement.text[..term.range.start].to_lowercase();
    let verb = before
        .split_whitespace()
        .rev()
        .find(|word| !BETWEEN.contains(word));
    statement.claims().last() == Some(term)
        && statement
            .quantities
            .iter()
            .all(|own| own.range.end <= term.range.start)
        && verb.is_some_and(|verb| IS.contains(&verb))
}

/// Words that say it of those behind them, too, or of each of them.
const FOCUS: [&str; 14] = [
    "both", "all", "every", "each", "even", "also", "beide", "beiden", "alle", "jede", "jeder",
    "jedes", "auch", "sogar",
];

/// Whether a word stands behind one that puts a stress on it: also trainees, both directions.
fn is_focus(statement: &Reading, term: &Term) -> bool {
    let before = statement.text[..term.range.start].to_lowercase();
    let last = before.split_whitespace().next_back();
    last.is_some_and(|last| FOCUS.contains(&last))
}

/// Whether a statement forbids somebody what its claim forbids without saying whom: watches are prohibited, so runners may
/// not use them.
fn may_be_anybody(statement: &Reading, claim: &Reading, subject: &Term) -> bool {
    let forbids = |reading: &Reading| {
        let may_not = reading.has(markers::Class::May) && reading.has(markers::Class::Not);
        let is_forbidden = |mark: &markers::Mark| matches!(mark.class, markers::Class::Side(side) if side.kind == Opposites::Denial && !side.first);
        may_not || reading.marks.iter().any(is_forbidden)
    };
    let limits = [
        markers::Class::Except,
        markers::Class::Only,
        markers::Class::Others,
        markers::Class::Passive,
    ];
    let theirs = claim.claims().next();
    // What is forbidden stands first, and is what the statement goes on with.
    let of_it = theirs.is_some_and(|own| statement.holds(own) && !own.is(subject));
    forbids(statement)
        && forbids(claim)
        && of_it
        && statement.clause_count() == 1
        && !subject.name
        && !limits
            .iter()
            .any(|class| claim.has(*class) || statement.has(*class))
}

/// Whether a word says of something that it is over, before 之后: after it.
fn is_over(statement: &Reading, term: &Term) -> bool {
    let behind = &statement.text[term.range.end..];
    term.unspaced
        && ["结束", "完", "完毕", "完成"].contains(&term.plain.as_str())
        && ["之后", "以后", "后"]
            .iter()
            .any(|word| behind.starts_with(word))
}

/// Whether a word is the first of two opposites beside a number that the claim has: "it starts at five" may be said of "at
/// five", and neither "it starts" nor "it ends at five".
fn starts(statement: &Reading, claim: &Claim, term: &Term) -> bool {
    term.side
        .is_some_and(|side| side.first && side.kind != Opposites::Price)
        && statement.quantities.iter().any(|own| {
            !own.weak
                && statement.clause_of(own.range.start) == term.clause
                && agree::has_number(own, &claim.reading)
        })
}

/// A superlative that the claim lacks. A word that has another form there is one, too: "lightest" is not said by "light".
pub(super) fn added_superlative<'a>(statement: &'a Reading, claim: &Reading) -> Option<&'a Term> {
    statement.claims().find(|term| {
        is_superlative(statement, term) && !claim.terms.iter().any(|own| own.plain == term.plain)
    })
}

/// A compound of which the claim has a part, and another sentence the whole: the basic fee is no fee of this one.
pub(super) fn compound_of_another<'a>(
    source: &Source,
    claim: &Claim,
    statement: &'a Reading,
) -> Option<&'a Term> {
    statement.claims().find(|term| {
        let has = |other: &Claim| other.reading.terms.iter().any(|own| own.is(term));
        !term.unspaced
            && claim.reading.holds(term)
            && !has(claim)
            && source.claims().iter().any(has)
    })
}

/// How many words of a statement may be its own: a paraphrase shares more than it says otherwise, and says otherwise what it
/// leaves out.
pub(super) fn own_words(statement: &Reading, claim: &Claim, missing: &[&Term]) -> usize {
    let numbers = statement.quantities.iter().filter(|own| !own.weak).count();
    let words = statement
        .claims()
        .filter(|term| claim.reading.holds(term))
        .count();
    // A verb that says little stands for one that says more: to take a course is to complete it.
    let left_out = claim
        .reading
        .terms
        .iter()
        .filter(|term| !statement.holds(term));
    if missing.len() == 1 && is_exchanged(statement, &claim.reading, missing[0]) && !claim.row {
        0
    } else if words + numbers > missing.len() && missing.len() <= left_out.count() {
        OWN
    } else {
        // A row has no verb.
        usize::from(claim.row && !statement.quantities.is_empty())
    }
}

/// Whether a word stands in the place of the only one that a statement leaves out of its claim: sold, for removed. What has
/// an opposite that the statement names is compared with that.
pub(super) fn is_exchanged(statement: &Reading, claim: &Reading, own: &Term) -> bool {
    let named = |term: &Term| {
        term.side.is_some_and(|side| {
            let is_of_pair = |mark: &markers::Mark| matches!(mark.class, markers::Class::Side(other) if other.pair == side.pair && other.first != side.first);
            side.bounds() || side.kind == Opposites::Denial || statement.marks.iter().any(is_of_pair)
        })
    };
    let theirs: Vec<&Term> = claim.claims().collect();
    let mut left_out =
        (0..theirs.len()).filter(|at| !statement.says(theirs[*at]) && !named(theirs[*at]));
    let (Some(place), None) = (left_out.next(), left_out.next()) else {
        return false;
    };
    let mine: Vec<&Term> = statement.claims().collect();
    let Some(at) = mine.iter().position(|term| *term == own) else {
        return false;
    };
    let same = |mine: Option<&&Term>, theirs: Option<&&Term>| match (mine, theirs) {
        (Some(mine), Some(theirs)) => mine.means(theirs),
        (None, None) => true,
        _ => false,
    };
    let before = |at: usize| at.checked_sub(1);
    same(
        before(at).and_then(|at| mine.get(at)),
        before(place).and_then(|at| theirs.get(at)),
    ) && same(mine.get(at + 1), theirs.get(place + 1))
}

/// Whether a statement begins with another word than a claim of which it repeats the rest: the museum for the library.
fn stands_for_another(statement: &Reading, claim: &Reading) -> bool {
    let Some(first) = claim.claims().next() else {
        return true;
    };
    let rest: Vec<&Term> = statement.claims().skip(1).collect();
    let same = rest.iter().filter(|term| claim.holds(term)).count();
    !statement.holds(first) && same * 4 >= rest.len() * 3
}

/// Whether a word says that something is the most of all, which no row says of itself.
fn is_superlative(statement: &Reading, term: &Term) -> bool {
    let before = statement.text[..term.range.start].trim_end().to_lowercase();
    let last = before.rsplit(|c: char| !c.is_alphanumeric()).next();
    term.plain.ends_with("est") && last == Some("the")
        || term.plain.ends_with("sten") && last == Some("am")
        || before.ends_with('最')
        || term.plain.starts_with('最')
        || last.is_some_and(|last| ["most", "least", "plus", "más", "più"].contains(&last))
}
