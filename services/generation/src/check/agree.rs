//! What must agree between a statement and its source, whoever wrote it.
//!
//! A claim of the source is one sentence, with those it goes on from. The statement's words are found in it as far as
//! they are the same; where it says things in other words, what is compared is what has no other words: numbers, names,
//! negations, only and all, duties, opposites, and who did it to whom.

mod across;
mod elsewhere;
mod exchanged;
mod places;
mod quantities;

use std::collections::HashSet;

use stoa_language::{
    Language, Reading,
    markers::{Class, Side},
    reading::Term,
};

use super::Reason;
use crate::read::{Claim, Source};

/// Words of a passive that does not say who does it.
const PASSIVES: [&str; 12] = [
    "is", "are", "was", "were", "be", "been", "being", "wird", "werden", "wurde", "wurden",
    "worden",
];

/// How much of a statement's meaning somebody else vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vouched {
    /// A model says that the source states it: words may differ.
    ByModel,
    /// Nobody: words must be the source's.
    ByNobody,
}

/// A word of the statement and where the claim has it.
struct Held<'a> {
    term: &'a Term,
    /// Place of the first among the claim's words.
    place: usize,
    /// Clauses of the claim that have it.
    clauses: Vec<usize>,
}

/// Whether nothing in a statement is at odds with a claim.
pub(super) fn agrees(
    statement: &Reading,
    claim: &Claim,
    source: &Source,
    vouched: Vouched,
) -> Result<(), Reason> {
    // The cheap and certain first: most lies change a number, and numbers compare across languages.
    quantities::agree(statement, claim, source, vouched)?;
    if statement.language != source.language {
        return across::agrees(statement, claim, source);
    }
    places::parted(statement, &claim.reading)?;
    places::excepted(statement, &claim.reading)?;
    // A model may have read "after lunch" out of "when lunch is over"; words alone cannot.
    if vouched == Vouched::ByNobody && is_stray(statement, claim, source) {
        return Err(Reason::Opposite);
    }
    exchanged::word(statement, &claim.reading, vouched)?;
    exchanged::lead(statement, claim, source)?;
    exchanged::row(statement, claim, source)?;
    exchanged::negation(statement, &claim.reading)?;
    let held = held(statement, &claim.reading);
    names(statement, claim, source)?;
    extent(statement, &claim.reading, &held)?;
    duty(statement, &claim.reading)?;
    polarity(statement, &claim.reading, &held, vouched)?;
    opposites(statement, &claim.reading)?;
    order(statement, &claim.reading, &held)
}

pub(super) use elsewhere::elsewhere;
pub(super) use quantities::bounds_one;

/// How much of a statement a claim has in its own words: the claim that it should be held against has most.
pub(super) fn overlap(statement: &Reading, claim: &Claim) -> usize {
    let words = statement
        .claims()
        .filter(|term| claim.reading.holds(term))
        // A claim about the same name is nearer than one that shares any other word.
        .map(|term| if term.name || term.identifier { 2 } else { 1 })
        .sum::<usize>();
    let marks = if statement.language == claim.reading.language {
        0
    } else {
        across::shared(statement, &claim.reading)
    };
    words + marks + quantities::shared(statement, &claim.reading)
}

/// Whether a statement says before or after of what is no number, and the claim neither.
fn is_stray(statement: &Reading, claim: &Claim, source: &Source) -> bool {
    // Of numbers it is asked with the number, in `quantities::bounds`.
    let has = |reading: &Reading, pair: u16| {
        reading
            .marks
            .iter()
            .any(|mark| matches!(mark.class, Class::Side(side) if side.pair == pair))
    };
    statement.marks.iter().any(|mark| match mark.class {
        Class::Side(side) if side.bounds => {
            // "Since" of no number gives a reason.
            statement
                .text
                .get(mark.range.clone())
                .is_some_and(|word| !word.eq_ignore_ascii_case("since"))
                && !bounds_one(statement, &mark.range)
                && !has(&claim.reading, side.pair)
                && !has(source.heading(), side.pair)
        }
        _ => false,
    })
}

