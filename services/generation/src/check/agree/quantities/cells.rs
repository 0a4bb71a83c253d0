//! Which of several numbers of one kind is of what.

use stoa_language::{
    Reading,
    markers::Class,
    quantity::{Quantity, Sense},
    reading::Term,
};

use super::is_alike;
use crate::read::Claim;

/// What parts the columns of a row as it is read.
const COLUMN: &str = ", ";

/// Words before the first of several numbers that all of them may be about.
const LEADS: usize = 2;
/// Words that join two halves of a sentence, and verbs that begin the second.
const AND: [&str; 4] = ["and", "und", "et", "y"];
const VERBS: [&str; 22] = [
    "is", "are", "was", "were", "has", "have", "had", "must", "may", "can", "costs", "cost", "ist",
    "sind", "hat", "haben", "muss", "kann", "kostet", "est", "sont", "coûte",
];
/// What stands between a number and what it is paid or counted for.
const PER: [&str; 11] = [
    "a", "an", "per", "each", "pro", "je", "par", "por", "al", "/", "每",
];

/// Where a claim has several numbers of one kind, each is of something: 18:00 is of Vienna and 17:00 of Oslo. The words
/// around the statement's number must be those around the claim's.
pub(super) fn belongs(statement: &Reading, quantity: &Quantity, claim: &Claim, at: usize) -> bool {
    let (row, claim) = (claim.row, &claim.reading);
    let alike: Vec<usize> = (0..claim.quantities.len())
        .filter(|other| is_alike(quantity, &claim.quantities[*other]))
        .collect();
    let same: Vec<usize> = alike
        .iter()
        .copied()
        .filter(|other| quantity.agrees(&claim.quantities[*other]))
        .collect();
    let others_said = alike.iter().all(|other| {
        statement
            .quantities
            .iter()
            .any(|own| own.agrees(&claim.quantities[*other]))
    });
    // One number of its kind, or the same several times: there is nothing to mix up.
    if alike.len() < 2 || same.len() == alike.len() || !same.contains(&at) {
        return true;
    }
    if labels_same(statement, quantity, claim, &claim.quantities[at]) {
        return true;
    }
    // All numbers of the kind are said, so each can be looked up with its own words.
    if others_said {
        return placed(statement, claim, &alike);
    }
    let cells = if row {
        Cells::of_row(claim, &alike)
    } else {
        Cells::of(claim, &alike)
    };
    let clause = statement.clause_of(quantity.range.start);
    let around: Vec<&Term> = statement
        .claims()
        // A word of another clause is said of that clause's number.
        .filter(|term| term.clause == clause || statement.clause_count() == 1)
        // An opposite is compared with what it is said of.
        .filter(|term| term.side.is_none_or(|side| !side.is_polar()))
        .collect();
    let beside: Vec<&Quantity> = statement
        .quantities
        .iter()
        .filter(|other| !other.weak && other.range != quantity.range)
        .collect();
    let own: Vec<usize> = same
        .iter()
        .filter_map(|own| alike.iter().position(|other| other == own))
        .collect();
    // A number that the claim has twice may be of both: two men's doubles and two mixed ones.
    around
        .iter()
        .all(|term| own.iter().any(|cell| cells.allow(claim, term, *cell)))
        && beside.iter().all(|other| {
            own.iter()
                .any(|cell| cells.allow_number(claim, other, &alike, *cell))
        })
}

/// Whether a rank stands right before the same word in both: the second division.
fn labels_same(statement: &Reading, own: &Quantity, claim: &Reading, theirs: &Quantity) -> bool {
    let next = |reading: &Reading, at: usize| -> Option<String> {
        let term = reading.terms.iter().find(|term| term.range.start >= at)?;
        (term.range.start - at <= 1).then(|| term.term.clone())
    };
    let ranks = |quantity: &Quantity| {
        quantity.every
            || quantity
                .readings
                .iter()
                .any(|sense| matches!(sense, Sense::Ordinal(_)))
    };
    let word = next(statement, own.range.end);
    statement.language.is_latin()
        && ranks(own)
        && ranks(theirs)
        && word.is_some()
        && word == next(claim, theirs.range.end)
}

