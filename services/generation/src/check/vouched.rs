//! Statements that a model vouches for, held against what must agree whoever wrote them.
//!
//! Which sentence a statement is of is a guess, and most of what is compared hangs on it. A model that refused what is
//! certainly false (`controls`) is believed there; its word is never enough for a number, a name, a denial, a bound, or
//! for who did it to whom in a sentence's own words.

use stoa_language::Reading;
use stoa_proto::generation::AnswerPart;

use super::{
    Ground, Reason, Statement,
    agree::{self, Vouched},
    words,
};
use crate::read::{Claim, Source, Unit, UnitKind};

/// Claims that a statement is held against, best first.
const CLOSEST: usize = 3;

/// How far a model is believed that vouches for a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// It may be one that vouches for anything.
    Untested,
    /// It has just refused what is certainly false.
    Tested,
}

/// Holds a statement against a source, as far as the model that vouches for it is not believed.
pub(super) fn held(
    statement: &Statement,
    source: &Source,
    quotes: &[&str],
    nearest: Option<&[usize]>,
    ground: Ground<'_>,
    trust: Trust,
) -> Result<(), Reason> {
    if ground.without.has(AnswerPart::Agreement) {
        return Ok(());
    }
    let reading = words::read(&statement.text, source);
    // A model vouches for "Yes, exactly." too.
    if reading.claims().next().is_none() && reading.quantities.is_empty() {
        return Err(Reason::Empty);
    }
    let quotes: Vec<String> = quotes.iter().map(|quote| plain(quote)).collect();
    agreed(&reading, source, &quotes, nearest, ground, trust).or_else(|refused| {
        if trust == Trust::Untested {
            return Err(refused);
        }
        agree::is_of_source(&reading, source, ground.question)?;
        let quoted = |claim: &Claim| is_quoted(claim, &quotes);
        let near = Near::of(&reading, source, nearest, &quoted);
        // It may be about any of these claims, so contradicting one is enough to refuse it.
        let most = near
            .claims
            .first()
            .map_or(0, |claim| agree::overlap(&reading, claim));
        // Rows share the heads of their columns: what is of one row is none of the others.
        let may_be = |claim: &&&Claim| !claim.row || agree::overlap(&reading, claim) == most;
        let apart = near
            .claims
            .iter()
            .filter(may_be)
            .all(|claim| agree::keeps_apart(&reading, claim, source).is_ok());
        // The controls are claims with one word changed, and the model refused them. But no control exchanges who did
        // it and to whom, so there its word is not enough.
        let exchanged = refused == Reason::Order
            && near
                .claims
                .first()
                .is_some_and(|claim| !has_own_words(&reading, claim, source));
        if apart && !exchanged {
            Ok(())
        } else {
            Err(refused)
        }
    })
}

/// Holds a statement against the claims of a source that say most of it, and those that the model quotes. Where its
/// language is another than the source's, `nearest` has the units that are most like it.
fn agreed(
    reading: &Reading,
    source: &Source,
    quotes: &[String],
    nearest: Option<&[usize]>,
    ground: Ground<'_>,
    trust: Trust,
) -> Result<(), Reason> {
    let quoted = |claim: &Claim| is_quoted(claim, quotes);
    let against =
        |statement: &Reading| against(statement, source, ground.question, nearest, &quoted, trust);
    against(reading).or_else(|refused| {
        // A statement drawn from two sentences has half of its numbers and names in each, and would fail against either.
        if let Some(joint) = joint(source, quotes)
            && agree::agrees(reading, &joint, source, ground.question, Vouched::ByModel).is_ok()
        {
            return Ok(());
        }
        // "Photos are allowed, but no flash" is one sentence of the source, too.
        if reading.clause_count() > 1
            && nearest.is_none()
            && source.units.iter().enumerate().any(|(at, unit)| {
                whole(source, at, unit).is_some_and(|claim| {
                    agree::agrees(reading, &claim, source, ground.question, Vouched::ByModel)
                        .is_ok()
                        && agree::overlap(reading, &claim) > 1
                })
            })
        {
            return Ok(());
        }
        let clauses = words::clauses(&reading.text, reading);
        // Last the clauses one by one: an answer joins sentences of the source by "and". What one sentence has whole it
        // joins to nothing.
        if clauses.len() < 2 || refused.is_firm() && words::has_all(source, reading) {
            return Err(refused);
        }
        clauses.iter().try_for_each(against)
    })
}

/// A sentence that is several claims, as one.
fn whole(source: &Source, at: usize, unit: &Unit) -> Option<Claim> {
    let halves = source
        .claims()
        .iter()
        .filter(|claim| claim.unit == at && claim.quote == unit.quote);
    (halves.count() > 1).then(|| Claim {
        reading: Reading::in_language(&unit.read, source.language),
        quote: unit.quote.clone(),
        unit: at,
        row: false,
    })
}

/// Whether a model quotes a claim, or a part of it; the quotes are without white space.
fn is_quoted(claim: &Claim, quotes: &[String]) -> bool {
    let claim = plain(&claim.quote);
    quotes
        .iter()
        .any(|quote| claim.contains(quote) || quote.contains(&claim))
}

/// A text without white space.
fn plain(text: &str) -> String {
    text.split_whitespace().collect()
}

