//! One word of a claim that is exchanged for another, where the rest is the claim's own: no paraphrase says nearly all in
//! the same words and one thing otherwise.

use std::ops::Range;

use stoa_language::{Reading, fold::fold, markers::Class, reading::Term, script};

use super::Reason;
use crate::read::{Claim, Source};

/// Words that a statement shares with a claim when it repeats it.
const SHARED: usize = 3;
/// Words in a row that are exchanged.
const RUN: usize = 3;

/// Whether a statement that repeats a claim has a word in the place of another.
pub(super) fn word(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let mine: Vec<&Term> = statement.claims().collect();
    let theirs: Vec<&Term> = claim.claims().collect();
    let places: Vec<Vec<usize>> = mine.iter().map(|term| places(term, &theirs)).collect();
    let shared = places.iter().filter(|places| !places.is_empty()).count();
    if shared < SHARED || !in_order(&places) {
        return Ok(());
    }
    let is_own = |at: usize| places[at].is_empty() && !claim.holds(mine[at]);
    let mut from = 0;
    while from < mine.len() {
        let to = (from..mine.len())
            .find(|at| !is_own(*at))
            .unwrap_or(mine.len());
        let run = from..to;
        if (1..=RUN).contains(&run.len()) {
            let slot = Slot {
                statement,
                claim,
                mine: &mine,
                theirs: &theirs,
                places: &places,
            };
            if slot.holds_another(run) {
                return Err(Reason::Word(mine[from].plain.clone()));
            }
        }
        from = to + 1;
    }
    Ok(())
}

/// Where a claim has a word.
fn places(term: &Term, theirs: &[&Term]) -> Vec<usize> {
    let same = |at: &usize| theirs[*at].means(term) || shares(theirs[*at], term);
    (0..theirs.len()).filter(same).collect()
}

/// Whether the words that are shared come in one order.
fn in_order(places: &[Vec<usize>]) -> bool {
    let mut least = 0;
    places
        .iter()
        .filter(|places| !places.is_empty())
        .all(|places| {
            let next = places.iter().find(|place| **place >= least);
            next.inspect(|next| least = **next).is_some()
        })
}

/// The words of two texts, and where one has those of the other.
struct Slot<'a> {
    statement: &'a Reading,
    claim: &'a Reading,
    mine: &'a [&'a Term],
    theirs: &'a [&'a Term],
    places: &'a [Vec<usize>],
}

impl Slot<'_> {
    /// Whether the claim has other words between the same two, or behind the same one, that the statement lacks.
    fn holds_another(&self, run: Range<usize>) -> bool {
        if self.mine[run.clone()]
            .iter()
            .any(|term| term.side.is_some())
        {
            return false;
        }
        let before = run.start.checked_sub(1).map(|at| (at, &self.places[at]));
        let after = self.places.get(run.end);
        match (before, after) {
            (Some((before, starts)), Some(ends)) => starts.iter().any(|start| {
                let mut ends = ends.iter().filter(|end| **end > *start);
                ends.next().is_some_and(|end| {
                    let there = start + 1..*end;
                    let alone = run.len() == 1 && there.len() == 1;
                    self.lacks(there.clone())
                        && (alone
                            || self.joined(before, run.start, *start, there.start)
                                && self.joined(run.end - 1, run.end, there.end - 1, *end))
                })
            }),
            (Some((before, starts)), None) => starts.iter().any(|start| {
                let there = start + 1..(start + 1 + run.len()).min(self.theirs.len());
                self.lacks(there.clone()) && self.joined(before, run.start, *start, there.start)
            }),
            (None, _) => false,
        }
    }

    /// Whether there are such words of the claim, and the statement has none of them.
    fn lacks(&self, there: Range<usize>) -> bool {
        (1..=RUN).contains(&there.len())
            && self.theirs[there]
                .iter()
                .all(|term| !self.statement.holds(term) && term.side.is_none())
    }

    /// Whether the same stands between two words of the statement and between two of the claim, and anything does.
    fn joined(&self, left: usize, right: usize, their_left: usize, their_right: usize) -> bool {
        let own = between(self.statement, self.mine[left], self.mine[right]);
        own.is_some_and(|own| {
            !own.is_empty()
                && between(
                    self.claim,
                    self.theirs[their_left],
                    self.theirs[their_right],
                ) == Some(own)
        })
    }
}

