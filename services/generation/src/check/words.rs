//! Whether a source says a statement in the statement's own words.
//!
//! This refuses some true paraphrases and lets hardly anything through that the source does not say, which is the side
//! to err on where no model can be asked.

use futures::{FutureExt, future::BoxFuture};
use stoa_language::{Reading, markers, reading::Term};

use super::{
    CheckError, Checker, Finding, Ground, Reason, Statement, Support,
    agree::{self, Vouched},
    shortened,
    statement::normal,
};
use crate::read::{Claim, Source, Unit};

/// Words below which a statement says something only as the answer to its question.
const FRAGMENT: usize = 2;
/// Words of a statement that tell too little of its language.
const FEW: usize = 6;
/// Share of the question's words that the support of a fragment must hold.
const QUESTION_HELD: f32 = 0.5;
/// Units in a row that a statement may quote whole.
const RUN: usize = 4;

/// The layer that knows nothing but words.
pub(crate) struct Words;

impl Checker for Words {
    fn name(&self) -> &'static str {
        "words"
    }

    fn check<'a>(
        &'a self,
        statements: &'a [Statement],
        ground: Ground<'a>,
    ) -> BoxFuture<'a, Result<Vec<Finding>, CheckError>> {
        let findings = statements
            .iter()
            .map(|statement| finding(statement, ground))
            .collect();
        std::future::ready(Ok(findings)).boxed()
    }
}

fn finding(statement: &Statement, ground: Ground<'_>) -> Finding {
    let mut carried = Vec::new();
    let mut reason = Reason::NotStated;
    for (n, source) in ground.cited(statement) {
        match carries(source, &statement.text, ground.question) {
            Ok((quote, score)) => carried.push(Support {
                source: n,
                quote,
                score,
            }),
            Err(refused) => reason = refused,
        }
    }
    if statement.cited.is_empty() {
        let best = carried
            .into_iter()
            .reduce(|a, b| if b.score > a.score { b } else { a });
        carried = best.into_iter().collect();
    }
    if carried.is_empty() {
        Finding::Refused(reason)
    } else {
        Finding::Carried(carried)
    }
}

/// The words of a source that carry a statement, and how much of it. A statement of several clauses may have a
/// sentence for each.
fn carries(source: &Source, text: &str, question: &Reading) -> Result<(String, f32), Reason> {
    let whole = read(text, source);
    if !markers::knows(whole.language) || whole.language != source.language {
        return Err(Reason::UnknownLanguage);
    }
    let refused = match best(source, &whole, question) {
        Ok(claim) => return Ok((shortened(&claim.quote), 1.0)),
        Err(refused) => refused,
    };
    let clauses = clauses(text, &whole);
    if clauses.len() < 2 {
        return Err(refused);
    }
    let mut quotes: Vec<&str> = Vec::new();
    for clause in &clauses {
        let claim = best(source, clause, question)?;
        if !quotes.contains(&claim.quote.as_str()) {
            quotes.push(&claim.quote);
        }
    }
    Ok((shortened(&quotes.join(" … ")), 1.0))
}

/// Reads a statement. One of few words may look like another language than its source: when most of them are the
/// source's, it is read in that.
pub(super) fn read(text: &str, source: &Source) -> Reading {
    let own = Reading::of(text);
    let few = text.split_whitespace().count() <= FEW;
    if !few || own.language == source.language || !own.language.is_latin() {
        return own;
    }
    if !source.language.is_latin() {
        return own;
    }
    let theirs = Reading::in_language(text, source.language);
    let stands = |term: &&Term| {
        source.heading().holds(term)
            || source
                .claims()
                .iter()
                .any(|claim| claim.reading.holds(term))
    };
    let known = theirs.claims().filter(stands).count();
    if known * 2 >= theirs.claims().count() {
        theirs
    } else {
        own
    }
}

fn best<'a>(
    source: &'a Source,
    statement: &Reading,
    question: &Reading,
) -> Result<&'a Claim, Reason> {
    let mut reason = Reason::NotStated;
    let mut closest = 0;
    for claim in source.claims() {
        match says(source, claim, statement, question) {
            Ok(()) => return Ok(claim),
            Err(refused) => {
                let near = agree::overlap(statement, claim);
                if near > closest {
                    closest = near;
                    reason = refused;
                }
            }
        }
    }
    Err(reason)
}