/// The few claims that a model quotes whole, as one: what it draws together.
fn joint(source: &Source, quotes: &[String]) -> Option<Claim> {
    let mut parts: Vec<&Claim> = Vec::new();
    let whole = |claim: &&Claim| {
        let claim = plain(&claim.quote);
        quotes.iter().any(|quote| quote.contains(&claim))
    };
    for claim in source.claims().iter().filter(whole) {
        if parts.iter().all(|part| part.unit != claim.unit) {
            parts.push(claim);
        }
    }
    let (last, before) = parts.split_last()?;
    // One sentence alone was tried already. Of many joined almost anything could be drawn.
    if before.is_empty() || before.len() >= CLOSEST {
        return None;
    }
    let joined = |of: fn(&Claim) -> &str| {
        let texts: Vec<&str> = parts.iter().map(|part| of(part)).collect();
        texts.join(" ")
    };
    Some(Claim {
        reading: Reading::in_language(&joined(|part| &part.reading.text), source.language),
        quote: joined(|part| &part.quote),
        unit: last.unit,
        row: false,
    })
}

/// The claims that a statement may be of.
struct Near<'a> {
    /// The best first.
    claims: Vec<&'a Claim>,
    /// They are what the model quotes, as words do not tell.
    by_quote: bool,
}

impl<'a> Near<'a> {
    fn of(
        statement: &Reading,
        source: &'a Source,
        nearest: Option<&[usize]>,
        quoted: &dyn Fn(&Claim) -> bool,
    ) -> Self {
        let mut closest: Vec<(usize, bool, &Claim)> = source
            .claims()
            .iter()
            // A heading says what a text is about, and nothing of it.
            .filter(|claim| source.units[claim.unit].kind != UnitKind::Heading)
            .filter(|claim| nearest.is_none_or(|nearest| nearest.contains(&claim.unit)))
            .map(|claim| (agree::overlap(statement, claim), quoted(claim), claim))
            .collect();
        // A quote decides where words do not.
        closest.sort_by_key(|(overlap, quoted, _)| std::cmp::Reverse((*overlap, *quoted)));
        let most = closest.first().map_or(0, |(overlap, ..)| *overlap);
        // In another language a quote that has anything of the statement is what it is about.
        let by_quote = most == 0
            || statement.language != source.language
                && closest
                    .iter()
                    .any(|(overlap, quoted, _)| *quoted && *overlap > 0);
        let near = |(overlap, quoted, _): &(usize, bool, &Claim)| {
            if nearest.is_some() {
                true
            } else if by_quote {
                *quoted
            } else {
                // Claims with two thirds of the best one's words: a document says a thing more than once, and any of
                // these may be what was meant.
                *overlap * 3 >= most * 2
            }
        };
        let claims = closest.into_iter().filter(near).take(CLOSEST);
        Self {
            claims: claims.map(|(.., claim)| claim).collect(),
            by_quote,
        }
    }
}

/// A statement without a word of its own is the claim turned round, or nothing: no model that was not tested can vouch for
/// it.
fn has_own_words(statement: &Reading, claim: &Claim, source: &Source) -> bool {
    statement.claims().any(|term| !claim.reading.holds(term))
        || agree::computes(statement, claim, source)
}

fn against(
    statement: &Reading,
    source: &Source,
    question: &Reading,
    nearest: Option<&[usize]>,
    quoted: &dyn Fn(&Claim) -> bool,
    trust: Trust,
) -> Result<(), Reason> {
    let near = Near::of(statement, source, nearest, quoted);
    let mut reason = Reason::NotQuoted;
    for (place, claim) in near.claims.iter().enumerate() {
        if !near.by_quote && has_less(statement, claim, near.claims[0]) {
            continue;
        }
        let own = has_own_words(statement, claim, source);
        // The controls are a claim's own words with one of them turned, and it refused them; but none names another period.
        let as_model =
            own || trust == Trust::Tested && !agree::has_other_period(statement, &claim.reading);
        let vouched = if as_model {
            Vouched::ByModel
        } else {
            Vouched::ByNobody
        };
        match agree::agrees(statement, claim, source, question, vouched)
            .and_then(|()| ends_as(statement, claim, source))
            .and_then(|()| agree::elsewhere(statement, claim, source))
        {
            Ok(()) => return Ok(()),
            // The reason of the best claim; those behind it are about something else more often than not.
            Err(refused) if place == 0 => reason = refused,
            Err(_) => {}
        }
    }
    Err(reason)
}

/// Whether a claim has less of a statement than the best one, and nothing else: it cannot carry what that one does not.
fn has_less(statement: &Reading, claim: &Claim, best: &Claim) -> bool {
    let held = |claim: &Claim| -> Vec<bool> {
        let words = statement.claims().map(|term| claim.reading.holds(term));
        let numbers = statement.quantities.iter();
        let numbers = numbers.map(|own| agree::has_number(own, &claim.reading));
        words.chain(numbers).collect()
    };
    let (own, best) = (held(claim), held(best));
    own != best && own.iter().zip(&best).all(|(own, best)| !own || *best)
}

/// A sentence that turns in the middle says one thing in each half. What a statement comes to at its end stands in the
/// half that it is held against, and not in the other alone.
fn ends_as(statement: &Reading, claim: &Claim, source: &Source) -> Result<(), Reason> {
    let halves: Vec<&Claim> = source
        .claims()
        .iter()
        .filter(|other| other.unit == claim.unit && other.quote == claim.quote)
        .collect();
    // The last word that any half has: in "the pool is open but the sauna is closed" it tells which half a statement is
    // about.
    let last = statement
        .claims()
        .filter(|term| term.side.is_none() && halves.iter().any(|half| half.reading.holds(term)))
        .last();
    match last {
        Some(term) if !claim.reading.holds(term) => Err(Reason::Word(term.plain.clone())),
        _ => Ok(()),
    }
}