/// What stands between two words, but for white space at its ends.
fn between(reading: &Reading, left: &Term, right: &Term) -> Option<String> {
    let between = reading.text.get(left.range.end..right.range.start)?;
    Some(between.trim().to_lowercase())
}

/// Words of scripts without spaces are cut in several ways: one may hold the other.
fn shares(a: &Term, b: &Term) -> bool {
    a.unspaced
        && b.unspaced
        && !a.plain.is_empty()
        && !b.plain.is_empty()
        && (a.plain.contains(&b.plain) || b.plain.contains(&a.plain))
}

/// Whether a statement says of an item of one list what introduces another: what is provided is not what to bring.
pub(super) fn lead(statement: &Reading, claim: &Claim, source: &Source) -> Result<(), Reason> {
    let units = &source.units;
    let Some(own) = units[claim.unit].goes_on_from else {
        return Ok(());
    };
    let leads: Vec<&Claim> = source
        .claims()
        .iter()
        .filter(|other| {
            other.unit != own
                && units
                    .iter()
                    .any(|unit| unit.goes_on_from == Some(other.unit))
        })
        .collect();
    let above = |term: &Term| {
        claim.reading.holds(term)
            || source.heading().holds(term)
            || source
                .claims()
                .iter()
                .any(|lead| lead.unit == own && lead.reading.holds(term))
    };
    let foreign = statement
        .claims()
        .find(|term| !above(term) && leads.iter().any(|lead| lead.reading.holds(term)));
    match foreign {
        Some(term) => Err(Reason::Word(term.plain.clone())),
        None => Ok(()),
    }
}

/// Whether a statement of one row has a word of another: what a row says is said of what it names.
pub(super) fn row(statement: &Reading, claim: &Claim, source: &Source) -> Result<(), Reason> {
    if !claim.row {
        return Ok(());
    }
    let of_another = |term: &Term| {
        let mut others = source.claims().iter().filter(|other| other.row);
        others.any(|other| other.unit != claim.unit && other.reading.holds(term))
    };
    let foreign = statement.claims().find(|term| {
        !claim.reading.holds(term) && !source.heading().holds(term) && of_another(term)
    });
    match foreign {
        Some(term) => Err(Reason::Word(term.plain.clone())),
        None => Ok(()),
    }
}

/// Whether of two negations that stand right before their words a statement drops one: 未休完的年假不折算 is not
/// 未休完的年假折算. Only scripts without spaces have them so near.
pub(super) fn negation(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let (mine, theirs) = (denied(statement), denied(claim));
    let kept = mine.iter().any(|word| theirs.contains(word));
    let dropped = |word: &&String| !mine.contains(word) && statement.folded.contains(word.as_str());
    let more = mine.iter().any(|word| !theirs.contains(word));
    if kept && !more && theirs.iter().any(|word| dropped(&word)) {
        return Err(Reason::Polarity);
    }
    Ok(())
}

/// The two characters behind each negation: the dictionary cuts words in several ways.
fn denied(reading: &Reading) -> Vec<String> {
    let negations = reading
        .marks
        .iter()
        .filter(|mark| matches!(mark.class, Class::Not | Class::Fails));
    let behind = negations.filter_map(|mark| {
        let rest = reading.text.get(mark.range.end..)?;
        let word: String = rest.chars().take(2).collect();
        let is_word = word.chars().count() == 2 && word.chars().all(script::is_unspaced);
        is_word.then(|| fold(&word))
    });
    behind.collect()
}