/// Whether all numbers of a kind, said in another order, are still with their words.
fn placed(statement: &Reading, claim: &Reading, alike: &[usize]) -> bool {
    let mine: Vec<usize> = (0..statement.quantities.len())
        .filter(|own| {
            let own = &statement.quantities[*own];
            alike
                .iter()
                .any(|other| own.agrees(&claim.quantities[*other]))
        })
        .collect();
    // One of them is said twice: which words are whose cannot be told by counting.
    if mine.len() != alike.len() {
        return true;
    }
    let (own, theirs) = (Cells::of(statement, &mine), Cells::of(claim, alike));
    if !own.all_named(statement) || !theirs.all_named(claim) {
        return true;
    }
    let terms = statement.terms.iter().zip(&own.of_term);
    // "Twelve of fourteen players": what is counted is counted by each.
    let counted = |reading: &Reading, term: &Term| {
        let mut counted = reading
            .quantities
            .iter()
            .filter_map(|own| own.counted.as_ref());
        counted.any(|counted| counted.range.contains(&term.range.start))
    };
    terms
        .filter(|(term, _)| !term.light && !counted(statement, term))
        .filter_map(|(term, cell)| Some((term, (*cell)?)))
        .all(|(term, cell)| {
            let number = &statement.quantities[mine[cell]];
            (0..alike.len())
                .filter(|other| number.agrees(&claim.quantities[alike[*other]]))
                .any(|other| theirs.allow(claim, term, other))
        })
}

/// Whether a text goes on with "and" and a verb that says nothing by itself.
fn goes_on(text: &str) -> bool {
    let mut words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let joint = words.next().is_some_and(|word| AND.contains(&word));
    joint && words.next().is_some_and(|word| VERBS.contains(&word))
}

/// Whether a word says for what a number is paid or counted: 120 an evening.
fn is_per(claim: &Reading, end: usize, term: &Term) -> bool {
    let between = claim.text.get(end..term.range.start);
    between.is_some_and(|between| PER.contains(&between.trim().to_lowercase().as_str()))
}

/// The words of a claim, by the number of a kind that they belong to.
pub(super) struct Cells {
    /// How many numbers there are.
    count: usize,
    /// For each word of the claim its cell; `None` for those that belong to all.
    of_term: Vec<Option<usize>>,
    /// The clause of each number, and where it begins.
    clauses: Vec<usize>,
    starts: Vec<usize>,
    /// What the first cell is about, which the others do not share.
    label: Option<usize>,
    /// Words belong to their own number alone.
    strict: bool,
    /// What follows a number says what it is of.
    values_first: bool,
    /// What stands behind the first number goes on with a verb of the same subject.
    goes_on: bool,
}

impl Cells {
    pub(super) fn of(claim: &Reading, alike: &[usize]) -> Self {
        let starts: Vec<usize> = alike
            .iter()
            .map(|at| claim.quantities[*at].range.start)
            .collect();
        let ends: Vec<usize> = alike
            .iter()
            .map(|at| claim.quantities[*at].range.end)
            .collect();
        let last = starts.last().copied().unwrap_or_default();
        // "50 for adults, 25 for children": words that follow the last number say what each is of.
        let first = starts.first().copied().unwrap_or_default();
        let leads = claim
            .claims()
            .filter(|term| term.range.start < first && term.clause == claim.clause_of(first))
            .count();
        // "The train leaves Brenn at nine and arrives the next morning" says before its number what it is of.
        let values_first = leads <= LEADS
            && claim
                .terms
                .iter()
                .any(|term| !term.light && term.range.start > last);
        let cell = |term: &Term| {
            let mut same_clause =
                (0..starts.len()).filter(|cell| claim.clause_of(starts[*cell]) == term.clause);
            // A clause with one of the numbers gives it all of its words, before or behind.
            if let (Some(only), None) = (same_clause.next(), same_clause.next()) {
                return Some(only);
            }
            if values_first {
                starts.iter().rposition(|start| *start < term.range.start)
            } else if let Some(own) = ends.iter().position(|end| is_per(claim, *end, term)) {
                Some(own)
            } else {
                starts.iter().position(|start| *start > term.range.start)
            }
        };
        // "Adults 50, children 25": the first word names the first number only. In "Vienna: adults 50, children 25" it
        // is what all are about, which `allow` tells by whether the others are named.
        let label = (!values_first)
            .then(|| claim.terms.iter().position(|term| !term.light))
            .flatten();
        let of_term = claim.terms.iter().map(cell).collect();
        Self {
            count: alike.len(),
            clauses: starts.iter().map(|start| claim.clause_of(*start)).collect(),
            starts,
            of_term,
            label,
            strict: false,
            values_first,
            goes_on: ends.first().is_some_and(|end| goes_on(&claim.text[*end..])),
        }
    }