fn says(
    source: &Source,
    claim: &Claim,
    statement: &Reading,
    question: &Reading,
) -> Result<(), Reason> {
    let missing: Vec<&Term> = statement
        .claims()
        .filter(|term| !holds(source, claim, term))
        .collect();
    // A row has no verb: one word may be the statement's own, but no name and none of two opposites.
    let spare = usize::from(claim.row && !statement.quantities.is_empty());
    let subject = statement.claims().next();
    let of_another = |term: &&&Term| {
        source
            .claims()
            .iter()
            .any(|other| other.reading.holds(term))
    };
    let needed = |term: &&&Term| {
        term.name
            || term.identifier
            || term.side.is_some()
            || Some(**term) == subject
            || of_another(term)
    };
    if let Some(term) = missing.iter().find(needed) {
        return Err(Reason::Word(term.plain.clone()));
    }
    if let Some(term) = missing.get(spare) {
        return Err(Reason::Word(term.plain.clone()));
    }
    let own = statement
        .claims()
        .filter(|term| claim.reading.holds(term))
        .count();
    if own == 0 && statement.quantities.is_empty() {
        return Err(Reason::NotStated);
    }
    if is_fragment(statement) && !is_about(source, claim, question) {
        return Err(Reason::NotStated);
    }
    agree::agrees(statement, claim, source, Vouched::ByNobody)
}

/// A word is held by the claim, by what stands above it, or as the other one of two opposites: not open is closed.
fn holds(source: &Source, claim: &Claim, term: &Term) -> bool {
    // An opposite that bounds a number is compared with its number.
    let opposite = term.side.is_some_and(|side| {
        side.bounds
            || side.polar
            && claim.reading.marks.iter().any(
                |mark| matches!(mark.class, markers::Class::Side(other) if other.pair == side.pair),
            )
    });
    opposite || claim.reading.holds(term) || source.heading().holds(term)
}

/// A statement that says something only as the answer to its question.
fn is_fragment(statement: &Reading) -> bool {
    let numbers = statement
        .quantities
        .iter()
        .filter(|quantity| !quantity.weak)
        .count();
    let words = statement.claims().count();
    words == 0 || words + numbers < FRAGMENT
}

fn is_about(source: &Source, claim: &Claim, question: &Reading) -> bool {
    let asked: Vec<&Term> = question.claims().collect();
    let held = asked
        .iter()
        .filter(|term| holds(source, claim, term))
        .count();
    held as f32 >= asked.len() as f32 * QUESTION_HELD
}

/// The clauses of a statement, each long enough to say something.
pub(super) fn clauses(text: &str, whole: &Reading) -> Vec<Reading> {
    let mut cuts: Vec<usize> = Vec::new();
    for term in &whole.terms {
        // A clause begins where its number changes.
        if term.clause > 0 && !cuts.iter().any(|cut| whole.clause_of(*cut) == term.clause) {
            cuts.push(term.range.start);
        }
    }
    for joint in [" and ", " und ", " et ", " y ", " e ", " en "] {
        cuts.extend(text.match_indices(joint).map(|(at, _)| at));
    }
    cuts.sort_unstable();
    let mut clauses: Vec<Reading> = Vec::new();
    let mut from = 0;
    for cut in cuts.into_iter().chain([text.len()]) {
        let Some(part) = text.get(from..cut) else {
            continue;
        };
        let reading = Reading::in_language(part, whole.language);
        if reading.claims().count() + reading.quantities.len() >= FRAGMENT {
            clauses.push(reading);
            from = cut;
        }
    }
    let rest = Reading::in_language(text.get(from..).unwrap_or_default(), whole.language);
    if rest.claims().next().is_some() || !rest.quantities.is_empty() {
        clauses.push(rest);
    }
    clauses
}

/// The words of a source that a statement repeats letter for letter, as whole sentences: as they are read, or with the
/// marks that they have there. An item of a list may come with the line that introduces all of them.
pub(super) fn verbatim(source: &Source, said: &str) -> Option<String> {
    let units = &source.units;
    let read = |unit: &Unit| normal(&unit.text);
    let marked = |unit: &Unit| normal(&unit.quote);
    (0..units.len()).find_map(|from| {
        let led = units[from]
            .goes_on_from
            .map(|lead| [&units[lead], &units[from]]);
        run(units[from..].iter(), said, read)
            .or_else(|| run(units[from..].iter(), said, marked))
            .or_else(|| run(led?.into_iter(), said, read))
    })
}

/// The quote of the first units, if they are what is said.
fn run<'a>(
    units: impl Iterator<Item = &'a Unit>,
    said: &str,
    words: impl Fn(&Unit) -> String,
) -> Option<String> {
    let mut joined = String::new();
    let mut quotes: Vec<&str> = Vec::new();
    for unit in units.take(RUN) {
        if unit.instructs {
            return None;
        }
        joined.push_str(&words(unit));
        quotes.push(&unit.quote);
        if joined == said {
            return Some(shortened(&quotes.join(" ")));
        }
        if !said.starts_with(&joined) {
            return None;
        }
    }
    None
}
