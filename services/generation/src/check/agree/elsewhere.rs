//! Words of a statement that its claim lacks and another sentence of the source has: what is said there must not be
//! said of something else here.

use std::collections::HashSet;

use stoa_language::{Reading, markers::Class, reading::Term};

use super::{Reason, quantities};
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
    let brought = |term: &&Term| {
        !claim.reading.holds(term) && !source.heading().holds(term) && term.side.is_none()
    };
    let subject = statement.claims().next();
    for term in statement.claims().filter(brought) {
        let mut others = source
            .claims()
            .iter()
            .filter(|other| other.unit != claim.unit && other.reading.holds(term))
            .peekable();
        if others.peek().is_none() {
            continue;
        }
        let is_subject = subject == Some(term);
        // Any of the sentences that have it may be the one that it is taken from.
        if !others.any(|other| fits(statement, term, is_subject, &other.reading)) {
            return Err(Reason::Order);
        }
    }
    Ok(())
}

/// Whether a sentence that has a word of a statement may be where the statement has it from.
fn fits(statement: &Reading, term: &Term, is_subject: bool, other: &Reading) -> bool {
    names_one(statement, other)
        && numbers_one(statement, other)
        && turns_alike(statement, term, is_subject, other)
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
fn turns_alike(statement: &Reading, term: &Term, is_subject: bool, other: &Reading) -> bool {
    let pairs = HashSet::new();
    let turned = statement.is_negated(term.clause, &pairs);
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
                .any(|clause| other.is_negated(*clause, &pairs))
                == turned
        } else {
            clauses
                .iter()
                .any(|clause| other.is_negated(*clause, &pairs) == turned)
        }
}