    /// The cells of a row: what stands in the column of a number is of that number, the rest of all.
    fn of_row(claim: &Reading, alike: &[usize]) -> Self {
        let column = |at: usize| claim.text[..at].matches(COLUMN).count();
        let columns: Vec<usize> = alike
            .iter()
            .map(|at| column(claim.quantities[*at].range.start))
            .collect();
        // What a column says beside several numbers may be of any of them.
        let cell = |term: &Term| {
            let own = column(term.range.start);
            let mut cells = (0..columns.len()).filter(|cell| columns[*cell] == own);
            // The second `next` sees whether there is another cell in the column.
            cells.next().filter(|_| cells.next().is_none())
        };
        Self {
            count: alike.len(),
            clauses: Vec::new(),
            starts: Vec::new(),
            of_term: claim.terms.iter().map(cell).collect(),
            label: None,
            strict: true,
            values_first: false,
            goes_on: false,
        }
    }

    /// Whether each number has a word of its own.
    fn all_named(&self, claim: &Reading) -> bool {
        (0..self.count).all(|cell| {
            let mut own = claim.terms.iter().zip(&self.of_term);
            own.any(|(term, own)| *own == Some(cell) && !term.light)
        })
    }

    /// Whether a number has a word of its own that says what it is of, and not only whether it is open or closed then.
    ///
    /// For a word that stands before all numbers, 早上六点开放，晚上九点半清场 names nothing else: what is done at a number is no
    /// subject of its own.
    fn names(&self, claim: &Reading, cell: usize, word: &Term) -> bool {
        // "All others within three" is of those that were not named.
        let others = claim.marks.iter().any(|mark| {
            mark.class == Class::Others
                && self.clauses.get(cell) == Some(&claim.clause_of(mark.range.start))
        });
        if others {
            return true;
        }
        let mut own = claim.terms.iter().zip(&self.of_term);
        let is_first = self
            .starts
            .first()
            .is_some_and(|first| word.range.start < *first);
        let leads = |term: &Term| {
            let start = self.starts.get(cell);
            !is_first || !term.unspaced || start.is_none_or(|start| term.range.start < *start)
        };
        own.any(|(term, own)| {
            *own == Some(cell) && !term.light && term.side.is_none() && leads(term)
        })
    }

    /// The cell that a word belongs to, if it stands in one only.
    pub(super) fn only(&self, claim: &Reading, term: &Term) -> Option<usize> {
        let mut cells = claim
            .terms
            .iter()
            .zip(&self.of_term)
            .filter(|(other, _)| other.is(term))
            .map(|(_, cell)| *cell);
        let first = cells.next()??;
        cells.all(|cell| cell == Some(first)).then_some(first)
    }

    /// Whether another number of the statement may stand with that of a cell: twice a day is not of May to September.
    fn allow_number(
        &self,
        claim: &Reading,
        number: &Quantity,
        alike: &[usize],
        cell: usize,
    ) -> bool {
        let mut places = (0..claim.quantities.len())
            .filter(|at| !alike.contains(at) && number.agrees(&claim.quantities[*at]))
            .map(|at| &claim.quantities[at].range)
            .peekable();
        let starts: Vec<usize> = alike
            .iter()
            .map(|at| claim.quantities[*at].range.start)
            .collect();
        let own = |start: usize| {
            if self.values_first {
                starts.iter().rposition(|other| *other < start)
            } else {
                starts.iter().position(|other| *other > start)
            }
        };
        self.strict
            || places.peek().is_none()
            || places.any(|range| {
                // What stands before the first number may be said of all, as its label is.
                let rivals = claim.quantities.iter().any(|other| {
                    other.range != *range
                        && !other.weak
                        && is_alike(number, other)
                        && own(other.range.start) == Some(cell)
                });
                own(range.start)
                    .is_none_or(|own| own == cell || own == 0 && !self.values_first && !rivals)
            })
    }

    /// Whether a word of the statement may stand with the number of a cell.
    fn allow(&self, claim: &Reading, term: &Term, cell: usize) -> bool {
        let places: Vec<usize> = (0..claim.terms.len())
            .filter(|at| claim.terms[*at].is(term))
            .collect();
        places.is_empty()
            || places.iter().any(|at| match self.of_term[*at] {
                None => true,
                Some(own) if own == cell => true,
                Some(_) if self.strict => false,
                // What is said of the first is often said of all, but not what the first is, unless no other is named.
                Some(0) if !self.names(claim, cell, &claim.terms[*at]) => true,
                // "It is turned daily and is ready after a week" is about the same in both halves.
                Some(0) if self.goes_on => true,
                Some(0) => self.label.is_some() && self.label != Some(*at) && !term.name,
                Some(_) => false,
            })
    }
}