fn held<'a>(statement: &'a Reading, claim: &Reading) -> Vec<Held<'a>> {
    statement
        .claims()
        .filter_map(|term| {
            let same = |other: &Term| other.is(term) || exchanged::shares(other, term);
            let places: Vec<usize> = (0..claim.terms.len())
                .filter(|at| same(&claim.terms[*at]))
                .collect();
            Some(Held {
                term,
                place: *places.first()?,
                clauses: places.iter().map(|at| claim.terms[*at].clause).collect(),
            })
        })
        .collect()
}

/// Names and codes are in the claim, or above it, where the source has them.
fn names(statement: &Reading, claim: &Claim, source: &Source) -> Result<(), Reason> {
    let missing = statement.claims().find(|term| {
        (term.identifier || term.name)
            && !claim.reading.holds(term)
            && !source.heading().holds(term)
    });
    match missing {
        Some(term) => Err(Reason::Name(term.plain.clone())),
        // Every name that shows by its capital was found. What is left is a name in first place, where a capital says
        // nothing.
        None => substituted(statement, &claim.reading),
    }
}

/// A sentence that begins with a name shows it by nothing. Where the rest is the claim's and both begin with words that
/// the other does not have, one name stands for another.
fn substituted(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let capitals_tell =
        // Every German noun has a capital, and Chinese has none.
        !matches!(statement.language, Language::German) && statement.language.is_latin();
    let (Some(mine), Some(theirs)) = (statement.claims().next(), claim.claims().next()) else {
        return Ok(());
    };
    let begins = |reading: &Reading, term: &Term| {
        term.range.start == 0 && reading.text.starts_with(char::is_uppercase)
    };
    let rest: Vec<&Term> = statement.claims().skip(1).collect();
    let same = rest.iter().filter(|term| claim.holds(term)).count();
    let replaced = capitals_tell
        && begins(statement, mine)
        && begins(claim, theirs)
        && !claim.holds(mine)
        && !statement.holds(theirs)
        && !rest.is_empty()
        // Two thirds of the rest, so that a paraphrase that merely begins otherwise is none.
        && same * 3 >= rest.len() * 2;
    if replaced {
        Err(Reason::Name(mine.plain.clone()))
    } else {
        Ok(())
    }
}

