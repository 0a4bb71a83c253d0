//! Whether a source says a statement in the statement's own words.
//!
//! This refuses some true paraphrases and lets hardly anything through that the source does not say, which is the side
//! to err on where no model can be asked.

mod own;
mod pinned;

use futures::{FutureExt, future::BoxFuture};
use stoa_language::{
    Reading,
    markers::{self, Opposites, Side},
    reading::Term,
};
use stoa_proto::generation::AnswerPart;

use super::{
    CheckError, Checker, Finding, Ground, Reason, Statement, Support,
    agree::{self, Vouched},
    nearest::{Nearest, Units},
    shortened, translated,
};
use crate::read::{Claim, Source, UnitKind};

use own::{added_superlative, compound_of_another, is_needed, own_words};

/// Words below which a statement says something only as the answer to its question.
const FRAGMENT: usize = 2;
/// Share of the question's words that the support of a fragment must hold.
const QUESTION_HELD: f32 = 0.5;

/// Heads of the columns that say what something is sold for.
const PRICES: [&str; 10] = [
    "price", "prices", "preis", "prix", "precio", "prezzo", "价格", "单价", "售价", "价",
];

/// The layer that knows nothing but words.
#[derive(Debug, Default)]
pub(crate) struct Words {
    nearest: Nearest,
}

impl Words {
    pub(crate) fn new(nearest: Nearest) -> Self {
        Self { nearest }
    }
}

impl Checker for Words {
    fn name(&self) -> &'static str {
        "words"
    }

    fn part(&self) -> AnswerPart {
        AnswerPart::Words
    }

    fn check<'a>(
        &'a self,
        statements: &'a [Statement],
        ground: Ground<'a>,
    ) -> BoxFuture<'a, Result<Vec<Finding>, CheckError>> {
        async move {
            let mut findings = Vec::with_capacity(statements.len());
            for statement in statements {
                findings.push(found(statement, &self.nearest, ground).await);
            }
            Ok(findings)
        }
        .boxed()
    }
}

/// What words find of a statement; which sentence it is of is asked only where that can prove it.
pub(super) async fn found(statement: &Statement, nearest: &Nearest, ground: Ground<'_>) -> Finding {
    let units = if translated::has_proofs(&Reading::of(&statement.text)) {
        nearest.of(statement, ground).await
    } else {
        Units::new()
    };
    finding(statement, &units, ground)
}

