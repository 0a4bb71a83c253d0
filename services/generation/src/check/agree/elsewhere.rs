//! Words of a statement that its claim lacks and another sentence of the source has: what is said there must not be
//! said of something else here.

use std::collections::HashSet;

use stoa_language::{Reading, markers::Class, reading::Term};

use super::{Reason, clauses::supposes, doers, order, polarity::contested, quantities};
use crate::read::{Claim, Source};

/// Whether what a statement brings to a claim from other sentences of the source fits what they say of it. "The error is
/// fixed in 5.8.0" has its version of one sentence and its verb of another, which names another version.
pub(in crate::check) fn elsewhere(
    statement: &Reading,
    claim: &Claim,
    source: &Source,
) -> Result<(), Reason> {
    if statement.language != source.language {
        return Ok(());
    }
    if done_elsewhere(statement, claim, source) {
        return Err(Reason::Order);
    }
    let own = |term: &Term| {
        let mut readings = source.claims().iter().filter(|other| is_part(claim, other));
        readings.any(|other| other.reading.holds(term))
    };
    let pairs = contested(statement, &claim.reading);
    let brought = |term: &&Term| !own(term) && !source.heading().holds(term) && term.side.is_none();
    let subject = statement.claims().next();
    for term in statement.claims().filter(brought) {
        let is_subject = subject == Some(term);
        // "If you aren't a member" says who the others are, of whom the claim speaks.
        let names_others = claim.reading.has(Class::Others)
            && statement.is_negated(term.clause, &pairs)
            && supposes(statement, term.clause);
        // Who does it may be known from another sentence where this one does not say.
        let is_doer =
            is_subject && order::is_passive(&claim.reading) && !order::is_passive(statement);
        if names_others || is_doer {
            continue;
        }
        let own_half = source
            .claims()
            .iter()
            .any(|other| other.unit == claim.unit && !is_part(claim, other) && begins(other, term));
        // "Guests may just come; members must book" does not say what guests must.
        if is_subject && own_half && replaces_subject(statement, claim) {
            return Err(Reason::Order);
        }
        let mut others = source
            .claims()
            .iter()
            .filter(|other| !is_part(claim, other) && other.reading.holds(term))
            .filter(|other| {
                if other.unit == claim.unit {
                    is_later_half(claim, other) && !(is_subject && begins(other, term))
                } else {
                    is_near(statement, term, is_subject, other)
                }
            })
            .peekable();
        if others.peek().is_none() {
            continue;
        }
        // Rabbits are not what a sentence about dogs and cats speaks of, when another one speaks of rabbits.
        if is_subject
            && others.clone().any(|other| begins(other, term))
            && replaces_subject(statement, claim)
        {
            return Err(Reason::Order);
        }
        // Any of the sentences that have it may be the one that it is taken from.
        if others
            .clone()
            .any(|other| is_exchanged(statement, term, claim, other))
            || !others.any(|other| fits(statement, term, is_subject, &other.reading, &pairs))
        {
            return Err(Reason::Order);
        }
    }
    Ok(())
}

/// Whether another claim is this one, or is read with it: a sentence with those that it goes on from.
fn is_part(claim: &Claim, other: &Claim) -> bool {
    other.unit == claim.unit && other.reading.text.contains(claim.reading.text.trim())
}

/// Whether another sentence says that somebody else did what a statement says, and its claim does not say who did.
fn done_elsewhere(statement: &Reading, claim: &Claim, source: &Source) -> bool {
    let mut others = source
        .claims()
        .iter()
        .filter(|other| !is_part(claim, other));
    !claim.reading.has(Class::Passive)
        && doers::agent(statement).is_some_and(|agent| {
            others.any(|other| doers::done_by_another(statement, agent, &other.reading))
        })
}

/// Whether a word of the other half of a sentence stands in the place of one of this half: "members buy scores, but robes
/// are lent" does not say that they buy robes.
fn is_exchanged(statement: &Reading, term: &Term, claim: &Claim, other: &Claim) -> bool {
    let mut rest = other
        .reading
        .claims()
        .filter(|own| !claim.reading.holds(own) && !own.is(term))
        .peekable();
    other.unit == claim.unit
        && rest.peek().is_some()
        && !rest.any(|own| statement.holds(own))
        && claim.reading.claims().any(|own| !statement.holds(own))
}