/// Only, all and some are said where the source says them.
fn extent(statement: &Reading, claim: &Reading, held: &[Held<'_>]) -> Result<(), Reason> {
    let in_reach = |class: Class| {
        claim.marks.iter().any(|mark| {
            let clause = claim.clause_of(mark.range.start);
            mark.class == class && held.iter().any(|held| held.clauses.contains(&clause))
        })
    };
    let adds = |class: Class| statement.has(class) && !claim.has(class);
    // "Only five kilos" are five kilos.
    let excludes = statement.marks.iter().any(|mark| {
        // The number itself is compared already.
        mark.class == Class::Only && !quantities::measures_next(statement, mark.range.end)
    });
    // Nobody but the coach may: only the coach may.
    let excepts = claim.has(Class::Except) && claim.has(Class::Not);
    if excludes && !claim.has(Class::Only) && !excepts || adds(Class::All) || adds(Class::Except) {
        return Err(Reason::Extent);
    }
    // "Some" of a clause that the statement takes nothing from limits something else.
    if in_reach(Class::Some) && !statement.has(Class::Some) && !statement.has(Class::May) {
        return Err(Reason::Extent);
    }
    Ok(())
}

/// A duty is no permission. "May only" is a duty.
fn duty(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    // "May only be opened by staff" does forbid, so "must" is no exaggeration of it.
    let limits = claim.has(Class::Only) || claim.has(Class::Not);
    let demanded =
        statement.has(Class::Must) && claim.has(Class::May) && !claim.has(Class::Must) && !limits;
    let allowed = statement.has(Class::May)
        && !statement.has(Class::Must)
        && !statement.has(Class::Not)
        && claim.has(Class::Must)
        && !claim.has(Class::May);
    if demanded || allowed {
        return Err(Reason::Duty);
    }
    Ok(())
}

/// The statement negates what the claim negates, and nothing else. Where the claim has several clauses, its subject may be
/// in one and the negation in another.
fn polarity(
    statement: &Reading,
    claim: &Reading,
    held: &[Held<'_>],
    vouched: Vouched,
) -> Result<(), Reason> {
    let pairs = contested(statement, claim);
    let mut negated: Vec<bool> = (0..claim.clause_count())
        .map(|clause| claim.is_negated(clause, &pairs))
        .collect();
    // "Nobody but the coach may" denies it of all others, which "only the coach may" does without a negation.
    if statement.has(Class::Only) && !statement.has(Class::Not) && names_excepted(statement, claim)
    {
        for mark in claim
            .marks
            .iter()
            .filter(|mark| mark.class == Class::Except)
        {
            negated[claim.clause_of(mark.range.start)] = false;
            // In Chinese a comma stands between the exception and what is denied of others.
            if claim.language == Language::Chinese
                && let Some(next) = negated.get_mut(claim.clause_of(mark.range.start) + 1)
            {
                *next = false;
            }
        }
    }
    let refused = match turns(statement, claim, held, &negated, &pairs, vouched) {
        Ok(()) => return denies_all(statement, claim, &negated, &pairs),
        Err(refused) => refused,
    };
    // "Broke off" is how a model says "fails", and no negation.
    let fails = |reading: &Reading| reading.has(Class::Fails);
    if vouched == Vouched::ByNobody || !fails(claim) || fails(statement) {
        return Err(refused);
    }
    let without: Vec<bool> = negated
        .iter()
        .enumerate()
        .map(|(clause, negated)| *negated != claim.fails(clause))
        .collect();
    turns(statement, claim, held, &without, &pairs, vouched)
}

/// Whether a claim denies something of all but what the statement names.
fn names_excepted(statement: &Reading, claim: &Reading) -> bool {
    claim.has(Class::Not)
        && claim.marks.iter().any(|mark| {
            // Within it ("除 … 外"), or right behind it.
            let excepted = claim
                .claims()
                .find(|term| term.range.end > mark.range.start && !term.light);
            mark.class == Class::Except && excepted.is_some_and(|term| statement.holds(term))
        })
}

/// A clause of the claim that denies, and of which the statement has all words, is what the statement speaks of: of
/// "staff are covered, interns are not" it may not take the verb of the one and the subject of the other.
fn denies_all(
    statement: &Reading,
    claim: &Reading,
    negated: &[bool],
    pairs: &HashSet<u16>,
) -> Result<(), Reason> {
    let words = |clause: usize| claim.claims().filter(move |term| term.clause == clause);
    for clause in (0..negated.len()).filter(|clause| negated[*clause]) {
        let all_in = |own: usize| {
            words(clause).all(|term| {
                statement.terms.iter().any(|other| {
                    other.clause == own
                        && (other.is(term) || other.unspaced && statement.holds(term))
                })
            })
        };
        let said = (0..statement.clause_count()).any(|own| {
            words(clause).next().is_some() && all_in(own) && !statement.is_negated(own, pairs)
        });
        if said {
            return Err(Reason::Polarity);
        }
    }
    Ok(())
}

/// Whether each clause of a statement is turned as the claim's clause is that it says.
fn turns(
    statement: &Reading,
    claim: &Reading,
    held: &[Held<'_>],
    negated: &[bool],
    pairs: &HashSet<u16>,
    vouched: Vouched,
) -> Result<(), Reason> {
    // "Don't use it, since it harms the seals" of "it harms the seals and must not be used": where a claim has no
    // clauses that could be told apart, one of the statement's is turned.
    if let ([true], Vouched::ByModel) = (negated, vouched)
        && statement.clause_count() > 1
        && (0..statement.clause_count()).any(|clause| statement.is_negated(clause, pairs))
    {
        return Ok(());
    }
    for clause in 0..statement.clause_count() {
        named(statement, clause, claim, negated, pairs)?;
        let here: Vec<&Held<'_>> = held
            .iter()
            .filter(|held| held.term.clause == clause)
            .collect();
        // A clause of which the claim has no word cannot be placed in it; the words that it lacks are for the other
        // checks.
        if here.is_empty() && statement.clause_count() > 1 {
            continue;
        }
        let turned = statement.is_negated(clause, pairs);
        let by_opposite = polar_sides(statement).any(|(side, place)| {
            place == clause && (pairs.contains(&side.pair) || in_one_clause(claim, side.pair))
        });
        // "Not open" where the claim says "closed": the opposite is the negation, and counting both would take it back.
        if turned && by_opposite {
            continue;
        }
        // With one clause there is nothing to place. With several, which of them is meant is told by the words that are
        // shared.
        let agrees = match negated {
            [only] => *only == turned,
            _ if turned => turned_among(statement, clause, &here, negated),
            _ => said_among(statement, clause, &here, negated),
        };
        if !agrees {
            return Err(Reason::Polarity);
        }
    }
    Ok(())
}

/// The opposites by which two texts may say the opposite: both name one of them, not the same, and the claim not both in
/// one breath.
fn contested(statement: &Reading, claim: &Reading) -> HashSet<u16> {
    let sides = |reading: &Reading, pair: u16| -> HashSet<bool> {
        polar_sides(reading)
            .filter(|(side, _)| side.pair == pair)
            .map(|(side, _)| side.first)
            .collect()
    };
    // 不准 is a negation, too: what is compared with it must count as one.
    let is_negation = |reading: &Reading, pair: u16| {
        reading.marks.iter().any(|mark| {
            matches!(mark.class, Class::Side(side) if side.pair == pair)
                && reading.marks.iter().any(|other| {
                    other.class == Class::Not
                        && other.range.start < mark.range.end
                        && mark.range.start < other.range.end
                })
        })
    };
    let (mine, theirs) = (statement.polar_pairs(), claim.polar_pairs());
    mine.intersection(&theirs)
        .copied()
        .filter(|pair| {
            sides(statement, *pair) != sides(claim, *pair)
                || is_negation(statement, *pair)
                || is_negation(claim, *pair)
        })
        .filter(|pair| !in_one_clause(claim, *pair))
        .collect()
}

/// Whether one clause names both of two opposites: what each is said of tells more than that.
fn in_one_clause(claim: &Reading, pair: u16) -> bool {
    polar_sides(claim).any(|(side, clause)| {
        side.pair == pair
            && side.first
            && polar_sides(claim)
                .any(|(other, place)| other.pair == pair && !other.first && place == clause)
    })
}

/// The opposites of a text of which the second negates the first, with their clauses.
fn polar_sides(reading: &Reading) -> impl Iterator<Item = (Side, usize)> + '_ {
    reading.marks.iter().filter_map(|mark| match mark.class {
        Class::Side(side) if side.polar => Some((side, reading.clause_of(mark.range.start))),
        _ => None,
    })
}

/// Where a clause names one of two opposites, a clause of the claim that names one of them is turned as it is.
fn named(
    statement: &Reading,
    clause: usize,
    claim: &Reading,
    negated: &[bool],
    pairs: &HashSet<u16>,
) -> Result<(), Reason> {
    let turned = statement.is_negated(clause, pairs);
    let here = polar_sides(statement)
        .filter(|(side, place)| *place == clause && pairs.contains(&side.pair));
    for (side, _) in here {
        let mut there = polar_sides(claim).filter(|(other, _)| other.pair == side.pair);
        if !there.any(|(_, place)| negated[place] == turned) {
            return Err(Reason::Polarity);
        }
    }
    Ok(())
}

/// Whether the claim turns round what the statement does: the words behind its negation, as far as the claim has them.
fn turned_among(statement: &Reading, clause: usize, here: &[&Held<'_>], negated: &[bool]) -> bool {
    let negation = statement
        .marks
        .iter()
        .filter(|mark| mark.class == Class::Not && statement.clause_of(mark.range.start) == clause)
        .map(|mark| mark.range.start)
        .min();
    let behind: Vec<&&Held<'_>> = here
        .iter()
        .filter(|held| negation.is_some_and(|at| held.term.range.start > at))
        .collect();
    let turned = |held: &Held<'_>| held.clauses.iter().any(|clause| negated[*clause]);
    let denied = statement
        .claims()
        .find(|term| term.clause == clause && negation.is_some_and(|at| term.range.start > at));
    // "Was not refused" of a claim that says "was admitted": the word behind the negation is the statement's own, so no
    // clause of the claim can be expected to negate it.
    let own = match denied {
        Some(denied) => here.iter().all(|held| held.term.range != denied.range),
        // Chinese verbs stand behind their negation, also those that say little.
        None => statement.language == Language::Chinese,
    };
    // Of a claim whose parts share their subject, the subject alone does not tell which part is meant.
    let of_subject = !here.is_empty() && here.iter().all(|held| held.place == 0);
    if own || of_subject {
        // What it denies it says in a word of its own.
        return negated.contains(&true);
    }
    match (&behind[..], here) {
        // A negation behind its verb, or before other words than the claim's.
        ([], [_, said @ ..])
            if !said.is_empty()
                && negation.is_none_or(|at| here.iter().all(|held| held.term.range.start < at)) =>
        {
            said.iter().any(|held| turned(held))
        }
        ([], _) => negated.contains(&true),
        // What is denied stands last, or first as what it is denied of.
        ([.., last], [first, ..]) => turned(last) || turned(first),
        (_, []) => negated.contains(&true),
    }
}

/// Whether the claim says what the statement says without a negation.
fn said_among(statement: &Reading, clause: usize, here: &[&Held<'_>], negated: &[bool]) -> bool {
    let alone = statement.claims().count() == 1;
    let plain = |held: &Held<'_>| held.clauses.iter().any(|clause| !negated[*clause]);
    match here {
        // What is all of a statement, or of a clause that goes on.
        // The subject stands first and often in a clause of its own, so with more words than one it decides nothing.
        [said] if alone || clause > 0 => plain(said),
        [] | [_] => negated.contains(&false),
        [_, said @ ..] => said.iter().all(|held| plain(held)),
    }
}

/// Of two opposites the statement does not name the one that the claim does not.
fn opposites(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let sides = |reading: &Reading| -> Vec<Side> {
        reading
            .marks
            .iter()
            .filter_map(|mark| match mark.class {
                Class::Side(side) if !side.polar => Some(side),
                _ => None,
            })
            .collect()
    };
    let (said, theirs) = (sides(statement), sides(claim));
    let turned = said.iter().any(|side| {
        let of_pair = |other: &&Side| other.pair == side.pair;
        theirs
            .iter()
            .any(|other| of_pair(&other) && other.first != side.first)
            && !theirs.contains(side)
            && !said
                .iter()
                .any(|other| of_pair(&other) && other.first != side.first)
    });
    if turned {
        Err(Reason::Opposite)
    } else {
        Ok(())
    }
}

/// Who did it to whom is in the order of the words, but for a passive.
fn order(statement: &Reading, claim: &Reading, held: &[Held<'_>]) -> Result<(), Reason> {
    // Before the passives are let off: a passive with "by" names who did it, in whatever order.
    places::agents(statement, claim)?;
    // Active and passive say the same in opposite orders.
    if is_passive(statement) != is_passive(claim) {
        return Ok(());
    }
    // "All but X do Y" and "Y is done by all but X" move the exception; `places::excepted` compares it.
    let excepts = statement.has(Class::Except) && claim.has(Class::Except);
    if !excepts && mirrored(held) || other_subject(statement, claim, held) {
        return Err(Reason::Order);
    }
    Ok(())
}

/// Whether a text may say what is done before who does it.
fn is_passive(reading: &Reading) -> bool {
    let mut words = reading.text.split(|c: char| !c.is_alphanumeric());
    reading.has(Class::Passive)
        || words.any(|word| PASSIVES.contains(&word.to_lowercase().as_str()))
}

/// Three words in the opposite order: what stands between two has been passed by both.
fn mirrored(held: &[Held<'_>]) -> bool {
    held.iter().enumerate().any(|(first, a)| {
        held[first + 1..].iter().enumerate().any(|(next, b)| {
            b.place < a.place && held[first + next + 2..].iter().any(|c| c.place < b.place)
        })
    })
}

/// Whether the statement ascribes to one what another did: the name before the same word is another one.
fn other_subject(statement: &Reading, claim: &Reading, held: &[Held<'_>]) -> bool {
    held.iter().filter(|held| !held.term.name).any(|deed| {
        let before = |reading: &Reading, at: usize, clause: usize| {
            reading
                .terms
                .iter()
                .rfind(|term| term.range.start < at && term.clause == clause && term.name)
                .map(|term| term.term.clone())
        };
        let theirs = &claim.terms[deed.place];
        let mine = before(statement, deed.term.range.start, deed.term.clause);
        match (mine, before(claim, theirs.range.start, theirs.clause)) {
            (Some(mine), Some(theirs)) => {
                // A name that the other text does not have at all may be the same person in another form ("Ms Berg");
                // exchanged are only two that both name.
                let named_too = claim
                    .terms
                    .iter()
                    .any(|term| term.name && term.term == mine)
                    || statement
                        .terms
                        .iter()
                        .any(|term| term.name && term.term == theirs);
                mine != theirs && named_too
            }
            _ => false,
        }
    })
}