pub(super) fn finding(statement: &Statement, nearest: &Units, ground: Ground<'_>) -> Finding {
    let mut carried = Vec::new();
    let mut reason = Reason::NotStated;
    for (n, source) in ground.cited(statement) {
        let nearest = nearest.get(&n).map(Vec::as_slice);
        match carries(source, statement, nearest, ground) {
            Ok((quote, score)) => carried.push(Support {
                source: n,
                quote,
                score,
            }),
            Err(refused) => reason = refused,
        }
    }
    if statement.cited.is_empty() {
        // Without a citation every source was tried. A person is shown the one that says most of it, not all that
        // happen to.
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
fn carries(
    source: &Source,
    statement: &Statement,
    nearest: Option<&[usize]>,
    ground: Ground<'_>,
) -> Result<(String, f32), Reason> {
    let whole = read(&statement.text, source);
    if let Some(nearest) = nearest
        && whole.language != source.language
    {
        let claim = translated::carried(source, &whole, nearest, ground)?;
        return Ok((shortened(&claim.quote), 1.0));
    }
    // Where negations are not known "not" is a word like any other, and a denial would pass as a copy with one word
    // more.
    if !markers::knows(whole.language) || whole.language != source.language {
        return Err(Reason::UnknownLanguage);
    }
    let refused = match best(source, &whole, ground) {
        Ok(claim) => return Ok((shortened(&claim.quote), 1.0)),
        Err(refused) => refused,
    };
    if let Some(quote) = in_steps(source, &whole, ground) {
        return Ok((quote, 1.0));
    }
    if let Some(claim) = pinned::carried(source, &whole, statement, ground) {
        return Ok((shortened(&claim.quote), 1.0));
    }
    // Only when no single sentence carries it whole: clauses that come from different sentences can be joined to
    // something that none of them says, which is why each must hold on its own.
    let clauses = clauses(&statement.text, &whole);
    let is_whole = has_all(source, &whole) || agree::steps::tells_order(&whole);
    if clauses.len() < 2 || refused.is_firm() && is_whole {
        return Err(refused);
    }
    let mut quotes: Vec<&str> = Vec::new();
    for clause in &clauses {
        let claim = best(source, clause, ground)?;
        if !quotes.contains(&claim.quote.as_str()) {
            quotes.push(&claim.quote);
        }
    }
    Ok((shortened(&quotes.join(" … ")), 1.0))
}

/// The words of a source that carry a statement of two steps, each by an item of its own.
fn in_steps(source: &Source, statement: &Reading, ground: Ground<'_>) -> Option<String> {
    let steps = agree::steps::steps(statement)?;
    let earlier = best(source, &steps.earlier, ground).ok()?;
    let later = best(source, &steps.later, ground).ok()?;
    agree::steps::come_in_order(source, earlier, later)
        .then(|| shortened(&format!("{} … {}", earlier.quote, later.quote)))
}

/// Whether one claim has all words and numbers of a statement: then it says it or not, and nothing is to be drawn together.
pub(super) fn has_all(source: &Source, statement: &Reading) -> bool {
    source.claims().iter().any(|claim| {
        let mut words = statement.claims();
        let mut numbers = statement.quantities.iter().filter(|own| !own.weak);
        words.all(|term| claim.reading.holds(term))
            && numbers.all(|own| agree::has_number(own, &claim.reading))
    })
}

/// Reads a statement. One may look like another language than its source's: when half of its words are the source's, it
/// is read in that.
pub(super) fn read(text: &str, source: &Source) -> Reading {
    let own = Reading::of(text);
    let may_be_theirs =
        // "Die Kita" could be of several languages; a Chinese sentence could not, so its own script decides.
        own.language != source.language && own.language.is_latin() && source.language.is_latin();
    if !may_be_theirs {
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
    // Half: names and numbers are the same in any language, and must not alone make an English sentence German.
    if known * 2 >= theirs.claims().count() {
        theirs
    } else {
        own
    }
}

fn best<'a>(
    source: &'a Source,
    statement: &Reading,
    ground: Ground<'_>,
) -> Result<&'a Claim, Reason> {
    let mut reason = Reason::NotStated;
    let mut closest = 0;
    // A heading says what a text is about, and nothing of it.
    let stated = |claim: &&Claim| source.units[claim.unit].kind != UnitKind::Heading;
    for claim in source.claims().iter().filter(stated) {
        match says(source, claim, statement, ground) {
            Ok(()) => return Ok(claim),
            Err(refused) => {
                // The reason of the nearest claim is the one that a person can do something with.
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
    ground: Ground<'_>,
) -> Result<(), Reason> {
    if agree::is_of_excepted(statement, claim, source) && !ground.without.has(AnswerPart::Agreement)
    {
        return Ok(());
    }
    let is_price = || agree::says_one(&claim.reading.text, &PRICES);
    let sells = |term: &Term| claim.row && is_price() && sells(statement, term);
    let mut missing: Vec<&Term> = statement
        .claims()
        .filter(|term| {
            !bounds(statement, term)
                && !agree::names_step(statement, term)
                && !prices(statement, term)
                && !sells(term)
                && !holds(source, claim, term)
        })
        .collect();
    // None of these is ever a word of its own.
    let of_another = missing
        .iter()
        .copied()
        .find(|term| is_needed(source, claim, statement, term))
        .or_else(|| added_superlative(statement, &claim.reading))
        .or_else(|| compound_of_another(source, claim, statement));
    if let Some(term) = of_another {
        return Err(Reason::Word(term.plain.clone()));
    }
    // What the asker said is what it is about, and what means the same is said.
    missing.retain(|term| !ground.question.holds(term) && !claim.reading.says(term) && !term.faint);
    if let Some(term) = missing.get(own_words(statement, claim, &missing)) {
        return Err(Reason::Word(term.plain.clone()));
    }
    let said = statement
        .claims()
        .filter(|term| claim.reading.holds(term))
        .count();
    let numbers = statement.quantities.iter().filter(|own| !own.weak).count();
    let asked = statement
        .claims()
        .filter(|term| !holds(source, claim, term) && ground.question.holds(term))
        .count();
    // All words came from the heading: the sentence itself says nothing of it. Or most are the asker's: that it may be
    // asked whether somebody else may collect a passport does not say so.
    if said == 0 && numbers == 0 || asked > 0 && said + numbers <= asked {
        return Err(Reason::NotStated);
    }
    // "Yes." or "Four." is true of many sentences; it is held to one that is about what was asked.
    if is_fragment(statement) && !is_about(source, claim, ground.question) {
        return Err(Reason::NotStated);
    }
    if ground.without.has(AnswerPart::Agreement) {
        return Ok(());
    }
    // Last, because it costs most and most claims fall before.
    agree::agrees(statement, claim, source, ground.question, Vouched::ByNobody)?;
    agree::puts_alike(statement, claim)?;
    agree::elsewhere(statement, claim, source)
}

/// That something costs what it costs is said by its price.
fn prices(statement: &Reading, term: &Term) -> bool {
    let is_price = |side: Side| side.kind == Opposites::Price && !side.first;
    term.side.is_some_and(is_price)
        && statement.quantities.iter().any(|own| {
            statement.clause_of(own.range.start) == term.clause
                && own.measures().any(|measure| measure.unit.is_money())
        })
}

/// That something is sold for what its row has as its price is said by the price.
fn sells(statement: &Reading, term: &Term) -> bool {
    let is_converse = |mark: &markers::Mark| {
        mark.range == term.range
            && matches!(mark.class, markers::Class::Side(side) if side.kind == Opposites::Converse)
    };
    statement.marks.iter().any(is_converse)
        && statement.quantities.iter().any(|own| {
            own.range.start >= term.range.end
                && own.measures().any(|measure| measure.unit.is_money())
        })
}

/// An opposite that bounds a number is compared with its number.
fn bounds(statement: &Reading, term: &Term) -> bool {
    term.side.is_some_and(|side| side.bounds()) && agree::bounds_one(statement, &term.range)
}

/// A word is held by the claim, by what stands above it, or as the other one of two opposites: not open is closed.
fn holds(source: &Source, claim: &Claim, term: &Term) -> bool {
    // Whether the clause is turned round to match is for `agree::polarity` to say.
    let opposite = term.side.is_some_and(|side| {
        side.is_polar()
            && claim.reading.marks.iter().any(
                |mark| matches!(mark.class, markers::Class::Side(other) if other.pair == side.pair),
            )
    });
    opposite
        || claim.reading.holds(term)
        || source.heading().holds(term)
        || term.side.is_some() && claim.reading.says(term)
}

/// A statement that says something only as the answer to its question.
fn is_fragment(statement: &Reading) -> bool {
    let numbers = statement
        .quantities
        .iter()
        .filter(|quantity| !quantity.weak)
        .count();
    let words = statement.claims().count();
    words + numbers < FRAGMENT || words == 0 && numbers < FRAGMENT
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
            cuts.push(whole.clause_start(term.clause).unwrap_or(term.range.start));
        }
    }
    // The comma of a list is no cut, an "and" may be: both halves must then carry a claim of their own, so a cut too
    // many refuses and never lets through.
    for joint in [" and ", " und ", " et ", " y ", " e ", " en "] {
        let places = text.match_indices(joint).map(|(at, _)| at);
        cuts.extend(places.filter(|at| !agree::is_in_number(whole, *at)));
    }
    cuts.sort_unstable();
    let read = |from: usize, to: usize| {
        text.get(from..to)
            .map(|part| Reading::in_language(part, whole.language))
            .filter(|part| {
                // "It may be photographed" says two things in one word that is the source's.
                let rules = [
                    markers::Class::May,
                    markers::Class::Must,
                    markers::Class::Not,
                ];
                let rules = rules.iter().any(|class| part.has(*class));
                let words = part.claims().count();
                words + part.quantities.len() + usize::from(rules && words > 0) >= FRAGMENT
            })
    };
    let mut clauses: Vec<Reading> = Vec::new();
    let (mut last, mut from) = (0, 0);
    for cut in cuts.into_iter().chain([text.len()]) {
        if let Some(clause) = read(from, cut) {
            clauses.push(clause);
            (last, from) = (from, cut);
        }
    }
    // What is left says something with the clause before it only.
    if from < text.len()
        && let Some(clause) = read(last, text.len())
    {
        clauses.pop();
        clauses.push(clause);
    }
    clauses
}