/// Whether a statement lacks what a claim is about.
fn replaces_subject(statement: &Reading, claim: &Claim) -> bool {
    let mut words = claim.reading.claims();
    words.next().is_some_and(|first| !statement.holds(first))
}

/// Whether another half of a sentence stands behind the one that a statement is held against: what it says is said of its own
/// subject, where an earlier half lends its verb to the later one.
fn is_later_half(claim: &Claim, other: &Claim) -> bool {
    let place = |of: &Claim| claim.quote.find(of.reading.text.trim());
    matches!((place(claim), place(other)), (Some(own), Some(behind)) if own < behind)
}

/// Whether a claim begins with a word.
fn begins(claim: &Claim, term: &Term) -> bool {
    claim
        .reading
        .claims()
        .next()
        .is_some_and(|first| first.is(term))
}

/// Whether a word stands beside another that a sentence has, too: the "office" of "the Lisbon office" is taken from
/// "the office in Lisbon", and nothing that is said of it.
fn names_with(statement: &Reading, term: &Term, other: &Reading) -> bool {
    let own: Vec<&Term> = statement.claims().collect();
    let at = own.iter().position(|own| own.range == term.range);
    let holds = |at: Option<usize>| {
        at.and_then(|at| own.get(at))
            .is_some_and(|beside| beside.name && other.holds(beside))
    };
    at.is_some_and(|at| holds(at.checked_sub(1)) || holds(Some(at + 1)))
}

/// Whether a statement may have mixed up a sentence with the one that it is held against: both are about the word, or the
/// sentence has more of the statement than that.
fn is_near(statement: &Reading, term: &Term, is_subject: bool, other: &Claim) -> bool {
    let shares_more = || {
        let mut rest = statement.claims().filter(|own| !own.is(term));
        rest.any(|own| other.reading.holds(own))
            || statement
                .quantities
                .iter()
                .any(|own| quantities::is_label(own) && quantities::has_alike(own, &other.reading))
    };
    !names_with(statement, term, &other.reading)
        && (is_subject && begins(other, term) || shares_more())
}

/// Whether a sentence that has a word of a statement may be where the statement has it from.
fn fits(
    statement: &Reading,
    term: &Term,
    is_subject: bool,
    other: &Reading,
    pairs: &HashSet<u16>,
) -> bool {
    names_one(statement, other)
        && numbers_one(statement, other)
        && turns_alike(statement, term, is_subject, other, pairs)
}

/// Whether a sentence that names somebody or a code names one of those that the statement names, if it names any.
fn names_one(statement: &Reading, other: &Reading) -> bool {
    let named = |term: &&Term| term.name || term.identifier;
    let theirs: Vec<&Term> = other.claims().filter(named).collect();
    let mut mine = statement.claims().filter(named).peekable();
    theirs.is_empty() || mine.peek().is_none() || mine.any(|term| other.holds(term))
}

/// Whether a sentence with a number of the same kind as one of the statement's has that number.
fn numbers_one(statement: &Reading, other: &Reading) -> bool {
    statement
        .quantities
        .iter()
        .filter(|quantity| !quantity.weak)
        .all(|quantity| quantities::has_or_lacks(quantity, other))
}

/// Whether both say it, or both deny it. Of what a statement is about, all that its sentence says counts.
fn turns_alike(
    statement: &Reading,
    term: &Term,
    is_subject: bool,
    other: &Reading,
    pairs: &HashSet<u16>,
) -> bool {
    let turned = statement.is_negated(term.clause, pairs);
    let clauses: Vec<usize> = if is_subject {
        (0..other.clause_count()).collect()
    } else {
        other
            .terms
            .iter()
            .filter(|held| held.is(term))
            .map(|held| held.clause)
            .collect()
    };
    // An exception turns what it is about round, and who is meant by it cannot be told from here.
    other.has(Class::Except)
        || clauses.is_empty()
        || if is_subject {
            // Said of a subject that its own sentence denies something of, and denied of one that it denies nothing of.
            clauses
                .iter()
                .any(|clause| other.is_negated(*clause, pairs))
                == turned
        } else {
            clauses
                .iter()
                .any(|clause| other.is_negated(*clause, pairs) == turned)
        }
}
